"""Scripts that use a client of Microsoft: one JSON object in, one out."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import node_with
from tests.support.served import Served

SCRIPTS = Path(__file__).parent / "scripts"
SECONDS = 240


def run(command: list[str], asked: Mapping[str, str], **environment: str) -> dict[str, Any]:
    """Run a script that must succeed, and return what it found."""
    found = subprocess.run(
        command,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        timeout=SECONDS,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    shown: dict[str, Any] = json.loads(found.stdout)
    return shown


def run_javascript(
    served: Served, folder: Path, script: str, packages: tuple[str, ...], asked: Mapping[str, str]
) -> dict[str, Any]:
    """Run a JavaScript with exactly these packages, and return what it found; skip the test without Node.js.

    Args:
        served: The sandbox, whose connection details the script gets, too.
        folder: An empty folder.
        script: The file name of the script.
        packages: The packages.
        asked: What the script gets besides.
    """
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("Node.js and npm are not installed")
    # Node.js looks for packages beside the script.
    for one in SCRIPTS.glob("*.mjs"):
        shutil.copy(one, folder)
    (folder / "node_modules").symlink_to(node_with(npm, *packages) / "node_modules")
    return run([node, str(folder / script)], {**served.told, **asked}, NODE_EXTRA_CA_CERTS=served.ca_file)
