"""New managed identities: created where one is chosen, in the real app against the sandbox."""

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.field_form import field, sent, typed
from tests.support.screen import gone, happened, on_row, says, screen_text, shown
from tests.support.stage import Stage, grants, puts, writes
from tui.sandbox.faults import Forbidden, Rule, Throttled

LARGE = (120, 40)
KIND = "userAssignedIdentities"


async def planned(stage: Stage, pilot: Pilot[None], name: str) -> None:
    """Show the plan of a new identity in the identity editor."""
    await scenes.identity_picker(stage, pilot)
    await pilot.press("ctrl+n")
    await says(pilot, stage, "A new managed identity in Contoso Prod.", "Resource groups with identities:")
    await typed(stage, pilot, name=name)
    await pilot.press("ctrl+s")
    await says(pilot, stage, f"creates the identity {name}")


async def held_back(stage: Stage, pilot: Pilot[None]) -> None:
    """Send the creation, which Azure throttles; the time stands still then."""
    stage.box.faults.add(Rule(Throttled(), "PUT", f"/{KIND}/"))
    stage.clock.hold()
    await pilot.press("enter")
    await says(pilot, stage, "throttled")


async def wizard_identities(stage: Stage, pilot: Pilot[None]) -> None:
    """Show the user-assigned identities in the attach wizard."""
    await scenes.pasted_review(stage, pilot)
    await pilot.press("escape", "escape")
    await shown(pilot, stage, "Which managed identity should the compute have?")
    await pilot.press("home", "down", "down", "enter")
    await says(pilot, stage, "12 user-assigned identities")


async def test_an_identity_is_created_in_the_editor_chosen_there_and_gets_the_role(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_identity_plan(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "create identity id-etl-new · Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "Chosen, in this order: 1 id-etl-new", "13 user-assigned identities", "▌ id-etl-new")
        await says(pilot, stage, "id-etl-new is granted Synapse Administrator on Spark pool syn-prod/etlpool first.")
        await pilot.press("tab")
        await says(pilot, stage, "enter updates etl-prod")
        await pilot.press("enter")
        await says(pilot, stage, "update etl-prod · Succeeded")
    assert sent(stage, KIND) == [{"location": "eastus2", "tags": {"team": "data"}}]
    created = stage.box.world.identities.get(
        next(one["id"] for one in stage.box.world.identities if one["name"] == "id-etl-new")
    )
    assert created is not None
    assert created["tags"] == {"team": "data"}
    assert [one["principalId"] for one in grants(stage)] == [created["properties"]["principalId"]]


async def test_an_identity_is_created_in_the_wizard_and_the_compute_is_attached_with_it(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await wizard_identities(stage, pilot)
        await pilot.press("ctrl+n")
        await says(pilot, stage, "A new managed identity in Contoso Prod.")
        await typed(stage, pilot, name="id-fresh")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "creates the identity id-fresh")
        await pilot.press("enter")
        await says(pilot, stage, "create identity id-fresh · Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "Chosen, in this order: 1 id-fresh", "▌ id-fresh")
        await pilot.press("tab")
        await happened(pilot, lambda: "reading" not in screen_text(stage.app).lower())
        await pilot.press("tab")
        await says(pilot, stage, "Nothing has been sent yet", "userAssignedIdentities.id-fresh")
        await pilot.press("enter")
        await says(pilot, stage, "attach adhoc · Succeeded")
    attached: Any = puts(stage)[-1].body
    assert [one.rpartition("/")[2] for one in attached["identity"]["userAssignedIdentities"]] == ["id-fresh"]


async def test_the_cursor_and_the_text_of_a_user_who_is_choosing_stay_while_an_identity_is_created(
    stage: Stage,
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await planned(stage, pilot, "id-slow")
        await held_back(stage, pilot)
        await pilot.press("escape")
        await says(pilot, stage, "None chosen yet.")
        await pilot.press(*"churn")
        await pilot.press("down")
        await says(pilot, stage, "▌ id-churn-b")
        stage.clock.release()
        await says(pilot, stage, "Chosen, in this order: 1 id-slow", "▌ id-churn-b")


async def test_an_identity_is_not_chosen_once_the_user_has_left_its_list(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await planned(stage, pilot, "id-late")
        await held_back(stage, pilot)
        await pilot.press("escape", "escape")
        await says(pilot, stage, "Which managed identity should etl-prod have?")
        stage.clock.release()
        await happened(pilot, lambda: "id-late" in {one["name"] for one in stage.box.world.identities})
        await pilot.press("home", "down", "down", "enter")
        await says(pilot, stage, "13 user-assigned identities", "None chosen yet.")


WRONG = {
    "name": ("id", "has 2 characters"),
    "group": ("rg.", "ends with a full stop"),
    "region": ("East-US", "is not a region"),
    "tags": ('a="b', "A quote is not closed"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_field_is_named_and_has_the_focus(stage: Stage, name: str) -> None:
    text, reason = WRONG[name]
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_identity(stage, pilot)
        await typed(stage, pilot, **{name: text})
        field(stage, "tags" if name == "name" else "name").focus()
        await pilot.press("ctrl+s")
        await says(pilot, stage, reason)
        await happened(pilot, lambda: stage.app.screen.focused is field(stage, name))
    assert writes(stage) == []


async def test_a_taken_name_is_refused_before_the_plan_in_its_group_only(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_identity(stage, pilot)
        await typed(stage, pilot, name="ID-ETL-PROD")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "There is already an identity id-etl-prod in rg-ml: choose another name.")
        await typed(stage, pilot, group="rg-data")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "creates the identity ID-ETL-PROD")


async def test_a_creation_that_fails_is_corrected_in_its_form(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_identity(stage, pilot)
        await typed(stage, pilot, group="rg-nowhere", region="East US 2")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "creates the identity id-etl-new")
        await pilot.press("enter")
        await says(pilot, stage, "There is no resource group rg-nowhere in this subscription.", "Nothing was sent.")
        await pilot.press("e")
        await says(pilot, stage, "A new managed identity in Contoso Prod.")
        assert [field(stage, name).value for name in ("name", "group", "region", "tags")] == [
            *("id-etl-new", "rg-nowhere", "eastus2", "team=data")
        ]
        await typed(stage, pilot, group="rg-ml")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "creates the identity id-etl-new")
        await pilot.press("enter")
        await says(pilot, stage, "create identity id-etl-new · Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "Chosen, in this order: 1 id-etl-new")
    assert len(sent(stage, KIND)) == 1


async def test_names_that_may_not_be_read_do_not_stop_the_form(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.box.faults.add(Rule(Forbidden(), "GET", f"/{KIND}$", times=None))
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("ctrl+r")
        await pilot.press("i")
        await shown(pilot, stage, "Which managed identity should")
        await pilot.press("home", "down", "down", "enter")
        await says(pilot, stage, "tries again")
        await pilot.press("ctrl+n")
        await says(pilot, stage, "A new managed identity in Contoso Prod.")
        await typed(stage, pilot, name="id-blind")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "creates the identity id-blind")


async def test_the_key_for_a_new_identity_says_what_to_choose_first(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("i")
        await shown(pilot, stage, "Which managed identity should")
        await pilot.press("ctrl+n")
        await says(pilot, stage, "Choose user-assigned or both first")
    assert writes(stage) == []


async def test_the_answers_for_a_new_identity_come_back(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_identity(stage, pilot)
        await pilot.press("escape")
        await gone(pilot, stage, "A new managed identity")
        await pilot.press("ctrl+n")
        await says(pilot, stage, "Your unsent edits are back.")
        assert field(stage, "name").value == "id-etl-new"
        await pilot.press("ctrl+q")
        await says(pilot, stage, "the identity of etl-prod, the new identity", "in Contoso Prod.")


async def test_the_operation_of_an_identity_says_why_there_is_nothing_to_open(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_identity_plan(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "create identity id-etl-new · Succeeded")
        assert "rg-ml" in screen_text(stage.app)
        await pilot.press("enter")
        await says(pilot, stage, "It concerns an identity, not a compute.")
