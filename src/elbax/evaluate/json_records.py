"""Conversion of records to JSON values and back."""

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np


def to_json(value: Any) -> Any:
    """Convert dataclasses and named tuples of numbers, strings, tuples and arrays to JSON values."""
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return {name: to_json(member) for name, member in value._asdict().items()}
    if isinstance(value, np.ndarray | np.generic):
        return to_json(value.tolist())
    if isinstance(value, tuple | list):
        return [to_json(member) for member in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None  # JSON has no NaN
    return value


def from_json(kind: Any, value: Any) -> Any:
    """Convert JSON values of `to_json` back to a type; null becomes NaN where a float is expected."""
    if get_origin(kind) in (Union, UnionType):
        if value is None:
            return None
        (kind,) = (option for option in get_args(kind) if option is not type(None))
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            return tuple(from_json(inner[0], member) for member in value)
        return tuple(from_json(member_kind, member) for member_kind, member in zip(inner, value, strict=True))
    if is_dataclass(kind) or hasattr(kind, "_fields"):
        hints = get_type_hints(kind)
        return kind(**{name: from_json(hints[name], member) for name, member in value.items()})
    if kind is np.ndarray:
        return np.asarray(value, np.float64)
    return float("nan") if kind is float and value is None else kind(value)
