"""Glyphs or ASCII: what the terminal can show decides, unless a setting does."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.terminal import Terminal, sparkpool
from tui.characters import choose_characters

TMUX, SCREEN, UTF8 = {"TMUX": "/nowhere,1,0"}, {"STY": "1.pts"}, {"LC_ALL": "C.UTF-8"}


@pytest.fixture(autouse=True)
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tmux that reports nothing about its terminal, as with no client attached; a test can change its answer."""
    program = tmp_path / "bin" / "tmux"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    # A busy machine may need longer to start tmux than the product waits.
    monkeypatch.setattr("tui.characters._TMUX_SECONDS", 60.0)
    return program


@pytest.mark.parametrize(
    ("environment", "ascii_only"),
    [
        ({"TERM": "xterm-256color"} | UTF8, False),
        ({"TERM": "xterm-256color", "LC_ALL": "C"}, False),
        ({"TERM": "xterm-256color"}, False),
        (SCREEN | {"LC_ALL": "C"}, True),
        (SCREEN | {"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, True),
        (SCREEN | {"LANG": "de_DE@euro"}, True),
        (SCREEN, True),
        (SCREEN | UTF8, False),
        (TMUX | {"LC_ALL": "C"}, True),
        (TMUX | {"LC_ALL": "", "LANG": "C"}, True),
        (TMUX | {"LANG": "en_US.utf8"}, False),
        (TMUX | UTF8, False),
        ({"TERM": "screen-256color", "LANG": "C"}, True),
        ({"TERM": "tmux-256color", "LANG": "C.UTF-8"}, False),
        ({"TERM": "linux"} | UTF8, True),
        ({"TERM": "linux-16color"} | UTF8, True),
        ({"TERM": "screen.linux"} | UTF8, True),
        ({"TERM": "vt100"} | UTF8, True),
        ({"TERM": "vt220"} | UTF8, True),
        ({"TERM": "ansi"} | UTF8, True),
    ],
)
def test_ascii_is_chosen_where_glyphs_would_be_garbled(environment: Mapping[str, str], ascii_only: bool) -> None:
    chosen = choose_characters(None, "default", "utf-8", environment)
    assert chosen.ascii_only is ascii_only
    assert bool(chosen.reason) is ascii_only


@pytest.mark.parametrize(("answer", "ascii_only"), [("0", True), ("1", False)])
@pytest.mark.parametrize("locale", ["C", "en_US.UTF-8"])
def test_tmux_takes_precedence_over_the_locale(tmux: Path, answer: str, ascii_only: bool, locale: str) -> None:
    tmux.write_text(f"#!/bin/sh\necho {answer}\n")
    chosen = choose_characters(None, "default", "utf-8", TMUX | {"LC_ALL": locale})
    assert (chosen.ascii_only, "tmux" in chosen.reason) == (ascii_only, True)


@pytest.mark.parametrize("environment", [SCREEN | {"LC_ALL": "C"}, {"TERM": "linux"}, UTF8])
@pytest.mark.parametrize("wanted", [True, False])
def test_the_ascii_setting_takes_precedence_over_the_environment(environment: Mapping[str, str], wanted: bool) -> None:
    assert choose_characters(wanted, "flag --ascii", "utf-8", environment).ascii_only is wanted


@pytest.mark.parametrize("encoding", ["iso8859-1", "ascii", "euc_jp", None])
def test_an_encoding_without_the_glyphs_forces_ascii(encoding: str | None) -> None:
    assert choose_characters(False, "flag --ascii", encoding, UTF8).ascii_only


@pytest.mark.parametrize(
    ("environment", "words", "sign"),
    [
        ({"LC_ALL": "", "LANG": "C", "STY": "1.pts"}, (), "* Succeeded"),
        ({"LC_ALL": "C", "STY": "1.pts"}, ("--no-ascii",), "● Succeeded"),
    ],
)
def test_in_gnu_screen_the_locale_decides_unless_no_ascii_is_set(
    tmp_path: Path, environment: dict[str, str], words: tuple[str, ...], sign: str
) -> None:
    with sparkpool(tmp_path, *words, environment=environment) as terminal:
        terminal.shows("churn-old", sign)


def test_the_doctor_says_which_characters_are_shown_and_why(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui", "doctor", "--sandbox"]
    terminal = Terminal(command, tmp_path, environment={"LC_ALL": "C", "STY": "1.pts"})
    try:
        terminal.ended()
        words = "ASCII only, because GNU screen follows the locale, and C has no UTF-8 here"
        assert words in " ".join(terminal.text.split())
    finally:
        terminal.close()
