"""The machine that a result was measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import jax

__all__ = ["describe_machine"]


def describe_machine() -> dict[str, str | int]:
    """Processor, cores, backend and versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    return {
        "processor": model or platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 0,
        "backend": jax.default_backend(),
        "device": jax.devices()[0].device_kind,
        "python": platform.python_version(),
        **{name: version(name) for name in ("elbax", "jax", "equinox", "numpy", "scikit-learn")},
    }
