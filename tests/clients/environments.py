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
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    root = Path(os.environ.get(FOLDER) or Path(cache) / "sparkpool-clients")
    digest = hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()[:12]
    folder = root / f"{requirements[0].partition('=')[0]}-{digest}"
    done = folder / "installed"
    python = folder / "bin" / "python"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, timeout=INSTALL_SECONDS)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
        subprocess.run(install, check=True, timeout=INSTALL_SECONDS)
        done.touch()
    return python
