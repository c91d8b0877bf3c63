"""`elbax fit --hosts`: two processes fit one model, a killed one ends the job, and the run resumes."""

import socket
import subprocess
import sys
import time
from signal import SIGKILL

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file
from typer.testing import CliRunner

from elbax.cli import app

COMMAND = [sys.executable, "-c", "from elbax.cli import main; main()", "fit"]
SMALL = [
    *("--epochs", "6", "--hidden", "16", "--batch-size", "32"),
    *("--init", "random", "--checkpoint-seconds", "0", "--no-report"),
]
DEADLINE = 60  # a broken connection is noticed at once, silence after 30 s


def start_two(*arguments):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{found.getsockname()[1]}"
    commands = ([*COMMAND, *arguments, "--hosts", address, *each] for each in places())
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return [subprocess.Popen(command, **options) for command in commands]


def places():
    return [["--num-processes", "2", "--process-id", str(i)] for i in range(2)]


def test_a_killed_host_ends_the_job_and_it_resumes_to_the_fit_of_one_process(tmp_path):
    whole, shared = tmp_path / "whole", tmp_path / "shared"
    alone = CliRunner().invoke(app, ["fit", "digits", *SMALL, "--out", str(whole)])
    assert alone.exit_code == 0, alone.output
    kept = shared / "checkpoints" / "restart-0.safetensors"
    first, left = start_two("digits", *SMALL, "--out", shared)
    while not kept.exists():
        assert first.poll() is None and left.poll() is None
        time.sleep(0.01)
    first.send_signal(SIGKILL)  # the one that the others call, and that writes
    errors = left.communicate(timeout=DEADLINE)[1]
    first.communicate()
    # JAX's own threads may write after the sentence.
    said = [line for line in errors.splitlines() if line.startswith("elbax: ")]
    assert left.returncode == 1 and len(said) == 1, errors
    assert said[0].startswith("elbax: another process of this fit has ended")
    assert f"elbax fit --resume {shared}" in said[0] and "Traceback" not in errors
    processes = start_two("--resume", shared)
    (told, errors), (silent, other_errors) = (process.communicate(timeout=600) for process in processes)
    assert [process.returncode for process in processes] == [0, 0], errors + other_errors
    assert "active units" in told and "active units" not in silent
    assert {path.name for path in shared.iterdir()} == {path.name for path in whole.iterdir()}
    check_equal(shared, whole)


def check_equal(run, expected):
    histories = [pd.read_csv(folder / "history.csv").drop(columns="seconds") for folder in (run, expected)]
    np.testing.assert_allclose(*histories, rtol=1e-3, atol=1e-3)
    found, wanted = (load_file(folder / "model.safetensors") for folder in (run, expected))
    assert found.keys() == wanted.keys()
    for name, weights in wanted.items():
        np.testing.assert_allclose(found[name], weights, rtol=1e-2, atol=1e-2, err_msg=name)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hosts", "127.0.0.1:1"], "name it with --out"),
        (["--hosts", "127.0.0.1:1", "--out", "r", "--heal"], "--heal and --watch take one process"),
        (["--hosts", "somewhere", "--out", "r"], "address and a port"),
        (["--hosts", "127.0.0.1:1", "--out", "r", "--num-processes", "2"], "go together"),
        (
            [*["--hosts", "127.0.0.1:1", "--out", "r"], *["--num-processes", "2", "--process-id", "2"]],
            "below",
        ),
    ],
)
def test_unusable_hosts_get_one_sentence(arguments, said):
    result = CliRunner().invoke(app, ["fit", "digits", *arguments])
    assert result.exit_code == 2 and said in result.output and result.output.count("\n") == 1


def test_no_cluster_to_ask():
    command = [*COMMAND, "digits", "--hosts", "auto", "--out", "never-made"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 2 and "no cluster" in result.stderr and "Traceback" not in result.stderr
