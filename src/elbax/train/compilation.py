"""Compiled programs: cached on disk between processes, dropped before they take much memory."""

import ctypes
import gc
import warnings
from contextlib import suppress
from pathlib import Path

import jax

from elbax.files import cache_folder

# The programs of a fit take about 400 memory mappings and 17 MB; Linux lets a process have 65,530 mappings by default.
_MAPPINGS = Path("/proc/self/maps")
_MOST_MAPPINGS = 13_000


def use_compilation_cache() -> None:
    """Cache compiled programs on disk in `cache_folder`, if there is one, unless JAX already has a cache folder."""
    # Of an entry that another process is still writing: the program is compiled instead.
    warnings.filterwarnings("ignore", "Error reading persistent compilation cache entry")
    if jax.config.jax_compilation_cache_dir is not None:
        return
    folder = cache_folder("compiled")
    if folder is not None:
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


def free_compiled_programs() -> None:
    """Drop the compiled programs of this process once they use many memory mappings (Linux only).

    That is after about thirty fits that share no program, such as fits of other columns or networks. Memory would grow
    with every fit, and LLVM ends a process that runs out of mappings.
    """
    if not _MAPPINGS.exists():
        return
    with _MAPPINGS.open("rb") as mappings:
        used = sum(1 for _ in mappings)
    if used > _MOST_MAPPINGS:
        drop_compiled_programs()


def drop_compiled_programs() -> None:
    """Drop all compiled programs of this process and give their memory back to the system."""
    jax.clear_caches()
    gc.collect()
    with suppress(OSError, AttributeError):  # of C libraries other than GNU's
        ctypes.CDLL("libc.so.6").malloc_trim(0)  # which otherwise keeps what was freed
