"""What the guard and the connections of a server refuse, tried over real sockets."""

import json
import socket
import time
from contextlib import suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from elbax.errors import InputError
from elbax.web import Guard, Problem, Server, Token, hosts_of, open_socket, read_token

SECRET = "correct-horse-battery-staple"
EXCHANGES = []


async def echo(scope, receive, send):
    """An application that answers with the length of the body, or fails, or never ends."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/fault":
        raise RuntimeError("secret detail")
    if scope["path"] == "/missing":
        raise Problem(404, "there is no such thing")
    if scope["path"] == "/slow":
        import asyncio

        await asyncio.sleep(60)
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = b"x" * 2**24 if scope["path"] == "/large" else str(length).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address():
    guard = Guard(
        echo,
        hosts_of("127.0.0.1"),
        most_bytes=1000,
        seconds=0.5,
        answer_seconds=1.0,
        token=Token(SECRET),
        open_paths=("/health", "/static/"),
        observe=EXCHANGES.append,
    )
    server = Server(guard, open_socket("127.0.0.1", 0, 8000), head_seconds=0.5, log_level="CRITICAL")
    server.start()
    yield urlsplit(server.address)
    server.stop()


def ask(address, path="/", method="POST", body=b"", token=SECRET, **headers):
    connection = HTTPConnection(address.hostname, address.port, timeout=20)
    given = {} if token is None else {"Authorization": f"Bearer {token}"}
    connection.request(method, path, body, given | {name.replace("_", "-"): v for name, v in headers.items()})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {}),
        (200, {"Host": "localhost:9"}),
        (200, {"Host": "LOCALHOST"}),
        (421, {"Host": "evil.example"}),
        (421, {"Host": "localhost.evil.example"}),
        (421, {"Host": "["}),
        (421, {"Host": ""}),
        (403, {"Origin": "http://evil.example"}),
        (403, {"Origin": "null"}),
        (403, {"Origin": "http://localhost:1"}),  # another server of this machine
        (415, {"Content-Encoding": "gzip"}),
        (415, {"Content-Encoding": "zstd, identity"}),
    ],
)
def test_heads(address, status, headers):
    assert ask(address, **headers)[0].status == status


def test_own_origin_and_no_cors(address):
    own = f"http://{address.netloc}"
    answer, _ = ask(address, Origin=own)
    assert answer.status == 200
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("token", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "ü" * 20])
def test_wrong_tokens(address, token):
    answer, text = ask(address, token=None if token is None else token.encode("utf-8").decode("latin-1"))
    assert answer.status == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
    assert SECRET.encode() not in text


def test_basic_credentials_are_no_token(address):
    assert ask(address, token=None, Authorization=f"Basic {SECRET}")[0].status == 401


def test_open_paths_need_no_token(address):
    assert ask(address, "/health", token=None)[0].status == 200
    assert ask(address, "/static/a/b.js", token=None)[0].status == 200
    assert ask(address, "/healthy", token=None)[0].status == 401


@pytest.mark.parametrize("length", [1000, 1001, 10**30])
def test_stated_length(address, length):
    with socket.create_connection((address.hostname, address.port), timeout=20) as client:
        client.sendall(head(address, f"Content-Length: {length}") + b"x" * min(length, 1001))
        status = client.recv(100).split()[1]
    assert status == (b"200" if length == 1000 else b"413" if length < 2**63 else b"400")


def test_chunks_without_end_are_cut_off(address):
    with socket.create_connection((address.hostname, address.port), timeout=20) as client:
        client.sendall(head(address, "Transfer-Encoding: chunked"))
        client.sendall((b"200\r\n" + b"x" * 512 + b"\r\n") * 2)
        assert client.recv(100).split()[1] == b"413"


def test_body_that_does_not_come(address):
    with socket.create_connection((address.hostname, address.port), timeout=20) as client:
        begun = time.monotonic()
        client.sendall(head(address, "Content-Length: 10") + b"x")
        assert client.recv(100).split()[1] == b"408"
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize("part", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: loc"])
def test_head_that_does_not_come(address, part):
    with socket.create_connection((address.hostname, address.port), timeout=20) as client:
        begun = time.monotonic()
        client.sendall(part)
        with suppress(ConnectionResetError):
            assert client.recv(100) == b""
        assert time.monotonic() - begun < 2


def test_head_without_end(address):
    with socket.create_connection((address.hostname, address.port), timeout=20) as client:
        client.sendall(b"POST / HTTP/1.1\r\n")
        with pytest.raises(OSError):  # noqa: PT012  the server closes at some time
            for _ in range(1000):
                client.sendall(b"X-Name: " + b"x" * 1000 + b"\r\n")
                time.sleep(0.001)


def test_answer_that_nobody_reads(address):
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect((address.hostname, address.port))
        client.sendall(head(address, "Content-Length: 0", path="/large"))
        time.sleep(1.5)
        with pytest.raises(ConnectionResetError):  # noqa: PT012
            while client.recv(2**20):
                pass
            raise ConnectionResetError  # closed before its end
    assert ask(address)[0].status == 200


def test_long_answers_and_faults(address):
    assert ask(address, "/slow")[0].status == 503
    answer, text = ask(address, "/fault", X_Request_ID="mine-1")
    record = json.loads(text)
    assert answer.status == record["status"] == 500 and record["request_id"] == "mine-1"
    assert b"secret detail" not in text
    answer, text = ask(address, "/missing")
    assert json.loads(text)["detail"] == "there is no such thing"
    assert answer.headers["content-type"] == "application/problem+json"


def test_client_that_leaves(address):
    before = len(EXCHANGES)
    with socket.create_connection((address.hostname, address.port), timeout=20) as client:
        client.sendall(head(address, "Content-Length: 10") + b"x")
        time.sleep(0.1)
    deadline = time.monotonic() + 5
    while len(EXCHANGES) == before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert EXCHANGES[-1].status in (200, 499)
    assert ask(address)[0].status == 200


@pytest.mark.parametrize("given", ["a" * 65, "a b", "a\tb", "é", "<script>"])
def test_odd_request_ids_are_replaced(address, given):
    answer, _ = ask(address, X_Request_ID=given.encode().decode("latin-1"))
    assert answer.headers["X-Request-ID"] != given and len(answer.headers["X-Request-ID"]) == 32


def test_tokens(tmp_path, monkeypatch):
    monkeypatch.delenv("ELBAX_TOKEN", raising=False)
    assert read_token(None, needed=False) is None
    with pytest.raises(InputError, match="needs a token"):
        read_token(None, needed=True)
    with pytest.raises(InputError, match="at least 16"):
        Token("short")
    (tmp_path / "token").write_text(f"{SECRET}\n")
    token = read_token(tmp_path / "token", needed=True)
    assert token.matches(SECRET) and SECRET not in f"{token} {token!r} {vars(token)}"
    with pytest.raises(InputError, match="cannot read"):
        read_token(tmp_path / "nothing", needed=True)


def test_taken_port():
    first = open_socket("127.0.0.1", 0, 8000)
    with pytest.raises(InputError, match="choose another --port"):
        open_socket("127.0.0.1", first.getsockname()[1], 8000)
    first.close()


def head(address, *lines, path="/"):
    fixed = [f"POST {path} HTTP/1.1", f"Host: {address.netloc}", f"Authorization: Bearer {SECRET}"]
    return "\r\n".join([*fixed, *lines, "", ""]).encode()
