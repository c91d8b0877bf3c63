"""The curves for trackers: loss, reconstruction and KL, nats per row, of training and validation rows."""

from importlib.util import find_spec

from elbax.errors import MissingExtraError

CURVES = ("loss", "reconstruction", "kl")


def check_installed(tool: str, *modules: str) -> None:
    """Check that a tracker's libraries are installed.

    Raises:
        MissingExtraError: one is missing.
    """
    if missing := [name for name in modules if find_spec(name) is None]:
        raise MissingExtraError(
            f"tracking with {tool} needs {' and '.join(missing)}: pip install elbax[trackers]"
        )
