"""A terminal for tests: the real program in a pseudo-terminal, and the screen as the user sees it."""

import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pexpect
import pyte

from tests.support.patience import PATIENCE_SECONDS

KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "enter": "\r",
    "esc": "\x1b",
    "tab": "\t",
    "ctrl+d": "\x04",
    "ctrl+n": "\x0e",
    "ctrl+q": "\x11",
    "ctrl+s": "\x13",
    "ctrl+u": "\x15",
    "ctrl+z": "\x1a",
}

ENTER_ALTERNATE_SCREEN, LEAVE_ALTERNATE_SCREEN, SHOW_CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"

# A program asks whether the terminal supports synchronized output; this terminal says yes.
_WHOLE_FRAMES, _ALTERNATE_SCREEN = 2026, 1049
_ASKED, _TOLD, _FRAME_END = b"\x1b[?2026$p", "\x1b[?2026;2$y", b"\x1b[?2026l"

# Variables of the terminal that runs the tests do not describe the one that they open, and an installed program
# has its bytecode.
_NOT_INHERITED = ("TMUX", "STY", "SSH_CONNECTION", "NO_COLOR", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE")

_REST_SECONDS = 0.5
_LOOK_SECONDS = 0.05
_MOMENT_SECONDS = 1.0
_DIM_SECONDS, _AGAIN_SECONDS = 3.0, 5.0
_CHUNK = 65536


class _Screen(pyte.Screen):
    """A screen that shows only complete frames, as terminals with synchronized output do.

    It builds only changed lines again, and draws plain text without looking at each character, because reading the
    screen takes most of the time of a test otherwise.
    """

    _held: list[str] | None = None
    _lines: Sequence[str] = ()

    def __init__(self, columns: int, lines: int) -> None:
        self._cells: dict[pyte.screens.Char, dict[str, pyte.screens.Char]] = {}
        super().__init__(columns, lines)

    @property
    def display(self) -> list[str]:
        """All lines, as wide as the screen."""
        if len(self._lines) != self.lines:
            self._lines = [""] * self.lines
            self.dirty.update(range(self.lines))
        now = list(self._lines)
        for number in self.dirty:
            if number < self.lines:
                row = self.buffer[number]
                now[number] = "".join([row[column].data for column in range(self.columns)])
        self._lines = now
        self.dirty.clear()
        return list(now)

    def draw(self, data: str) -> None:
        """Write text at the cursor."""
        cursor = self.cursor
        end = cursor.x + len(data)
        is_plain = data.isascii() and data.isprintable() and not self.charset
        if not is_plain or end > self.columns or pyte.modes.IRM in self.mode:
            # A combining character belongs to the character before it, which may be on the line above.
            self.dirty.add(max(0, cursor.y - 1))
            super().draw(data)
            return
        cells = self._cells.setdefault(cursor.attrs, {})
        for character in set(data) - cells.keys():
            cells[character] = cursor.attrs._replace(data=character)
        self.buffer[cursor.y].update(zip(range(cursor.x, end), map(cells.__getitem__, data), strict=True))
        cursor.x = end
        self.dirty.add(cursor.y)

    def set_mode(self, *modes: int, **options: Any) -> None:
        """Set modes, one of which starts a frame."""
        if _WHOLE_FRAMES in modes:
            self._held = list(self.display)
        super().set_mode(*modes, **options)

    def reset_mode(self, *modes: int, **options: Any) -> None:
        """Reset modes, one of which ends a frame and another of which ends the alternate screen."""
        if _WHOLE_FRAMES in modes:
            self._held = None
        if _ALTERNATE_SCREEN in modes:
            self.erase_in_display(2)
        super().reset_mode(*modes, **options)

    @property
    def lines_shown(self) -> list[str]:
        """The last complete frame, line by line."""
        return [line.rstrip() for line in self._held or self.display]


class Terminal:
    """A program in a terminal of its own.

    Args:
        command: The program and its arguments.
        state: The folder for its state and its log; its settings are in `config` below it.
        size: Columns and rows.
        environment: Variables on top of this process's own.

    Attributes:
        keys_pressed: How many keys were pressed, beside those that typed a text.
    """

    def __init__(
        self,
        command: Sequence[str],
        state: Path,
        size: tuple[int, int] = (120, 40),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        columns, rows = size
        own = {key: value for key, value in os.environ.items() if key not in _NOT_INHERITED}
        own |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        own |= {"XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state / "config")}
        self.written = bytearray()
        self.keys_pressed = 0
        self._not_shown = b""
        self._screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            command[0], list(command[1:]), dimensions=(rows, columns), env=own | dict(environment or {})
        )
        # Without this pexpect holds every key back for 50 ms.
        self._child.delaybeforesend = None

    @property
    def pid(self) -> int:
        """The program's process id."""
        return int(self._child.pid or 0)

    @property
    def is_alive(self) -> bool:
        """Whether the program still runs; pending output is read first."""
        self._read(0.0)
        return bool(self._child.isalive())

    @property
    def text(self) -> str:
        """The text on the screen."""
        return "\n".join(self._screen.lines_shown)

    @property
    def lines(self) -> list[str]:
        """The lines on the screen."""
        return self._screen.lines_shown

    def shows(self, *texts: str) -> None:
        """Wait until all of these texts are on the screen and a key that confirms, if there is one, has an effect."""
        self.shows_already(*texts)
        deadline = time.monotonic() + _MOMENT_SECONDS
        while self.ignores_keys and time.monotonic() < deadline:
            self._read(_LOOK_SECONDS)

    def shows_already(self, *texts: str) -> None:
        """Wait until all of these texts are on the screen, when a hasty user would press keys."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(text in self.text for text in texts):
            if not self._read_by(deadline):
                raise AssertionError(f"{texts} never came to the screen:\n{self.text}")

    @property
    def ignores_keys(self) -> bool:
        """Whether the key that confirms is dim, because it would be too early."""
        return self.ignores("enter", "y")

    def ignores(self, *keys: str) -> bool:
        """Whether one of these keys is dim in a key line."""
        for number, line in enumerate(self._screen.display):
            for key in keys:
                found = re.search(rf"(?:^[ │]*|  ){key} (?=\w)", line)
                if found and not self._screen.buffer[number][found.end() - len(key) - 1].bold:
                    return True
        return False

    def until(self, condition: Callable[[], object]) -> None:
        """Read output until a condition is met."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"it never became so:\n{self.text}")
            self._read(_LOOK_SECONDS)

    def shows_anything(self) -> None:
        """Wait for the first frame."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.text.strip():
            if not self._read_by(deadline):
                raise AssertionError("nothing ever came to the screen")

    def press(self, *keys: str) -> None:
        """Press keys by name, or type text."""
        for key in keys:
            self.keys_pressed += key in KEYS or len(key) == 1
            self._child.send(KEYS.get(key, key))

    def asks_to_detach(self, name: str) -> None:
        """Wait for the question before a detach, with the roles that it needs to know before it can be answered."""
        self.shows(f"Detach {name}?")
        self.until(lambda: "Reading the roles" not in self.text)

    def confirm(self, key: str, *texts: str) -> None:
        """Press a key that confirms until these texts are shown, again if the screen says that it came too early.

        The screen may change just before the key arrives, which is then ignored.
        """

        def is_there() -> bool:
            return all(text in self.text for text in texts)

        def has_counted_or_not(pressed: float) -> bool:
            # The sentence alone may still be about the previous key.
            is_new = self.ignores(key) or time.monotonic() > pressed + _AGAIN_SECONDS
            return is_there() or (is_new and "came too early" in self.text)

        def is_time(since: float) -> bool:
            # A key that stays dim is pressed anyway; the screen then says why it does nothing.
            return is_there() or not self.ignores(key) or time.monotonic() > since + _DIM_SECONDS

        self.until(partial(is_time, time.monotonic()))
        while not is_there():
            self.press(key)
            self.until(partial(has_counted_or_not, time.monotonic()))
            self.until(partial(is_time, time.monotonic()))

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        os.write(self._child.child_fd, data)

    def resize(self, columns: int, rows: int) -> None:
        """Resize the window."""
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self._child.kill(number)

    def comes_to_rest(self) -> None:
        """Read output until no more comes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read(_REST_SECONDS):
            if time.monotonic() > deadline:
                raise AssertionError("it never came to rest")

    def silent_for(self, seconds: float) -> bool:
        """Whether the program writes nothing for that long."""
        return not self._read(seconds)

    def falls_silent_for(self, seconds: float) -> bool:
        """Whether the program eventually writes nothing for that long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.silent_for(seconds):
                return True
        return False

    def ended(self) -> int:
        """Wait until the program ends.

        Returns:
            The exit status, as a shell would give it.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read_by(deadline):
            pass
        while self._child.isalive():
            if time.monotonic() > deadline:
                raise AssertionError(f"it never ended:\n{self.text}")
            time.sleep(_LOOK_SECONDS)
        status: int = self._child.wait()
        return status if self._child.signalstatus is None else 128 + self._child.signalstatus

    def forget(self) -> None:
        """Clear the screen, as if another program had overwritten it."""
        self.comes_to_rest()
        self._screen.reset()

    def hang_up(self) -> None:
        """Close the terminal under the program, as a lost connection does."""
        process = self._child.ptyproc  # type: ignore[attr-defined]
        process.fileobj.close()
        process.closed = self._child.closed = True

    def ended_unseen(self) -> int:
        """Wait until a program whose terminal is closed ends.

        Returns:
            The exit status, as a shell would give it.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._child.isalive():
            if time.monotonic() > deadline:
                raise AssertionError("it never ended")
            time.sleep(_LOOK_SECONDS)
        signalled = self._child.signalstatus
        return self._child.exitstatus or 0 if signalled is None else 128 + signalled

    def close(self) -> None:
        """Kill the program if it still runs, and close its terminal."""
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
            self._child.wait()
        if not self._child.closed:
            self._child.close()

    def _read_by(self, deadline: float) -> bool:
        """Read what arrives before a deadline and nothing after it, however much the program writes.

        Returns:
            False if nothing came or the program has closed the terminal.
        """
        left = deadline - time.monotonic()
        return left > 0 and self._read(left)

    def _read(self, seconds: float) -> bool:
        """Read what arrives within some seconds, up to the end of one frame, so that no frame is missed.

        Returns:
            False if nothing came or the program has closed the terminal.
        """
        if not self._not_shown and not self._take(seconds):
            return False
        part, end, self._not_shown = self._not_shown.partition(_FRAME_END)
        self._stream.feed(part + end)
        return True

    def _take(self, seconds: float) -> bool:
        if not select.select([self._child.child_fd], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = os.read(self._child.child_fd, _CHUNK)
        except OSError:
            # Linux reports "input/output error" when the other side has closed the terminal.
            return False
        seen = len(self.written)
        self.written += data
        if self.written.find(_ASKED, max(0, seen - len(_ASKED) + 1)) >= 0:
            self._child.send(_TOLD)
        self._not_shown = data
        return bool(data)


@contextmanager
def sparkpool(
    state: Path, *arguments: str, size: tuple[int, int] = (120, 40), environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Start sparkpool on the sandbox, in a terminal."""
    command = [sys.executable, "-m", "tui", "--sandbox", "--sandbox-speed", "20", *arguments]
    terminal = Terminal(command, state, size, environment)
    try:
        yield terminal
    finally:
        terminal.close()
