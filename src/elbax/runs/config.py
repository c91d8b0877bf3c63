"""Settings of a run, shared by TOML files, command-line options and the estimator."""

import tomllib
from dataclasses import Field, asdict, field, fields, make_dataclass
from functools import partial
from math import nextafter
from pathlib import Path
from typing import Any, Self

from elbax.checks import LARGEST_SEED, check_choice, check_flag, check_number
from elbax.errors import InputError, unknown_name
from elbax.fit.parameters import PARAMETERS, Constraint, Parameter

TRACKERS = ("mlflow", "tensorboard")
VALIDATION = ("split", "last", "test")
_PRESETS = Path(__file__).parents[1] / "presets"


def _check_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{name} must be text; got {value!r}")
    return value


def _check_names(name: str, value: Any) -> list[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names or not all(isinstance(n, str) for n in names):
        raise InputError(f"{name} must be a list of names; got {value!r}")
    return list(dict.fromkeys(names))


def _check_seed(name: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST_SEED:
        raise InputError(f"{name} must be an integer from 0 to {LARGEST_SEED}; got {value!r}")
    return value


def _check_image_option(name: str, value: Any) -> str:
    from elbax.data.image_options import check_option  # elbax.data takes a second to import

    return check_option(name, value)


def _one_of(known: tuple[str, ...]) -> Constraint:
    return Constraint(str, partial(check_choice, known=known))


_TEXT, _NAMES = Constraint(str, _check_text), Constraint(list, _check_names)
_IMAGE = Constraint(str, _check_image_option)
_ABOVE_0 = Constraint(float, partial(check_number, least=nextafter(0.0, 1.0), wanted="a number above 0"))

# Settings that are no arguments of `elbax.VAE`, listed before and after its own.
_BEFORE = {
    "data": Parameter(None, _TEXT, "Name of a data set, or a file or folder.", "Data"),
    "label": Parameter(None, _TEXT, "Column of labels, which color figures and are not trained on.", "Data"),
    "context": Parameter(
        None,
        _NAMES,
        "Column, or array of an .npz file, that conditions the model and is no part of x; repeat for more. 'labels' "
        "are the data's own.",
        "Data",
    ),
    "drop": Parameter(None, _NAMES, "Column of a table to leave out; repeat for more.", "Data"),
    "weights": Parameter(
        None, _TEXT, "Column of a table, or array of an .npz file, of row weights; 0 leaves a row out.", "Data"
    ),
    "validation_groups": Parameter(
        None, _TEXT, "Column or array of labels, such as patients; rows of one label are held out together.", "Data"
    ),
    "alpha": Parameter(
        None,
        _IMAGE,
        "Background of transparent images, white or black; keep makes transparency a channel. White.",
        "Data",
    ),
    "size": Parameter(None, _IMAGE, "Bring image files to this width and height, as in 64x64.", "Data"),
    "resize": Parameter(None, _IMAGE, "How: crop, pad or stretch; crop by default.", "Data"),
    "pixels": Parameter(
        None,
        _IMAGE,
        "Read image files as 1-bit, gray, color, gray-16, color-16, integer or float; by default the least that holds "
        "them all.",
        "Data",
    ),
    "skip_unreadable": Parameter(
        False, Constraint(bool, check_flag), "Leave out image files that cannot be read, and list them.", "Data"
    ),
    "divide_by": Parameter(None, _ABOVE_0, "Divide all values by this number.", "Data"),
    "validation": Parameter(
        "split", _one_of(VALIDATION), "Validate on a random split, on the last rows or on test rows.", "Data"
    ),
}
_AFTER = {
    "seed": Parameter(0, Constraint(int, _check_seed), "Seed of every random draw.", "Training"),
    "report": Parameter(True, Constraint(bool, check_flag), "Write report.html.", "Run"),
    "tracker": Parameter(None, _one_of(TRACKERS), "Also write curves for tensorboard or mlflow.", "Run"),
    "imports": Parameter(None, _NAMES, "Module or .py file of your own parts to import first; repeat for more.", "Run"),
}


def _check(self: Any) -> None:
    """Check every value, and convert it to its declared type."""
    for entry in fields(self):
        value, check = getattr(self, entry.name), entry.metadata["parameter"].constraint.check
        if value is not None or entry.default is not None:
            object.__setattr__(self, entry.name, check(entry.name, value))


def _field(name: str, entry: Parameter, *, own: bool) -> tuple[str, Any, Any]:
    kind = entry.constraint.kind
    declared = kind | None if entry.default is None else kind
    return name, declared, field(default=entry.default, metadata={"parameter": entry, "own": own})


_Settings: Any = make_dataclass(
    "_Settings",
    [
        *(_field(*item, own=True) for item in _BEFORE.items()),
        *(_field(*item, own=False) for item in PARAMETERS.items() if item[1].group),
        *(_field(*item, own=True) for item in _AFTER.items()),
    ],
    frozen=True,
    namespace={"__post_init__": _check},
)


class RunConfig(_Settings):
    """Everything that determines a run's result; field names are the keys of TOML files.

    Defaults are those of `elbax.VAE`, except for the seed, which is 0 to make commands repeatable. InputError if a
    value has the wrong type or is out of range.
    """

    @classmethod
    def of(cls, *layers: dict[str, Any]) -> Self:
        """Merge settings, the later over the earlier; InputError for unknown keys, bad values or missing data."""
        merged: dict[str, Any] = {}
        for layer in layers:
            merged |= layer
        _check_keys("setting", merged)
        if merged.get("data") is None:
            raise InputError("no data to fit: name a data set or a file, as in `elbax fit digits`")
        return cls(**merged)

    def estimator_arguments(self) -> dict[str, Any]:
        """The settings that are arguments of `elbax.VAE`."""
        arguments = {e.name: getattr(self, e.name) for e in fields(self) if not e.metadata["own"]}
        order = "last" if self.validation == "last" else "random"
        return {**arguments, "validation": order, "random_state": self.seed}

    def to_options(self) -> list[str]:
        """These settings as arguments of ``elbax fit``."""
        words = [] if self.data is None else [self.data]
        for entry in fields(self)[1:]:
            value, name = getattr(self, entry.name), option_name(entry)
            if value == entry.default:
                continue
            if isinstance(value, bool):
                words.append(f"--{name}" if value else f"--no-{name}")
            elif isinstance(value, dict):
                texts = (item if isinstance(item, str) else " < ".join(map(str, item)) for item in value.values())
                words.append(f"--{name}={','.join(f'{key}={text}' for key, text in zip(value, texts, strict=True))}")
            elif isinstance(value, list):
                words += [f"--{name}={item}" for item in value]
            else:
                words.append(f"--{name}={','.join(map(str, value)) if isinstance(value, tuple) else value}")
        return words

    def to_toml(self) -> str:
        """All settings that are not None, as a TOML file."""
        import tomli_w

        return tomli_w.dumps({key: value for key, value in asdict(self).items() if value is not None})


def read_toml(path: Path) -> dict[str, Any]:
    """Read settings from a TOML file; InputError if it cannot be read or holds an unknown key."""
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:  # TOML and UTF-8
        raise InputError(f"{path} is not TOML: {error}") from error
    _check_keys(f"setting in {path}", settings)
    return settings


def _check_keys(argument: str, settings: dict[str, Any]) -> None:
    known = [entry.name for entry in fields(RunConfig)]
    for key in settings:
        if key not in known:
            raise unknown_name(argument, key, known)


def preset_names() -> tuple[str, ...]:
    """Names of the presets."""
    return tuple(sorted(path.stem for path in _PRESETS.glob("*.toml")))


def read_preset(name: str) -> dict[str, Any]:
    """The settings of a preset; InputError if the name is unknown."""
    return read_toml(_PRESETS / f"{check_choice('preset', name, preset_names())}.toml")


def kind(entry: Field) -> type:
    """The type of a setting that is not None: int, float, str, bool, list, tuple or dict."""
    return entry.metadata["parameter"].constraint.kind


_SINGULAR = {"imports": "import", "rules": "rule"}  # settings whose option is repeated


def option_name(entry: Field) -> str:
    """The name of a setting on the command line, without dashes."""
    return _SINGULAR.get(entry.name, entry.name.replace("_", "-"))
