"""Figures of bounds: log p(x) by the number of samples, models side by side, and rate against distortion."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from elbax.errors import InputError
from elbax.plots.style import ACCENT, BLUE, GRAY, INK, dress, legend_above, subplot


def bound_by_samples(
    counts: ArrayLike, bounds: ArrayLike, interval: tuple[float, float], other: float | None = None
) -> Figure:
    """Draw the importance-weighted bound by the number of samples, nats per row.

    Args:
        counts: numbers of samples, (m,).
        bounds: mean bound for each number, (m,).
        interval: limits of log p(x), drawn as a band.
        other: another estimate, drawn as a dashed line.

    Example:
        >>> bound_by_samples([1, 2, 4], [-3.0, -2.5, -2.4], (-2.5, -2.3)).axes[0].get_xscale()
        'log'
    """
    counts, bounds = np.asarray(counts, float), np.asarray(bounds, float)
    if counts.shape != bounds.shape:
        raise InputError(f"bounds must have one entry for each of {len(counts)} counts; got {len(bounds)}")
    figure, axes = subplot(5.4, 3.4)
    axes.axhspan(*interval, color=BLUE, alpha=0.15, lw=0, label="stated interval")
    axes.plot(counts, bounds, color=BLUE, lw=1.6, marker="o", ms=4, label="bound")
    if other is not None:
        axes.axhline(other, color=ACCENT, lw=1.4, ls="--", label="annealing")
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    dress(axes, "samples of each row (count)", "nats per row")
    legend_above(axes, columns=3)
    return figure


def rate_distortion(rate: ArrayLike, distortion: ArrayLike, model: tuple[float, float]) -> Figure:
    """Draw the least rate at each distortion, and a model's point, in nats per row.

    Args:
        rate: rates of the curve, (m,).
        distortion: distortions of the curve, (m,).
        model: rate (KL) and distortion (-log p(x|z)) of the model with its encoder.
    """
    rate, distortion = np.asarray(rate, float), np.asarray(distortion, float)
    figure, axes = subplot(5.4, 3.4)
    axes.plot(distortion, rate, color=BLUE, lw=1.6, marker="o", ms=3, label="decoder and prior")
    axes.plot(model[1], model[0], color=ACCENT, marker="o", ms=7, ls="", label="with the encoder")
    axes.plot(distortion[-1], rate[-1], color=INK, marker="s", ms=5, ls="", label="exact posterior")
    dress(axes, "distortion, −log p(x|z) (nats per row)", "rate, KL (nats per row)")
    legend_above(axes, columns=3)
    return figure


def paired_differences(
    names: Sequence[str],
    differences: ArrayLike,
    half_widths: ArrayLike,
    simple: Sequence[str] = (),
    reference: str = "the best model",
) -> Figure:
    """Draw the differences of models to one of them, a dot and an interval each, in nats per row.

    Args:
        names: of the models, best first, (m,).
        differences: mean differences to the reference, (m,).
        half_widths: half of each interval, (m,).
        simple: names of simple models, which are drawn in gray.
        reference: what the differences are to.

    Example:
        >>> len(paired_differences(["a", "b"], [0.0, -1.0], [0.0, 0.4]).axes)
        1
    """
    differences, half_widths = np.asarray(differences, float), np.asarray(half_widths, float)
    if not len(names) == len(differences) == len(half_widths):
        raise InputError(f"differences and half_widths must have one entry for each of {len(names)} names")
    figure, axes = subplot(5.4, 1.3 + 0.34 * len(names))
    axes.axvline(0.0, color=INK, lw=1.0)
    for place, name in enumerate(names):
        color = GRAY if name in simple else BLUE
        axes.errorbar(differences[place], place, xerr=half_widths[place], color=color, marker="o", ms=5, lw=1.8)
    dress(axes, f"nats per row above {reference} (95% intervals)", "")
    axes.xaxis.label.set(x=1.0, ha="right")  # beside long names there is no room around the middle
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    return figure
