"""Edits text in the user's own editor."""

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
    """The editor's text cannot be used; the message says why in one sentence.

    Attributes:
        kept: What the file holds, so that nothing typed is lost; None if the editor never ran.
    """

    def __init__(self, message: str, kept: bytes | None = None) -> None:
        super().__init__(message)
        self.kept = kept


def edit(app: App[object], text: str, suffix: str) -> bytes:
    """Let the user edit a text, with the app suspended.

    Args:
        app: The running program.
        text: The text to edit.
        suffix: The suffix of the file's name, by which editors choose their colours.

    Returns:
        The content of the file afterwards.

    Raises:
        EditorFailed: If there is no editor, it failed, or it cannot run in this terminal.
    """
    words = _command()
    program = Path(words[0]).name
    try:
        descriptor, name = tempfile.mkstemp(prefix="sparkpool-", suffix=suffix)
    except OSError as error:
        raise EditorFailed(
            f"Could not create a file for the editor: {error.strerror or error}. Set TMPDIR to a writable folder."
        ) from error
    path = Path(name)
    try:
        # A lone surrogate cannot be encoded; texts that need one have escaped it.
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode(errors="replace"))
        status = _run(app, [*words, name])
        data = path.read_bytes()
    except SuspendNotSupported as error:
        raise EditorFailed("An editor cannot run in this terminal. Use the form instead.") from error
    except FileNotFoundError as error:
        raise EditorFailed(f"{program} left no file, so nothing was changed.") from error
    except OSError as error:
        raise EditorFailed(
            f"Could not use the editor's file: {error.strerror or error}. Use the form instead."
        ) from error
    finally:
        path.unlink(missing_ok=True)
        # The editor has drawn over the terminal, and Textual only draws changes.
        app.refresh(layout=True)
    if status != 0:
        how = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
        raise EditorFailed(f"{program} {how}, so its text was not used.", data)
    if len(data) > MOST_BYTES:
        raise EditorFailed(f"The text is longer than {MOST_BYTES:,} bytes, so it was not used.", data)
    return data


def _run(app: App[object], command: list[str]) -> int:
    """Run a program in the terminal, and return its exit status.

    Raises:
        EditorFailed: If it could not be started.
        SuspendNotSupported: If the app cannot be suspended.
    """
    failure: OSError | None = None
    status = 0
    with app.suspend():
        # ctrl+c reaches both programs, but is meant for the editor.
        interrupted = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            status = subprocess.run(command, check=False).returncode  # noqa: S603 - the user's own editor
        except OSError as error:
            # Raised after the block, because Textual only takes the terminal back when the block ends normally.
            failure = error
        finally:
            signal.signal(signal.SIGINT, interrupted)
    if failure is not None:
        raise EditorFailed(
            f"Could not run {Path(command[0]).name}: {failure.strerror or failure}. Use the form instead."
        ) from failure
    return status


def _command() -> list[str]:
    """The command of the editor: VISUAL, else EDITOR, else a common one."""
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(chosen)
    except ValueError as error:
        raise EditorFailed(f"{chosen} is not a valid editor command: {error}. Set EDITOR, or use the form.") from error
    if words:
        return words
    fallback = next((name for name in _FALLBACKS if shutil.which(name)), None)
    if fallback is None:
        raise EditorFailed(
            f"No editor found: EDITOR is not set, and there is no {', '.join(_FALLBACKS)}. Use the form instead."
        )
    return [fallback]
