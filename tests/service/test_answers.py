"""Answers over HTTP are those of the estimator, in JSON and in Arrow, for every kind of model."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import TypeAdapter
from sklearn.datasets import load_digits, load_iris
from tests.service.served import people, windows

from elbax.errors import InputError
from elbax.service import Service
from elbax.service.arrow import MEDIA_TYPE, read_stream, write_stream
from elbax.service.model import IMPORTANCE_SAMPLES
from elbax.service.requests import operations_of

NAMES = ("digits", "people", "series", "iris")


def rows_of(name, n=5):
    """Rows in JSON, as the estimator takes them, and their context."""
    if name == "digits":
        x = load_digits().images[:n]
        return x.tolist(), x.astype(np.float32) / 16, None
    if name == "series":
        return windows()[:n].tolist(), windows()[:n], None
    if name == "iris":
        iris = load_iris(as_frame=True)
        frame, context = iris.data[:n], np.array(iris.target_names)[iris.target][:n]
        records = frame.to_dict("records")
        return [{"x": row, "context": c} for row, c in zip(records, context.tolist(), strict=True)], frame, context
    frame = people()[:n]
    records = frame.assign(joined=frame.joined.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), stay=frame.stay.dt.total_seconds())
    return json.loads(records.to_json(orient="records")), frame, None


def as_array(name, rows):
    """Rows of an answer as numbers."""
    if name in ("digits", "series"):
        return np.array(rows)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("name", NAMES)
def test_encode_and_score(ask, models, name):
    rows, x, context = rows_of(name)
    vae = models[name].vae
    answer = ask(f"/models/{name}/encode", {"rows": rows})
    assert answer.status == 200, answer.body
    np.testing.assert_allclose(answer.json["mean"], vae.transform(x, context=context), rtol=1e-4, atol=1e-5)
    assert np.array(answer.json["std"]).shape == (5, vae.module_.latent_dim)
    scores = ask(f"/models/{name}/score", {"rows": rows}).json["log_prob"]
    np.testing.assert_allclose(scores, vae.score_samples(x, IMPORTANCE_SAMPLES, context=context), rtol=1e-4)


@pytest.mark.parametrize("name", ["digits", "series", "iris"])
def test_reconstruct_numbers(ask, models, name):
    rows, x, context = rows_of(name)
    model = models[name]
    found = as_array(name, ask(f"/models/{name}/reconstruct", {"rows": rows}).json["rows"])
    np.testing.assert_allclose(found, model.vae.reconstruct(x, context=context) * model.divisor, rtol=1e-4, atol=1e-5)


def test_reconstruct_a_table(ask, models):
    rows, x, _ = rows_of("people")
    found = ask("/models/people/reconstruct", {"rows": rows}).json["rows"]
    expected = models["people"].vae.reconstruct(x)
    assert [row["sex"] for row in found] == expected.sex.tolist()
    assert [row["age"] for row in found] == expected.age.tolist()
    assert [row["stay"] for row in found] == expected.stay.dt.total_seconds().tolist()
    assert [row["joined"][:10] for row in found] == expected.joined.dt.strftime("%Y-%m-%d").tolist()
    assert {row["name"] for row in found} == {None}  # keys are no part of the model


@pytest.mark.parametrize("name", NAMES)
def test_sample(ask, models, name):
    model = models[name]
    context = {"context": "virginica"} if name == "iris" else {}
    body = {"n": 3, "seed": 7, **context}
    found = ask(f"/models/{name}/sample", body)
    assert found.status == 200, found.body
    assert found.body == ask(f"/models/{name}/sample", body).body
    expected = model.vae.sample(3, random_state=7, context=context.get("context"))
    if name == "people":
        assert [row["income"] for row in found.json["rows"]] == expected.income.tolist()
    else:
        np.testing.assert_allclose(as_array(name, found.json["rows"]), np.array(expected) * model.divisor, rtol=1e-5)


def test_sample_under_conditions(ask):
    given = {
        "sex": "F",
        "age": {"low": 30, "high": 50},
        "stay": {"high": 36000},
        "joined": {"low": "2021-06-01T00:00:00Z"},
    }
    rows = ask("/models/people/sample", {"n": 20, "given": given}).json["rows"]
    assert len(rows) == 20
    assert all(row["sex"] == "F" and 30 <= row["age"] <= 50 and row["stay"] <= 36000 for row in rows)
    assert min(row["joined"] for row in rows) >= "2021-06-01"
    answer = ask("/models/people/sample", {"given": {"age": {"low": 5000}}})
    assert answer.status == 409 and "no row can have" in answer.json["detail"]


def test_impute_and_complete(ask, models):
    rows, x, _ = rows_of("people")
    vae = models["people"].vae
    found = ask("/models/people/impute", {"rows": rows}).json["rows"]
    expected = vae.impute(x, random_state=0)
    np.testing.assert_allclose([row["income"] for row in found], expected.income, rtol=1e-4)
    given = {"rows": rows, "n": 2, "seed": 3}
    drawn = ask("/models/people/complete", given).json["rows"]
    expected = vae.complete(x, n=2, random_state=3)
    np.testing.assert_allclose([row["income"] for row in drawn], expected.income, rtol=1e-4)
    assert [row["name"] for row in found] == x.name.tolist()  # what is known stays
    drawn = ask("/models/people/complete", {"rows": [{"sex": "F"}], "n": 4, "seed": 3}).json["rows"]
    assert len(drawn) == 4 and {row["sex"] for row in drawn} == {"F"}
    assert all(row["age"] is not None and row["joined"] is not None for row in drawn)


def test_impute_numbers_and_not_pictures(ask):
    row = {"x": rows_of("iris")[0][0]["x"] | {"sepal width (cm)": None}, "context": "setosa"}
    found = ask("/models/iris/impute", {"rows": [row]}).json["rows"][0]
    assert found["sepal width (cm)"] is not None
    assert found["sepal length (cm)"] == row["x"]["sepal length (cm)"]
    assert ask("/models/iris/encode", {"rows": [row]}).status == 422
    assert ask("/models/digits/impute", {"rows": []}).status == 404
    row["x"]["petal width (cm)"] = 1e30
    for fill in ("impute", "complete"):
        answer = ask(f"/models/iris/{fill}", {"rows": [row]})
        assert answer.status == 409 and "row 0: its known cells" in answer.json["detail"]


@pytest.mark.parametrize("name", NAMES)
def test_arrow_agrees_with_json(ask, models, name):
    rows, _, _ = rows_of(name)
    own = models[name].format
    table = own.from_json(TypeAdapter(list[own.json("Row", gaps=own.has_gaps)]).validate_python(rows))
    for operation in ("encode", "reconstruct", "score"):
        path = f"/models/{name}/{operation}"
        json_answer = ask(path, {"rows": rows}).json
        answer = ask(path, write_stream(table), kind=MEDIA_TYPE, Accept=MEDIA_TYPE)
        assert answer.status == 200 and answer.headers["content-type"] == MEDIA_TYPE, answer.body
        found = read_stream(answer.body, 100)
        column = next(iter(found.column_names))
        if operation == "reconstruct" and name in ("people", "iris"):
            expected = [row[column] for row in json_answer["rows"]]
        elif operation == "reconstruct":
            expected = [np.ravel(row).tolist() for row in json_answer["rows"]]
        else:
            expected = json_answer[column]
        assert found[column].to_pylist() == expected


def test_arrow_takes_other_types_and_orders(ask):
    frame = people()[:4].drop(columns="name")
    table = pa.Table.from_pandas(frame[frame.columns[::-1]].assign(sex=frame.sex.astype("category"), name="x"))
    table = table.drop_columns([name for name in table.column_names if name.startswith("__")])
    plain = ask("/models/people/encode", {"rows": rows_of("people", 4)[0]}).json
    found = ask("/models/people/encode?", write_stream(table), kind=MEDIA_TYPE)
    assert found.status == 200, found.body
    np.testing.assert_allclose(found.json["mean"], plain["mean"], rtol=1e-5)
    options = ask("/models/people/complete?n=3&seed=1", write_stream(table), kind=MEDIA_TYPE)
    assert len(options.json["rows"]) == 12
    assert ask("/models/people/complete?n=x", write_stream(table), kind=MEDIA_TYPE).status == 422
    assert ask("/models/people/encode?n=1", write_stream(table), kind=MEDIA_TYPE).status == 422


def test_diagnose(ask, models):
    answer = ask("/models/series/diagnose", {"rows": windows().tolist()})
    assert answer.status == 200, answer.body
    assert answer.json["findings"] and {"code", "evidence", "advice"} <= set(answer.json["findings"][0])
    operations_of(models["series"], 100)["diagnose"].answer.validate_json(answer.body)
    equal = [windows(1)[0].tolist()] * 20
    assert ask("/models/series/diagnose", {"rows": equal}).status == 409
    assert ask("/models/series/diagnose", {"rows": windows(5).tolist()}).status == 422  # too few to say anything


def test_the_document_has_kinds_and_units(models):
    service = Service([models["people"], models["iris"]], warm=False)
    row = service.document["components"]["schemas"]["PeopleRowWithGaps"]["properties"]
    assert row["stay"]["x-unit"] == "s" and row["stay"]["x-kind"] == "duration"
    assert row["sex"]["x-kind"] == "category" and "F" in json.dumps(row["sex"])
    assert row["joined"]["x-kind"] == "datetime" and "date-time" in json.dumps(row["joined"])
    assert {"/models/people/encode", "/models/iris/sample"} <= set(service.document["paths"])
    with pytest.raises(InputError, match="same folder name"):
        Service([models["iris"], models["iris"]])


def test_models_say_what_they_are(ask):
    (listed,) = ask("/models").json["models"]
    assert listed == ask("/models/iris").json
    assert listed["latent_dim"] == 2 and listed["context"][0]["kind"] == "category"
    assert ask("/openapi.json").json["openapi"].startswith("3.1")


def test_health_readiness_and_metrics(ask):
    assert ask("/health").json == {"status": "ok"}
    assert ask("/ready").status == 200
    ask("/models/iris/encode", {"rows": rows_of("iris")[0]})
    text = ask("/metrics").body.decode()
    assert 'elbax_requests_total{model="iris",operation="encode",status="200"}' in text
    assert "elbax_batch_rows_bucket" in text and "process_resident_memory_bytes" in text


def test_media_types(ask):
    body = {"rows": rows_of("iris", 1)[0]}
    assert ask("/models/iris/encode", body, Accept="text/html").status == 406
    assert ask("/models/iris/encode", body, kind="text/plain").status == 415  # what a page may send unasked
    assert ask("/models/iris/encode", body, kind="application/json; charset=utf-8").status == 200
    answer = ask("/models/iris/encode", method="GET")
    assert answer.status == 405 and answer.headers["allow"] == "POST"
    assert answer.json["request_id"] == answer.headers["x-request-id"]
