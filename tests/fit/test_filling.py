"""What fills gaps is chosen by hidden cells of held-out rows, kept with the model, and used wherever gaps are."""

import json
import pickle

import jax
import numpy as np
import pandas as pd
import pytest

from elbax import VAE, evaluate, load
from elbax.data import Schema
from elbax.errors import InputError
from elbax.evaluate import NormalMixture
from elbax.fit.filling import choose_filling
from elbax.types import Batch

RNG = np.random.default_rng(0)
ORDER = np.random.default_rng(9).permutation(100)
SMALL = {"epochs": 2, "hidden": (8,), "init": "random", "random_state": 0, "verbose": 0}


def table(n=300):
    """Columns that are nearly linear in each other, with gaps in a fifth of the cells."""
    base = RNG.normal(size=n)
    frame = pd.DataFrame(
        {
            "a": base + 0.2 * RNG.normal(size=n),
            "b": 10 - 3 * base + 0.3 * RNG.normal(size=n),
            "kind": np.where(base + 0.2 * RNG.normal(size=n) > 0, "high", "low"),
            "steps": (5 + 2 * base + 0.2 * RNG.normal(size=n)).round(),
        }
    )
    return frame, frame.mask(RNG.random(frame.shape) < 0.2)


@pytest.fixture(scope="module")
def fitted():
    whole, gapped = table()
    return whole, gapped, VAE(1, **SMALL).fit(gapped)


def test_a_linear_table_is_filled_by_the_normal(fitted):
    whole, gapped, vae = fitted
    assert vae.normal_mixture_ is not None
    filled = vae.impute(gapped)
    gaps = gapped.isna()
    error = (filled["b"] - whole["b"])[gaps["b"]].std() / whole["b"].std()
    assert error < 0.45 and (filled["kind"] == whole["kind"])[gaps["kind"]].mean() > 0.8
    pd.testing.assert_frame_equal(filled.where(~gaps), gapped, check_dtype=False)


def test_what_is_typical_is_the_mean_of_draws_and_whole_numbers_stay_whole(fitted):
    _, gapped, vae = fitted
    rows = gapped[gapped["b"].isna()].head(5)
    draws = vae.complete(rows, 2000, random_state=0)
    means = draws["b"].to_numpy().reshape(5, 2000).mean(axis=1)
    np.testing.assert_allclose(means, vae.impute(rows)["b"], atol=0.15 * gapped["b"].std())
    assert (draws["steps"] % 1 == 0).all() and set(draws["kind"]) <= {"high", "low"}


def test_saved_and_pickled_models_fill_alike(fitted, tmp_path):
    _, gapped, vae = fitted
    vae.save(tmp_path / "model")
    for other in (load(tmp_path / "model"), pickle.loads(pickle.dumps(vae))):
        pd.testing.assert_frame_equal(other.impute(gapped), vae.impute(gapped))
        pd.testing.assert_frame_equal(other.complete(gapped, random_state=1), vae.complete(gapped, random_state=1))
    loaded = load(tmp_path / "model")
    loaded.fit(gapped.fillna({"a": 0.0, "b": 0.0, "kind": "low", "steps": 0.0}))  # no gaps: nothing to choose
    assert loaded.normal_mixture_ is None
    loaded.save(tmp_path / "model")  # over the other
    assert load(tmp_path / "model").normal_mixture_ is None


def test_damaged_normals_are_named(fitted, tmp_path):
    fitted[2].save(tmp_path / "model")
    normals = tmp_path / "model" / "normal_mixture.safetensors"
    normals.write_bytes(b"no")
    with pytest.raises(InputError, match=r"normal_mixture\.safetensors: the stored weights are damaged") as raised:
        load(tmp_path / "model")
    assert "model.safetensors" not in str(raised.value)
    normals.unlink()
    with pytest.raises(InputError, match="not a whole model: cannot read .*normal_mixture"):
        load(tmp_path / "model")


def test_the_service_fills_like_python(fitted):
    pytest.importorskip("fastapi", reason="elbax[serve] is not installed")
    from elbax.evaluate.batching import row_numbers
    from elbax.service import ServedModel

    _, gapped, vae = fitted
    served = ServedModel("table", vae)
    rows = served.format.table(gapped.head(6))
    found = served.impute(rows, row_numbers(6)).to_pandas()
    np.testing.assert_allclose(found["b"], vae.impute(gapped.head(6))["b"], rtol=1e-6)


@pytest.mark.parametrize(("noise", "by_normal"), [(0.0, False), (5.0, True)])
def test_latents_fill_where_they_are_clearly_nearer(monkeypatch, noise, by_normal):
    def imputed(module, rows, typical, seed, **options):
        """The cells as they were before they were hidden, which only a seer knows, plus noise."""
        return np.asarray(rows.x, np.float64) + noise * ~np.asarray(rows.observed), None

    monkeypatch.setattr(evaluate, "impute", imputed)
    assert (VAE(1, **SMALL).fit(table(200)[1]).normal_mixture_ is not None) == by_normal


def test_what_is_chosen_is_said(capsys):
    VAE(1, **SMALL | {"verbose": 1}).fit(table(100)[1])
    said = " ".join(capsys.readouterr().err.split())
    assert "gaps: filled by" in said and "on hidden cells of held-out rows" in said


@pytest.mark.parametrize("settings", [{"missing": "informative"}, {"validation_fraction": 0.0}])
def test_there_is_no_choice_where_gaps_mean_something_or_no_rows_are_held_out(settings):
    assert VAE(1, **SMALL, **settings).fit(table(60)[1]).normal_mixture_ is None


def test_a_later_pass_leaves_the_choice_and_context_leaves_gaps_to_the_latents(fitted):
    _, gapped, _ = fitted
    vae = VAE(1, **SMALL).fit(gapped)
    assert vae.partial_fit(gapped).normal_mixture_ is not None  # a pass chooses nothing
    assert VAE(1, **SMALL).fit(gapped, context=np.arange(len(gapped)) % 2).normal_mixture_ is None


@pytest.mark.parametrize("seen", [False, True])
def test_one_normal_stays_one_though_the_linear_model_knows_the_held_out_rows(monkeypatch, seen):
    """With few rows more components come nearer to rows that they were fitted to; the choice looks at others."""
    far = lambda module, rows, *rest, **options: (1e3 * np.ones(rows.x.shape), None)  # noqa: E731
    monkeypatch.setattr(evaluate, "impute", far)
    for seed in range(4):
        rng = np.random.default_rng(seed)
        covariance = np.cov(rng.normal(size=(12, 40)))
        x = rng.multivariate_normal(np.zeros(12), covariance, 100)
        frame = pd.DataFrame(x, columns=list("abcdefghijkl")).mask(rng.random(x.shape) < 0.2)
        schema = Schema.of_table(frame)
        codes = schema.encode(frame)
        cells = Batch(np.nan_to_num(codes), ~np.isnan(codes))
        rows, held_out = (jax.tree.map(lambda part, own=own: part[own], cells) for own in np.split(ORDER, [80]))
        found = choose_filling(None, schema, rows, held_out, seed, seen=seen, external=False)
        assert len(found.normals.weights) == 1


def test_external_validation_rows_choose_and_do_not_train(monkeypatch):
    known, fit = [], NormalMixture.fit

    def counted(x, *rest, **options):
        known.append(len(x))
        return fit(x, *rest, **options)

    monkeypatch.setattr(NormalMixture, "fit", counted)
    VAE(1, **SMALL).fit(table(90)[1], validation_data=table(60)[1])
    assert set(known) == {90}


@pytest.mark.parametrize(
    "sizes",
    [-1, "two", [1], {"n_components": True}]
    + [{"n_components": n, "spiked": []} for n in (0, 10**13)]
    + [{"n_components": 1, "spiked": [99]}],
)
def test_damaged_sizes_are_named(fitted, tmp_path, sizes):
    fitted[2].save(tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"normal_mixture": sizes}))
    with pytest.raises(InputError, match="config.json is damaged: normal_mixture is"):
        load(tmp_path / "model")


def test_means_or_medians_of_all_numbers_on_request(fitted):
    amounts = pd.DataFrame({"x": RNG.normal(size=300)})
    amounts["rain"] = np.where(RNG.random(300) < 0.7, 0.0, RNG.gamma(2, 5, 300).round(2))
    gapped = amounts.mask(RNG.random(amounts.shape) < 0.15)
    vae = VAE(1, **SMALL).fit(gapped)
    gaps = gapped["rain"].isna()
    assert (vae.impute(gapped)["rain"][gaps] == 0).all()
    assert vae.impute(gapped, statistic="mean")["rain"][gaps].mean() == pytest.approx(amounts["rain"].mean(), rel=0.4)
    drawn = pd.concat(vae.impute(gapped, 20))["rain"][lambda column: gaps.reindex(column.index)]
    assert (drawn == 0).mean() == pytest.approx(0.7, abs=0.1)
    with pytest.raises(InputError, match="statistic must be 'mean' or 'median'"):
        vae.impute(gapped, statistic="mode")
