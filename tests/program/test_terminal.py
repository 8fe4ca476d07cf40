"""The program in a real terminal: from the shell, through its main task, and back to a clean shell."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.terminal import ENTER_ALTERNATE_SCREEN, LEAVE_ALTERNATE_SCREEN, SHOW_CURSOR, Terminal, sparkpool
from tui.exit_status import ExitStatus

_READY_WORDS = (
    "4 problems",
    "runtime ended",
    "stray role",
    "identity is gone",
    "2 warnings",
    "pool is gone",
    "✖ failed",
)
"""The readiness column once everything has been read."""

_SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with sparkpool(tmp_path) as terminal:
        terminal.shows("vm-legacy", "as of", *_READY_WORDS)
        yield terminal


def _left_cleanly(terminal: Terminal) -> bool:
    written = bytes(terminal.written)
    left = written.rfind(LEAVE_ALTERNATE_SCREEN)
    return (
        written.count(ENTER_ALTERNATE_SCREEN) > 0
        and left > written.rfind(ENTER_ALTERNATE_SCREEN)
        and (written.rfind(SHOW_CURSOR) > written.rfind(b"\x1b[?25l"))
    )


@_SIZES
def test_a_new_user_can_attach_a_pool_and_detach_it_again(tmp_path: Path, size: tuple[int, int]) -> None:
    with sparkpool(tmp_path, size=size) as terminal:
        terminal.shows("aml-prod", "etl-prod", "as of")
        terminal.press("a")
        terminal.shows("5 subscriptions")
        terminal.press("enter")
        terminal.shows("3 Synapse workspaces")
        terminal.press("syn-p")
        terminal.shows("1 of 3")
        terminal.press("enter")
        terminal.shows("5 Spark pools")
        terminal.press("enter")
        terminal.shows("Name for the compute.")
        terminal.press("ctrl+u", "adhoc", "enter")
        terminal.shows("Which managed identity")
        terminal.press("tab")
        terminal.shows("Which role should", "you may grant")
        terminal.press("enter")
        terminal.shows("Nothing has been sent yet")
        terminal.confirm("enter", "attach adhoc", "verified", "● Succeeded")
        terminal.press("esc")
        terminal.shows("adhoc is attached")
        terminal.press("ctrl+d")
        terminal.asks_to_detach("adhoc")
        terminal.confirm("y", "adhoc is detached")
        terminal.press("q")
        assert terminal.ended() == 0
        assert _left_cleanly(terminal)


def test_a_terminal_that_is_too_small_shows_a_notice_until_it_is_large_enough(tmp_path: Path) -> None:
    with sparkpool(tmp_path, size=(60, 20)) as terminal:
        terminal.shows("60×20", "78×20")
        terminal.resize(80, 24)
        terminal.shows("etl-prod", "as of")


def test_shrinking_and_enlarging_the_terminal_keeps_the_cursor_in_the_field(tmp_path: Path) -> None:
    with sparkpool(tmp_path, size=(80, 24)) as terminal:
        terminal.shows("etl-prod", "as of")
        terminal.press("a")
        terminal.shows("5 subscriptions")
        terminal.press("con")
        terminal.shows("4 of 5")
        terminal.resize(60, 18)
        terminal.shows("60×18", "78×20")
        terminal.press("q")
        terminal.comes_to_rest()
        terminal.resize(80, 24)
        terminal.shows("4 of 5")
        terminal.press("toso em")
        terminal.shows("contoso em", "1 of 5")


@pytest.mark.parametrize("keys", [("down",), ("/", "etl"), (":", "attach")])
def test_an_idle_program_writes_nothing_to_the_terminal(terminal: Terminal, keys: tuple[str, ...]) -> None:
    terminal.press(*keys)
    assert terminal.falls_silent_for(1.2)


@pytest.mark.parametrize(
    ("burst", "title", "none"),
    [("wq", "open a workspace", "0 of 3 workspaces"), ("aq", "attach a Spark pool", "0 of 5 subscriptions")],
)
def test_letters_typed_ahead_of_a_screen_go_to_its_field_and_run_no_command(
    terminal: Terminal, burst: str, title: str, none: str
) -> None:
    terminal.press(burst)
    terminal.shows(title, none)


def test_keys_typed_ahead_advance_the_grant_form(terminal: Terminal) -> None:
    terminal.press("r")
    terminal.shows("roles on syn-prod/churnpool", "f grants it")
    terminal.press("a\r\r")
    terminal.shows("Who gets the role?")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_with_a_clean_terminal_and_its_exit_status(
    terminal: Terminal, number: signal.Signals
) -> None:
    terminal.signal(number)
    assert terminal.ended() == 128 + number
    assert _left_cleanly(terminal)


def test_a_screen_that_cannot_be_built_ends_the_program_with_a_clean_terminal_and_status_70(tmp_path: Path) -> None:
    terminal = Terminal([sys.executable, "-m", "tests.support.failing_start"], tmp_path)
    try:
        assert terminal.ended() == ExitStatus.INTERNAL
        assert _left_cleanly(terminal)
        assert "Traceback" not in terminal.text
    finally:
        terminal.close()


def test_the_program_can_be_suspended_to_the_shell_and_continued(tmp_path: Path) -> None:
    shell = Terminal(["bash", "--norc", "--noprofile", "-i"], tmp_path, environment={"PS1": "shell> "})
    try:
        shell.shows("shell>")
        shell.press(f"{sys.executable} -m tui --sandbox", "enter")
        shell.shows("vm-legacy", "as of")
        shell.press("ctrl+z")
        shell.shows("Stopped", "shell>")
        assert _left_cleanly(shell)
        shell.press("fg", "enter")
        shell.shows("vm-legacy", "as of")
        shell.press("down", "enter")
        shell.shows("churn-old ·")
        shell.press("q")
        shell.shows("shell>")
        shell.press("echo status $?", "enter")
        shell.shows("status 0")
    finally:
        shell.close()


@pytest.mark.parametrize("piped", ["stdin", "stdout", "stderr"])
def test_a_pipe_in_place_of_a_terminal_is_refused_with_one_sentence(piped: str, tmp_path: Path) -> None:
    main, side = os.openpty()
    try:
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), side) | {piped: subprocess.PIPE}
        environment = os.environ | {"TERM": "xterm-256color", "XDG_STATE_HOME": str(tmp_path)}
        command = [sys.executable, "-m", "tui", "--sandbox"]
        process = subprocess.Popen(command, env=environment, **streams)  # type: ignore[call-overload]
        out, said = process.communicate(timeout=PATIENCE_SECONDS)
        told = said.decode() if said is not None else os.read(main, 4096).decode()
        assert process.returncode == 2
        assert not out
        assert told.startswith("sparkpool: this is a full-screen program")
        assert len(told.strip().splitlines()) == 1
    finally:
        os.close(main)
        os.close(side)


def test_a_dumb_terminal_is_refused_with_advice_to_set_term(tmp_path: Path) -> None:
    with sparkpool(tmp_path, environment={"TERM": "dumb"}) as terminal:
        assert terminal.ended() == 2
        assert "set TERM to what it is" in terminal.text
        assert ENTER_ALTERNATE_SCREEN not in terminal.written


def test_quitting_while_an_operation_runs_asks_first(tmp_path: Path) -> None:
    with sparkpool(tmp_path, "--sandbox-speed", "0.01") as terminal:
        terminal.shows("etl-prod", "as of")
        terminal.press("down", "down", "ctrl+d")
        terminal.asks_to_detach("etl-prod")
        terminal.confirm("y", "◌ detach")
        terminal.press("q")
        terminal.shows("Leave while operations run?", "It is not recorded here")
        terminal.press("y")
        assert terminal.ended() == 0
        assert _left_cleanly(terminal)


def test_no_text_from_azure_reaches_the_terminal_as_a_control_sequence(tmp_path: Path) -> None:
    with sparkpool(tmp_path) as terminal:
        terminal.shows("vm-legacy", "as of")
        terminal.press(*["down"] * 4, "enter")
        terminal.shows("markup-lab ·", "as of", "[@click=app.quit]x[/]", "]52;c;b3duZWQ=")
        terminal.press("2")
        terminal.shows("not bold")
        terminal.press("q")
        assert terminal.ended() == 0
        # Textual's request for the mouse pointer's shape is the only operating system command allowed.
        written = terminal.written.decode().replace("\x1b]22;default\x07", "")
        assert "\x1b]" not in written
        assert not set("\u202e\u2066\u200b\x9b\x9d\x07") & set(written)
