"""Axes of rows: what is certain, what is asked for, one layout and back, and units per channel."""

from itertools import permutations

import numpy as np
import pytest

from elbax.data import Axes, MemoryMappedRows, Schema, choose_likelihood, find_axes, load
from elbax.data.axes import check_axes
from elbax.data.columns import DeepInteger
from elbax.data.columns.deep_integer import _log_mass
from elbax.errors import InputError

RNG = np.random.default_rng(0)
LENGTHS = {"t": 5, "z": 2, "y": 3, "x": 4, "c": 6}


@pytest.mark.parametrize("names", ["tc", "yx", "yxc", "tyx", "tyxc", "tzyxc"])
def test_rows_come_back_from_the_layout_in_any_order(names):
    canonical = RNG.normal(size=(2, *(LENGTHS[name] for name in names)))
    layout = Axes(names, canonical.shape[1:]).arrange(canonical)
    for order in list(permutations(names))[:24]:
        x = np.transpose(canonical, (0, *(1 + names.index(name) for name in order)))
        axes = Axes("".join(order), x.shape[1:])
        np.testing.assert_array_equal(axes.restore(axes.arrange(x)), x)
        np.testing.assert_array_equal(axes.restore(axes.arrange(x).reshape(2, -1)), x)
        if [name for name in order if name in "tz"] == [name for name in names if name in "tz"]:
            np.testing.assert_array_equal(axes.arrange(x), layout)
    assert axes.channels == (6 if "c" in names else 1)


def test_features_of_a_channel_are_apart_by_the_number_of_channels():
    axes = Axes("ctyx", (3, 5, 2, 2))
    x = np.broadcast_to(np.arange(3.0)[:, None, None, None], (1, 3, 5, 2, 2))
    flat = axes.arrange(x).ravel()
    np.testing.assert_array_equal(flat, np.arange(flat.size) % 3)
    assert axes.describe_feature(flat.size - 1) == "pixel (1, 1) of channel 2 in frame 4"


@pytest.mark.parametrize(
    ("shape", "dtype", "names"),
    [
        ((28, 28), "f4", "yx"),
        ((7, 5), "u1", "yx"),
        ((24, 1), "f4", "tc"),
        ((3, 32, 32), "f4", "cyx"),
        ((3, 48, 64), "f4", "cyx"),
        ((1, 28, 20), "f4", "cyx"),
        ((48, 64, 3), "f4", "yxc"),
        ((16, 16, 25), "f4", "yxc"),
        ((9, 7, 1), "f4", "yxc"),
        ((5,), "f4", ""),
    ],
)
def test_what_is_certain_is_guessed(shape, dtype, names):
    assert find_axes(shape, np.dtype(dtype)).names == names


@pytest.mark.parametrize("shape", [(24, 2), (128, 9), (4, 4, 4), (64, 48, 10), (5, 16, 16, 3)])
def test_what_is_not_certain_is_asked_for(shape):
    with pytest.raises(InputError, match="pass axes=|pass one letter"):
        find_axes(shape, np.dtype("f4"))


@pytest.mark.parametrize("names", ["", "c", "xc", "yxq", "yyx", "tz", 3])
def test_letters_are_checked(names):
    with pytest.raises(InputError, match="axes must name each axis"):
        check_axes("axes", names)


def test_names_must_fit_the_shape():
    with pytest.raises(InputError, match="axes='yx' names 2 axes of each row"):
        find_axes((784,), np.dtype("f4"), "yx")
    with pytest.raises(InputError, match="names 3 axes"):
        load("iris", axes="yxc")


def test_rows_are_taken_flat_and_with_or_without_one_channel():
    x = RNG.normal(size=(6, 3, 3))
    schema = Schema.of(x)
    for same in (x, x[..., None], x.reshape(6, 9)):
        np.testing.assert_array_equal(schema.encode(same), x[..., None])
    with pytest.raises(InputError, match=r"expecting rows of shape \(3, 3\)"):
        schema.encode(np.zeros((6, 3, 4)))


def windows():
    """Two series around one factor in units of 1 and 300, the second around 1e5; (100, 24, 2)."""
    factor, noise = RNG.normal(size=(100, 1, 1)), 0.05 * RNG.normal(size=(100, 24, 2))
    return (factor + noise) * [1, 300] + [0, 1e5]


def test_every_series_has_its_own_unit_and_scale():
    schema = Schema.of(windows(), axes=Axes("tc", (24, 2)))
    unit, center = (array.reshape(24, 2) for array in (schema.summary.unit, schema.summary.center))
    assert (unit == unit[0]).all() and (center == center[0]).all()
    assert unit[0, 1] / unit[0, 0] == pytest.approx(300, rel=0.05) and center[0, 1] == pytest.approx(1e5, rel=0.01)
    likelihood, reason = choose_likelihood(schema)
    assert likelihood.location_scale.scale == "channel" and "a scale per channel" in reason
    again = Schema.from_config(schema.to_config())
    assert again.axes == schema.axes and (again.summary.unit == schema.summary.unit).all()


MASK = RNG.integers(0, 2, (40, 5, 5))
ENCODINGS = {
    "0/255": 255 * MASK.astype(np.uint8),
    "0/2": 2 * MASK,
    "1/2": 1 + MASK,
    "-1/1": 2.0 * MASK - 1,
    ".2/.7": np.where(MASK, 0.7, 0.2),
    "single": np.where(MASK, 0.7, 0.2).astype(np.float32),
    "flat": (255 * MASK).reshape(40, 25),
}


@pytest.mark.parametrize("x", ENCODINGS.values(), ids=ENCODINGS)
def test_two_values_are_the_codes_of_a_mask(x):
    schema = Schema.of(x)
    codes = schema.encode(x)
    np.testing.assert_array_equal(codes.reshape(MASK.shape), MASK)
    np.testing.assert_array_equal(schema.decode(codes), x)
    assert schema.decode(np.full((1, *schema.event_shape), 0.5)).ravel()[0] == pytest.approx((x.min() + x.max()) / 2)
    likelihood, reason = choose_likelihood(schema)
    assert likelihood.name == "bernoulli" and f"{x.min():g} and {x.max():g} only" in reason


def test_a_label_map_is_categorical_and_unseen_values_are_named():
    x = RNG.choice([0, 50, 100, 150], (40, 5, 5))
    schema = Schema.of(x)
    assert choose_likelihood(schema)[0].levels == 4 and choose_likelihood(schema)[0].name == "categorical"
    np.testing.assert_array_equal(schema.decode(schema.encode(x)), x)
    x[3, 2, 1] = 70
    with pytest.raises(InputError, match=r"pixel \(2, 1\) is 70 in row 3, which is none of the values"):
        schema.encode(x)


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (RNG.integers(0, 17, (40, 5, 5)), "integer"),  # digits
        (17 * RNG.integers(0, 16, (40, 5, 5)), "levels"),  # four bits, stretched to a byte
        (RNG.integers(0, 2, (40, 5, 5)), "binary"),
        (np.array([[0.5], [1.5]]), "real"),  # two rows
        (RNG.choice([1, 2, 4], (60, 3)), "count"),  # a table
    ],
)
def test_other_integers_keep_their_kind(x, kind):
    assert set(Schema.of(x).kinds) == {kind}


def test_sixteen_bits_get_the_likelihood_of_the_greater_held_out_density():
    level = RNG.uniform(0, 1, (150, 1, 1)) * np.linspace(0, 1, 64).reshape(8, 8)
    saturated = np.clip(RNG.poisson(6000 * level), 0, 4095)
    likelihood, reason = choose_likelihood(Schema.of(saturated))
    assert likelihood.levels == 4096 and "nats a pixel likelier than under a normal" in reason
    # Normal noise of one scale for all: a logistic is worse by .01 nats or so.
    normal = np.round(30_000 + 9_000 * level + RNG.normal(0, 600, (150, 8, 8)))
    schema = Schema.of(normal)
    (column,) = schema.blocks
    assert isinstance(column, DeepInteger) and column.gain[0] < 0
    assert choose_likelihood(schema)[0].name == "normal"
    assert Schema.from_config(schema.to_config()).blocks[0].gain == column.gain


def test_the_comparison_knows_the_mass_of_the_likelihood():
    from elbax.core.distributions import DiscretizedLogistic

    x, loc = np.array([0.0, 3.0, 511.0]), np.array([1.5, 2.0, 505.0])
    expected = DiscretizedLogistic(loc, 2.0, 512).log_prob(x)
    np.testing.assert_allclose(_log_mass(x, loc, np.full(3, 2.0 * np.pi / np.sqrt(3)), 512), expected, rtol=1e-5)


def test_rows_on_disk_stay_there_and_are_arranged_and_coded_as_they_are_read(tmp_path):
    source = np.memmap(tmp_path / "x", np.uint8, "w+", shape=(20, 3, 4, 4))
    source[:] = 255 * RNG.integers(0, 2, source.shape)
    rows = MemoryMappedRows(source, np.dtype(np.uint8), (3, 4, 4))
    schema = Schema.of(rows)
    codes = schema.encode(rows)
    assert isinstance(codes, MemoryMappedRows) and codes.shape == (20, 4, 4, 3) and codes.dtype == np.uint8
    expected = np.asarray(source).transpose(0, 2, 3, 1) // 255
    np.testing.assert_array_equal(codes.without(np.array([0, 3]))[[5, 1]], expected[[7, 2]])
    np.testing.assert_array_equal(schema.decode(codes[:]), source)


def test_integers_in_windows_are_counts_or_measurements_but_no_labels():
    axes = find_axes((24, 2), np.int64, "tc")
    x = np.random.default_rng(0).poisson(2, (60, 24, 2))
    schema = Schema.of(x, axes=axes)
    assert choose_likelihood(schema)[0].name == "negative_binomial"
    assert schema.encode(np.full((1, 24, 2), 99)).max() == 99  # a label map would refuse a value that is new
    assert choose_likelihood(Schema.of(x + 300, axes=axes))[0].name == "normal"
    assert choose_likelihood(Schema.of(x > 1, axes=axes))[0].name == "bernoulli"
