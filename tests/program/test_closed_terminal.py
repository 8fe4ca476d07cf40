"""A terminal that is closed, or used by another program, while sparkpool runs in it."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.terminal import LEAVE_ALTERNATE_SCREEN, Terminal, sparkpool
from tui.ui.terminal_driver import TerminalOutput

_REST_SECONDS, _LOOK_SECONDS = 0.5, 0.001

# A hangup does not reach a program in a session of its own, and its parent ignores it here.
_UNCONTROLLED = """
import signal, subprocess, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
status = subprocess.run([sys.executable, "-m", "tui", "--sandbox"], start_new_session=True).returncode
open(sys.argv[1], "w").write(str(status))
"""


def threads(terminal: Terminal) -> int:
    return sum(1 for _ in Path(f"/proc/{terminal.pid}/task").iterdir())


def has_no_more_to_do(terminal: Terminal) -> None:
    """Wait until a program has used no processor time for a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    before, after = -1, processor_time(terminal)
    while before != after:
        assert time.monotonic() < deadline
        time.sleep(_REST_SECONDS)
        before, after = after, processor_time(terminal)


def processor_time(terminal: Terminal) -> int:
    """User and system time of all threads, in clock ticks; see proc(5)."""
    fields = Path(f"/proc/{terminal.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_closed_terminal_ends_a_program_that_received_sigcont_before(tmp_path: Path) -> None:
    times = 6
    with sparkpool(tmp_path) as terminal:
        terminal.shows("etl-prod", "as of")
        before = threads(terminal)
        for _ in range(times):
            terminal.signal(signal.SIGCONT)
            terminal.comes_to_rest()
        terminal.shows("etl-prod", "as of")
        # A leak would leave two terminal threads for each SIGCONT; a few other threads may have started.
        assert threads(terminal) < before + 2 * times
        terminal.hang_up()
        assert terminal.ended_unseen() == 128 + signal.SIGHUP


def test_a_program_that_receives_sigcont_while_exiting_still_exits(tmp_path: Path) -> None:
    with sparkpool(tmp_path) as terminal:
        terminal.shows("etl-prod", "as of")
        terminal.press("q")
        # An earlier SIGCONT would lose the key: input typed while the program is stopped is discarded.
        terminal.until(lambda: LEAVE_ALTERNATE_SCREEN in terminal.written)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while terminal.is_alive:
            assert time.monotonic() < deadline, terminal.text
            terminal.signal(signal.SIGCONT)
            time.sleep(_LOOK_SECONDS)
        assert terminal.ended() == 0


def test_closing_the_terminal_ends_a_program_started_from_a_shell(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    shell = Terminal(["bash", "--norc", "-i"], tmp_path)
    try:
        shell.press(f"(echo $BASHPID > {noted}; exec {sys.executable} -m tui --sandbox)", "enter")
        shell.shows("etl-prod", "as of")
        process = Path("/proc") / noted.read_text().strip()
        assert process.exists()
        shell.hang_up()
        shell.ended_unseen()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while process.exists() and ") Z " not in (process / "stat").read_text():
            assert time.monotonic() < deadline
            time.sleep(_LOOK_SECONDS)
    finally:
        shell.close()


def test_closing_a_terminal_that_stopped_reading_ends_the_program(tmp_path: Path) -> None:
    with sparkpool(tmp_path) as terminal:
        terminal.shows("etl-prod", "as of")
        # Each of these draws the whole screen, until the terminal's buffer is full.
        terminal.send(b"?\x1b" * 300)
        has_no_more_to_do(terminal)
        terminal.hang_up()
        assert terminal.ended_unseen() == 128 + signal.SIGHUP


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_program_whose_terminal_has_stopped_reading(tmp_path: Path, number: signal.Signals) -> None:
    with sparkpool(tmp_path) as terminal:
        terminal.shows("etl-prod", "as of")
        terminal.send(b"?\x1b" * 300)
        has_no_more_to_do(terminal)
        terminal.signal(number)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while ") Z " not in Path(f"/proc/{terminal.pid}/stat").read_text():
            assert time.monotonic() < deadline
            time.sleep(_LOOK_SECONDS)
        assert terminal.ended() == 128 + number


def test_a_program_that_receives_no_hangup_signal_ends_with_its_terminal(tmp_path: Path) -> None:
    said = tmp_path / "status"
    terminal = Terminal([sys.executable, "-c", _UNCONTROLLED, str(said)], tmp_path)
    try:
        terminal.shows("etl-prod", "as of")
        terminal.hang_up()
        assert terminal.ended_unseen() == 0
        assert said.read_text() == str(128 + signal.SIGHUP)
    finally:
        terminal.close()


def test_the_screen_is_redrawn_after_sigstop_and_sigcont(tmp_path: Path) -> None:
    with sparkpool(tmp_path) as terminal:
        terminal.shows("etl-prod", "as of")
        terminal.signal(signal.SIGSTOP)
        terminal.forget()
        assert "etl-prod" not in terminal.text
        terminal.signal(signal.SIGCONT)
        terminal.shows("etl-prod", "as of")
        terminal.press("q")
        assert terminal.ended() == 0


def test_a_nonblocking_terminal_receives_all_output() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    text = "0123456789" * 30_000
    written = bytearray()

    def draw() -> None:
        with os.fdopen(writing, "w") as stream:
            TerminalOutput(stream).write(text)

    thread = threading.Thread(target=draw, daemon=True)
    thread.start()
    while part := os.read(reading, 65_536):
        written += part
    thread.join(PATIENCE_SECONDS)
    os.close(reading)
    assert written.decode() == text


def test_writing_to_a_closed_terminal_raises_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        output = TerminalOutput(stream)
        for _ in range(3):
            output.write("anything")
            output.flush()
