"""The state folder, and the workspaces that were opened last."""

import json
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tui.domain.resource_id import ML_WORKSPACE_TYPE, InvalidResourceId, ResourceId
from tui.domain.workspaces import Recent
from tui.home import home_folder

_log = logging.getLogger(__name__)

MOST_RECENT = 10
_FILE = "last.json"


def state_folder() -> Path:
    """The folder by the XDG rule: `$XDG_STATE_HOME/sparkpool`, else `~/.local/state/sparkpool`."""
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if base.startswith("/") else home_folder() / ".local" / "state") / "sparkpool"


def recent_workspaces(folder: Path) -> tuple[Recent, ...]:
    """The workspaces that were opened last, the latest first; none where they cannot be read.

    Args:
        folder: The state folder.
    """
    try:
        stored = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return tuple(_recent(one) for one in stored["recent"][:MOST_RECENT])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, InvalidResourceId) as error:
        _log.warning("the remembered workspaces cannot be read: %s", error)
        return ()


def remember_workspaces(folder: Path, recent: Sequence[Recent]) -> None:
    """Keep workspaces for the next start; where that fails, the next start asks again.

    Args:
        folder: The state folder.
        recent: The workspaces, the latest first.
    """
    document = {
        "recent": [
            {"workspace": str(one.workspace), "subscription_name": one.subscription_name}
            for one in recent[:MOST_RECENT]
        ]
    }
    # Another sparkpool may be writing too.
    draft = folder / f"{_FILE}.{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(json.dumps(document), encoding="utf-8")
        draft.replace(folder / _FILE)
    except OSError as error:
        _log.warning("the workspace cannot be remembered: %s", error)
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _recent(stored: object) -> Recent:
    if not isinstance(stored, dict):
        raise TypeError("a workspace is no object")
    name = stored.get("subscription_name", "")
    workspace = ResourceId.parse(str(stored["workspace"]), ML_WORKSPACE_TYPE)
    return Recent(workspace, name if isinstance(name, str) else "")
