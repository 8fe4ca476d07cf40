"""External texts of any length: the shown part is bounded, copies are complete, and advice stays visible."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from tests.support import scenes
from tests.support.screen import on_row, says, screen_text, shown
from tests.support.stage import Stage, change
from tui.domain.errors import Problem, ProblemKind
from tui.domain.text import MOST_MARKS, clean, clean_lines
from tui.sandbox.faults import Answer, Rule
from tui.ui.dialogs import ConfirmScreen, Question
from tui.ui.screens.error import ErrorScreen
from tui.ui.stack import OwnScreen
from tui.ui.text import WHOLE, content, fold, fold_code, line, wrap

SMALL = (80, 24)
SHAPES = {
    "breaks": "a\n",
    "letters": "a",
    "words": "ab ",
    "wide": "構",
    "marks": "e" + "\u0301" * 999,
    "jamo": "\u1100" + "\u1160" * 999,
    "escapes": "\x1b[31m",
    "carriage returns": "a\r",
    "comments": "# a\n",
}


def long_text(shape: str, length: int) -> str:
    piece = SHAPES[shape]
    return piece * (length // len(piece))


@pytest.mark.parametrize("length", [1_000, 10_000_000])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_shown_part_of_a_long_text_is_bounded_and_says_how_much_follows(shape: str, length: int) -> None:
    text = long_text(shape, length)
    made = [wrap(text, 58, 20, copy_key="c"), fold(text, 78, copy_key="c"), fold_code(text, 78, copy_key="c")]
    made += [line(text), content(text).plain]
    for one in made:
        assert len(one) < 500_000
        assert one.count("\n") < 20_000
    assert len(line(text)) <= 4_001
    if length > 1_000:
        for one in made[:3]:
            assert re.search(r"… [\d,]+ more (lines|letters); c copies all$", one)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_copied_text_is_never_cut(shape: str) -> None:
    text = long_text(shape, 30_000)
    assert wrap(text, WHOLE) == clean_lines(text)
    assert fold(text, WHOLE) == clean_lines(text)
    assert fold_code(text, WHOLE) == clean_lines(text)
    assert content(wrap(text, WHOLE), "\n").plain == clean_lines(text) + "\n"


@pytest.mark.parametrize(
    ("mark", "most"),
    [
        *((mark, MOST_MARKS) for mark in "\u0301\u0e34\u20dd\u093f\U0001f3fb"),
        *((mark, 0) for mark in "\ufe0f\U000e0101\u1160"),  # these have no glyph of their own
    ],
)
def test_no_cell_gets_more_combining_marks_than_a_terminal_can_draw(mark: str, most: int) -> None:
    for made in (clean(f"e{mark * 50_000}z"), clean_lines(f"e{mark * 50_000}\nz")):
        assert len(made) < 20
        assert made.count(mark) == most
        assert cell_len(made) < 20
    assert clean(f"e{mark * MOST_MARKS}z") == f"e{mark * most}z"


async def test_a_page_shows_part_of_a_long_description_and_copies_all_of_it(stage: Stage) -> None:
    text = "a line of a description\n" * 1_000

    def describe(compute: dict[str, dict[str, str]]) -> None:
        compute["properties"]["description"] = text

    change(stage, "etl-prod", describe)
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("enter")
        await says(pilot, stage, "etl-prod ·", "as of", "a line of a description")
        page = str(stage.app.screen.query_one("#text", Static).render())
        assert "… 900 more lines; c copies all" in page
        assert page.count("\n") < 200
        await pilot.press("c")
        await says(pilot, stage, "Sent the Overview of etl-prod")
        assert stage.app.clipboard.count("a line of a description") == 1_000


async def test_a_copy_too_large_for_any_terminal_is_offered_as_a_file(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "a line of a description\n" * 10_000

    def describe(compute: dict[str, dict[str, str]]) -> None:
        compute["properties"]["description"] = text

    change(stage, "etl-prod", describe)
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("enter")
        await says(pilot, stage, "etl-prod ·", "as of", "a line of a description")
        await pilot.press("c")
        await says(pilot, stage, "terminals accept 74,994 at most", "Copy it again to write it to a new file")
        assert not list(tmp_path.iterdir())
        await pilot.press("c")
        await says(pilot, stage, "Wrote the Overview of etl-prod to")
    (file,) = tmp_path.iterdir()
    assert file.read_text().count("a line of a description") == 10_000


@pytest.mark.parametrize("ask", ["list", "pools", "roles"])
async def test_a_long_error_message_scrolls_while_its_advice_and_keys_stay_visible(stage: Stage, ask: str) -> None:
    words = " ".join(f"frame{number} of a traceback" for number in range(55))
    where = {"list": "/computes$", "pools": "/workspaces$", "roles": "/roleAssignments$"}[ask]
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.computes(stage, pilot)
        stage.fault(Rule(Answer(400, "Odd", words), "GET", where, times=None))
        match ask:
            case "list":
                await pilot.press("ctrl+r")
            case "pools":
                await pilot.press("a")
                await shown(pilot, stage, "5 subscriptions")
                await pilot.press("enter")
            case _:
                await on_row(stage, pilot, "churn")
                await pilot.press("r")
        await shown(pilot, stage, "Could not", "frame0 of a traceback")
        seen = set()
        for _ in range(60):
            text = screen_text(stage.app)
            assert "Could not" in text
            assert "Change what Azure names" in text
            assert "tries again" in text
            seen |= set(re.findall(r"frame(\d+)", text))
            if "… the end" in text:
                break
            assert re.search(r"… \d+ more lines?, ctrl\+down shows them", text)
            await pilot.press("ctrl+down")
            await pilot.pause()
        assert seen == {str(number) for number in range(55)}
        await pilot.press("ctrl+up")
        await pilot.pause()
        assert "… the end" not in screen_text(stage.app)


async def test_a_question_longer_than_the_screen_scrolls_between_its_title_and_its_keys(stage: Stage) -> None:
    sentences = tuple(f"Sentence {number}. {'word ' * 30}" for number in range(20))
    question = Question("Detach etl-prod?", sentences, "detach")
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.computes(stage, pilot)
        stage.app.push_screen(ConfirmScreen(question))
        await shown(pilot, stage, "↑↓ scroll")
        for key, sentence in (("pagedown", "Sentence 6."), ("end", "Sentence 19.")):
            await pilot.press(key)
            await shown(pilot, stage, sentence)
            text = screen_text(stage.app)
            assert "Detach etl-prod?" in text
            assert "y detach    n cancel" in text
        assert "Sentence 0." not in text
        await pilot.press("n")


async def test_an_error_dialog_longer_than_the_screen_scrolls(stage: Stage) -> None:
    words = "\n".join(f"line {number} of a traceback" for number in range(60))
    problem = Problem(ProblemKind.SERVICE, "Could not do it.", cause=words, advice="Try something else.")
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.computes(stage, pilot)
        stage.app.push_screen(ErrorScreen(problem))
        await shown(pilot, stage, "line 0 of a traceback")
        for _ in range(20):
            text = screen_text(stage.app)
            for kept in ("Could not do it.", "Try something else.", "esc close", "c copy all"):
                assert kept in text
            if "line 59 of a traceback" in text:
                break
            await pilot.press("down")
            await pilot.pause()
        assert "line 59 of a traceback" in text
        await pilot.press("escape")


async def test_a_text_that_changes_after_it_was_measured_gets_the_height_it_needs() -> None:
    class Texts(OwnScreen[None]):
        DEFAULT_CSS = "Texts Static { height: auto; }"

        def compose(self) -> ComposeResult:
            with Vertical():
                yield Static("", id="text")

    class Shown(App[None]):
        def get_default_screen(self) -> Screen[None]:
            return Texts()

    async with Shown().run_test(size=SMALL) as pilot:
        screen = pilot.app.screen
        text = screen.query_one("#text", Static)
        text.update("one")
        screen._refresh_layout()
        text.update("one\ntwo\nthree")
        await pilot.pause()
        assert text.size.height == 3
