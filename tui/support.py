"""The support bundle: everything that support has to ask for, in one file, without secrets."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import distributions
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.domain.phrases import enumerated
from tui.domain.redaction import redacted, secrets_of
from tui.domain.text import clean_lines
from tui.files import write_new
from tui.logs import LOG_NAME
from tui.operations.journal_codec import to_json

if TYPE_CHECKING:
    from tui.domain.operation import Operation
    from tui.settings import Settings

_LOG_BYTES = 200_000
_LIBRARIES = ("azure-", "textual", "msal", "aiohttp", "rich", "pyyaml")
"""The prefixes of the distributions whose versions matter for support."""


def write_bundle(
    operation: Operation, told: str, *, settings: Settings, state: Path, folder: Path, now: datetime
) -> Path:
    """Write an operation and its circumstances into a new private file.

    Args:
        operation: The operation.
        told: Its events, as the screen shows them.
        settings: The effective settings.
        state: The state folder, which has the log.
        folder: Where to create the file; if that fails, in the state folder, else in the temporary folder.
        now: The time, for its name.

    Returns:
        Its path.

    Raises:
        OSError: If it cannot be written, or already exists.
    """
    from tui.settings.pages import lines

    secrets = secrets_of(os.environ)
    parts = {
        "versions.txt": _versions(),
        "settings.txt": "\n".join(lines(settings)) + "\n",
        "operation.txt": told,
        "operation.json": json.dumps(_without_tokens(_record(operation)), indent=2, ensure_ascii=True) + "\n",
        "sparkpool.log": _tail(state / LOG_NAME),
    }
    name_of_bundle = f"sparkpool-support-{now:%Y%m%d-%H%M%S}.zip"
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in parts.items():
            # A lone surrogate, which JSON and file names may contain, is shown by its number.
            encodable = redacted(text, secrets).encode(errors="backslashreplace").decode()
            bundle.writestr(name, clean_lines(encodable).encode())
    return _written(packed.getvalue(), name_of_bundle, (folder, state, Path(tempfile.gettempdir())))


def _written(data: bytes, name: str, folders: Sequence[Path]) -> Path:
    """Write a file into the first of some folders where that works.

    Raises:
        OSError: If none does; it names them all, and what is wrong with the first.
    """
    failures: list[OSError] = []
    for folder in folders:
        try:
            write_new(folder / name, data, 0o600)
        except FileExistsError:
            raise
        except OSError as error:
            failures.append(error)
        else:
            return folder / name
    tried = enumerated([str(folder) for folder in folders], "or")
    raise OSError(failures[0].errno, failures[0].strerror, tried) from failures[0]


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
    """The record without continuation tokens: whoever has one can poll its address."""
    if isinstance(stored, list):
        return [_without_tokens(one) for one in stored]
    if isinstance(stored, Mapping):
        return {
            key: "[removed]" if key == "token" and value else _without_tokens(value) for key, value in stored.items()
        }
    return stored


def versions(*more: str) -> list[tuple[str, str]]:
    """The installed versions of the libraries that the program uses, and of `more`, by name."""
    installed = {one.name.lower(): one.version for one in distributions()}
    return sorted((name, installed[name]) for name in installed if name.startswith((*_LIBRARIES, *more)))


def _versions() -> str:
    terminal = " ".join(f"{name}={os.environ.get(name, '')}" for name in ("TERM", "COLORTERM", "TMUX", "LANG"))
    return "\n".join(
        [
            f"Python {sys.version.split()[0]} on {platform.platform()}",
            *(f"{name} {version}" for name, version in versions("sparkpool")),
            terminal,
            "",
        ]
    )


def _tail(file: Path) -> str:
    try:
        with file.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_BYTES))
            return log.read(_LOG_BYTES).decode(errors="replace")
    except OSError as error:
        # A bundle without the log still helps.
        return "" if isinstance(error, FileNotFoundError) else f"(the log cannot be read: {error.strerror})\n"
