"""If Azure refuses, delays or loses a request, the screen says why and what to do; nothing is written twice."""

import gc

import pytest

from tests.support import scenes
from tests.support.screen import happened, paste, says, screen_text, sentences, shown
from tests.support.stage import Stage, pool_of, puts, workspace_of, writes
from tui.domain.compute import Compute
from tui.domain.operation import Operation
from tui.sandbox.faults import (
    Answer,
    Fault,
    Forbidden,
    Outcome,
    RequestLost,
    ResponseLost,
    Rule,
    Slow,
    Stuck,
    Throttled,
)
from tui.sandbox.role_assignments import Grant
from tui.ui.screens.computes import ComputesScreen

LARGE = (120, 40)
LOCKED = (
    "The scope '/subscriptions/s/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces/aml-prod/"
    "computes/adhoc' cannot perform write operation because following scope(s) are locked: "
    "'/subscriptions/s/resourceGroups/rg-ml'. Please remove the lock and try again."
)
POLICY = (
    "Resource 'adhoc' was disallowed by policy. Policy identifiers: "
    '\'[{"policyAssignment":{"name":"Costs need a tag","id":"/subscriptions/s/x"}}]\'.'
)
COMPUTES, PUT = r"/workspaces/aml-prod/computes$", r"/computes/adhoc$"
SUBSCRIPTIONS, SYNAPSE = r"^/subscriptions$", r"/Microsoft\.Synapse/workspaces$"


# 403: not allowed


async def test_a_forbidden_list_of_subscriptions_is_reported_and_a_pasted_id_opens_a_workspace(picking: Stage) -> None:
    picking.box.faults.add(Rule(Forbidden(), "GET", SUBSCRIPTIONS, times=None))
    async with picking.app.run_test(size=LARGE) as pilot:
        await says(pilot, picking, "Could not list your subscriptions: you are not allowed to.", "(ctrl+l, then n).")
        assert "ctrl+r tries again · ctrl+y copies this" in sentences(picking.app)
        await paste(pilot, str(workspace_of(picking)))
        await pilot.press("enter")
        await shown(pilot, picking, "15 computes")


async def test_a_forbidden_subscription_names_the_missing_role_and_another_can_be_chosen(picking: Stage) -> None:
    async with picking.app.run_test(size=LARGE) as pilot:
        await scenes.picker(picking, pilot)
        await pilot.press(*"fabrikam", "enter")
        await says(
            pilot,
            picking,
            "Could not list the Azure Machine Learning workspaces of subscription",
            "you are not allowed to.",
            "does not have authorization to perform action 'Microsoft.MachineLearningServices/workspaces/read'",
            "Ask for the role Reader on subscription",
            "403 AuthorizationFailed",
        )
        await pilot.press("escape", "ctrl+u", *"prod", "enter")
        await shown(pilot, picking, "aml-features")
        assert "403" not in sentences(picking.app)


@pytest.mark.parametrize("size", [LARGE, (80, 24)], ids=["120x40", "80x24"])
async def test_a_forbidden_list_of_synapse_workspaces_is_reported_and_can_be_read_again(
    stage: Stage, size: tuple[int, int]
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await scenes.computes(stage, pilot)
        stage.fault(Rule(Forbidden(), "GET", SYNAPSE))
        await pilot.press("a")
        await shown(pilot, stage, "5 subscriptions")
        await pilot.press("enter")
        await says(
            pilot,
            stage,
            "Could not list the Synapse workspaces of subscription",
            "perform action 'Microsoft.Synapse/workspaces/read'",
            "Ask for the role Reader on subscription",
            "ctrl+r tries again · esc goes back · ctrl+y copies this",
        )
        await pilot.press("ctrl+r")
        await shown(pilot, stage, "3 Synapse workspaces", "syn-prod")
    assert writes(stage) == []


@pytest.mark.parametrize(
    "fault", [Forbidden(), Answer(403, "NobodyKnowsThis", "Not from here.", gateway=True)], ids=["right", "unknown"]
)
async def test_an_unreadable_pool_can_be_attached_by_its_id_because_azure_decides(stage: Stage, fault: Fault) -> None:
    stage.box.faults.add(Rule(fault, "GET", "/bigDataPools/adhocpool$", times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await says(pilot, stage, "The pool has not been read yet")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    assert writes(stage) == ["PUT"]


# Failures of the PUT


@pytest.mark.parametrize(
    ("fault", "what", "why", "what_to_do"),
    [
        (
            Forbidden(),
            "Could not attach adhocpool: you are not allowed to.",
            "perform action 'Microsoft.MachineLearningServices/workspaces/computes/write'",
            "Ask for the role AzureML Compute Operator or Contributor on workspace aml-prod",
        ),
        (
            Answer(409, "Conflict", "An operation is already in progress on compute adhoc."),
            "Could not attach adhocpool: another operation is in progress on it.",
            "An operation is already in progress on compute adhoc.",
            "wait until that has finished, then try again",
        ),
        (
            Answer(409, "ScopeLocked", LOCKED, gateway=True),
            "Could not attach adhocpool: resource group rg-ml is locked.",
            "Please remove the lock and try again.",
            "can remove the lock; waiting does not help.",
        ),
        (
            Answer(403, "RequestDisallowedByPolicy", POLICY, gateway=True),
            'Could not attach adhocpool: the policy "Costs need a tag" does not allow it.',
            "Resource 'adhoc' was disallowed by policy.",
            "or ask whoever manages the policy for an exemption.",
        ),
        (
            Answer(403, "RequestDisallowedByPolicy", "Reasons: 'MFA is required'.", gateway=True),
            "Could not attach adhocpool: Azure requires multi-factor authentication for this.",
            "Reasons: 'MFA is required'.",
            "what you entered is kept. az login ctrl+l signs in",
        ),
        (
            Answer(400, "BadArgument", "The region is closed."),
            "Could not attach adhocpool: Azure refused it.",
            "The region is closed.",
            "Change what Azure names, then try again.",
        ),
        (
            Throttled(retry_after=600),
            "Could not attach adhocpool: Azure has received too many requests.",
            "Retry again after 600 seconds",
            "Azure asks to wait 600 seconds: try again after that.",
        ),
        (
            Outcome("Canceled"),
            "Could not attach adhocpool: Azure accepted it, but then canceled it.",
            "The operation was canceled.",
            "Try again.",
        ),
        (
            Outcome("Failed", "ScopeLocked", LOCKED),
            "Could not attach adhocpool: Azure accepted it, but then it failed: resource group rg-ml is locked.",
            "Please remove the lock and try again.",
            "can remove the lock; waiting does not help.",
        ),
        (
            Outcome("Failed", "PoolNotAllowed", "The pool is in another tenant."),
            "Could not attach adhocpool: Azure accepted it, but then it failed.",
            "The pool is in another tenant.",
            "Change what Azure names, or try again later.",
        ),
    ],
    ids=["403", "409", "lock", "policy", "mfa", "400", "429-too-long", "canceled", "failed-lock", "failed"],
)
async def test_a_failed_attach_says_what_why_and_what_to_do_and_the_form_can_be_sent_again(
    stage: Stage, fault: Fault, what: str, why: str, what_to_do: str
) -> None:
    stage.box.faults.add(Rule(fault, "PUT", PUT))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, what, why, what_to_do, "e opens the form as it was")
        assert writes(stage) == ["PUT"]
        await pilot.press("e")
        await shown(pilot, stage, "Nothing has been sent yet", "adhocpool", "SystemAssigned")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        await pilot.press("escape")
        # An attach that fails after Azure accepted it leaves a compute, which the second attempt updates.
        await shown(pilot, stage, "adhoc is updated." if isinstance(fault, Outcome) else "adhoc is attached.")
    first, second = puts(stage)
    assert isinstance(first.body, dict)
    assert isinstance(second.body, dict)
    assert second.body["identity"] == first.body["identity"] == {"type": "SystemAssigned"}
    assert second.body["properties"]["resourceId"] == first.body["properties"]["resourceId"]


async def test_a_failed_attach_can_be_corrected_in_the_form_and_then_succeeds(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "NameReserved", "That name is reserved."), "PUT", PUT))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_review(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "That name is reserved.")
        await pilot.press("e")
        await shown(pilot, stage, "Nothing has been sent yet", "id-etl-prod", "id-etl-read")
        await pilot.press("shift+tab", "shift+tab", "shift+tab", "ctrl+u", *"lake", "enter")
        await shown(pilot, stage, "Which managed identity")
        await pilot.press("enter")
        await shown(pilot, stage, "Chosen, in this order: 1 id-etl-prod default for jobs   2 id-etl-read")
        await pilot.press("tab", "tab")
        await says(pilot, stage, "Nothing has been sent yet", "attach lake")
        await pilot.press("enter")
        await shown(pilot, stage, "attach lake", "● Succeeded")
    failed, corrected = puts(stage)
    assert "/computes/lake?" in corrected.url
    assert corrected.body == failed.body


# Busy


async def test_a_detach_during_another_write_is_refused_with_azures_message(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.box.faults.add(Rule(Answer(409, "Conflict", "An operation is already in progress."), "DELETE"))
        await pilot.press("down", "down", "ctrl+d")
        await shown(pilot, stage, "Detach etl-prod?")
        await pilot.press("y")
        await says(pilot, stage, "Could not detach etl-prod: another operation is in progress on it. o shows it.")
        await pilot.press("o")
        await says(pilot, stage, "An operation is already in progress.", "wait until that has finished", "409 Conflict")
        await pilot.press("escape")
        await happened(
            pilot,
            lambda: any("etl-prod " in one and "● Succeeded" in one for one in screen_text(stage.app).splitlines()),
        )
    assert writes(stage) == ["DELETE"]


async def test_a_compute_that_is_being_detached_accepts_no_second_write(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.confirm(stage, pilot)
        stage.clock.hold()
        await pilot.press("y")
        await shown(pilot, stage, "◌ detach 00:00")
        await pilot.press("ctrl+d")
        await says(pilot, stage, "etl-prod is busy: its detach is still running.")
        stage.clock.release()
        await says(pilot, stage, "etl-prod is detached.")
    assert writes(stage) == ["DELETE"]


# 404


async def test_a_deleted_workspace_is_reported_and_another_can_be_opened(stage: Stage) -> None:
    stage.box.world.aml_workspaces.remove(str(workspace_of(stage)))
    async with stage.app.run_test(size=LARGE) as pilot:
        await says(
            pilot,
            stage,
            "Could not list the computes of aml-prod: it does not exist.",
            "under resource group 'rg-ml' was not found",
            "Check the name, the resource group and the subscription; it may have been deleted.",
            "404 ResourceNotFound",
            "w opens another workspace",
        )
        await pilot.press("w")
        await shown(pilot, stage, "aml-features")
        await pilot.press(*"features", "enter")
        await says(pilot, stage, "No computes in aml-features yet. Press a to attach a Spark pool.")


# 429: too many requests


@pytest.mark.parametrize(("retry_after", "seconds"), [(12, 12), (None, 20)], ids=["retry-after", "in-words"])
async def test_a_throttled_list_shows_the_wait_and_then_loads(
    stage: Stage, retry_after: int | None, seconds: int
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.clock.hold()
        stage.box.faults.add(Rule(Throttled(retry_after), "GET", COMPUTES))
        await pilot.press("ctrl+r")
        await shown(pilot, stage, f"waiting, throttled, {seconds} s", "etl-prod")
        stage.clock.release()
        await shown(pilot, stage, f"as of 09:12:{seconds:02}")


async def test_a_list_that_stays_throttled_fails_and_says_when_to_try_again(stage: Stage) -> None:
    stage.box.faults.add(Rule(Throttled(), "GET", COMPUTES, times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await says(
            pilot,
            stage,
            "Could not list the computes of aml-prod: Azure has received too many requests.",
            "wait 20 seconds",
        )
        stage.box.faults.clear()
        await pilot.press("ctrl+r")
        await shown(pilot, stage, "15 computes", "as of")


@pytest.mark.parametrize(("retry_after", "seconds"), [(12, 12), (None, 20)], ids=["retry-after", "in-words"])
async def test_a_throttled_attach_shows_the_wait_and_is_accepted_once(
    stage: Stage, retry_after: int | None, seconds: int
) -> None:
    stage.box.faults.add(Rule(Throttled(retry_after), "PUT", PUT))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        stage.clock.hold()
        await pilot.press("enter")
        await shown(pilot, stage, "waiting  throttled", f"tries again in {seconds} s")
        await pilot.press("escape")
        await shown(pilot, stage, "1 operation running", f"tries again in {seconds} s")
        stage.clock.release()
        await says(pilot, stage, "adhoc is attached.")
    assert writes(stage) == ["PUT", "PUT"]


async def test_throttled_reads_of_a_single_resource_show_the_wait(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.clock.hold()
        stage.box.faults.add(Rule(Throttled(9), "GET", "/computes/etl-prod$"))
        await pilot.press("down", "down", "e")
        await shown(pilot, stage, "Tags and description of etl-prod")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Still reading etl-prod; waiting: throttled, 9 s. The plan follows.")
        stage.clock.step()
        await pilot.press("escape")
        await shown(pilot, stage, "as of")
        stage.box.faults.add(Rule(Throttled(9), "GET", "/bigDataPools/adhocpool$"))
        await pilot.press("a")
        await shown(pilot, stage, "5 subscriptions")
        await paste(pilot, pool_of(stage, "adhocpool"))
        await pilot.press("enter")
        await says(pilot, stage, "Reading syn-prod/adhocpool: waiting, throttled, 9 s")
        stage.clock.release()
        await shown(pilot, stage, "Name for the compute.")


@pytest.mark.parametrize("what", [r"/roleAssignments$", r"/bigDataPools$"], ids=["roles", "pools"])
async def test_the_list_says_why_readiness_is_late_and_for_how_long(stage: Stage, what: str) -> None:
    stage.clock.hold()
    stage.box.faults.add(Rule(Throttled(12), "GET", what))
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "readiness: waiting, throttled, 12 s · 15 computes", "as of 09:12:00")
        stage.clock.release()
        await scenes.computes(stage, pilot)
        assert "waiting" not in screen_text(stage.app)


async def test_readiness_from_before_a_refresh_does_not_replace_newer_readiness(stage: Stage) -> None:
    stage.clock.hold()
    stage.box.faults.add(Rule(Slow(5), "GET", r"/userAssignedIdentities$"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "15 computes", "as of 09:12:00")
        read = "https://syn-prod.dev.azuresynapse.net/roleAssignments"
        await happened(pilot, lambda: any(one.url.startswith(read) for one in stage.box.log))
        await happened(pilot, lambda: stage.clock.waiting == 1)
        newcomer = next(one for one in stage.box.world.identities if one["name"] == "id-churn-b")
        scope = "workspaces/syn-prod/bigDataPools/churnpool"
        stage.box.world.roles.grant("syn-prod", Grant(newcomer["properties"]["principalId"], scope))
        await pilot.press("ctrl+r")
        await happened(pilot, lambda: _readiness(stage, "churn") == "3 problems")
        stage.clock.release()
        await happened(pilot, lambda: stage.clock.waiting == 0)
        await shown(pilot, stage, "3 problems")
        assert _readiness(stage, "churn") == "3 problems"


def _readiness(stage: Stage, name: str) -> str:
    assert isinstance(stage.app.screen, ComputesScreen)
    row = stage.app.screen.table.get(name)
    return row.readiness.summary if row is not None and row.readiness is not None else ""


def _lists(stage: Stage) -> int:
    """How often the list has been read."""
    return sum(one.url.split("?")[0].endswith("/aml-prod/computes") for one in stage.box.log)


async def test_repeated_refreshes_of_the_list_keep_no_old_computes_in_memory(stage: Stage) -> None:
    def alive() -> int:
        gc.collect()
        return sum(isinstance(one, Compute) for one in gc.get_objects())

    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        once, lists = alive(), _lists(stage)
        for number in range(1, 5):
            await pilot.press("ctrl+r")
            await happened(pilot, lambda: _lists(stage) == lists + number)  # noqa: B023 - awaited at once
            await scenes.computes(stage, pilot)
        await happened(pilot, lambda: alive() <= once)


async def test_the_readiness_page_says_what_it_is_waiting_for(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.clock.hold()
        stage.fault(Rule(Throttled(12), "GET", "/roleAssignments$"))
        await pilot.press("enter", "l")
        await shown(pilot, stage, "Checking …", "readiness: waiting, throttled, 12 s")
        stage.clock.release()
        await shown(pilot, stage, "f grants Synapse Administrator to it")


# The connection


async def test_a_put_that_never_reached_azure_is_sent_again_after_a_visible_wait(stage: Stage) -> None:
    stage.box.faults.add(Rule(RequestLost(), "PUT", PUT))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        await pilot.press("v")
        await shown(pilot, stage, "waiting: connection lost")
    assert writes(stage) == ["PUT"]


async def test_without_a_connection_nothing_is_written_and_the_form_can_be_sent_later(stage: Stage) -> None:
    stage.box.faults.add(Rule(RequestLost(), "PUT", PUT, times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await says(
            pilot,
            stage,
            "Could not attach adhocpool: Azure cannot be reached.",
            "Connection reset",
            "Check the network",
        )
        assert writes(stage) == []
        stage.box.faults.clear()
        await pilot.press("e")
        await shown(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    assert writes(stage) == ["PUT"]


async def test_a_failed_attach_whose_response_was_lost_is_read_back_as_failed(stage: Stage) -> None:
    stage.box.faults.add(Rule(ResponseLost(), "PUT", PUT))
    stage.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", "The pool is in another tenant."), "PUT", PUT))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await says(
            pilot,
            stage,
            "adhoc changed after the request was sent, and it failed there.",
            "The pool is in another tenant.",
            "Fix what Azure reports and try again.",
        )
    assert writes(stage) == ["PUT"]


async def test_an_attach_survives_a_lost_connection_while_azure_is_working(stage: Stage) -> None:
    stage.box.faults.add(Rule(ResponseLost(), "GET", "/computeOperationsStatus/", times=2))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        await pilot.press("v")
        await shown(pilot, stage, "waiting: connection lost")
    assert writes(stage) == ["PUT"]


# Operations that never end


@pytest.mark.parametrize("size", [LARGE, (80, 24)], ids=["120x40", "80x24"])
async def test_a_stuck_operation_shows_its_idle_time_and_watching_can_be_stopped_and_resumed(
    stage: Stage, size: tuple[int, int]
) -> None:
    stage.box.faults.add(Rule(Stuck(), "PUT", PUT))

    def hold(_: Operation) -> None:
        if stage.clock.monotonic() >= 3600:
            stage.clock.hold()

    stage.operations.listen(hold)
    async with stage.app.run_test(size=size) as pilot:
        await scenes.attach_review(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "no change for 6")
        await pilot.press("v")
        await says(pilot, stage, "Azure goes on with it, watched or not")
        await pilot.press("x")
        await says(pilot, stage, "Stop watching the attach of adhoc?", "not done until u resumes it")
        await pilot.press("y")
        await says(pilot, stage, "no longer watched", "u resumes the remaining steps")
        assert stage.clock.waiting == 0
        await pilot.press("u")
        await happened(pilot, lambda: stage.clock.waiting == 1)
    assert writes(stage).count("PUT") == 1


async def test_a_message_about_a_running_operation_is_not_overwritten_by_the_timer(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.confirm(stage, pilot)
        stage.clock.hold()
        await pilot.press("y")
        await happened(pilot, lambda: stage.clock.waiting == 1)
        await pilot.press("o")
        await says(pilot, stage, "detach etl-prod · InProgress")
        await pilot.press("e")
        await says(pilot, stage, "Only failed operations can be corrected.")
        stage.clock.advance(2)
        stage.app._tick()
        await says(pilot, stage, "00:02", "Only failed operations can be corrected.")
        stage.clock.release()
        await says(pilot, stage, "detach etl-prod · Succeeded")


async def test_an_attach_is_not_sent_while_the_workspace_region_cannot_be_read(stage: Stage) -> None:
    stage.box.faults.add(Rule(Forbidden(), "GET", r"/workspaces/aml-prod$", times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "Nothing was sent: the request needs the workspace's region.", "the role Reader")
        stage.box.faults.clear()
        await pilot.press("enter")
        await says(pilot, stage, "The region is now known")
        await shown(pilot, stage, "location  eastus2")
        assert not writes(stage)
        await pilot.press("enter")
        await happened(pilot, lambda: len(writes(stage)) == 1)
