"""Identities are created once, never over another one, and what Azure shows decides how that ended."""

import asyncio
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError

from tests.operations.test_chain import Scene
from tests.support.altered import Bench
from tests.support.programs import Place
from tui.domain.attachment import Attachment
from tui.domain.errors import Problem, ProblemKind
from tui.domain.guard import Guard
from tui.domain.identity import IdentityChoice, IdentityKind, UserAssignedIdentity
from tui.domain.identity_creation import IdentityCreation
from tui.domain.operation import Failed, Operation, Started, Succeeded, Verb, Waited
from tui.domain.plan import Plan, Request
from tui.domain.roles import ADMINISTRATOR
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.sandbox import documents
from tui.sandbox.faults import Answer, Rule
from tui.sandbox.http import Response
from tui.sandbox.names import identity_id

PATH = "/userAssignedIdentities/"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def run(place: Place, request: Request) -> Operation:
    with place.program() as program:
        return program.wait_for(program.begin(request).id)


def puts(place: Place) -> list[Any]:
    """The bodies of the PUTs of identities that Azure has received."""
    return [one.body for one in place.box.log if one.method == "PUT" and PATH in one.url]


def named(place: Place, name: str = "id-new") -> dict[str, Any] | None:
    """An identity's document in the world; None if there is none."""
    return place.box.world.identities.get(identity_id(place.default.subscription_id, "rg-ml", name))


def created(operation: Operation) -> UserAssignedIdentity:
    assert isinstance(operation.end, Succeeded), operation.end
    identity = operation.end.resource
    assert isinstance(identity, UserAssignedIdentity)
    return identity


def problem_of(operation: Operation) -> Problem:
    assert isinstance(operation.end, Failed)
    return operation.end.problem


def test_a_new_identity_has_what_was_asked_for_and_is_the_one_that_azure_shows(place: Place) -> None:
    operation = run(place, place.identity_creation)
    assert (operation.verb, operation.target) == (Verb.CREATE_IDENTITY, place.identity_creation.id)
    assert operation.compute is None
    identity, stored = created(operation), named(place)
    assert stored is not None
    assert (identity.name, identity.location, identity.tags) == ("id-new", "eastus2", {"team": "data"})
    assert (identity.principal_id, identity.raw) == (stored["properties"]["principalId"], stored)


def test_an_identity_without_tags_is_sent_without_that_member(place: Place) -> None:
    assert isinstance(run(place, replace(place.identity_creation, tags={})).end, Succeeded)
    assert puts(place) == [{"location": "eastus2"}]


def test_nothing_is_there_before_and_the_document_is_recorded_before_the_write(place: Place) -> None:
    operation = run(place, place.identity_creation)
    begun = operation.events[0]
    assert isinstance(begun, Started)
    assert (begun.before, begun.after) == (None, place.identity_creation.document())
    assert puts(place) == [begun.after]
    with place.program() as program:
        (read,) = program.recalled()
    assert read.request == place.identity_creation
    assert created(read) == created(operation)
    assert created(read).raw == named(place)


def test_a_created_identity_is_among_those_that_are_read_next(place: Place) -> None:
    async def listed(operations: Operations) -> list[str]:
        subscription = place.default.subscription_id
        return [one.name async for page in operations.pages(lambda a: a.identities(subscription)) for one in page.items]

    with place.program() as program:
        assert "id-new" not in asyncio.run(listed(program.operations))
        program.wait_for(program.begin(place.identity_creation).id)
        assert "id-new" in asyncio.run(listed(program.operations))


@pytest.mark.parametrize("name", ["id-adhoc", "ID-Adhoc"])
def test_an_identity_is_not_created_over_another_of_its_name(place: Place, name: str) -> None:
    before = copy.deepcopy(named(place, "id-adhoc"))
    problem = problem_of(run(place, replace(place.identity_creation, name=name)))
    assert problem.kind is ProblemKind.CHANGED
    assert problem.title == f"There is already an identity {name} in rg-ml."
    assert problem.advice.startswith("Nothing was sent.")
    assert puts(place) == []
    assert named(place, "id-adhoc") == before


def test_an_identity_is_not_created_in_a_resource_group_that_does_not_exist(place: Place) -> None:
    problem = problem_of(run(place, replace(place.identity_creation, resource_group="rg-gone")))
    assert problem.kind is ProblemKind.NOT_FOUND
    assert problem.title == "There is no resource group rg-gone in this subscription."
    assert problem.advice.startswith("Nothing was sent.")
    assert puts(place) == []


UNREAD = {
    "forbidden": (403, "AuthorizationFailed", ProblemKind.FORBIDDEN),
    # A 404 that says nothing about the identity.
    "subscription out of sight": (404, "SubscriptionNotFound", ProblemKind.NOT_FOUND),
    "failing": (500, "InternalServerError", ProblemKind.SERVICE),
}


@pytest.mark.parametrize("name", UNREAD)
def test_a_name_that_cannot_be_looked_up_is_not_taken_for_free_and_nothing_is_sent(place: Place, name: str) -> None:
    status, code, expected = UNREAD[name]
    place.box.faults.add(Rule(Answer(status, code, "No.", gateway=True), "GET", PATH, times=None))
    assert problem_of(run(place, place.identity_creation)).kind is expected
    assert puts(place) == []


REFUSED = {
    "forbidden": (403, "AuthorizationFailed", ProblemKind.FORBIDDEN),
    "group deleted meanwhile": (404, "ResourceGroupNotFound", ProblemKind.NOT_FOUND),
    "group locked": (409, "ScopeLocked", ProblemKind.REFUSED),
    "another region": (409, "InvalidResourceLocation", ProblemKind.CONFLICT),
    "no such region": (400, "LocationNotAvailableForResourceType", ProblemKind.REFUSED),
    "policy": (403, "RequestDisallowedByPolicy", ProblemKind.REFUSED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_creation_ends_at_once_with_azures_words_and_is_not_repeated(place: Place, name: str) -> None:
    status, code, kind = REFUSED[name]
    place.box.faults.add(Rule(Answer(status, code, "Azure says no."), "PUT", PATH, times=None))
    operation = run(place, place.identity_creation)
    problem = problem_of(operation)
    assert (problem.kind, problem.code, problem.status, problem.cause) == (kind, code, status, "Azure says no.")
    assert problem.advice
    assert not operation.is_open
    assert len(puts(place)) == 1
    assert named(place) is None


# Answers that are lost or wrong


def lost(_: Response) -> Response:
    raise ServiceResponseError("reset")


def with_body(document: Any, status: int = 201) -> Callable[[Response], Response]:
    return lambda answer: answer._replace(status=status, body=json.dumps(document).encode())


def with_status(status: int) -> Callable[[Response], Response]:
    return lambda answer: answer._replace(status=status)


def altered(alter: Callable[[Response], Response], *, is_acted: bool, request: IdentityCreation | None = None) -> Any:
    """A bench on which the answer to the PUT was altered, and the ended operation."""
    bench = Bench()
    bench.transport.at, bench.transport.alter, bench.transport.is_acted = 0, alter, is_acted
    with bench.operations() as operations:
        return bench, bench.run(operations, request or bench.identity_creation)


def test_a_creation_whose_answer_is_lost_after_its_arrival_is_found_by_reading() -> None:
    bench, operation = altered(lost, is_acted=True)
    assert created(operation).raw == named(bench)
    assert bench.transport.seen == ["PUT", "GET"]


def test_a_creation_whose_request_is_lost_is_not_sent_again_and_said_to_have_changed_nothing() -> None:
    bench, operation = altered(lost, is_acted=False)
    problem = problem_of(operation)
    assert (problem.kind, operation.is_open) == (ProblemKind.CONNECTION, False)
    assert "shows no trace of the request for id-new" in problem.title
    assert bench.transport.seen[0] == "PUT"
    assert set(bench.transport.seen[1:]) == {"GET"}
    assert bench.clock.monotonic() >= 15
    assert named(bench) is None


ANSWERS = {
    "another identity": with_body({"id": identity_id("11111111-2222-4333-8444-555555555555", "rg-ml", "id-new")}),
    "another name": with_body({"id": identity_id(Bench().default.subscription_id, "rg-ml", "id-adhoc")}),
    "no id": with_body({"location": "eastus2"}),
    "no JSON": lambda answer: answer._replace(body=b"<html>"),
    "no body": lambda answer: answer._replace(body=b""),
    **{f"{status}": with_status(status) for status in (202, 203, 204, 206, 299, 302, 500, 502, 504)},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_does_not_describe_the_new_identity_is_checked_by_reading(name: str) -> None:
    bench, operation = altered(ANSWERS[name], is_acted=True)
    found = created(operation)
    assert (found.id, found.raw) == (bench.identity_creation.id, named(bench))
    assert bench.transport.seen == ["PUT", "GET"]


OTHERS: dict[str, dict[str, Any]] = {
    "region": {"location": "westeurope"},
    "tags": {"tags": {"team": "theirs"}},
    "no tags": {"tags": {}},
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_identity_of_someone_else_under_the_new_name_is_not_taken_for_the_requested_one(name: str) -> None:
    asked = Bench().identity_creation
    theirs = {**documents.user_assigned_identity(str(asked.id), asked.location, asked.tags), **OTHERS[name]}
    bench = Bench()

    def overtaken(answer: Response) -> Response:
        bench.box.world.identities.put(theirs)
        return lost(answer)

    bench.transport.at, bench.transport.alter, bench.transport.is_acted = 0, overtaken, False
    with bench.operations() as operations:
        operation = bench.run(operations, asked)
    problem = problem_of(operation)
    assert problem.kind is ProblemKind.CHANGED
    assert isinstance(operation.end, Failed)
    assert isinstance(operation.end.found, UserAssignedIdentity)
    assert ("its region is westeurope" if name == "region" else 'its tag team is not "data"') in problem.cause
    assert named(bench) == theirs


def test_tags_that_a_policy_adds_do_not_make_it_another_identity() -> None:
    bench = Bench()

    def tagged(answer: Response) -> Response:
        document = json.loads(answer.body)
        bench.box.world.identities.put({**document, "tags": {**document["tags"], "cost": "42"}})
        return lost(answer)

    bench.transport.at, bench.transport.alter = 0, tagged
    with bench.operations() as operations:
        operation = bench.run(operations, bench.identity_creation)
    assert isinstance(operation.end, Succeeded)


# Resuming, locks and other operations


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("kept", [False, True])
def test_a_program_that_dies_at_any_record_is_followed_by_one_that_finishes_without_a_second_put(
    place: Place, at: int, kept: bool
) -> None:
    with place.program(at, kept=kept) as program:
        program.begin(place.identity_creation)
        assert program.wait_for_death()
    with place.program() as program:
        (left,) = program.recalled()
        if left.end is None:
            assert program.operations.resume(left)
        assert isinstance(program.wait_for(left.id).end, Succeeded)
    assert len(puts(place)) == 1
    assert named(place) is not None


def test_a_resumed_creation_whose_name_someone_else_took_meanwhile_is_not_sent(place: Place) -> None:
    with place.program(2, kept=False) as program:
        program.begin(place.identity_creation)
        assert program.wait_for_death()
    creation = place.identity_creation
    theirs = documents.user_assigned_identity(str(creation.id), "westeurope", {})
    place.box.world.identities.put(theirs)
    with place.program() as program:
        (left,) = program.recalled()
        assert program.operations.resume(left)
        problem = problem_of(program.wait_for(left.id))
    assert problem.kind is ProblemKind.CHANGED
    assert puts(place) == []
    assert named(place) == theirs


LOCKS = ("/subscriptions/*/resourcegroups/rg-ml", "/subscriptions/*", "*/userassignedidentities/id-*", "id-n*")


@pytest.mark.parametrize("pattern", LOCKS)
def test_an_identity_in_a_locked_place_is_created_only_after_its_name_was_typed(place: Place, pattern: str) -> None:
    guard, plan = Guard(locked=(pattern,)), Plan.of([place.identity_creation])
    (lock,) = guard.locks_over(plan)
    operations = Operations(place.connect, place.clock, lambda: Journal(place.folder), guard)
    with pytest.raises(Problem, match="is locked"):
        operations.apply(plan)
    guard.check(plan, [lock])
    assert puts(place) == []


def test_a_lock_on_another_resource_group_does_not_keep_an_identity_from_being_created(place: Place) -> None:
    guard = Guard(locked=("/subscriptions/*/resourcegroups/rg-data", "aml-prod", "syn-prod"))
    assert guard.locks_over(Plan.of([place.identity_creation])) == ()


def test_a_read_only_run_creates_no_identity(place: Place) -> None:
    operations = Operations(place.connect, place.clock, lambda: Journal(place.folder), Guard(read_only="flag"))
    with pytest.raises(Problem, match="read-only"):
        operations.apply(Plan.of([place.identity_creation]))
    assert puts(place) == []


def test_an_identity_is_created_by_one_operation_at_a_time(place: Place) -> None:
    place.box.faults.add(Rule(Answer(503, "ServerBusy", "Busy.", {"Retry-After": "30"}), "PUT", PATH))
    place.clock.hold()
    with place.program() as program:
        first = program.begin(place.identity_creation)
        program.wait_until(lambda: any(isinstance(one, Waited) for one in program.one(first.id).events))
        (second,) = program.operations.apply(Plan.of([place.identity_creation]))
        assert isinstance(second, Problem)
        assert "id-new is busy: its creation is" in second.title
        place.clock.release()
        assert isinstance(program.wait_for(first.id).end, Succeeded)
    assert len(puts(place)) == 2  # Azure refused the first one


def test_a_plan_that_cannot_be_sent_is_refused_as_a_whole(place: Place) -> None:
    wrong = replace(place.identity_creation, name="x")
    operations = Operations(place.connect, place.clock, lambda: Journal(place.folder))
    with pytest.raises(Problem, match="Not the name of an identity"):
        operations.apply(Plan.of([place.identity_creation, wrong]))
    assert puts(place) == []


# The identity in use


@pytest.fixture
def slow() -> Iterator[Scene]:
    """An Azure in which Synapse needs some time to know a new identity."""
    scene = Scene(grant_seconds=30.0, principal_seconds=90.0)
    scene.operations.start()
    yield scene
    scene.operations.stop()


def test_an_attach_with_a_new_identity_waits_visibly_until_synapse_knows_it_and_then_has_its_role(slow: Scene) -> None:
    creation = IdentityCreation(slow.workspace.id.subscription, "rg-ml", "id-new", "eastus2")
    identity = created(slow.run(creation))
    choice = IdentityChoice(IdentityKind.USER, (identity.id,))

    attached = slow.run(Attachment(slow.workspace, "adhoc", slow.pool, choice, role=ADMINISTRATOR))

    assert isinstance(attached.end, Succeeded), attached.end
    assert identity.principal_id in slow.holders()
    waits = [one.reason for one in attached.events if isinstance(one, Waited) and one.step == "grant"]
    assert "Synapse does not know id-new yet" in waits
    assert slow.clock.monotonic() >= 90
