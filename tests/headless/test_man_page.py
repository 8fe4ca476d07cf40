"""The man page: complete, and in a language that man understands."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tui.__main__ import main
from tui.exit_status import MEANINGS
from tui.headless.man_page import man_page
from tui.manual import TOPICS
from tui.settings.model import definitions
from tui.verbs import FLAGS, VERBS

REQUESTS = {"TH", "SH", "SS", "PP", "TP", "B", "br", "nf", "fi", "RS", "RE", "nh", "ad"}


def shown() -> str:
    """The text of the page, without the language of man."""
    lines = [re.sub(r"^\.\w+ ?|^\\&", "", line) for line in man_page()]
    text = "\n".join(lines).replace(r"\-", "-").replace(r"\(dq", '"').replace(r"\(ti", "~")
    return re.sub(r"\\f[IRB]", "", text)


def test_the_page_has_every_verb_flag_variable_status_and_manual_page() -> None:
    text = shown()
    for verb in VERBS.values():
        assert f"sparkpool {verb.name}" in text
        assert verb.summary in text
        assert all(f"sparkpool {example.command}" in text for example in verb.examples)
    spellings = [spelling for flag in FLAGS.values() for spelling in flag.flags]
    assert all(spelling in text for spelling in spellings)
    for definition in definitions():
        assert all(word in text for word in (*definition.flags, *definition.variables))
    assert all(f"\n{status.value}\n" in text for status in MEANINGS)
    assert all(f"\n{topic}\n" in text for topic in TOPICS)


def test_a_line_begins_with_a_request_of_man_or_with_text() -> None:
    for line in man_page():
        assert line
        assert line[0] != "'"
        assert line[0] != "." or re.match(r"\.(\w+)", line)[1] in REQUESTS  # type: ignore[index]
        assert line.isascii()


def test_the_verb_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["man"]) == 0
    assert capsys.readouterr().out.splitlines() == man_page()


@pytest.mark.parametrize("program", [("mandoc", "-Tlint", "-W", "error"), ("groff", "-man", "-ww", "-Tascii")])
def test_programs_that_show_man_pages_have_nothing_to_say_about_it(program: tuple[str, ...], tmp_path: Path) -> None:
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed")
    page = tmp_path / "sparkpool.1"
    page.write_text("\n".join(man_page()) + "\n")
    done = subprocess.run([*program, str(page)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
