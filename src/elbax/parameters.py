"""The estimator's settings: which values are allowed, and what "auto" becomes."""

from numbers import Integral, Real

import numpy as np

from elbax.core.config import parse
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood
from elbax.core.networks import ACTIVATIONS
from elbax.core.objectives import WARMUP_SHAPES
from elbax.core.posteriors import POSTERIORS
from elbax.core.priors import PRIORS
from elbax.core.vae import NETWORKS
from elbax.data import Schema, choose_likelihood
from elbax.errors import InputError, unknown_name
from elbax.train.recipe import OPTIMIZERS, SCHEDULES

__all__ = ["check_parameters", "resolve_likelihood"]


def resolve_likelihood(given, schema: Schema) -> tuple[AbstractLikelihood, str]:
    """Turn the ``likelihood`` setting into a likelihood and the reason for it.

    Raises:
        InputError: the name is unknown.
    """
    if isinstance(given, AbstractLikelihood):
        return given, "it was given"
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
        "posterior": POSTERIORS,
        "prior": PRIORS,
        "warmup_shape": WARMUP_SHAPES,
        "schedule": SCHEDULES,
        "optimizer": OPTIMIZERS,
        "precision": ("float32", "bfloat16"),
    }
    for name, known in names.items():
        if not isinstance(getattr(vae, name), str) or getattr(vae, name) not in known:
            raise unknown_name(name, getattr(vae, name), known)
    for name in ("latent_dim", "epochs", "batch_size", "n_init", "patience"):
        value = getattr(vae, name)
        if value is None and name not in ("latent_dim", "n_init"):
            continue
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            none = "" if name in ("latent_dim", "n_init") else ", or None"
            raise InputError(f"{name} must be a whole number of at least 1{none}; got {value!r}")
    ranges = {
        "dropout": (0.0, 1.0, "at least 0 and below 1"),
        "validation_fraction": (0.0, 1.0, "at least 0 and below 1"),
        "warmup": (0.0, 1.0 + 1e-12, "a fraction of the fit, between 0 and 1"),
        "beta": (0.0, np.inf, "a number of at least 0"),
        "free_bits": (0.0, np.inf, "a number of at least 0"),
        "weight_decay": (0.0, np.inf, "a number of at least 0"),
        "checkpoint_seconds": (0.0, np.inf, "a number of at least 0"),
        "learning_rate": (np.nextafter(0, 1), np.inf, "a number above 0"),
        "clip_norm": (np.nextafter(0, 1), np.inf, "None or a number above 0"),
    }
    for name, (low, high, wanted) in ranges.items():
        value = getattr(vae, name)
        if name == "clip_norm" and value is None:
            continue
        if not isinstance(value, Real) or not low <= value < high:
            raise InputError(f"{name} must be {wanted}; got {value!r}")
    widths = () if vae.hidden is None else vae.hidden
    if not isinstance(widths, tuple | list) or not all(
        isinstance(w, Integral) and int(w) > 0 for w in widths
    ):
        raise InputError(f"hidden must be a list of layer widths such as (256, 256); got {vae.hidden!r}")
