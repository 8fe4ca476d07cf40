"""Copying over SSH: through tmux inside tmux, else by OSC 52."""

import asyncio
import os
import shutil
from base64 import b64encode
from collections.abc import Mapping

from textual.app import App

from tui.domain.text import clean_lines
from tui.ui.internals import driver_of
from tui.ui.text import lines

_SHORT = 250
_TERMINAL_LIMIT = 74_994
_TMUX_LIMIT = 1_000_000
_TMUX_SECONDS = 3.0
_SCREEN_LIMIT = 240
"""Bytes per string that every version of GNU screen passes on."""


def copied(text: str, *, is_document: bool = False) -> str:
    """A text as it is copied, as safe as on the screen, because it is pasted into other terminals.

    Args:
        text: Any text.
        is_document: Whether it is a document for another program and keeps its words; otherwise the names of actions
            become the user's keys, and secrets are removed.
    """
    return clean_lines(text) if is_document else str(lines(text))


def is_too_long(text: str) -> bool:
    """Whether a text is too long for any way of copying here."""
    return len(text.encode()) > (_TMUX_LIMIT if _is_in_tmux() else _TERMINAL_LIMIT)


def why_too_long(text: str, what: str) -> str:
    """The sentence for a text that is too long to copy.

    Args:
        text: The text, as it would be copied.
        what: Its name.
    """
    limit = f"tmux accepts {_TMUX_LIMIT:,}" if _is_in_tmux() else f"terminals accept {_TERMINAL_LIMIT:,}"
    return f"Not copied: {what} has {len(text.encode()):,} bytes, but {limit} at most."


async def copy(app: App[object], text: str, what: str, *, is_document: bool = False) -> str:
    """Copy a text to the clipboard of the user's terminal.

    A terminal never confirms a copy, so the sentence says what was sent, not that it arrived.

    Args:
        app: The running program.
        text: What to copy.
        what: Its name for the sentence, such as `the YAML`.
        is_document: As for `copied`.

    Returns:
        One sentence for the status line.
    """
    text = copied(text, is_document=is_document)
    size = len(text.encode())
    if is_too_long(text):
        return why_too_long(text, what)
    is_for_terminal = size <= _TERMINAL_LIMIT
    if _is_in_tmux() and await _tmux(text, hand_on=is_for_terminal):
        if not is_for_terminal:
            return f"Copied {what} ({size:,} bytes) to tmux only: terminals accept at most {_TERMINAL_LIMIT:,} bytes."
        return f"Copied {what} ({size:,} bytes) to tmux and, if tmux allows it, to the terminal's clipboard."
    if not is_for_terminal:
        return f"Not copied: {what} has {size:,} bytes, but terminals accept {_TERMINAL_LIMIT:,} at most."
    through = _send(app, text)
    here = f": {text}" if size <= _SHORT and "\n" not in text else "."
    return (
        f"Sent {what} ({size:,} bytes){through} to the terminal's clipboard (OSC 52). If it did not arrive, "
        f"select it by hand{here}"
    )


def way_of_copying() -> str:
    """How a copy would reach the clipboard, as half a sentence."""
    if _is_in_tmux():
        return "to tmux, which passes it on to the terminal if it is allowed to"
    if is_in_screen(os.environ):
        return "by OSC 52 through GNU screen, which most terminals accept"
    return "by OSC 52, which most terminals accept"


def is_in_screen(environment: Mapping[str, str]) -> bool:
    """Whether this runs in GNU screen, which interprets OSC 52 itself unless told to pass it on."""
    return bool(environment.get("STY"))


def through_screen(sequence: str) -> str:
    """A sequence in the strings that GNU screen passes on to the terminal.

    Args:
        sequence: Ends with BEL, because the other terminator would end screen's own string.
    """
    chunks = [sequence[at : at + _SCREEN_LIMIT] for at in range(0, len(sequence), _SCREEN_LIMIT)]
    return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)


def _is_in_tmux() -> bool:
    return bool(os.environ.get("TMUX")) and shutil.which("tmux") is not None


def _send(app: App[object], text: str) -> str:
    """Send a text by OSC 52; returns through what, for the sentence."""
    driver = driver_of(app)
    if driver is None or not is_in_screen(os.environ):
        app.copy_to_clipboard(text)
        return ""
    driver.write(through_screen(f"\x1b]52;c;{b64encode(text.encode()).decode()}\a"))
    return " through GNU screen"


async def _tmux(text: str, *, hand_on: bool) -> bool:
    """Load a tmux buffer; `-w` also sends it to the outer terminal, past tmux's filter for OSC 52."""
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "load-buffer",
            *(["-w"] if hand_on else []),
            "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(text.encode()), _TMUX_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0
