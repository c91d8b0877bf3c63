"""`elbax explore` and `elbax fit --watch` as processes: their addresses, what they show, their ends."""

import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest
from tests.explorer.test_server import post, unframe
from typer.testing import CliRunner

from elbax.cli import app

PATIENCE = 300.0  # seconds
SETTINGS = ["--epochs", "2", "--hidden", "8", "--likelihood", "normal", "--no-report", "--out", "run"]


@contextmanager
def running(folder, *arguments):
    """A process, and the address that it prints; it must end with 0 when it is asked to."""
    command = [sys.executable, "-m", "elbax", *arguments, "--no-browser"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        lines = iter(process.stdout.readline, "")
        address = next(filter(None, (re.search(r"explorer: (http://127\.0\.0\.1:\d+)/", line) for line in lines)))[1]
        yield address
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0 and "Traceback" not in output, output
    finally:
        process.kill()
        process.communicate()


def described(address: str) -> dict:
    """What the page says of its model, once it has one."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        status, content = post(address, "describe")
        assert status == 200
        if unframe(content)["status"] == "ready":
            return unframe(content)
        time.sleep(0.2)
    raise AssertionError("the fit did not end")


def test_a_fit_is_watched_and_its_run_explored(tmp_path):
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32))
    with running(tmp_path, "fit", "rows.npy", *SETTINGS, "--watch") as address:
        watched = described(address)
    assert watched["n_rows"] == 60 and watched["title"] == "run"
    before = sorted(path.name for path in (tmp_path / "run").iterdir())
    with running(tmp_path, "explore", "run", "--port", "0") as address:
        assert described(address) == watched
        status, content = post(address, "row", b'{"row": 3}')
        assert status == 200 and unframe(content)["row"] == 3
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == before  # it writes nothing


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["explore", "."], "is not a run folder"),
        (["fit", "digits", "--port", "9000"], "--port is that of the page of --watch"),
    ],
)
def test_commands_say_what_is_wrong(arguments, sentence):
    ended = CliRunner().invoke(app, arguments)
    assert ended.exit_code == 2 and sentence in " ".join(ended.output.replace("│", " ").split())
