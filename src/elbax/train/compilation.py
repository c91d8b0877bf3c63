"""Compiled programs: kept on disk between processes, and let go within one before they fill it."""

from pathlib import Path

import jax

from elbax.files import cache_folder

# Linux lets a process have 65,530 mappings by default; a compiled training loop takes about 500 of them.
_MAPPINGS, _LIMIT = Path("/proc/self/maps"), Path("/proc/sys/vm/max_map_count")
_FULL = 0.5


def use_compilation_cache() -> None:
    """Keep compiled programs on disk between processes, unless JAX has been told where already.

    ``ELBAX_CACHE`` names another folder; set to an empty string, it switches the cache off. A folder that cannot be
    written is left alone: compiling is only slower then.
    """
    if jax.config.jax_compilation_cache_dir is not None:
        return
    folder = cache_folder("compiled")
    if folder is not None:
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


def free_compiled_programs() -> None:
    """Drop all compiled programs of this process once they hold half of the memory mappings it may have.

    LLVM ends the process where no more are to be had, which takes about a hundred fits of different shapes. What
    is needed again comes back from the cache on disk. Only Linux has such a limit.
    """
    if not (_MAPPINGS.exists() and _LIMIT.exists()):
        return
    with _MAPPINGS.open("rb") as mappings:
        used = sum(1 for _ in mappings)
    if used > _FULL * int(_LIMIT.read_text()):
        jax.clear_caches()
