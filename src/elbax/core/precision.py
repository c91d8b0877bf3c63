"""Mixed precision: the dtype of the operands of matrix products, whose sums are float32 (`elbax.core.xla.matmul`)."""

from pathlib import Path

import jax

from elbax.checks import check_choice

PRECISIONS = ("auto", "float32", "bfloat16")
_CPU_INFO, _CPU_FLAGS = Path("/proc/cpuinfo"), {"amx_bf16", "avx512_bf16"}


def choose_precision(name: str) -> str:
    """Resolve "auto" to "bfloat16" on a CPU that has instructions for it, else to "float32".

    Other devices round float32 operands by default, and several hosts must agree. Unknown names raise an InputError.
    """
    if check_choice("precision", name, PRECISIONS) != "auto":
        return name
    single_cpu = jax.default_backend() == "cpu" and jax.process_count() == 1
    flags = set(_CPU_INFO.read_text().split()) if single_cpu and _CPU_INFO.exists() else set()
    return "bfloat16" if flags & _CPU_FLAGS else "float32"
