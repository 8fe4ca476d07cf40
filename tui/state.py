"""The recently opened workspaces, kept in the state folder."""

import json
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tui.domain.resource_id import ML_WORKSPACE_TYPE, InvalidResourceId, ResourceId
from tui.domain.workspaces import Recent
from tui.files import private_folder, private_opener

_log = logging.getLogger(__name__)

MOST_RECENT = 10
_FILE = "last.json"
_FORMAT = 1
"""The format of the file; version 0.1.0 wrote the same without a number."""


def recent_workspaces(folder: Path) -> tuple[Recent, ...]:
    """The recently opened workspaces, latest first; none if they cannot be read."""
    try:
        stored = _read(folder / _FILE)
        return tuple(_recent(one) for one in stored["recent"][:MOST_RECENT])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, RecursionError, InvalidResourceId) as error:
        _log.warning("the remembered workspaces cannot be read: %s", error)
        return ()


def remember_workspaces(folder: Path, recent: Sequence[Recent]) -> None:
    """Store workspaces for the next start, latest first; if that fails, the next start asks again."""
    document = {
        "format": _FORMAT,
        "recent": [
            {"workspace": str(one.workspace), "subscription_name": one.subscription_name}
            for one in recent[:MOST_RECENT]
        ],
    }
    # Another sparkpool may be writing too.
    draft = folder / f"{_FILE}.{os.getpid()}"
    try:
        private_folder(folder)
        if _is_newer(folder / _FILE):
            _log.warning("%s was written by a newer sparkpool and stays unchanged", folder / _FILE)
            return
        try:
            with open(draft, "w", encoding="utf-8", opener=private_opener) as file:
                json.dump(document, file)
            draft.replace(folder / _FILE)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("the workspace cannot be remembered: %s", error)
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, Any]:
    """The contents of the file.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is invalid, or a newer version wrote it.
    """
    stored = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(stored, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 - what a file holds is a value, whatever its type
    if stored.get("format", _FORMAT) != _FORMAT:
        raise _NewerError(f"it has format {stored['format']}, and this version reads {_FORMAT}")
    return stored


class _NewerError(ValueError):
    """The file is from a newer version."""


def _is_newer(file: Path) -> bool:
    try:
        _read(file)
    except _NewerError:
        return True
    except (OSError, ValueError, RecursionError):
        return False
    return False


def _recent(stored: object) -> Recent:
    if not isinstance(stored, dict):
        raise TypeError("a workspace is not an object")
    name = stored.get("subscription_name", "")
    workspace = ResourceId.parse(str(stored["workspace"]), ML_WORKSPACE_TYPE)
    return Recent(workspace, name if isinstance(name, str) else "")
