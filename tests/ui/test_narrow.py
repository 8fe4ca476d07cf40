"""At 80 columns nothing important is cut, and text is wrapped only once."""

import pytest

from tests.support import scenes
from tests.support.screen import on_row, says, screen_text, sentences, settled, shown
from tests.support.stage import Stage, change
from tui.domain.names import check_compute_name
from tui.domain.plan_texts import json_word
from tui.ui.text import fold_code
from tui.ui.widgets.lines import HeaderLine

NARROW = (80, 24)


async def test_a_long_id_in_a_plan_wraps_below_its_name_with_aligned_lines(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        await scenes.attach_review(stage, pilot)
        lines = [line[26:].rstrip() for line in screen_text(stage.app).splitlines()]
        number = next(number for number, line in enumerate(lines) if line.endswith("+ properties.resourceId"))
        first, second = lines[number + 1], lines[number + 2]
        assert first.strip().startswith("/subscriptions/516fb186-8a84")
        assert len(first) - len(first.lstrip()) == len(second) - len(second.lstrip())
        assert len(first.split()) == len(second.split()) == 1
        assert "Synapse Administrator on Spark pool syn-prod/adhocpool" in sentences(stage.app)


async def test_a_plan_shows_values_as_in_json(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await scenes.plan(stage, pilot)
        await says(pilot, stage, "properties.disableLocalAuth false", "properties.provisioningWarnings {}")


async def test_explanations_of_choices_are_not_cut_in_the_wizard_or_the_identity_editor(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        await scenes.identity(stage, pilot)
        await shown(pilot, stage, "jobs run as the submitter", "tied to this compute", "one or more existing ones")
        await pilot.press("down", "enter")
        await shown(pilot, stage, "type to search, or paste a resource id")
        await pilot.press("escape", "escape")
        await shown(pilot, stage, "vm-legacy")
        await scenes.attach_access(stage, pilot)
        await says(pilot, stage, "what Azure's documentation asks for")
        await pilot.press("down")
        await says(pilot, stage, "less; not confirmed to be enough")
        await pilot.press("down")
        await says(pilot, stage, "jobs fail with 403 until someone grants a role")


async def test_the_end_of_the_status_line_is_visible_when_pools_are_marked(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        await scenes.marked(stage, pilot)
        await shown(pilot, stage, "2 marked, esc unmarks · 15 computes · 5 ✖ · 2 ! · 0 ready · as of 09:12:00")


async def test_the_readiness_of_a_canceled_compute_says_canceled_too(stage: Stage) -> None:
    change(stage, "scoring", lambda compute: compute["properties"].update(provisioningState="Canceled"))
    async with stage.app.run_test(size=NARROW) as pilot:
        await scenes.computes(stage, pilot)
        await shown(pilot, stage, "✖ Canceled", "✖ canceled")


async def test_a_compute_of_another_type_is_described_by_its_type(stage: Stage) -> None:
    async with stage.app.run_test(size=NARROW) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "cpu-cluster")
        await pilot.press("i")
        await says(pilot, stage, "cpu-cluster is a compute of type AmlCompute: only attached Synapse Spark pools")


def test_code_comments_wrap_between_words_and_ids_wrap_anywhere() -> None:
    code = "  # one comment of several words\n  key: /subscriptions/abc"
    assert fold_code(code, 20) == "  # one comment of\n  # several words\n  key: /subscription\ns/abc"


@pytest.mark.parametrize(
    ("value", "word"),
    [(True, "true"), (None, "null"), ("True", "True"), (3, "3"), ([1], "[1]"), ("", '""'), ("  ", '"  "')],
)
def test_a_value_of_a_document_is_written_as_in_json(value: object, word: str) -> None:
    assert json_word(value) == word


def test_a_one_character_name_is_described_in_the_singular() -> None:
    assert check_compute_name("a").warning.startswith("1 character:")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (120, "Contoso Prod › rg-ml › aml-prod client id 3f9a7129-e42d-4464-a121-312812d03ac0 · environment Sandbox"),
        (100, "rg-ml › aml-prod client id 3f9a7129-e42d-4464-a121-312812d03ac0 · environment Sandbox"),
        (80, "Contoso Prod › rg-ml › aml-prod Sandbox"),
    ],
)
async def test_the_header_shows_the_subscription_where_a_long_account_does_not_fit(
    stage: Stage, columns: int, expected: str
) -> None:
    async with stage.app.run_test(size=(columns, 24)) as pilot:
        await scenes.computes(stage, pilot)
        header = stage.app.screen.query_one(HeaderLine)
        account = "client id 3f9a7129-e42d-4464-a121-312812d03ac0 · environment"
        header.show_place("rg-ml › aml-prod", account, ("Sandbox",), "Contoso Prod")
        assert " ".join(header.render().plain.split()) == f"sparkpool {expected}"


async def test_why_a_key_did_nothing_stays_on_the_screen_while_the_terminal_changes_its_size(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "cpu-cluster")
        await pilot.press("p")
        await says(pilot, stage, "cpu-cluster is")
        await pilot.resize_terminal(*NARROW)
        await settled(pilot, stage)
        assert "cpu-cluster is" in sentences(stage.app)
        await pilot.press("down")
        await says(pilot, stage, "15 computes")
        await pilot.resize_terminal(120, 40)
        await says(pilot, stage, "15 computes · 7 attached Spark pools")


async def test_the_status_line_counts_a_pool_from_the_start_of_its_attach(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await scenes.running(stage, pilot)
        await says(pilot, stage, "16 computes", "1 not checked")
