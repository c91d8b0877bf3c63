"""A run killed at any moment and resumed ends with the bytes of the uninterrupted run."""

import random
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from elbax.cli import app

COMMAND = [sys.executable, "-c", "from elbax.cli import main; main()", "fit"]
RUN = [
    "digits",
    "--epochs",
    "6",
    "--hidden",
    "16",
    "--batch-size",
    "8",
    "--checkpoint-seconds",
    "0",
    "--no-report",
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    result = CliRunner().invoke(app, ["fit", *RUN, "--out", str(folder)])
    assert result.exit_code == 0, result.output
    return (folder / "model.safetensors").read_bytes()


def wait_for(path, process):
    """Until the file is there: no training state can be killed before it exists."""
    while not path.exists() and process.poll() is None:
        time.sleep(0.02)


def test_killed_twice_then_resumed(whole, tmp_path):
    folder, moments = tmp_path / "run", random.Random(0)
    command = [*COMMAND, *RUN, "--out", folder]
    for _ in range(2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(folder / "checkpoints" / "restart-0.safetensors", process)
        time.sleep(moments.uniform(0, 0.5))
        process.kill()
        process.wait()
        command = [*COMMAND, "--resume", folder]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (folder / "model.safetensors").read_bytes() == whole
