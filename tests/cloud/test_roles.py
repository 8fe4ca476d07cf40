"""Synapse roles through the real client against the sandbox: reads, grants, removals and refusals."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.cloud.test_azure import everything
from tests.support.jitter import even
from tui.cloud.azure import AzureCloud
from tui.domain.errors import Problem, ProblemKind
from tui.domain.resource_id import ResourceId
from tui.domain.roles import (
    ADMINISTRATOR,
    BUILT_IN,
    GRANT,
    READ,
    USE_COMPUTE,
    RoleAssignment,
    RoleScope,
    holds,
    role_of,
)
from tui.domain.workspaces import SynapseWorkspace
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Answer, NotJson, Rule
from tui.sandbox.transport import SandboxCredential, SandboxTransport

NOBODY = "00000000-0000-4000-a000-000000000000"


class Roles:
    """A sandbox and the cloud layer that reads roles from it."""

    def __init__(self) -> None:
        self.box = Sandbox(clock=VirtualClock(), page_size=3)
        self.cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), jitter=even)

    async def workspace(self, name: str = "syn-prod") -> SynapseWorkspace:
        found = next(one for one in self.box.world.synapse_workspaces if one["name"] == name)
        return await self.cloud.synapse_workspace(ResourceId.parse(found["id"]))

    async def principal(self, name: str) -> str:
        found = next(one for one in self.box.world.identities if one["name"] == name)
        identity = await self.cloud.identity(ResourceId.parse(found["id"]))
        assert identity.principal_id
        return identity.principal_id

    async def of(self, workspace: SynapseWorkspace, scope: RoleScope | None = None) -> tuple[RoleAssignment, ...]:
        pages = await everything(self.cloud.role_assignments(workspace, scope))
        return tuple(one for page in pages for one in page.items)


@pytest.fixture
async def roles() -> AsyncIterator[Roles]:
    roles = Roles()
    yield roles
    await roles.cloud.close()


ETL = RoleScope("syn-prod", "bigDataPools", "etlpool")


async def test_a_workspace_without_a_dev_endpoint_uses_its_clouds_default_endpoint(roles: Roles) -> None:
    workspace = await roles.workspace()
    assert await roles.of(replace(workspace, dev_endpoint="")) == await roles.of(workspace)


async def test_all_pages_of_role_assignments_are_read_by_their_continuation_header(roles: Roles) -> None:
    workspace = await roles.workspace()
    pages = await everything(roles.cloud.role_assignments(workspace))
    assert len(pages) > 1
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert sum(len(page.items) for page in pages) == len(list(roles.box.world.roles.of("syn-prod")))


async def test_roles_on_a_spark_pool_include_those_on_its_workspace_but_on_no_other_pool(
    roles: Roles,
) -> None:
    found = await roles.of(await roles.workspace(), ETL)
    assert {one.scope.is_workspace for one in found} == {True, False}
    assert all(one.scope.covers(ETL) for one in found)


async def test_the_built_in_roles_are_the_roles_that_azure_lists(roles: Roles) -> None:
    listed = await roles.cloud.role_definitions(await roles.workspace())
    assert {one.id: (one.name, one.on_pools, one.uses_compute, one.grants) for one in listed} == {
        one.id: (one.name, one.on_pools, one.uses_compute, one.grants) for one in BUILT_IN
    }


async def test_a_grant_can_be_repeated_with_the_same_id_and_is_distinguished_from_an_older_one(
    roles: Roles,
) -> None:
    workspace, principal = await roles.workspace(), await roles.principal("id-churn-b")
    wanted = RoleAssignment(str(uuid4()), ADMINISTRATOR.id, principal, ETL)
    assert not await roles.cloud.allows(workspace, principal, ETL, USE_COMPUTE)
    assert await roles.cloud.grant(workspace, wanted)
    assert await roles.cloud.grant(workspace, wanted)
    assert not await roles.cloud.grant(workspace, RoleAssignment(str(uuid4()), ADMINISTRATOR.id, principal, ETL))
    assert await roles.cloud.allows(workspace, principal, ETL, USE_COMPUTE)
    found = await roles.of(workspace, ETL)
    assert [one.principal_type for one in holds(found, principal.upper(), ETL)] == ["ServicePrincipal"]


async def test_removing_a_role_twice_succeeds(roles: Roles) -> None:
    workspace = await roles.workspace()
    mine = next(one for one in await roles.of(workspace, ETL) if not one.scope.is_workspace)
    await roles.cloud.revoke(workspace, mine)
    await roles.cloud.revoke(workspace, mine)
    assert mine not in await roles.of(workspace, ETL)


async def test_a_grant_to_a_principal_unknown_to_synapse_fails_with_azures_code(roles: Roles) -> None:
    with pytest.raises(Problem) as caught:
        await roles.cloud.grant(await roles.workspace(), RoleAssignment(str(uuid4()), ADMINISTRATOR.id, NOBODY, ETL))
    assert caught.value.code == "InvalidPrincipalId"
    assert not caught.value.outcome_unknown


async def test_an_azure_owner_without_a_synapse_role_sees_the_missing_role_and_its_scope(roles: Roles) -> None:
    workspace = await roles.workspace("syn-lab")
    with pytest.raises(Problem) as caught:
        await roles.of(workspace)
    problem = caught.value
    assert problem.kind is ProblemKind.FORBIDDEN
    assert problem.code == "Unauthorized"
    assert "Azure roles such as Owner do not include" in problem.advice
    assert "for any Synapse role, such as Synapse User, on workspace syn-lab" in problem.advice
    with pytest.raises(Problem) as caught:
        await roles.cloud.grant(
            workspace,
            RoleAssignment(str(uuid4()), ADMINISTRATOR.id, NOBODY, RoleScope("syn-lab", "bigDataPools", "labpool")),
        )
    assert "the Synapse role Synapse Administrator on Spark pool labpool of workspace syn-lab" in caught.value.advice


@pytest.mark.parametrize("body", [b"null", b"[]", b"<html></html>", b'{"value": null}', b'{"value": "x"}', b""])
async def test_a_malformed_response_is_reported_and_never_read_as_no_roles(roles: Roles, body: bytes) -> None:
    workspace = await roles.workspace()
    roles.box.faults.add(Rule(NotJson(200, body, "application/json"), "GET", "/roleAssignments$", times=None))
    with pytest.raises(Problem) as caught:
        await roles.of(workspace)
    assert caught.value.kind is ProblemKind.UNREADABLE


async def test_a_failed_access_check_is_reported(roles: Roles) -> None:
    workspace = await roles.workspace()
    roles.box.faults.add(Rule(Answer(404, "NotFound", "No such route."), "POST", "/checkAccessSynapseRbac$"))
    with pytest.raises(Problem) as caught:
        await roles.cloud.allows(workspace, NOBODY, ETL, READ)
    assert caught.value.kind is ProblemKind.NOT_FOUND


def test_an_unknown_role_has_its_id_as_its_name() -> None:
    assert role_of(NOBODY).name == NOBODY
    assert not role_of(NOBODY).uses_compute
    assert role_of(ADMINISTRATOR.id.upper()) is ADMINISTRATOR
    assert GRANT in ADMINISTRATOR.actions


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workspaces/syn/bigDataPools/etl", "Spark pool syn/etl"),
        ("workspaces/syn", "workspace syn"),
        ("Workspaces/syn/linkedServices/lake", "linkedServices syn/lake"),
    ],
)
def test_a_scope_is_parsed_shown_and_compared_without_regard_to_letter_case(text: str, words: str) -> None:
    scope = RoleScope.parse(text)
    assert scope.text == words
    assert scope == RoleScope.parse(text.upper())
    assert RoleScope("SYN").covers(scope)
    assert not RoleScope("other").covers(scope)


@pytest.mark.parametrize("text", ["", "syn", "workspaces", "workspaces/", "workspaces/a/b", "things/a/b/c"])
def test_an_invalid_scope_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Synapse scope"):
        RoleScope.parse(text)
