"""JAX's persistent compilation cache, in the user's cache folder, so that a second process starts at once."""

import os
from pathlib import Path

import jax
import platformdirs

__all__ = ["use_compilation_cache"]


def use_compilation_cache() -> None:
    """Keep compiled programs on disk between processes, unless JAX has been told where already.

    ``ELBAX_CACHE`` names another folder; set to an empty string, it switches the cache off. A folder that cannot be
    written is left alone: compiling is only slower then.
    """
    if jax.config.jax_compilation_cache_dir is not None:
        return
    folder = os.environ.get("ELBAX_CACHE", str(Path(platformdirs.user_cache_dir("elbax")) / "compiled"))
    if not folder:
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK):
        jax.config.update("jax_compilation_cache_dir", folder)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
