"""The certificate of collapse, and its explanation."""

import math
from dataclasses import dataclass

import numpy as np

from elbax.collapse.held_out import STORED

_ANY = "any encoder, decoder, prior and latent size"


@dataclass(frozen=True)
class Certificate:
    """Whether the constant decoder is the global optimum of the negative ELBO, and how far that is proved.

    D(y) is the mean over rows of (p(x|y) / p(x|m))^(1 / kl_weight), with m the best constant decoder output. If and
    only if D nowhere exceeds 1, no VAE beats m, whatever its networks, prior and latent size (Lindsay 1983,
    doi:10.1214/aos/1176346059). No VAE gains more than kl_weight · log sup D nats per row.

    Attributes:
        collapse_is_optimal: whether D exceeds 1 at no output that was tried.
        log_supremum: the largest log D, nats; 0 at the constant.
        where: decoder mean of the output with the largest D, in the data's own units, (*event,).
        constant: decoder mean of the best constant m, (*event,).
        method: "grid", a fine grid over at most two outputs, a proof up to `gain_bound`; "search", local maxima from
            many starts; "covariance", the line of largest curvature and the farthest rows. With any method, D > 1
            proves that collapse is not optimal. Only the grid proves the opposite.
        gain_bound: nats per row of the objective that no VAE can gain over the constant; None without a grid.
        kl_weight: weight of the KL in the objective.
        critical_kl_weight: smallest weight at which collapse is optimal; a lower bound unless the method is "grid".
        curvature: largest variance of the score over its information; D has a local maximum at the constant only if
            it is at most `kl_weight`. For normals, the top eigenvalue of the covariance of x / scale. 0 if the
            log-density has no second derivative.
        scale_squared: variance of the normal; None without a scale that all features share.
        critical_scale_squared: smallest variance at which collapse is optimal, like `critical_kl_weight`, or None.
        top_eigenvalue: top eigenvalue of the data's covariance, without features whose constant is at the end of the
            output range; None without a shared scale.
        learned: whether the likelihood has learned parameters, such as a scale.
        scale_source: "likelihood" for its current scale, "given", or "collapsed" for the scale of a collapsed fit.
        effective_rows: number of rows that dominate D at `where`: 1 / Σ w² of their shares w.
        held_out_log_d: log D less two standard errors on held-out rows, nats, at outputs chosen on the other half.
            Above zero, latents pay for more than storing single rows. -inf if uncertain; None below 20 rows.
        n_rows: rows used.
        n_rows_given: rows passed.
    """

    collapse_is_optimal: bool
    log_supremum: float
    where: np.ndarray
    constant: np.ndarray
    method: str
    gain_bound: float | None
    kl_weight: float
    critical_kl_weight: float
    curvature: float
    scale_squared: float | None
    critical_scale_squared: float | None
    top_eigenvalue: float | None
    learned: bool
    scale_source: str
    effective_rows: float
    held_out_log_d: float | None
    n_rows: int
    n_rows_given: int

    @property
    def supremum(self) -> float:
        """The largest D found; inf beyond the range of a float."""
        return math.exp(self.log_supremum) if self.log_supremum < 700 else math.inf

    @property
    def only_stores_rows(self) -> bool:
        """Whether the latents pay only by storing single rows, which is possible for wide rows at log n nats each."""
        pays_held_out = self.held_out_log_d is not None and self.held_out_log_d > 0
        return not self.collapse_is_optimal and self.effective_rows < STORED and not pays_held_out

    @property
    def statement(self) -> str:
        """The result and its evidence, in a few sentences."""
        sentences = (_verdict(self), _threshold(self), _scale(self))
        return " ".join(sentence for sentence in sentences if sentence)


def _verdict(c: Certificate) -> str:
    rows = f"these {c.n_rows} rows"
    if c.n_rows < c.n_rows_given:
        rows = f"{c.n_rows} of the {c.n_rows_given} rows"
    if not c.collapse_is_optimal:
        stored = f" (it rests on about {c.effective_rows:.0f} of them, so it pays by storing single rows)"
        caveat = stored if c.only_stores_rows else ""
        return (
            f"Using the latents pays on {rows}: another output{caveat} has D = {_above_one(c)} > 1, which proves "
            "that a mixture of outputs beats the best constant (Lindsay 1983)."
        )
    if c.method == "grid":
        return (
            f"Ignoring the latents is optimal on {rows} for {_ANY}: none gains more than {c.gain_bound:.1g} nats "
            "per row over the best constant (Lindsay 1983, checked on a grid of all outputs)."
        )
    if c.method == "search":
        return (
            f"Ignoring the latents looks optimal on {rows} for {_ANY}: a search from many starts found no output with "
            "D > 1 (Lindsay 1983), which is evidence and no proof."
        )
    return (
        f"Ignoring the latents passes the second-order test on {rows}, which it must to be optimal for {_ANY} "
        "(Lindsay 1983); outputs far from the constant were not tried."
    )


def _threshold(c: Certificate) -> str:
    more = "" if c.method == "grid" else " or more"
    if c.scale_squared is None:
        weight, critical = _number(c.kl_weight), _number(c.critical_kl_weight)
        return f"The KL's weight is {weight}; ignoring them becomes optimal at {critical}{more}."
    return (
        f"The noise variance is {_number(c.scale_squared)}; ignoring them becomes optimal at "
        f"{_number(c.critical_scale_squared)}{more} (the data's top principal variance is {_number(c.top_eigenvalue)})."
    )


def _scale(c: Certificate) -> str:
    if c.scale_source == "collapsed":
        trap = "" if c.collapse_is_optimal else ": a fit that rests there is in a trap, not at an optimum"
        return f"This is at the scale where a collapsed fit settles{trap}."
    if c.scale_source == "given":
        return "This is at the scale that was asked about."
    return "Its scale is learned: this holds at its current value, which can still change." if c.learned else ""


def _above_one(c: Certificate) -> str:
    """D with enough digits to distinguish it from one."""
    return f"1 + {c.supremum - 1:.1g}" if c.log_supremum < 1e-3 else _number(c.supremum)


def _number(value: float) -> str:
    return f"{value:.4g}"
