"""The static figures of a report, for images, tables and points in the plane."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from elbax import plots
from elbax.data import Schema, take_rows
from elbax.evaluate import Evaluation, Ladder
from elbax.report.static_figure import StaticFigure
from elbax.report.table_figures import table_figures
from elbax.report.views import ImageView, windows

MOST_UNITS, MOST_COLUMNS, MOST_POINTS, SAMPLES = 12, 12, 1000, 64
MOST_SERIES, MOST_WINDOW_UNITS, WINDOW_SAMPLES = 4, 3, 20
_MOST_VALUES = 2e7  # of a decoded sheet


def ladder_figures(ladder: Ladder | None) -> Iterator[StaticFigure]:
    """Yield the figure of a model beside simple ones."""
    if ladder is None or not ladder.models:
        return
    names = [model.name for model in ladder.models]
    yield StaticFigure(
        "Beside simple models",
        "Dots with intervals. This model less "
        + "; ".join(f"{line[0]}: {line[2]} nats" for line in ladder.lines()[1:]),
        "How far the log-likelihood of each simple model lies from the ELBO, on the same rows. A dot right of zero "
        "means that the simple model describes the data better.",
        plots.paired_differences(
            ["this model (ELBO)", *names],
            [0.0, *(-model.difference.mean for model in ladder.models)],
            [0.0, *(model.difference.half_width for model in ladder.models)],
            simple=names,
            reference="this model",
        ),
    )


def evaluation_figures(evaluation: Evaluation) -> Iterator[StaticFigure]:
    """Yield the figures of a full evaluation."""
    score, annealed = evaluation.log_likelihood, evaluation.annealed
    gained = score.bounds[-1] - score.bounds[0]
    yield StaticFigure(
        "The bound by the number of samples",
        f"A curve that rises by {gained:.2f} nats from {score.counts[0]} to {score.counts[-1]} samples.",
        "The importance-weighted bound rises with the number of samples towards log p(x). If its right end still "
        "climbs, log p(x) is higher than the number in the table."
        + ("" if annealed is None else " The dashed line is the estimate by annealing on some of the rows."),
        plots.bound_by_samples(
            score.counts,
            score.bounds,
            (score.low, score.high),
            None if evaluation.above is None else score.nats.mean + evaluation.above.mean,
        ),
    )
    if evaluation.rate_distortion is not None:
        curve, model = evaluation.rate_distortion, (evaluation.kl.mean, evaluation.reconstruction.mean)
        yield StaticFigure(
            "Rate and distortion",
            "The least rate at each distortion that the decoder allows, and the model's own rate and distortion.",
            "The curve is the least KL that decoder and prior allow at each quality of reconstruction, with the best "
            "possible encoder. The dot is the model with its own encoder; its height above the curve is lost by the "
            "posterior.",
            plots.rate_distortion(curve.rate, curve.distortion, model),
        )


def static_figures(
    vae: Any, x: np.ndarray, kl: ArrayLike, active: ArrayLike, context: Any = None
) -> Iterator[StaticFigure]:
    """Yield the figures for a fitted estimator and some rows x in the user's axes, with their context."""
    kl = np.asarray(kl)
    if vae.module_.posterior.has_density and not vae.module_.posterior.bounded:
        yield StaticFigure(
            "KL of each latent",
            f"Bars of the mean KL of {len(kl)} latents; {np.sum(active)} of them are active.",
            "The information about a row in each latent, on average. A latent near 0 nats is not used: its value "
            "does not change the output.",
            plots.kl_per_unit(kl, active),
        )
    axes = vae.schema_.axes
    if axes.is_window:
        yield from _windows(vae, x, kl, context)
    elif not axes.is_table:
        yield from _images(vae, x, kl, context)
    else:
        yield from table_figures(vae, x, context) if vae.schema_.table is not None else _table(vae, x, context)


def _images(vae: Any, x: np.ndarray, kl: np.ndarray, context: Any) -> Iterator[StaticFigure]:
    view = ImageView.of(vae.schema_)
    shape, (inverse, held) = view.shape, _hold(vae.inverse_transform, context)
    decode = lambda z: view(inverse(z))  # noqa: E731
    if vae.module_.latent_dim == 2:
        n = int(np.clip(np.sqrt(_MOST_VALUES / vae.n_features_in_), 5, 15))
        yield StaticFigure(
            "The decoded latent plane",
            f"A {n} by {n} sheet of images decoded from a grid over the two latents.",
            "Each image is the decoder's mean at one latent point. The points lie at equal steps of the "
            "prior's probability, from 5% to 95%, so each kind of image takes its share of the sheet."
            + view.note
            + held,
            plots.decoded_sheet(decode, shape, n),
        )
    else:
        units = np.sort(np.argsort(-kl, kind="stable")[:MOST_UNITS])
        which = "" if len(units) == len(kl) else f" The {MOST_UNITS} latents with the most KL, of {len(kl)}."
        yield StaticFigure(
            "The effect of each latent",
            f"One row of decoded images for each of {len(units)} latents.",
            "In each row one latent moves through the central 90% of the prior while the others stay at 0. A "
            "row of equal images is a latent that the decoder ignores." + which + view.note + held,
            plots.traversals(decode, shape, vae.module_.latent_dim, units=units.tolist()),
        )
    few = _spaced(len(x), min(len(x), 24))
    some, decoded = x[few], np.asarray(vae.reconstruct(x[few], context=take_rows(context, few)))
    yield StaticFigure(
        "Inputs and reconstructions",
        f"{len(some)} images from the data, each above the model's reconstruction.",
        "Each output is decoded from the mean of its input's posterior. Blurred or changed details are not stored "
        "in the latents." + view.note,
        plots.reconstructions(view(some), view(decoded), columns=max(2, 12 // view.n_frames)),
    )
    if view.hides_channels:
        yield _channels(vae.schema_, view, some[0], decoded[0])
    spaced = _spaced(len(x), SAMPLES)
    samples = view(_sample(vae, SAMPLES, take_rows(context, spaced), noise=False))
    yield StaticFigure(
        "Samples from the prior",
        f"{SAMPLES} images decoded from latent points drawn from the prior.",
        "New images: latent points are drawn from the prior and decoded to means, without pixel noise."
        + ("" if context is None else " Each has the context of one of several evenly spaced rows.")
        + view.note,
        plots.image_grid(samples, columns=max(2, 16 // view.n_frames)),
    )


def _channels(schema: Schema, view: ImageView, row: np.ndarray, decoded: np.ndarray) -> StaticFigure:
    """Every channel of one row, or some of many, beside its reconstruction."""
    views = view.of_each_channel(schema, MOST_UNITS)
    pairs = (np.concatenate([own(np.asarray(side)[None]) for own in views]) for side in (row, decoded))
    names = [own.channels[0] for own in views]
    which = (
        "Every channel" if len(names) == schema.axes.channels else f"{len(names)} of {schema.axes.channels} channels"
    )
    return StaticFigure(
        "Channels of one image",
        f"{len(views)} channels of one image, each above its reconstruction.",
        f"{which}, each gray in its own range. The numbers above are those of the channels, counted from 0.",
        plots.reconstructions(*pairs, names=names),
    )


def _windows(vae: Any, x: np.ndarray, kl: np.ndarray, context: Any) -> Iterator[StaticFigure]:
    schema, count = vae.schema_, vae.schema_.axes.channels
    series = list(range(min(count, MOST_SERIES)))
    which = "" if len(series) == count else f" The first {MOST_SERIES} of {count} series."
    inverse, held = _hold(vae.inverse_transform, context)
    draw = lambda rows: windows(schema, rows)[:, :, series]  # noqa: E731
    units = np.sort(np.argsort(-kl, kind="stable")[:MOST_WINDOW_UNITS]).tolist()
    yield StaticFigure(
        "The effect of each latent",
        f"Decoded lines of {len(series)} series for each of {len(units)} latents.",
        "In each row of panels one latent moves through the central 90% of the prior while the others stay at 0. Lines "
        "that lie on each other are a latent that the decoder ignores." + which + held,
        plots.window_traversals(lambda z: draw(inverse(z)), vae.module_.latent_dim, units=units),
    )
    few = _spaced(len(x), min(len(x), 4))
    decoded = vae.reconstruct(x[few], context=take_rows(context, few))
    yield StaticFigure(
        "Inputs and reconstructions",
        f"{len(few)} windows from the data, each with the model's reconstruction.",
        "Each output is decoded from the mean of its input's posterior; each series has its own scale." + which,
        plots.window_reconstructions(draw(x[few]), draw(decoded)),
    )
    spaced = _spaced(len(x), WINDOW_SAMPLES)
    sampled = _sample(vae, WINDOW_SAMPLES, take_rows(context, spaced))
    yield StaticFigure(
        "Windows, real and sampled",
        f"{WINDOW_SAMPLES} windows from the data and as many samples from the model.",
        "New windows: latent points are drawn from the prior and decoded, with noise. Both sides should look alike."
        + which,
        plots.window_lines({"data": draw(x[spaced]), "samples": draw(sampled)}),
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
        f"Where outline and bars agree, values of that column are as frequent in samples as in the data. "
        f"{len(x):,} rows of each; the end bins hold the values beyond.{which}",
        plots.column_distributions(x[:, :MOST_COLUMNS], sampled[:, :MOST_COLUMNS], names),
    )


def _plane(vae: Any, x: np.ndarray, sampled: np.ndarray, context: Any) -> Iterator[StaticFigure]:
    some = _spaced(len(x), min(len(x), MOST_POINTS))
    x, sampled, context = x[some], sampled[some], take_rows(context, some)
    decode, held = _hold(vae.inverse_transform, context)
    encode, _ = _hold(vae.transform, context)
    first, second = _column_names(vae)
    names = (first, second) if vae.schema_.columns is not None else plots.DATA_AXES
    decoded = np.asarray(vae.reconstruct(_with_names(vae.schema_, x), context=context))
    yield StaticFigure(
        "Data, reconstructions and samples",
        "Two scatter plots: data with reconstructions, and data with samples from the model.",
        "Left: a gray line joins each row to its reconstruction, so short lines are good. Right: samples "
        "should cover the data and nothing else.",
        plots.data_and_reconstruction(x, decoded, sampled, axis_names=names),
    )
    if vae.module_.latent_dim == 1:
        yield StaticFigure(
            "The curve that the latent traces",
            "Data in gray and the decoded curve, colored by the latent from −3 to 3.",
            "One latent decodes to a curve. If colors change smoothly from end to end, the latent orders the data."
            + held,
            plots.decoded_curve(decode, -3, 3, X=x, axis_names=names),
        )
    if vae.schema_.removal is not None:
        return  # the other points of the plane have no codes
    low, high = x.min(axis=0), x.max(axis=0)
    (left, bottom), (right, top) = low - 0.1 * (high - low), high + 0.1 * (high - low)
    yield StaticFigure(
        "The first latent over the whole plane",
        "An image of the mean of the first latent for every point of the plane, with the data on top.",
        "The latent mean that the encoder assigns to any point, data or not; the dots are data." + held,
        plots.latent_plane_image(
            lambda points: np.asarray(encode(_with_names(vae.schema_, points))),
            (left, right, bottom, top),
            X=x,
            axis_names=names,
        ),
    )


def _spaced(n: int, count: int) -> np.ndarray:
    """Evenly spaced positions among n rows, repeated if there are fewer rows."""
    return np.linspace(0, n - 1, count).astype(int)


def _sample(vae: Any, n: int, context: Any, **options: Any) -> Any:
    """Draw n rows, one per entry of context if the model has context."""
    return vae.sample(n if context is None else 1, context=context, random_state=0, **options)


def _hold(method: Callable, context: Any) -> tuple[Callable, str]:
    """The method with the context of the first row, and a sentence for the reader."""
    if context is None:
        return method, ""
    first = take_rows(context, np.array([0]))
    return partial(method, context=first), " All have the context of the first row."


def _with_names(schema: Schema, x: np.ndarray) -> Any:
    """Rows as a data frame, if columns have names."""
    return x if schema.columns is None else pd.DataFrame(x, columns=list(schema.columns))


def _column_names(vae: Any) -> list[str]:
    """The table's column names, or x₁, x₂, …."""
    return list(vae.schema_.columns or plots.column_names(vae.n_features_in_))
