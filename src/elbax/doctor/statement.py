"""A certificate in plain words."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elbax.doctor.certificate import Certificate

__all__ = ["write_statement"]

_ANY = "any encoder, decoder, prior and latent size"


def write_statement(certificate: "Certificate") -> str:
    """Say what is known, how, and what may still change."""
    sentences = (_verdict(certificate), _threshold(certificate), _scale(certificate))
    return " ".join(sentence for sentence in sentences if sentence)


def _verdict(c: "Certificate") -> str:
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


def _threshold(c: "Certificate") -> str:
    more = "" if c.method == "grid" else " or more"
    if c.scale_squared is None:
        critical = _number(c.critical_kl_weight)
        return (
            f"The KL's weight is {_number(c.kl_weight)}; ignoring them becomes optimal at {critical}{more}."
        )
    return (
        f"The noise variance is {_number(c.scale_squared)}; ignoring them becomes optimal at "
        f"{_number(c.critical_scale_squared)}{more} (the data's top principal variance is {_number(c.top_eigenvalue)})."
    )


def _scale(c: "Certificate") -> str:
    if c.scale_source == "collapsed":
        trap = "" if c.collapse_is_optimal else ": a fit that rests there is in a trap, not at an optimum"
        return f"This is at the scale where a collapsed fit settles{trap}."
    if c.scale_source == "given":
        return "This is at the scale that was asked about."
    return "Its scale is learned: this holds where it stands now, and it can still move." if c.learned else ""


def _above_one(c: "Certificate") -> str:
    """D, in a way that tells it from one."""
    return f"1 + {c.supremum - 1:.1g}" if c.log_supremum < 1e-3 else _number(c.supremum)


def _number(value: float) -> str:
    return f"{value:.4g}"
