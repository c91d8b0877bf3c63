"""Ties in tables with kinds: sums, repeated columns, labels that follow from others, and the rules that hold them."""

import json

import numpy as np
import pandas as pd
import pytest

from elbax.data import Schema
from elbax.data.column_statistics import measure
from elbax.data.data_advice import data_warnings, tie_advice
from elbax.data.table_ties import find_table_ties, rule_of
from elbax.errors import InputError
from elbax.fit.rows import fit_table

N = 300
RNG = np.random.default_rng(0)
CITIES = pd.Series(RNG.choice(["Ulm", "Bonn", "Graz", "Wien"], N))
FRAME = pd.DataFrame({"a": RNG.integers(0, 50, N), "b": RNG.integers(0, 90, N), "pet": RNG.choice(["cat", "dog"], N)})


@pytest.mark.parametrize(
    ("columns", "sentence", "rule"),
    [
        ({"total": FRAME["a"] + FRAME["b"]}, "column 'total' is the sum of columns 'a' and 'b'", "a + b == total"),
        ({"the a": FRAME["a"]}, "column 'the a' repeats column 'a' in every row", "a == `the a`"),
        ({"rest": 140 - FRAME["a"] - FRAME["b"]}, "columns 'a', 'b' and 'rest' add up to 140", "a + b + rest == 140"),
        (
            {"city": CITIES, "state": CITIES.map({"Ulm": "DE", "Bonn": "DE", "Graz": "AT", "Wien": "AT"})},
            "column 'state' is a function of column 'city'",
            "combination(city, state)",
        ),
        ({"pet_2": FRAME["pet"].str.upper()}, "column 'pet_2'", "combination(pet, pet_2)"),
    ],
    ids=["a sum", "a copy", "a share", "a state", "a label in capitals"],
)
def test_ties_are_named_with_the_rule_that_holds_them(columns, sentence, rule):
    frame = FRAME.assign(**columns)
    schema = Schema.from_config(json.loads(json.dumps(Schema.of_table(frame).to_config())))
    assert any(sentence in line for line in data_warnings(schema)), data_warnings(schema)
    assert repr([rule]) in tie_advice(schema).text
    held = Schema.of_table(frame, rules=[rule])
    assert not held.ties and not data_warnings(held)


def test_ties_of_columns_with_gaps_hold_in_all_rows_that_have_these_columns():
    rng = np.random.default_rng(3)
    total = FRAME["a"] + FRAME["b"]
    frame = FRAME.assign(total=total, city=CITIES, state=CITIES.replace({"Bonn": "DE", "Ulm": "DE", "Wien": "AT"}))
    frame["note"] = rng.normal(size=N)
    gaps = rng.random(frame.shape) < 0.08
    rules = [rule_of(tie, list(frame)) for tie in Schema.of_table(frame.mask(gaps)).ties]
    assert rules == ["combination(city, state)", "a + b == total"]
    apart = np.flatnonzero(gaps[:, -1] & ~gaps[:, :-1].any(axis=1))[0]  # a row that lacks another column only
    for name, value in {"total": 3000, "state": "DK"}.items():
        broken = frame.astype({"total": object})
        broken.loc[apart, name] = value
        rules = [rule_of(tie, list(frame)) for tie in Schema.of_table(broken.mask(gaps)).ties]
        assert len(rules) == 1 and name not in rules[0]
    empty = frame.assign(note=np.where(np.arange(N) < 9, 1.5, np.nan) * np.arange(N))  # hardly ever known
    assert len(Schema.of_table(empty).ties) == 2


def test_no_ties_by_chance():
    frame = FRAME.assign(code=RNG.integers(0, 60, N).astype(str), few=RNG.choice(list("xyz"), N), z=RNG.normal(size=N))
    for rows in (frame, frame.head(40), frame.astype(object).where(RNG.random(frame.shape) < 0.7)):
        assert not Schema.of_table(rows).ties


def test_a_setting_for_arrays_is_refused():
    parameters = {"axes": None, "ties": "drop", "columns": None, "missing": None, "rules": None}
    with pytest.raises(InputError, match=r"ties='drop' is for arrays and frames .* rules=\['a \+ b == total'\]"):
        fit_table(FRAME, None, None, parameters)


def test_a_value_that_most_rows_share_makes_no_function():
    """Orders are 0 where spending is, and spending hardly repeats elsewhere: that is no function of it."""
    rng = np.random.default_rng(0)
    orders = np.where(rng.random(800) < 0.55, 0, rng.integers(1, 9, 800))
    spending = np.where(orders == 0, 0.0, (orders * rng.gamma(5, 9, 800)).round(2))
    codes = np.column_stack([spending, orders, rng.normal(size=800)]).astype(float)
    assert find_table_ties(codes, measure(codes)[0], (0, 0, 0)) == ()
