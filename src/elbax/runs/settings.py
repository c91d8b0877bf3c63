"""What a run does: one table behind TOML files, command-line options and the estimator's arguments."""

import tomllib
from dataclasses import Field, asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Self, get_args, get_origin

from elbax.errors import InputError, unknown_name

__all__ = ["PRESETS", "TRACKERS", "VALIDATION", "Settings", "kind", "option_name", "read_toml"]

TRACKERS = ("mlflow", "tensorboard")
VALIDATION = ("split", "test")
_KINDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
_LARGEST_SEED = 2**32 - 1


def _setting(default: Any, text: str, *, group: str, own: bool = False) -> Any:
    """One row of the table; ``own`` settings are the run's, all others are arguments of `elbax.VAE`."""
    return field(default=default, metadata={"help": text, "group": group, "own": own})


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run's result; field names are the keys of TOML files.

    Defaults are those of `elbax.VAE`, except that the seed is 0, so that a command repeats itself.

    Raises:
        InputError: a value has the wrong type, or one of the run's own settings is out of range.

    Example:
        >>> Settings(data="digits", latent_dim=8).estimator_arguments()["latent_dim"]
        8
    """

    data: str | None = _setting(None, "Name of a data set, or a file or folder.", group="Data", own=True)
    label: str | None = _setting(
        None, "Column that holds labels: it colours figures and is not trained on.", group="Data", own=True
    )
    context: list[str] | None = _setting(
        None,
        "Column, or array of an .npz file, that the model is given beside each row: it takes no part in x. Repeat "
        "it for more; 'labels' are those that the data bring.",
        group="Data",
        own=True,
    )
    drop: list[str] | None = _setting(
        None, "Column of a table to leave out; repeat it for more.", group="Data", own=True
    )
    divide_by: float | None = _setting(
        None, "Divide all values by this number first.", group="Data", own=True
    )
    validation: str = _setting(
        "split",
        "What to validate on: a split of the rows, or the test rows of the data.",
        group="Data",
        own=True,
    )
    validation_fraction: float = _setting(
        0.1, "Share of the rows that a split holds out, 10,000 at most.", group="Data"
    )

    latent_dim: int = _setting(2, "Number of latent dimensions.", group="Model")
    network: str = _setting("mlp", "mlp, or conv for pictures.", group="Model")
    hidden: tuple[int, ...] | None = _setting(
        None,
        "Widths of the encoder's layers (channels for conv), as in 256,128.",
        group="Model",
    )
    decoder_hidden: tuple[int, ...] | None = _setting(
        None, "Widths of the decoder's layers, from latents to data; by default the mirror.", group="Model"
    )
    activation: str = _setting("relu", "Activation function between layers.", group="Model")
    dropout: float = _setting(0.0, "Share of hidden units switched off while training.", group="Model")
    layer_norm: bool = _setting(False, "Normalise layers.", group="Model")
    output_bias: bool = _setting(True, "Start the decoder from the best constant.", group="Model")
    likelihood: str = _setting(
        "auto",
        "p(x|z): a name, or one with settings, such as normal(scale=shared); auto chooses from the data.",
        group="Model",
    )
    posterior: str = _setting(
        "diagonal_normal",
        "q(z|x): diagonal_normal, full_normal, iaf, flow, layers(sizes=(8,4)), von_mises_fisher, categorical, "
        "quantized, or point for a plain autoencoder.",
        group="Model",
    )
    prior: str = _setting(
        "standard_normal",
        "p(z): standard_normal, mixture(components=10), vamp(components=500), flow, layers(sizes=(8,4)), or uniform.",
        group="Model",
    )

    objective: str = _setting(
        "elbo",
        "elbo; iwae(k=5), miwae, piwae, ciwae, renyi; the ELBO with a penalty: total_correlation, density_ratio, dip, "
        "mmd, regularized; capacity(nats=25), geco(target=90).",
        group="Objective",
    )
    beta: float = _setting(1.0, "Weight of the KL; 1 is the evidence lower bound.", group="Objective")
    free_bits: float = _setting(0.0, "Nats that each latent may carry without paying.", group="Objective")
    warmup: float = _setting(0.0, "Fraction of the fit over which the KL's weight rises.", group="Objective")
    warmup_shape: str = _setting("linear", "linear, cosine or cyclic.", group="Objective")

    init: str = _setting(
        "auto",
        "What the networks learn first: geodesic (a map along the data), pca, random (nothing), or auto.",
        group="Training",
    )
    epochs: int | None = _setting(
        None, "Passes over the data; by default as many as 10,000 steps need.", group="Training"
    )
    batch_size: int | None = _setting(None, "Rows per step; by default 32, 64 or 128.", group="Training")
    learning_rate: float | None = _setting(
        None,
        "Peak step size; by default 3e-3 for an MLP of up to 128 units, 2e-3 for wider ones, 1e-3 for conv.",
        group="Training",
    )
    schedule: str = _setting("cosine", "constant, cosine, linear or exponential.", group="Training")
    optimizer: str = _setting(
        "adam", "Name of an Optax optimiser, or one with settings, such as adam(eps=1e-4).", group="Training"
    )
    weight_decay: float = _setting(0.0, "Decoupled weight decay.", group="Training")
    clip_norm: float | None = _setting(None, "Largest gradient norm.", group="Training")
    patience: int | None = _setting(
        None,
        "Epochs without a better validation ELBO before stopping with the best weights, by default a third of "
        "the plan; 0 trains to the end and keeps the last.",
        group="Training",
    )
    n_init: int = _setting(1, "Restarts; the best is kept.", group="Training")
    precision: str = _setting(
        "float32", "Of factors in the networks' products: float32, bfloat16 or auto.", group="Training"
    )
    seed: int = _setting(0, "Seed of every random draw.", group="Training", own=True)

    imports: list[str] | None = _setting(
        None,
        "Module, or .py file, to import first: it registers parts of your own. Repeat it for more.",
        group="Run",
        own=True,
    )
    checkpoint_seconds: float = _setting(30.0, "How often the training state is saved.", group="Run")
    report: bool = _setting(True, "Write report.html.", group="Run", own=True)
    tracker: str | None = _setting(
        None, "Also write the curves for tensorboard or mlflow, in the run's folder.", group="Run", own=True
    )

    def __post_init__(self) -> None:
        """Check types, and the settings that the estimator does not know."""
        for entry in fields(self):
            object.__setattr__(self, entry.name, _checked(entry, getattr(self, entry.name)))
        if self.validation not in VALIDATION:
            raise unknown_name("validation", self.validation, VALIDATION)
        if self.tracker is not None and self.tracker not in TRACKERS:
            raise unknown_name("tracker", self.tracker, TRACKERS)
        if self.divide_by is not None and not 0 < self.divide_by < float("inf"):
            raise InputError(f"divide_by must be a number above 0; got {self.divide_by!r}")
        if not 0 <= self.seed <= _LARGEST_SEED:
            raise InputError(f"seed must be a whole number from 0 to {_LARGEST_SEED}; got {self.seed!r}")

    @classmethod
    def of(cls, *layers: dict[str, Any]) -> Self:
        """Merge dictionaries of settings; later ones win.

        Raises:
            InputError: a key is unknown, a value unusable, or no data are named.
        """
        merged: dict[str, Any] = {}
        for layer in layers:
            merged |= layer
        known = [entry.name for entry in fields(cls)]
        for key in merged:
            if key not in known:
                raise unknown_name("setting", key, known)
        if merged.get("data") is None:
            raise InputError("no data to fit: name a data set or a file, as in `elbax fit digits`")
        return cls(**merged)

    def estimator_arguments(self) -> dict[str, Any]:
        """The arguments of `elbax.VAE` among the settings."""
        arguments = {e.name: getattr(self, e.name) for e in fields(self) if not e.metadata["own"]}
        return {**arguments, "random_state": self.seed}

    def to_options(self) -> list[str]:
        """The words that follow ``elbax fit`` on a command line with these settings.

        Example:
            >>> Settings(data="digits", hidden=(64, 32), report=False).to_options()
            ['digits', '--hidden=64,32', '--no-report']
        """
        words = [] if self.data is None else [self.data]
        for entry in fields(self)[1:]:
            value, name = getattr(self, entry.name), option_name(entry)
            if value == entry.default:
                continue
            if isinstance(value, bool):
                words.append(f"--{name}" if value else f"--no-{name}")
            elif isinstance(value, list):
                words += [f"--{name}={each}" for each in value]
            else:
                words.append(f"--{name}={','.join(map(str, value)) if isinstance(value, tuple) else value}")
        return words

    def to_toml(self) -> str:
        """All settings that are not None, as a TOML file that reads back to the same settings."""
        import tomli_w

        given = {key: value for key, value in asdict(self).items() if value is not None}
        return tomli_w.dumps(given)


# The notebook's fits of the S-curve, by the number of its cell: what they share, and each one's own.
_CURVE = {
    "data": "s-curve",
    "validation_fraction": 0.0,
    "init": "random",
    "output_bias": False,
    "schedule": "constant",
    "learning_rate": 1e-3,
    "patience": 0,
    "batch_size": 32,
    "likelihood": "sum_of_squares",
    "hidden": (20, 20),
    "latent_dim": 2,
    "epochs": 100,
}
_TANH = {"likelihood": "sum_of_squares(link=tanh)", "batch_size": 200}
_EXPERIMENTS = {
    29: {
        "hidden": (100,),
        "likelihood": "binary_cross_entropy",
        "latent_dim": 1,
        "dropout": 0.2,
        "epochs": 500,
    },
    33: {**_TANH, "hidden": (40,) * 5, "latent_dim": 1, "dropout": 0.2, "epochs": 500, "learning_rate": 1e-4},
    36: {**_TANH, "latent_dim": 1, "epochs": 50},
    37: {**_TANH, "latent_dim": 10},
    38: {},
    39: {"activation": "tanh"},
    40: {"activation": "tanh", "beta": 0.0},
    41: {"activation": "tanh", "beta": 0.0, "latent_dim": 1, "epochs": 1000},
    42: {"beta": 0.0, "latent_dim": 1, "epochs": 1000},
}

PRESETS = MappingProxyType(
    {
        **{f"s-curve-{cell}": {**_CURVE, **own} for cell, own in _EXPERIMENTS.items()},
        # The notebook's MNIST: grey levels in [0, 1], its network and loss, validation on the test rows.
        "notebook": {
            "divide_by": 255.0,
            "validation": "test",
            "latent_dim": 2,
            "hidden": (256,),
            "activation": "relu",
            "dropout": 0.2,
            "output_bias": False,
            "likelihood": "binary_cross_entropy",
            "init": "random",
            "epochs": 50,
            "batch_size": 100,
            "learning_rate": 1e-3,
            "schedule": "constant",
            "optimizer": "adam",
            "patience": 0,
        },
    }
)


def read_toml(path: Path) -> dict[str, Any]:
    """Read settings from a TOML file.

    Raises:
        InputError: it cannot be read, is not TOML, or holds an unknown key.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:  # broken TOML and broken UTF-8
        raise InputError(f"{path} is not TOML: {error}") from error
    known = [entry.name for entry in fields(Settings)]
    for key in found:
        if key not in known:
            raise unknown_name(f"setting in {path}", key, known)
    return found


def option_name(entry: Field) -> str:
    """The name of a setting on the command line, without its dashes."""
    return "import" if entry.name == "imports" else entry.name.replace("_", "-")


def kind(entry: Field) -> type:
    """The type that a setting's value has when it is not None: int, float, str, bool, list or tuple."""
    given = [part for part in get_args(entry.type) if part is not NoneType]
    declared = given[0] if isinstance(entry.type, UnionType) else entry.type
    return get_origin(declared) or declared


def _checked(entry: Field, value: Any) -> Any:
    """The value in the type that the table declares."""
    if value is None and entry.default is None:
        return None
    expected = kind(entry)
    if expected is tuple:
        if isinstance(value, list | tuple) and all(type(width) is int for width in value):
            return tuple(value)
        raise InputError(f"{entry.name} must be a list of layer widths such as 256,256; got {value!r}")
    if expected is list:
        names = [value] if isinstance(value, str) else value
        if isinstance(names, list | tuple) and names and all(isinstance(name, str) for name in names):
            return list(dict.fromkeys(names))
        raise InputError(f"{entry.name} must be a list of names; got {value!r}")
    if expected is float and type(value) is int:
        return float(value)
    if type(value) is not expected:
        raise InputError(f"{entry.name} must be {_KINDS[expected]}; got {value!r}")
    return value
