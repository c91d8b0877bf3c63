"""Ties that were planted are found and named, nothing else is, and what is removed comes back."""

import json

import jax
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

from elbax.core.log_ratios import LogRatios, log_jacobian, to_log_ratios, to_shares
from elbax.data import Schema, tie_search
from elbax.data.data_advice import data_warnings, open_ties, tie_advice
from elbax.errors import InputError

RNG = np.random.default_rng(0)
A = RNG.normal(size=(500, 4))
SHARES = RNG.dirichlet(np.ones(5), 500)
COUNTS = RNG.poisson(5, (500, 4))
AGES = RNG.integers(18, 80, 500)


def one_hot(n, levels, rng=RNG):
    return np.eye(levels)[rng.integers(0, levels, n)]


def said(x, **options):
    schema = Schema.of(np.asarray(x), **options)
    return [tie.sentence(schema.value_names.__getitem__) for tie in schema.ties]


FACTORS = RNG.normal(size=(20, 3)) @ RNG.normal(size=(3, 3000)) + RNG.normal(size=(20, 3000))
FIVE = "columns 0, 1, 2, 3 and 4 add up to {} in every row"


@pytest.mark.parametrize(
    "x, sentences",
    [
        (SHARES, [FIVE.format(1)]),
        (SHARES.astype(np.float32), [FIVE.format(1)]),
        (SHARES.round(3), [FIVE.format(1)]),
        ((100 * SHARES).round(), [FIVE.format(100)]),
        (SHARES[:20], [FIVE.format(1)]),
        (one_hot(500, 5), ["exactly one of columns 0, 1, 2, 3 and 4 is 1 in every row (a one-hot group)"]),
        (np.column_stack([A, A[:, 1]]), ["column 4 repeats column 1 in every row"]),
        (np.column_stack([A, 2.54 * A[:, 2] + 3]), ["column 4 is 2.54 times column 2 plus 3 in every row"]),
        (np.column_stack([A, A[:, 0] + A[:, 3]]), ["column 4 is the sum of columns 0 and 3 in every row"]),
        (np.column_stack([A, A @ [1, 2, 0, -1]]), ["column 4 is a weighted sum of columns 0, 1 and 3 in every row"]),
        (np.column_stack([A[:, 0] ** 2, A[:, :2]]), ["column 0 is a function of column 1: rows with one value of it "]),
        (np.column_stack([A[:, :2], np.exp(A[:, 1])]), ["column 2 is a function of column 1: rows with one value of "]),
        (np.column_stack([AGES, AGES // 10, A[:, 0]]), ["column 1 is a function of column 0: rows with one value of "]),
    ],
)
def test_a_planted_tie_is_the_only_one_and_is_named(x, sentences):
    found = said(x)
    assert len(found) == len(sentences)
    assert all(text.startswith(wanted) for text, wanted in zip(found, sentences, strict=True))


def test_the_smallest_groups_are_named_wherever_their_columns_stand():
    rng = np.random.default_rng(1)
    x = np.hstack([one_hot(400, 5, rng), rng.normal(size=(400, 2)), one_hot(400, 3, rng)])[:, rng.permutation(10)]
    assert [len(tie.columns) for tie in Schema.of(x).ties if tie.one_hot] == [3, 5]
    totals = [COUNTS[:, :2].sum(axis=1), COUNTS[:, 2:].sum(axis=1), COUNTS.sum(axis=1)]
    assert [tie.columns for tie in Schema.of(np.column_stack([COUNTS, *totals])).ties] == [
        (0, 1, 4),
        (2, 3, 5),
        (4, 5, 6),
    ]


def test_fewer_rows_than_columns_leave_only_what_is_certain():
    assert said(FACTORS) == []
    x = FACTORS.copy()
    x[:, 2000], x[:, 1000] = x[:, 17], 1 - x[:, 999] - x[:, 998]
    assert said(x) == [
        "column 2000 repeats column 17 in every row",
        "columns 998, 999 and 1000 add up to 1 in every row",
    ]
    (tie,) = Schema.of(RNG.dirichlet(np.ones(3000), 20)).ties
    assert tie.is_sum and len(tie.columns) == 3000


@pytest.mark.parametrize(
    "x",
    [
        *(load().data for load in (load_wine, load_iris, load_diabetes, load_breast_cancer)),
        load_digits().data >= 8,
        load_digits().data[:200] >= 8,  # pixels that are dark in all rows but a few
        load_digits().data / 16,
        RNG.random((20, 3000)) < 0.3,
        RNG.random((1000, 300)) < 0.01,
        RNG.poisson(0.3, (300, 400)),
        RNG.normal(size=(30, 12)),
        RNG.normal(size=(15, 14)),
    ],
    ids=lambda x: "x".join(map(str, x.shape)),
)
def test_no_false_alarms(x):
    x = np.asarray(x, float)
    assert said(x[:, x.std(axis=0) > 0]) == []


@pytest.mark.parametrize("n, times", [(300, 2), (12, 10)])
def test_copies_of_rows_are_no_ties(n, times):
    assert said(np.tile(np.random.default_rng(2).normal(size=(n, 20)), (times, 1))) == []


def test_every_column_of_low_rank_is_tied_to_a_basis():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(800, 60)) @ rng.normal(size=(60, 140))
    schema = Schema.of(x, ties="drop")
    assert len(schema.ties) == 80 and schema.n_features == 60
    np.testing.assert_allclose(schema.decode(schema.codes(x)), x, atol=1e-8)


def test_a_tie_of_a_subsample_must_hold_on_all_rows(monkeypatch):
    monkeypatch.setattr(tie_search, "_VALUES", 1000)
    x = np.column_stack([A, A[:, 0] + A[:, 1]])
    assert len(said(x)) == 1
    x[1, 4] += 1
    assert said(x) == []


def table(**columns):
    return pd.DataFrame({**{f"p{i}": SHARES[:, i] for i in range(5)}, **columns})


WIDE = table(p0_in_percent=100 * SHARES[:, 0], c0=COUNTS[:, 0], c1=COUNTS[:, 1], total=COUNTS[:, :2].sum(axis=1))


@pytest.mark.parametrize("ties, n_codes", [("drop", 6), ("log-ratio", 6)])
def test_removed_columns_come_back(ties, n_codes):
    x, names = WIDE.to_numpy(), tuple(WIDE.columns)
    schema = Schema.of(x, names, ties=ties)
    codes = schema.encode(WIDE)
    assert codes.shape == (500, n_codes) and schema.event_shape == (n_codes,) and schema.axes.shape == (9,)
    back = schema.decode(codes)
    assert list(back.columns) == list(names)
    np.testing.assert_allclose(back, WIDE, atol=1e-12)
    drawn = schema.decode(codes + RNG.normal(size=codes.shape)).to_numpy()  # any codes give rows with every tie
    np.testing.assert_allclose(drawn[:, :5].sum(axis=1), 1, atol=1e-14)
    np.testing.assert_allclose(drawn[:, 5], 100 * drawn[:, 0], rtol=1e-14)
    np.testing.assert_array_equal(drawn[:, 8], drawn[:, 6] + drawn[:, 7])
    assert (drawn[:, :5] > 0).all() == (ties == "log-ratio")
    again = Schema.from_config(json.loads(json.dumps(schema.to_config())))
    assert again.to_config() == schema.to_config() and open_ties(again) == ()
    np.testing.assert_array_equal(again.encode(WIDE), codes)


def test_a_total_is_dropped_rather_than_a_count_that_could_fall_below_0():
    schema = Schema.of(np.column_stack([COUNTS.sum(axis=1), COUNTS]), ties="drop")
    assert [formula.column for formula in schema.removal.formulas] == [0]
    group = Schema.of(one_hot(300, 3), ties="drop")
    assert group.removal is None and "none or several" in tie_advice(group).text


def test_rows_without_the_tie_and_shares_of_0_are_named():
    schema = Schema.of(WIDE.to_numpy(), tuple(WIDE.columns), ties="drop")
    odd = WIDE.copy()
    odd.loc[3, "total"] += 1
    with pytest.raises(InputError, match="row 3 breaks a tie .* column 'total' is the sum of columns 'c0' and 'c1'"):
        schema.encode(odd)
    zero = SHARES.copy()
    zero[7] = [0, 0.25, 0.25, 0.25, 0.25]
    with pytest.raises(InputError, match="column 0 is a share that is 0 in some rows, and has no log-ratio"):
        Schema.of(zero, ties="log-ratio")
    with pytest.raises(InputError, match="column 0 is a share of 0 in row 7"):
        Schema.of(SHARES, ties="log-ratio").encode(zero)
    with pytest.raises(InputError, match="needs columns above 0 that add up to one number"):
        Schema.of(A, ties="log-ratio")


def test_the_density_of_shares_is_that_of_log_ratios_times_the_volume():
    """The determinant of the derivatives, of all shares of a total but the last."""
    total, shares = 3.0, RNG.dirichlet(np.ones(4), 5)

    def log_ratios(first):
        whole = jax.numpy.append(first, total - first.sum())
        return jax.numpy.log(whole) @ to_contrasts.T

    to_contrasts = to_log_ratios(np.exp(np.eye(4))).T
    for row in shares:
        volume = np.linalg.slogdet(jax.jacfwd(log_ratios)(total * row[:3].astype(np.float32)))[1]
        codes = to_log_ratios(row[None]).astype(np.float32)[0]
        assert float(log_jacobian((LogRatios(0, 3, total),), codes)) == pytest.approx(volume, abs=1e-3)
    np.testing.assert_allclose(to_shares(to_log_ratios(shares)), shares, rtol=1e-12)


def test_warnings_say_what_to_do():
    assert data_warnings(Schema.of(A)) == []
    (warning,) = data_warnings(Schema.of(SHARES))
    assert "columns 0, 1, 2, 3 and 4 add up to 1" in warning and "ties='log-ratio'" in warning
    (warning,) = data_warnings(Schema.of(np.column_stack([A, A[:, 1]])))
    assert "column 4 repeats column 1" in warning and "ties='drop'" in warning
    (warning,) = data_warnings(Schema.of(np.concatenate([A, A[:100]])))
    assert "17% of the rows repeat an earlier one" in warning and "sample_weight" in warning
