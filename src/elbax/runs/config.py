"""What a run does: one table behind TOML files, command-line options and the estimator's arguments."""

import tomllib
from dataclasses import Field, asdict, dataclass, field, fields, make_dataclass
from math import nextafter
from pathlib import Path
from typing import Any, ClassVar, Self

from elbax.checks import check_choice
from elbax.errors import InputError, unknown_name
from elbax.fit.parameters import PARAMETERS, Flag, Integer, Number, Parameter, Text

__all__ = ["TRACKERS", "VALIDATION", "RunConfig", "kind", "preset_names", "read_preset", "read_toml"]

TRACKERS = ("mlflow", "tensorboard")
VALIDATION = ("split", "test")
_LARGEST_SEED = 2**32 - 1
_PRESETS = Path(__file__).parents[1] / "presets"


@dataclass(frozen=True)
class _Names:
    """A list of names, or None."""

    kind: ClassVar[type] = list

    def check(self, name: str, value: Any) -> list[str] | None:
        """Return the names without repetitions."""
        names = [value] if isinstance(value, str) else value
        if names is None:
            return None
        if not isinstance(names, list | tuple) or not names or not all(isinstance(n, str) for n in names):
            raise InputError(f"{name} must be a list of names; got {value!r}")
        return list(dict.fromkeys(names))


@dataclass(frozen=True)
class _OneOf(Text):
    """One of a few names."""

    known: tuple[str, ...]

    def check(self, name: str, value: Any) -> str:
        """Return the name."""
        return check_choice(name, value, self.known)


# Settings of the run alone, which are no arguments of `elbax.VAE`.
_BEFORE = (
    Parameter("data", None, Text(), "Name of a data set, or a file or folder.", "Data"),
    Parameter(
        "label", None, Text(), "Column that holds labels: it colors figures and is not trained on.", "Data"
    ),
    Parameter(
        "context",
        None,
        _Names(),
        "Column, or array of an .npz file, that the model is given beside each row: it takes no part in x. Repeat "
        "it for more; 'labels' are those that the data bring.",
        "Data",
    ),
    Parameter("drop", None, _Names(), "Column of a table to leave out; repeat it for more.", "Data"),
    Parameter(
        "divide_by",
        None,
        Number("a number above 0", nextafter(0.0, 1.0), optional=True),
        "Divide all values by this number first.",
        "Data",
    ),
    Parameter(
        "validation",
        "split",
        _OneOf(VALIDATION),
        "What to validate on: a split of the rows, or the test rows of the data.",
        "Data",
    ),
)
_AFTER = (
    Parameter("seed", 0, Integer(0), "Seed of every random draw.", "Training"),
    Parameter("report", True, Flag(), "Write report.html.", "Run"),
    Parameter(
        "tracker",
        None,
        _OneOf(TRACKERS),
        "Also write the curves for tensorboard or mlflow, in the run's folder.",
        "Run",
    ),
)


@dataclass(frozen=True)
class _RunConfig:
    def __post_init__(self) -> None:
        """Check every value, and bring it to the type that its entry in the table declares."""
        for entry in fields(self):
            object.__setattr__(self, entry.name, _checked(entry, getattr(self, entry.name)))
        if self.seed > _LARGEST_SEED:
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
            >>> RunConfig(data="digits", hidden=(64, 32), report=False).to_options()
            ['digits', '--hidden=64,32', '--no-report']
        """
        words = [] if self.data is None else [self.data]
        for entry in fields(self)[1:]:
            value, name = getattr(self, entry.name), entry.name.replace("_", "-")
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


def _field(entry: Parameter, *, own: bool) -> tuple[str, Any, Any]:
    kind = entry.constraint.kind
    declared = kind | None if entry.default is None else kind
    return entry.name, declared, field(default=entry.default, metadata={"parameter": entry, "own": own})


RunConfig = make_dataclass(
    "RunConfig",
    [
        *(_field(entry, own=True) for entry in _BEFORE),
        *(_field(entry, own=False) for entry in PARAMETERS.values() if entry.group),
        *(_field(entry, own=True) for entry in _AFTER),
    ],
    bases=(_RunConfig,),
    frozen=True,
    namespace={"__module__": __name__},
)
RunConfig.__doc__ = """Everything that decides a run's result; field names are the keys of TOML files.

Defaults are those of `elbax.VAE`, except that the seed is 0, so that a command repeats itself.

Raises:
    InputError: a value has the wrong type or is out of range.

Example:
    >>> RunConfig(data="digits", latent_dim=8).estimator_arguments()["latent_dim"]
    8
"""


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
    known = [entry.name for entry in fields(RunConfig)]
    for key in found:
        if key not in known:
            raise unknown_name(f"setting in {path}", key, known)
    return found


def preset_names() -> tuple[str, ...]:
    """The names of the presets, TOML files in the package."""
    return tuple(sorted(path.stem for path in _PRESETS.glob("*.toml")))


def read_preset(name: str) -> dict[str, Any]:
    """The settings of a preset.

    Raises:
        InputError: there is none of this name.

    Example:
        >>> read_preset("notebook")["hidden"]
        [256]
    """
    return read_toml(_PRESETS / f"{check_choice('preset', name, preset_names())}.toml")


def kind(entry: Field) -> type:
    """The type that a setting's value has when it is not None: int, float, str, bool, list or tuple."""
    return entry.metadata["parameter"].constraint.kind


def _checked(entry: Field, value: Any) -> Any:
    constraint = entry.metadata["parameter"].constraint
    if value is None and entry.default is None:
        return None
    if isinstance(constraint, Text) and not isinstance(value, str):
        raise InputError(f"{entry.name} must be text; got {value!r}")
    return constraint.check(entry.name, value)
