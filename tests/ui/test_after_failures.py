"""What is reported after a failed role or identity change, and which screen fixes a problem."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.programs import Place
from tests.support.screen import paste, says, screen_text, shown
from tests.support.stage import Stage, grants
from tui.domain.operation import Failed, Progress
from tui.sandbox.faults import Answer, Outcome, Rule

LARGE = (120, 40)
DENIED = Answer(403, "Unauthorized", "The principal does not have the required Synapse RBAC permission.")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "state")


async def moved(stage: Stage, pilot: Pilot[None]) -> None:
    """Open the plan that gives etl-prod another identity and moves its role on the pool."""
    await scenes.identity(stage, pilot)
    await pilot.press("down", "enter")
    await shown(pilot, stage, "12 user-assigned identities")
    await paste(pilot, "id-adhoc")
    await pilot.press("enter")
    await says(pilot, stage, "id-adhoc is granted Synapse Administrator on Spark pool syn-prod/etlpool first.")
    await pilot.press("tab")
    await says(pilot, stage, "+ role.id-adhoc", "- role.the system-assigned principal")


async def test_a_failed_identity_change_reports_which_identity_keeps_the_new_role(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "Boom", "boom"), "PUT", "/computes/etl-prod$"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await moved(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "Could not update etl-prod", "boom")
        await says(
            pilot,
            stage,
            "id-adhoc keeps Synapse Administrator on Spark pool syn-prod/etlpool, which was granted first.",
        )


async def test_a_failed_removal_of_an_old_role_is_not_reported_as_a_missing_new_role(stage: Stage) -> None:
    stage.box.faults.add(Rule(DENIED, "DELETE", "/roleAssignments/"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await moved(stage, pilot)
        await pilot.press("enter")
        await says(
            pilot,
            stage,
            "etl-prod has its new identity, and holds its role, but the system-assigned principal is still "
            "Synapse Administrator on Spark pool syn-prod/etlpool.",
        )
        assert "did not move" not in screen_text(stage.app)


async def test_a_role_removal_is_reported_as_done_only_when_it_succeeds(stage: Stage) -> None:
    stage.box.faults.add(Rule(DENIED, "DELETE", "/roleAssignments/"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot)
        await pilot.press("home", "ctrl+d")
        await shown(pilot, stage, "0 granted, 1 removed")
        await pilot.press("enter")
        await shown(pilot, stage, "✖ Failed")
        (failed,) = stage.operations.operations()
        told_of = [(one.status, one.note) for one in failed.events if isinstance(one, Progress)]
        assert told_of[-1] == ("removing", "id-churn-a: Synapse Administrator on Spark pool syn-prod/churnpool")
        await pilot.press("e")
        await shown(pilot, stage, "0 granted, 1 removed")
        await pilot.press("enter")
        await says(pilot, stage, "removed", "● Succeeded")


@pytest.mark.parametrize("scope", ["syn-prod/churnpool", "workspace syn-prod", "syn-prod/etlpool"])
async def test_a_mistyped_object_id_can_be_corrected_while_scope_and_role_are_kept(stage: Stage, scope: str) -> None:
    wanted = next(one for one in stage.box.world.identities if one["name"] == "id-etl-read")
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot)
        await pilot.press("a")
        await shown(pilot, stage, "6 scopes")
        await paste(pilot, scope)
        await shown(pilot, stage, "1 of 6 scopes")
        await pilot.press("enter")
        await shown(pilot, stage, "Which role?")
        await paste(pilot, "Compute Operator")
        await pilot.press("enter")
        await shown(pilot, stage, "23 principals")
        await paste(pilot, "5f0c0c0c-0000-4000-a000-0000000091ab")
        await pilot.press("enter")
        await shown(pilot, stage, "1 granted")
        await pilot.press("enter")
        await says(pilot, stage, "Synapse does not know 5f0c0c0c-0000-4000-a000-0000000091ab.")
        await pilot.press("e")
        await shown(pilot, stage, "Who gets the role?", "5f0c0c0c-0000-4000-a000-0000000091ab", "0 of 23")
        await pilot.press("escape", "escape", "escape")
        await says(
            pilot, stage, "Synapse does not know 5f0c0c0c-0000-4000-a000-0000000091ab.", "e opens what is left to do"
        )
        await pilot.press("e")
        await shown(pilot, stage, "Who gets the role?", "0 of 23")
        await pilot.press("end", "ctrl+u")
        await paste(pilot, wanted["properties"]["principalId"])
        await shown(pilot, stage, "1 of 23")
        await pilot.press("enter")
        await says(
            pilot,
            stage,
            f"+ role.id-etl-read Synapse Compute Operator on {scope}".replace("on syn", "on Spark pool syn"),
        )
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        await pilot.press("escape")
        await shown(pilot, stage, "roles on syn-prod/churnpool")


@pytest.mark.parametrize(
    ("name", "leads", "opened"),
    [
        ("etl-prod", "f opens its roles, where you decide", "roles on syn-prod/etlpool"),
        ("orphan-1", "f asks whether to detach it", "Detach orphan-1?"),
    ],
)
async def test_a_problem_that_needs_a_decision_leads_to_the_screen_for_it(
    stage: Stage, name: str, leads: str, opened: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot, name)
        await says(pilot, stage, leads)
        await pilot.press("f")
        await shown(pilot, stage, opened)


async def test_a_role_change_opens_its_compute_and_appears_in_its_activity(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot)
        await pilot.press("f")
        await shown(pilot, stage, "1 granted")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded", "churn ", "aml-prod")
        await pilot.press("enter")
        await shown(pilot, stage, "churn ·", "as of")
        await pilot.press("7")
        await shown(pilot, stage, "[Activity]", "roles  Succeeded")
    assert len(grants(stage)) == 1


async def test_a_busy_pool_names_the_running_role_change(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.grant(stage, pilot)
        await paste(pilot, "5f0c0c0c-0000-4000-a000-0000000091ab")
        await pilot.press("enter")
        await shown(pilot, stage, "1 granted")
        stage.clock.hold()
        await pilot.press("enter")
        await shown(pilot, stage, "Synapse does not know 5f0c0c0c")
        await pilot.press("escape")
        await shown(pilot, stage, "roles on syn-prod/churnpool")
        await pilot.press("f")
        await shown(pilot, stage, "1 granted")
        await pilot.press("enter")
        await says(pilot, stage, "churnpool is busy: its change of roles is still running.")
        stage.clock.release()


async def test_a_busy_compute_names_the_other_program_that_is_writing(place: Place) -> None:
    place.clock.hold()
    with place.program() as other, place.program() as one:
        other.begin(place.attachment)
        other.wait_until(lambda: bool(place.writes))
        ended = one.wait_for(one.begin(place.attachment).id)
        assert isinstance(ended.end, Failed)
        assert ended.end.problem.title.startswith("adhoc is busy: another sparkpool (process")
        place.clock.release()
