"""The person's own editor, in the place of the screen for a while."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported

from tui.specs.files import MOST_BYTES


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
    descriptor, name = tempfile.mkstemp(prefix="sparkpool-", suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            with app.suspend():
                status = subprocess.run([*words, name], check=False).returncode  # noqa: S603 - the person's own editor
        except SuspendNotSupported as error:
            raise EditorFailed("This terminal cannot be lent to an editor. Use the form instead.") from error
        data = path.read_bytes()
        if status != 0:
            raise EditorFailed(f"{Path(words[0]).name} ended with status {status}, so nothing was taken from it.", data)
    except OSError as error:
        raise EditorFailed(
            f"{Path(words[0]).name} could not be run: {error.strerror or error}. Set EDITOR to another."
        ) from error
    finally:
        path.unlink(missing_ok=True)
        # The editor has left its own picture on the terminal, and Textual draws only what changes.
        app.refresh(layout=True)
    if len(data) > MOST_BYTES:
        raise EditorFailed(f"The text is longer than {MOST_BYTES:,} bytes, so nothing was taken from it.", data)
    return data


def _command() -> list[str]:
    """The editor's words: from VISUAL, else EDITOR, as other programs do it."""
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(chosen)
    except ValueError as error:
        raise EditorFailed(f"EDITOR is {chosen}, which cannot be understood: {error}.") from error
    if not words:
        raise EditorFailed("No editor is set. Set EDITOR, such as EDITOR=vi, and start again; or use the form.")
    return words
