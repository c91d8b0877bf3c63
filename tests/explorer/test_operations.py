"""What a page may ask is answered rightly, and refused in a sentence."""

import base64
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from tests.explorer.conftest import people

from elbax.errors import InputError
from elbax.explorer import Page, Session
from elbax.explorer.contrast import contrast_labels, contrast_numbers
from elbax.explorer.operations import REQUESTS, answer


def ask(session: Session, operation: str, **request):
    return answer(Page(session), operation, REQUESTS[operation].model_validate(request))


def bits(rows, n: int) -> str:
    chosen = np.zeros(n, bool)
    chosen[rows] = True
    return base64.b64encode(np.packbits(chosen, bitorder="little").tobytes()).decode()


def test_description_and_positions(table):
    about = ask(table, "describe")
    assert about["form"] == "table" and about["columns"] == ["sex", "age", "income", "joined", "city"]
    assert [coloring["id"] for coloring in about["colorings"]][:3] == ["label", "column:sex", "column:age"]
    assert len(about["latents"]) == 3 and about["context"] is None
    z = ask(table, "positions", axes=[2, 0])["z"]
    np.testing.assert_array_equal(z, table.vae.transform(people())[:, [2, 0]].T)


def test_colors_are_those_of_the_rows(table):
    frame = people()
    label = ask(table, "colors", by="label")
    assert [label["names"][code] for code in label["values"]] == frame["sex"].tolist()
    age = ask(table, "colors", by="column:age")
    np.testing.assert_array_equal(age["values"], frame["age"].astype(float))
    city = ask(table, "colors", by="column:city")
    expected = frame["city"].fillna("missing").tolist()
    assert [city["names"][code] for code in city["values"]] == expected
    score = ask(table, "colors", by="score")["values"]
    np.testing.assert_allclose(score, table.vae.score_samples(frame), rtol=1e-5)
    for wrong in ("column:shoe", "latent:3", "label2"):
        with pytest.raises(InputError, match="nothing to color"):
            ask(table, "colors", by=wrong)


def test_a_row_and_points_are_those_of_the_estimator(table):
    found = ask(table, "row", row=4)
    frame = people()
    again = table.vae.reconstruct(frame.iloc[[4]])
    assert found["cards"][0]["cells"][0][0] == frame["sex"][4] and found["label"] == frame["sex"][4]
    assert found["cards"][1]["cells"][0][0] == again["sex"].iloc[0]
    z = [[0.5, -0.5, 0.1]]
    decoded = table.vae.inverse_transform(np.array(z))
    cells = ask(table, "decode", points=z)["cells"][0]
    assert cells[0] == decoded["sex"][0] and cells[3] == str(decoded["joined"][0])[:10]
    strip = ask(table, "path", points=[*z, [0.0, 0.0, 0.0]], steps=4)["cells"]
    assert len(strip) == 4 and strip[0] == cells
    assert len(ask(table, "path", points=[*z, [0.0] * 3, [1.0] * 3], steps=9, closed=True)["cells"]) == 9


def test_selection_compares_shows_and_exports(table):
    frame = people()
    rows = np.flatnonzero(frame["sex"] == "M")
    chosen = {"bits": bits(rows, len(frame))}
    apart = ask(table, "contrast", **chosen)["columns"]
    assert apart[0]["column"] == "sex" and apart[0]["separation"] == 1.0
    income = next(column for column in apart if column["column"] == "income")
    assert income["separation"] > 0.7
    assert ask(table, "rows", start=2, count=3, **chosen)["rows"] == rows[2:5].tolist()
    file = ask(table, "export", kind="csv", **chosen)
    again = pd.read_csv(BytesIO(file["content"].tobytes()))
    assert again["row"].tolist() == rows.tolist() and again["city"].isna().sum() == frame["city"][rows].isna().sum()
    np.testing.assert_allclose(again["z2"], table.z[rows, 1], rtol=1e-5)
    parquet = ask(table, "export", kind="parquet", **chosen)
    assert pd.read_parquet(BytesIO(parquet["content"].tobytes())).shape == again.shape
    with pytest.raises(InputError, match="no row is selected"):
        ask(table, "contrast", bits=bits([], len(frame)))
    with pytest.raises(InputError, match="one bit for each of the 160 rows"):
        ask(table, "contrast", bits=bits([0], 8))


def test_separations_are_known_distances():
    assert contrast_numbers("a", np.arange(100.0), np.arange(50.0, 150.0)).separation == pytest.approx(0.5)
    assert contrast_numbers("a", np.array([np.nan, 1.0]), np.array([1.0])).separation == 0
    assert contrast_labels("b", ["x"] * 3 + ["y"], ["x", "y", "y", "y"]).separation == pytest.approx(0.5)


def test_neighbors_are_the_nearest_rows(table):
    z = table.z
    found = ask(table, "neighbors", point=z[7].tolist(), count=5)
    distances = np.linalg.norm(z - z[7], axis=1)
    np.testing.assert_allclose(found["distances"], np.sort(distances)[:5], atol=1e-5)
    assert 7 in found["rows"]


def test_the_oddest_rows_are_blamed_on_their_odd_cell(table):
    frame = people()
    frame.loc[3, "income"] = 40_000.0
    from elbax.explorer import Rows

    session = Session(table.vae, Rows.of(frame), calibration=(people(), None))
    odd = ask(session, "oddest", count=3)
    assert odd["rows"][0] == 3 and odd["blame"][0]["blame"] == "income" and odd["blame"][0]["found"] == "40,000"
    assert odd["scores"] == sorted(odd["scores"])


def test_a_form_fills_blanks(table):
    full = ask(table, "values", row=20)
    assert full["sex"] in "FM" and full["joined"].startswith("202")
    still = ask(table, "fill", values=full)
    np.testing.assert_allclose(still["z"], table.z[20], atol=1e-4)
    assert "" not in full.values() and not len(still["cloud"]) and not still["columns"]
    given = {"sex": "M", "age": 40, "joined": "2022-01-01", "city": ""}
    filled = ask(table, "fill", values=given)
    income, city = filled["columns"]
    assert income["name"] == "income" and city["name"] == "city"
    assert sum(share for _, share in city["shares"]) == pytest.approx(1.0)
    assert filled["cloud"].shape == (64, 3)
    for values, message in (
        ({"age": "old"}, "'age' takes a number"),
        ({"shoe": 1}, "unknown column 'shoe'"),
        ({"city": "Paris"}, "unknown value of 'city' 'Paris'"),
        ({"joined": "soon"}, "joined"),
    ):
        with pytest.raises(InputError, match=message):
            ask(table, "fill", values=values)


def test_a_file_is_placed_and_nothing_is_left(table, tmp_path):
    table.scratch = tmp_path
    frame = people().tail(30)
    content = frame.to_csv(index=False).encode()
    placed = ask(table, "place", name="new.csv", content=base64.b64encode(content).decode())
    np.testing.assert_allclose(placed["z"].T, table.z[-30:], atol=1e-4)
    assert not list(tmp_path.iterdir())
    for name, content, message in (
        ("rows.pickle", b"x", "files that can be placed end in"),
        ("rows.parquet", b"PAR1 no", "no Parquet file"),
        ("rows.csv", b"a,b\n1,2\n", "X lacks"),
        ("../../rows.csv", b"\xff\xfe\xfa", "UTF-8"),
    ):
        with pytest.raises(InputError, match=message):
            ask(table, "place", name=name, content=base64.b64encode(content).decode())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("row", {"row": 160}),
        ("row", {"row": -1}),
        ("row", {"row": 1, "other": 2}),
        ("decode", {"points": [[0.0]]}),
        ("decode", {"points": [[float("nan")] * 3]}),
        ("decode", {"points": [[0.0] * 3] * 101}),
        ("path", {"points": [[0.0] * 3], "steps": 5}),
        ("path", {"points": [[0.0] * 3] * 2, "steps": 10_000}),
        ("positions", {"axes": [3]}),
        ("neighbors", {"point": [0.0]}),
        ("contrast", {"bits": "not base64!"}),
    ],
)
def test_wrong_requests_are_refused(table, name, request_):
    with pytest.raises((InputError, ValidationError)):
        ask(table, name, **request_)


def test_images_and_series_have_their_forms(sessions):
    images, series = sessions("images"), sessions("series")
    pictures = ask(images, "row", row=0)["cards"][0]["pictures"]
    assert pictures.shape == (1, 6, 6, 1) and pictures.dtype == np.uint8
    means = ask(images, "contrast", bits=bits(np.flatnonzero(images.rows.labels == 1), 90))["cards"]["pictures"]
    assert int(means[0, 1, 1, 0]) > int(means[1, 1, 1, 0]) + 50
    assert not ask(images, "describe")["fields"]
    window = ask(series, "decode", points=[[0.0, 0.0]])["series"]
    assert window.shape == (1, 12, 2) and window.dtype == np.float32
    assert ask(series, "describe")["series"]["low"] == pytest.approx(series.rows.x.min(axis=(0, 1)).tolist())


def test_a_conditional_model_has_controls(sessions):
    session = sessions("conditional")
    kind, dose = ask(session, "describe")["context"]
    assert kind["levels"] == ["high", "low"] and dose["low"] < 0 < dose["high"]
    low, high = (
        np.mean(
            [
                float(cell.replace("−", "-"))
                for cell in ask(session, "decode", points=[[0.0]], context=context)["cells"][0]
            ]
        )
        for context in ({"kind": "low", "dose": 0.0}, {"kind": "high", "dose": 0.0})
    )
    assert high > low + 3
    expected = session.vae.inverse_transform(np.zeros((1, 1)), context=session.rows.context.iloc[[5]])
    row = ask(session, "decode", points=[[0.0]], context_row=5)["cells"][0]
    assert float(row[0].replace("−", "-")) == pytest.approx(expected[0, 0], rel=1e-2)
    with pytest.raises(InputError, match="this model has a context"):
        ask(session, "decode", points=[[0.0]])
    odd = ask(session, "oddest", count=2)
    assert len(odd["blame"]) == 2
