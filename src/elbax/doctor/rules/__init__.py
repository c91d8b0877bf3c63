"""The rules that turn measurements into findings; one function a code, in the order of causes."""

from elbax.doctor.rules.latent import aggregate_mismatch, folded_latent
from elbax.doctor.rules.likelihood import (
    data_scale,
    improper_likelihood,
    scale_at_floor,
    scale_too_large,
    support_mismatch,
)
from elbax.doctor.rules.objective import collapse_trap, inactive_units, kl_overweight, no_kl
from elbax.doctor.rules.training import amortization, noise_injection, overfit, undertrained

__all__ = ["RULES"]

RULES = (
    data_scale,
    support_mismatch,
    no_kl,
    scale_too_large,
    improper_likelihood,
    kl_overweight,
    noise_injection,
    collapse_trap,
    undertrained,
    overfit,
    folded_latent,
    aggregate_mismatch,
    amortization,
    scale_at_floor,
    inactive_units,
)
