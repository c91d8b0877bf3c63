"""What fills gaps is chosen by hidden cells of held-out rows, kept with the model, and used wherever gaps are."""

import pickle

import numpy as np
import pandas as pd
import pytest

from elbax import VAE, evaluate, load
from elbax.errors import InputError

RNG = np.random.default_rng(0)
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


def test_a_later_pass_or_context_leaves_gaps_to_the_latents(fitted):
    _, gapped, _ = fitted
    vae = VAE(1, **SMALL).fit(gapped)
    assert vae.partial_fit(gapped).normal_mixture_ is None
    assert VAE(1, **SMALL).fit(gapped, context=np.arange(len(gapped)) % 2).normal_mixture_ is None
