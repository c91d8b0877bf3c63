"""Writing files so that a reader never finds half of one."""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from elbax.errors import InputError

__all__ = ["atomic_write", "make_folder"]


def atomic_write(path: Path, data: bytes) -> None:
    """Write ``data`` under a temporary name in the same folder, fsync it, then rename it to ``path``.

    Raises:
        InputError: the file cannot be written (no such folder, no permission, disk full); whatever was at
            ``path`` before is untouched, and nothing else is left behind.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> atomic_write(folder / "a.txt", b"hello")
        >>> [file.name for file in folder.iterdir()]
        ['a.txt']
    """
    path = Path(path)
    # Not tempfile.mkstemp: it makes files that only their owner can read, whatever the umask.
    temporary = path.with_name(f".{uuid4().hex}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"cannot write {path} ({reason}); free some room or choose another place") from error
    finally:
        with suppress(OSError):  # gone already, unless something above failed
            temporary.unlink()


def make_folder(path: Path) -> Path:
    """Make a folder and its parents where they are missing, and return it.

    Raises:
        InputError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"cannot make the folder {path} ({reason}); choose another place") from error
    return path
