"""The keys named on a status line, in the strip or on an empty list are always visible."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

import tui.ui
from tests.support import scenes
from tests.support.programs import Place
from tests.support.screen import paste, says, sentences
from tests.support.stage import Stage
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Event, Failed, Operation, Progress, Started, Verb, Watch
from tui.domain.unreadable_operation import UnreadableOperation
from tui.ui.fitting import fit_lines
from tui.ui.widgets.strip import OperationStrip

WIDTHS = (76, 78)
"""Cells of a line at 78 and at 80 columns."""

LONG = (
    "contoso-data-platform-production-eastus2-etl-007",
    "/a/very/long/path" * 60,
    "many words of someone else " * 60,
)


def _keys_and_text(sentence: ast.JoinedStr, filler: str) -> tuple[str, list[str]]:
    """A sentence with a filler for each quoted text, and the keys that it names."""
    text, keys = "", list[str]()
    for part in sentence.values:
        if isinstance(part, ast.FormattedValue):
            key = _key_in(part.value)
            keys += [key] if key else []
            text += key or (_TITLE if ast.unparse(part.value) in OUR_OWN else filler)
        elif isinstance(part, ast.Constant):
            text += str(part.value)
    return text, keys


OUR_OWN = {"rest", "what", "problem.title"}
"""Sentences of ours with a name in them, which other sentences quote."""

_TITLE = "Could not attach contoso-data-platform-production-eastus2-etl-007."

KEY_VARIABLES = {
    "again", "back", "clears", "copies", "enter", "fix", "go", "goes_on", "key", "lets_go", "shows", "take", "adds"
}  # fmt: skip


def _key_in(node: ast.expr) -> str:
    """A unique placeholder for the key that an expression names; empty if it names none."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("key_name", "key_of"):
        return f"⟦key{node.lineno}{node.col_offset}⟧"
    if isinstance(node, ast.Name) and node.id in KEY_VARIABLES:
        return f"⟦{node.id}⟧"
    return ""


@cache
def _sentences() -> tuple[tuple[str, ast.JoinedStr], ...]:
    """Every sentence under `tui/ui` that names a key, with its file and line."""
    return tuple(_found_sentences())


def _found_sentences() -> Iterator[tuple[str, ast.JoinedStr]]:
    for path in sorted(Path(next(iter(tui.ui.__path__))).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr) and _keys_and_text(node, "")[1]:
                yield f"{path.name}:{node.lineno}", node


def test_there_are_sentences_that_name_keys() -> None:
    assert len(_sentences()) > 60


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("filler", LONG, ids=["name", "path", "words"])
def test_every_sentence_that_names_a_key_shows_it_however_long_the_quoted_text_is(width: int, filler: str) -> None:
    lost = []
    for where, node in _sentences():
        text, keys = _keys_and_text(node, filler)
        lines = fit_lines(Content(text), width, 6)
        seen = " ".join(line.plain for line in lines)
        assert len(lines) <= 6
        assert all(line.cell_length <= width for line in lines)
        lost += [f"{where}: {key} in {seen}" for key in keys if key not in seen]
    assert not lost


TEXTS = [
    "word " * 400,
    "構成 テスト " * 200,
    "/path" * 400,
    "one two",
    "e\u0301" * 900,
    "",
    f"…{'設定' * 90}",
    "～…~" * 99,
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_of_any_length_fits_the_given_lines_and_cells(text: str) -> None:
    for most in range(1, 7):
        for width in (10, 33, 78):
            lines = fit_lines(Content(text), width, most)
            assert len(lines) <= most
            assert all(line.cell_length <= width for line in lines)


class _Strip(App[None]):
    def get_css_variables(self) -> dict[str, str]:
        """Add the app's own variables."""
        return super().get_css_variables() | {"dim": "gray"}

    def compose(self) -> ComposeResult:
        """Show only the strip."""
        yield OperationStrip()


NOW = datetime(2026, 7, 1, 9, 12, tzinfo=UTC)


def _operation(place: Place, number: int, *events: Event, name: str, watch: Watch = Watch.HERE) -> Operation:
    request = replace(place.attachment, name=name)
    return Operation(number, Verb.ATTACH, request.id, request, (Started(NOW), *events), watch)


def _says(strip: OperationStrip) -> str:
    return strip.render().plain


@pytest.mark.parametrize("width", [78, 80])
@pytest.mark.parametrize("name", ["adhoc", "contoso-data-platform-production-eastus2-etl-007"])
async def test_the_strip_always_shows_its_key(width: int, name: str, tmp_path: Path) -> None:
    place = Place(tmp_path)
    polls = Progress(NOW, "InProgress", next_poll=NOW + timedelta(seconds=14))
    waits = Progress(NOW, "waiting until Synapse knows the new identity")
    refusal = Failed(NOW, Problem(ProblemKind.REFUSED, "No."))
    running = [_operation(place, number, polls, name=name) for number in range(3)]
    slow = [*running[:2], _operation(place, 2, waits, name=name)]
    left = [_operation(place, number, name=name, watch=Watch.NOBODY) for number in range(12)]
    unread = [UnreadableOperation(9, "attach", name, "it is of a newer version")]
    failed = [_operation(place, number, refusal, name=name) for number in range(12)]
    app = _Strip()
    async with app.run_test(size=(width, 24)) as pilot:
        strip = app.query_one(OperationStrip)

        async def seen(
            running: Sequence[Operation],
            left: Sequence[Operation],
            unread: Sequence[UnreadableOperation],
            failed: Sequence[Operation],
            *,
            recorded: bool = True,
        ) -> str:
            strip.show_operations(running, left, unread, failed, NOW + timedelta(hours=30), recorded=recorded)
            await pilot.pause()
            said = _says(strip)
            assert strip.render().cell_length <= strip.size.width, said
            assert name[-3:] in said or not recorded
            return said

        assert "o shows them" in await seen(running, [], [], [])
        assert "o shows them" in await seen(slow, [], [], [])
        assert "u resumes" in await seen([], left, [], [])
        assert "o shows them" in await seen([], [replace(left[0], other_cloud="AzureChinaCloud")], unread, [])
        assert "o says why" in await seen([], [], unread, [])
        assert "o says why" in await seen(running, left, unread, failed)
        assert "o says why" in await seen([], [], [], [], recorded=False)


@pytest.mark.parametrize("width", [78, 80])
async def test_the_last_question_of_a_grant_shows_its_keys(width: int, stage: Stage) -> None:
    async with stage.app.run_test(size=(width, 24)) as pilot:
        await scenes.grant(stage, pilot)
        await says(pilot, stage, "or paste an object id. enter chooses the row under the cursor.")
        await paste(pilot, "22222222-2222-4222-8222-222222222222")
        await says(pilot, stage, "No known principal has this id. enter uses the id.")


async def test_a_marked_row_hidden_by_the_filter_is_named_in_full_in_a_narrow_terminal(stage: Stage) -> None:
    async with stage.app.run_test(size=(78, 24)) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("end", *["up"] * 11, "space", "slash", *"etl-prod", "enter", "e")
        await says(pilot, stage, "lost-identity is marked but hidden by the filter.")
        assert "etl-prod, under the cursor, is not it." in sentences(stage.app)


@pytest.mark.parametrize("width", [78, 80])
async def test_a_filter_of_any_length_says_which_key_clears_it(width: int, stage: Stage) -> None:
    async with stage.app.run_test(size=(width, 24)) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("slash")
        await paste(pilot, "no such compute " * 200)
        await says(pilot, stage, 'Nothing matches "no such', "esc clears the filter.")
