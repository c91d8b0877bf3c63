"""`elbax serve` as a process: its address, its end, and what it refuses to start with."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.service.served import Client
from typer.testing import CliRunner

from elbax.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def process(models, tmp_path_factory):
    """A server of the series, and its address."""
    folder = tmp_path_factory.mktemp("models") / "series"
    models["series"].vae.save(folder)
    token = folder.parent / "token"
    token.write_text("correct-horse-battery-staple\n")
    command = [sys.executable, "-m", "elbax", "serve", str(folder), "--port", "0", "--token-file", str(token)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    line = process.stdout.readline()
    yield process, re.match(r"(http://127\.0\.0\.1:\d+): /models/series", line)[1]
    process.kill()
    process.communicate()


def test_a_server_from_its_start_to_its_end(process):
    running, address = process
    ask = Client(address)
    bearer = {"Authorization": "Bearer correct-horse-battery-staple"}
    assert ask("/health").status == 200
    assert ask("/models").status == 401
    deadline = time.monotonic() + 300
    while ask("/ready").status == 503 and time.monotonic() < deadline:  # until all is compiled
        time.sleep(0.1)
    assert ask("/ready").status == 200
    body = json.dumps({"n": 3}).encode()
    with socket.create_connection((ask.address.hostname, ask.address.port), timeout=60) as client:
        head = ["POST /models/series/sample HTTP/1.1", f"Host: {ask.address.netloc}", "Content-Type: application/json"]
        head += [f"{name}: {value}" for name, value in bearer.items()] + [f"Content-Length: {len(body)}", "", ""]
        client.sendall("\r\n".join(head).encode() + body[:3])  # a request that has begun gets its answer
        time.sleep(0.2)
        running.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        client.sendall(body[3:])
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
    output, log = running.communicate(timeout=60)
    assert running.returncode == 0, log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert lines[-1]["level"] == "info" and any(line.get("status") == 401 for line in lines)
    assert "correct-horse" not in log + output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "0.0.0.0"], "needs a token"),
        (["--port", "99999"], "from 0 to 65535"),
        (["--token-file", "nowhere"], "cannot read the token file"),
        ([], "not a model folder"),
    ],
)
def test_what_it_does_not_start_with(tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.delenv("ELBAX_TOKEN", raising=False)
    ended = CliRunner().invoke(app, ["serve", str(tmp_path), *arguments])
    assert ended.exit_code == 2 and sentence in " ".join(ended.output.replace("│", " ").split())


def test_the_container_file():
    """It runs as nobody in particular, from files that exist, with the documented command; hadolint sees the rest."""
    text = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
    steps = [line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    names = [name for name, _ in steps]
    assert names.index("USER") < names.index("ENTRYPOINT") and dict(steps)["USER"] != "root"
    copied = [rest.split()[:-1] for name, rest in steps if name == "COPY" and "--from" not in rest]
    assert all((ROOT / source).exists() for sources in copied for source in sources)
    command = json.loads(dict(steps)["ENTRYPOINT"])
    assert command[:2] == ["elbax", "serve"] and "0.0.0.0" in command
    known = {option for parameter in serve_parameters() for option in parameter.opts}
    assert {part for part in command if part.startswith("--")} <= known


def serve_parameters():
    from typer.main import get_command

    return get_command(app).commands["serve"].params
