"""The package as a whole: quick to import, honest about its names, and a README that runs."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import elbax

ROOT = Path(__file__).parents[1]
MODULES = [module.name for module in pkgutil.walk_packages(elbax.__path__, "elbax.")]


def test_import_loads_nothing_heavy():
    heavy = "{'jax', 'sklearn', 'pandas', 'matplotlib', 'plotly', 'numpyro'}"
    code = f"import sys, elbax; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize("name", MODULES)
def test_public_names_exist(name):
    module = importlib.import_module(name)
    assert all(hasattr(module, public) for public in getattr(module, "__all__", []))
    assert module.__doc__


def test_the_readme_names_what_is_public():
    readme = (ROOT / "README.md").read_text()
    for name in elbax.__all__:
        assert getattr(elbax, name).__doc__
        assert f"elbax.{name}" in readme or f"`{name}`" in readme
