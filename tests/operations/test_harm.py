"""A role is never removed from an identity that another attached pool runs as, however the removal is requested."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count, product
from pathlib import Path

import pytest

from tests.operations.test_chain import Scene
from tests.support.neighbours import ELSEWHERE, add_neighbour, holders, principal_of
from tests.support.programs import Place
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.guard import Guard
from tui.domain.identity import Identity, IdentityChoice, IdentityKind, UserAssignedIdentity
from tui.domain.operation import Failed, Progress, Succeeded
from tui.domain.plan import Detachment, Plan, Request
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Removal, RoleChange, RoleMove
from tui.domain.roles import (
    ADMINISTRATOR,
    BUILT_IN,
    JobsRun,
    RoleAssignment,
    RoleDefinition,
    RoleScope,
)
from tui.domain.uses import Uses
from tui.domain.workspaces import SynapseWorkspace
from tui.operations.change_roles import KEPT
from tui.sandbox.faults import Answer, Forbidden, Rule

BROKEN = Answer(500, "InternalServerError", "Try again later.")


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    scene.operations.start()
    yield scene
    scene.operations.stop()


def compute(scene: Scene, name: str) -> Compute:
    """A compute as Azure shows it."""
    target = scene.workspace.id.child("computes", name)
    return asyncio.run(scene.operations.call(lambda azure: azure.compute(target)))


def role_of_churn(scene: Scene) -> Removal:
    """The removal of the role that id-churn-a has on churnpool."""
    scope = RoleScope("syn-prod", "bigDataPools", "churnpool")
    held = next(
        one
        for one in scene.box.world.roles.of("syn-prod")
        if one["principalId"] == principal_of(scene.box, "id-churn-a") and one["scope"] == str(scope)
    )
    found = RoleAssignment(held["id"], held["roleDefinitionId"], held["principalId"], scope, "ServicePrincipal")
    return Removal(found, "id-churn-a", shared=True)


def synapse_of(scene: Scene) -> SynapseWorkspace:
    return SynapseWorkspace(scene.pool.parent, dev_endpoint="https://syn-prod.dev.azuresynapse.net")


def by_identity(scene: Scene) -> Request:
    churn = compute(scene, "churn")
    assert churn.attached_to is not None
    move = RoleMove(synapse_of(scene), churn.attached_to, ADMINISTRATOR, removals=(role_of_churn(scene),))
    return ComputeEdit(churn, Edit(identity=IdentityChoice(IdentityKind.NONE)), move)


def by_detach(scene: Scene) -> Request:
    churn = compute(scene, "churn")
    assert churn.attached_to is not None
    change = RoleChange(synapse_of(scene), churn.attached_to, removals=(role_of_churn(scene),), compute=churn.id)
    return Detachment(churn, roles=change)


def by_roles(scene: Scene) -> Request:
    churn = compute(scene, "churn")
    assert churn.attached_to is not None
    return RoleChange(synapse_of(scene), churn.attached_to, removals=(role_of_churn(scene),), compute=churn.id)


WAYS: dict[str, Callable[[Scene], Request]] = {"identity": by_identity, "detach": by_detach, "roles": by_roles}
PLACES: dict[str, Callable[[Scene], object]] = {
    "in the same workspace": lambda scene: add_neighbour(scene.box, "churn", "churn2"),
    "in another workspace": lambda scene: add_neighbour(scene.box, "churn", "churn2", ELSEWHERE),
    "where nobody can look, for now": lambda scene: scene.box.faults.add(
        Rule(BROKEN, "GET", r"/computes$", times=None)
    ),
    "where nobody may look": lambda scene: scene.box.faults.add(Rule(Forbidden(), "GET", r"/computes$", times=None)),
}


@pytest.mark.parametrize(("way", "place"), list(product(WAYS, PLACES)))
def test_a_role_that_may_be_needed_since_the_plan_was_made_is_kept_and_the_log_says_why(
    scene: Scene, way: str, place: str
) -> None:
    request = WAYS[way](scene)
    PLACES[place](scene)
    operation = scene.run(request)
    assert principal_of(scene.box, "id-churn-a") in holders(scene.box, "churnpool")
    (kept,) = [one.note for one in operation.events if isinstance(one, Progress) and one.status == KEPT]
    assert "id-churn-a keeps Synapse Administrator on Spark pool syn-prod/churnpool" in kept
    assert "churn2 in " in kept or "could not be read" in kept
    if way == "roles":
        assert isinstance(operation.end, Failed)
        assert operation.end.problem.kind is ProblemKind.CHANGED
    else:
        assert isinstance(operation.end, Succeeded)


@pytest.mark.parametrize("way", list(WAYS))
def test_a_role_that_no_other_compute_needs_is_removed_on_request(scene: Scene, way: str) -> None:
    add_neighbour(scene.box, "churn", "churn2", identities=("id-churn-b",))
    add_neighbour(scene.box, "etl-prod", "etl2", identities=("id-churn-a",))
    operation = scene.run(WAYS[way](scene))
    assert isinstance(operation.end, Succeeded)
    assert principal_of(scene.box, "id-churn-a") not in holders(scene.box, "churnpool")


def test_a_workspace_that_the_user_may_not_read_does_not_block_a_removal(scene: Scene) -> None:
    add_neighbour(scene.box, "etl-prod", "elsewhere", ELSEWHERE)
    rule = Rule(Forbidden(), "GET", rf"/workspaces/{ELSEWHERE}/computes$", times=None)
    scene.box.faults.add(rule)
    assert isinstance(scene.run(by_roles(scene)).end, Succeeded)


@pytest.mark.parametrize("kept", [True, False], ids=["after", "before"])
def test_a_resumed_detach_keeps_a_role_that_a_compute_attached_since_then_needs(kept: bool, tmp_path: Path) -> None:
    for boundary in count():
        place = Place(tmp_path / str(boundary))
        request = place.detachment_with_roles("churn")
        with place.program(boundary, kept=kept) as program:
            operation = program.begin(request)
            if not program.wait_for_death():
                break
        was_sent = bool(place.removals)
        add_neighbour(place.box, "etl-prod", "late", identities=("id-churn-a",))
        late = next(dict(one) for one in list(place.box.world.computes) if one["name"] == "late")
        late["properties"]["resourceId"] = str(request.compute.attached_to)
        place.box.world.computes.put(late)
        with place.program() as program:
            (found,) = program.recalled()
            if found.end is None:
                assert program.operations.resume(found)
            program.wait_for(operation.id)
        assert was_sent or principal_of(place.box, "id-churn-a") in holders(place.box, "churnpool"), boundary
    assert boundary >= 6


# Plans

GROUP = "/subscriptions/516fb186-8a84-47a1-a265-6acb72ebb746/resourceGroups/g/providers"
WORKSPACE = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/ws"
SYNAPSE = ResourceId.parse(f"{GROUP}/Microsoft.Synapse/workspaces/syn")
POOL, OTHER_POOL = SYNAPSE.child("bigDataPools", "one"), SYNAPSE.child("bigDataPools", "two")
ID = ResourceId.parse(f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/u")
P, OWN = "11111111-0000-4000-a000-000000000001", "11111111-0000-4000-a000-000000000002"


def attached(name: str, pool: ResourceId | None = POOL, principal: str | None = P, own: str = "") -> Compute:
    """An attached pool that runs as the user-assigned identity u, or as a system-assigned principal."""
    identity = (
        Identity(IdentityKind.SYSTEM, principal_id=own)
        if own
        else Identity(IdentityKind.USER, user_assigned=(UserAssignedIdentity(ID, principal),))
    )
    id_ = ResourceId.parse(f"{WORKSPACE}/computes/{name}")
    raw = {"properties": {"computeType": "SynapseSpark"}}
    return Compute(name, id_, "SynapseSpark", identity=identity, attached_to=pool, is_attached=True, raw=raw)


def removal(scope: RoleScope, principal: str = P, name: str = "u", *, shared: bool = True) -> Removal:
    return Removal(RoleAssignment("r", ADMINISTRATOR.id, principal, scope, "ServicePrincipal"), name, shared)


SCOPES = {"pool": RoleScope.of_pool(POOL), "workspace": RoleScope("syn")}
OTHERS: dict[str, tuple[tuple[Compute, ...], frozenset[str]]] = {
    # The other computes; the scopes at which they need the role.
    "nobody": ((), frozenset()),
    "same pool": ((attached("two"),), frozenset({"pool", "workspace"})),
    "same pool, in capitals": ((attached("two", principal=P.upper()),), frozenset({"pool", "workspace"})),
    "another pool": ((attached("two", OTHER_POOL),), frozenset({"workspace"})),
    "a pool that Azure does not name": ((attached("two", None),), frozenset({"pool", "workspace"})),
    "an identity without its principal": ((attached("two", principal=None),), frozenset({"pool", "workspace"})),
    "another identity": ((attached("two", own=OWN),), frozenset()),
}


def requests(own: Compute, scope: RoleScope) -> dict[str, Request]:
    """Every request that removes a role, for one compute."""
    synapse = SynapseWorkspace(SYNAPSE)
    change = RoleChange(synapse, POOL, removals=(removal(scope),), compute=own.id)
    move = RoleMove(synapse, POOL, ADMINISTRATOR, removals=change.removals)
    return {
        "identity": ComputeEdit(own, Edit(identity=IdentityChoice(IdentityKind.SYSTEM)), move),
        "detach": Detachment(own, roles=change),
        "roles": change,
    }


def removed(plan: Plan) -> list[Removal]:
    """The removals of a plan; none if the plan cannot be applied."""
    found: list[Removal] = []
    for step in plan.steps if not plan.problem else ():
        match step.request:
            case RoleChange(removals=gone) | Detachment(roles=RoleChange(removals=gone)):
                found += gone
            case ComputeEdit(move=RoleMove(removals=gone)):
                found += gone
    return found


@pytest.mark.parametrize(("way", "where", "others"), list(product(WAYS, SCOPES, OTHERS)))
def test_a_plan_removes_no_role_that_another_attached_pool_may_need(way: str, where: str, others: str) -> None:
    computes, needed_at = OTHERS[others]
    own = attached("one")
    plan = Plan.of([requests(own, SCOPES[where])[way]]).checked(Uses((own, *computes)))
    (step,) = plan.steps
    assert bool(removed(plan)) == (where not in needed_at)
    if where in needed_at:
        said = " ".join((*step.warnings, step.problem))
        assert "u keeps Synapse Administrator on" in said
        assert computes[0].name in said


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize(
    "uses",
    [Problem(ProblemKind.CONNECTION, "No line."), Uses((attached("one"),), failed=("the computes of x",))],
    ids=["nothing was read", "a part was not read"],
)
def test_a_plan_removes_no_role_if_the_computes_that_need_it_are_unknown(way: str, uses: Uses | Problem) -> None:
    plan = Plan.of([requests(attached("one"), SCOPES["pool"])[way]]).checked(uses)
    assert removed(plan) == []


def test_a_plan_names_the_workspaces_that_could_not_be_read() -> None:
    uses = Uses((attached("one"),), hidden=("the computes of aml-secret",))
    (step,) = Plan.of([requests(attached("one"), SCOPES["pool"])["roles"]]).checked(uses).steps
    assert "but not in the computes of aml-secret, which you may not read" in " ".join(step.warnings)
    assert "other subscriptions are not checked" in " ".join(step.warnings)


def test_two_computes_detached_in_one_plan_do_not_keep_the_role_of_a_shared_identity() -> None:
    one, two = attached("one"), attached("two")
    both = [requests(each, SCOPES["pool"])["detach"] for each in (one, two)]
    assert len(removed(Plan.of(both).checked(Uses((one, two))))) == 2
    assert removed(Plan.of(both).checked(Uses((one, two, attached("three"))))) == []
    assert removed(Plan.of(both[:1]).checked(Uses((one, two)))) == []


def test_the_harms_of_a_plan_name_every_compute_that_loses_a_role_including_its_own() -> None:
    own, other = attached("one", own=OWN), attached("two", OTHER_POOL, own=OWN)
    change = RoleChange(
        SynapseWorkspace(SYNAPSE),
        POOL,
        removals=(removal(SCOPES["workspace"], OWN, "one", shared=False),),
        compute=own.id,
    )
    plan = Plan.of([change]).checked(Uses((own, other)))
    assert plan.problem == ""
    assert "one in ws and two in ws run as one and will lose" in " ".join(plan.steps[0].harms)


def test_the_role_of_a_user_is_removed_without_a_check_of_other_computes() -> None:
    assignment = RoleAssignment("r", ADMINISTRATOR.id, P, SCOPES["pool"], "User")
    change = RoleChange(
        SynapseWorkspace(SYNAPSE), POOL, removals=(Removal(assignment, "ana", shared=True),), compute=attached("one").id
    )
    assert Plan.of([change]).checked(Problem(ProblemKind.CONNECTION, "No line.")).problem == ""


def test_a_lock_on_the_synapse_workspace_covers_a_detach_that_removes_a_role() -> None:
    detach = requests(attached("one"), SCOPES["pool"])["detach"]
    assert Guard(locked=("syn",)).locks_over(Plan.of([detach])) == (SYNAPSE,)
    assert Guard(locked=("syn",)).locks_over(Plan.of([Detachment(attached("one"))])) == ()


# Roles that are sufficient for jobs


@pytest.mark.parametrize("role", BUILT_IN, ids=lambda role: role.name)
def test_only_the_documented_role_is_reported_as_sufficient_for_jobs(role: RoleDefinition) -> None:
    expected = JobsRun.UNCONFIRMED if role.uses_compute else JobsRun.NO
    assert role.jobs_run is (JobsRun.DOCUMENTED if role is ADMINISTRATOR else expected)


def test_whether_jobs_run_with_a_custom_role_is_unknown_until_its_actions_are_read() -> None:
    assert RoleDefinition("x", "x", is_built_in=False).jobs_run is JobsRun.UNKNOWN
    assert RoleDefinition("x", "x", actions=frozenset({"a"}), is_built_in=False).jobs_run is JobsRun.NO
