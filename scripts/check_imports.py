"""Fail where modules of a package import each other in a circle.

``python scripts/check_imports.py [FOLDER]`` reads the sources of src/elbax, or of another package's folder, without
importing them. Imports within functions count; those under ``if TYPE_CHECKING`` do not. A module that imports a name
from a package depends on the module that the name is, or else on the package itself; an import of a module within the
importing module's own package does not depend on that package's ``__init__``.
"""

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


def modules_of(folder: Path) -> dict[str, Path]:
    """The modules of a package by name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    """Each import as (module, name), where the name is None in ``import module``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (pair for other in node.orelse for pair in imported(other))
        elif isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name) for alias in node.names)
        else:
            yield from imported(node)


def dependencies(name: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules of the package that one module imports."""
    needed = set()
    for module, attribute in imported(ast.parse(path.read_text(), str(path))):
        target = module if f"{module}.{attribute}" not in modules else f"{module}.{attribute}"
        if target not in modules:
            continue
        needed.add(target)
        # Importing a module runs the __init__ of every package that it is in, unless we are within that package.
        parents = target.split(".")
        packages = {".".join(parents[:i]) for i in range(1, len(parents))}
        needed |= {package for package in packages if not f"{name}.".startswith(f"{package}.")}
    return needed - {name}


def find_circle(folder: Path) -> list[str] | None:
    """The modules of one circle, the first of them again at the end; None where there is none."""
    modules = modules_of(folder)
    graph = {name: dependencies(name, path, modules) for name, path in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1][::-1]
    return None


if __name__ == "__main__":
    given = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[1] / "src" / "elbax"
    if circle := find_circle(given):
        sys.exit(f"modules import each other in a circle: {' -> '.join(circle)}")
