"""Thresholds and remedies that several rules share."""

from math import ceil
from typing import Any

from elbax.doctor.measurements import Measurements
from elbax.errors import InputError

_NATS, _SHARE = 0.1, 0.05  # least change in the ELBO that matters: nats, and share of the gain over a constant decoder
FRESH = {"likelihood": "auto", "init": "auto", "output_bias": True}


def least_gain(m: Measurements) -> float:
    """The smallest change in ELBO that matters, nats per row."""
    return max(_NATS, _SHARE * max(m.gain, 0.0))


def more_training(m: Measurements) -> dict[str, Any]:
    """Settings for longer training with a decaying learning rate."""
    defaults = {"learning_rate": None, "batch_size": None, "patience": None}
    return {"epochs": more_epochs(m), "schedule": "cosine", **defaults}


def more_epochs(m: Measurements) -> int | None:
    """None, the default, after a short fit; else three times the epochs."""
    plan = m.record.plan
    n_steps = plan.epochs * ceil(m.record.n_rows / plan.batch_size)
    return None if n_steps < 5_000 else 3 * plan.epochs


def allows_latents(m: Measurements, latent_dim: int) -> bool:
    """Whether the posterior supports this many dimensions; some need whole groups or layers."""
    try:
        m.record.module.posterior.encoder_shape(latent_dim)
    except InputError:
        return False
    return latent_dim > 0


def widths(m: Measurements) -> tuple[int, ...]:
    """Widths of the encoder's hidden layers; 64 for an encoder without dense layers."""
    encoder = m.record.module.encoder
    encoder = getattr(encoder, "network", encoder)  # without its linear map
    return tuple(layer.weight.shape[-1] for layer in getattr(encoder, "layers", ())) or (64,)
