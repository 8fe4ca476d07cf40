"""Imports form no cycle, including imports inside functions."""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import tui

PACKAGE = Path(tui.__file__).parent


def modules() -> dict[str, Path]:
    """All modules of the program, by name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path, known: Mapping[str, Path]) -> set[str]:
    """The modules that a module imports at runtime: at its top or inside a function."""
    return {
        name if name in known else name.rpartition(".")[0]
        for node in running(ast.parse(path.read_text()))
        for name in names(node)
        if name in known or name.rpartition(".")[0] in known
    }


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes except those that only a type checker sees; imports for types may form cycles."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from running(node)


def names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """The modules of one import cycle, in the order of their imports; empty if there is none."""
    done: set[str] = set()
    way: list[str] = []

    def follow(module: str) -> list[str]:
        if module in way:
            return [*way[way.index(module) :], module]
        if module in done:
            return []
        way.append(module)
        found = next((one for target in sorted(graph[module]) if (one := follow(target))), [])
        way.pop()
        done.add(module)
        return found

    return next((one for module in graph if (one := follow(module))), [])


def test_imports_form_no_cycle() -> None:
    known = modules()
    graph = {module: imported(path, known) - {module} for module, path in known.items()}
    assert graph["tui.ui.app"] >= {"tui.ui.flow", "tui.ui.session"}
    assert "tui.ui.screens.plan" in graph["tui.ui.flow"]  # an import inside a function counts
    assert " -> ".join(circle(graph)) == ""


def test_an_import_cycle_is_reported_by_its_modules() -> None:
    assert circle({"a": {"b"}, "b": {"c", "d"}, "c": set(), "d": {"b"}}) == ["b", "d", "b"]


def test_the_import_contracts_name_every_screen_and_package() -> None:
    contracts = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    independent = next(contract for contract in contracts if contract["type"] == "independence")["modules"]
    screens = [module for module, path in modules().items() if ".ui.screens." in module and has_screen(path)]
    shared = {"tui.ui.screens.base", "tui.ui.screens.field_form"}
    assert sorted(independent) == sorted(["tui.ui.attach", *(one for one in screens if one not in shared)])
    sources = {module for contract in contracts for module in contract.get("source_modules", ())}
    composed = {"tui", "tui.__main__", "tui.characters", "tui.program", "tui.setting_checks"}
    assert {".".join(module.split(".")[:2]) for module in modules()} - composed <= sources


def has_screen(path: Path) -> bool:
    classes = (node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef))
    return any(name.endswith("Screen") for name in classes)
