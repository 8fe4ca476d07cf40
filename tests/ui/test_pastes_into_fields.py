"""A paste into any field: no text is lost without a message, and nothing is confirmed by it."""

import ast
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.scenes import attach_name, attach_pool, computes, grant, identity, palette, picker
from tests.support.screen import gone, happened, on_row, paste, says, shown
from tests.support.stage import Stage, pool_of, writes
from tui.domain.guard import Guard
from tui.domain.pasted import LONGEST_PASTE
from tui.ui.screens.ask import AskScreen
from tui.ui.terminal_input import KeyParser

UI = Path(__file__).parents[2] / "tui" / "ui"


async def pressed(stage: Stage, pilot: Pilot[None], keys: Sequence[str], until: str = "") -> None:
    await computes(stage, pilot)
    await pilot.press(*keys)
    await shown(pilot, stage, until)


async def words(stage: Stage, pilot: Pilot[None], keys: Sequence[str] = ()) -> None:
    await computes(stage, pilot)
    await on_row(stage, pilot, "etl-prod")
    await pilot.press("e")
    await shown(pilot, stage, "Nightly ETL")
    await pilot.press(*keys)


async def pool_form(stage: Stage, pilot: Pilot[None], keys: Sequence[str] = ()) -> None:
    await pressed(stage, pilot, ["p"], until="Node family")
    await pilot.press("e")
    await shown(pilot, stage, "Auto-pause", "This also changes")
    await pilot.press(*keys)


async def identity_form(stage: Stage, pilot: Pilot[None], keys: Sequence[str] = ()) -> None:
    await pressed(stage, pilot, ["i"], until="Which managed identity")
    await pilot.press("down", "enter")
    await shown(pilot, stage, "12 user-assigned identities")
    await pilot.press("ctrl+n")
    await shown(pilot, stage, "Resource group", "such as eastus2")
    await pilot.press(*keys)


async def spec_path(stage: Stage, pilot: Pilot[None]) -> None:
    await pressed(stage, pilot, ["a"], until="5 subscriptions")
    await pilot.press("ctrl+o")
    await shown(pilot, stage, "Which file?")


async def identities(stage: Stage, pilot: Pilot[None]) -> None:
    await identity(stage, pilot)
    await pilot.press("down", "enter")
    await shown(pilot, stage, "12 user-assigned identities")


async def question(stage: Stage, pilot: Pilot[None]) -> None:
    await computes(stage, pilot)
    stage.app.push_screen(AskScreen("Which tenant?", "", lambda _: ""))
    await shown(pilot, stage, "Which tenant?")


LOCKED = {"guard": Guard(locked=("aml-prod*",))}
Visit = Callable[[Stage, Pilot[None]], Awaitable[None]]
FIELDS: dict[str, tuple[str, Visit, dict[str, Any]]] = {
    "the filter of the computes": ("widgets/filter_bar.py", partial(pressed, keys=["slash"]), {}),
    "the filter of the operations": ("widgets/filter_bar.py", partial(pressed, keys=["o", "slash"]), {}),
    "the palette": ("ascii.py", palette, {}),
    "the workspace": ("widgets/chooser.py", picker, {"pick": True}),
    "the Spark pool": ("widgets/chooser.py", attach_pool, {}),
    "the identities": ("widgets/chooser.py", identities, {}),
    "the holder of a role": ("widgets/chooser.py", grant, {}),
    "the name": ("attach/name_step.py", attach_name, {}),
    "the description": ("screens/tags.py", words, {}),
    "the name of a tag": ("screens/tags.py", partial(words, keys=["tab"]), {}),
    "the value of a tag": ("screens/tags.py", partial(words, keys=["tab", "x", "tab"]), {}),
    "the version of a Spark pool": ("screens/field_form.py", pool_form, {}),
    "the tags of a Spark pool": ("screens/field_form.py", partial(pool_form, keys=["down", "down", "down"]), {}),
    "the name of an identity": ("screens/field_form.py", identity_form, {}),
    "the spec file": ("screens/spec.py", spec_path, {}),
    "the name of what is locked": (
        "screens/unlock.py",
        partial(pressed, keys=["ctrl+d", "y"], until="is locked"),
        LOCKED,
    ),
    "the tenant": ("screens/ask.py", question, {}),
}
PASTES = {
    "one": ("one", 1),
    " one two ": (" one two ", 1),
    "one\ttwo": ("one\ttwo", 1),
    "one\n": ("one", 1),
    "\r\none\r\n\r\n": ("one", 1),
    "one\ntwo\n\nthree\n": ("one two three", 3),
    "one\r\n  two\r\n": ("one two", 2),
    "one\rtwo": ("one two", 2),
    "one\u2028two\u2029three\x85four": ("one two three four", 4),
    "o\x1b[31mn\x07e\x04": ("o\x1b[31mn\x07e\x04", 1),
    f"{'x' * 500_000}\n{'y' * 500_000}": (f"{'x' * 500_000} {'y' * 500_000}", 2),
}
"""The paste, the field's value afterwards, and the number of lines."""


def said(lines: int) -> str:
    return f"{lines} pasted lines were joined into one."


def holds(field: Input, text: str, *, is_stripped: bool) -> bool:
    return field.value.strip() == text.strip() if is_stripped else field.value == text


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_accepts_a_whole_paste_and_reports_joined_lines(name: str) -> None:
    _, go, settings = FIELDS[name]
    stage = Stage(**settings)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await go(stage, pilot)
            screen, field = stage.app.screen, stage.app.screen.focused
            assert isinstance(field, Input)
            pool = pool_of(stage, "adhocpool")
            wrapped = "\n".join(f"  {pool[start : start + 40]}" for start in range(0, len(pool), 40))
            for text, (held, lines) in (PASTES | {wrapped: (pool, len(wrapped.splitlines()))}).items():
                if pool == held and getattr(field, "_is_prose", False):
                    continue
                field.value = ""
                await paste(pilot, text)
                await happened(pilot, partial(holds, field, held, is_stripped=name == "the palette"))
                if lines > 1 and name != "the palette":
                    await says(pilot, stage, said(lines))
            if name != "the palette":
                field.value = "as it was"
                await paste(pilot, "x" * (LONGEST_PASTE + 1))
                await says(pilot, stage, "The paste is longer than 1,048,576 characters and was not inserted.")
                assert field.value == "as it was"
            assert (stage.app.screen, screen.focused, writes(stage)) == (screen, field, [])
    finally:
        stage.operations.stop()


def test_every_field_of_the_program_is_tested_here() -> None:
    makers = {
        str(path.relative_to(UI))
        for path in UI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Field", "Input")
    }
    assert makers == {module for module, _, _ in FIELDS.values()} - {"ascii.py"}


async def test_a_paste_is_reported_as_unused_when_no_field_has_the_focus(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await computes(stage, pilot)
        await paste(pilot, "y\nq\n")
        await says(pilot, stage, "Nothing was pasted: no text field has the focus.")
        await pilot.press("down")
        await gone(pilot, stage, "Nothing was pasted")


@pytest.mark.parametrize("letters", [LONGEST_PASTE, LONGEST_PASTE + 1])
def test_a_terminal_paste_arrives_whole_or_is_longer_than_a_field_accepts(letters: int) -> None:
    parser = KeyParser()
    messages = list(parser.feed(f"\x1b[200~{'x' * letters}\x1b[201~j", 0.0))
    (text,) = [message.text for message in messages if isinstance(message, Paste)]
    assert len(text) == letters if letters <= LONGEST_PASTE else len(text) > LONGEST_PASTE
    assert [message.key for message in messages if isinstance(message, Key)] == ["j"]
