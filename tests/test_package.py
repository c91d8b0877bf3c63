"""The package as a whole: quick to import, honest about its names, and a README that runs."""

import importlib
import importlib.util
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


def test_no_modules_import_each_other_in_a_circle(tmp_path):
    spec = importlib.util.spec_from_file_location("check_imports", ROOT / "scripts" / "check_imports.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.find_circle(ROOT / "src" / "elbax") is None
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("from package import b\n")
    (package / "b.py").write_text("if TYPE_CHECKING:\n    from package.a import x\n")
    assert script.find_circle(package) is None
    (package / "b.py").write_text("def late():\n    from package.a import x\n")
    assert script.find_circle(package) in (
        ["package.a", "package.b", "package.a"],
        ["package.b", "package.a", "package.b"],
    )
