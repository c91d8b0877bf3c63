"""Choices for settings that are left open, and checks that parts go together."""

from collections.abc import Mapping
from math import ceil
from typing import Any

import numpy as np

from elbax.core.config import choose, parse
from elbax.core.custom_networks import check_network
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood, Custom, Support
from elbax.core.objectives import choose_objective
from elbax.core.posteriors import POSTERIORS, AbstractPosterior
from elbax.core.priors import PRIORS, AbstractPrior
from elbax.core.vae import NETWORKS
from elbax.data import Schema, choose_likelihood, choose_table_likelihood
from elbax.errors import InputError
from elbax.fit.parameters import AUTO_LATENTS, check_values
from elbax.train.config import TrainConfig
from elbax.train.optimizer import make_optimizer
from elbax.train.pretraining import GEODESIC_LATENTS, N_LANDMARKS
from elbax.types import Batch

AS_OBJECT, BY_NAME = "given as an object", "chosen by name"  # reasons for a likelihood

_STEPS, _TABLE_STEPS = 10_000, 2000
_FEW_TABLE_ROWS = 1000  # with fewer, heads fit noise in their first epochs unless they learn more slowly
_TABLE_BATCHES = ((1000, 64), (4000, 128), (10_000, 256))  # rows below which a batch has this size; else 512
_TABLE_DROPOUT, _TABLE_DECAY = 0.1, 0.05
_NARROW = 128
_MOST_SEEN = 100  # columns that see each other: weights grow with the square of their number


def check_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Check all parameters of the estimator and return them in plain types, with posterior and prior as parts.

    InputError if a value is out of range, a name is unknown, or two parameters do not go together.
    """
    checked = check_values(parameters)
    NETWORKS.find(checked["network"])
    for side in ("encoder", "decoder"):
        check_network(side, checked[side])
    make_optimizer(checked["optimizer"])
    posterior = choose(POSTERIORS, checked["posterior"])
    prior = choose(PRIORS, checked["prior"])
    if checked["latent_dim"] != AUTO_LATENTS:
        posterior.encoder_shape(checked["latent_dim"])
    if posterior.bounded and not prior.bounded:
        raise InputError(f"posterior {posterior.name!r} needs prior='uniform'; got prior={checked['prior']!r}")
    if prior.bounded and not posterior.bounded:
        bounded = sorted(name for name, part in POSTERIORS.items() if part.bounded)
        raise InputError(
            f"prior {prior.name!r} is for posteriors with bounds ({', '.join(bounded)}); "
            f"got posterior={checked['posterior']!r}"
        )
    if not posterior.can_pretrain and checked["init"] == "geodesic":
        raise InputError(
            f"init must be 'auto', 'linear' or 'random' with posterior {posterior.name!r}, which cannot be pretrained; "
            "got 'geodesic'"
        )
    obstacle = _obstacle(checked, posterior, prior)
    if obstacle and checked["init"] not in ("auto", "random"):
        raise InputError(f"init must be 'auto' or 'random', since {obstacle}; got {checked['init']!r}")
    choose_objective(checked["objective"], checked, posterior)
    return {**checked, "posterior": posterior, "prior": prior}


def pick_hidden(parameters: Mapping[str, Any], schema: Schema) -> tuple[int, ...]:
    """Widths of the encoder's layers: for an MLP about the square root of the number of values, 64 to 256."""
    if parameters["hidden"] is not None:
        return parameters["hidden"]
    if parameters["network"] != "mlp":
        pair = NETWORKS[parameters["network"]]
        return pair.hidden if pair.hidden_for is None else pair.hidden_for(schema.event_shape)
    width = 2 ** int(np.clip(np.round(np.log2(schema.n_rows * schema.n_features) / 2), 6, 8))
    return (width, width)


def pick_sees(sees: str, schema: Schema) -> str:
    """Which other columns the decoder sees: "auto" is "any" for a table of 2 to 100 columns with kinds or gaps."""
    if sees != "auto":
        return sees
    return "any" if schema.table is not None and 1 < schema.n_features <= _MOST_SEEN else "none"


def pick_init(
    parameters: Mapping[str, Any],
    schema: Schema,
    likelihood: AbstractLikelihood,
    levels: tuple[int, ...] = (),
    gaps: bool = False,
) -> tuple[str, str]:
    """The start, "linear", "geodesic", "random", or "auto" for the better of the first two, and the reason for it.

    ``levels`` and ``gaps`` are those of a table. InputError if the likelihood, or the table, cannot start as asked for.
    """
    asked = parameters["init"]
    obstacle = _obstacle(parameters, parameters["posterior"], parameters["prior"])
    if not likelihood.proper:
        obstacle = obstacle or f"likelihood {likelihood.name!r} is a loss, which has no best linear model"
    if asked in ("linear", "geodesic") and obstacle:
        raise InputError(f"init must be 'auto' or 'random', since {obstacle}; got {asked!r}")
    no_map = "maps along the data are of numbers without gaps" if gaps or any(levels) else ""
    if asked == "geodesic" and no_map:
        raise InputError(f"init must be 'auto', 'linear' or 'random', since {no_map}; got {asked!r}")
    if asked != "auto":
        return asked, "chosen by name"
    if obstacle:
        return "random", obstacle
    if no_map:
        return "linear", no_map
    latents = parameters["latent_dim"]
    if latents > GEODESIC_LATENTS:
        return "linear", f"maps along the data are for at most {GEODESIC_LATENTS} latents"
    if schema.n_features > schema.n_rows:
        return "linear", "there are more features than rows"  # the decoder would memorize the rows in pretraining
    if parameters["hidden"] == () or not parameters["posterior"].can_pretrain:
        return "linear", "the networks or the posterior cannot follow a map along the data"
    return "auto", "the better of a linear map and a map along the data, on held-out rows"


def _obstacle(parameters: Mapping[str, Any], posterior: AbstractPosterior, prior: AbstractPrior) -> str:
    """Why networks of these parameters cannot start as a linear model; empty if they can."""
    if parameters["encoder"] is not None or parameters["decoder"] is not None:
        return "networks of your own start as you built them"
    if not NETWORKS[parameters["network"]].starts_linear:
        return f"network {parameters['network']!r} has no linear start"
    if not posterior.starts_linear:
        return f"the encoder of posterior {posterior.name!r} returns no means"
    if prior.sizes:
        return f"latents of prior {prior.name!r} depend on each other"
    if not parameters["output_bias"]:
        return "output_bias=False starts the decoder from zero"
    return ""


def pick_likelihood(likelihood: Any, schema: Schema, rows: Batch | None = None) -> tuple[AbstractLikelihood, str]:
    """The likelihood for a parameter, and the reason for it; InputError if the name is unknown.

    For a table with kinds "auto" needs the ``rows`` of the fit.
    """
    if isinstance(likelihood, Custom):
        return likelihood, AS_OBJECT
    if isinstance(likelihood, AbstractLikelihood):
        return choose(LIKELIHOODS, likelihood), AS_OBJECT
    if likelihood == "auto" and schema.table is not None and rows is not None:
        return choose_table_likelihood(schema, np.asarray(rows.x), rows.observed, rows.weight)
    if likelihood == "auto":
        return choose_likelihood(schema)
    return parse(LIKELIHOODS, str(likelihood)), BY_NAME


def pick_kept(likelihood: Any) -> Support:
    """The values that a likelihood which was given models as they are; others may be coded as levels."""
    given = likelihood if isinstance(likelihood, AbstractLikelihood) else parse(LIKELIHOODS, str(likelihood))
    return given.support if given.takes_levels else Support()


def pick_dropout(dropout: float | None, sees: str) -> float:
    """The share of hidden units to drop: heads that see other columns fit noise without."""
    return dropout if dropout is not None else 0.0 if sees == "none" else _TABLE_DROPOUT


def pick_training(
    parameters: Mapping[str, Any], widths: tuple[int, ...], init: str, n: int, seed: int, sees: str = "none"
) -> TrainConfig:
    """The training for n rows and hidden layers of these widths: about 10,000 steps, in small batches for few rows.

    Where columns see each other, about 2,000 steps in larger batches, with weight decay, and of fewer than 1,000 rows
    with a lower learning rate unless the epochs are given; see docs/tables.md.
    """
    slowing = 1.0 if sees == "none" or parameters["epochs"] else min(1.0, n / _FEW_TABLE_ROWS)
    batch_size = min(parameters["batch_size"] or _usual_batch(n, sees), n)
    n_batches = ceil(n / batch_size)
    steps = _STEPS if sees == "none" else _TABLE_STEPS
    epochs = parameters["epochs"] or int(np.clip(steps // n_batches, 10, 2000))
    decay = parameters["weight_decay"]
    patience = max(50, epochs // 3) if parameters["patience"] is None else parameters["patience"] or None
    pretraining = 0
    if init in ("auto", "geodesic"):
        pretraining = min(800 if n <= N_LANDMARKS else 300, ceil(epochs * n_batches / 5))
    return TrainConfig(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=parameters["learning_rate"] or usual_rate(parameters, widths) * slowing,
        seed=seed,
        patience=patience,
        pretraining_steps=pretraining,
        weight_decay=decay if decay is not None else 0.0 if sees == "none" else _TABLE_DECAY,
        **{name: parameters[name] for name in ("optimizer", "schedule", "clip_norm")},
    )


def _usual_batch(n: int, sees: str) -> int:
    """The rows of a step, where no number is given."""
    if sees == "none":
        return 32 if n < 1000 else 64 if n < 10_000 else 128
    return next((size for most, size in _TABLE_BATCHES if n < most), 512)


def usual_rate(parameters: Mapping[str, Any], widths: tuple[int, ...]) -> float:
    """The learning rate for hidden layers of these widths, where none is given."""
    built_in = parameters["encoder"] is None and parameters["decoder"] is None
    if not built_in or parameters["network"] != "mlp":
        return 1e-3
    return 3e-3 if max(widths, default=0) <= _NARROW else 2e-3
