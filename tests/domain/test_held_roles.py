"""What a role on a pool means for a compute that attaches it."""

from itertools import product

import pytest

from tui.domain.compute import Compute
from tui.domain.held_roles import HeldRole, held_role, without_role
from tui.domain.identity import Identity, IdentityKind
from tui.domain.principals import Directory
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope

OWN, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
SUBSCRIPTION = "00000000-0000-4000-8000-000000000000"
POOL = ResourceId.parse(
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Synapse/workspaces/syn/bigDataPools/etl"
)
COMPUTE = Compute(
    "etl",
    ml_workspace_id(SUBSCRIPTION, "rg", "aml").child("computes", "etl"),
    type="SynapseSpark",
    identity=Identity(IdentityKind.SYSTEM, OWN),
    attached_to=POOL,
)


def assignment(holder: str, kind: str = "ServicePrincipal", role: str = ADMINISTRATOR.id) -> RoleAssignment:
    return RoleAssignment("a", role, holder, RoleScope.of_pool(POOL), kind)


def held(one: RoleAssignment, directory: Directory, *, is_read: bool = True) -> HeldRole:
    return held_role(one, COMPUTE, POOL, directory, is_directory_read=is_read)


@pytest.mark.parametrize("kind", ["ServicePrincipal", "User", "Group", ""])
def test_only_an_application_is_stray_and_only_if_all_that_could_name_it_was_read(kind: str) -> None:
    for is_known, is_complete, is_read in product((False, True), repeat=3):
        directory = Directory(complete=is_complete)
        if is_known:
            directory.add(OTHER.upper(), "scoring", "system-assigned identity")
        is_stray = held(assignment(OTHER, kind), directory, is_read=is_read).is_stray
        assert is_stray == (kind == "ServicePrincipal" and is_complete and is_read and not is_known)


def test_a_role_of_the_computes_own_principal_is_needed_if_jobs_run_with_it() -> None:
    directory = Directory()
    directory.add_computes([COMPUTE], "aml")
    own, lesser = assignment(OWN.upper()), assignment(OWN, role="33333333-3333-4333-8333-333333333333")
    assert [(held(one, directory).is_own, held(one, directory).is_needed) for one in (own, lesser)] == [
        (True, True),
        (True, False),
    ]
    assert not held(assignment(OTHER), directory).is_own
    assert [one.object_id for one in without_role(COMPUTE, POOL, (lesser, assignment(OTHER)))] == [OWN]
    assert without_role(COMPUTE, POOL, (own,)) == ()
