"""Parts of a model as plain dictionaries, and back."""

import ast
import dataclasses
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import equinox as eqx

from elbax.core.registry import Registry
from elbax.errors import InputError, unknown_name


def inlined() -> Any:
    """Declare a field whose value is a helper module: its settings count as those of the module it is in."""
    return eqx.field(metadata={"inlined": True})


def learned() -> Any:
    """Declare a field whose arrays appear when the part is prepared, or in training: no setting."""
    return eqx.field(default=None, metadata={"learned": True})


def to_config(part: eqx.Module) -> dict[str, Any]:
    """Describe a part (a likelihood, posterior, prior …) by its name and settings, ready for JSON.

    The settings are those parameters of the constructor that are static fields, parts, or tuples of parts.
    Arrays are left out: they belong in the weights.

    Raises:
        InputError: a setting cannot be written as JSON, such as a function.

    Example:
        >>> from elbax.core.likelihoods import DiscretizedLogistic
        >>> to_config(DiscretizedLogistic(bits=4))["levels"]
        16
    """
    settings = _settings(part)
    return {"name": part.name} | {
        key: _encode(settings[key], f"{part.name}.{key}")
        for key in _parameters(type(part))
        if key in settings
    }


def from_config(registry: Registry, config: Mapping[str, Any], kind: str = "part") -> Any:
    """Build the part that `to_config` described.

    Args:
        registry: the classes that may be built; parts within parts are looked up here too.
        config: a name and settings; settings left out take their defaults.
        kind: what an error message calls such a part.

    Raises:
        InputError: the name, or the name of a setting, is not known.

    Example:
        >>> from elbax.core.likelihoods import LIKELIHOODS
        >>> from_config(LIKELIHOODS, {"name": "categorical", "levels": 3}).outputs_per_feature
        3
    """
    settings = {key: value for key, value in config.items() if key != "name"}
    name = config.get("name")
    cls = registry.find(name)
    known = _parameters(cls)
    for key in settings:
        if key not in known:
            raise unknown_name(f"setting of {kind} {name!r}:", key, known)
    missing = [key for key in _required(cls) if key not in settings]
    if missing:
        raise InputError(f"{kind} {name!r} needs {', '.join(missing)}, as in {name}({missing[0]}=…)")
    return cls(**{key: _decode(registry, value, kind) for key, value in settings.items()})


def parse(registry: Registry, text: str, kind: str = "part") -> Any:
    """Build a part from its name, or from what a Python call of it looks like; no code is run.

    Raises:
        InputError: the text, the name, or the name of a setting cannot be understood.

    Example:
        >>> from elbax.core.likelihoods import LIKELIHOODS
        >>> parse(LIKELIHOODS, "normal(scale=fixed, value=0.1)").location_scale.value
        0.1
    """
    names = {cls.__name__: name for name, cls in registry.items()}
    try:
        name, settings = called(text)
    except _UnnamedSetting as error:
        name = names.get(str(error), str(error))
        if name not in registry or not (parameters := _parameters(registry[name])):
            raise unknown_name(kind, text, registry) from error
        raise InputError(
            f"settings of {kind} {name!r} need their names, as in {name}({parameters[0]}=…); got {text!r}"
        ) from error
    except ValueError as error:
        raise misread(kind, text, registry, error) from error
    return from_config(registry, {"name": names.get(name, name), **settings}, kind)


class _UnnamedSetting(ValueError):
    """A name is followed by values that say not what of."""


def called(text: str) -> tuple[str, dict[str, Any]]:
    """The name and the named settings in what looks like a name or a Python call; no code is run.

    Raises:
        ValueError: it looks like something else.

    Example:
        >>> called("adam(b1=0.5)")
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


def misread(kind: str, text: Any, known: Iterable[str], error: Exception) -> InputError:
    """Build the error for what `called` cannot take apart: a name that is mistyped, or settings that are.

    Example:
        >>> misread("prior", "mixture(3", ["mixture"], ValueError("'(' was never closed"))
        InputError("prior 'mixture(3' is not of the form name(setting=value): '(' was never closed")
    """
    if "(" in str(text):
        return InputError(f"{kind} {text!r} is not of the form name(setting=value): {error}")
    return unknown_name(kind, text, known)


def choose(registry: Registry, given: Any, kind: str) -> Any:
    """The part that was given, or that a name with settings stands for.

    Raises:
        InputError: there is no such part.
    """
    if isinstance(given, eqx.Module):
        if registry.get(getattr(given, "name", None)) is type(given):
            return given
        raise InputError(
            f"unknown {kind} {type(given).__name__}: a class of your own must first be registered, as in "
            f"elbax.register({type(given).__name__})"
        )
    if not isinstance(given, str):
        raise InputError(f"{kind} must be a name, such as {min(registry)!r}, or a part; got {given!r}")
    return parse(registry, given, kind)


def _literal(node: ast.expr) -> Any:
    """A number, text or tuple; bare words are text, because shells eat quotes."""
    try:
        return node.id if isinstance(node, ast.Name) else ast.literal_eval(node)
    except ValueError as error:
        raise ValueError(f"{ast.unparse(node)!r} is no number, text or tuple of such") from error


def _parameters(cls: type) -> list[str]:
    own = {field.name for field in dataclasses.fields(cls) if field.metadata.get("learned")}
    return [name for name in list(inspect.signature(cls.__init__).parameters)[1:] if name not in own]


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


def _decode(registry: Registry, value: Any, kind: str) -> Any:
    if isinstance(value, Mapping):
        return from_config(registry, value, kind)
    if isinstance(value, list | tuple):
        return tuple(_decode(registry, item, kind) for item in value)
    return value
