"""The function that makes external strings safe."""

import unicodedata

import pytest

from tui.domain.text import REPLACEMENT, clean, clean_lines

_EVERY = range(0x110000)
_AT_ONCE = 256
_DROPPED = (
    *(0x00AD, 0x061C, 0x180E, 0xFEFF),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xE0000, 0xE0080),
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("etl-prod ×2 構成 é", "etl-prod ×2 構成 é"),
        ("[/red] [@click=app.quit]x[/]", "[/red] [@click=app.quit]x[/]"),
        ("\x1b]52;c;b3duZWQ=\x07", f"{REPLACEMENT}]52;c;b3duZWQ={REPLACEMENT}"),
        ("\x9b1A", f"{REPLACEMENT}1A"),
        ("a\x00b\x7fc", f"a{REPLACEMENT}b{REPLACEMENT}c"),
        ("\ud800", REPLACEMENT),
        ("\u202etxt.exe\u202c", "txt.exe"),
        ("a\u200bb\ufeffc\U000e0041", "abc"),
        ("one\r\ntwo\nthree\rfour\u2028five\u2029six\x85seven", "one two three four five six seven"),
        ("a\tb", "a b"),
    ],
)
def test_terminal_control_characters_become_visible_or_are_removed(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_line_breaks_can_be_kept_and_are_then_all_the_same() -> None:
    assert clean_lines("one\r\ntwo\rthree\u2028four\x85five\ttab\x1b") == (
        f"one\ntwo\nthree\nfour\nfive    tab{REPLACEMENT}"
    )


@pytest.mark.parametrize("category", ["Cc", "Cs"])
def test_no_control_or_surrogate_character_survives(category: str) -> None:
    controls = [letter for letter in map(chr, _EVERY) if unicodedata.category(letter) == category]
    for letter in controls:
        assert letter not in clean(f"a{letter}b")
        assert letter == "\n" or letter not in clean_lines(f"a{letter}b")


def test_no_invisible_or_bidirectional_character_survives() -> None:
    for code in _DROPPED:
        assert clean(f"a{chr(code)}b") == "ab" == clean_lines(f"a{chr(code)}b")


def test_the_fast_and_the_slow_path_agree_for_every_character() -> None:
    for start in _EVERY[::_AT_ONCE]:
        letters = [chr(code) for code in _EVERY[start : start + _AT_ONCE]]
        # The control character forces the slow path; blanks keep marks out of a row.
        slow = clean("\x00" + " ".join(letters))
        assert slow == REPLACEMENT + " ".join(map(clean, letters)), f"from U+{start:04X} on"


@pytest.mark.parametrize("text", ["\x1b]52;c;b3duZWQ=\x07", "\u202ea\u200b", "one\r\ntwo", "plain"])
def test_cleaning_a_text_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_lines(clean_lines(text)) == clean_lines(text)
