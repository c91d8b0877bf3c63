"""The parameters of `elbax.VAE`: one table of names, defaults, constraints and help texts.

The estimator's checks, TOML files and command-line options all come from it. Importing it does not import JAX.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from math import inf, nextafter
from numbers import Real
from types import MappingProxyType
from typing import Any, NamedTuple

from elbax.checks import check_choice, check_flag, check_integer, check_number, check_seed, check_widths
from elbax.errors import InputError

_COMMA = re.compile(r",(?![^(]*\))")  # outside of parentheses
_KIND = re.compile(r"(.*)=([^=()]*(?:\(.*\))?)\s*")  # a column, and a kind with its settings


class Constraint(NamedTuple):
    """The type of a value, and a function of name and value that returns it in that type or raises `InputError`."""

    kind: type
    check: Callable[[str, Any], Any]


class Parameter(NamedTuple):
    """A default, its constraint, its help on the command line, and the help's group (None: not an option)."""

    default: Any
    constraint: Constraint
    text: str = ""
    group: str | None = None


def _integer(least: int = 1, also: str = "") -> Constraint:
    return Constraint(int, partial(check_integer, least=least, also=also))


def _number(wanted: str = "a number of at least 0", least: float = 0.0, most: float = inf) -> Constraint:
    return Constraint(float, partial(check_number, least=least, most=most, wanted=wanted))


def _or_none(constraint: Constraint) -> Constraint:
    kind, check = constraint
    return Constraint(kind, lambda name, value: None if value is None else check(name, value))


def _choice(registry: str, *others: str) -> Constraint:
    """A name in a registry, "module:NAME" within elbax, which is imported at the first check."""

    def check(name: str, value: Any) -> str:
        module, attribute = registry.split(":")
        return check_choice(name, value, (*others, *getattr(import_module(f"elbax.{module}"), attribute)))

    return Constraint(str, check)


def _check_axes(name: str, value: Any) -> str | None:
    return import_module("elbax.data.axes").check_axes(name, value)


def _check_columns(name: str, value: Any) -> dict[str, Any] | None:
    """Kinds of columns, or levels in their order, by name; or as text: age=count,when=datetime."""
    if value is None:
        return None
    pairs = [_split_kind(name, part) for part in _COMMA.split(value)] if isinstance(value, str) else value
    pairs = list(pairs.items()) if isinstance(pairs, Mapping) else pairs
    if not isinstance(value, str | Mapping) or not all(isinstance(kind, str | list | tuple) for _, kind in pairs):
        raise InputError(f"{name} must give kinds by name, as in {{'age': 'count'}} or age=count; got {value!r}")
    kinds: dict[str, Any] = {}
    for column, kind in pairs:
        text = ".".join(map(str, column)) if isinstance(column, tuple) else str(column)
        if text in kinds:
            raise InputError(f"{name} names {text!r} twice; give each column one kind")
        kinds[text] = kind if isinstance(kind, str) else list(kind)
    return kinds


def _split_kind(name: str, text: str) -> tuple[str, str]:
    """The column and the kind in text such as when=datetime(format=%Y)."""
    if not (match := _KIND.fullmatch(text)) or not match[1].strip() or not match[2].strip():
        raise InputError(f"{name} must give kinds by name, as in {{'age': 'count'}} or age=count; got {text!r}")
    return match[1].strip(), match[2].strip()


def _check_missing(name: str, value: Any) -> list[str] | None:
    """Texts, numbers and dates that stand for gaps, and "informative" if the pattern of gaps is modeled."""
    values = value if isinstance(value, list | tuple) else [] if value is None else [value]
    if any(isinstance(entry, bool) or not isinstance(entry, str | Real | date | None) for entry in values):
        raise InputError(f"{name} must be 'ignore', 'informative', or values that stand for gaps; got {value!r}")
    markers = [str(entry) for entry in values if entry is not None and entry == entry]  # NaN is a gap anyway
    for marker in markers:
        if (near := get_close_matches(marker.lower(), ("ignore", "informative"), 1, 0.9)) and marker != near[0]:
            raise InputError(f"unknown {name} {marker!r}; did you mean {near[0]!r}?")
    return [marker for marker in markers if marker != "ignore"] or None


def _check_rules(name: str, value: Any) -> list[str] | None:
    rules = [value] if isinstance(value, str) else value
    if rules is not None and not (isinstance(rules, list | tuple) and all(isinstance(rule, str) for rule in rules)):
        raise InputError(f"{name} must be rules as text, such as 'start <= end'; got {value!r}")
    return list(rules or ()) or None


def _check_latent_dim(name: str, value: Any) -> int | str:
    if value == AUTO_LATENTS:
        return value
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    return check_integer(name, number, also="'auto'")


AUTO_LATENTS = "auto"
_RULES = Constraint(list, _check_rules)
_LATENTS = Constraint(str, _check_latent_dim)
_COLUMNS, _MISSING = Constraint(dict, _check_columns), Constraint(list, _check_missing)


def _check_exposure(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InputError(
            f"{name} must be 'total' or the name of a column; pass values as context={{'depth': values}} and name "
            f"them, as in exposure='depth'; got a {type(value).__name__}"
        )
    return value


def _check_layer(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InputError(f"{name} must be the name of a layer, as in layer='counts'; got {value!r}")
    return value


_AXES = Constraint(str, _check_axes)
_ANY = Constraint(str, lambda name, value: value)  # text or an object, which is checked later
_FLAG = Constraint(bool, check_flag)
_FRACTION = _number("at least 0 and below 1", most=nextafter(1.0, 0.0))
_NUMBER = _number()
_COUNT = _or_none(_integer(also="None"))
_POSITIVE = _or_none(_number("None or a number above 0", nextafter(0.0, 1.0)))
_WIDTHS = _or_none(Constraint(tuple, partial(check_widths, example="(256, 256)", least=0)))


def _check_init(name: str, value: Any) -> str:
    if value == "pca":
        raise InputError("init='pca' is now init='linear', which starts from a whole linear model; use that")
    return check_choice(name, value, ("auto", "linear", "geodesic", "random"))


_INIT = Constraint(str, _check_init)

_GROUPS: dict[str | None, dict[str, tuple]] = {
    "Data": {
        "axes": (
            None,
            _or_none(_AXES),
            "The axes of each row, a letter each (t: time, z: depth, y: height, x: width, c: channels): yxc or cyx for "
            "images, tc for windows of series, tyxc for movies; guessed where they are certain.",
        ),
        "columns": (
            None,
            _COLUMNS,
            "Kinds of columns, as in age=count,when=datetime: real, positive, bounded, integer, count, spiked, "
            "boolean, category, ordered, datetime, duration, constant, id, text or ignore; the others are found.",
        ),
        "missing": (
            None,
            _MISSING,
            "A value that stands for a gap, beside blanks and ?; repeat for more. informative models the gaps too.",
        ),
        "rules": (
            None,
            _RULES,
            "What rows of a table hold to, and samples exactly, as in 'start <= end' or 'a + b == total'; repeat for "
            "more.",
        ),
        "exposure": (
            None,
            _or_none(Constraint(str, _check_exposure)),
            "What the mean of counts is proportional to: total, for the sum of each row, or a column of the data or "
            "the context.",
        ),
        "layer": (
            None,
            _or_none(Constraint(str, _check_layer)),
            "Layer of an .h5ad file that holds the counts; its X by default.",
        ),
        "validation_fraction": (0.1, _FRACTION, "Share of the rows that a split holds out, 10,000 at most."),
        "ties": (
            "keep",
            _choice("data.tie_removal:TIES"),
            "Columns that others determine: keep, drop (they come back exactly), or log-ratio for shares of a total.",
        ),
    },
    "Model": {
        "latent_dim": (2, _LATENTS, "Number of latent dimensions, or auto: as many as raise the held-out bound."),
        "network": ("mlp", _ANY, "mlp, or conv for images."),
        "hidden": (None, _WIDTHS, "Widths of the encoder's layers (channels for conv), as in 256,128."),
        "decoder_hidden": (None, _WIDTHS, "Widths from latents to data; by default the mirror."),
        "decoder_sees": (
            "auto",
            _choice("core.column_heads:SEES", "auto"),
            "Columns of a table that each column's head in the decoder sees beside z: none, those before it, or any. "
            "auto: any for tables with kinds or gaps.",
        ),
        "activation": ("relu", _choice("core.networks:ACTIVATIONS"), "Activation between layers."),
        "dropout": (
            None,
            _or_none(_FRACTION),
            "Share of hidden units dropped in training; by default 0.1 where columns see each other, else 0.",
        ),
        "layer_norm": (False, _FLAG, "Normalize layers."),
        "output_bias": (True, _FLAG, "Start the decoder from the best constant."),
        "likelihood": (
            "auto",
            _ANY,
            "p(x|z): a name, or one with settings, such as normal(scale=shared); auto chooses from the data.",
        ),
        "posterior": (
            "diagonal_normal",
            _ANY,
            "q(z|x): diagonal_normal, full_normal, iaf, flow, layers(sizes=(8,4)), von_mises_fisher, categorical, "
            "quantized, or point for a plain autoencoder.",
        ),
        "prior": (
            "standard_normal",
            _ANY,
            "p(z): standard_normal, mixture(components=10), vamp(components=500), flow, layers(sizes=(8,4)), or "
            "uniform.",
        ),
    },
    "Objective": {
        "objective": (
            "elbo",
            _ANY,
            "elbo; iwae(k=5), miwae, piwae, ciwae, renyi; the ELBO with a penalty: total_correlation, density_ratio, "
            "dip, mmd, regularized; capacity(nats=25), geco(target=90).",
        ),
        "beta": (1.0, _NUMBER, "Weight of the KL; 1 is the evidence lower bound."),
        "free_bits": (0.0, _NUMBER, "Nats of KL per latent dimension that cost nothing."),
        "warmup": (
            0.0,
            _number("a fraction of the fit, between 0 and 1", most=1.0),
            "Fraction of the fit over which the KL's weight rises.",
        ),
        "warmup_shape": ("linear", _choice("core.objectives:WARMUP_SHAPES"), "linear, cosine or cyclic."),
    },
    "Training": {
        "init": (
            "auto",
            _INIT,
            "Start of the networks: linear (factor analysis), geodesic (a map along the data), random, or auto.",
        ),
        "epochs": (
            None,
            _COUNT,
            "Passes over the data; by default about 10,000 steps, or 2,000 where columns see each other.",
        ),
        "batch_size": (
            None,
            _COUNT,
            "Rows per step; by default 32, 64 or 128, or 64 to 512 where columns see each other.",
        ),
        "learning_rate": (
            None,
            _POSITIVE,
            "Peak step size; by default 3e-3 for an MLP of up to 128 units, 2e-3 for wider ones, 1e-3 for conv.",
        ),
        "schedule": (
            "cosine",
            _choice("train.schedule:SCHEDULES"),
            "constant, cosine, linear or exponential.",
        ),
        "optimizer": ("adam", _ANY, "An Optax optimizer, with settings if any, such as adam(eps=1e-4)."),
        "weight_decay": (
            None,
            _or_none(_NUMBER),
            "Decoupled weight decay; by default 0.05 where columns see each other, else 0.",
        ),
        "clip_norm": (None, _POSITIVE, "Largest gradient norm."),
        "patience": (
            None,
            _or_none(_integer(0, also="None")),
            "Epochs without a better validation ELBO before stopping with the best weights, by default a third of "
            "the plan; 0 trains to the end and keeps the last.",
        ),
        "n_init": (1, _integer(), "Restarts; the best is kept."),
        "precision": (
            "float32",
            _choice("core.precision:PRECISIONS"),
            "Operands of matrix products in the networks: float32, bfloat16 or auto.",
        ),
    },
    "Run": {"checkpoint_seconds": (30.0, _NUMBER, "How often the training state is saved.")},
    None: {
        "validation": ("random", _choice("fit.split:ORDERS")),
        "warm_start": (False, _FLAG),
        "random_state": (None, Constraint(int, check_seed)),
        "encoder": (None, _ANY),
        "decoder": (None, _ANY),
        "checkpoint_dir": (None, _ANY),
        "verbose": (1, _ANY),
    },
}

PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        name: Parameter(*entry, **({"group": group} if group else {}))
        for group, entries in _GROUPS.items()
        for name, entry in entries.items()
    }
)


def check_values(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as ints, floats and tuples of ints; InputError if a value is out of range or a name is unknown."""
    return {name: PARAMETERS[name].constraint.check(name, value) for name, value in parameters.items()}
