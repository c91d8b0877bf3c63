"""What people send who mean harm, or whose program has a fault: each gets a 4xx, and the server goes on."""

import ast
import gzip
import io
import json
import socket
import struct
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import elbax
from elbax.service.arrow import MEDIA_TYPE, write_stream

ROW = {
    "x": {f"{part} {side} (cm)": 3.0 for part in ("sepal", "petal") for side in ("length", "width")},
    "context": "setosa",
}
PATH = "/models/iris/encode"


@pytest.fixture
def ask(ask_iris):
    """A client; after each attack the server answers as before."""
    yield ask_iris
    ask = ask_iris
    assert ask(PATH, {"rows": [ROW]}).status == 200


def test_the_row_is_right(ask):
    answer = ask(PATH, {"rows": [ROW]})
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"null", 422),
        (b"[" * 100_000, 422),  # depth
        (b'{"rows":' * 20_000, 422),
        (b"\xff\xfe\x00", 422),
        (b'{"rows": []}', 422),
        (b'{"rows": [{}]}', 422),
        (json.dumps({"rows": [ROW], "more": 1}).encode(), 422),
        (json.dumps({"rows": [ROW | {"x": ROW["x"] | {"__class__": 1}}]}).encode(), 422),
        (json.dumps({"rows": [ROW] * 201}).encode(), 422),  # rows
        (json.dumps({"rows": [ROW | {"context": "setosa' OR 1=1"}]}).encode(), 422),
        (json.dumps({"rows": [ROW]}).replace("3.0", "NaN", 1).encode(), 422),
        (json.dumps({"rows": [ROW]}).replace("3.0", "Infinity", 1).encode(), 422),
        (json.dumps({"rows": [ROW]}).replace("3.0", "1e999", 1).encode(), 422),
        (json.dumps({"rows": [ROW]}).replace("3.0", "9" * 5000, 1).encode(), 422),  # digits
        (json.dumps({"rows": [ROW]}).replace("3.0", '"3.0"', 1).encode(), 422),
        (json.dumps({"rows": [ROW]}).replace("3.0", "true", 1).encode(), 422),
        (b" " * (2**18 + 1), 413),  # bytes
    ],
)
def test_json(ask, body, status):
    begun = time.monotonic()
    answer = ask(PATH, body)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json" and len(answer.body) < 2000
    assert time.monotonic() - begun < 10


def test_compressed_body(ask):
    bomb = gzip.compress(b" " * 2**20)
    assert ask(PATH, bomb, Content_Encoding="gzip").status == 415


@pytest.mark.parametrize(
    "path",
    [
        "/models/../../etc/passwd",
        "/models/%2e%2e/%2e%2e/etc/passwd",
        "/models/..%2f..%2fetc%2fpasswd",
        "/models/iris/../../iris/encode",
        "//models/iris/encode",
        "/models/iris/encode/",
        "/models/iris%00/encode",
        "/models/IRIS/encode",
        "/models/iris\\encode",
        "/etc/passwd",
        "/static/../pyproject.toml",
    ],
)
def test_paths(ask, path):
    assert ask(path, {"rows": [ROW]}).status == 404
    assert ask(path).status in (404, 405)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "HEAD", "PROPFIND"])
def test_methods(ask, method):
    assert ask(PATH, method=method).status == 405


def stream_of(table, **options):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue()


def iris_table(n=2):
    columns = {name: [3.0] * n for name in ROW["x"]}
    return pa.table(columns | {"context": ["setosa"] * n})


def test_arrow_as_it_should_be(ask):
    assert ask(PATH, stream_of(iris_table()), kind=MEDIA_TYPE).status == 200


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_arrow_bombs_of_compression(ask, compression):
    table = iris_table(200)
    body = stream_of(table, compression=compression)
    assert ask(PATH, body, kind=MEDIA_TYPE).status == 415
    of_dictionary = table.set_column(4, "context", table["context"].dictionary_encode())
    assert ask(PATH, stream_of(of_dictionary, compression=compression), kind=MEDIA_TYPE).status == 415


def test_arrow_bombs_without_bytes(ask):
    n = 10**9
    nulls = pa.table({"a": pa.nulls(n)})
    assert ask(PATH, write_stream(nulls), kind=MEDIA_TYPE).status == 422
    runs = pa.table({"a": pa.RunEndEncodedArray.from_arrays(pa.array([n], pa.int64()), pa.array([1.0]))})
    assert ask(PATH, write_stream(runs), kind=MEDIA_TYPE).status == 422
    many = iris_table(201)
    assert ask(PATH, write_stream(many), kind=MEDIA_TYPE).status == 413
    long = pa.DictionaryArray.from_arrays(np.zeros(150, np.int8), pa.array(["x" * 100_000]))
    table = iris_table(150).set_column(4, "context", long)
    assert ask(PATH, write_stream(table), kind=MEDIA_TYPE).status == 413


def test_arrow_offsets_that_lead_astray(ask):
    body = bytearray(write_stream(iris_table(2)))
    place = bytes(body).index(struct.pack("<iii", 0, 6, 12))  # of the two texts
    body[place : place + 12] = struct.pack("<iii", 0, 2**30, 2**31 - 1)
    answer = ask(PATH, bytes(body), kind=MEDIA_TYPE)
    assert answer.status == 400, answer.body


@pytest.mark.parametrize("seed", range(30))
def test_arrow_with_broken_bytes(ask, seed):
    rng = np.random.default_rng(seed)
    body = bytearray(write_stream(iris_table(3)))
    for place in rng.integers(0, len(body), 8):
        body[place] = rng.integers(256)
    if seed % 3 == 0:
        del body[rng.integers(len(body)) :]
    assert ask(PATH, bytes(body), kind=MEDIA_TYPE).status in (200, 400, 413, 415, 422)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.drop_columns("context"),
        lambda t: t.append_column("more", pa.array([1, 2])),
        lambda t: t.set_column(0, t.column_names[0], pa.array(["a", "b"])),
        lambda t: t.set_column(0, t.column_names[0], pa.array([b"a", b"b"])),
        lambda t: t.set_column(0, t.column_names[0], pa.array([{"a": 1}] * 2)),
        lambda t: t.set_column(0, t.column_names[0], pa.array([1.0, None])),
        lambda t: t.set_column(0, t.column_names[0], pa.array([1.0, float("inf")])),
        lambda t: t.slice(0, 0),
    ],
)
def test_arrow_with_other_columns(ask, change):
    assert ask(PATH, write_stream(change(iris_table(2))), kind=MEDIA_TYPE).status == 422


def test_pickles_and_other_types_are_not_read(ask):
    import pickle

    for kind in ("application/octet-stream", "application/x-pickle", "multipart/form-data", "application/xml", ""):
        assert ask(PATH, pickle.dumps([ROW]), kind=kind).status == 415


def test_the_code_has_no_pickle():
    package = Path(elbax.__file__).parent
    for file in [*(package / "service").glob("*.py"), *(package / "web").glob("*.py")]:
        names = {
            name.name if isinstance(node, ast.Import) else node.module
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in node.names
        }
        assert not names & {"pickle", "cloudpickle", "joblib", "dill", "shelve", "marshal"}, file


def test_answers_have_a_limit(ask):
    assert ask("/models/iris/complete", {"rows": [ROW] * 3, "n": 100}).status == 413
    assert ask("/models/iris/sample", {"n": 201, "context": "setosa"}).status == 422


def test_clients_that_are_killed(ask):
    body = json.dumps({"rows": [ROW] * 100}).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: {ask.address.netloc}\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    for part in (body[:100], body):
        for _ in range(20):
            client = socket.create_connection((ask.address.hostname, ask.address.port))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, as of a kill
            client.sendall(head.encode() + part)
            client.close()


def test_faults_tell_nothing(ask, models, monkeypatch):
    monkeypatch.setattr(type(models["iris"]), "encode", lambda *_: 1 / 0)
    answer = ask(PATH, {"rows": [ROW]})
    assert answer.status == 500 and "ZeroDivision" not in answer.body.decode()
    monkeypatch.undo()
