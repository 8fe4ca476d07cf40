"""Textual's driver of a terminal, made to survive whatever comes from the terminal, and its end."""

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
def _told_to_go_on_later() -> Iterator[None]:
    """Hold SIGCONT back, whose handler would take the terminal a second time in the middle of the first."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class TerminalGone(Message):
    """The terminal has been closed."""


def _opened_again(descriptor: int) -> int:
    """The same terminal, such that a write does not wait; the one there is, where it cannot be opened again.

    The mode of the one there is belongs to all that share the terminal.
    """
    try:
        return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return descriptor


class TerminalOutput:
    """Takes what is drawn, and goes on to take it, unwritten, when the terminal is gone.

    Textual's thread that writes ends at the first error, and the program then waits for it for ever. It does so, too,
    where a terminal is there and takes nothing, as behind a line that has gone dead.

    Args:
        stream: The stream of the terminal; what it has buffered is not touched.
    """

    def __init__(self, stream: TextIO) -> None:
        self._descriptor = stream.fileno()
        self._writing = _opened_again(self._descriptor)
        self._encoding = stream.encoding or "utf-8"
        self._ends_at = math.inf
        self._is_gone = False

    def fileno(self) -> int:
        """The file descriptor of the terminal."""
        return self._descriptor

    def hurry(self) -> None:
        """From a moment on, do not wait any more for a terminal that takes nothing."""
        self._ends_at = min(self._ends_at, time.monotonic() + _LEAVING_SECONDS)

    def write(self, text: str) -> None:
        """Write a text to its end, however often the terminal takes a part of it only."""
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
        """Do nothing: nothing is held back."""


class TerminalDriver(LinuxDriver):
    """Textual's driver with a reader that survives whatever comes from the terminal, and an end when that is gone."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._output = TerminalOutput(sys.__stderr__ or sys.stderr)
        self._file = cast("Any", self._output)
        self._do_soon: Callable[..., object] | None = None
        self._is_to_take_again = False

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self._do_soon = asyncio.get_running_loop().call_soon_threadsafe
        with _told_to_go_on_later():
            super().start_application_mode()  # type: ignore[no-untyped-call]

    def _sigcont_application(self, *arguments: Any) -> None:
        """The program goes on: take the terminal again that was given up, or draw one that was not.

        Textual takes it in any case, also where it is held or has been left for good, and nothing ends the threads of
        that time. A terminal that is being closed sends SIGCONT right behind SIGHUP, and so do shells.
        """
        if self._must_signal_resume:
            super()._sigcont_application(*arguments)
        elif self._do_soon is not None and self._holds_terminal and not self._is_to_take_again:
            self._is_to_take_again = True
            self._do_soon(self._take_again)

    @property
    def _holds_terminal(self) -> bool:
        return self._key_thread is not None and self._key_thread.is_alive()

    def _take_again(self) -> None:
        """Set up and draw a terminal that a shell has used while the program was stopped from outside."""
        self._is_to_take_again = False
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return
        if self._holds_terminal and not is_exiting(self._app):
            with _told_to_go_on_later():
                self.suspend_application_mode()
                self._must_signal_resume = True
                self.resume_application_mode()

    def run_input_thread(self) -> None:
        """Read until the program leaves or lends the terminal."""
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
                        # No signal says so to a program that the terminal does not control.
                        self.process_message(TerminalGone())
                        return
                now = time.monotonic()
                for message in parser.feed(decode(data), now) if data else parser.tick(now):
                    self.process_message(message)

    @property
    def has_written_all(self) -> bool:
        """Whether all that was drawn has left this machine, as far as it knows."""
        if self._writer_thread is None or not self._writer_thread._queue.empty():
            return False
        try:
            waiting = fcntl.ioctl(self._writer_thread.fileno(), termios.TIOCOUTQ, bytes(struct.calcsize("i")))
        except (OSError, ValueError):
            return True
        return struct.unpack("i", waiting) == (0,)

    def hurry(self) -> None:
        """Do not wait long, from now on, for a terminal that takes nothing."""
        self._output.hurry()

    def ask_for_sign(self) -> None:
        """Ask the terminal for an answer, which it gives when it has shown all that was written before."""
        self.write(_SYNC_QUERY)

    def _read_terminal(self) -> bytes:
        try:
            return os.read(self.fileno, _CHUNK)
        except OSError:
            return b""

    def _run_input_thread(self) -> None:
        """Read, and end the program like any other failure where that fails."""
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - the last net of a thread that nobody waits for
            if not self.exit_event.is_set():
                self._app.call_later(self._app._handle_exception, error)
