"""The support bundle: what somebody who helps has to ask for, in one file, without secrets."""

from __future__ import annotations

import json
import os
import platform
import sys
import zipfile
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import distributions
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.domain.redaction import redacted, secrets_of
from tui.logs import LOG_NAME
from tui.operations.documents import to_json

if TYPE_CHECKING:
    from tui.domain.operation import Operation
    from tui.settings import Settings

_LOG_BYTES = 200_000
_LIBRARIES = ("azure-", "textual", "msal", "aiohttp", "rich", "pyyaml", "sparkpool")


def write_bundle(
    operation: Operation, told: str, *, settings: Settings, state: Path, folder: Path, now: datetime
) -> Path:
    """Write an operation and what surrounds it into a new file that only the user can read.

    Args:
        operation: The operation.
        told: Its events, as the screen tells them.
        settings: The settings in force.
        state: The state folder, which holds the log.
        folder: Where the file is made.
        now: The time, for its name.

    Returns:
        Its path.

    Raises:
        OSError: If it cannot be written, or is there already.
    """
    from tui.settings.pages import lines

    known = secrets_of(os.environ)
    parts = {
        "versions.txt": _versions(),
        "settings.txt": "\n".join(lines(settings)) + "\n",
        "operation.txt": told,
        "operation.json": json.dumps(_without_tokens(_record(operation)), indent=2, ensure_ascii=False) + "\n",
        "sparkpool.log": _tail(state / LOG_NAME),
    }
    path = folder / f"sparkpool-support-{now:%Y%m%d-%H%M%S}.zip"
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in parts.items():
            # Half a surrogate pair, which JSON and file names may hold, has no form in UTF-8.
            bundle.writestr(name, redacted(text, known).encode(errors="backslashreplace"))
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(packed.getvalue())
    return path


def _record(operation: Operation) -> dict[str, Any]:
    return {
        "id": operation.id,
        "verb": operation.verb.value,
        "target": str(operation.target),
        "watch": operation.watch.value,
        "request": to_json(operation.request),
        "events": [to_json(event) for event in operation.events],
    }


def _without_tokens(stored: Any) -> Any:
    """The record without continuation tokens: they hold addresses that whoever has them may poll."""
    if isinstance(stored, list):
        return [_without_tokens(one) for one in stored]
    if isinstance(stored, Mapping):
        return {
            key: "[removed]" if key == "token" and value else _without_tokens(value) for key, value in stored.items()
        }
    return stored


def _versions() -> str:
    found = {one.name.lower(): one.version for one in distributions()}
    wanted = sorted(name for name in found if name.startswith(_LIBRARIES))
    terminal = " ".join(f"{name}={os.environ.get(name, '')}" for name in ("TERM", "COLORTERM", "TMUX", "LANG"))
    return "\n".join(
        [
            f"Python {sys.version.split()[0]} on {platform.platform()}",
            *(f"{name} {found[name]}" for name in wanted),
            terminal,
            "",
        ]
    )


def _tail(file: Path) -> str:
    try:
        return file.read_bytes()[-_LOG_BYTES:].decode(errors="replace")
    except FileNotFoundError:
        return ""
