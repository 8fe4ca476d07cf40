"""The person's own editor, in the place of the screen for a while."""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported

from tui.specs.files import MOST_BYTES

_FALLBACKS = ("sensible-editor", "editor", "nano", "vi")


class EditorFailed(Exception):
    """Nothing is taken from the editor; the message says why in one sentence.

    Attributes:
        kept: What it had left in the file, so that nothing that was typed is lost; None where it never ran.
    """

    def __init__(self, message: str, kept: bytes | None = None) -> None:
        super().__init__(message)
        self.kept = kept


def edit(app: App[object], text: str, suffix: str) -> bytes:
    """Have a text edited.

    Args:
        app: The running program; its screen is put aside meanwhile.
        text: What the editor is opened with.
        suffix: How the file's name ends, by which editors choose their colours.

    Returns:
        What the file then holds.

    Raises:
        EditorFailed: If there is no editor, or it failed, or there is no terminal to give it.
    """
    words = _command()
    program = Path(words[0]).name
    try:
        descriptor, name = tempfile.mkstemp(prefix="sparkpool-", suffix=suffix)
    except OSError as error:
        raise EditorFailed(
            f"No file for the editor could be made: {error.strerror or error}. Set TMPDIR to a folder that takes one."
        ) from error
    path = Path(name)
    try:
        # Half a surrogate pair has no form in UTF-8, and the texts that come here have escaped it where it matters.
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode(errors="replace"))
        status = _run(app, [*words, name])
        data = path.read_bytes()
    except SuspendNotSupported as error:
        raise EditorFailed("This terminal cannot be lent to an editor. Use the form instead.") from error
    except FileNotFoundError as error:
        raise EditorFailed(f"{program} left no file, so nothing was taken from it.") from error
    except OSError as error:
        raise EditorFailed(f"The editor's file failed: {error.strerror or error}. Use the form instead.") from error
    finally:
        path.unlink(missing_ok=True)
        # The editor has left its own picture on the terminal, and Textual draws only what changes.
        app.refresh(layout=True)
    if status != 0:
        how = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
        raise EditorFailed(f"{program} {how}, so nothing was taken from it.", data)
    if len(data) > MOST_BYTES:
        raise EditorFailed(f"The text is longer than {MOST_BYTES:,} bytes, so nothing was taken from it.", data)
    return data


def _run(app: App[object], command: list[str]) -> int:
    """Lend the terminal to a program until it ends, and take it back however that goes.

    Returns:
        Its exit status.

    Raises:
        EditorFailed: If it could not be started.
        SuspendNotSupported: If the terminal cannot be lent.
    """
    failure: OSError | None = None
    status = 0
    with app.suspend():
        # Both programs get the interrupt of a terminal that is lent, and it is meant for the one in front.
        interrupted = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            status = subprocess.run(command, check=False).returncode  # noqa: S603 - the person's own editor
        except OSError as error:
            # An error that left the block would leave the terminal to the shell for good: Textual takes it back after.
            failure = error
        finally:
            signal.signal(signal.SIGINT, interrupted)
    if failure is not None:
        raise EditorFailed(
            f"{Path(command[0]).name} could not be run: {failure.strerror or failure}. Use the form."
        ) from failure
    return status


def _command() -> list[str]:
    """The editor's words: from VISUAL, else EDITOR, else an editor that most systems have."""
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(chosen)
    except ValueError as error:
        raise EditorFailed(f"EDITOR is {chosen}, which cannot be understood: {error}.") from error
    if words:
        return words
    found = next((one for one in _FALLBACKS if shutil.which(one)), None)
    if found is None:
        raise EditorFailed(
            f"No editor was found: EDITOR is not set, and there is no {', '.join(_FALLBACKS)}. Use the form."
        )
    return [found]
