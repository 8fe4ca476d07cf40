"""The program in a real terminal over SSH: keys at any speed, any bytes, and no unintended write."""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stage import Stage, pool_of
from tests.support.terminal import Terminal, sparkpool

SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
SMALL = (80, 24)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with sparkpool(tmp_path, size=SMALL, environment=SSH) as terminal:
        terminal.shows("etl-prod", "as of")
        yield terminal


def _to_the_review(terminal: Terminal) -> None:
    terminal.press("a")
    terminal.shows("5 subscriptions")
    terminal.press("\x1b[200~" + pool_of(Stage(), "adhocpool") + "\x1b[201~", "enter")
    terminal.shows("Name for the compute.")
    terminal.press("enter")
    terminal.shows("Which managed identity")
    terminal.press("tab")
    terminal.shows("Which role should", "you may grant")
    terminal.press("enter")


def test_esc_directly_followed_by_another_key_is_read_as_two_keys(terminal: Terminal) -> None:
    terminal.press("/", "etl")
    terminal.shows("3 shown")
    terminal.send(b"\x1bjj")
    terminal.shows("15 computes")
    assert "etlj" not in terminal.text
    terminal.send(b"\x10")
    terminal.shows("Search for commands")
    terminal.press("tag")
    terminal.send(b"\x1b/")
    terminal.shows("filter")
    assert "tagx" not in terminal.text
    terminal.send(b"\x1b\x1be")
    terminal.shows("Tags and description of")
    terminal.send(b"\x1b")
    terminal.shows("15 computes")


def test_esc_followed_by_enter_never_sends_a_plan(terminal: Terminal) -> None:
    _to_the_review(terminal)
    for delay in (0.0, 0.03, 0.3):
        terminal.shows("Nothing has been sent yet")
        terminal.send(b"\x1b")
        time.sleep(delay)
        terminal.send(b"\r")
        terminal.comes_to_rest()
        assert "attach a Spark pool" in terminal.lines[0]
        assert "Nothing has been sent yet" in terminal.text
    terminal.shows("Nothing has been sent yet")
    terminal.confirm("enter", "attach adhocpool", "● Succeeded")


def test_a_burst_of_enters_and_an_unbracketed_paste_stop_at_the_plan(terminal: Terminal) -> None:
    terminal.press("a")
    terminal.shows("5 subscriptions")
    terminal.press("\x1b[200~" + pool_of(Stage(), "adhocpool") + "\x1b[201~", "enter")
    terminal.shows("Name for the compute.")
    terminal.send(b"\r" * 12)
    terminal.shows("enter attach")
    terminal.send(b"\r\r")
    terminal.shows_already("came too early")
    terminal.shows("enter attach")
    terminal.send(b"zip\rzap\r\rz\r")
    terminal.shows_already("came too early")
    assert "operations" not in terminal.lines[0]


def test_the_late_rest_of_an_escape_sequence_opens_and_types_nothing(terminal: Terminal) -> None:
    for sequence in (b"\x1b[B", b"\x1bOB", b"\x1b[1;5B", b"\x1b[27u", b"\x1b]11;rgb:1e/1e/1e\x1b\\"):
        for place in range(1, len(sequence), 1 + len(sequence) // 6):
            terminal.send(sequence[:place])
            time.sleep(0.12)
            terminal.send(sequence[place:])
            time.sleep(0.03)
    terminal.comes_to_rest()
    assert "15 computes" in terminal.text
    terminal.press("/", "etl")
    terminal.shows("3 shown")


def test_enter_does_not_confirm_a_plan_that_has_not_reached_the_terminal(terminal: Terminal) -> None:
    _to_the_review(terminal)
    terminal.shows("Nothing has been sent yet")
    terminal.press("esc")
    terminal.shows("Which role should")
    terminal.send(b"\r")
    # Nothing is read from the terminal, as on a slow line.
    time.sleep(0.8)
    terminal.send(b"\r")
    terminal.shows_already("enter attach")
    terminal.comes_to_rest()
    assert "attach a Spark pool" in terminal.lines[0]


@pytest.mark.parametrize("locale", ["C.UTF-8", "POSIX", "en_US.ISO-8859-1"])
def test_no_input_bytes_crash_the_program(tmp_path: Path, locale: str) -> None:
    chance = random.Random(locale)  # noqa: S311 - the same bytes in every run
    # Keys that quit, suspend or open an editor are left out.
    harmless = bytes(set(range(256)) - set(b"q\x11\x1a\x05yY\x0c"))
    with sparkpool(tmp_path, size=SMALL, environment=SSH | {"LC_ALL": locale}) as terminal:
        terminal.shows("etl-prod", "as of")
        terminal.press("e")
        terminal.shows("Tags and description of")
        terminal.send(b"h\xe9llo \xff\xfe \xc3")
        terminal.shows("llo")
        for _ in range(6):
            terminal.send(bytes(chance.choices(harmless, k=100)))
            time.sleep(0.05)
        terminal.comes_to_rest()
        # End a paste or a terminal response that the random bytes may have started.
        terminal.send(b"\x1b[201~\x07")
        terminal.signal(signal.SIGTERM)
        assert terminal.ended() == 128 + signal.SIGTERM
    assert "unexpected failure" not in "".join(file.read_text() for file in tmp_path.rglob("*.log*"))


@pytest.mark.parametrize("keys", [b"q\r\r\x1b[B\r", b"o\x1bq\r", b"?\x1bqo"])
def test_keys_after_the_one_that_quits_are_ignored(terminal: Terminal, keys: bytes) -> None:
    terminal.send(keys)
    assert terminal.ended() == 0
    assert "failed unexpectedly" not in terminal.text


def test_quitting_with_unsent_edits_asks_first_and_ctrl_c_says_how_to_quit(terminal: Terminal) -> None:
    terminal.send(b"\x03")
    terminal.shows("ctrl+q quits sparkpool.")
    terminal.press("e")
    terminal.shows("Tags and description of")
    terminal.press("new words")
    terminal.shows("new words")
    terminal.send(b"\x03")
    terminal.shows("ctrl+q quits sparkpool.")
    terminal.press("ctrl+q")
    terminal.shows("Leave without sending?", "the tags and description of")
    terminal.press("n")
    terminal.until(lambda: "Leave without sending?" not in terminal.text)
    terminal.press("ctrl+q")
    terminal.shows("Leave without sending?")
    terminal.press("y")
    assert terminal.ended() == 0
