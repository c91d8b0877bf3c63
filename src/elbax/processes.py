"""Forked processes, in which JAX cannot compute, and the memory that a process keeps."""

import ctypes
import os
import sys

from elbax.errors import InputError

_forked_from_jax = False


def check_process() -> None:
    """Raise InputError in a process forked after JAX had started: its threads are missing, so any call would hang."""
    if _forked_from_jax:
        raise InputError(
            "this process was forked after JAX had started its threads, so elbax cannot compute in it; start workers "
            "with multiprocessing.get_context('spawn') or 'forkserver', or use threads"
        )


def is_forked_from_jax() -> bool:
    """Whether JAX had started before this process was forked, so that it cannot even move arrays to a device."""
    return _forked_from_jax


def return_memory() -> None:
    """Return to the system what the C library keeps of freed arrays, where it can.

    The GNU library keeps blocks below 32 MiB that were freed, for each thread apart: of a compiled program that was run
    on many columns these are hundreds of MiB.
    """
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)


def _after_fork() -> None:
    global _forked_from_jax
    bridge = sys.modules.get("jax._src.xla_bridge")  # the public modules would start JAX in order to answer
    if bridge is not None:
        _forked_from_jax = getattr(bridge, "backends_are_initialized", lambda: True)()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
