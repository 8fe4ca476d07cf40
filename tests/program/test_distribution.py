"""Dependencies are declared and pinned, and the archives are complete."""

import ast
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.constraints import CONSTRAINTS, PYTHONS, ROOT, constraints, environments, installed, project, requirements

OTHER_ENVIRONMENTS = ROOT / "tests" / "clients" / "scripts"
"""Scripts that run other clients, each in its own environment."""

BUILD = "import sys, setuptools.build_meta as backend; print(getattr(backend, 'build_' + sys.argv[1])(sys.argv[2]))"
DOCUMENTS = ("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md")
BUILT_FROM = ("MANIFEST.in", "constraints.txt", "pyproject.toml", "setup.py")
FOLDERS = (".ci", "screenshots", "tests", "tui")


@cache
def owners() -> dict[str, str]:
    """The distribution of each importable package; many of them share `azure`."""
    found: dict[str, str] = {}
    for package in distributions():
        for line in (package.read_text("RECORD") or "").splitlines():
            path = line.partition(",")[0]
            folder, _, name = path.rpartition("/")
            if name == "__init__.py" or (not folder and name.endswith((".py", ".so"))):
                module = folder or name.partition(".")[0]
                found[module.replace("/", ".")] = canonicalize_name(package.name)
    return found


def owner(module: str) -> str:
    """The distribution of a module: that of the innermost package with a known one."""
    parts = module.split(".")
    outer = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((owners()[name] for name in outer if name in owners()), module)


@cache
def imports(folder: str) -> dict[str, str]:
    """The external modules that a folder imports, each with a file that imports it."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        if OTHER_ENVIRONMENTS in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.split(".")[0] not in {*sys.stdlib_module_names, "tui", "tests"}:
                    found[name] = str(path.relative_to(ROOT))
    return found


def declared(*extras: str) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for extra in extras for text in project()[extra]}


@pytest.mark.parametrize(("folder", "extras"), [("tui", ("", "sandbox")), ("tests", ("", "sandbox", "dev"))])
def test_every_imported_package_is_declared(folder: str, extras: tuple[str, ...]) -> None:
    undeclared = {name: path for name, path in imports(folder).items() if owner(name) not in declared(*extras)}
    assert undeclared == {}


def test_every_declared_dependency_is_imported() -> None:
    assert declared("") - {owner(name) for name in imports("tui")} == set()


def test_only_the_served_sandbox_needs_the_sandbox_extra() -> None:
    files = {path for name, path in imports("tui").items() if owner(name) in declared("sandbox")}
    assert files == {"tui/sandbox/served.py"}


def test_the_constraints_pin_exactly_the_packages_of_an_installation() -> None:
    assert CONSTRAINTS.read_text(encoding="utf-8") == constraints(), "see Dependencies in CONTRIBUTING.md"


@pytest.mark.parametrize(
    "environment", environments(), ids=lambda one: f"{one['python_version']}-{one['sys_platform']}"
)
def test_every_requirement_accepts_the_pinned_version(environment: dict[str, str]) -> None:
    pins = [Requirement(line) for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    versions = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    refused = [
        f"{parent}: {found}"
        for parent, found in requirements(environment)
        if not found.specifier.contains(versions[canonicalize_name(found.name)], prereleases=True)
    ]
    assert refused == []


@pytest.mark.parametrize("python", PYTHONS)
def test_every_pinned_version_supports_every_supported_python(python: str) -> None:
    pins = [Requirement(line) for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    refusing = [
        pin.name
        for pin in pins
        if python not in SpecifierSet(installed(pin.name).metadata["Requires-Python"] or "").filter([python])
    ]
    assert refusing == []


def test_every_install_command_in_the_readme_and_ci_uses_the_constraints() -> None:
    for name in ("README.md", ".ci/run"):
        commands = re.findall(r"pip\"? install.*", (ROOT / name).read_text(encoding="utf-8"))
        assert commands
        assert all("-c constraints.txt" in command for command in commands)


def built(kind: str, source: Path, to: Path) -> Path:
    command = [sys.executable, "-c", BUILD, kind, str(to)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return to / done.stdout.splitlines()[-1]


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_sdist_contains_the_checkout_and_the_wheel_only_the_program(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, checkout / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*DOCUMENTS, *BUILT_FROM):
        shutil.copy(ROOT / name, checkout)
    files = files_in(checkout)
    with tarfile.open(built("sdist", checkout, tmp_path)) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert {name for name in files_in(unpacked) if name.split("/")[0] in (*FOLDERS, *DOCUMENTS, *BUILT_FROM)} == files
    pictures = re.findall(r"!\[.*\]\((.*)\)", (unpacked / "README.md").read_text(encoding="utf-8"))
    assert pictures
    assert all((unpacked / picture).is_file() for picture in pictures)

    with zipfile.ZipFile(built("wheel", unpacked, tmp_path)) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        metadata = message_from_bytes(wheel.read(next(name for name in wheel.namelist() if name.endswith("/METADATA"))))
    assert names == {name for name in files if name.startswith("tui/")}
    assert "tui/py.typed" in names
    # On a page of a package index, a relative link leads nowhere.
    description = str(metadata.get_payload())
    assert description.startswith("# sparkpool")
    assert [target for target in re.findall(r"\]\(([^)]*)\)", description) if "://" not in target] == []
