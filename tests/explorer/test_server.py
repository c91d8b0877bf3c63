"""The explorer over HTTP and in a notebook: guard, frames, errors, assets, and a fit that is watched."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import numpy as np
import pytest

import elbax
from elbax.explorer import Page, Rows, Watch, open_server
from elbax.explorer.packing import frame, split
from elbax.explorer.widget import _reply


def unframe(content: bytes):
    length = int.from_bytes(content[:4], "little")
    return json.loads(content[4 : 4 + length])


def send(address: str, method: str, path: str, body: bytes | None = None, headers: dict | None = None):
    """Status, headers and body of an answer."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        with connection.getresponse() as answer:
            return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def post(address: str, name: str, body: bytes = b"{}", **headers):
    status, _, content = send(address, "POST", f"/api/{name}", body, {"Content-Type": "application/json"} | headers)
    return status, content


@pytest.fixture
def address(page):
    server, address = open_server(page)
    server.start()
    yield address.rstrip("/")
    server.stop()


def test_requests_are_answered_in_frames(address):
    status, content = post(address, "describe")
    assert status == 200 and unframe(content)["n_rows"] == 160
    status, content = post(address, "row", b'{"row": 999}')
    assert status == 422 and "there is no row 999" in json.loads(content)["detail"]
    status, content = post(address, "row", b'{"row": "x"}')
    assert status == 422 and json.loads(content)["detail"].startswith("row: ")
    for wrong in (b"", b"{", b"[" * 100_000, b'{"row": 1e999}', b"\xff"):
        assert post(address, "row", wrong)[0] in (400, 422)


def test_foreign_requests_are_refused(address):
    assert post(address, "describe", Host="evil.example")[0] == 421
    assert post(address, "describe", Origin="http://evil.example")[0] == 403
    assert post(address, "nothing")[0] == 404
    assert send(address, "POST", "/api/place", None, {"Content-Length": str(10**9)})[0] == 413


def test_assets_come_with_a_policy(address):
    for path in ("/", "/page.js", "/explorer.js", "/explorer.css"):
        status, headers, content = send(address, "GET", path)
        assert status == 200 and content
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "http" not in policy
    for path in ("/../app.py", "/static/explorer.js", "/%2e%2e/app.py", "/docs", "/openapi.json"):
        assert send(address, "GET", path)[0] == 404


def test_beyond_loopback_there_is_a_token(page, monkeypatch):
    monkeypatch.setattr("elbax.explorer.serve.is_loopback", lambda host: False)
    server, address = open_server(page)
    server.start()
    base, _, token = address.partition("/#token=")
    try:
        assert send(base, "GET", "/")[0] == 200
        assert post(base, "describe")[0] == 401
        assert post(base, "describe", Authorization=f"Bearer {token}")[0] == 200
    finally:
        server.stop()


def test_frames_keep_arrays():
    reply = {"a": np.arange(3, dtype=np.float32), "b": [np.uint8([1, 2]), None], "c": np.float64("nan")}
    content = frame(reply)
    plain, buffers = split(reply)
    assert unframe(content) == plain and plain["c"] is None
    start = 4 + int.from_bytes(content[:4], "little")
    start += -start % 8
    np.testing.assert_array_equal(np.frombuffer(content[start : start + 12], np.float32), buffers[0])


class Recorder:
    """A widget that records what it sends."""

    def __init__(self):
        self.sent = []

    def send(self, content, buffers=None):
        self.sent.append((content, buffers))


def test_a_widget_answers_messages(page, table):
    widget = Recorder()
    _reply(widget, page, {"id": 1, "name": "positions", "request": {"axes": [0]}})
    _reply(widget, page, {"id": 2, "name": "row", "request": {"row": 10**9}})
    _reply(widget, page, {"id": 3, "name": "nothing", "request": {}})
    (good, buffers), (bad, _), (unknown, _) = widget.sent
    np.testing.assert_array_equal(np.frombuffer(buffers[0], np.float32), table.z[:, 0])
    assert good["reply"]["z"]["shape"] == [1, 160] and "there is no row" in bad["error"] and unknown["error"]
    made = table.vae.explore(table.rows.x, table.rows.labels)
    assert made._esm and made._css


def test_a_fit_can_be_watched():
    x = np.random.default_rng(0).normal(size=(80, 3))
    labels = np.repeat(["a", "b"], 40)
    watch = Watch(Rows.of(x, labels), title="a fit")
    page = Page(watch=watch)
    assert page.describe()["status"] == "training" and page.progress(0)["known"] == 0
    vae = elbax.VAE(epochs=6, hidden=(8,), random_state=0, verbose=0, likelihood="normal").fit(x, callbacks=[watch])
    seen = page.progress(0)
    assert seen["known"] == len(vae.history_) == len(seen["curves"]["loss"])
    np.testing.assert_allclose(seen["curves"]["loss"], vae.history_["loss"], rtol=1e-6)
    assert seen["z"].shape == (2, 80) and seen["colors"]["names"] == ["a", "b"]
    assert page.progress(4)["curves"]["kl"] == seen["curves"]["kl"][4:]
    plain = elbax.VAE(epochs=6, hidden=(8,), random_state=0, verbose=0, likelihood="normal").fit(x)
    np.testing.assert_array_equal(vae.transform(x), plain.transform(x))
