"""A fit on two devices, or in two processes, is the fit on one device."""

import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from elbax.train import checkpoint

SCRIPT = Path(__file__).with_name("spread_fits.py")
TWO_DEVICES = "--xla_force_host_platform_device_count=2"


def start(out, *place, **environment):
    return subprocess.Popen(
        [sys.executable, "-W", "error", SCRIPT, out, *place],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def read(out, process):
    errors = process.communicate(timeout=600)[1]
    assert process.returncode == 0, errors
    return dict(np.load(out))


def free_address() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{found.getsockname()[1]}"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """In this process, on one device."""
    out = tmp_path_factory.mktemp("alone") / "found.npz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "atomic_write", checkpoint.atomic_write)  # the script replaces it
        patch.setattr(sys, "argv", [str(SCRIPT), str(out)])
        runpy.run_path(str(SCRIPT), run_name="__main__")
    return dict(np.load(out))


def check_equal(found, expected):
    assert found["devices"] == 2 and expected["devices"] == 1
    for name, value in found.items():
        if name not in ("devices", "writes", "refused"):
            np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-4, err_msg=name)


def test_two_devices_of_one_process(alone, tmp_path):
    out = tmp_path / "found.npz"
    found = read(out, start(out, XLA_FLAGS=f"{os.environ['XLA_FLAGS']} {TWO_DEVICES}"))
    check_equal(found, alone)
    assert found.keys() == alone.keys() and found["writes"] > 0


def test_two_processes(alone, tmp_path):
    address, outs = free_address(), [tmp_path / f"{i}.npz" for i in range(2)]
    processes = [start(out, address, str(i)) for i, out in enumerate(outs)]
    first, second = (read(*each) for each in zip(outs, processes, strict=True))
    for found in (first, second):
        check_equal(found, alone)
        assert "do not start from the same rows" in str(found["refused"])
    assert first["writes"] > 0 == second["writes"]
    assert first.keys() | {"score", "gain"} == second.keys() == alone.keys() | {"refused"}
