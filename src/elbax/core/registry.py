"""Parts of a model by name: built-in, registered by the user, or of installed packages."""

import inspect
from collections.abc import Iterator, MutableMapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Self

from elbax.errors import InputError, reason_of, unknown_name

ENTRY_POINTS = "elbax.parts"  # the group for parts of installed packages
_RESERVED = "auto"  # the value of a setting for an automatic choice


class UnknownPartError(InputError):
    """No part has this name: misspelled, or not registered in this process."""

    def in_model(self, folder: Path) -> Self:
        """The error for a model folder with such a part."""
        return type(self)(f"{folder}: {self}; register it first, with elbax.register or --import MODULE")


class Registry(MutableMapping[str, Any]):
    """The parts of one kind by name; unknown names are looked up in installed packages.

    Args:
        kind: such as "prior", for error messages.
        base: the base class of all parts, or of their instances.
        classes: the built-in parts, where parts are classes with a ``name``.
        objects: the built-in parts by name, where parts are objects.
    """

    everything: "ClassVar[list[Registry]]" = []

    def __init__(self, kind: str, base: type | tuple[type, ...], *classes: type, **objects: Any):
        self.kind, self.base, self.classes = kind, base, bool(classes)
        self._parts = {part.name: part for part in classes} | objects
        self.everything.append(self)

    def takes(self, part: Any) -> bool:
        """Whether a part is of this kind."""
        if not self.classes:
            return isinstance(part, self.base)
        return inspect.isclass(part) and issubclass(part, self.base)

    def find(self, name: Any) -> Any:
        """Look up a part; an UnknownPartError if there is none with this name."""
        if isinstance(name, str) and name in self:
            return self[name]
        raise UnknownPartError(str(unknown_name(self.kind, name, self)))

    def __getitem__(self, name: str) -> Any:
        """Return a part; an unknown name loads installed packages, with an InputError if one cannot be loaded."""
        if name not in self._parts and (failures := _load_entry_points()) and name not in self._parts:
            raise InputError(f"no {self.kind} is named {name!r}, but {failures[0]}; repair or uninstall it")
        return self._parts[name]

    def __setitem__(self, name: str, part: Any) -> None:
        """Add a part; an InputError if it has another kind, lacks methods, or has an invalid or taken name."""
        shown = getattr(part, "__name__", repr(part))
        if not self.takes(part):
            raise InputError(f"cannot register {shown} as a {self.kind}: it has another type")
        if missing := sorted(getattr(part, "__abstractmethods__", ())):
            raise InputError(f"cannot register {shown}: it lacks {', '.join(missing)}")
        own = getattr(part, "name", None) if self.classes else name
        if not isinstance(own, str) or not own.isidentifier() or own == _RESERVED:
            how = f'name = "{shown.lower()}" in the class' if self.classes else 'name="mine"'
            raise InputError(
                f"cannot register {shown}: it needs a name of letters, digits and underscores other than "
                f"{_RESERVED!r}, as in {how}; got {own!r}"
            )
        if name != own:
            raise InputError(f"cannot register {shown} as {name!r}: the name in its class is {own!r}")
        if name in self._parts and _origin(self._parts[name]) != _origin(part):
            raise InputError(f"cannot register {shown}: the {self.kind} {name!r} already exists; choose another name")
        self._parts[name] = part

    def __delitem__(self, name: str) -> None:
        del self._parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def register(part: Any, *, name: str | None = None) -> Any:
    """Add a part of your own.

    Its name can then be used in `VAE`, in TOML files and on the command line, and models with it can be saved and
    loaded. Registering a class again, or after its module was reloaded, replaces it.

    Args:
        part: a subclass of ``AbstractLikelihood``, ``AbstractPosterior``, ``AbstractPrior``, ``AbstractObjective`` or
            ``AbstractPenalty`` with a ``name``; or a ``NetworkPair`` from `elbax.core.vae`.
        name: of a network; other parts have a ``name`` of their own.

    Returns:
        The part, so that this is also a class decorator.

    Raises:
        InputError: it is no part, lacks methods, or has an invalid or taken name.

    Example:
        >>> from elbax.core.priors import PRIORS, StandardNormal
        >>> @register
        ... class Wide(StandardNormal):
        ...     name = "wide"
        >>> PRIORS.pop("wide").__name__
        'Wide'
    """
    for registry in Registry.everything:
        if registry.takes(part):
            registry[getattr(part, "name", None) if name is None and registry.classes else name] = part
            return part
    raise InputError(
        f"cannot register {part!r}: expected a class that subclasses AbstractLikelihood, AbstractPosterior, "
        "AbstractPrior, AbstractObjective or AbstractPenalty, or a NetworkPair"
    )


def _origin(part: Any) -> Any:
    """The module and name of a part, which stay the same when its module is reloaded."""
    if isinstance(part, tuple):
        return tuple(map(_origin, part))
    return (part.__module__, part.__qualname__) if hasattr(part, "__qualname__") else part


@cache
def _load_entry_points() -> tuple[str, ...]:
    """Load the parts of installed packages, once; return a clause about each that cannot be loaded."""
    return tuple(filter(None, map(_load, entry_points(group=ENTRY_POINTS))))


def _load(entry: EntryPoint) -> str | None:
    try:
        part = entry.load()
        if not isinstance(part, ModuleType):  # a module registers its parts itself
            register(part, name=None if inspect.isclass(part) else entry.name)
    except Exception as error:  # whatever the package's own code raises
        package, reason = entry.dist.name if entry.dist else entry.value, reason_of(error)
        return f"the package {package!r} advertises the part {entry.name!r}, which cannot be loaded ({reason})"
    return None
