"""The state folder, and the workspace that was opened last."""

import json
import logging
import os
from pathlib import Path

from tui.domain.resource_id import ML_WORKSPACE_TYPE, InvalidResourceId, ResourceId

_log = logging.getLogger(__name__)


def state_folder() -> Path:
    """The folder by the XDG rule: `$XDG_STATE_HOME/sparkpool`, else `~/.local/state/sparkpool`."""
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "state") / "sparkpool"


def remembered_workspace(folder: Path) -> ResourceId | None:
    """The workspace that was opened last, None if there is none that can be read.

    Args:
        folder: The state folder.
    """
    try:
        stored = json.loads((folder / "last.json").read_text(encoding="utf-8"))
        return ResourceId.parse(str(stored["workspace"]), ML_WORKSPACE_TYPE)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, InvalidResourceId) as error:
        _log.warning("the remembered workspace cannot be read: %s", error)
        return None


def remember_workspace(folder: Path, workspace: ResourceId) -> None:
    """Keep a workspace for the next start; where that fails, the next start asks again.

    Args:
        folder: The state folder.
        workspace: The workspace's id.
    """
    file = folder / "last.json"
    draft = file.with_suffix(".new")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(json.dumps({"workspace": str(workspace)}), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        _log.warning("the workspace cannot be remembered: %s", error)
