"""The tests in `as_users_run`, in a process that compiles as users' processes do."""

import os
import subprocess
import sys
from pathlib import Path


def test_the_main_job_as_users_run_it(tmp_path):
    own = {"ELBAX_AS_USERS_RUN": "1", "ELBAX_CACHE": str(tmp_path / "cache")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        Path(__file__).parent / "as_users_run",
    ]
    done = subprocess.run(command, env=environment | own, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout and "skipped" not in done.stdout
