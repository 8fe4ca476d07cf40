"""Pinned versions of all packages that a development installation needs, for `constraints.txt`.

`python -m tests.constraints` writes that file from the installed packages.
"""

import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from itertools import product
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = {"linux": "Linux", "darwin": "Darwin"}
_MACHINES = {"linux": ("x86_64", "aarch64"), "darwin": ("x86_64", "arm64")}
_HEADER = """\
# The tested versions of all packages that sparkpool and its development need, the indirect ones included.
# Made by `python -m tests.constraints`: see CONTRIBUTING.md.
"""


def environments() -> list[dict[str, str]]:
    """The marker values of every environment that sparkpool supports."""
    return [
        {
            "python_version": python,
            "python_full_version": f"{python}.0",
            "implementation_name": "cpython",
            "implementation_version": f"{python}.0",
            "platform_python_implementation": "CPython",
            "os_name": "posix",
            "sys_platform": platform,
            "platform_system": PLATFORMS[platform],
            "platform_machine": machine,
            "platform_release": "",
            "platform_version": "",
        }
        for python, platform in product(PYTHONS, PLATFORMS)
        for machine in _MACHINES[platform]
    ]


def project() -> dict[str, list[str]]:
    """The requirements of sparkpool by extra; the empty name has those of the runtime.

    An extra includes another one by naming sparkpool itself; that entry is left out.
    """
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {"": table["dependencies"], **table["optional-dependencies"]}
    return {name: [text for text in texts if Requirement(text).name != "sparkpool"] for name, texts in extras.items()}


def requirements(environment: dict[str, str]) -> Iterator[tuple[str, Requirement]]:
    """Everything that `.[dev]` requires in an environment, directly or not.

    Args:
        environment: The values of all markers.

    Yields:
        The package that requires it, and the requirement.
    """
    waiting = [("sparkpool", Requirement(text)) for texts in project().values() for text in texts]
    done = set()
    while waiting:
        parent, requirement = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": "", **environment}):
            continue
        yield parent, requirement
        name = canonicalize_name(requirement.name)
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) in done:
                continue
            done.add((name, extra))
            for text in installed(name).requires or ():
                further = Requirement(text)
                if further.marker is None or further.marker.evaluate({**environment, "extra": extra}):
                    further.marker = None
                    waiting.append((name, further))


def installed(name: str) -> Distribution:
    """An installed package.

    Args:
        name: Its name.

    Raises:
        SystemExit: It is not installed, because no package needs it here.
    """
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise SystemExit(f"{name} is needed on another Python or platform: install it, then run this again.") from None


def constraints() -> str:
    """The text of `constraints.txt` for the versions that are installed."""
    needed = {canonicalize_name(found.name) for environment in environments() for _, found in requirements(environment)}
    return _HEADER + "".join(f"{name}=={installed(name).version}\n" for name in sorted(needed))


if __name__ == "__main__":
    CONSTRAINTS.write_text(constraints(), encoding="utf-8")
