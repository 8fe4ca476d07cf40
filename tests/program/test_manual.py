"""The manual: every page is correct, shown on the screen and printed on the command line."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests import keys_page
from tests.support import scenes
from tests.support.screen import happened, paste, screen_text, settled, shown
from tests.support.stage import Stage
from tui.__main__ import main
from tui.actions import PLACES, working_on
from tui.domain.redaction import redacted
from tui.manual import TOPICS, Page, read_page, read_pages
from tui.manual.rendering import plain, render
from tui.sandbox.fault_file import KINDS, MEMBERS
from tui.setting_checks import CHECKS
from tui.settings import gather, read_command_line
from tui.settings.model import definitions
from tui.ui.keymap import check_keys
from tui.ui.screens.manual import ManualScreen
from tui.verbs import FLAGS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tui" / "manual"
SIZES = ((78, 20), (120, 40))
PRINTED = 78
"""The width of a printed page, one column less on each side of an 80-column terminal."""

FLAGS_OF_OTHERS = {
    "--password", "--service-principal", "--tenant", "--name", "--endpoint-resource-manager",  # az
    "--assignee", "--assignee-object-id", "--assignee-principal-type", "--fill-principal-name", "--workspace-name",
    "--scope",
}  # fmt: skip
FLAGS_OF_THE_SERVED_SANDBOX = {
    "--port", "--host", "--world", "--size", "--seed", "--speed", "--device-polls", "--token-seconds", "--faults",
    "--requests",
}  # fmt: skip


@pytest.fixture(params=TOPICS)
def page(request: pytest.FixtureRequest) -> Page:
    return read_page(str(request.param))


def text_of(page: Page, width: int = PRINTED) -> str:
    return plain(render(page.text, width))


# Printed


def test_help_lists_and_prints_every_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    listed = capsys.readouterr().out
    for page in read_pages():
        assert re.search(rf"^  {page.topic} +{re.escape(page.summary)}$", listed, re.MULTILINE)
        assert main(["help", page.topic]) == 0
        assert capsys.readouterr().out == f"{text_of(page)}\n"


@pytest.mark.parametrize("words", [["Keys"], ["sign_in"], ["files.md"]])
def test_a_topic_is_found_by_variant_spellings(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", *words]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["--sandbox", "help", "keys"], ["help", "--sandbox", "keys"], ["help", "keys", "--ascii"]]
)
def test_flags_can_appear_anywhere_around_the_topic(words: list[str]) -> None:
    said = read_command_line(words, CHECKS)
    assert (said.verb, said.words) == ("help", ("keys",))


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [
        ("netwroks", 'there is no manual page "netwroks". Did you mean "networks"?'),
        ("wildcards", 'there is no manual page "wildcards". Pages that mention it: read-only.'),
        ("\x1b[31mxyz", 'there is no manual page "�[31mxyz".'),
    ],
)
def test_an_unknown_topic_is_reported_in_one_sentence_with_suggestions(
    topic: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["help", topic]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f'sparkpool: {sentence} "sparkpool help" lists all pages.\n'


def test_help_with_a_verb_says_where_its_help_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "list"]) == 2
    assert '"sparkpool list --help" explains the verb' in capsys.readouterr().err


@pytest.mark.parametrize("words", [["doctor", "keys"], ["settings", "keys"], ["help", "keys", "roles"]])
def test_only_help_accepts_a_topic_and_only_one(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert f'"{words[-1]}" is not known here.' in capsys.readouterr().err


def test_help_needs_no_terminal_settings_textual_or_azure(tmp_path: Path) -> None:
    (tmp_path / "sparkpool").mkdir()
    (tmp_path / "sparkpool" / "settings.toml").write_text("broken [")
    script = (
        "import sys, json; from tui.__main__ import main; status = main(['help', 'networks']); "
        "print(json.dumps([status, sorted(name.split('.')[0] for name in sys.modules)]), file=sys.stderr)"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", script],
        env={**environment, "XDG_CONFIG_HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    status, modules = json.loads(done.stderr)
    assert status == 0
    assert done.stdout.decode("ascii") == f"{text_of(read_page('networks'))}\n"
    assert not {"textual", "rich", "azure", "asyncio", "aiohttp"} & set(modules)


def test_a_narrow_terminal_gets_narrow_pages(monkeypatch: pytest.MonkeyPatch, page: Page) -> None:
    monkeypatch.setenv("COLUMNS", "61")
    lines = [line for line in text_of(page, 60).split("\n") if not line.startswith("    ")]
    assert max(map(len, lines)) <= 60


# The content of the pages


def test_the_manual_folder_contains_exactly_one_page_per_topic() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(TOPICS)


def test_a_page_is_plain_ascii_that_fits_every_terminal(page: Page) -> None:
    text = text_of(page)
    assert text.isascii()
    assert max(map(len, text.split("\n"))) <= PRINTED
    assert redacted(text) == text
    assert "**" not in text
    assert "](" not in text
    assert len(page.title) <= 24
    assert len(page.summary) <= 46


def test_every_link_of_a_page_leads_to_an_existing_page(page: Page) -> None:
    for label, target in re.findall(r"\[([^]]+)\]\(([^)]+)\)", page.text):
        # The terminal shows only the label, so it must be the topic or name the page's subject.
        assert target.removesuffix(".md") in TOPICS
        assert label.lower() == target.removesuffix(".md") or page.topic == "operations"


def test_the_list_of_keys_in_the_manual_matches_the_program() -> None:
    assert keys_page.PAGE.read_text(encoding="utf-8") == keys_page.written(), "run python -m tests.keys_page"


def test_the_most_used_keys_work_on_the_screens_that_the_page_names() -> None:
    short = {"list": "computes", "list of computes": "computes", "compute": "detail", "wizard": "attach"}
    short |= {"two changes": "conflict", "Spark pool settings": "pool-form"}
    screens = [where for where, place in PLACES.items() if place.kind == "screen"]
    table = keys_page.PAGE.read_text(encoding="utf-8").partition(keys_page.HEADING)[0]
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", table, re.MULTILINE)
    assert len(rows) > 20
    for keys, words in rows:
        named = [short.get(place, place) for place in words.split(", ")]
        for key in re.findall(r"`([^`]+)`", keys):
            bound = [where for where in screens if {"esc": "escape"}.get(key, key) in _keys_on(where)]
            assert bound if words in ("everywhere", "lists") else set(named) <= set(bound), f"{key} on {words}"


def _keys_on(where: str) -> set[str]:
    return {key for action in working_on(where) for key in action.keys.split(",")}


def test_every_flag_in_the_manual_exists(page: Page) -> None:
    known = {flag for definition in definitions() for flag in definition.flags}
    known |= {f"--no-{flag.removeprefix('--')}" for flag in known} | {"--init", "--help", "--version"}
    known |= FLAGS_OF_OTHERS | {flag for row in FLAGS.values() for flag in row.flags}
    if page.topic == "served-sandbox":
        known |= FLAGS_OF_THE_SERVED_SANDBOX
    if page.topic == "attach":
        known.add("--file")
    assert set(re.findall(r"(?<![\w-])--[a-z][\w-]*", page.text)) <= known


def test_every_sparkpool_command_in_the_manual_is_accepted(page: Page) -> None:
    blocks = re.findall(r"^```\n(.*?)^```", page.text, re.DOTALL | re.MULTILINE)
    inline = re.findall(r"`(sparkpool[^`]*)`", page.text)
    commands = [line for block in blocks for line in block.replace("\\\n", " ").split("\n")] + inline
    for command in commands:
        words = shlex.split(command, comments=True) if command.startswith("sparkpool ") else []
        if words and words[-1] != "--help":
            read_command_line(words[1:], CHECKS)


def test_every_settings_table_in_the_manual_is_accepted(page: Page, tmp_path: Path) -> None:
    for number, block in enumerate(re.findall(r"^```\n(\[(?:locks|keys|clouds).*?)^```", page.text, re.DOTALL | re.M)):
        file = tmp_path / str(number) / "sparkpool" / "settings.toml"
        file.parent.mkdir(parents=True)
        file.write_text(block.replace("GUID", "00000000-0000-0000-0000-000000000000"))
        variables = {"XDG_CONFIG_HOME": str(tmp_path / str(number)), "AZURE_CONFIG_DIR": str(tmp_path)}
        assert gather(read_command_line([], CHECKS), variables, tmp_path, checks=CHECKS)


def test_the_table_of_faults_matches_the_served_sandbox() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|[^|]*\|([^|]*)\|$", read_page("served-sandbox").text, re.MULTILINE)
    assert {name: set(re.findall(r"`(\w+)`", members)) for name, members in rows} == {
        name: set(MEMBERS.get(name, ())) for name in KINDS
    }


# On the screen


async def open_manual(stage: Stage, pilot: Pilot[None]) -> ManualScreen:
    await scenes.computes(stage, pilot)
    await pilot.press("question_mark")
    await shown(pilot, stage, "Keys that work here", "m manual")
    await pilot.press("m")
    await shown(pilot, stage, f"{len(TOPICS)} pages")
    assert isinstance(stage.app.screen, ManualScreen)
    return stage.app.screen


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_page_is_found_by_typing_and_shown_as_printed(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await open_manual(stage, pilot)
        for page in read_pages():
            await pilot.press("ctrl+u")
            await paste(pilot, page.topic)
            await appears(stage, pilot, page.summary)
            await pilot.press("enter")
            await appears(stage, pilot, f"[{page.title}]")
            lines = text_of(page, page_cells(stage)).split("\n")[2:]
            assert str(stage.app.screen.query_one("#text", Static).content).split("\n") == lines
            seen = screen_text(stage.app)
            assert all(line in seen for line in lines[: size[1] - 6])
            assert f"sparkpool help {page.topic} prints this page." in seen
            await pilot.press("escape")
            await happened(pilot, lambda: isinstance(stage.app.screen, ManualScreen))


async def appears(stage: Stage, pilot: Pilot[None], text: str) -> None:
    """Wait for a text, but not for the screen to settle, which would take a second for each page."""
    await happened(pilot, lambda: text in screen_text(stage.app))


def page_cells(stage: Stage) -> int:
    """The width of the page on the screen, in cells."""
    return min(100, stage.app.screen.query_one("#page").scrollable_content_region.width)


async def test_a_long_page_scrolls_to_its_last_line_and_is_copied_whole(stage: Stage) -> None:
    async with stage.app.run_test(size=SIZES[0]) as pilot:
        await open_manual(stage, pilot)
        await pilot.press(*"keys", "enter")
        await shown(pilot, stage, "[Keys]")
        last = text_of(read_page("keys"), page_cells(stage)).split("\n")[-1]
        assert last not in screen_text(stage.app)
        await pilot.press("end")
        await shown(pilot, stage, last)
        await pilot.press("c")
        await shown(pilot, stage, "the page (")
        assert last.strip() in stage.app.clipboard


async def test_the_page_search_ranks_title_matches_before_other_matches(stage: Stage) -> None:
    async with stage.app.run_test(size=SIZES[0]) as pilot:
        await open_manual(stage, pilot)
        await pilot.press(*"xport", "enter")
        await shown(pilot, stage, "[Exports]")
        await pilot.press("escape", "ctrl+u", *"proxy", "enter")
        await shown(pilot, stage, "[Clouds and networks]")


async def test_escape_goes_back_step_by_step_and_keeps_the_typed_text(stage: Stage) -> None:
    async with stage.app.run_test(size=SIZES[0]) as pilot:
        await open_manual(stage, pilot)
        await pilot.press(*"keys", "enter")
        await shown(pilot, stage, "[Keys]")
        await pilot.press("escape")
        await shown(pilot, stage, "Which page?")
        assert stage.app.screen.query_one(Input).value == "keys"
        await pilot.press("escape")
        await shown(pilot, stage, "Keys that work here")
        await pilot.press("escape")
        await shown(pilot, stage, "15 computes")


async def test_the_palette_finds_the_manual_and_its_pages(stage: Stage) -> None:
    async with stage.app.run_test(size=SIZES[1]) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("colon")
        await shown(pilot, stage, "All pages of the manual")
        assert "Manual: " not in screen_text(stage.app)
        await paste(pilot, "Manual: Exports")
        await shown(pilot, stage, read_page("exports").summary)
        await pilot.press("enter")
        await shown(pilot, stage, "[Exports]")


async def test_the_manual_does_not_open_twice(stage: Stage) -> None:
    async with stage.app.run_test(size=SIZES[1]) as pilot:
        await open_manual(stage, pilot)
        await pilot.press(*"keys", "enter")
        await shown(pilot, stage, "[Keys]")
        await pilot.press("question_mark")
        await shown(pilot, stage, "Keys that work here")
        await pilot.press("m")
        await settled(pilot, stage)
        assert "m manual" not in screen_text(stage.app)
        assert "Keys that work here" in screen_text(stage.app)


async def test_the_key_for_the_manual_can_be_remapped() -> None:
    stage = Stage(keys=check_keys({"help.manual": "f1"}))
    stage.operations.start()
    async with stage.app.run_test(size=SIZES[1]) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("question_mark")
        await shown(pilot, stage, "f1 manual")
        await pilot.press("f1")
        await shown(pilot, stage, "Which page?")
    stage.operations.stop()
