"""Records to JSON values and back, by their types."""

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np


def to_json(value: Any) -> Any:
    """Turn records (dataclasses, named tuples) of numbers, texts, tuples and arrays into JSON values.

    Example:
        >>> from elbax.evaluate.estimate import Estimate
        >>> to_json((Estimate(1.0, 0.5, 9), None))
        [{'mean': 1.0, 'error': 0.5, 'rows': 9}, None]
    """
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return {name: to_json(each) for name, each in value._asdict().items()}
    if isinstance(value, np.ndarray | np.generic):
        return to_json(value.tolist())
    if isinstance(value, tuple | list):
        return [to_json(each) for each in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None  # JSON knows no NaN
    return value


def from_json(kind: Any, value: Any) -> Any:
    """Rebuild what `to_json` was given from its type; null is NaN where a float is wanted.

    Example:
        >>> from elbax.evaluate.estimate import Estimate
        >>> from_json(tuple[Estimate, ...], [{"mean": 1.0, "error": None, "rows": 1}])
        (Estimate(mean=1.0, error=nan, rows=1),)
    """
    if get_origin(kind) in (Union, UnionType):
        if value is None:
            return None
        (kind,) = (each for each in get_args(kind) if each is not type(None))
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            return tuple(from_json(inner[0], each) for each in value)
        return tuple(from_json(each, part) for each, part in zip(inner, value, strict=True))
    if is_dataclass(kind) or hasattr(kind, "_fields"):
        hints = get_type_hints(kind)
        return kind(**{name: from_json(hints[name], each) for name, each in value.items()})
    if kind is np.ndarray:
        return np.asarray(value, np.float64)
    return float("nan") if kind is float and value is None else kind(value)
