"""Forked processes, in which JAX cannot compute."""

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


def _after_fork() -> None:
    global _forked_from_jax
    bridge = sys.modules.get("jax._src.xla_bridge")  # the public modules would start JAX in order to answer
    if bridge is not None:
        _forked_from_jax = getattr(bridge, "backends_are_initialized", lambda: True)()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
