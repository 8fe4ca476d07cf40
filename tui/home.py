"""Folders that the system names, for users and machines where it cannot name them, as in some containers."""

from pathlib import Path

NO_HOME = Path("/dev/null")
"""Below it nothing exists and nothing can be made, so that whatever would be kept at home is reported as not kept."""


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
