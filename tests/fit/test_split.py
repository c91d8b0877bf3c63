"""Which rows are held out: at random, the last, and whole groups."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from elbax import VAE
from elbax.errors import InputError
from elbax.fit.split import Split, group_numbers

PATIENTS = np.repeat(np.arange(50), 4)


def test_the_last_rows():
    split = Split.of(200, 0.1, 0, order="last")
    np.testing.assert_array_equal(split.held_out(), np.arange(180, 200))


@pytest.mark.parametrize("order", ["random", "last"])
@pytest.mark.parametrize("seed", range(3))
def test_groups_stay_together(order, seed):
    groups = np.random.default_rng(seed).permutation(PATIENTS)
    split = Split.of(200, 0.1, seed, order=order, groups=groups)
    held_out = split.held_out()
    assert split.n_held_out == len(held_out) == 20
    assert not set(groups[held_out]) & set(np.delete(groups, held_out))
    if order == "last":
        assert held_out[-1] == 199
    assert Split.from_json(json.loads(json.dumps(asdict(split)))) == split


def test_groups_of_unequal_size_leave_most_rows_for_training():
    groups = np.r_[np.zeros(150, int), np.arange(1, 51)]
    split = Split.of(200, 0.1, 0, groups=groups)
    assert split.n_held_out == 20 and 0 not in groups[split.held_out()]
    halves = Split.of(200, 0.1, 0, groups=np.repeat([0, 1], [120, 80]))
    assert halves.n_held_out == 80


@pytest.mark.parametrize(
    "groups, message",
    [
        (PATIENTS[:3], "one label for each of 200 rows"),
        (np.zeros(200), "all rows in one group"),
        (np.where(PATIENTS == 7, np.nan, PATIENTS), "no label in row 28"),
    ],
)
def test_bad_groups(groups, message):
    with pytest.raises(InputError, match=message):
        group_numbers(groups, 200)


def test_groups_may_be_text():
    assert group_numbers(["b", "a", "b"], 3).tolist() == [1, 0, 1]
    assert group_numbers(np.array(["b", "a", "b"], object), 3).tolist() == [1, 0, 1]


def test_the_estimator_holds_out_what_was_chosen():
    x = np.random.default_rng(0).normal(size=(200, 3))
    small = {"hidden": (4,), "epochs": 1, "init": "random", "random_state": 0, "verbose": 0}
    vae = VAE(**small).fit(x, validation_groups=[f"patient {i}" for i in PATIENTS])
    record = vae._open_fit_record(x)
    assert len(record.held_out.x) == 20 and vae.outcome_.n_held_out == 20
    held_out = {tuple(row) for row in record.held_out.x}
    assert len({PATIENTS[i] for i, row in enumerate(x) if tuple(row) in held_out}) == 5
    last = VAE(validation="last", **small).fit(x)
    np.testing.assert_array_equal(last._open_fit_record(x).held_out.x, x[-20:])
    with pytest.raises(InputError, match="leave it out with validation_data"):
        last.fit(x, validation_groups=PATIENTS, validation_data=x)
    copies = np.concatenate([x[:150], x[:50]])
    record = VAE(**small).fit(copies)._open_fit_record(copies)
    assert not {tuple(row) for row in record.rows.x} & {tuple(row) for row in record.held_out.x}
