"""elbax: variational autoencoders that work on your data, and say why when they don't."""

from importlib import import_module

__all__ = [
    "BoundError",
    "HostLostError",
    "InputError",
    "Interrupted",
    "MissingExtraError",
    "TrainingError",
    "VAE",
    "annotate",
    "compare",
    "load",
    "load_data",
    "load_vae",
    "make_vae",
    "register",
]

_HOMES = {
    "VAE": ("elbax.estimator", "VAE"),
    "annotate": ("elbax.annotation", "annotate"),
    "compare": ("elbax.comparison", "compare"),
    "load": ("elbax.estimator", "load"),
    "load_data": ("elbax.data", "load"),
    "load_vae": ("elbax.notebook", "load_vae"),
    "make_vae": ("elbax.notebook", "make_vae"),
    "register": ("elbax.core.registry", "register"),
    "BoundError": ("elbax.errors", "BoundError"),
    "HostLostError": ("elbax.errors", "HostLostError"),
    "InputError": ("elbax.errors", "InputError"),
    "Interrupted": ("elbax.errors", "Interrupted"),
    "MissingExtraError": ("elbax.errors", "MissingExtraError"),
    "TrainingError": ("elbax.errors", "TrainingError"),
}


def __getattr__(name: str):
    """Import a public name at its first use, so that ``import elbax`` stays quick."""
    if name == "__version__":
        from importlib.metadata import version

        return version("elbax")
    if name not in _HOMES:
        raise AttributeError(f"module 'elbax' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
