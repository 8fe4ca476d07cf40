"""The checklist of an operation: the table of steps agrees with what the operations report, at every moment."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.programs import Place
from tui.domain.chain_steps import WORDS, Item, StepState, checklist, steps_of
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.operation import Failed, Operation, Progress, Succeeded, Unwatched, Waited, Watch
from tui.domain.plan import Request
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleMove, role_move
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope, role_of
from tui.domain.states import Tone
from tui.domain.workspaces import SynapseWorkspace
from tui.operations.stored_names import STEPS
from tui.sandbox.faults import Answer, Outcome, ResponseLost, Rule
from tui.sandbox.locks import lock

SYNAPSE_USER = role_of("2a385764-43e8-416c-9825-7b18d05a2c4b")
REFUSED = Answer(400, "Refused", "Not today.")
AT_WORK = (StepState.RUNNING, StepState.INTERRUPTED, StepState.UNWATCHED, StepState.UNKNOWN, StepState.FAILED)


def _moved(place: Place, kind: IdentityKind, name: str = "etl-prod") -> ComputeEdit:
    """A change of identity with which every role moves."""
    compute = place.compute(name)
    assert compute.attached_to is not None
    pool = compute.attached_to
    synapse = SynapseWorkspace(pool.parent, dev_endpoint=f"https://{pool.parent.name}.dev.azuresynapse.net")
    held = tuple(
        RoleAssignment(one["id"], one["roleDefinitionId"], one["principalId"], RoleScope.parse(one["scope"]))
        for one in place.box.world.roles.of(pool.parent.name)
    )
    one = next(one for one in place.box.world.identities if one["name"] == "id-reporting")
    identity = ResourceId.parse(one["id"])
    users = (identity,) if kind in (IdentityKind.USER, IdentityKind.SYSTEM_AND_USER) else ()
    after = IdentityChoice(kind, users)
    numbers = itertools.count(1)
    move = role_move(
        synapse,
        pool,
        compute.identity,
        after,
        held,
        {identity: one["properties"]["principalId"]},
        lambda: f"{next(numbers)}3333333-3333-4333-8333-333333333333",
        removes_user_assigned=True,
        compute=compute.id,
    )
    assert isinstance(move, RoleMove)
    return ComputeEdit(compute, Edit(identity=after), move)


def _resent(place: Place) -> ComputeEdit:
    """The update that sends a failed attach again, with its role."""
    place.box.faults.add(Rule(Outcome("Failed", "Refused", "Not today."), "PUT", "/computes/adhoc"))
    _run(place, place.chain)
    return ComputeEdit(place.compute("adhoc"), Edit(), role=ADMINISTRATOR)


def _granted_later(place: Place) -> ComputeEdit:
    """The role of an attached pool that needs nothing else."""
    _run(place, place.attachment)
    return ComputeEdit(place.compute("adhoc"), Edit(), role=ADMINISTRATOR)


def _unproven(place: Place) -> Request:
    """A grant of a role that does not let jobs run, whose effect cannot be asked for."""
    change = place.roles()
    return replace(change, grants=tuple(replace(one, role=SYNAPSE_USER) for one in change.grants), removals=())


REQUESTS: dict[str, Callable[[Place], Request]] = {
    "attach": lambda place: place.attachment,
    "chain": lambda place: place.chain,
    "attach sent again": _resent,
    "role of an attached pool": _granted_later,
    "change": lambda place: place.change(),
    "move to a new principal": lambda place: place.move(),
    "move to a known principal": lambda place: _moved(place, IdentityKind.USER),
    "move to both": lambda place: _moved(place, IdentityKind.SYSTEM_AND_USER, "churn-old"),
    "roles": lambda place: place.roles(),
    "grant": lambda place: replace(place.roles(), removals=()),
    "grant without a proof": _unproven,
    "removal": lambda place: replace(place.roles(), grants=()),
    "Azure roles": lambda place: place.storage_grants,
    "detach": lambda place: place.detachment(),
    "detach with roles": lambda place: place.detachment_with_roles(),
    "pool change": lambda place: place.pool_change(),
    "pool creation": lambda place: place.pool_creation,
    "identity creation": lambda place: place.identity_creation,
}
SINGLE = ("attach", "change", "detach", "pool change", "pool creation", "identity creation")
CHAINS = [name for name in REQUESTS if name not in SINGLE]


def _run(place: Place, request: Request) -> Operation:
    with place.program() as program:
        return program.wait_for(program.begin(request).id)


def _emitted(operation: Operation) -> list[str]:
    """The steps of the events, each once for events that follow each other."""
    told = [one.step for one in operation.events if isinstance(one, Progress | Waited) and one.step]
    return [step for step, _ in itertools.groupby(told)]


def _states(operation: Operation, now: timedelta = timedelta(0)) -> list[StepState]:
    return [one.state for one in checklist(operation, operation.events[-1].at + now)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("name", REQUESTS)
def test_an_operation_reports_exactly_the_steps_of_the_table_in_their_order(name: str, place: Place) -> None:
    request = REQUESTS[name](place)
    done = _run(place, request)
    assert isinstance(done.end, Succeeded), done.end
    assert tuple(_emitted(done)) == steps_of(request)
    assert set(_states(done)) <= {StepState.DONE}


def test_every_step_has_words_and_a_stored_name(tmp_path: Path) -> None:
    steps = {step for name, request in REQUESTS.items() for step in steps_of(request(Place(tmp_path / name)))}
    assert steps == WORDS.keys() == STEPS.keys()


def _moments(done: Operation) -> Iterator[Operation]:
    """An operation after each of its events, while it runs."""
    for number in range(len(done.events)):
        yield replace(done, events=done.events[:number], watch=Watch.HERE)


def _has_one_front(states: list[StepState]) -> bool:
    """Whether what is over comes before the one step at work, and that before what has not begun."""
    order = [2 if one in (StepState.TO_COME, StepState.NOT_DONE) else 1 if one in AT_WORK else 0 for one in states]
    return order == sorted(order) and order.count(1) <= 1


@pytest.mark.parametrize("name", CHAINS)
def test_at_every_moment_at_most_one_step_runs_after_what_is_done_and_before_what_is_to_come(
    name: str, place: Place
) -> None:
    done = _run(place, REQUESTS[name](place))
    for moment in _moments(done):
        states = _states(moment) if moment.events else [one.state for one in checklist(moment, done.events[0].at)]
        assert _has_one_front(states), states
        assert set(states) <= {StepState.DONE, StepState.RUNNING, StepState.TO_COME}
        assert (StepState.RUNNING in states) is (bool(moment.events) and states != [StepState.DONE] * len(states))
        left = replace(moment, watch=Watch.NOBODY)
        told = {StepState.RUNNING: StepState.INTERRUPTED, StepState.TO_COME: StepState.NOT_DONE}
        assert [one.state for one in checklist(left, done.events[0].at)] == [told.get(one, one) for one in states]
        if moment.events:
            gone = moment.with_event(Unwatched(moment.events[-1].at))
            assert StepState.RUNNING not in _states(gone)
            assert StepState.TO_COME not in _states(gone)


@pytest.mark.parametrize("name", CHAINS)
def test_the_times_of_the_steps_add_up_to_that_of_the_operation(name: str, place: Place) -> None:
    done = _run(place, REQUESTS[name](place))
    items = checklist(done, done.events[-1].at + timedelta(days=1))
    assert sum((one.took or timedelta(0) for one in items), timedelta(0)) == done.elapsed(done.events[-1].at)


@pytest.mark.parametrize("name", ["chain", "move to both", "roles", "Azure roles", "detach with roles"])
def test_a_resumed_operation_keeps_to_its_steps_wherever_its_program_died(name: str, tmp_path: Path) -> None:
    number, is_dead = 0, True
    while is_dead:
        place = Place(tmp_path / str(number))
        request = REQUESTS[name](place)
        with place.program(number) as program:
            program.begin(request)
            is_dead = program.wait_for_death()
        with place.program() as other:
            (found,) = (one for one in other.recalled() if one.request == request)
            if found.is_interrupted:
                _check_left(found)
                assert other.operations.resume(found)
            done = other.wait_for(found.id)
        assert isinstance(done.end, Succeeded), done.end
        assert {*_emitted(done)} <= {*steps_of(request)}
        assert set(_states(done)) <= {StepState.DONE, StepState.SKIPPED}
        for moment in _moments(done):
            if moment.events:
                assert _has_one_front(_states(moment)), (number, moment.events[-1])
        number += 1
    assert number > len(done.events) / 2


def _check_left(found: Operation) -> None:
    states = _states(found)
    assert _has_one_front(states)
    assert (StepState.INTERRUPTED in states) is found.has_started
    assert StepState.RUNNING not in states


def _by_step(operation: Operation) -> dict[str, Item]:
    return {one.step: one for one in checklist(operation, operation.events[-1].at)}


def test_a_step_that_fails_leaves_the_steps_before_it_done_and_those_after_it_not_done(place: Place) -> None:
    place.box.faults.add(Rule(REFUSED, "PUT", "/roleAssignments/"))
    failed = _run(place, place.chain)
    assert _states(failed) == [StepState.DONE] * 3 + [StepState.FAILED, StepState.NOT_DONE]
    grant = _by_step(failed)["grant"]
    assert isinstance(failed.end, Failed)
    assert (grant.tone, grant.finding) == (Tone.BAD, failed.end.problem.title)


def test_a_failed_attach_leaves_every_later_step_not_done(place: Place) -> None:
    place.box.faults.add(Rule(Outcome("Failed", "Refused", "Not today."), "PUT", "/computes/adhoc"))
    assert _states(_run(place, place.chain)) == [StepState.DONE, StepState.FAILED] + [StepState.NOT_DONE] * 3


def test_what_fails_between_two_steps_belongs_to_the_next(place: Place) -> None:
    """After the identity is found, the Synapse workspace is read for the grant."""
    place.box.faults.add(Rule(REFUSED, "GET", "/workspaces/syn-prod$", times=None))
    failed = _by_step(_run(place, place.chain))
    assert failed["identity"].state is StepState.DONE
    assert failed["grant"].state is StepState.FAILED


def test_a_change_that_someone_else_has_overtaken_fails_in_the_check_before_it(place: Place) -> None:
    move = _moved(place, IdentityKind.USER)
    _run(place, ComputeEdit(place.compute("etl-prod"), Edit(identity=IdentityChoice(IdentityKind.NONE))))
    failed = _run(place, move)
    assert _states(failed)[0] is StepState.FAILED
    assert set(_states(failed)[1:]) == {StepState.NOT_DONE}


def test_an_identity_that_azure_does_not_report_is_the_step_that_failed_although_the_others_are_done(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place.box.world, "mint_principal", lambda _: "")
    one = next(one for one in place.box.world.identities if one["name"] == "id-reporting")
    both = IdentityChoice(IdentityKind.SYSTEM_AND_USER, (ResourceId.parse(one["id"]),))
    failed = _by_step(_run(place, replace(place.chain, identity=both)))
    assert [step for step, item in failed.items() if item.state is StepState.FAILED] == ["identity"]
    assert failed["grant"].state is failed["verify"].state is StepState.DONE


def test_an_unknown_outcome_is_said_of_its_step(place: Place) -> None:
    place.box.faults.add(Rule(ResponseLost(), "PUT", "/computes/adhoc"))
    place.box.faults.add(Rule(REFUSED, "GET", "/computes/adhoc$", after=2, times=None))
    unknown = _run(place, place.chain)
    assert unknown.is_unknown
    assert _by_step(unknown)["attach"].state is StepState.UNKNOWN


def test_grants_of_several_roles_are_one_line_with_their_number_and_names(place: Place) -> None:
    grants = place.storage_grants
    item = _by_step(_run(place, grants))["grant"]
    assert item.finding == "granted (2)"
    assert all(one.role.name in item.note for one in grants.grants)


def test_a_check_that_found_a_problem_shows_the_problem_and_not_what_is_well(place: Place) -> None:
    place.box.faults.add(Rule(Answer(403, "Forbidden", "No."), "GET", "/permissions", times=None))
    item = _by_step(_run(place, place.chain))["preflight"]
    assert item.state is StepState.DONE
    assert item.tone is Tone.WARNING
    assert item.finding == "not determined"


def test_several_sentences_about_a_step_follow_each_other_as_sentences(place: Place) -> None:
    place.box.world.locks.put(lock(str(place.workspace.id), "keep", "ReadOnly"))
    place.box.world.denied.add("Microsoft.MachineLearningServices/workspaces/computes/*")
    note = _by_step(_run(place, place.chain))["preflight"].note
    assert "is locked by keep (ReadOnly)." in note
    assert "none of your Azure roles allows" in note
    assert ".;" not in note


def test_the_time_without_a_program_belongs_to_no_step(place: Place) -> None:
    with place.program(6) as program:
        program.begin(place.chain)
        assert program.wait_for_death()
    left = timedelta(hours=9)
    place.clock.advance(left.total_seconds())
    with place.program() as other:
        (found,) = other.recalled()
        assert other.operations.resume(found)
        done = other.wait_for(found.id)
    took = sum((one.took or timedelta(0) for one in checklist(done, place.clock.now())), timedelta(0))
    assert done.elapsed(place.clock.now()) - took >= left
