from contextlib import nullcontext

import numpy as np
import pytest

from elbax.data import Schema, check_likelihood, choose_likelihood, load
from elbax.data.likelihood_choice import propose
from elbax.errors import InputError

RNG = np.random.default_rng(0)
GRAY = np.clip(RNG.normal(0.5, 0.6, (200, 20)), 0, 1)
AGE = RNG.normal(40, 12, (500, 1)).clip(17, 90).round()
VISITS = RNG.negative_binomial(1, 0.3, (500, 1))
SMOKER = RNG.integers(0, 2, (500, 1))
MIXED = np.hstack([AGE, VISITS, SMOKER, RNG.normal(size=(500, 1))])

CASES = {
    "binary table": (SMOKER.reshape(-1, 5), {"Bernoulli"}),
    "binary image": (RNG.integers(0, 2, (50, 4, 4, 1), np.uint8), {"Bernoulli"}),
    "digits": (load("digits").x, {"DiscretizedLogistic"}),
    "flat digits as floats": (load("digits").x.reshape(-1, 64).astype(float), {"DiscretizedLogistic"}),
    "flat digits in [0, 1]": (load("digits").x.reshape(-1, 64) / 16, {"ContinuousBernoulli"}),
    "gray levels": (GRAY, {"ContinuousBernoulli"}),
    "counts": (RNG.negative_binomial(2, 0.1, (500, 40)), {"NegativeBinomial"}),
    "age": (AGE, {"Normal"}),
    "iris": (load("iris").x, {"Normal"}),
    "wine": (load("wine").x, {"Normal"}),
    "breast cancer": (load("breast-cancer").x, {"Normal"}),
    "diabetes": (load("diabetes").x, {"Normal"}),
    "s-curve": (load("s-curve").x, {"Normal"}),
    "real images": (RNG.normal(size=(50, 4, 4, 3)), {"Normal"}),
    "16-bit images": (RNG.integers(0, 60_000, (50, 4, 4, 1), np.uint16), {"Normal"}),
    "dummies and unit reals": (np.hstack([SMOKER, RNG.random((500, 1))]), {"Bernoulli", "Normal"}),
    "several kinds": (MIXED, {"Normal", "NegativeBinomial", "Bernoulli"}),
}


def families(schema):
    """The class of likelihood proposed for each feature."""
    names = np.full(schema.n_features, None)
    for proposal in propose(schema):
        assert not any(names[proposal.features])
        names[proposal.features] = type(proposal.likelihood).__name__
    return tuple(names)


@pytest.mark.parametrize(("x", "expected"), CASES.values(), ids=CASES)
def test_families(x, expected):
    assert set(families(Schema.of(x))) == expected


def test_constants_join_a_part_that_gives_them_a_density():
    x = np.hstack([SMOKER, RNG.normal(size=(500, 1)), np.zeros((500, 1)), np.full((500, 1), 7.5)])
    assert families(Schema.of(x)) == ("Bernoulli", "Normal", "Bernoulli", "Normal")


@pytest.mark.parametrize(("top", "expected"), [(3, 4), (16, 17), (17, 256), (255, 256)])
def test_levels(top, expected):
    x = RNG.integers(0, top, (50, 4, 4, 1), np.uint8, endpoint=True)
    x[0] = top
    assert choose_likelihood(Schema.of(x))[0].levels == expected


@pytest.mark.parametrize(("x", "expected"), CASES.values(), ids=CASES)
def test_the_choice_passes_its_own_check(x, expected):
    schema = Schema.of(x)
    likelihood, reason = choose_likelihood(schema)
    check_likelihood(schema, likelihood)
    assert type(likelihood).__name__ in expected | {"Mixed"}
    assert reason.startswith(type(likelihood).__name__)
    assert "\n" not in reason


def test_scale_and_reason():
    assert choose_likelihood(Schema.of(load("iris").x))[0].location_scale.scale == "feature"
    assert choose_likelihood(Schema.of(CASES["real images"][0]))[0].location_scale.scale == "channel"
    assert choose_likelihood(Schema.of(CASES["real images"][0][..., :1]))[0].location_scale.scale == "shared"
    schema = Schema.of(MIXED, columns=("age", "visits", "smoker", "x"))
    assert "column 'age': integers, treated as real" in choose_likelihood(schema)[1]


@pytest.mark.parametrize(("value", "refused"), [(0, False), (7, True)])
def test_beside_counts_only_a_constant_zero_is_a_count(value, refused):
    counts = np.random.default_rng(0).poisson(1, size=(50, 2))
    schema = Schema.of(np.column_stack([counts, np.full(50, value)]))
    likelihood, _ = choose_likelihood(schema)
    with pytest.raises(InputError, match="is the same in every row") if refused else nullcontext():
        check_likelihood(schema, likelihood)


def test_reasons_count_columns_as_people_do():
    x, reason = RNG.normal(size=(50, 3)), "real numbers, with a scale per column"
    for n, subject in ((1, "the column holds"), (2, "both columns hold"), (3, "all 3 columns hold")):
        assert choose_likelihood(Schema.of(x[:, :n]))[1] == f"Normal, because {subject} {reason}"
