"""The checklist of an operation: the table of steps agrees with what the operations report, at every moment."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.programs import Place
from tui.domain.chain_steps import WORDS, Item, StepState, checklist, steps_of
from tui.domain.compute import Compute
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

SYNAPSE_USER = role_of("2a385764-43e8-416c-9825-7b18d05a2c4b")
REFUSED = Answer(400, "Refused", "Not today.")
UNKNOWN_PRINCIPAL = Answer(400, "InvalidPrincipalId", "Principal is not known.")
NOT_BEGUN = (StepState.TO_COME, StepState.NOT_DONE, StepState.SKIPPED)
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
