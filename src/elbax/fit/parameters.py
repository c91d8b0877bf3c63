"""The parameters of `elbax.VAE`: one table of names, defaults, constraints and help texts.

The estimator's checks, TOML files and command-line options all come from it. Importing it does not import JAX.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from math import inf, nextafter
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from elbax.checks import check_choice, check_integer, check_number, check_widths
from elbax.errors import InputError

__all__ = ["PARAMETERS", "Choice", "Flag", "Integer", "Number", "Parameter", "Text", "Widths", "check_values"]


@dataclass(frozen=True)
class Text:
    """Any text; parts of a model may be objects in its place, so other values pass too."""

    kind: ClassVar[type] = str

    def check(self, name: str, value: Any) -> Any:
        """Return the value."""
        return value


@dataclass(frozen=True)
class Flag:
    """True or false."""

    kind: ClassVar[type] = bool

    def check(self, name: str, value: Any) -> bool:
        """Return the value as a bool."""
        if not isinstance(value, bool | np.bool_):
            raise InputError(f"{name} must be true or false; got {value!r}")
        return bool(value)


@dataclass(frozen=True)
class Integer:
    """An integer of at least ``least``, or None where ``optional``."""

    least: int = 1
    optional: bool = False
    kind: ClassVar[type] = int

    def check(self, name: str, value: Any) -> int | None:
        """Return the value as an int."""
        return check_integer(name, value, self.least, optional=self.optional)


@dataclass(frozen=True)
class Number:
    """A finite number from ``least`` to ``most``, or None where ``optional``; ``wanted`` says so in words."""

    wanted: str = "a number of at least 0"
    least: float = 0.0
    most: float = inf
    optional: bool = False
    kind: ClassVar[type] = float

    def check(self, name: str, value: Any) -> float | None:
        """Return the value as a float."""
        if value is None and self.optional:
            return None
        return check_number(name, value, "", self.least, self.most, wanted=self.wanted)


@dataclass(frozen=True)
class Choice:
    """A name among those of a registry, given as "module:NAME" so that this table imports none; or ``others``."""

    registry: str
    others: tuple[str, ...] = ()
    kind: ClassVar[type] = str

    def check(self, name: str, value: Any) -> str:
        """Return the name."""
        module, attribute = self.registry.split(":")
        return check_choice(name, value, (*self.others, *getattr(import_module(module), attribute)))


@dataclass(frozen=True)
class Widths:
    """Layer widths, or None."""

    kind: ClassVar[type] = tuple

    def check(self, name: str, value: Any) -> tuple[int, ...] | None:
        """Return the widths as a tuple."""
        if value is None:
            return None
        return check_widths(name, value, "(256, 256)", least=0)


@dataclass(frozen=True)
class Parameter:
    """A parameter of the estimator.

    Attributes:
        name: as in `elbax.VAE`.
        default: its value where none is given.
        constraint: which values are allowed.
        text: one sentence for the command line.
        group: where the command line shows it; None for parameters that only Python code has.
    """

    name: str
    default: Any
    constraint: Text | Flag | Integer | Number | Choice | Widths
    text: str = ""
    group: str | None = None


_FRACTION = Number("at least 0 and below 1", 0.0, nextafter(1.0, 0.0))
_POSITIVE = Number("None or a number above 0", nextafter(0.0, 1.0), optional=True)

_TABLE = (
    Parameter(
        "validation_fraction",
        0.1,
        _FRACTION,
        "Share of the rows that a split holds out, 10,000 at most.",
        "Data",
    ),
    Parameter("latent_dim", 2, Integer(), "Number of latent dimensions.", "Model"),
    Parameter("network", "mlp", Choice("elbax.core.vae:NETWORKS"), "mlp, or conv for images.", "Model"),
    Parameter(
        "hidden",
        None,
        Widths(),
        "Widths of the encoder's layers (channels for conv), as in 256,128.",
        "Model",
    ),
    Parameter(
        "decoder_hidden",
        None,
        Widths(),
        "Widths of the decoder's layers, from latents to data; by default the mirror.",
        "Model",
    ),
    Parameter(
        "activation",
        "relu",
        Choice("elbax.core.networks:ACTIVATIONS"),
        "Activation function between layers.",
        "Model",
    ),
    Parameter("dropout", 0.0, _FRACTION, "Share of hidden units switched off while training.", "Model"),
    Parameter("layer_norm", False, Flag(), "Normalize layers.", "Model"),
    Parameter("output_bias", True, Flag(), "Start the decoder from the best constant.", "Model"),
    Parameter(
        "likelihood",
        "auto",
        Text(),
        "p(x|z): a name, or one with settings, such as normal(scale=shared); auto chooses from the data.",
        "Model",
    ),
    Parameter(
        "posterior",
        "diagonal_normal",
        Text(),
        "q(z|x): diagonal_normal, full_normal, iaf, flow, layers(sizes=(8,4)), von_mises_fisher, categorical, "
        "quantized, or point for a plain autoencoder.",
        "Model",
    ),
    Parameter(
        "prior",
        "standard_normal",
        Text(),
        "p(z): standard_normal, mixture(components=10), vamp(components=500), flow, layers(sizes=(8,4)), or uniform.",
        "Model",
    ),
    Parameter(
        "objective",
        "elbo",
        Text(),
        "elbo; iwae(k=5), miwae, piwae, ciwae, renyi; the ELBO with a penalty: total_correlation, density_ratio, dip, "
        "mmd, regularized; capacity(nats=25), geco(target=90).",
        "Objective",
    ),
    Parameter("beta", 1.0, Number(), "Weight of the KL; 1 is the evidence lower bound.", "Objective"),
    Parameter("free_bits", 0.0, Number(), "Nats that each latent may carry at no cost.", "Objective"),
    Parameter(
        "warmup",
        0.0,
        Number("a fraction of the fit, between 0 and 1", 0.0, 1.0),
        "Fraction of the fit over which the KL's weight rises.",
        "Objective",
    ),
    Parameter(
        "warmup_shape",
        "linear",
        Choice("elbax.core.objectives:WARMUP_SHAPES"),
        "linear, cosine or cyclic.",
        "Objective",
    ),
    Parameter(
        "init",
        "auto",
        Choice("elbax.train.head_start:INITS", ("auto", "random")),
        "What the networks learn first: geodesic (a map along the data), pca, random (nothing), or auto.",
        "Training",
    ),
    Parameter(
        "epochs",
        None,
        Integer(optional=True),
        "Passes over the data; by default as many as 10,000 steps need.",
        "Training",
    ),
    Parameter(
        "batch_size", None, Integer(optional=True), "Rows per step; by default 32, 64 or 128.", "Training"
    ),
    Parameter(
        "learning_rate",
        None,
        _POSITIVE,
        "Peak step size; by default 3e-3 for an MLP of up to 128 units, 2e-3 for wider ones, 1e-3 for conv.",
        "Training",
    ),
    Parameter(
        "schedule",
        "cosine",
        Choice("elbax.train.optimizer:SCHEDULES"),
        "constant, cosine, linear or exponential.",
        "Training",
    ),
    Parameter(
        "optimizer",
        "adam",
        Text(),
        "Name of an Optax optimizer, or one with settings, such as adam(eps=1e-4).",
        "Training",
    ),
    Parameter("weight_decay", 0.0, Number(), "Decoupled weight decay.", "Training"),
    Parameter("clip_norm", None, _POSITIVE, "Largest gradient norm.", "Training"),
    Parameter(
        "patience",
        None,
        Integer(0, optional=True),
        "Epochs without a better validation ELBO before stopping with the best weights, by default a third of "
        "the plan; 0 trains to the end and keeps the last.",
        "Training",
    ),
    Parameter("n_init", 1, Integer(), "Restarts; the best is kept.", "Training"),
    Parameter(
        "precision",
        "float32",
        Choice("elbax.core.products:PRECISIONS"),
        "Of the operands in the networks' products: float32, bfloat16 or auto.",
        "Training",
    ),
    Parameter("checkpoint_seconds", 30.0, Number(), "How often the training state is saved.", "Run"),
    Parameter("warm_start", False, Flag()),
    Parameter("random_state", None, Text()),
    Parameter("checkpoint_dir", None, Text()),
    Parameter("verbose", 1, Text()),
)

PARAMETERS: Mapping[str, Parameter] = MappingProxyType({entry.name: entry for entry in _TABLE})


def check_values(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters in plain types: ints, floats, tuples of ints.

    Raises:
        InputError: a value is out of range, or a name is unknown.
    """
    return {name: PARAMETERS[name].constraint.check(name, value) for name, value in parameters.items()}
