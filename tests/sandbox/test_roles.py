"""Synapse role assignments in the simulated Azure, with the SDK's client and virtual time."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.synapse.accesscontrol.aio import AccessControlClient
from azure.synapse.accesscontrol.models import RequiredAction, SubjectInfo

from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Forbidden, Rule
from tui.sandbox.http import Request
from tui.sandbox.names import COLLEAGUE_ID, GROUP_ID, USER_OBJECT_ID, aml_workspace_id, guid, identity_id
from tui.sandbox.seed import make_world
from tui.sandbox.synapse_roles import ADMINISTRATOR, COMPUTE_OPERATOR, SCOPES, definitions
from tui.sandbox.transport import SandboxCredential, SandboxTransport

RECORDED = (
    Path(os.environ.get("SPARKPOOL_AZURE_DATA", Path(__file__).parents[3] / "shared" / "azure"))
    / "recordings"
    / "synapse_role_definitions_and_scopes.json"
)

PROD = make_world().default.subscription_id
WORKSPACE = "workspaces/syn-prod"
POOL = f"{WORKSPACE}/bigDataPools/etlpool"
HOME = aml_workspace_id(PROD, "rg-ml", "aml-prod")
USE = "Microsoft.Synapse/workspaces/bigDataPools/useCompute/action"
ARTIFACT_USER = "53faaa0e-40b6-40c8-a2ff-e38f2d388875"
ID = "0550e787-7841-4669-9ac8-a8176e900002"
OTHER_ID = "0333e787-7841-4669-9ac8-a8176e900002"


class Roles:
    """SDK clients for the data planes of one sandbox."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.sandbox = Sandbox()

    def box(self, **options: Any) -> Sandbox:
        self.sandbox = Sandbox(**options)
        return self.sandbox

    async def client(self, workspace: str = "syn-prod", **options: Any) -> Any:
        return await self._stack.enter_async_context(
            AccessControlClient(
                SandboxCredential(),
                f"https://{workspace}.dev.azuresynapse.net",
                transport=SandboxTransport(self.sandbox),
                **options,
            )
        )

    async def assignments(self, workspace: str = "syn-prod") -> Any:
        return (await self.client(workspace)).role_assignments

    async def listed(self, workspace: str = "syn-prod", **filters: Any) -> list[dict[str, Any]]:
        """Return all pages of the list as Azure sent them; the SDK does not follow the header to the next page."""
        found: list[dict[str, Any]] = []
        operations, token = await self.assignments(workspace), ""
        while True:
            value, token = await operations.list_role_assignments(
                continuation_token_parameter=token, cls=page_and_token, **filters
            )
            found += value
            if not token:
                return found

    async def allowed(self, principal: str, action: str = USE, scope: str = POOL) -> Any:
        """Return the decision as Azure sends it; the SDK's model expects another spelling."""
        decisions = await (await self.assignments()).check_principal_access(
            SubjectInfo(principal_id=principal),
            [RequiredAction(id=action, is_data_action=True)],
            scope,
            cls=lambda response, *_: json.loads(response.http_response.text())["AccessDecisions"],
        )
        return decisions[0]


def page_and_token(response: Any, _model: Any, headers: Any) -> tuple[list[dict[str, Any]], str]:
    return json.loads(response.http_response.text())["value"], headers["x-ms-continuation"]


def error_of(error: HttpResponseError) -> dict[str, str]:
    response: Any = error.response
    found: dict[str, str] = json.loads(response.text())["error"]
    return found


def code_of(error: HttpResponseError) -> str:
    return error_of(error)["code"]


def principal_of(sandbox: Sandbox, compute: str) -> str:
    found = sandbox.world.computes.get(f"{HOME}/computes/{compute}")
    assert found is not None
    principal: str = found["identity"]["principalId"]
    return principal


def identity(sandbox: Sandbox, name: str) -> str:
    found = sandbox.world.identities.get(identity_id(PROD, "rg-ml", name))
    assert found is not None
    principal: str = found["properties"]["principalId"]
    return principal


@pytest.fixture
async def roles() -> AsyncIterator[Roles]:
    async with AsyncExitStack() as stack:
        yield Roles(stack)


async def test_the_creator_and_the_identity_of_a_workspace_are_its_administrators(roles: Roles) -> None:
    found = await roles.listed("syn-dev", scope="workspaces/syn-dev", role_id=ADMINISTRATOR)
    synapse = roles.sandbox.world.synapse_workspace_named("syn-dev")
    assert synapse is not None
    assert [(one["principalId"], one["principalType"]) for one in found] == [
        (USER_OBJECT_ID, "User"),
        (synapse["identity"]["principalId"], "ServicePrincipal"),
    ]


async def test_a_role_assignment_is_created_read_listed_and_removed(roles: Roles) -> None:
    principal = identity(roles.sandbox, "id-adhoc")
    operations = await roles.assignments()
    made = await operations.create_role_assignment(ID, ADMINISTRATOR, principal, POOL)
    assert (made.id, made.role_definition_id, made.principal_id, made.scope) == (ID, ADMINISTRATOR, principal, POOL)
    assert made.principal_type == "ServicePrincipal"  # the request did not contain it
    assert (await operations.get_role_assignment_by_id(ID)).principal_id == principal
    assert [one["id"] for one in await roles.listed(principal_id=principal)] == [ID]
    assert await operations.delete_role_assignment_by_id(ID) is None
    with pytest.raises(ResourceNotFoundError) as missing:
        await operations.get_role_assignment_by_id(ID)
    assert code_of(missing.value) == "RoleAssignmentNotFound"


async def test_an_object_of_unknown_kind_gets_a_role_without_a_principal_type(roles: Roles) -> None:
    roles.sandbox.world.directory[OTHER_ID] = ""
    await (await roles.assignments()).create_role_assignment(ID, ADMINISTRATOR, OTHER_ID, POOL)
    assert await roles.listed(principal_id=OTHER_ID) == [
        {"id": ID, "roleDefinitionId": ADMINISTRATOR, "principalId": OTHER_ID, "scope": POOL}
    ]


async def test_the_roles_of_a_pool_include_those_of_its_workspace_but_not_of_other_pools(roles: Roles) -> None:
    scopes = {one["scope"] for one in await roles.listed(scope=POOL.lower())}
    assert scopes == {WORKSPACE, POOL}
    assert {one["scope"] for one in await roles.listed(scope=WORKSPACE)} == {WORKSPACE}


async def test_a_long_list_is_paged_by_a_header(roles: Roles) -> None:
    everything = await roles.listed()
    roles.box(page_size=2)
    assert await roles.listed() == everything
    sizes = [request.headers.get("x-ms-continuation") for request in roles.sandbox.log]
    assert len(sizes) == -(-len(everything) // 2)
    assert len(set(sizes)) == len(sizes)


async def test_the_default_world_has_valid_missing_and_stray_roles(roles: Roles) -> None:
    etl = await roles.listed(scope=POOL)
    holders = {one["principalId"] for one in etl if one["scope"] == POOL}
    own = principal_of(roles.sandbox, "etl-prod")
    assert own in holders
    dead = holders - {own}
    assert dead
    assert not any(roles.sandbox.world.principal_type(principal, 0.0) for principal in dead)
    churn = {one["principalId"] for one in await roles.listed(scope=f"{WORKSPACE}/bigDataPools/churnpool")}
    assert identity(roles.sandbox, "id-churn-a") in churn
    assert identity(roles.sandbox, "id-churn-b") not in churn
    assert GROUP_ID in churn


async def test_granting_a_role_twice_is_a_conflict_unless_the_assignment_is_the_same(roles: Roles) -> None:
    principal = identity(roles.sandbox, "id-adhoc")
    operations = await roles.assignments()
    await operations.create_role_assignment(ID, ADMINISTRATOR, principal, POOL)
    await operations.create_role_assignment(ID, ADMINISTRATOR, principal, POOL)
    with pytest.raises(HttpResponseError) as twice:
        await operations.create_role_assignment(OTHER_ID, ADMINISTRATOR, principal, POOL)
    assert (twice.value.status_code, code_of(twice.value)) == (409, "RoleAssignmentAlreadyExists")
    assert "already exists" in twice.value.message
    with pytest.raises(HttpResponseError) as changed:
        await operations.create_role_assignment(ID, COMPUTE_OPERATOR, principal, POOL)
    assert changed.value.status_code == 409


@pytest.mark.parametrize(
    ("role", "principal", "scope", "code"),
    [
        (ADMINISTRATOR, guid("nobody"), POOL, "InvalidPrincipalId"),
        (ADMINISTRATOR, "ana", POOL, "InvalidPrincipalId"),
        (guid("no role"), USER_OBJECT_ID, POOL, "InvalidRoleId"),
        (ARTIFACT_USER, USER_OBJECT_ID, POOL, "InvalidScope"),
        (ADMINISTRATOR, USER_OBJECT_ID, "workspaces/syn-lab", "InvalidScope"),
        (ADMINISTRATOR, USER_OBJECT_ID, "/subscriptions/x", "InvalidScope"),
    ],
)
async def test_an_invalid_grant_is_refused(roles: Roles, role: str, principal: str, scope: str, code: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        await (await roles.assignments()).create_role_assignment(ID, role, principal, scope)
    assert (refused.value.status_code, code_of(refused.value)) == (400, code)


async def test_reading_without_a_synapse_role_fails_with_403_unauthorized(roles: Roles) -> None:
    client = await roles.client("syn-lab")
    for reading in (client.role_assignments.list_role_assignments(), client.role_definitions.list_role_definitions()):
        with pytest.raises(HttpResponseError) as refused:
            await reading
        assert (refused.value.status_code, code_of(refused.value)) == (403, "Unauthorized")
        assert error_of(refused.value)["message"] == (
            f"The principal '{USER_OBJECT_ID}' does not have the required Synapse RBAC permission to perform this "
            "action. Required permission: Action: Microsoft.Synapse/workspaces/read, Scope: workspaces/syn-lab/*."
        )


async def test_an_azure_owner_can_grant_without_a_synapse_role_only_if_configured(roles: Roles) -> None:
    scope = "workspaces/syn-lab/bigDataPools/labpool"
    with pytest.raises(HttpResponseError, match="roleAssignments/write"):
        await (await roles.assignments("syn-lab")).create_role_assignment(ID, ADMINISTRATOR, USER_OBJECT_ID, scope)
    roles.box(choices=Choices(owner_grants="allowed"))
    operations = await roles.assignments("syn-lab")
    await operations.create_role_assignment(ID, ADMINISTRATOR, USER_OBJECT_ID, scope)
    # A role on one pool is enough to read roles, and to grant roles on that pool.
    assert [one["principalId"] for one in await roles.listed("syn-lab", principal_id=COLLEAGUE_ID)] == [COLLEAGUE_ID]


async def test_a_grant_is_listed_immediately_and_takes_effect_after_propagation(roles: Roles) -> None:
    clock = VirtualClock()
    roles.box(clock=clock, grant_seconds=120)
    principal = identity(roles.sandbox, "id-churn-b")
    assert (await roles.allowed(principal))["accessDecision"] == "NotAllowed"
    await (await roles.assignments()).create_role_assignment(ID, ADMINISTRATOR, principal, POOL)
    assert len(await roles.listed(principal_id=principal)) == 1
    assert (await roles.allowed(principal))["accessDecision"] == "NotAllowed"
    clock.advance(120)
    decision = await roles.allowed(principal)
    assert (decision["accessDecision"], decision["roleAssignment"]["id"]) == ("Allowed", ID)


async def test_the_sdk_reads_an_access_check_if_the_sandbox_uses_the_sdks_spelling(roles: Roles) -> None:
    roles.box(choices=Choices(access_member="accessDecisions", access_refused="Denied"))
    answer = await (await roles.assignments()).check_principal_access(
        SubjectInfo(principal_id=COLLEAGUE_ID), [RequiredAction(id=USE, is_data_action=True)], POOL
    )
    assert [(one.action_id, one.access_decision) for one in answer.access_decisions] == [(USE, "Denied")]


async def test_access_depends_on_the_role_and_its_scope(roles: Roles) -> None:
    principal = principal_of(roles.sandbox, "etl-prod")
    assert (await roles.allowed(principal))["accessDecision"] == "Allowed"
    elsewhere = await roles.allowed(principal, scope=f"{WORKSPACE}/bigDataPools/adhocpool")
    assert elsewhere["accessDecision"] == "NotAllowed"
    assert (await roles.allowed(COLLEAGUE_ID, scope=f"{WORKSPACE}/bigDataPools/adhocpool"))[
        "accessDecision"
    ] == "Allowed"
    grants = await roles.allowed(
        COLLEAGUE_ID, "Microsoft.Synapse/workspaces/roleAssignments/write", f"{WORKSPACE}/bigDataPools/adhocpool"
    )
    assert grants["accessDecision"] == "NotAllowed"
    assert (await roles.allowed(GROUP_ID, scope=POOL))["accessDecision"] == "Allowed"  # inherited from the workspace


async def test_a_new_identity_can_get_a_role_only_after_a_delay(roles: Roles) -> None:
    clock = VirtualClock()
    sandbox = roles.box(clock=clock, principal_seconds=60)
    principal = sandbox.world.mint_principal(f"{HOME}/computes/etl-prod")
    compute = sandbox.world.computes.get(f"{HOME}/computes/etl-prod")
    assert compute is not None
    sandbox.world.computes.put({**compute, "identity": {**compute["identity"], "principalId": principal}})
    operations = await roles.assignments()
    with pytest.raises(HttpResponseError) as early:
        await operations.create_role_assignment(ID, ADMINISTRATOR, principal, POOL)
    assert code_of(early.value) == "InvalidPrincipalId"
    clock.advance(60)
    assert (await operations.create_role_assignment(ID, ADMINISTRATOR, principal, POOL)).principal_id == principal


async def test_the_built_in_roles_state_the_scopes_where_they_can_be_granted(roles: Roles) -> None:
    operations = (await roles.client()).role_definitions
    found = await operations.list_role_definitions()
    at_pools = {role.name for role in found if SCOPES[1] in role.scopes}
    assert len(found) == 11
    assert at_pools == {"Synapse Administrator", "Synapse Contributor", "Synapse Compute Operator", "Synapse User"}
    assert {role.name for role in await operations.list_role_definitions(scope=POOL)} == at_pools
    assert (await operations.get_role_definition_by_id(ADMINISTRATOR)).name == "Synapse Administrator"
    assert tuple(await operations.list_scopes()) == SCOPES
    with pytest.raises(ResourceNotFoundError):
        await operations.get_role_definition_by_id(ID)


@pytest.mark.skipif(not RECORDED.is_file(), reason=f"no recordings of Azure in {RECORDED.parent}")
async def test_the_built_in_roles_match_the_recorded_ones() -> None:
    exchanges = json.loads(RECORDED.read_text(encoding="utf-8"))
    azures = next(one["response"]["body"] for one in exchanges if one["request"]["uri"].count("/roleDefinitions?"))
    ours = list(definitions().values())
    for our, azure in zip(ours, azures, strict=True):
        assert our.keys() == azure.keys()
        for member in ("name", "id", "isBuiltIn", "scopes", "availabilityStatus"):
            assert our[member] == azure[member]
        assert set(our["permissions"][0]["dataActions"]) == set(azure["permissions"][0]["dataActions"])


async def test_the_data_plane_refuses_a_token_for_resource_manager(
    roles: Roles,
) -> None:
    wrong = await roles.client(credential_scopes=["https://management.azure.com/.default"])
    with pytest.raises(HttpResponseError) as refused:
        await wrong.role_assignments.list_role_assignments()
    assert refused.value.status_code == 401
    response: Any = refused.value.response
    assert response.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")


async def test_a_missing_workspace_has_no_host(roles: Roles) -> None:
    with pytest.raises(ServiceRequestError):
        await (await roles.client("nowhere", retry_total=0)).role_assignments.list_role_assignments()


async def test_a_scripted_refusal_on_the_data_plane_uses_its_own_error_code(roles: Roles) -> None:
    roles.sandbox.faults.add(Rule(Forbidden(), path="/roleAssignments"))
    with pytest.raises(HttpResponseError) as refused:
        await roles.listed()
    assert code_of(refused.value) == "Unauthorized"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", f"/roleAssignments/{ID}?api-version=2020-12-01", b"{", 400),
        ("PUT", f"/roleAssignments/{ID}?api-version=2020-12-01", b"[" * 100_000, 400),
        ("PUT", f"/roleAssignments/{ID}?api-version=2020-12-01", b'{"roleId": NaN}', 400),
        ("PUT", "/roleAssignments/1?api-version=2020-12-01", b"{}", 400),
        ("POST", "/checkAccessSynapseRbac?api-version=2020-12-01", b'{"subject": 1, "actions": {}}', 400),
        ("GET", "/roleAssignments?api-version=2019-01-01", b"", 400),
        ("GET", "/roleAssignments", b"", 400),
        ("PATCH", "/roleAssignments?api-version=2020-12-01", b"", 405),
        ("GET", "/integrationRuntimes?api-version=2020-12-01", b"", 404),
    ],
)
async def test_an_invalid_request_gets_an_error_envelope(method: str, path: str, body: bytes, status: int) -> None:
    url = "https://syn-prod.dev.azuresynapse.net" + path
    answer = await Sandbox().handle(Request(method, url, {"Authorization": "Bearer x"}, body))
    assert answer.status == status
    assert set(json.loads(answer.body)["error"]) == {"code", "message"}
