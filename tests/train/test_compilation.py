"""Programs that are cached on disk."""

import os
import subprocess
import sys

FIT = """
import numpy as np
from elbax import VAE
VAE(1, epochs=1, hidden=(4,), init="random", random_state=0, verbose=0).fit(np.ones((60, 2)) * np.arange(60)[:, None])
"""


def test_an_entry_that_is_still_being_written_is_compiled_again(tmp_path):
    command = [sys.executable, "-W", "error", "-c", FIT]
    cache = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1"}
    options = {"env": {**os.environ, **cache}, "capture_output": True, "text": True}
    first = subprocess.run(command, **options)
    assert first.returncode == 0, first.stderr
    entries = list(tmp_path.rglob("*-cache"))
    for entry in entries:
        entry.write_bytes(entry.read_bytes()[:20])
    second = subprocess.run(command, **options)
    assert entries and second.returncode == 0, second.stderr
