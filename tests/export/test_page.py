"""The exported page, opened from disk in a browser without a network, encodes and decodes like Python."""

import json
import shutil

import numpy as np
import pytest

import elbax
from elbax.export.agreement import relative_error

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CALL = """async ([x, n]) => {
  await window.elbaxReady;
  const { model, schema } = window.elbax;
  const { mean, deviation } = await model.encode(Float32Array.from(x));
  const decoded = await model.decode(mean);
  const score = await model.score(Float32Array.from(x));
  return { mean: [...mean], deviation: [...deviation], decoded: [...decoded], score: [...score] };
}"""


@pytest.fixture
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="there is no Playwright")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_the_page_computes_like_python_without_a_network(browser, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(40, 3, 4)).astype(np.float32)
    settings = {"hidden": (6,), "epochs": 1, "init": "random", "random_state": 0, "verbose": 0}
    vae = elbax.VAE(axes="yx", likelihood="normal(scale=shared)", **settings).fit(x)
    path = tmp_path / "page.html"
    vae.export_page(path, x, title="small <pictures>")
    context = browser.new_context(offline=True)
    page, said, asked = context.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("#decoded canvas", timeout=120_000)
    found = page.evaluate(CALL, [x[:5].ravel().tolist(), 5])
    mean = vae.transform(x[:5])
    assert relative_error(np.reshape(found["mean"], (5, 2)), mean) < 1e-4
    assert relative_error(np.reshape(found["decoded"], (5, 12)), vae.inverse_transform(mean).reshape(5, 12)) < 1e-4
    assert np.isfinite(found["score"]).all()
    assert page.title() == page.inner_text("h1") == "small <pictures>"
    before = page.evaluate("() => document.querySelector('#decoded canvas').toDataURL()")
    page.locator(".sliders input").first.fill("2.5")
    page.wait_for_function("before => document.querySelector('#decoded canvas').toDataURL() !== before", arg=before)
    assert said == [] and all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def test_a_page_without_rows_holds_none_of_the_data(tmp_path, monkeypatch):
    monkeypatch.setattr("elbax.export.methods.export_model", lambda *arguments, **options: fake(arguments))
    x = np.random.default_rng(0).normal(size=(40, 3)).round(3)
    settings = {"hidden": (6,), "epochs": 1, "init": "random", "random_state": 0, "verbose": 0}
    vae = elbax.VAE(**settings).fit(x)
    for rows, holds in ((x, True), (None, False)):
        vae.export_page(tmp_path / "page.html", rows)
        text = (tmp_path / "page.html").read_text()
        record = json.loads(text.split('id="model" type="application/json">')[1].split("</script>")[0])
        examples = np.array([example["x"] for example in record["examples"]])
        nearest = np.abs(examples[:, None] - x).max(axis=-1).min(axis=1)
        assert (nearest.max() < 1e-6) == holds


def fake(arguments):
    """An export without programs, which the pages of this test do not need."""
    from elbax.export.folder import Export
    from elbax.export.functions import ExportedModel
    from elbax.export.schema_record import describe_schema

    return Export("onnx", {}, describe_schema(ExportedModel(*arguments[:3]), "VAE") | {"files": {}}, {}, {})
