"""A model in MLflow's form: no pickle, types of the columns, and the answers of the estimator."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.service.served import people, windows

from elbax.errors import InputError
from elbax.service.mlflow_model import mlflow_model, save_mlflow

pytest.importorskip("mlflow")


def test_a_table(models, tmp_path):
    vae = models["people"].vae
    save_mlflow(vae, tmp_path / "model")
    names = {path.name for path in (tmp_path / "model").rglob("*")}
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".py"))]
    loaded = mlflow_model(tmp_path / "model")
    frame = people()[:5]
    rows = frame.assign(stay=frame.stay.dt.total_seconds(), age=frame.age.astype(float))
    found = loaded.predict(rows)
    np.testing.assert_allclose(found[["z1", "z2"]], vae.transform(frame), rtol=1e-4, atol=1e-5)
    filled = loaded.predict(rows, params={"operation": "impute"})
    assert filled["income"].notna().all()
    with pytest.raises(InputError, match="unknown operation"):
        loaded.predict(rows, params={"operation": "fly"})
    with pytest.raises(InputError, match="exists"):
        save_mlflow(vae, tmp_path / "model")


def test_arrays_are_tensors(models, tmp_path):
    vae = models["series"].vae
    save_mlflow(vae, tmp_path / "model")
    loaded = mlflow_model(tmp_path / "model")
    assert loaded.metadata.get_input_schema().inputs[0].shape == (-1, 6, 2)
    found = loaded.predict(windows()[:3], params={"operation": "reconstruct"})
    np.testing.assert_allclose(found, vae.reconstruct(windows()[:3]), rtol=1e-4, atol=1e-5)


def test_context_is_columns(models, tmp_path):
    save_mlflow(models["iris"].vae, tmp_path / "model")
    loaded = mlflow_model(tmp_path / "model")
    columns = loaded.metadata.get_input_schema().input_names()
    assert columns[-1] == "context" and len(columns) == 5
    row = pd.DataFrame([[5.1, 3.5, 1.4, 0.2, "setosa"]], columns=columns)
    assert loaded.predict(row).shape == (1, 4)


def test_mlflows_server_answers(models, tmp_path):
    """Its application, called as its server does."""
    from mlflow.pyfunc.scoring_server import invocations

    save_mlflow(models["series"].vae, tmp_path / "model")
    loaded = mlflow_model(tmp_path / "model")
    body = json.dumps({"inputs": windows()[:2].tolist()})
    answer = invocations(body, "application/json", loaded, loaded.metadata.get_input_schema())
    assert answer.status == 200
    assert np.shape([list(row.values()) for row in json.loads(answer.response)["predictions"]]) == (2, 4)
