"""Parts of a model to and from dictionaries and text."""

import ast
import dataclasses
import inspect
from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

import equinox as eqx

from elbax.checks import check_number
from elbax.core.registry import Registry
from elbax.errors import InputError, unknown_name
from elbax.types import float32


def inlined() -> Any:
    """Declare a field with a module; the module's settings are settings of the part."""
    return eqx.field(metadata={"inlined": True})


def learned() -> Any:
    """Declare a field that is no setting: its arrays are made by ``prepare`` or in training."""
    return eqx.field(default=None, metadata={"learned": True})


def number(name: str, example: str, least: float = -inf, most: float = inf, **field) -> Any:
    """Declare a number within limits, held as a float32 array; errors show the example, `eqx.field` takes ``field``."""
    return eqx.field(converter=lambda value: float32(check_number(name, value, example, least, most)), **field)


def to_config(part: eqx.Module) -> dict[str, Any]:
    """The name and settings of a part (a likelihood, posterior, prior …), ready for JSON.

    Settings are the constructor's parameters that are static fields, parts, or tuples of parts. Arrays are left out.

    Raises:
        InputError: a setting, such as a function, cannot be written as JSON.
    """
    settings = _settings(part)
    return {"name": part.name} | {
        key: _encode(settings[key], f"{part.name}.{key}") for key in _parameters(type(part)) if key in settings
    }


def from_config(registry: Registry, config: Mapping[str, Any]) -> Any:
    """Build a part from the result of `to_config`.

    Args:
        registry: the classes of the part, and of parts within it.
        config: a name and settings; missing settings have their defaults.

    Raises:
        InputError: the name, or the name of a setting, is unknown, or a setting is missing.
    """
    settings = {key: value for key, value in config.items() if key != "name"}
    name = config.get("name")
    cls = registry.find(name)
    known = _parameters(cls)
    for key in settings:
        if key not in known:
            raise unknown_name(f"setting of {registry.kind} {name!r}:", key, known)
    missing = [key for key in _required(cls) if key not in settings]
    if missing:
        needed = ", ".join(missing)
        raise InputError(f"{registry.kind} {name!r} needs {needed}, as in {name}({missing[0]}=…)")
    return cls(**{key: _decode(registry, value) for key, value in settings.items()})


def parse(registry: Registry, text: str) -> Any:
    """Build a part from its name, or from text like a Python call of it; no code is run.

    Raises:
        InputError: the text is not a name or a call, or the name, or that of a setting, is unknown.

    Example:
        >>> from elbax.core.likelihoods import LIKELIHOODS
        >>> parse(LIKELIHOODS, "normal(scale=fixed, value=0.1)").location_scale.value
        0.1
    """
    names = {cls.__name__: name for name, cls in registry.items()}
    try:
        name, settings = parse_call(text)
    except _UnnamedSetting as error:
        name = names.get(str(error), str(error))
        if name not in registry or not (parameters := _parameters(registry[name])):
            raise unknown_name(registry.kind, text, registry) from error
        raise InputError(
            f"settings of {registry.kind} {name!r} need their names, as in {name}({parameters[0]}=…); got {text!r}"
        ) from error
    except ValueError as error:
        raise syntax_error(registry.kind, text, registry, error) from error
    return from_config(registry, {"name": names.get(name, name), **settings})


class _UnnamedSetting(ValueError):
    """A call has positional arguments; the message is the name."""


def parse_call(text: str) -> tuple[str, dict[str, Any]]:
    """The name and the keyword arguments in a name or a Python call; a ValueError for other text. No code is run.

    Example:
        >>> parse_call("adam(b1=0.5)")
        ('adam', {'b1': 0.5})
    """
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(error.msg) from error
    function = call.func if isinstance(call, ast.Call) else call
    if not isinstance(function, ast.Name):
        raise ValueError("not a name with named settings")
    if getattr(call, "args", []):
        raise _UnnamedSetting(function.id)
    return function.id, {str(word.arg): _literal(word.value) for word in getattr(call, "keywords", [])}


def syntax_error(kind: str, text: Any, known: Iterable[str], error: Exception) -> InputError:
    """The error for text that `parse_call` cannot parse: settings of the wrong form, or an unknown name."""
    if "(" in str(text):
        return InputError(f"{kind} {text!r} is not of the form name(setting=value): {error}")
    return unknown_name(kind, text, known)


def choose(registry: Registry, part: Any) -> Any:
    """The part itself, or the one built from a name with settings; an InputError if there is no such part."""
    if isinstance(part, str):
        return parse(registry, part)
    if not isinstance(part, eqx.Module):
        raise InputError(f"{registry.kind} must be a name, such as {min(registry)!r}, or a part; got {part!r}")
    cls = type(part)
    if registry.get(getattr(part, "name", None)) is not cls:
        raise InputError(
            f"unknown {registry.kind} {cls.__name__}: a class of your own must first be registered, as in "
            f"elbax.register({cls.__name__})"
        )
    return part


def _literal(node: ast.expr) -> Any:
    """A number, text or tuple; bare words are text, since shells remove quotes."""
    try:
        return node.id if isinstance(node, ast.Name) else ast.literal_eval(node)
    except ValueError as error:
        raise ValueError(f"{ast.unparse(node)!r} is no number, text or tuple of such") from error


def _parameters(cls: type) -> list[str]:
    arrays = {field.name for field in dataclasses.fields(cls) if field.metadata.get("learned")}
    return [name for name in list(inspect.signature(cls.__init__).parameters)[1:] if name not in arrays]


def _required(cls: type) -> list[str]:
    parameters = inspect.signature(cls).parameters.values()
    return [parameter.name for parameter in parameters if parameter.default is parameter.empty]


def _is_part(value: Any) -> bool:
    return isinstance(value, eqx.Module) and hasattr(value, "name")


def _settings(module: eqx.Module) -> dict[str, Any]:
    settings = {}
    for field in dataclasses.fields(module):
        value = getattr(module, field.name)
        parts = value if isinstance(value, tuple) and value else (value,)
        if field.metadata.get("inlined"):
            settings |= _settings(value)
        elif field.metadata.get("static") or all(map(_is_part, parts)):
            settings[field.name] = value
    return settings


def _encode(value: Any, where: str) -> Any:
    if _is_part(value):
        return to_config(value)
    if isinstance(value, tuple | list):
        return [_encode(item, where) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise InputError(
        f"expected settings that can be saved; got {where} = {value!r}, "
        "which only exists in this Python process; use a part from the registry, or keep the model in memory"
    )


def _decode(registry: Registry, value: Any) -> Any:
    if isinstance(value, Mapping):
        return from_config(registry, value)
    if isinstance(value, list | tuple):
        return tuple(_decode(registry, item) for item in value)
    return value
