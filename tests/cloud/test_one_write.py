"""One write for each request: an error message alone never decides whether a write was sent."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.programs import Place
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Failed, Operation, Progress, Succeeded
from tui.domain.plan import Plan, Request
from tui.sandbox.faults import Answer, Faults, Outcome, ResponseLost, Rule

_POLL = "/computeOperationsStatus/"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "state")


_KINDS: dict[str, tuple[Callable[[Place], Request], int, list[str]]] = {
    # The request, the journal record at which Azure's acceptance is lost, and the only write.
    "attach": (lambda place: place.attachment, 3, ["PUT"]),
    "change": (lambda place: place.change("scoring"), 3, ["PUT"]),
    "detach": (lambda place: place.detachment("scoring"), 2, ["DELETE"]),
}


def _old_failure(place: Place) -> tuple[str, str]:
    """Code and message of the failure that the compute `scoring` starts with."""
    (error,) = place.compute("scoring").errors
    return error.code, error.message


def _accepted_unseen(place: Place, kind: str, outcome: Outcome | None = None) -> Operation:
    """An operation whose program dies before it can record that Azure accepted it."""
    asked, boundary, (method,) = _KINDS[kind]
    request = asked(place)
    if outcome is not None:
        place.box.faults.add(Rule(outcome, method, "/computes/"))
    with place.program(boundary, kept=False) as program:
        operation = program.begin(request)
        assert program.wait_for_death()
        last = program.one(operation.id).last
        assert isinstance(last, Progress)
        assert last.status == "sending"
    place.box.faults = Faults()
    place.clock.advance(600)
    return operation


def _continued(place: Place, operation: Operation) -> Operation:
    with place.program() as program:
        (found,) = program.recalled()
        assert found.id == operation.id
        assert program.operations.resume(found)
        return program.wait_for(operation.id)


def _colleague(place: Place) -> Place:
    """A colleague, who shares only the workspace."""
    other = Place(place.folder.with_name("elsewhere"))
    other.box, other.clock = place.box, place.clock
    return other


@pytest.mark.parametrize("kind", list(_KINDS))
def test_a_failed_write_with_an_older_failures_message_is_reported_and_not_sent_again(kind: str, place: Place) -> None:
    code, message = _old_failure(place)
    operation = _accepted_unseen(place, kind, Outcome("Failed", code, message))
    end = _continued(place, operation).end
    assert isinstance(end, Failed)
    assert (end.problem.kind, end.problem.code, end.problem.cause) == (ProblemKind.FAILED, code, message)
    assert place.writes == _KINDS[kind][2]


@pytest.mark.parametrize("kind", list(_KINDS))
def test_a_write_canceled_without_a_message_is_reported_and_not_sent_again(kind: str, place: Place) -> None:
    end = _continued(place, _accepted_unseen(place, kind, Outcome("Canceled"))).end
    assert isinstance(end, Failed)
    assert end.problem.kind is ProblemKind.CANCELED
    assert "was canceled there" in end.problem.title
    assert place.writes == _KINDS[kind][2]


@pytest.mark.parametrize("kind", list(_KINDS))
def test_an_interrupted_write_that_succeeded_is_found_finished(kind: str, place: Place) -> None:
    assert isinstance(_continued(place, _accepted_unseen(place, kind)).end, Succeeded)
    assert place.writes == _KINDS[kind][2]


def test_a_resumed_operation_blocks_other_writes_while_it_waits_for_its_turn(place: Place) -> None:
    with place.program(1) as program:
        operation = program.begin(place.attachment)
        assert program.wait_for_death()
    with place.program() as program:
        (left,) = program.recalled()
        assert program.operations.stop_watching(left)
        unwatched = program.wait_for(operation.id)
        place.clock.hold()
        held = [program.begin(replace(place.attachment, name=f"held-{number}")) for number in range(4)]
        program.wait_until(lambda: len(place.writes) == len(held))
        assert program.operations.resume(unwatched)
        (at_once,) = program.operations.apply(Plan.of([place.attachment]))
        program.wait_until(lambda: program.one(operation.id).is_running)
        assert program.one(operation.id) in program.operations.running()
        (later,) = program.operations.apply(Plan.of([place.attachment]))
        place.clock.release()
        assert isinstance(program.wait_for(operation.id).end, Succeeded)
    for refused in (at_once, later):
        assert isinstance(refused, Problem)
        assert refused.title.startswith("adhoc is busy: its attach is ")
    assert len(place.writes) == len(held) + 1


def test_only_one_of_two_unwatched_operations_on_a_compute_can_be_resumed(place: Place) -> None:
    let_go = []
    for _ in range(2):
        with place.program(1) as program:
            operation = program.begin(place.attachment)
            assert program.wait_for_death()
        with place.program() as program:
            left = next(one for one in program.recalled() if one.id == operation.id)
            assert program.operations.stop_watching(left)
            let_go.append(program.wait_for(operation.id))
    with place.program() as program:
        program.recalled()
        assert program.operations.resume(let_go[0])
        assert not program.operations.resume(let_go[1])
        program.wait_until(lambda: isinstance(program.one(let_go[0].id).end, Succeeded))
    assert place.writes == ["PUT"]


def test_a_change_undone_by_a_colleague_is_not_repeated_and_the_difference_is_shown(place: Place) -> None:
    operation = _accepted_unseen(place, "change")
    elsewhere = _colleague(place)
    undo = ComputeEdit(elsewhere.compute("scoring"), Edit(tags={"owner": None}))
    with elsewhere.program() as program:
        assert isinstance(program.wait_for(program.begin(undo).id).end, Succeeded)
    end = _continued(place, operation).end
    assert isinstance(end, Failed)
    assert end.problem.kind is ProblemKind.CHANGED
    assert end.problem.title == "scoring changed after the request was sent, and it does not match what you asked for."
    assert end.problem.cause == "tags.owner is missing."
    assert end.found is not None
    assert place.writes == ["PUT", "PUT"]


def test_an_unsent_detach_is_sent_although_a_colleague_changed_a_tag_in_the_meantime(
    place: Place,
) -> None:
    detachment, elsewhere = place.detachment(), _colleague(place)
    place.clock.advance(60)
    with elsewhere.program() as colleague:
        assert isinstance(colleague.wait_for(colleague.begin(elsewhere.change()).id).end, Succeeded)
    with place.program(1) as program:
        operation = program.begin(detachment)
        assert program.wait_for_death()
    assert isinstance(_continued(place, operation).end, Succeeded)
    assert place.writes == ["PUT", "DELETE"]


def test_a_name_taken_by_a_colleague_in_the_meantime_shows_the_attached_spark_pool(place: Place) -> None:
    with place.program(2) as program:
        operation = program.begin(place.attachment)
        assert program.wait_for_death()
    elsewhere = _colleague(place)
    other = place.pool.parent.child("bigDataPools", "etlpool")
    with elsewhere.program() as colleague:
        taken = colleague.begin(replace(elsewhere.attachment, pool=other))
        assert isinstance(colleague.wait_for(taken.id).end, Succeeded)
    end = _continued(place, operation).end
    assert isinstance(end, Failed)
    assert end.problem.cause == f"it is attached to {other}, not to {place.pool}."
    assert place.writes == ["PUT"]


def test_a_lost_response_with_an_older_failures_message_is_not_reported_as_unsent(place: Place) -> None:
    code, message = _old_failure(place)
    place.box.faults.add(Rule(Outcome("Failed", code, message), "PUT", "/computes/scoring$"))
    place.box.faults.add(Rule(ResponseLost(), "PUT", "/computes/scoring$"))
    with place.program() as program:
        end = program.wait_for(program.begin(place.change("scoring")).id).end
    assert isinstance(end, Failed)
    assert end.problem.kind is ProblemKind.FAILED
    assert end.problem.title == "scoring changed after the request was sent, and it failed there."
    assert place.writes == ["PUT"]


@pytest.mark.parametrize("kind", ["attach", "change"])
@pytest.mark.parametrize("is_changed", [False, True], ids=["as-asked", "changed-since"])
def test_with_the_poll_url_gone_an_operation_succeeds_only_if_the_compute_matches(
    kind: str, is_changed: bool, place: Place
) -> None:
    asked, boundary, _ = _KINDS[kind]
    request = asked(place)
    with place.program(boundary) as program:
        operation = program.begin(request)
        assert program.wait_for_death()
        assert program.one(operation.id).status == "sending"
    place.clock.advance(600)
    if is_changed:
        place.compute(request.id.name)  # the sandbox ends due operations at the next request
        stored = place.box.world.computes.get(str(request.id))
        assert stored is not None
        stored.pop("identity", None)
        stored["tags"] = {"owner": "bob"}
    place.box.faults.add(Rule(Answer(404, "NotFound", "Could not find the operation."), "GET", _POLL, times=None))
    done = _continued(place, operation)
    assert "following" in [event.status for event in done.events if isinstance(event, Progress)]
    assert place.writes == ["PUT"]
    if not is_changed:
        assert isinstance(done.end, Succeeded)
        return
    assert isinstance(done.end, Failed)
    assert (
        done.end.problem.title
        == f"Azure accepted the request for {request.id.name}, and it does not match what you asked for."
    )
    different = {"attach": "its identity is None, not SystemAssigned.", "change": "tags.owner is bob, not ana."}
    assert done.end.problem.cause == different[kind]
