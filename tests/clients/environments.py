"""Third-party clients, each installed once into its own environment outside the source tree."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

FOLDER = "SPARKPOOL_CLIENTS"
"""The variable that names the folder of the environments; by default the user's cache."""

INSTALL_SECONDS = 1800


def python_with(*requirements: str) -> Path:
    """The Python of an environment with exactly these requirements, created if there is none."""
    folder = _folder(requirements[0].partition("=")[0], sys.version, *requirements)
    done = folder / "installed"
    python = folder / "bin" / "python"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, timeout=INSTALL_SECONDS)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
        subprocess.run(install, check=True, timeout=INSTALL_SECONDS)
        done.touch()
    return python


def node_with(npm: str, *requirements: str) -> Path:
    """A folder from which Node.js finds exactly these packages, created by that npm if there is none."""
    folder = _folder(f"node-{requirements[0].rpartition('@')[0].rpartition('/')[2]}", *requirements)
    done = folder / "installed"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *requirements]
        subprocess.run(install, check=True, cwd=folder, capture_output=True, timeout=INSTALL_SECONDS)
        done.touch()
    return folder


def _folder(name: str, *digested: str) -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    root = Path(os.environ.get(FOLDER) or Path(cache) / "sparkpool-clients")
    digest = hashlib.sha256("\n".join(digested).encode()).hexdigest()[:12]
    return root / f"{name}-{digest}"
