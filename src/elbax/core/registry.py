"""Parts of a model by name: the built-in ones, those that `register` adds, and those of installed packages."""

import inspect
from collections.abc import Iterator, MutableMapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Self

from elbax.errors import InputError, reason_of, unknown_name

ENTRY_POINTS = "elbax.parts"  # the group in which installed packages advertise parts
_RESERVED = "auto"  # what a setting says to have a part chosen


class UnknownPartError(InputError):
    """No part has this name: it is misspelled, or not registered in this process."""

    def in_model(self, folder: Path) -> Self:
        """Build the error for a model folder that names such a part."""
        return type(self)(f"{folder}: {self}; register it first, with elbax.register or --import MODULE")


class Registry(MutableMapping[str, Any]):
    """The parts of one kind by name; a missing name is also looked for in installed packages.

    Args:
        kind: the word for such a part in error messages.
        base: the class that every part subclasses, or is an instance of.
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
        """Look a part up.

        Raises:
            UnknownPartError: there is none of that name.
        """
        if isinstance(name, str) and name in self:
            return self[name]
        raise UnknownPartError(str(unknown_name(self.kind, name, self)))

    def __getitem__(self, name: str) -> Any:
        """Return a part; what installed packages advertise is loaded once a name is missing.

        Raises:
            InputError: a package that might have the part cannot be loaded.
        """
        if name not in self._parts and (failures := _load_entry_points()) and name not in self._parts:
            raise InputError(f"no {self.kind} is named {name!r}, but {failures[0]}; repair or uninstall it")
        return self._parts[name]

    def __setitem__(self, name: str, part: Any) -> None:
        """Add a part under its name.

        Raises:
            InputError: it is no such part, not complete, or the name is unusable or taken.
        """
        shown = getattr(part, "__name__", repr(part))
        if not self.takes(part):
            raise InputError(f"cannot register {shown} as a {self.kind}: it is none")
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
            raise InputError(f"cannot register {shown} as {name!r}: the class says that its name is {own!r}")
        if name in self._parts and _origin(self._parts[name]) != _origin(part):
            raise InputError(
                f"cannot register {shown}: the {self.kind} {name!r} is there already; choose another name"
            )
        self._parts[name] = part

    def __delitem__(self, name: str) -> None:
        """Forget a part."""
        del self._parts[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names that are loaded."""
        return iter(self._parts)

    def __len__(self) -> int:
        """Count the parts that are loaded."""
        return len(self._parts)


def register(part: Any, *, name: str | None = None) -> Any:
    """Make a part of your own known by its name, as the built-in ones are.

    From then on it can be named in `VAE`, in TOML files and in the shell, given as an object, saved and loaded.
    Registering a class again, or after its module was reloaded, replaces it.

    Args:
        part: a subclass of ``AbstractLikelihood``, ``AbstractPosterior``, ``AbstractPrior``, ``AbstractObjective`` or
            ``AbstractPenalty`` with a ``name``; or a ``NetworkPair`` from `elbax.core.vae`.
        name: the name of a network; the other parts carry their own.

    Returns:
        The part, so that this is also a decorator of classes.

    Raises:
        InputError: it is no part, is not complete, or has no name of its own.

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
    """Where a part was defined: equal for a class and the same class after a reload."""
    if isinstance(part, tuple):
        return tuple(map(_origin, part))
    return (part.__module__, part.__qualname__) if hasattr(part, "__qualname__") else part


@cache
def _load_entry_points() -> tuple[str, ...]:
    """Load the parts that installed packages advertise, once; returns what cannot be loaded, one clause each."""
    return tuple(filter(None, map(_load, entry_points(group=ENTRY_POINTS))))


def _load(entry: EntryPoint) -> str | None:
    try:
        part = entry.load()
        if not isinstance(part, ModuleType):  # a module registers its parts itself
            register(part, name=None if inspect.isclass(part) else entry.name)
    except Exception as error:  # whatever the package's own code raises
        package, reason = entry.dist.name if entry.dist else entry.value, reason_of(error)
        return (
            f"the package {package!r} advertises the part {entry.name!r}, which cannot be loaded ({reason})"
        )
    return None
