"""Terminal input: keys are recognized however their bytes are split or delayed, and nothing else is read as a key."""

import random
from collections.abc import Iterable

import pytest
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.events import Key, Paste
from textual.message import Message

from tui.ui.terminal_input import LONGEST_ESCAPE_SECONDS, KeyParser, encoding_of

AT_ONCE, LATE = 0.0, 0.3

KEYS = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1bOA": "up",
    "\x1bOP": "f1",
    "\x1b[5~": "pageup",
    "\x1b[1;5B": "ctrl+down",
    "\x1b[[A": "f1",
    "\x1b[3$": "shift+delete",
    "\x1b[27u": "escape",
    "\x1b[97u": "a",
}
ANSWERS = (
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    "\x1b]10;rgb:ffff/ffff/ffff\x07",
    "\x1b]4;1;rgb:ff/00/00\x1b\\",
    "\x1bP>|tmux 3.3a\x1b\\",
    "\x1bP1$r0 q\x1b\\",
    "\x1b_Gi=1;OK\x1b\\",
    "\x1b[?62;22c",
    "\x1b[>0;276;0c",
    "\x1b[0n",
    "\x1b[?1;2$y",
    "\x1b[<0;10;10M",
    "\x1b[<0;10;10m",
    "\x1b[8;24;80t",
    "\x1b[?997;1n",
)
FIRST = (*"aeqyN^X\\1/ ~", "\r", "\t", "\x7f", "\x04", "\x11")


class Line:
    """A connection on which bytes arrive when a test sends them.

    Args:
        options: Passed to the parser.
    """

    def __init__(self, **options: object) -> None:
        self.parser = KeyParser(**options)  # type: ignore[arg-type]
        self.now = 0.0
        self.messages: list[Message] = []

    def send(self, text: str, later: float = 0.0) -> None:
        """Send input after some seconds; deadlines of the parser that pass in the meantime are handled first."""
        self.wait(later)
        self.messages += self.parser.feed(text, self.now)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while self.parser.deadline is not None and self.parser.deadline <= until:
            self.now = self.parser.deadline
            self.messages += self.parser.tick(self.now)
        self.now = until

    @property
    def keys(self) -> list[str]:
        """The keys so far."""
        return [message.key for message in self.messages if isinstance(message, Key)]


def names(texts: Iterable[str]) -> list[str]:
    line = Line()
    for text in texts:
        line.send(text)
    return line.keys


@pytest.mark.parametrize("delay", [AT_ONCE, 0.03, LATE, 1.5, 4.0])
@pytest.mark.parametrize("key", FIRST)
def test_a_key_after_esc_is_read_at_once_as_esc_and_that_key(key: str, delay: float) -> None:
    line = Line()
    line.send("\x1b")
    line.send(key, delay)
    assert line.keys == ["escape", *names([key])]


@pytest.mark.parametrize("key", "O[P]_")
def test_a_key_that_could_begin_a_sequence_is_read_as_itself_if_no_sequence_follows(key: str) -> None:
    line = Line()
    line.send(f"\x1b{key}")
    line.wait(LONGEST_ESCAPE_SECONDS)
    assert line.keys == ["escape"]
    line.wait(3.0)
    line.send("x")
    assert line.keys == ["escape", *names([key, "x"])]


def test_a_lone_esc_is_recognized_within_a_tenth_of_a_second() -> None:
    line = Line()
    for number in range(1, 4):
        line.send("\x1b")
        line.wait(0.1)
        assert line.keys == ["escape"] * number


@pytest.mark.parametrize("times", [2, 3, 5])
def test_each_of_several_esc_presses_counts(times: int) -> None:
    line = Line()
    line.send("\x1b" * times)
    line.wait(0.1)
    assert line.keys == ["escape"] * times


@pytest.mark.parametrize("sequence", KEYS)
def test_the_bytes_of_a_key_may_arrive_separately(sequence: str) -> None:
    for place in range(1, len(sequence)):
        line = Line()
        line.send(sequence[:place])
        line.send(sequence[place:], 0.05)
        assert line.keys == [KEYS[sequence]], place


@pytest.mark.parametrize("delay", [0.12, LATE, 0.9])
@pytest.mark.parametrize("sequence", [*KEYS, *ANSWERS])
def test_the_late_rest_of_a_sequence_does_nothing_and_swallows_no_key(sequence: str, delay: float) -> None:
    for place in range(1, len(sequence)):
        if sequence[1] in "OP_" and place == 2 and delay > LATE:
            continue  # a letter after esc is soon read as a letter
        line = Line()
        line.send(sequence[:place])
        line.send(sequence[place:], delay)
        line.send("j", 3.0)
        assert line.keys in (["escape", "j"], [KEYS.get(sequence, "escape"), "j"], ["j"]), place


def test_a_sequence_may_arrive_byte_by_byte_on_a_slow_connection() -> None:
    for sequence in ("\x1b[B", "\x1b[1;5B", "\x1b[<0;10;10M", "\x1b[?62;22c"):
        line = Line()
        for character in sequence:
            line.send(character, LATE)
        line.send("j", 3.0)
        assert line.keys in (["escape", "j"], ["j"]), sequence


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_unrequested_terminal_reply_is_not_read_as_a_key(answer: str) -> None:
    line = Line()
    line.send(f"a{answer}b")
    line.wait(5.0)
    assert line.keys == ["a", "b"]
    assert not any(isinstance(message, Paste) for message in line.messages)


def test_an_unterminated_reply_stops_swallowing_keys_at_the_next_control_key_or_timeout() -> None:
    line = Line()
    line.send("\x1b]11;rgb:ff")
    line.send("\r")
    line.send("\x1b]11;rgb:ff")
    line.send("j", 4.0)
    assert line.keys == ["enter", "j"]


def test_every_sequence_that_textual_knows_gives_the_same_key_here() -> None:
    for sequence in ANSI_SEQUENCES_KEYS:
        if len(sequence) > len("\x1b["):
            known = [message.key for message in XTermParser().feed(sequence) if isinstance(message, Key)]
            assert names([sequence]) == known, repr(sequence)


def test_alt_keys_are_recognized_only_if_the_user_has_bound_them() -> None:
    line = Line(alt_keys=frozenset({"alt+w"}))
    line.send("\x1bw\x1bx")
    assert line.keys == ["alt+w", "escape", "x"]


@pytest.mark.parametrize("delay", [AT_ONCE, 0.05, LATE, 1.5])
def test_a_bracketed_paste_is_one_paste_wherever_it_is_split(delay: float) -> None:
    text = "\x1b[200~two\rlines \x1b[A\x1b[201~"
    for place in range(2, len(text)):
        line = Line()
        line.send(text[:place])
        line.send(text[place:], delay)
        line.send("j", 3.0)
        pastes = [message.text for message in line.messages if isinstance(message, Paste)]
        assert pastes == ["two\rlines \x1b[A"], place
        assert line.keys in (["j"], ["escape", "j"]), place


def test_an_unterminated_paste_ends_after_a_timeout() -> None:
    line = Line()
    line.send("\x1b[200~text")
    line.send("j", 6.0)
    assert [message.text for message in line.messages if isinstance(message, Paste)] == ["text"]
    assert line.keys == ["j"]


@pytest.mark.parametrize("seed", range(200))
def test_keys_work_again_after_any_characters_at_any_pace(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same inputs in every run
    pieces = ("\x1b", "\x1b[", "\x1b]", "\x1bP", "O", "[", "200~", ";", "9" * 30, "u", "\r", "é", "\ufffd", "\x9b", "~")
    line = Line()
    for _ in range(60):
        part = chance.choice(pieces) if chance.random() < 0.7 else chr(chance.randrange(0x300))
        line.send(part, chance.choice((0.0, 0.0, 0.02, 0.2, 2.5)))
    line.wait(10.0)
    line.messages.clear()
    line.send("j")
    assert line.keys == ["j"]


@pytest.mark.parametrize(
    ("named", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("iso8859-1", "iso8859-1"),
        ("euc_jp", "euc_jp"),
        ("ascii", "utf-8"),
        ("iso2022_jp", "utf-8"),
        ("utf-16", "utf-8"),
        ("utf-7", "utf-8"),
        ("no such", "utf-8"),
        (None, "utf-8"),
    ],
)
def test_input_uses_the_locale_encoding_only_if_an_esc_byte_means_esc_in_it(named: str | None, encoding: str) -> None:
    assert encoding_of(type("Stream", (), {"encoding": named})()) == encoding
