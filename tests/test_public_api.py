"""What the reference lists is the public API: whole, documented, and with examples."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import yaml

import elbax
from elbax.core.likelihoods import LIKELIHOODS
from elbax.core.objectives import OBJECTIVES
from elbax.core.posteriors import POSTERIORS
from elbax.core.priors import PRIORS

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
WITH_EXAMPLE = 0.95  # share of the docstrings


def listed():
    """Objects that the pages name, by their paths, and which members: True for all."""
    for page in sorted(REFERENCE.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for path, options in re.findall(r"^::: (\S+)\n(?:    options: (.*))?", text, re.M):
            for name, value in found(path):
                yield name, value, yaml.safe_load(options or "{}").get("members", True)


def found(path):
    """The object at a path; of a module its public classes and functions."""
    try:
        module = import_module(path)
    except ModuleNotFoundError:
        home, name = path.rsplit(".", 1)
        yield path, getattr(import_module(home), name)
        return
    names = getattr(module, "__all__", None) or [
        name for name, value in vars(module).items() if getattr(value, "__module__", None) == path and name[0] != "_"
    ]
    yield from ((f"{path}.{name}", getattr(module, name)) for name in names)


def documented():
    """Public objects that have a docstring of their own, members of classes too."""
    for path, value, shown in listed():
        if not callable(value):
            continue
        yield path, inspect.getdoc(value)
        for name, member in members(value) if inspect.isclass(value) and shown else ():
            if shown is True or name in shown:
                yield f"{path}.{name}", member.__doc__


def members(cls):
    """Public methods and properties that this project defines, each where it is documented first."""
    for name in dir(cls):
        owner = next((base for base in cls.__mro__ if name in vars(base)), None)
        if name[0] == "_" or owner is None or not owner.__module__.startswith("elbax"):
            continue
        member = inspect.getattr_static(cls, name)
        if isinstance(member, classmethod | staticmethod):
            member = member.__func__
        if (inspect.isfunction(member) or isinstance(member, property)) and member.__doc__:
            yield name, member


def test_every_public_name_is_in_the_reference():
    known = {id(value) for _, value, _ in listed()}
    assert [name for name in elbax.__all__ if id(getattr(elbax, name)) not in known] == []
    for registry in (LIKELIHOODS, OBJECTIVES, POSTERIORS, PRIORS):
        assert [name for name, part in registry.items() if id(part) not in known] == []


def test_every_listed_object_is_documented():
    assert [path for path, text in documented() if not text] == []


def test_docstrings_have_examples():
    texts = dict(documented())
    without = sorted(path for path, text in texts.items() if ">>>" not in text)
    assert len(without) <= (1 - WITH_EXAMPLE) * len(texts), f"{len(without)} of {len(texts)}: {', '.join(without)}"
