"""Which static figures suit a model: images, tables and curves in the plane are shown differently."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from elbax import plots
from elbax.data import MemoryMappedRows
from elbax.evaluate import Evaluation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_UNITS, MOST_COLUMNS, MOST_POINTS, SAMPLES = 12, 12, 1000, 64


@dataclass(frozen=True, eq=False)
class StaticFigure:
    """A figure with its title, a text for those who cannot see it, and a line on how to read it."""

    title: str
    alt: str
    reading: str
    figure: "Figure"


def evaluation_figures(found: Evaluation) -> Iterator[StaticFigure]:
    """Yield the figures of a full evaluation."""
    score, annealed = found.log_likelihood, found.annealed
    gained = score.bounds[-1] - score.bounds[0]
    yield StaticFigure(
        "The bound by the number of samples",
        f"A curve that rises by {gained:.2f} nats from {score.counts[0]} to {score.counts[-1]} samples.",
        "The importance-weighted bound rises with the number of samples towards log p(x). Where its right end still "
        "climbs, log p(x) is higher than the number in the table."
        + ("" if annealed is None else " The dashed line is what annealing finds on some of the rows."),
        plots.bound_by_samples(
            score.counts,
            score.bounds,
            (score.low, score.high),
            None if found.above is None else score.nats.mean + found.above.mean,
        ),
    )
    if found.rate_distortion is not None:
        curve = found.rate_distortion
        yield StaticFigure(
            "Rate and distortion",
            "The least rate at each distortion that the decoder allows, and where the encoder is.",
            "The curve is what the decoder and the prior allow, whatever the encoder: the least KL for each quality "
            "of reconstruction. The dot is the model with its encoder; how far it is above the curve is lost by the "
            "posterior.",
            plots.rate_distortion(curve.rate, curve.distortion, (found.kl.mean, found.reconstruction.mean)),
        )


def take(x: Any, rows: np.ndarray) -> Any:
    """Choose rows of an array, list, data frame or file, keeping column names; None stays None."""
    if isinstance(x, MemoryMappedRows):
        return x.take(rows)
    if x is None or hasattr(x, "iloc"):
        return x if x is None else x.iloc[rows]
    return np.asarray(x)[rows] if isinstance(x, list) else x[rows]


def static_figures(
    vae: Any, x: np.ndarray, kl: ArrayLike, active: ArrayLike, context: Any = None
) -> Iterator[StaticFigure]:
    """Yield the figures for a fitted estimator and some rows x, shape (n, *event), with their context."""
    kl = np.asarray(kl)
    if vae.module_.posterior.has_density and not vae.module_.posterior.bounded:
        yield StaticFigure(
            "KL of each latent",
            f"Bars of the mean KL of {len(kl)} latents; {np.sum(active)} of them are active.",
            "What each latent tells about a row, on average. A latent near 0 nats is not used: it "
            "decodes to the same thing wherever it is.",
            plots.kl_per_unit(kl, active),
        )
    if len(vae.event_shape_) > 1:
        yield from _images(vae, x, kl, context)
    else:
        yield from _table(vae, x, context)


def _images(vae: Any, x: np.ndarray, kl: np.ndarray, context: Any) -> Iterator[StaticFigure]:
    shape, bounds = vae.event_shape_, _value_range(vae, x)
    decode, held = _hold(vae.inverse_transform, context)
    if vae.latent_dim == 2:
        yield StaticFigure(
            "What the latent plane decodes to",
            "A 15 by 15 sheet of images decoded from a grid over the two latents.",
            "Each image is the decoder's mean at one latent point. The points lie at equal steps of the "
            "prior's probability, from 5% to 95%, so the sheet shows what the model makes in proportion."
            + held,
            plots.decoded_sheet(decode, shape, value_range=bounds),
        )
    else:
        units = np.sort(np.argsort(-kl, kind="stable")[:MOST_UNITS])
        which = "" if len(units) == len(kl) else f" The {MOST_UNITS} latents with the most KL, of {len(kl)}."
        yield StaticFigure(
            "What each latent changes",
            f"One row of decoded images for each of {len(units)} latents.",
            "In each row one latent moves through the central 90% of the prior while the others stay at 0. A "
            "row of equal images is a latent that the decoder ignores." + which + held,
            plots.traversals(decode, shape, vae.latent_dim, units=units.tolist(), value_range=bounds),
        )
    few = np.linspace(0, len(x) - 1, min(len(x), 24)).astype(int)
    some, decoded = x[few], vae.reconstruct(x[few], context=take(context, few))
    yield StaticFigure(
        "Inputs and reconstructions",
        f"{len(some)} images from the data, each above the model's reconstruction.",
        "Each output is decoded from the mean of its input's posterior. Blur or a changed subject is what "
        "the latents could not carry.",
        plots.reconstructions(some, np.asarray(decoded).reshape(some.shape), value_range=bounds),
    )
    spread = np.linspace(0, len(x) - 1, SAMPLES).astype(int)
    samples = np.asarray(_sample(vae, SAMPLES, take(context, spread), noise=False)).reshape(-1, *shape)
    yield StaticFigure(
        "Samples from the prior",
        f"{SAMPLES} images decoded from latent points drawn from the prior.",
        "New images: latent points are drawn from the prior and decoded to means, without pixel noise."
        + ("" if context is None else " Each has the context of a row, spread evenly over the data."),
        plots.image_grid(samples, columns=16, value_range=bounds),
    )


def _table(vae: Any, x: np.ndarray, context: Any) -> Iterator[StaticFigure]:
    sampled = np.asarray(_sample(vae, len(x), context)).reshape(x.shape)
    if x.shape[1] == 2:
        yield from _plane(vae, x, sampled, context)
    names = _column_names(vae)[:MOST_COLUMNS]
    which = "" if len(names) == x.shape[1] else f" The first {MOST_COLUMNS} of {x.shape[1]} columns."
    yield StaticFigure(
        "Columns, real and sampled",
        f"Distributions of {len(names)} columns in the data and in samples from the model.",
        f"Where outline and bars agree, the model makes that column's values as often as the data have them. "
        f"{len(x):,} rows of each; the end bins hold what lies beyond.{which}",
        plots.column_distributions(x[:, :MOST_COLUMNS], sampled[:, :MOST_COLUMNS], names),
    )


def _plane(vae: Any, x: np.ndarray, sampled: np.ndarray, context: Any) -> Iterator[StaticFigure]:
    some = np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).astype(int)
    x, sampled, context = x[some], sampled[some], take(context, some)
    decode, held = _hold(vae.inverse_transform, context)
    encode, _ = _hold(vae.transform, context)
    first, second = _column_names(vae)
    names = (first, second) if vae.schema_.columns is not None else plots.DATA_AXES
    yield StaticFigure(
        "Data, reconstructions and samples",
        "Two scatter plots: data with reconstructions, and data with samples from the model.",
        "Left: a gray line joins each row to its reconstruction, so short lines are good. Right: samples "
        "should cover the data and nothing else.",
        plots.data_and_reconstruction(
            x, np.asarray(vae.reconstruct(as_given(vae, x), context=context)), sampled, axis_names=names
        ),
    )
    if vae.latent_dim == 1:
        yield StaticFigure(
            "The curve that the latent traces",
            "Data in gray and the decoded curve, colored by the latent from −3 to 3.",
            "One latent decodes to a curve; colors that run smoothly from end to end mean that it orders "
            "the data." + held,
            plots.decoded_curve(decode, -3, 3, X=x, axis_names=names),
        )
    low, high = x.min(axis=0), x.max(axis=0)
    (left, bottom), (right, top) = low - 0.1 * (high - low), high + 0.1 * (high - low)
    yield StaticFigure(
        "The first latent over the whole plane",
        "An image of the mean of the first latent for every point of the plane, with the data on top.",
        "How the encoder would place any point, data or not; the dots are data." + held,
        plots.latent_plane_image(
            lambda points: np.asarray(encode(as_given(vae, points))),
            (left, right, bottom, top),
            X=x,
            axis_names=names,
        ),
    )


def _sample(vae: Any, n: int, context: Any, **options: Any) -> Any:
    """N rows, one for each of n entries of context where the model has any."""
    return vae.sample(n if context is None else 1, context=context, random_state=0, **options)


def _hold(method: Callable, context: Any) -> tuple[Callable, str]:
    """A method with the first row's context for all, and the words that say so."""
    if context is None:
        return method, ""
    return partial(method, context=take(context, np.array([0]))), " All have the context of the first row."


def _column_names(vae: Any) -> list[str]:
    """The table's own column names, or x₁, x₂ and so on."""
    given = vae.schema_.columns
    return plots.column_names(vae.n_features_in_) if given is None else list(given)


def as_given(vae: Any, x: np.ndarray) -> np.ndarray | pd.DataFrame:
    """Rows of a table with the column names that the estimator was fitted with, where it was."""
    return x if vae.schema_.columns is None else pd.DataFrame(x, columns=list(vae.schema_.columns))


def _value_range(vae: Any, x: np.ndarray) -> tuple[float, float]:
    """What is black and white: the likelihood's bounds, or where it has none the extremes of the data."""
    bounds = vae.likelihood_.support
    finite = np.isfinite([bounds.lower, bounds.upper]).all()
    return (bounds.lower, bounds.upper) if finite else (float(x.min()), float(x.max()))
