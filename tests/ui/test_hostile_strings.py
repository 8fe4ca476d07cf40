"""Strings that a terminal or Textual could interpret: every screen shows them, and none interprets them."""

import unicodedata
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.hostile import IN_NAMES, STRINGS, WORLDS, poison
from tests.support.sampling import WHOLE
from tests.support.scenes import SCENES, staged
from tests.support.screen import happened, paste, says, screen_strips, screen_text, shown
from tests.support.stage import Stage, pool_of, puts, writes
from tui.domain.text import clean, clean_lines
from tui.sandbox.faults import Answer, Outcome, Rule
from tui.ui.app import SparkpoolApp
from tui.ui.text import content, fit, fold, line, shorten, wrap

pytestmark = pytest.mark.unspecified("names that Azure's own patterns forbid stand here on purpose")

OF_THEIR_OWN = {"detail-hostile", "identity-gone", "tags"}
"""Scenes that wait for texts which a hostile world does not have; other tests cover their screens."""

POISONED = [
    (scene, kind)
    for at, scene in enumerate(sorted(set(SCENES) - OF_THEIR_OWN))
    for turn, kind in enumerate(sorted(WORLDS))
    if WHOLE or (at + turn) % len(WORLDS) == 0
]
"""Each scene in one of the hostile worlds, in turn."""

LARGE, SMALL = (120, 40), (80, 24)
SIZES = {"commands": LARGE, "shapes": SMALL}
OBEYED = frozenset("\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\ufeff") | {
    chr(code) for start, end in ((0x202A, 0x202F), (0x2060, 0x2070), (0xE0000, 0xE0080)) for code in range(start, end)
}


@pytest.fixture(params=sorted(WORLDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def segments(app: SparkpoolApp) -> list[Segment]:
    return [segment for strip in screen_strips(app) for segment in strip]


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(letter) in ("Cc", "Cs") or letter in OBEYED for letter in text)


def fills_its_lines(app: SparkpoolApp) -> bool:
    """Whether every line is as wide as the terminal, which is not so until a new size has been drawn."""
    return all(strip.cell_length == app.size.width for strip in screen_strips(app))


def assert_harmless(app: SparkpoolApp) -> None:
    """Assert that there are no control characters, no links, no hidden actions and no overlong lines."""
    for segment in segments(app):
        assert is_harmless(segment.text), repr(segment.text)
        assert segment.style is None or segment.style.link is None
        assert segment.style is None or not any("quit" in str(value) for value in segment.style.meta.values())
    assert fills_its_lines(app)


def squeezed(text: str) -> str:
    return "".join(text.split())


async def assert_shown(pilot: Pilot[None], stage: Stage, text: str) -> None:
    """Wait until the start of a text is shown, wherever lines are broken."""
    wanted = squeezed(clean(text))[:40]
    await happened(pilot, lambda: wanted in squeezed(screen_text(stage.app)))


async def assert_both_ends_shown(pilot: Pilot[None], stage: Stage, name: str) -> None:
    """Wait until the start of a name is shown, and the end in which it differs from others."""
    await assert_shown(pilot, stage, name[:7])
    await assert_shown(pilot, stage, name[-6:])


@pytest.mark.parametrize("name", sorted(STRINGS))
def test_every_text_function_makes_a_string_harmless_and_keeps_its_legible_text(name: str) -> None:
    text = STRINGS[name]
    for made in (line(text), content((text, "bold"), text).plain, fold(text, 20, 2), wrap(text, 20, 2)):
        assert is_harmless(made.replace("\n", ""))
    for made in (fit(line(text), 20), shorten(line(text), 20)):
        assert is_harmless(made)
    assert content(text).plain == clean_lines(text)
    assert not content(text).spans
    assert squeezed(fold(text, 20)) == squeezed(wrap(text, 20)) == squeezed(clean_lines(text))


@pytest.mark.parametrize(("scene", "kind"), POISONED)
async def test_no_screen_interprets_a_string_from_azure(scene: str, kind: str, tmp_path: Path) -> None:
    play, _ = SCENES[scene]
    stage = staged(scene, tmp_path)
    poison(stage, kind)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await play(stage, pilot)
            assert_harmless(stage.app)
            await pilot.resize_terminal(*SIZES[kind])
            await happened(pilot, lambda: fills_its_lines(stage.app))
            assert_harmless(stage.app)
            assert stage.app.is_running
    finally:
        stage.operations.stop()


async def test_a_hostile_name_is_shown_and_can_be_chosen_in_each_list(stage: Stage, kind: str) -> None:
    poison(stage, kind)
    ending = IN_NAMES[kind]
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await assert_both_ends_shown(pilot, stage, f"lost-identity{ending}")
        await pilot.press("a")
        await shown(pilot, stage, "5 subscriptions")
        await assert_shown(pilot, stage, f"Contoso Prod {WORLDS[kind]}"[:14])
        await pilot.press("enter")
        await shown(pilot, stage, "3 Synapse workspaces")
        await assert_both_ends_shown(pilot, stage, f"syn-lab{ending}")
        await pilot.press(*"syn-lab", "enter")
        await shown(pilot, stage, "1 Spark pool")
        await assert_both_ends_shown(pilot, stage, f"labpool{ending}")
        await pilot.press("enter")
        await shown(pilot, stage, "Name for the compute.", "Valid and available")
        await pilot.press("ctrl+u", *"adhoc", "enter")
        await shown(pilot, stage, "Which managed identity")
        await pilot.press("down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await pilot.press(*"report", "enter")
        await says(pilot, stage, "Chosen, in this order: 1 id-reporting")
        await pilot.press("tab", "end", "enter")
        await shown(pilot, stage, "Nothing has been sent yet")
        for page in ("2", "3", "4", "5", "1"):
            await pilot.press(page)
            await pilot.pause()
            assert_harmless(stage.app)
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        assert_harmless(stage.app)
    (put,) = puts(stage)
    assert isinstance(put.body, dict)
    assert put.body["properties"]["resourceId"].endswith(f"/labpool{ending}")


async def test_a_compute_with_a_hostile_name_is_fully_legible_and_can_be_detached(stage: Stage, kind: str) -> None:
    text = poison(stage, kind)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("down", "down", "down", "enter")
        await shown(pilot, stage, "lost-ident", "Spark pool attached to aml-prod · ● Succeeded · as of")
        await assert_shown(pilot, stage, text)
        for page in ("2", "3", "4", "1"):
            await pilot.press(page)
            await pilot.pause()
            assert_harmless(stage.app)
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "What stays:", "y detach")
        assert_harmless(stage.app)
        await pilot.press("y")
        await says(pilot, stage, "detached; this is its last known state")
    assert writes(stage) == ["DELETE"]


async def test_a_workspace_with_a_hostile_name_can_be_opened_and_attached_to(picking: Stage, kind: str) -> None:
    poison(picking, kind)
    async with picking.app.run_test(size=LARGE) as pilot:
        await scenes.picker(picking, pilot)
        await pilot.press("down", "down", "enter")
        await shown(pilot, picking, "Which workspace of Contoso Prod", "3 workspaces")
        assert_harmless(picking.app)
        await pilot.press(*"features", "enter")
        await says(pilot, picking, "No computes in aml-features")
        await assert_shown(pilot, picking, f"aml-features{IN_NAMES[kind]}")
        assert_harmless(picking.app)
        await pilot.press("a")
        await shown(pilot, picking, "5 subscriptions")
        await paste(pilot, pool_of(picking, "adhocpool"))
        await pilot.press("enter")
        await shown(pilot, picking, "Name for the compute.")
        await pilot.press("enter")
        await shown(pilot, picking, "Which managed identity")
        await pilot.press("tab", "end", "enter")
        await shown(pilot, picking, "Nothing has been sent yet")
        await pilot.press("enter")
        await shown(pilot, picking, "● Succeeded")
        assert_harmless(picking.app)
    assert writes(picking) == ["PUT"]


async def test_a_compute_whose_name_cannot_be_in_a_url_path_is_listed_but_cannot_be_detached(stage: Stage) -> None:
    etl = next(one for one in stage.box.world.computes if one["name"] == "etl-prod")
    name = "etl\x1b[2J\nprod"
    stage.box.world.computes.remove(etl["id"])
    stage.box.world.computes.put({**etl, "id": etl["id"].replace("etl-prod", name), "name": name})
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await shown(pilot, stage, "etl\ufffd[2J prod")
        await pilot.press("down", "down", "enter")
        await says(pilot, stage, "as listed; it has no resource id to read it again")
        assert_harmless(stage.app)
        await pilot.press("ctrl+d", "y")
        await says(pilot, stage, "has no resource id")
        assert_harmless(stage.app)
    assert writes(stage) == []


async def test_a_hostile_error_message_from_azure_is_shown_and_not_interpreted(stage: Stage, kind: str) -> None:
    text = WORLDS[kind]
    stage.box.faults.add(Rule(Outcome("Failed", text, text), "PUT", "/computes/adhoc$"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "Azure accepted it, but then it failed.")
        await assert_shown(pilot, stage, text)
        assert_harmless(stage.app)
        await pilot.press("escape")
        await shown(pilot, stage, "o shows it")
        assert_harmless(stage.app)
        stage.box.faults.add(Rule(Answer(400, text, text), "GET", "/computes$", times=None))
        await pilot.press("ctrl+r")
        await says(pilot, stage, "Could not list the computes of aml-prod")
        await assert_shown(pilot, stage, text)
        assert_harmless(stage.app)
