"""The plan shows in red how a write harms others, and a detach can also remove roles that would remain."""

from itertools import product

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.neighbours import ELSEWHERE, add_neighbour, holders, principal_of
from tests.support.screen import happened, on_row, paste, says, screen_strips, screen_text, sentences, shown
from tests.support.stage import Stage, pool_of, workspace_of, writes
from tui.sandbox.faults import Answer, Rule, Slow

LARGE, SMALL = (120, 40), (80, 24)
BROKEN = Answer(500, "InternalServerError", "Try again later.")
KEPT = "id-churn-a keeps Synapse Administrator on Spark pool syn-prod/churnpool"


def removals(stage: Stage) -> list[str]:
    return [one.url for one in stage.box.log if one.method == "DELETE" and "/roleAssignments/" in one.url]


def colour_of(stage: Stage, text: str) -> object:
    """The colour of the line that starts with a text."""
    for strip in screen_strips(stage.app):
        if strip.text.strip().startswith(text):
            return next(one.style.color for one in strip if one.style and text[:1] in one.text)
    raise AssertionError(f"{text} is not on the screen:\n{screen_text(stage.app)}")


def colour_of_yes(stage: Stage) -> object:
    """The colour of the key that confirms a detach."""
    strip = next(one for one in screen_strips(stage.app) if "y detach" in one.text)
    return next(one.style.color for one in strip if one.style and one.text.strip() == "y")


def is_red(stage: Stage, text: str) -> bool:
    return colour_of(stage, text) == colour_of(stage, "- ")


@pytest.mark.parametrize("workspace", ["", ELSEWHERE], ids=["same workspace", "another workspace"])
async def test_changing_the_identity_of_one_compute_keeps_the_role_for_another_that_shares_it(
    stage: Stage, workspace: str
) -> None:
    add_neighbour(stage.box, "churn", "churn2", workspace, ("id-churn-a",))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot, "churn")
        await pilot.press("up")
        await says(pilot, stage, f"{KEPT}.")
        await pilot.press("ctrl+o")
        await says(pilot, stage, f"{KEPT}: churn2 in {workspace or 'aml-prod'} runs as it.")
        await pilot.press("enter")
        await says(pilot, stage, "Nothing has been sent yet", "+ role.new system-assigned principal", f"{KEPT}: churn2")
        assert "- role" not in screen_text(stage.app)
        assert is_red(stage, "✖ Jobs can no longer run as id-churn-a")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
    assert removals(stage) == []
    assert principal_of(stage.box, "id-churn-a") in holders(stage.box, "churnpool")


async def test_marked_computes_that_lose_a_shared_identity_together_can_remove_its_role(stage: Stage) -> None:
    add_neighbour(stage.box, "churn", "churn2", identities=("id-churn-a",))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        for name in ("churn", "churn2"):
            await on_row(stage, pilot, name)
            await pilot.press("space")
        await pilot.press("i")
        await shown(pilot, stage, "2 Spark pools have?")
        await pilot.press("home")
        await says(pilot, stage, "churn: id-churn-a keeps", "churn2: id-churn-a keeps")
        await pilot.press("ctrl+o")
        await says(pilot, stage, "churn: id-churn-a loses", "churn2: id-churn-a loses", "no other attached pool")
        await pilot.press("enter")
        await says(pilot, stage, "enter updates 2 Spark pools", "- role.id-churn-a")
        await pilot.press("enter")
        await happened(pilot, lambda: not stage.operations.running() and bool(removals(stage)))
    assert principal_of(stage.box, "id-churn-a") not in holders(stage.box, "churnpool")


async def test_a_role_removal_shows_in_red_which_jobs_fail_and_is_refused_if_others_need_the_role(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot)
        await pilot.press("home", "ctrl+d")
        await says(pilot, stage, "Nothing has been sent yet", "churn in aml-prod runs as id-churn-a and will lose")
        assert is_red(stage, "✖ churn in aml-prod runs as id-churn-a")
        assert is_red(stage, "✖ Jobs that run as id-churn-a")
        await pilot.press("escape")
        await says(pilot, stage, "roles on syn-prod/churnpool")
        add_neighbour(stage.box, "churn", "churn2", ELSEWHERE, ("id-churn-a",))
        await pilot.press("home", "ctrl+d")
        await says(pilot, stage, f"Nothing can be removed. {KEPT}: churn2 in {ELSEWHERE} runs as it.")
        await pilot.press("enter", "enter")
        await says(pilot, stage, "Nothing can be removed.")
    assert removals(stage) == []


async def test_a_role_stays_while_the_computes_that_run_as_its_identity_cannot_be_read(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot)
        stage.box.faults.add(Rule(BROKEN, "GET", "/computes$", times=None))
        await pilot.press("home", "ctrl+d")
        await says(pilot, stage, f"Nothing can be removed. {KEPT}: which attached pools run as it could not be read.")
        await pilot.press("enter")
    assert removals(stage) == []


# Detach


async def asked(stage: Stage, pilot: Pilot[None], name: str) -> None:
    """Open the detach question of a compute and wait until its roles are read."""
    await scenes.computes(stage, pilot)
    await on_row(stage, pilot, name)
    await pilot.press("ctrl+d")
    await shown(pilot, stage, f"Detach {name}?")
    await happened(pilot, lambda: "Reading the roles" not in screen_text(stage.app))


async def test_the_roles_that_a_detach_removes_are_read_when_its_question_opens(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("r")
        await says(pilot, stage, "2 roles on this pool")
        await pilot.press("escape")
        etl = stage.box.world.computes.get(f"{workspace_of(stage)}/computes/etl-prod")
        assert etl is not None
        for held in stage.box.world.roles.of("syn-prod"):
            if held["principalId"] == etl["identity"]["principalId"]:
                stage.box.world.roles.remove("syn-prod", held["id"])
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach etl-prod?")
        await happened(pilot, lambda: "Reading the roles" not in screen_text(stage.app))
        assert "also remove" not in screen_text(stage.app)
    assert removals(stage) == []


@pytest.mark.parametrize(
    ("size", "plan", "leaves"),
    [(LARGE, False, False), (SMALL, True, False), (SMALL, False, True), (LARGE, True, True)],
    ids=["question-removes", "plan-removes", "question-leaves", "plan-leaves"],
)
async def test_a_detach_removes_the_role_of_the_system_assigned_principal_unless_deselected(
    stage: Stage, size: tuple[int, int], plan: bool, leaves: bool
) -> None:
    own = next(one for one in stage.box.world.computes if one["name"] == "etl-prod")["identity"]["principalId"]
    async with stage.app.run_test(size=size) as pilot:
        await asked(stage, pilot, "etl-prod")
        assert "r [x] also remove its role on syn-prod/etlpool" in sentences(stage.app)
        if leaves:
            await pilot.press("r")
            await says(pilot, stage, "r [ ] also remove its role on syn-prod/etlpool")
        if plan:
            await pilot.press("p")
            await says(pilot, stage, "Nothing has been sent yet. y detaches etl-prod")
            assert ("1 role removed" in sentences(stage.app)) is not leaves
        await pilot.press("y")
        await happened(pilot, lambda: bool(writes(stage)) and not stage.operations.running())
    assert (own in holders(stage.box, "etlpool")) is leaves
    assert "/computes/etl-prod" in next(one for one in stage.box.log if one.method == "DELETE").url


async def test_a_user_assigned_identity_loses_its_role_only_by_choice_and_if_nothing_else_needs_it(
    stage: Stage,
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await asked(stage, pilot, "churn")
        await says(pilot, stage, "u [ ] also remove the role of id-churn-a on syn-prod/churnpool")
        await pilot.press("n")
        add_neighbour(stage.box, "churn", "churn2", ELSEWHERE, ("id-churn-a",))
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach churn?")
        await happened(pilot, lambda: "Reading the roles" not in screen_text(stage.app))
        assert "also remove" not in sentences(stage.app)
        await pilot.press("u", "y")
        await shown(pilot, stage, "churn is detached.")
    assert removals(stage) == []
    assert principal_of(stage.box, "id-churn-a") in holders(stage.box, "churnpool")


@pytest.mark.parametrize("key", ["y", "p", "u"])
async def test_a_detach_cannot_be_confirmed_before_its_roles_are_read_unless_they_are_kept(
    stage: Stage, key: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        stage.clock.hold()
        stage.fault(Rule(Slow(600), "GET", "/syn-prod$"))
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Detach etl-prod?", "Reading the roles that would remain")
        await pilot.press(key)
        await shown(pilot, stage, "Detach etl-prod?", "Reading the roles that would remain", "came too early")
        assert writes(stage) == []
        await pilot.press("r", "y")
        await happened(pilot, lambda: bool(stage.operations.running()))


async def test_a_detach_shows_when_its_keys_count_and_still_says_afterwards_that_one_came_too_early(
    stage: Stage,
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        stage.clock.hold()
        stage.fault(Rule(Slow(600), "GET", "/syn-prod$"))
        await pilot.press("ctrl+d")
        await shown(pilot, stage, "Reading the roles that would remain")
        early = colour_of_yes(stage)
        await pilot.press("y")
        await shown(pilot, stage, "Reading the roles that would remain", "came too early")
        stage.clock.release()
        await says(pilot, stage, "r [x] also remove its role", "came too early")
        assert colour_of_yes(stage) != early
        assert writes(stage) == []
        await pilot.press("y")
        await shown(pilot, stage, "etl-prod is detached.")
    assert removals(stage)


async def test_unreadable_roles_are_not_removed_and_the_question_says_so(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.box.faults.add(Rule(BROKEN, "GET", "/roleAssignments$", times=None))
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("ctrl+d")
        await says(pilot, stage, "Detach etl-prod?", "could not be read and are not removed.")
        await pilot.press("y")
        await shown(pilot, stage, "etl-prod is detached.")
    assert removals(stage) == []


async def test_a_role_not_removed_after_a_detach_is_the_only_step_to_retry(stage: Stage) -> None:
    stage.box.faults.add(Rule(Answer(403, "Unauthorized", "No."), "DELETE", "/roleAssignments/"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await asked(stage, pilot, "etl-prod")
        await pilot.press("p")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("y")
        await says(pilot, stage, "etl-prod is detached, but its role still exists.")
        await pilot.press("e")
        await says(pilot, stage, "Nothing has been sent yet", "- role.the system-assigned principal of etl-prod")
        await pilot.press("enter")
        await says(pilot, stage, "roles ● Succeeded")
    assert writes(stage) == ["DELETE"]
    assert len(removals(stage)) == 2


# The Access step


MOVES = {"move the roles": 0, "move the roles, remove old ones": 1, "keep roles as they are": 2}
ANSWERS = ("roles move", "old roles removed", "roles stay")
GRANTS = {"grant Synapse Administrator": 0, "grant Synapse Compute Operator": 1, "grant nothing": 2}


async def test_the_shown_role_changes_and_the_plan_follow_the_row_under_the_cursor(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("a")
        await shown(pilot, stage, "5 subscriptions")
        await paste(pilot, pool_of(stage, "churnpool"))
        await pilot.press("enter")
        await shown(pilot, stage, "Name for the compute.")
        await paste(pilot, "churn")
        await pilot.press("enter")
        await shown(pilot, stage, "Which managed identity")
        await pilot.press("up", "enter")
        await says(pilot, stage, "What should happen to the roles", "remove old ones", "is granted Synapse")
        for chosen in [one for pair in product(MOVES, MOVES) for one in pair]:
            await pilot.press("home", *["down"] * MOVES[chosen])
            await says(pilot, stage, f"▌ {chosen}")
            await happened(pilot, lambda: "Reading which" not in screen_text(stage.app))
            stays, loses, text = MOVES[chosen] == 2, MOVES[chosen] == 1, sentences(stage.app)
            assert ("is granted Synapse Administrator" in text) is not stays
            assert ("id-churn-a loses Synapse Administrator" in text) is loses
            assert (KEPT in text) is not loses
            assert ("needs the role Synapse Administrator" in text) is stays
            assert ANSWERS[MOVES[chosen]] in screen_text(stage.app)
        for chosen, number in MOVES.items():
            await pilot.press("home", *["down"] * number, "enter")
            await says(pilot, stage, "Nothing has been sent yet")
            assert ("- role.id-churn-a" in screen_text(stage.app)) is (number == 1)
            assert ("+ role.new" in screen_text(stage.app)) is (number != 2)
            await pilot.press("escape")
            await says(pilot, stage, f"▌ {chosen}")


async def test_the_permission_to_grant_is_shown_only_if_a_role_is_granted(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_access(stage, pilot)
        for chosen, number in GRANTS.items():
            await pilot.press("home", *["down"] * number)
            await says(pilot, stage, f"▌ {chosen}", "you may attach")
            assert ("you may grant" in sentences(stage.app)) is (chosen != "grant nothing")
            assert ("jobs fail with 403 until" in sentences(stage.app)) is (chosen == "grant nothing")
