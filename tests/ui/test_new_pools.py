"""New Spark pools: created from the attach wizard in the real app against the sandbox."""

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.field_form import field, sent, typed
from tests.support.screen import gone, happened, on_row, says, screen_text, sentences, shown
from tests.support.stage import Stage, puts, writes
from tui.sandbox.faults import Answer, Fault, Forbidden, Outcome, Rule

LARGE = (120, 40)


async def being_created(stage: Stage, pilot: Pilot[None], name: str) -> None:
    """Create a Spark pool among others from the wizard; the time stands still once Azure has received it."""
    await scenes.attach_pool(stage, pilot)
    await pilot.press("ctrl+n")
    await says(pilot, stage, "A new Spark pool in syn-prod")
    await typed(stage, pilot, name=name)
    await pilot.press("ctrl+s")
    await says(pilot, stage, "Nothing has been sent yet")
    stage.clock.hold()
    await pilot.press("enter")
    await happened(pilot, lambda: len(sent(stage)) == 1)


async def test_a_pool_is_created_from_the_wizard_and_attached_there(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_pool_plan(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded", "create pool adhoc2")
        await pilot.press("escape")
        await says(pilot, stage, "1 Spark pool", "▌ adhoc2", "3–5")
        await pilot.press("enter")
        await says(pilot, stage, "Name for the compute.")
        await pilot.press("enter")
        await says(pilot, stage, "Which managed identity")
        await pilot.press("tab")
        await says(pilot, stage, "Which role should")
        await pilot.press("enter")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await happened(pilot, lambda: len(puts(stage)) == 1 and not stage.operations.running())
    (body,) = sent(stage)
    assert body == {
        "location": "westeurope",
        "properties": {
            "sparkVersion": "3.5",
            "nodeSize": "Small",
            "nodeSizeFamily": "MemoryOptimized",
            "autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 5},
            "autoPause": {"enabled": True, "delayInMinutes": 15},
        },
        "tags": {"team": "data"},
    }
    (attached,) = puts(stage)
    assert isinstance(attached.body, dict)
    assert attached.body["properties"]["resourceId"].endswith("/syn-empty/bigDataPools/adhoc2")


async def test_the_cursor_is_on_the_new_pool_even_if_a_search_would_hide_it(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_pool(stage, pilot)
        await pilot.press(*"etl", "ctrl+n")
        await says(pilot, stage, "A new Spark pool in syn-prod")
        await typed(stage, pilot, name="middle")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "6 Spark pools", "▌ middle")


async def test_the_cursor_stays_where_the_user_is_choosing_while_a_pool_is_created(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await being_created(stage, pilot, "middle")
        await pilot.press("escape")
        await says(pilot, stage, "Which Spark pool of syn-prod?")
        await pilot.press("down")
        await says(pilot, stage, "▌ churnpool")
        stage.clock.release()
        await says(pilot, stage, "6 Spark pools", "▌ churnpool")


async def test_a_search_that_is_typed_while_a_pool_is_created_stays_as_it_is(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await being_created(stage, pilot, "middle")
        await pilot.press("escape")
        await says(pilot, stage, "Which Spark pool of syn-prod?")
        await pilot.press(*"etl")
        await says(pilot, stage, "2 of")
        stage.clock.release()
        await says(pilot, stage, "2 of 6 Spark pools")
        assert "middle" not in {line.split()[0] for line in screen_text(stage.app).splitlines() if line.split()}


async def test_a_taken_name_is_refused_before_the_plan(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_pool(stage, pilot)
        await pilot.press("ctrl+n")
        await says(pilot, stage, "A new Spark pool in syn-prod")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Name: A Spark pool needs a name.")
        await typed(stage, pilot, name="ETLPOOL")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Name: There is already a Spark pool etlpool in syn-prod")
    assert writes(stage) == []


async def test_a_creation_that_fails_is_corrected_in_its_form(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "Quota", "No cores are left."), "PUT", "/bigDataPools/"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_pool_plan(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "No cores are left.", "e opens the form as it was")
        await pilot.press("e")
        await says(pilot, stage, "A new Spark pool in syn-empty")
        assert (field(stage, "name").value, field(stage, "tags").value) == ("adhoc2", "team=data")


async def test_the_keys_for_pools_in_the_wizard_say_what_to_choose_first(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("a")
        await shown(pilot, stage, "5 subscriptions")
        await pilot.press("ctrl+n")
        await says(pilot, stage, "Choose the Synapse workspace of the new Spark pool first.")
        await pilot.press("ctrl+g")
        await says(pilot, stage, "Choose a Synapse workspace first")
    assert writes(stage) == []


async def test_the_answers_for_a_new_pool_come_back(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_pool(stage, pilot)
        await pilot.press("escape")
        await says(pilot, stage, "No Spark pools in syn-empty yet.")
        await gone(pilot, stage, "A new Spark pool in")
        await pilot.press("ctrl+n")
        await says(pilot, stage, "Your unsent edits are back.")
        assert field(stage, "name").value == "adhoc2"
        await pilot.press("ctrl+q")
        await says(pilot, stage, "lost when you leave: the new Spark pool of syn-empty.")


async def test_a_pool_that_is_gone_is_created_again_as_its_compute_shows_it(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "orphan-1")
        await pilot.press("enter", "p")
        await says(pilot, stage, "orphanpool · Spark pool in syn-prod · is gone", "e create again")
        await pilot.press("right")
        await says(pilot, stage, "orphan-1")
        await pilot.press("e")
        await says(pilot, stage, "A new Spark pool in syn-prod")
        # Its runtime has ended, so the newest one is proposed instead.
        texts = {name: field(stage, name).value for name in ("name", "size", "version", "nodes", "tags")}
        assert texts == {"name": "orphanpool", "size": "Small", "version": "3.5", "nodes": "3", "tags": ""}
        await pilot.press("ctrl+s")
        await says(pilot, stage, "creates the Spark pool orphanpool")
        await pilot.press("enter")
        await says(pilot, stage, "create pool orphanpool · Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "orphanpool · Spark pool in syn-prod · ● Succeeded")
        assert "is gone" not in sentences(stage.app)
    assert len(sent(stage)) == 1


async def test_a_pool_that_was_deleted_while_it_was_shown_is_created_again_as_it_was(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool(stage, pilot, "etl-prod")
        gone_pool = next(one for one in stage.box.world.spark_pools if one["name"] == "etlpool")
        stage.box.world.spark_pools.remove(gone_pool["id"])
        await pilot.press("ctrl+r")
        await says(pilot, stage, "etlpool · Spark pool in syn-prod · is gone")
        await pilot.press("e")
        await says(pilot, stage, "A new Spark pool in syn-prod")
        assert field(stage, "nodes").value == "3-10"
        assert field(stage, "tags").value == "team=data cost=42"


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        (Forbidden(), "Could not read the Synapse workspace syn-prod: you are not allowed to."),
        (Answer(404, "ResourceNotFound", "There is none."), "Could not read the Synapse workspace syn-prod"),
    ],
    ids=["forbidden", "gone"],
)
async def test_a_pool_whose_synapse_workspace_cannot_be_read_is_not_created_again(
    stage: Stage, fault: Fault, title: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "orphan-1")
        await pilot.press("p")
        await says(pilot, stage, "orphanpool · Spark pool in syn-prod · is gone")
        stage.box.faults.add(Rule(fault, "GET", "/workspaces/syn-prod$", times=None))
        await pilot.press("e")
        await says(pilot, stage, title)
    assert sent(stage) == []


async def test_a_pool_in_a_subscription_out_of_sight_is_not_called_gone(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        hidden = Answer(404, "SubscriptionNotFound", "Not found.")
        stage.box.faults.add(Rule(hidden, "GET", "/bigDataPools/orphanpool$", times=None))
        await on_row(stage, pilot, "orphan-1")
        await pilot.press("p")
        await says(pilot, stage, "orphanpool · Spark pool in syn-prod · could not be read")
        await pilot.press("e")
        await says(pilot, stage, "ctrl+r reads again.")
    assert sent(stage) == []
