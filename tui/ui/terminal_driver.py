"""Textual's terminal driver, made robust against any input and against a lost terminal."""

from __future__ import annotations

import asyncio
import codecs
import fcntl
import math
import os
import select
import selectors
import signal
import struct
import sys
import termios
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

from textual import constants
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.ui.internals import is_exiting
from tui.ui.terminal_input import ESC, LONGEST_ESCAPE_SECONDS, KeyParser, encoding_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 4096
_LOOK_SECONDS = 0.1
_LEAVING_SECONDS = 2.0

_SYNC_QUERY = f"{ESC}[?2026$p"


@contextmanager
def _sigcont_blocked() -> Iterator[None]:
    """Block SIGCONT, whose handler would set the terminal up a second time in the middle of the first."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class TerminalGone(Message):
    """The terminal has been closed."""


def _open_without_blocking(descriptor: int) -> int:
    """Open the same terminal for writes that do not block; return `descriptor` if that fails.

    The mode of `descriptor` itself is shared with other programs.
    """
    try:
        return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return descriptor


class TerminalOutput:
    """Writes to the terminal, and discards output once the terminal is gone.

    Textual's writer thread ends at the first error, and the program then waits for it for ever; the same happens if the
    terminal accepts nothing, as on a dead line.

    Args:
        stream: The stream of the terminal; its buffer is not touched.
    """

    def __init__(self, stream: TextIO) -> None:
        self._descriptor = stream.fileno()
        self._writing = _open_without_blocking(self._descriptor)
        self._encoding = stream.encoding or "utf-8"
        self._ends_at = math.inf
        self._is_gone = False

    def fileno(self) -> int:
        """The file descriptor of the terminal."""
        return self._descriptor

    def hurry(self) -> None:
        """Stop waiting soon for a terminal that accepts nothing."""
        self._ends_at = min(self._ends_at, time.monotonic() + _LEAVING_SECONDS)

    def write(self, text: str) -> None:
        """Write a whole text, however often the terminal accepts only a part."""
        left = memoryview(text.encode(self._encoding, "backslashreplace"))
        while left and not self._is_gone:
            try:
                left = left[os.write(self._writing, left) :]
            except BlockingIOError:
                self._is_gone = time.monotonic() > self._ends_at
                select.select((), (self._writing,), (), _LOOK_SECONDS)
            except OSError:
                self._is_gone = True

    def flush(self) -> None:
        """Do nothing, because nothing is buffered."""


class TerminalDriver(LinuxDriver):
    """Textual's driver, with a reader that survives any input and notices a lost terminal."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._output = TerminalOutput(sys.__stderr__ or sys.stderr)
        self._file = cast("Any", self._output)
        self._call_soon: Callable[..., object] | None = None
        self._is_set_up_pending = False

    def start_application_mode(self) -> None:
        """Set up the terminal."""
        self._call_soon = asyncio.get_running_loop().call_soon_threadsafe
        with _sigcont_blocked():
            super().start_application_mode()  # type: ignore[no-untyped-call]

    def _sigcont_application(self, *arguments: Any) -> None:
        """Set up the terminal again after SIGCONT, or redraw it if it was not given up.

        Textual would always set it up, even while it is in use or after the exit, and its threads would never end.
        Closing terminals and shells send SIGCONT right after SIGHUP.
        """
        if self._must_signal_resume:
            super()._sigcont_application(*arguments)
        elif self._call_soon is not None and self._holds_terminal and not self._is_set_up_pending:
            self._is_set_up_pending = True
            self._call_soon(self._set_up_again)

    @property
    def _holds_terminal(self) -> bool:
        return self._key_thread is not None and self._key_thread.is_alive()

    def _set_up_again(self) -> None:
        """Set up and draw a terminal that a shell used while the program was stopped."""
        self._is_set_up_pending = False
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return
        if self._holds_terminal and not is_exiting(self._app):
            with _sigcont_blocked():
                self.suspend_application_mode()
                self._must_signal_resume = True
                self.resume_application_mode()

    def run_input_thread(self) -> None:
        """Read until the program exits or suspends."""
        escape = min(constants.ESCAPE_DELAY, LONGEST_ESCAPE_SECONDS)
        alt_keys: frozenset[str] = getattr(self._app, "alt_keys", frozenset())
        parser = KeyParser(alt_keys=alt_keys, escape_seconds=escape)
        decode = codecs.getincrementaldecoder(encoding_of(sys.__stdin__))("replace").decode
        parser.begin(time.monotonic())
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                now = time.monotonic()
                wait = _LOOK_SECONDS if parser.deadline is None else min(_LOOK_SECONDS, parser.deadline - now)
                data: bytes | None = None
                if selector.select(max(0.0, wait)):
                    data = self._read_terminal()
                    if not data:
                        # A program without a controlling terminal gets no signal.
                        self.process_message(TerminalGone())
                        return
                now = time.monotonic()
                for message in parser.feed(decode(data), now) if data else parser.tick(now):
                    self.process_message(message)

    @property
    def has_written_all(self) -> bool:
        """Whether all output has left this machine, as far as can be known."""
        if self._writer_thread is None or not self._writer_thread._queue.empty():
            return False
        try:
            waiting = fcntl.ioctl(self._writer_thread.fileno(), termios.TIOCOUTQ, bytes(struct.calcsize("i")))
        except (OSError, ValueError):
            return True
        return struct.unpack("i", waiting) == (0,)

    def hurry(self) -> None:
        """Stop waiting soon for a terminal that accepts nothing."""
        self._output.hurry()

    def ask_for_sign(self) -> None:
        """Query the terminal, which answers when it has shown all earlier output."""
        self.write(_SYNC_QUERY)

    def _read_terminal(self) -> bytes:
        try:
            return os.read(self.fileno, _CHUNK)
        except OSError:
            return b""

    def _run_input_thread(self) -> None:
        """Read; a failure ends the program like any other."""
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - the boundary of a thread that nobody waits for
            if not self.exit_event.is_set():
                self._app.call_later(self._app._handle_exception, error)
