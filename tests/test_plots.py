"""Figures: panels, labels with units, and what is refused."""

import io

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import color_sequences
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image, ImageSequence
from scipy.spatial.distance import pdist
from scipy.stats import norm

from elbax import plots
from elbax.errors import InputError

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(60, 2))
PICTURES = RNG.uniform(size=(10, 4, 5))
HISTORY = pd.DataFrame(
    {f"{split}{name}": [3.0, 2.0] for split in ("", "val_") for name in ("loss", "reconstruction", "kl")}
)


def flat(z):
    """Decode latent points to flattened 4 × 5 images as bright as their first coordinate's probability."""
    return np.repeat(norm.cdf(z[:, :1]), 20, axis=1)


SURFACE = plots.SurfacePanel("σ² = 1", [0, 1, 2], [0, 1], [[-1.0, 0.0], [0.5, 0.1], [-np.inf, 0.0]], (1, 1))
FIGURES = {
    "loss": (lambda: plots.loss_curves(HISTORY), 3),
    "loss alone": (lambda: plots.loss_curves(HISTORY[["loss", "val_loss"]]), 1),
    "latent": (lambda: plots.latent_scatter(POINTS), 1),
    "latent by class": (lambda: plots.latent_scatter(POINTS, np.arange(60) % 3), 1),
    "latent on a scale": (lambda: plots.latent_scatter(POINTS, POINTS[:, 0]), 2),
    "one latent": (lambda: plots.latent_scatter(POINTS[:, :1], np.arange(60) % 3), 1),
    "one latent on a scale": (lambda: plots.latent_scatter(POINTS[:, :1], POINTS[:, 1]), 1),
    "sheet": (lambda: plots.decoded_sheet(flat, (4, 5), n=3), 1),
    "curve": (lambda: plots.curve_embedding(POINTS, POINTS[:, 0]), 2),
    "plane": (lambda: plots.latent_plane_image(lambda x: x, (0, 1, 0, 2), X=POINTS, n=9), 2),
    "decoded curve": (lambda: plots.decoded_curve(lambda z: np.hstack([z, z]), X=POINTS), 2),
    "reconstruction": (lambda: plots.data_and_reconstruction(POINTS, POINTS + 0.1), 1),
    "samples": (lambda: plots.data_and_reconstruction(POINTS, POINTS + 0.1, POINTS[:9]), 2),
    "reconstruction panels": (lambda: plots.reconstruction_panels(POINTS, {"a": POINTS, "b": -POINTS}), 2),
    "lines": (lambda: plots.lines([0, 1], {"y (m)": {"up": [0, 1], "down": [1, 0]}}, xlabel="x (m)"), 1),
    "line families": (
        lambda: plots.line_families(
            [0, 1], {"a": [[0, 1], [0, 2]]}, [1, 2], xlabel="x (m)", ylabel="y (m)", value_label="k (m)"
        ),
        2,
    ),
    "sweep": (
        lambda: plots.sweep(
            [0.1, 1],
            {"KL (nats)": [[2, 3], [0, 1]], "error (m)": [[2, 3], [0, 1]]},
            xlabel="σ² (m²)",
            mark=(0.5, "critical"),
            theory={"KL (nats)": [2, 0]},
        ),
        2,
    ),
    "certificate": (lambda: plots.certificate_surface(POINTS, [SURFACE, SURFACE]), 3),
    "kl": (lambda: plots.kl_per_unit([1.0, 0.0], [True, False]), 1),
    "bound by samples": (lambda: plots.bound_by_samples([1, 2], [-2.0, -1.5], (-1.6, -1.3), -1.4), 1),
    "rate and distortion": (lambda: plots.rate_distortion([0.0, 2.0], [9.0, 5.0], (2.5, 5.2)), 1),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_chart_has_its_panels_and_labels_with_units(name):
    make, panels = FIGURES[name]
    before = dict(matplotlib.rcParams)
    figure = make()
    assert isinstance(figure, Figure)
    assert len(figure.axes) == panels
    assert plots.to_png(figure, dpi=40).startswith(b"\x89PNG")
    assert dict(matplotlib.rcParams) == before
    countable = ("epoch", "rows", "latent", "label")
    for axes in figure.axes:
        labels = [axes.get_xlabel(), axes.get_ylabel()]
        bar = labels[0] == ""
        if len(axes.get_shared_y_axes().get_siblings(axes)) > 1:  # a neighbor's label serves
            labels = [label for label in labels if label]
        for label in labels[bar:]:
            assert "(" in label or "nats" in label or label in countable, label


@pytest.mark.parametrize("fill", [0.0, 0.5])
def test_rendering_repeats_to_the_byte(fill):
    first, second = (plots.to_png(plots.image_grid(np.full((3, 4, 4), fill))) for _ in range(2))
    assert first == second


def test_sheet_follows_the_inverse_normal_cdf():
    asked = []

    def decode(z):
        asked.append(z)
        return flat(z)

    image = plots.decoded_sheet(decode, (4, 5), n=5).axes[0].images[0].get_array()
    grid = norm.ppf(np.linspace(0.05, 0.95, 5))
    np.testing.assert_allclose(asked[0][:5, 0], grid)
    np.testing.assert_allclose(asked[0][::5, 1], grid[::-1])
    np.testing.assert_allclose(image[0, 2::6], np.linspace(0.05, 0.95, 5) * 255, atol=1)
    plots.decoded_sheet(decode, (4, 5), n=5, reverse_y=True)
    np.testing.assert_allclose(asked[1][::5, 1], grid)
    plots.decoded_sheet(decode, (4, 5), n=5, span=3)
    np.testing.assert_allclose(asked[2][:5, 0], [-3, -1.5, 0, 1.5, 3])


def test_latent_plane_can_match_a_sheet_that_grows_downwards():
    assert plots.latent_scatter(POINTS, reverse_y=True).axes[0].yaxis_inverted()


def test_a_sweep_joins_medians_and_marks_the_critical_value():
    axes = plots.sweep([0.1, 1], {"KL (nats)": [[1, 2, 9], [0, 0, 5]]}, xlabel="σ² (m²)", mark=(0.5, "c")).axes[0]
    median, mark = axes.lines
    assert median.get_ydata().tolist() == [2, 0]
    assert mark.get_xdata()[0] == 0.5
    assert len(axes.collections[0].get_offsets()) == 6


def test_traversals_move_one_latent_at_a_time():
    asked = []

    def decode(z):
        asked.append(z)
        return flat(z)

    figure = plots.traversals(decode, (4, 5), 6, n=5, units=[0, 4])
    z = asked[0].reshape(2, 5, 6)
    assert [np.flatnonzero(row.any(axis=0)).tolist() for row in z] == [[0], [4]]
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["z₁", "z₅"]


def test_names_stand_above_each_image_of_every_block():
    figure = plots.reconstructions(np.zeros((5, 4, 4)), np.zeros((5, 4, 4)), names=range(0, 50, 10), columns=3)
    written = [[tick.get_text() for tick in axes.get_xticklabels()] for axes in figure.axes]
    assert written == [["0", "10", "20"], ["30", "40"]]
    np.testing.assert_allclose(figure.axes[0].get_xticks(), [1.5, 6.5, 11.5])  # the middles of 4 pixels and a gap


@pytest.mark.parametrize("labels", [["a", "b", "a"], np.linspace(0, 1, 30)], ids=["classes", "scale"])
@pytest.mark.parametrize("latents", [1, 2])
def test_the_name_of_a_series_is_that_of_the_legend(labels, latents):
    z = np.linspace(0, 1, len(labels) * latents).reshape(-1, latents)
    for named, expected in ((pd.Series(labels, name="species"), "species"), (labels, "label")):
        main, *bars = plots.latent_scatter(z, named).axes
        legend = main.get_legend()
        written = {main.get_ylabel(), *(bar.get_ylabel() for bar in bars)}
        assert expected in (written if legend is None else {legend.get_title().get_text()})


def test_colors_of_classes_stay_apart_without_red_or_green_cones():
    """Distances in CIELAB after the matrices of Machado et al. 2009 for a full lack of one kind of cone."""
    blind = {
        "protanopia": [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        "deuteranopia": [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    }
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )

    def least_distance(colors, matrix):
        rgb = np.array([to_rgb(color) for color in colors])
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        xyz = (linear @ np.transpose(matrix)).clip(0, 1) @ to_xyz.T / to_xyz.sum(axis=1)
        f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
        lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
        return pdist(lab).min()

    ours = [group.color for group in plots.label_groups(list("abcdefghij"))]
    for matrix in (np.eye(3), *blind.values()):
        assert least_distance(ours, matrix) > 8
    assert least_distance(color_sequences["tab10"], blind["deuteranopia"]) < 8  # the usual colors fail


def test_panels_of_the_plane_share_their_limits():
    x = np.random.default_rng(0).normal(size=(50, 2))
    left, right = plots.data_and_reconstruction(x, x, 3 * x).axes
    left.figure.draw_without_rendering()  # which adjusts limits to aspects
    assert left.get_xlim() == right.get_xlim() and left.get_ylim() == right.get_ylim()
    assert left.get_xlim()[1] > 3 * x[:, 0].max()


def test_small_numbers_leave_no_factor_on_the_names():
    axes = plots.column_distributions(1e-6 * POINTS, 1e-6 * POINTS, ["a", "b"]).axes[0]
    axes.figure.draw_without_rendering()
    assert not axes.xaxis.get_offset_text().get_text()
    assert any("e−0" in tick.get_text() for tick in axes.get_xticklabels())


def test_reconstructions_keep_inputs_above_outputs():
    figure = plots.reconstructions(np.zeros((14, 4, 4)), np.ones((14, 4, 4)), columns=12)
    image = figure.axes[0].images[0].get_array()
    assert image[:4, :4].max() == 0
    assert image[5:9, :4].min() == 255


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_span_the_range(channels):
    images = np.linspace(-2, 2, 2 * 3 * 3 * channels).reshape(2, 3, 3, channels)
    pixels = plots.to_pixels(images, -1, 1)
    assert pixels.shape == images.shape and pixels.dtype == np.uint8
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_pixels_of_nan_are_black():
    assert plots.to_pixels([[[np.nan, np.inf, -np.inf]]]).ravel().tolist() == [0, 255, 0]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([2, 1, 2], ["1", "2"]),
        (["b", None, "a"], ["a", "b", "missing"]),
        ([True, False], ["False", "True"]),
        (np.arange(11), None),
        (
            [f"{i:02}" for i in range(12)] + [f"{i:02}" for i in range(9)],
            [f"{i:02}" for i in range(9)] + ["other"],
        ),
    ],
)
def test_label_groups(labels, names):
    groups = plots.label_groups(labels)
    assert (groups and [group.name for group in groups]) == names
    if groups:
        assert sorted(np.concatenate([group.rows for group in groups])) == list(range(len(labels)))
        assert len({group.color for group in groups}) == len(groups)


def test_column_distributions_show_numbers_names_and_gaps():
    real = pd.DataFrame({"age": RNG.normal(size=50), "town with a very long name indeed": list("ab") * 25})
    real.loc[3, "age"] = np.nan
    figure = plots.column_distributions(real, real.sample(50, replace=True, random_state=0))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_xlabel() for axes in shown] == ["age", "town with a very long n…"]
    assert shown[0].get_ylabel() == "share of rows (%)"
    heights = [bar.get_height() for bar in shown[1].containers[0]]
    assert sum(heights) == pytest.approx(100)


@pytest.mark.parametrize("real", [np.arange(60) % 3, np.r_[np.zeros(600), 1:30]])
def test_continuous_samples_of_few_values_are_not_lost(real):
    sampled = RNG.normal(1, 0.5, size=len(real))
    outline = plots.column_distributions(real[:, None], sampled[:, None]).axes[0].patches[-1]
    assert np.ptp(outline.get_xy()[:, 0]) > 0
    assert outline.get_xy()[:, 1].max() > 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: plots.latent_scatter(np.zeros(3)), "z must have shape"),
        (lambda: plots.latent_scatter(POINTS, [1]), "labels must have one entry per row of z, 60; got 1"),
        (lambda: plots.decoded_sheet(flat, (5, 5), n=2), "event_shape must be"),
        (lambda: plots.curve_embedding(np.zeros((3, 3)), np.zeros(3)), "X must have shape"),
        (lambda: plots.data_and_reconstruction(POINTS, POINTS[1:]), "X_hat must have the shape of X"),
        (lambda: plots.reconstructions(PICTURES, PICTURES[1:]), "x_hat must have the shape of x"),
        (lambda: plots.to_pixels(np.zeros((2, 3))), "images must have shape"),
        (lambda: plots.to_pixels(PICTURES, 1, 1), "high must be above low"),
        (lambda: plots.reconstruction_panels(POINTS, {"m": POINTS[1:]}), "'m' must have the shape of X"),
        (lambda: plots.lines([0, 1], {"y": {"m": [1]}}, xlabel="x"), "'m' must have one entry for each of 2"),
        (
            lambda: plots.line_families([0], {"m": [[1, 2]]}, [1], xlabel="x", ylabel="y", value_label="k"),
            "'m' must have shape",
        ),
        (lambda: plots.sweep([0, 1], {"m": [[1], [2]]}, xlabel="x"), "settings must be positive"),
        (lambda: plots.sweep([1, 2], {"m": [1, 2]}, xlabel="x"), "'m' must have shape"),
        (lambda: plots.kl_per_unit([1.0], [True, False]), "active must have one entry per latent"),
        (lambda: plots.bound_by_samples([1, 2], [0.0], (0, 1)), "one entry for each of 2 counts; got 1"),
        (lambda: plots.loss_curves(pd.DataFrame({"a": [1]})), "history must have a 'loss' column"),
        (lambda: plots.column_distributions(POINTS, POINTS[:, :1]), "sampled must have the 2 columns"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_save_png(tmp_path):
    plots.save_png(plots.image_grid(PICTURES), tmp_path / "grid.png")
    assert (tmp_path / "grid.png").read_bytes().startswith(b"\x89PNG")


def test_a_film_strip_keeps_the_order_and_frames_what_was_given():
    figure = plots.film_strip(np.linspace(0, 1, 6)[:, None, None] * np.ones((6, 4, 4)), columns=3, marked=(0, 4))
    (axes,) = figure.axes
    image = np.asarray(axes.images[0].get_array())
    np.testing.assert_array_equal(image[::6, ::6], np.round(255 * np.linspace(0, 1, 6)).reshape(2, 3))
    assert [patch.get_xy() for patch in axes.patches] == [(-0.5, -0.5), (5.5, 5.5)]
    with pytest.raises(InputError, match="marked must lie between 0 and 5"):
        plots.film_strip(np.zeros((6, 4, 4)), marked=(6,))


def frames_of(data: bytes) -> list[tuple[np.ndarray, int]]:
    """Pixels and milliseconds of each frame of a GIF."""
    with Image.open(io.BytesIO(data)) as gif:
        assert gif.info["loop"] == 0
        return [(np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(gif)]


def test_a_latent_animation_moves_points_on_axes_that_stay():
    z = RNG.normal(size=(5, 60, 2)) * np.arange(1, 6)[:, None, None]
    labels = np.arange(60) % 3
    animation = plots.latent_animation(z, [0, 1, 2, 4, 900], labels)
    (axes,) = animation.figure.axes
    limits, place = (axes.get_xlim(), axes.get_ylim()), axes.get_position().bounds
    assert limits[0][0] < z[4, :, 0].min() * 0.99 and limits[1][1] > z[4, :, 1].max() * 0.99
    for i in range(5):
        animation.draw(i)
        drawn = np.concatenate([dots.get_offsets() for dots in axes.collections])
        order = np.argsort(labels, kind="stable")
        np.testing.assert_array_equal(drawn, z[i][order])
        assert axes.get_title(loc="left") == f"epoch {[0, 1, 2, 4, 900][i]}"
    gif = frames_of(plots.to_gif(animation, frames_per_second=5, hold_seconds=1, dpi=40))
    assert [duration for _, duration in gif] == [200, 200, 200, 200, 1200]
    assert ((axes.get_xlim(), axes.get_ylim()), axes.get_position().bounds) == (limits, place)
    assert len({pixels.tobytes() for pixels, _ in gif}) == 5


def test_latent_frames_share_axes_and_show_first_and_last():
    z = RNG.normal(size=(12, 30, 3))
    for labels in (None, np.arange(30) % 2, RNG.normal(size=30)):
        figure = plots.latent_frames(z, range(0, 1200, 100), labels, shown=5, units=(2, 0))
        panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
        titles = [axes.get_title(loc="left") for axes in panels]
        assert len(panels) == 5 and (titles[0], titles[-1]) == ("epoch 0", "epoch 1,100")
        assert len({(axes.get_xlim(), axes.get_ylim()) for axes in panels}) == 1
        np.testing.assert_array_equal(
            np.sort(np.concatenate([dots.get_offsets() for dots in panels[-1].collections]), axis=0),
            np.sort(z[-1][:, [2, 0]], axis=0),
        )


def test_images_play_in_order(tmp_path):
    images = np.linspace(0, 1, 4)[:, None, None] * np.ones((4, 6, 9))
    plots.save_animation(plots.image_animation(images), tmp_path / "a.gif", frames_per_second=20)
    gif = frames_of((tmp_path / "a.gif").read_bytes())
    assert [int(pixels.mean().round()) for pixels, _ in gif] == [0, 85, 170, 255]
    assert {duration for _, duration in gif} == {50} and gif[0][0].shape == (144, 216, 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.latent_animation(POINTS, [0]), "z must have shape"),
        (lambda: plots.latent_animation(POINTS[None], [0, 1]), "each of the 2 epochs"),
        (lambda: plots.latent_animation(POINTS[None, :, :1], [0]), "two of the 1 latents"),
        (lambda: plots.latent_frames(POINTS[None], [0], [1]), "labels must have one entry per row, 60"),
        (lambda: plots.save_animation(plots.image_animation(PICTURES), "a.png"), "ends in .gif"),
    ],
)
def test_what_cannot_be_animated_is_named(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_odd_rows_show_values_on_how_much_they_surprise():
    surprise = pd.DataFrame(np.zeros((2, 14)), columns=[f"c{i}" for i in range(14)])
    surprise.loc[0, ["c13", "c2"]] = 9.0, np.nan
    values = pd.DataFrame("value", index=[0, 1], columns=surprise.columns).assign(c13=["a very long value", ""])
    axes, bar = plots.odd_rows(surprise, values, [-30.25, -9.0], ["x", 7]).axes
    names = [label.get_text() for label in axes.get_xticklabels()]
    assert len(names) == 12 and names == sorted(names, key=lambda name: int(name[1:])) and names[-1] == "c13"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["row x: −30.2", "row 7: −9.0"]
    texts = [text.get_text() for text in axes.texts]
    assert "a very lon…" in texts and axes.images[0].get_clim() == (1, 9) and "nats" in bar.get_ylabel()


@pytest.mark.parametrize("days", [0.01, 0.08, 1.9, 3, 40, 61, 120, 400, 700, 9000, 1e5])
def test_dates_of_any_range_have_ticks(days):
    column = pd.Timestamp("1960-01-01") + pd.to_timedelta(np.linspace(0, 86400 * days, 60).round(), "s")
    (axes,) = plots.column_distributions(pd.DataFrame({"when": column}), pd.DataFrame({"when": column})).axes
    axes.figure.canvas.draw()
    shown = [tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]]
    assert 1 <= len(shown) <= 6
