"""One thing the doctor found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["CODES", "Finding"]

# In the order of causes: where several hold, an earlier one explains the later ones.
CODES = MappingProxyType(
    {
        "data-scale": "a column is constant, or outliers or its size dominate it",
        "support-mismatch": "the decoder cannot reach the data",
        "no-kl": "nothing ties the latents to the prior: an autoencoder, not a generative model",
        "scale-too-large": "the fixed noise level is too high for these data",
        "improper-likelihood": "the loss is not the logarithm of a density on these data",
        "kl-overweight": "the KL is weighted so heavily that latents do not pay",
        "noise-injection": "dropout keeps the noise level up",
        "collapse-trap": "the latents are ignored although using them would pay",
        "undertrained": "training stopped while the model was still improving",
        "overfit": "the model knows its training rows better than others",
        "folded-latent": "the latent coordinates fold or tear the data",
        "aggregate-mismatch": "encoded rows are not spread like the prior, so samples leave the data",
        "amortization-gap": "the encoder finds worse posteriors than the decoder allows",
        "scale-at-floor": "the learned noise level has reached its floor: the data have no noise to learn",
        "inactive-units": "some latent dimensions are not used",
        "healthy": "nothing is wrong",
    }
)


@dataclass(frozen=True)
class Finding:
    """A cause with its evidence and what to do about it.

    Attributes:
        code: one of ``CODES``.
        value: the number that was measured.
        threshold: the number it was compared with.
        evidence: what was measured, in one sentence.
        advice: what to do, in one sentence.
        changes: settings of `elbax.VAE` that do it.
        confidence: from 0 to 1: 1 for a proof, .9 for a controlled probe or exact fact, less for a heuristic.
        source: where the criterion comes from.
        note: whether it is worth knowing rather than wrong.
    """

    code: str
    value: float
    threshold: float
    evidence: str
    advice: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 0.9
    source: str = ""
    note: bool = False

    @property
    def meaning(self) -> str:
        """What the code means, in one line."""
        return CODES[self.code]
