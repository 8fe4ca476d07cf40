"""The user's folders, also for users and machines where the system cannot name them, as in some containers.

Settings and state are where the XDG rule has them, on macOS too: who works in a terminal looks for `~/.config` and
`~/.local/state`, and one dotfile repository serves every machine.
"""

from collections.abc import Callable
from pathlib import Path

from platformdirs.unix import Unix

NO_HOME = Path("/dev/null")
"""Below it nothing exists and nothing can be made, so that whatever would be kept at home is reported as not kept."""

_FOLDERS = Unix("sparkpool", appauthor=False)


def state_folder() -> Path:
    """Where the journal, the log and the last workspaces are: `$XDG_STATE_HOME/sparkpool`, else in `~/.local/state`."""
    return _own(lambda: _FOLDERS.user_state_path)


def settings_file() -> Path:
    """The settings file: in `$XDG_CONFIG_HOME/sparkpool`, else in `~/.config/sparkpool`."""
    return _own(lambda: _FOLDERS.user_config_path) / "settings.toml"


def _own(folder: Callable[[], Path]) -> Path:
    try:
        return folder()
    except RuntimeError:
        return NO_HOME / "sparkpool"


def home_folder() -> Path:
    """The user's home; `NO_HOME` where neither HOME nor the list of users names one."""
    try:
        return Path.home()
    except RuntimeError:
        return NO_HOME


def expanded(path: str) -> Path:
    """A path whose `~` is replaced, where the system knows whose home that is.

    Args:
        path: What the user wrote.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def current_folder() -> Path:
    """The folder that the program runs in; `.` where it was deleted in the meantime."""
    try:
        return Path.cwd()
    except OSError:
        return Path()
