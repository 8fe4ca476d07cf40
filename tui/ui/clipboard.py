"""Copying over SSH: tmux's own way inside tmux, else OSC 52, and a sentence about what was done."""

import asyncio
import os
import shutil

from textual.app import App

_SHORT = 250
_TERMINALS_TAKE = 74_994
_TMUX_SECONDS = 3.0


async def copy(app: App[object], text: str, what: str) -> str:
    """Copy a text to the clipboard of the user's terminal.

    A terminal never confirms a copy, so the sentence says what was sent and not that it arrived.

    Args:
        app: The running program.
        text: What to copy.
        what: Its name for the sentence, such as `the YAML`.

    Returns:
        One sentence for the status line.
    """
    size = len(text.encode())
    if size > _TERMINALS_TAKE:
        return f"Not copied: {what} has {size:,} bytes, and terminals take {_TERMINALS_TAKE:,} at the most."
    if os.environ.get("TMUX") and shutil.which("tmux") and await _tmux(text):
        return f"Copied {what} ({size:,} bytes) to tmux and, if it allows it, on to the terminal's clipboard."
    app.copy_to_clipboard(text)
    here = f": {text}" if size <= _SHORT and "\n" not in text else "."
    return (
        f"Sent {what} ({size:,} bytes) to the terminal's clipboard (OSC 52). If it is not there, "
        f"select it by hand{here}"
    )


def way_of_copying() -> str:
    """How a copy would go out of this terminal, as half a sentence."""
    if os.environ.get("TMUX") and shutil.which("tmux"):
        return "to tmux, which hands it on to the terminal where it is allowed to"
    return "by OSC 52, which most terminals take"


async def _tmux(text: str) -> bool:
    """Load a tmux buffer; `-w` also hands it to the outer terminal, past tmux's filter for OSC 52."""
    process = await asyncio.create_subprocess_exec(
        "tmux",
        "load-buffer",
        "-w",
        "-",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.wait_for(process.communicate(text.encode()), _TMUX_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0
