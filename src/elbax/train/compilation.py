"""Compiled programs: cached on disk between processes, dropped before they exhaust memory mappings."""

from pathlib import Path

import jax

from elbax.files import cache_folder

# Linux lets a process have 65,530 mappings by default; a compiled training loop takes about 500 of them.
_MAPPINGS, _LIMIT = Path("/proc/self/maps"), Path("/proc/sys/vm/max_map_count")
_FULL = 0.5


def use_compilation_cache() -> None:
    """Cache compiled programs on disk in `cache_folder`, if there is one, unless JAX already has a cache folder."""
    if jax.config.jax_compilation_cache_dir is not None:
        return
    folder = cache_folder("compiled")
    if folder is not None:
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


def free_compiled_programs() -> None:
    """Drop the compiled programs of this process once they use half of its memory mappings (Linux only).

    LLVM ends a process that runs out of them, after about a hundred fits of different shapes.
    """
    if not (_MAPPINGS.exists() and _LIMIT.exists()):
        return
    with _MAPPINGS.open("rb") as mappings:
        used = sum(1 for _ in mappings)
    if used > _FULL * int(_LIMIT.read_text()):
        jax.clear_caches()
