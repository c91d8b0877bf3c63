"""AnnData and .h5ad: counts in, latents and scores back."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from typer.testing import CliRunner

import elbax
from elbax import VAE
from elbax.cli import app
from elbax.data import write_annotated
from elbax.errors import InputError

anndata = pytest.importorskip("anndata")
pytestmark = pytest.mark.filterwarnings("ignore")  # of AnnData about pandas

RNG = np.random.default_rng(0)
N, D = 60, 8
COUNTS = RNG.poisson(np.exp(RNG.normal(size=(N, 1)) + RNG.normal(size=D)))
SMALL = {"hidden": (4,), "epochs": 1, "init": "random", "random_state": 0, "verbose": 0}


def cells(x=None, **more):
    obs = pd.DataFrame({"batch": np.where(np.arange(N) % 3 == 0, "a", "b"), "depth": RNG.uniform(1, 2, N)})
    obs.index = [f"cell{i}" for i in range(N)]
    var = pd.DataFrame(index=[f"gene{i}" for i in range(D)])
    return anndata.AnnData(sparse.csr_matrix(COUNTS.astype(np.float32)) if x is None else x, obs, var, **more)


def test_counts_are_counts_whatever_values_a_column_has():
    vae = VAE(2, **SMALL).fit(cells())
    assert vae.likelihood_reason_ == f"NegativeBinomial, because all {D} columns hold counts"
    assert list(vae.feature_names_in_) == [f"gene{i}" for i in range(D)]
    dense = VAE(2, **SMALL).fit(cells(COUNTS.astype(np.float32)))
    np.testing.assert_array_equal(vae.transform(cells()), dense.transform(cells()))
    plain = VAE(2, likelihood="negative_binomial", **SMALL).fit(COUNTS.astype(np.float32))
    np.testing.assert_allclose(vae.history_["loss"], plain.history_["loss"], rtol=1e-3)


def test_layers_obs_and_results():
    logs = np.log1p(COUNTS)
    data = cells(logs, layers={"counts": COUNTS})
    vae = VAE(2, layer="counts", exposure="depth", **SMALL).fit(data, context="batch")
    assert vae.context_schema_.columns == ("batch", "depth")
    annotated = elbax.annotate(vae, data, context="batch", rates=True)
    assert annotated is data and data.obsm["X_elbax"].shape == (N, 2)
    context = data.obs[["batch", "depth"]].reset_index(drop=True)
    np.testing.assert_array_equal(data.obsm["X_elbax"], vae.transform(data, context=context).astype(np.float32))
    np.testing.assert_allclose(data.obs["elbax_score"], vae.score_samples(data, context="batch"))
    usual = vae.inverse_transform(data.obsm["X_elbax"], context={"batch": data.obs["batch"].to_numpy()})
    np.testing.assert_allclose(data.layers["elbax_rate"], usual, rtol=1e-5)
    assert list(usual.index) == list(range(N))


def test_bad_data_are_named():
    with pytest.raises(InputError, match="layer='raw', but the data have no layers"):
        VAE(2, layer="raw", **SMALL).fit(cells())
    with pytest.raises(InputError, match="count"):
        VAE(2, layer="coutns", **SMALL).fit(cells(layers={"counts": COUNTS}))
    with pytest.raises(InputError, match="no obs 'bacth'"):
        VAE(2, **SMALL).fit(cells(), context=["bacth"])
    twice = cells()
    twice.var_names = ["a"] * D
    with pytest.raises(InputError, match="var_names_make_unique"):
        VAE(2, **SMALL).fit(twice)
    with pytest.raises(InputError, match="must be AnnData"):
        elbax.annotate(VAE(2, **SMALL).fit(COUNTS), COUNTS)
    with pytest.raises(InputError, match="lacks 'gene7'"):
        VAE(2, **SMALL).fit(cells()).transform(cells()[:, :7])


def test_log_normalized_counts_are_named_before_training(capsys):
    shares = COUNTS / np.maximum(COUNTS.sum(axis=1, keepdims=True), 1)
    VAE(2, **{**SMALL, "verbose": 1}).fit(cells(np.log1p(1e4 * shares).astype(np.float32)))
    said = capsys.readouterr()
    assert "not-counts: the numbers were made of counts" in said.out + said.err


def test_files_in_the_shell(tmp_path):
    write_annotated(cells(layers={"counts": COUNTS}), tmp_path / "cells.h5ad")
    runner, run = CliRunner(), str(tmp_path / "run")
    options = ["--hidden=4", "--epochs=2", "--init=random", "--layer=counts", "--exposure=total", "--label=batch"]
    done = runner.invoke(app, ["fit", str(tmp_path / "cells.h5ad"), "--out", run, *options])
    assert done.exit_code == 0, done.output
    out = tmp_path / "out.h5ad"
    done = runner.invoke(app, ["encode", run, str(tmp_path / "cells.h5ad"), "--out", str(out), "--rates"])
    assert done.exit_code == 0, done.output
    few, many = (tmp_path / f"{total}.csv" for total in (10, 1000))
    for total, path in ((10, few), (1000, many)):
        done = runner.invoke(app, ["sample", run, "-n", "200", f"--context=total={total}", "--out", str(path)])
        assert done.exit_code == 0, done.output
    assert list(pd.read_csv(few)) == [f"gene{i}" for i in range(D)]
    assert 70 < pd.read_csv(many).to_numpy().mean() / pd.read_csv(few).to_numpy().mean() < 140
    done = runner.invoke(app, ["sample", run, "-n", "3", "--out", str(few)])  # exposures as in the training rows
    assert done.exit_code == 0 and len(pd.read_csv(few)) == 3
    written = anndata.read_h5ad(out)
    assert written.obsm["X_elbax"].shape == (N, 2) and np.isfinite(written.obs["elbax_score"]).all()
    np.testing.assert_array_equal(written.layers["counts"], COUNTS)
    assert (written.layers["elbax_rate"] > 0).all() and list(written.obs["batch"]) == list(cells().obs["batch"])
    (tmp_path / "broken.h5ad").write_text("no")
    done = runner.invoke(app, ["fit", str(tmp_path / "broken.h5ad")])
    assert done.exit_code == 2 and "as AnnData" in done.output
