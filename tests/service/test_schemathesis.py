"""Schemathesis tries calls that are cheap to compute, with all its checks; the benchmark tries all of them longer."""

import shutil
import subprocess
import sys

import pytest

pytest.importorskip("schemathesis")
EXAMPLES = 3


def test_no_check_fails(ask_iris):
    command = [shutil.which("st") or str(sys.executable).replace("python", "st"), "run", f"{ask_iris.url}/openapi.json"]
    command += ["--checks", "all", "--max-examples", str(EXAMPLES), "--phases", "coverage,fuzzing", "--no-color"]
    command += ["--include-path-regex", "/models/iris/(encode|reconstruct)|/health|/models$|/ready"]
    command += [
        "--continue-on-failure",
        "--no-shrink",
        "--seed",
        "1",
        "--request-timeout",
        "60",
        "--generation-database",
        "none",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert ended.returncode == 0, ended.stdout[-6000:]
