"""Atomic writing: a reader never sees half a file."""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import platformdirs

from elbax.errors import InputError


def atomic_write(path: Path, data: bytes) -> None:
    """Write ``data`` under a temporary name in the same folder, fsync it, then rename it to ``path``.

    InputError if that fails (no such folder, no permission, disk full): an earlier file at ``path`` is untouched, and
    no temporary file is left.
    """
    atomic_write_all({Path(path): data})


def atomic_write_all(files: dict[Path, bytes]) -> None:
    """Write several files, none renamed before all are on disk; after an InputError all earlier files are untouched."""
    # Not tempfile.mkstemp, whose files only their owner can read, whatever the umask.
    temporaries = {path: path.with_name(f".{uuid4().hex}.tmp") for path in files}
    path = next(iter(files))
    try:
        for path, data in files.items():
            with open(temporaries[path], "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for path, temporary in temporaries.items():
            os.replace(temporary, path)
    except OSError as error:
        raise InputError(f"cannot write {path} ({_reason(error)}); free some room or choose another place") from error
    finally:
        for temporary in temporaries.values():
            with suppress(OSError):  # renamed already, unless an error was raised above
                temporary.unlink()


def make_folder(path: Path) -> Path:
    """Make a folder and its missing parents, and return it; InputError if it cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {path} ({_reason(error)}); choose another place") from error
    return path


def cache_folder(kind: str) -> Path | None:
    """The folder in the user's cache for one kind of file, made if missing; None if it cannot be written.

    ``ELBAX_CACHE`` names another folder for all kinds; an empty string means None.
    """
    name = os.environ.get("ELBAX_CACHE", str(Path(platformdirs.user_cache_dir("elbax")) / kind))
    if not name:
        return None
    try:
        Path(name).mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return Path(name) if os.access(name, os.W_OK) else None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
