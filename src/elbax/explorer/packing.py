"""Replies: JSON with arrays beside it, framed for HTTP."""

import json
from typing import Any

import numpy as np


def split(reply: Any) -> tuple[Any, list[np.ndarray]]:
    """A reply with each array replaced by a record of it, and the arrays; numbers that are not finite become None.

    Example:
        >>> split({"z": np.zeros((2, 3), np.float32), "score": float("nan")})[0]
        {'z': {'buffer': 0, 'dtype': 'float32', 'shape': [2, 3]}, 'score': None}
    """
    buffers: list[np.ndarray] = []

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(entry) for name, entry in value.items()}
        if isinstance(value, list | tuple):
            return [plain(entry) for entry in value]
        if isinstance(value, np.ndarray):
            buffers.append(np.ascontiguousarray(value))
            return {"buffer": len(buffers) - 1, "dtype": str(value.dtype), "shape": list(value.shape)}
        value = value.item() if isinstance(value, np.generic) else value
        return None if isinstance(value, float) and not np.isfinite(value) else value

    return plain(reply), buffers


def frame(reply: Any) -> bytes:
    """A reply as bytes: the length of its JSON (4 bytes, little-endian), the JSON, and its arrays.

    Every array begins at a multiple of eight bytes.

    Example:
        >>> len(frame({"z": np.zeros(2, np.float32)})) % 8
        0
    """
    plain, buffers = split(reply)
    head = json.dumps(plain, separators=(",", ":")).encode()
    parts = [len(head).to_bytes(4, "little"), head, b" " * (-(4 + len(head)) % 8)]
    for buffer in buffers:
        parts += [buffer.tobytes(), bytes(-buffer.nbytes % 8)]
    return b"".join(parts)
