"""A screen names only keys that do something there, and says in whole words what each does."""

import pytest
from textual.events import Key
from textual.widgets import Input
from textual.worker import WorkerFailed

from tests.support import scenes
from tests.support.screen import happened, says, screen_text, settled, shown
from tests.support.stage import Stage
from tui.ui.ascii import Palette
from tui.ui.keymap import check_keys
from tui.ui.screens.computes import ComputesScreen
from tui.ui.text import wrap
from tui.ui.widgets.field import Field

NARROW, LARGE = (80, 60), (120, 40)


def key_line(stage: Stage) -> str:
    return screen_text(stage.app).rstrip().splitlines()[-1]


async def test_the_operations_screen_does_not_name_the_key_that_opens_it(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.export(stage, pilot)
        assert "o operations" in key_line(stage)
        await pilot.press("escape", "o")
        await shown(pilot, stage, "No operations yet")
        assert "o operations" not in key_line(stage)
        assert "? help" in key_line(stage)
        await pilot.press("o", "question_mark")
        await shown(pilot, stage, "Keys that work here")
        assert "Show running and past operations" not in screen_text(stage.app)
        await pilot.press("escape", "escape")
        await shown(pilot, stage, "15 computes")


async def test_the_first_picker_shows_no_back_key_because_there_is_no_previous_screen(picking: Stage) -> None:
    async with picking.app.run_test(size=LARGE) as pilot:
        await scenes.picker(picking, pilot)
        assert "back" not in key_line(picking)
        await pilot.press("ctrl+p")
        await shown(pilot, picking, "Search for commands")
        assert "back" not in key_line(picking)
        await pilot.press("escape", "escape")
        assert "Which subscription?" in screen_text(picking.app)
        await pilot.press(*"prod", "enter")
        await shown(pilot, picking, "Which workspace of Contoso Prod?", "esc back")
        await pilot.press("escape")
        await shown(pilot, picking, "Which subscription?")
        assert "back" not in key_line(picking)


async def test_a_picker_opened_from_the_list_leads_back_to_the_list(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("w")
        await shown(pilot, stage, "3 workspaces", "esc back", "^t subscriptions")
        await pilot.press("ctrl+t")
        await shown(pilot, stage, "5 subscriptions", "esc back")
        assert "^t" not in key_line(stage)
        await pilot.press("escape")
        await shown(pilot, stage, "3 workspaces", "esc back")
        await pilot.press("escape")
        await shown(pilot, stage, "15 computes")


@pytest.mark.parametrize("size", [(80, 24), LARGE], ids=["80x24", "120x40"])
async def test_the_primary_key_comes_first_in_the_steps_of_the_wizard(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await scenes.attach_access(stage, pilot)
        assert key_line(stage).startswith(" enter choose  ")
        await pilot.press("tab")
        await shown(pilot, stage, "Nothing has been sent yet")
        assert key_line(stage).startswith(" enter attach  ")


@pytest.mark.parametrize("size", [(80, 24), LARGE], ids=["80x24", "120x40"])
async def test_a_plan_names_its_apply_key_first_even_if_the_key_is_customized(size: tuple[int, int]) -> None:
    stage = Stage(keys=check_keys({"plan.apply": "ctrl+g"}))
    stage.operations.start()
    async with stage.app.run_test(size=size) as pilot:
        await scenes.tags(stage, pilot)
        await pilot.press("ctrl+s")
        await says(pilot, stage, "ctrl+g updates", "esc goes back")
        assert key_line(stage).startswith(" ^g update  ")
    stage.operations.stop()


LIST = "enter open  a attach  f fix  / filter  i identity  r roles  "


@pytest.mark.parametrize(
    ("size", "keys"),
    [((80, 24), f"{LIST}? help  q quit"), (LARGE, f"{LIST}^d detach  e edit  p pool  space mark  ? help  q quit")],
    ids=["80x24", "120x40"],
)
async def test_the_list_names_the_keys_for_computes_before_those_of_every_screen(
    stage: Stage, size: tuple[int, int], keys: str
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await scenes.computes(stage, pilot)
        assert key_line(stage).strip() == keys


@pytest.mark.parametrize(
    ("scene", "keys"),
    [
        (scenes.identity, "enter choose  tab review  ^o keep roles  "),
        (scenes.identity_users, "enter add/remove  tab review  ^o keep roles  "),
        (scenes.plan, "enter update  "),
        (scenes.conflict, "enter mine on top  t keep theirs  "),
        (scenes.tags, "enter change  ^s review  d remove  "),
        (scenes.spec, "enter read  "),
        (scenes.attach_name, "enter take name  tab next step  esc back  "),
        (scenes.attach_review, "enter attach  ←→ page  esc back  shift+tab step back  "),
        (scenes.filtered, "enter to the list  "),
    ],
    ids=["identity", "identity-users", "plan", "conflict", "tags", "spec", "attach-name", "attach-review", "filter"],
)
async def test_the_keys_that_decide_come_first_and_enter_is_labelled_with_its_effect(
    stage: Stage, scene: scenes.Scene, keys: str
) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scene(stage, pilot)
        assert key_line(stage).strip().startswith(keys)


async def test_enter_in_the_tags_form_is_labelled_with_its_next_effect(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("e")
        await shown(pilot, stage, "Tags and description of", "enter next field")
        await pilot.press("enter")
        await shown(pilot, stage, "enter review")
        await pilot.press("o")
        await shown(pilot, stage, "enter next field")
        await pilot.press("enter")
        await shown(pilot, stage, "enter set tag")


async def test_a_filter_without_a_match_says_so_and_how_to_clear_it(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("slash", *"zzz")
        await shown(pilot, stage, 'Nothing matches "zzz". esc clears the filter.', "esc clear filter")
        assert "No computes" not in screen_text(stage.app)
        await pilot.press("ctrl+r")
        await shown(pilot, stage, 'Nothing matches "zzz". esc clears the filter.', "as of")
        await pilot.press("escape")
        await shown(pilot, stage, "vm-legacy")
        assert "clear filter" not in key_line(stage)


async def test_a_search_that_begins_while_the_palette_is_being_closed_does_not_end_the_program(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.palette(stage, pilot)
        palette = stage.app.screen
        await palette.query("CommandList").remove()
        palette.query_one(Input).value = "attach"
        await pilot.pause()
        await pilot.press("escape")
        await happened(pilot, lambda: stage.app.screen is not palette)
    assert stage.app.return_code in (None, 0)


async def test_a_failure_of_a_search_in_an_open_palette_is_not_hidden(stage: Stage) -> None:
    async def broken() -> None:
        stage.app.screen.query_one("#no-such-widget")

    async def search() -> None:
        async with stage.app.run_test(size=LARGE) as pilot:
            await scenes.palette(stage, pilot)
            palette = stage.app.screen
            assert isinstance(palette, Palette)
            palette.run_worker(broken)
            await pilot.pause()

    with pytest.raises(WorkerFailed):
        await search()


async def test_the_help_breaks_its_lines_between_words(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        await scenes.help_keys(stage, pilot)
        words = " ".join(screen_text(stage.app).replace("│", " ").split())
        assert "Show every field of this compute, its JSON and YAML" in words
        assert "Sort by the next column; pools stay first" in words


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("Every field of this compute", "Every field of\n  this compute"),
        ("first\n\nthird", "first\n  \n  third"),
        ("bigDataPools/etlpool-of-prod", "bigDataPools/et\n  lpool-of-prod"),
        ("構成テスト 数据 数据", "構成テスト 数据\n  数据"),
        ("", ""),
    ],
)
def test_text_is_wrapped_between_words_and_only_long_words_are_split(text: str, broken: str) -> None:
    assert wrap(text, 17, 2) == broken


async def test_a_help_longer_than_the_terminal_shows_its_close_key_and_whole_labels(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("o", "question_mark")
        await shown(pilot, stage, "Keys that work here   esc close", "Correct and retry There is no operation here.")


async def test_the_palette_names_the_keys_and_lists_only_sparkpools_own_commands(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await scenes.computes(stage, pilot)
        commands = list(stage.app.get_system_commands(stage.app.screen))
        assert ("Attach", "a · Attach a Spark pool to this workspace") in [one[:2] for one in commands]
        titles = {one.title for one in commands}
        assert {"Filter", "Detach", "Sign-in", "Quit"} <= titles
        assert not titles & {"Focus Next", "Focus Previous", "Copy selected text", "Down", "Palette"}


async def test_letters_typed_right_after_the_filter_key_go_into_the_filter(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        for key in ("slash", "a", "e", "t", "l", "slash"):
            stage.app.post_message(Key(key, "/" if key == "slash" else key))
        await happened(pilot, lambda: stage.app.screen.query_one("#filter", Input).value == "aetl/")
        assert isinstance(stage.app.screen, ComputesScreen)


async def test_the_filter_key_types_a_slash_inside_the_filter(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press(*"/prod/etl")
        await shown(pilot, stage, "prod/etl", "3 shown")


async def test_the_palette_opens_again_while_the_previous_one_is_still_closing(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.palette(stage, pilot)
        stage.app.screen.dismiss()
        assert not isinstance(stage.app.screen, Palette)
        stage.app.action_command_palette()
        await settled(pilot, stage)
        assert isinstance(stage.app.screen, Palette)


@pytest.mark.parametrize(("key", "title"), [("a", "attach a Spark pool"), ("w", "open a workspace")])
async def test_a_letter_waits_until_the_field_that_it_is_for_has_the_focus(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, key: str, title: str
) -> None:
    focus = Field.focus

    def focus_late(field: Field, scroll_visible: bool = True) -> Field:
        field.set_timer(0.05, lambda: focus(field, scroll_visible))
        return field

    monkeypatch.setattr(Field, "focus", focus_late)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        for letter in (key, "q"):
            stage.app.post_message(Key(letter, letter))
        await shown(pilot, stage, title)
        await happened(pilot, lambda: isinstance(stage.app.screen.focused, Field))
        await shown(pilot, stage, "0 of ")
