"""The README is short, and its commands, pictures and links are correct."""

import re
import shlex
from pathlib import Path

from tests.constraints import project
from tui.manual import TOPICS
from tui.setting_checks import CHECKS
from tui.settings import read_command_line
from tui.settings.model import definitions

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_LINES = 100
PICTURE = re.compile(r"^!\[.+\]\((\S+)\)\n(\*.+\*\n)?", re.MULTILINE)


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= MOST_LINES


def test_the_two_commands_are_one_line_each_and_install_what_they_run() -> None:
    sandbox, tests = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    for command, installed in ((sandbox, "."), (tests, "-e .[dev]")):
        assert command.count("\n") == 1
        make, install, start = (shlex.split(part) for part in command.split("&&"))
        assert make == ["python3", "-m", "venv", ".venv"]
        assert install == [".venv/bin/pip", "install", "--quiet", "-c", "constraints.txt", *installed.split()]
        assert start[0].startswith(".venv/bin/")
    assert (ROOT / "constraints.txt").is_file()
    assert read_command_line(shlex.split(sandbox.split("sparkpool ")[1]), CHECKS).values == {"sandbox": True}
    assert {"pytest", "pytest-xdist"} <= {re.split(r"[=<>]", one)[0] for one in project()["dev"]}


def test_every_flag_and_command_in_the_readme_exists() -> None:
    flags = {flag for definition in definitions() for flag in definition.flags}
    text = re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"--[a-z][\w-]*", text)) <= flags
    for command in re.findall(r"`(?:\.venv/bin/)?sparkpool ([^`]+)`", text):
        assert read_command_line(shlex.split(command), CHECKS)


def test_the_readme_has_one_plain_picture_and_three_with_captions() -> None:
    captions = [caption for _, caption in PICTURE.findall(README)]
    assert [bool(caption) for caption in captions] == [False, True, True, True]


def test_every_picture_and_link_leads_to_a_file() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert all((ROOT / target).exists() for target in targets)
    assert [Path(target).stem for target in targets if target.endswith(".md") and "manual" in target] == list(TOPICS)
