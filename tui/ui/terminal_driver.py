"""Textual's driver of a terminal, made to survive whatever comes from the terminal."""

import codecs
import fcntl
import os
import selectors
import struct
import sys
import termios
import time

from textual import constants
from textual.drivers.linux_driver import LinuxDriver

from tui.ui.terminal_input import ESC, LONGEST_ESCAPE_SECONDS, KeyParser, encoding_of

_CHUNK = 4096
_LOOK_SECONDS = 0.1

_SYNC_QUERY = f"{ESC}[?2026$p"


class TerminalDriver(LinuxDriver):
    """Textual's driver with a reader that survives whatever comes from the terminal."""

    def run_input_thread(self) -> None:
        """Read until the program leaves or lends the terminal."""
        escape = min(constants.ESCAPE_DELAY, LONGEST_ESCAPE_SECONDS)
        alt_keys: frozenset[str] = getattr(self._app, "alt_keys", frozenset())
        parser = KeyParser(mouse=self._mouse, alt_keys=alt_keys, escape_seconds=escape)
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
                        # The terminal is gone, and a signal says so; without one nothing is left to wait for.
                        self.exit_event.wait(_LOOK_SECONDS)
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
