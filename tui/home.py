"""The user's folders, also for users and machines where the system does not know them, as in some containers.

Settings and state are in the XDG folders, on macOS too: terminal users look for `~/.config` and `~/.local/state`, and
one dotfile repository serves every machine.
"""

from collections.abc import Callable
from pathlib import Path

from platformdirs.unix import Unix

NO_HOME = Path("/dev/null")
"""Nothing exists or can be created below it, so that anything to be kept at home is reported as not kept."""

_FOLDERS = Unix("sparkpool", appauthor=False)


def state_folder() -> Path:
    """The folder of journal, log and recent workspaces: `$XDG_STATE_HOME/sparkpool`, else in `~/.local/state`."""
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
    """The user's home; `NO_HOME` if neither HOME nor the list of users has one."""
    try:
        return Path.home()
    except RuntimeError:
        return NO_HOME


def expanded(path: str) -> Path:
    """A path with its `~` replaced, if the system knows whose home that is."""
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
