"""The estimator's settings: which values are allowed, and what is picked where none is given."""

from math import ceil
from numbers import Integral, Real

import numpy as np

from elbax.core.config import choose, parse
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood, Custom
from elbax.core.networks import ACTIVATIONS
from elbax.core.objectives import WARMUP_SHAPES, choose_objective
from elbax.core.posteriors import POSTERIORS
from elbax.core.priors import PRIORS
from elbax.core.vae import NETWORKS
from elbax.core.xla.matmul import PRECISIONS
from elbax.data import Schema, choose_likelihood
from elbax.errors import InputError, unknown_name
from elbax.train.head_start import INITS, N_LANDMARKS, choose_init
from elbax.train.recipe import SCHEDULES, Plan, Recipe, make_optimizer

__all__ = ["check_parameters", "make_plan", "pick_hidden", "pick_init", "resolve_likelihood"]

_STEPS = 10_000
_INITS = ("auto", *INITS, "random")
_NARROW = 128


def pick_hidden(vae, schema: Schema) -> tuple[int, ...]:
    """Widths of the encoder's layers: for an MLP about the square root of the number of values, 64 to 256."""
    if vae.hidden is not None:
        return tuple(vae.hidden)
    if vae.network != "mlp":
        return NETWORKS[vae.network].hidden
    width = 2 ** int(np.clip(np.round(np.log2(schema.n_rows * schema.n_features) / 2), 6, 8))
    return (width, width)


def pick_init(vae, schema: Schema) -> str:
    """Where training starts: "geodesic", "pca" or "random"."""
    if vae.init != "auto":
        return vae.init
    linear = vae.hidden is not None and not vae.hidden
    memorised = schema.n_features > schema.n_rows  # what a decoder would do with the points it is taught
    teachable = choose(POSTERIORS, vae.posterior, "posterior").teachable
    return choose_init(vae.latent_dim) if teachable and not (linear or memorised) else "random"


def make_plan(vae, schema: Schema, n: int, seed: int) -> Plan:
    """How to train on n rows: about 10,000 steps, in small batches where there are few rows."""
    batch_size = min(vae.batch_size or (32 if n < 1000 else 64 if n < 10_000 else 128), n)
    n_batches = ceil(n / batch_size)
    epochs = vae.epochs or int(np.clip(_STEPS // n_batches, 10, 2000))
    patience = max(50, epochs // 3) if vae.patience is None else vae.patience or None
    recipe = Recipe(vae.optimizer, vae.schedule, vae.weight_decay, vae.clip_norm, patience)
    widths = (*pick_hidden(vae, schema), *(vae.decoder_hidden or ()))
    narrow = max(widths, default=0) <= _NARROW
    rate = vae.learning_rate or (1e-3 if vae.network != "mlp" else 3e-3 if narrow else 2e-3)
    head_start = 0
    if pick_init(vae, schema) != "random":
        head_start = min(1000 if n <= N_LANDMARKS else 300, ceil(epochs * n_batches / 5))
    return Plan(recipe, epochs, batch_size, rate, seed, head_start)


def resolve_likelihood(given, schema: Schema) -> tuple[AbstractLikelihood, str]:
    """Turn the ``likelihood`` setting into a likelihood and the reason for it.

    Raises:
        InputError: the name is unknown.
    """
    if isinstance(given, AbstractLikelihood):
        known = given if isinstance(given, Custom) else choose(LIKELIHOODS, given, "likelihood")
        return known, "it was given"
    if given == "auto":
        return choose_likelihood(schema)
    return parse(LIKELIHOODS, str(given), "likelihood"), "it was asked for by name"


def check_parameters(vae) -> None:
    """Check every setting before anything else happens.

    Raises:
        InputError: a setting is out of range or a name is unknown.
    """
    names = {
        "network": NETWORKS,
        "activation": ACTIVATIONS,
        "warmup_shape": WARMUP_SHAPES,
        "schedule": SCHEDULES,
        "precision": PRECISIONS,
        "init": _INITS,
    }
    for name, known in names.items():
        if not isinstance(getattr(vae, name), str) or getattr(vae, name) not in known:
            raise unknown_name(name, getattr(vae, name), known)
    for name in ("latent_dim", "epochs", "batch_size", "n_init", "patience"):
        value, least = getattr(vae, name), 0 if name == "patience" else 1
        if value is None and name not in ("latent_dim", "n_init"):
            continue
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            none = "" if name in ("latent_dim", "n_init") else ", or None"
            raise InputError(f"{name} must be a whole number of at least {least}{none}; got {value!r}")
    ranges = {
        "dropout": (0.0, 1.0, "at least 0 and below 1"),
        "validation_fraction": (0.0, 1.0, "at least 0 and below 1"),
        "warmup": (0.0, 1.0 + 1e-12, "a fraction of the fit, between 0 and 1"),
        "beta": (0.0, np.inf, "a number of at least 0"),
        "free_bits": (0.0, np.inf, "a number of at least 0"),
        "weight_decay": (0.0, np.inf, "a number of at least 0"),
        "checkpoint_seconds": (0.0, np.inf, "a number of at least 0"),
        "learning_rate": (np.nextafter(0, 1), np.inf, "None or a number above 0"),
        "clip_norm": (np.nextafter(0, 1), np.inf, "None or a number above 0"),
    }
    for name, (low, high, wanted) in ranges.items():
        value = getattr(vae, name)
        if name in ("clip_norm", "learning_rate") and value is None:
            continue
        if not isinstance(value, Real) or not low <= value < high:
            raise InputError(f"{name} must be {wanted}; got {value!r}")
    for name in ("hidden", "decoder_hidden"):
        widths = getattr(vae, name)
        if widths is None:
            continue
        if not isinstance(widths, tuple | list) or not all(
            isinstance(w, Integral) and int(w) > 0 for w in widths
        ):
            raise InputError(
                f"{name} must be a list of layer widths of at least 1, such as (256, 256); got {widths!r}"
            )
    make_optimizer(vae.optimizer)
    _check_parts(vae)
    choose_objective(vae.objective, vae.get_params(deep=False), vae.posterior)


def _check_parts(vae) -> None:
    """Check that posterior, prior and start go together."""
    posterior, prior = choose(POSTERIORS, vae.posterior, "posterior"), choose(PRIORS, vae.prior, "prior")
    posterior.encoder_shape(vae.latent_dim)
    if posterior.bounded != prior.bounded:
        if posterior.bounded:
            raise InputError(f"posterior {posterior.name!r} needs prior='uniform'; got prior={vae.prior!r}")
        bounded = sorted(name for name, each in POSTERIORS.items() if each.bounded)
        raise InputError(
            f"prior {prior.name!r} is for posteriors with bounds ({', '.join(bounded)}); "
            f"got posterior={vae.posterior!r}"
        )
    if not posterior.teachable and vae.init not in ("auto", "random"):
        raise InputError(
            f"init must be 'auto' or 'random' with posterior {posterior.name!r}, which cannot be taught given points; "
            f"got {vae.init!r}"
        )
