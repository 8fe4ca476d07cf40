"""Readiness of storage accounts, and the grants that fix it: each role once, on the account itself."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.operations.test_readiness import Scene, check
from tests.support.jitter import even
from tests.support.programs import Place
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.domain.azure_grants import AzureGrants
from tui.domain.azure_roles import BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR
from tui.domain.checks import Remedy, Verdict
from tui.domain.errors import Problem, ProblemKind
from tui.domain.fixes import fix_of, storage_grants
from tui.domain.guard import Guard
from tui.domain.operation import Failed, Operation, Progress, Started, Succeeded, Verb, Waited
from tui.domain.plan import Plan
from tui.domain.readiness import Readiness
from tui.operations.waits import PRINCIPAL_SECONDS
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.faults import Answer, Fault, Forbidden, Garbled, NotJson, ResponseLost, Rule
from tui.sandbox.http import Document
from tui.sandbox.seed_azure_roles import THROUGH_GROUP
from tui.sandbox.transport import SandboxCredential, SandboxTransport

ROLES = r"/providers/Microsoft\.Authorization/roleAssignments"


@pytest.fixture
async def scene() -> Any:
    scene = Scene()
    scene.cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(scene.box), caller=ANA, jitter=even)
    yield scene
    await scene.cloud.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def storage(readiness: Readiness) -> dict[str, Verdict]:
    return {one.name: one.verdict for one in readiness.checks if one.name.startswith("Storage")}


# Readiness


async def test_each_identity_and_the_user_are_checked_on_both_accounts(scene: Scene) -> None:
    found = await scene.assess()
    assert storage(found["churn"]) == {
        "Storage amlprodsa for id-churn-a": Verdict.OK,  # on the resource group
        "Storage amlprodsa for id-churn-b": Verdict.PROBLEM,
        "Storage amlprodsa for you": Verdict.OK,
        "Storage synprodlake for id-churn-a": Verdict.OK,
        "Storage synprodlake for id-churn-b": Verdict.PROBLEM,
        "Storage synprodlake for you": Verdict.OK,
    }
    assert set(storage(found["etl-prod"]).values()) == {Verdict.OK}


async def test_a_data_lake_that_is_also_the_default_storage_is_checked_once(scene: Scene) -> None:
    assert scene.box.world.azure_roles  # they are made from the accounts
    home = next(one for one in scene.box.world.storage_accounts if one["name"] == "amlprodsa")
    synapse = scene.box.world.synapse_workspace_named("syn-prod")
    assert synapse is not None
    synapse["properties"]["defaultDataLakeStorage"].update(
        resourceId=home["id"].upper(), accountUrl="https://amlprodsa.dfs.core.windows.net"
    )
    found = storage((await scene.assess())["etl-prod"])
    assert list(found) == ["Storage amlprodsa for etl-prod", "Storage amlprodsa for you"]


async def test_an_account_whose_id_azure_does_not_report_is_looked_up_by_its_name(scene: Scene) -> None:
    synapse = scene.box.world.synapse_workspace_named("syn-prod")
    assert synapse is not None
    assert scene.box.world.azure_roles  # they are made from the accounts
    lake = synapse["properties"]["defaultDataLakeStorage"]
    del lake["resourceId"]
    found = storage((await scene.assess())["etl-prod"])
    assert "Storage synprodlake for etl-prod" in found, "the account is found by its name"

    scene.box.faults.add(Rule(Garbled(b'{"value": []}'), "GET", "/storageAccounts$", times=None))
    found = storage((await scene.assess())["etl-prod"])
    assert found["Storage: the data lake of syn-prod"] is Verdict.UNKNOWN
    scene.box.faults.clear()

    scene.box.faults.add(Rule(Forbidden(), "GET", "/storageAccounts$", times=None))
    unread = check((await scene.assess())["etl-prod"], "Storage: the data lake of syn-prod")
    assert unread.verdict is Verdict.UNKNOWN
    assert unread.help

    lake["accountUrl"] = "https://amlprodsa.dfs.core.windows.net"
    found = storage((await scene.assess())["etl-prod"])
    assert list(found) == ["Storage amlprodsa for etl-prod", "Storage amlprodsa for you"]


async def test_the_roles_of_a_group_count(scene: Scene) -> None:
    member = next(one for one in scene.box.world.identities if one["name"] == THROUGH_GROUP)
    churn = next(one for one in scene.box.world.computes if one["name"] == "churn")
    churn["identity"]["userAssignedIdentities"] = {member["id"]: dict(member["properties"])}
    found = storage((await scene.assess())["churn"])
    assert found[f"Storage synprodlake for {THROUGH_GROUP}"] is Verdict.OK
    # Only for those without roles of their own are the groups read.
    assert sum("assignedTo" in one.url and "etl-prod" in one.url for one in scene.box.log) == 0


async def test_the_roles_on_an_account_are_read_once_for_all_attached_pools(scene: Scene) -> None:
    await scene.assess()
    lists = Counter(one.url for one in scene.box.log if "Microsoft.Authorization/roleAssignments" in one.url)
    assert set(lists.values()) == {1}
    whole = [url for url in lists if "assignedTo" not in url]
    assert len(whole) == 2


UNREADABLE: dict[str, tuple[Fault, str]] = {
    "forbidden": (Forbidden(), "Microsoft.Authorization/roleAssignments/read"),
    "failing": (Answer(500, "InternalServerError", "No."), ""),
    "gone": (Answer(404, "ResourceNotFound", "No."), ""),
    "not JSON": (NotJson(200, b"<html>"), ""),
    "an unreadable item": (Garbled(b'{"value": [{"id": "/x"}]}'), ""),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_roles_that_cannot_be_read_are_not_taken_for_missing(scene: Scene, name: str) -> None:
    fault, permission = UNREADABLE[name]
    scene.box.faults.add(Rule(fault, "GET", ROLES, times=None))
    churn = (await scene.assess())["churn"]
    assert set(storage(churn).values()) == {Verdict.UNKNOWN}
    unread = check(churn, "Storage amlprodsa for id-churn-b")
    assert unread.remedy is None
    assert permission in unread.help


async def test_a_fix_grants_each_missing_role_on_its_account_and_nothing_wider(scene: Scene) -> None:
    computes = {one.name: one for one in await scene.computes()}
    readiness = (await scene.assess())["churn"]
    fix = fix_of(computes["churn"], readiness)
    assert fix is not None
    assert fix.remedy in (Remedy.GRANT, Remedy.STORAGE)
    requests = storage_grants([fix])
    assert [one.name for one in requests] == ["amlprodsa", "synprodlake"]
    for request in requests:
        assert request.compute == computes["churn"].id
        assert [(one.role, one.principal.name) for one in request.grants] == [
            (BLOB_DATA_CONTRIBUTOR, "id-churn-b"),
            (CONTRIBUTOR, "id-churn-b"),
        ]


# The grants


def run(place: Place, request: AzureGrants) -> Operation:
    with place.program() as program:
        return program.wait_for(program.begin(request).id)


def held(box: Sandbox, request: AzureGrants) -> list[Document]:
    ids = {one.id for one in request.grants}
    return [one for one in box.world.azure_roles if one["name"] in ids]


def statuses(operation: Operation) -> list[str]:
    return [one.status for one in operation.events if isinstance(one, Progress)]


def problem_of(operation: Operation) -> Problem:
    assert isinstance(operation.end, Failed), operation.end
    return operation.end.problem


def left_of(operation: Operation) -> AzureGrants:
    assert isinstance(operation.end, Failed), operation.end
    assert isinstance(operation.end.rest, AzureGrants)
    return operation.end.rest


def puts(place: Place) -> list[Mapping[str, Any]]:
    return [one.body["properties"] for one in place.box.log if one.method == "PUT" and isinstance(one.body, Mapping)]


def test_each_role_is_granted_once_on_the_account_and_then_shown(place: Place) -> None:
    operation = run(place, place.storage_grants)
    assert (operation.verb, operation.compute) == (Verb.AZURE_ROLES, place.storage_grants.compute)
    assert isinstance(operation.end, Succeeded)
    assert {one["properties"]["scope"] for one in held(place.box, place.storage_grants)} == {
        str(place.storage_grants.id)
    }
    assert len(puts(place)) == 2
    assert {one["principalType"] for one in puts(place)} == {"ServicePrincipal"}
    assert statuses(operation).count("verified") == 2
    begun = operation.events[0]
    assert isinstance(begun, Started)
    assert begun.before is None
    with place.program() as program:
        assert program.recalled()[0].request == place.storage_grants


def test_a_role_that_is_already_held_is_a_success(place: Place) -> None:
    run(place, place.storage_grants)
    other = replace(
        place.storage_grants,
        grants=tuple(replace(one, id=f"5{one.id[1:]}") for one in place.storage_grants.grants),
    )
    operation = run(place, other)
    assert isinstance(operation.end, Succeeded)
    assert statuses(operation).count("already granted") == 2
    assert held(place.box, other) == []


def test_an_identity_that_azure_does_not_know_yet_is_waited_for_visibly(tmp_path: Path) -> None:
    place = Place(tmp_path)
    unknown = Answer(400, "PrincipalNotFound", "Principal x does not exist in the directory y.")
    place.box.faults.add(Rule(unknown, "PUT", ROLES, times=3))
    operation = run(place, place.storage_grants)
    assert isinstance(operation.end, Succeeded)
    waits = [one.reason for one in operation.events if isinstance(one, Waited)]
    assert len(waits) == 3
    assert all("id-churn-b" in reason for reason in waits)


def test_an_identity_that_azure_never_knows_fails_after_a_limit_with_everything_left(place: Place) -> None:
    unknown = Answer(400, "PrincipalNotFound", "Principal x does not exist in the directory y.")
    place.box.faults.add(Rule(unknown, "PUT", ROLES, times=None))
    operation = run(place, place.storage_grants)
    assert problem_of(operation).code == "PrincipalNotFound"
    assert left_of(operation) == place.storage_grants
    waited = sum((one.until - one.at).total_seconds() for one in operation.events if isinstance(one, Waited))
    assert waited == pytest.approx(PRINCIPAL_SECONDS)


def test_a_sandbox_that_needs_the_kind_of_a_new_principal_gets_it(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.box = Sandbox(clock=place.clock, choices=Choices(), principal_seconds=10_000_000_000.0)
    assert isinstance(run(place, place.storage_grants).end, Succeeded)


def test_a_refusal_names_who_can_grant_and_keeps_what_is_left(place: Place) -> None:
    place.box.faults.add(Rule(Forbidden(), "PUT", ROLES, after=1, times=None))
    operation = run(place, place.storage_grants)
    problem = problem_of(operation)
    assert problem.kind is ProblemKind.FORBIDDEN
    for role in ("Owner", "User Access Administrator", "Role Based Access Control Administrator"):
        assert role in problem.advice
    assert left_of(operation).grants == place.storage_grants.grants[1:]
    place.box.faults.clear()
    assert isinstance(run(place, left_of(operation)).end, Succeeded)
    assert len(held(place.box, place.storage_grants)) == 2


def test_answers_that_are_lost_are_resolved_by_reading_and_the_same_id(place: Place) -> None:
    place.box.faults.add(Rule(ResponseLost(), "PUT", ROLES, times=None))
    assert isinstance(run(place, place.storage_grants).end, Succeeded)
    assert len(held(place.box, place.storage_grants)) == 2
    assert len(set(place.grant_ids)) == 2


def test_a_grant_is_sent_again_under_its_id_if_azure_may_not_have_acted(place: Place) -> None:
    place.box.faults.add(Rule(Answer(504, "GatewayTimeout", "No answer in time.", gateway=True), "PUT", ROLES))
    assert isinstance(run(place, place.storage_grants).end, Succeeded)
    first, _ = place.storage_grants.grants
    assert Counter(place.grant_ids)[first.id] == 2
    assert len(held(place.box, place.storage_grants)) == 2


def test_lost_answers_that_cannot_be_read_back_leave_the_outcome_open_and_are_resumed(place: Place) -> None:
    place.box.faults.add(Rule(ResponseLost(), "PUT", ROLES, times=None))
    place.box.faults.add(Rule(Answer(500, "InternalServerError", "No."), "GET", ROLES, times=None))
    operation = run(place, place.storage_grants)
    assert problem_of(operation).outcome_unknown
    place.box.faults.clear()
    with place.program() as program:
        (known,) = program.recalled()
        assert program.operations.resume(known)
        program.wait_until(lambda: isinstance(program.one(known.id).end, Succeeded))
    assert len(held(place.box, place.storage_grants)) == 2


def test_a_role_that_is_not_shown_yet_is_waited_for_and_reported(place: Place) -> None:
    place.box.faults.add(Rule(Garbled(b'{"value": []}'), "GET", ROLES, times=2))
    operation = run(place, place.storage_grants)
    assert isinstance(operation.end, Succeeded)
    assert statuses(operation).count("verified") == 2
    assert sum(isinstance(one, Waited) for one in operation.events) == 2


NOT_VERIFIED: dict[str, tuple[Fault, str]] = {
    "may not be read": (Forbidden(), "granted, not verified"),
    "never shown": (Garbled(b'{"value": []}'), "granted, not shown yet"),
}


@pytest.mark.parametrize("name", NOT_VERIFIED)
def test_a_grant_that_cannot_be_seen_is_still_a_success(place: Place, name: str) -> None:
    fault, status = NOT_VERIFIED[name]
    place.box.faults.add(Rule(fault, "GET", ROLES, times=None))
    operation = run(place, place.storage_grants)
    assert isinstance(operation.end, Succeeded)
    assert statuses(operation).count(status) == 2


def _boundaries(place: Place) -> Iterator[int]:
    yield from range(len(run(place, place.storage_grants).events))


def test_a_program_that_dies_anywhere_is_resumed_without_a_second_assignment(tmp_path: Path) -> None:
    for at in _boundaries(Place(tmp_path / "whole")):
        for kept in (False, True):
            place = Place(tmp_path / f"{at}-{kept}")
            with place.program(at, kept=kept) as program:
                program.begin(place.storage_grants)
                died = program.wait_for_death()
            with place.program() as program:
                known = program.recalled()
                for one in known:
                    if program.operations.why_not_resumed(one) is None:
                        program.operations.resume(one)
                        program.wait_for(one.id)
            assert died or len(held(place.box, place.storage_grants)) == 2
            if known:
                assert len(held(place.box, place.storage_grants)) == 2, (at, kept)
            assert set(place.grant_ids) <= {one.id for one in place.storage_grants.grants}


def test_a_resumed_operation_sends_no_role_that_azure_shows(place: Place) -> None:
    whole = len(run(Place(place.folder / "whole"), place.storage_grants).events)
    with place.program(whole - 2) as program:
        program.begin(place.storage_grants)
        assert program.wait_for_death()
    with place.program() as program:
        (known,) = program.recalled()
        assert program.operations.resume(known)
        program.wait_for(known.id)
    assert len(puts(place)) == 2


def test_a_role_held_under_a_condition_is_never_reported_as_the_granted_one(place: Place) -> None:
    run(place, place.storage_grants)
    for one in held(place.box, place.storage_grants):
        one["properties"]["condition"] = "((!(ActionMatches{'Microsoft.Storage/…/blobs/delete'})))"
    again = tuple(replace(one, id=f"5{one.id[1:]}") for one in place.storage_grants.grants)
    operation = run(place, replace(place.storage_grants, grants=again))
    assert statuses(operation).count("held under a condition") == 2
    assert not {"verified", "granted"} & set(statuses(operation))


def test_a_principal_that_belongs_to_another_identity_now_gets_nothing(place: Place) -> None:
    request = place.storage_grants
    other = next(one for one in place.box.world.identities if one["name"] == "id-adhoc")
    wrong = replace(request.grants[0].principal, object_id=other["properties"]["principalId"])
    operation = run(place, replace(request, grants=tuple(replace(one, principal=wrong) for one in request.grants)))
    assert problem_of(operation).kind is ProblemKind.UNREADABLE
    assert puts(place) == []


def test_a_lock_of_the_program_covers_the_account_its_group_and_the_compute(place: Place) -> None:
    plan = Plan.of([place.storage_grants])
    group = str(place.storage_grants.id).partition("/providers/")[0]
    for pattern in (str(place.storage_grants.id), group, "aml-prod"):
        assert Guard(locked=(pattern,)).locks_over(plan), pattern
    assert not Guard(locked=("aml-dev",)).locks_over(plan)
