"""Azure roles of the simulated Azure: lists by scope and filter, grants, changes, removals and refusals."""

import json

import pytest

from tests.support.authorization import (
    GUIDS,
    HOME,
    LAKE,
    ML_GROUP,
    SUBSCRIPTION,
    grant,
    held,
    listed,
    principal_named,
    url,
)
from tests.support.sandbox_box import PROD, ask
from tests.support.spark_pools import reason
from tui.sandbox.azure_roles import (
    BLOB_DATA_CONTRIBUTOR,
    CONTRIBUTOR,
    OWNER,
    RBAC_ADMINISTRATOR,
    READER,
    ROLES,
)
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.clock import VirtualClock
from tui.sandbox.names import COLLEAGUE_ID, GROUP_ID, TENANT_ID, USER_OBJECT_ID, guid, identity_id, storage_account_id

NOBODY = guid("nobody")


async def test_a_granted_role_is_listed_with_its_holder_scope_and_the_subscriptions_role_id() -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-adhoc")

    response = await grant(sandbox, principal, description="for jobs")

    assert response.status == 201
    (found,) = await listed(sandbox, HOME, filter_=f"principalId eq '{principal.upper()}'")
    told = found["properties"]
    assert (told["principalId"], told["principalType"], told["scope"]) == (principal, "ServicePrincipal", HOME)
    assert told["roleDefinitionId"] == (
        f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{BLOB_DATA_CONTRIBUTOR}"
    )
    assert (told["description"], told["condition"], told["createdBy"]) == ("for jobs", None, USER_OBJECT_ID)
    assert (found["id"], found["name"]) == (
        f"{HOME}/providers/Microsoft.Authorization/roleAssignments/{GUIDS[0]}",
        GUIDS[0],
    )


async def test_the_answer_to_a_grant_has_no_creator_yet() -> None:
    sandbox = Sandbox()
    made = json.loads((await grant(sandbox, principal_named(sandbox, "id-adhoc"))).body)["properties"]
    read = json.loads((await ask(sandbox, url(HOME, "roleAssignments", GUIDS[0]))).body)["properties"]
    assert (made["createdBy"], made["updatedBy"]) == (None, USER_OBJECT_ID)
    assert read == {**made, "createdBy": USER_OBJECT_ID}


async def test_the_same_grant_again_changes_its_description_and_keeps_who_made_it_when() -> None:
    clock = VirtualClock()
    sandbox = Sandbox(clock=clock)
    principal = principal_named(sandbox, "id-adhoc")
    await grant(sandbox, principal, description="old")
    before = json.loads((await ask(sandbox, url(HOME, "roleAssignments", GUIDS[0]))).body)["properties"]
    clock.advance(60)

    assert (await grant(sandbox, principal, description="new")).status == 201

    after = json.loads((await ask(sandbox, url(HOME, "roleAssignments", GUIDS[0]))).body)["properties"]
    assert (before["description"], after["description"]) == ("old", "new")
    assert (after["createdOn"], after["createdBy"]) == (before["createdOn"], before["createdBy"])
    assert after["updatedOn"] > before["updatedOn"]


async def test_a_removal_returns_the_assignment_and_a_second_one_has_nothing_to_remove() -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-adhoc")
    await grant(sandbox, principal)
    one = url(HOME, "roleAssignments", GUIDS[0])

    first, second = [await ask(sandbox, one, "DELETE") for _ in range(2)]

    assert (first.status, json.loads(first.body)["name"]) == (200, GUIDS[0])
    assert (second.status, second.body) == (204, b"")
    assert reason(await ask(sandbox, one))[:2] == (404, "RoleAssignmentNotFound")
    assert held(await listed(sandbox, HOME), principal) == set()


@pytest.mark.parametrize(
    ("query", "above", "below"),
    [
        ({}, True, True),
        ({"filter_": "atScope()"}, True, False),
        ({"filter_": "principalId eq '{}'"}, True, True),
        ({"filter_": "assignedTo('{}')"}, True, True),
        ({"filter_": "atScope() and assignedTo('{}')"}, True, False),
        ({"filter_": "atScope()+and+assignedTo('{}')"}, True, False),
    ],
)
async def test_a_list_has_what_is_inherited_and_its_filter_says_whether_what_is_below(
    query: dict[str, str], above: bool, below: bool
) -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-adhoc")
    for number, scope in enumerate((SUBSCRIPTION, ML_GROUP, HOME, LAKE)):
        await grant(sandbox, principal, scope, guid=GUIDS[number])

    found = await listed(sandbox, ML_GROUP, **{name: text.format(principal) for name, text in query.items()})

    scopes = {scope for scope, _ in held(found, principal)}
    assert scopes == {ML_GROUP, *([SUBSCRIPTION] * above), *([HOME] * below)}


async def test_the_widest_scope_comes_first() -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-adhoc")
    sandbox.world.azure_roles.put(_owner_of_everything(sandbox))
    for number, scope in enumerate((HOME, ML_GROUP, SUBSCRIPTION, "")):
        assert (await grant(sandbox, principal, scope, guid=GUIDS[number])).status == 201

    found = await listed(sandbox, HOME, filter_="atScope()")

    scopes = [one["properties"]["scope"] for one in found if one["properties"]["principalId"] == principal]
    assert scopes == ["/", SUBSCRIPTION, ML_GROUP, HOME]
    root = next(one for one in found if one["properties"]["scope"] == "/" and one["name"] == GUIDS[3])
    assert root["id"] == f"/providers/Microsoft.Authorization/roleAssignments/{GUIDS[3]}"
    assert root["properties"]["roleDefinitionId"].startswith(f"{SUBSCRIPTION}/providers/")


def _owner_of_everything(sandbox: Sandbox) -> dict[str, object]:
    from tui.sandbox.azure_role_assignments import AzureGrant

    return AzureGrant(USER_OBJECT_ID, "/", OWNER, "User").document(sandbox.clock.now())


async def test_a_role_through_a_group_is_found_only_by_assigned_to() -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-etl-read")
    roles = {CONTRIBUTOR, BLOB_DATA_CONTRIBUTOR}

    assigned = await listed(sandbox, LAKE, filter_=f"assignedTo('{principal}')")
    own = await listed(sandbox, LAKE, filter_=f"principalId eq '{principal}'")

    assert held(assigned, GROUP_ID) == {(LAKE, role) for role in roles}
    assert (held(own, GROUP_ID), held(own, principal)) == (set(), set())


async def test_a_list_with_an_unknown_filter_is_refused() -> None:
    found = await ask(Sandbox(), url(HOME, "roleAssignments", filter_="colour eq 'red'"))
    assert reason(found)[:2] == (400, "UnsupportedFilter")


async def test_the_same_role_of_the_same_holder_at_the_same_scope_exists_once() -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-adhoc")
    assert (await grant(sandbox, principal)).status == 201
    again = await grant(sandbox, principal.upper(), guid=GUIDS[1])
    assert reason(again) == (409, "RoleAssignmentExists", "The role assignment already exists.")
    assert (await grant(sandbox, principal, role=CONTRIBUTOR, guid=GUIDS[1])).status == 201
    assert (await grant(sandbox, principal, LAKE, guid=GUIDS[2])).status == 201


@pytest.mark.parametrize("change", ["role", "principal", "scope"])
async def test_an_assignment_cannot_become_another(change: str) -> None:
    sandbox = Sandbox()
    principals = [principal_named(sandbox, name) for name in ("id-adhoc", "id-scoring")]
    await grant(sandbox, principals[0])
    response = await grant(
        sandbox,
        principals[change == "principal"],
        LAKE if change == "scope" else HOME,
        role=READER if change == "role" else BLOB_DATA_CONTRIBUTOR,
    )
    assert reason(response)[:2] == (400, "RoleAssignmentUpdateNotPermitted")
    assert held(await listed(sandbox, SUBSCRIPTION), principals[0]) == {(HOME, BLOB_DATA_CONTRIBUTOR)}


async def test_an_unknown_principal_gets_a_role_only_with_its_type() -> None:
    sandbox = Sandbox()
    status, code, message = reason(await grant(sandbox, NOBODY))
    assert (status, code) == (400, "PrincipalNotFound")
    assert f"Principal {NOBODY.replace('-', '')} does not exist in the directory {TENANT_ID}." in message
    assert (await grant(sandbox, NOBODY, principalType="ServicePrincipal")).status == 201
    refusing = Sandbox(choices=Choices(unknown_principal="refused"))
    assert reason(await grant(refusing, NOBODY, principalType="ServicePrincipal"))[1] == "PrincipalNotFound"


async def test_a_new_identity_gets_a_role_after_a_delay() -> None:
    clock = VirtualClock()
    sandbox = Sandbox(clock=clock, principal_seconds=60, choices=Choices(unknown_principal="refused"))
    compute = next(one for one in sandbox.world.computes if one["name"] == "etl-prod")
    principal = sandbox.world.mint_principal(compute["id"])
    sandbox.world.computes.put({**compute, "identity": {**compute["identity"], "principalId": principal}})
    assert reason(await grant(sandbox, principal))[:2] == (400, "PrincipalNotFound")
    assert reason(await grant(sandbox, principal, principalType="ServicePrincipal"))[:2] == (400, "PrincipalNotFound")
    clock.advance(60)
    assert (await grant(sandbox, principal)).status == 201


async def test_a_principal_is_not_of_another_type() -> None:
    sandbox = Sandbox()
    response = await grant(sandbox, principal_named(sandbox, "id-adhoc"), principalType="User")
    status, code, message = reason(response)
    assert (status, code) == (400, "UnmatchedPrincipalType")
    assert "has type 'ServicePrincipal' , which is different from specified PrinciaplType 'User'." in message


async def test_a_role_outlives_its_holder() -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-adhoc")
    await grant(sandbox, principal)
    sandbox.world.identities.remove(identity_id(PROD, "rg-ml", "id-adhoc"))
    (found,) = await listed(sandbox, HOME, filter_=f"principalId eq '{principal}'")
    assert found["properties"]["principalType"] == "ServicePrincipal"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"guid": "not-a-guid"}, "InvalidRoleAssignmentId"),
        ({"role": NOBODY}, "RoleDefinitionDoesNotExist"),
        ({"principal": "ana"}, "InvalidPrincipalId"),
        ({"principalType": "Robot"}, "BadRequestFormat"),
        ({"description": 7}, "BadRequestFormat"),
    ],
)
async def test_a_grant_that_makes_no_sense_is_refused(change: dict[str, object], code: str) -> None:
    sandbox = Sandbox()
    principal = str(change.pop("principal", principal_named(sandbox, "id-adhoc")))
    assert reason(await grant(sandbox, principal, **change))[:2] == (400, code)  # type: ignore[arg-type]
    assert GUIDS[0] not in {one["name"] for one in sandbox.world.azure_roles}


@pytest.mark.parametrize(
    ("role", "allowed"), [(OWNER, True), (RBAC_ADMINISTRATOR, True), (CONTRIBUTOR, False), (READER, False), ("", False)]
)
async def test_only_a_role_that_may_assign_roles_grants_and_removes_them(role: str, allowed: bool) -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-adhoc")
    await grant(sandbox, principal, guid=GUIDS[1], role=READER)
    if role:
        assert (await grant(sandbox, USER_OBJECT_ID, ML_GROUP, role=role, guid=GUIDS[2])).status == 201
    _without_ownership(sandbox)

    granted = await grant(sandbox, principal)
    removed = await ask(sandbox, url(HOME, "roleAssignments", GUIDS[1]), "DELETE")

    assert (granted.status, removed.status) == ((201, 200) if allowed else (403, 403))
    if not allowed:
        _, code, message = reason(granted)
        assert code == "AuthorizationFailed"
        assert "'Microsoft.Authorization/roleAssignments/write' over scope" in message
        assert "'Microsoft.Authorization/roleAssignments/delete' over scope" in reason(removed)[2]
    assert await listed(sandbox, HOME)


def _without_ownership(sandbox: Sandbox) -> None:
    for one in list(sandbox.world.azure_roles):
        told = one["properties"]
        if told["principalId"] == USER_OBJECT_ID and told["scope"] == SUBSCRIPTION:
            sandbox.world.azure_roles.remove(one["id"])


async def test_reading_roles_can_be_denied() -> None:
    sandbox = Sandbox()
    sandbox.world.denied = {"microsoft.authorization/roleassignments/*"}
    for address in (url(HOME, "roleAssignments"), url(HOME, "roleAssignments", GUIDS[0])):
        status, code, message = reason(await ask(sandbox, address))
        assert (status, code) == (403, "AuthorizationFailed")
        assert "'Microsoft.Authorization/roleAssignments/read'" in message


async def test_the_roles_of_a_lake_in_an_unreadable_subscription_cannot_be_read() -> None:
    sandbox = Sandbox()
    lab = next(one for one in sandbox.world.synapse_workspaces if one["name"] == "syn-lab")
    lake = lab["properties"]["defaultDataLakeStorage"]["resourceId"]
    response = await ask(sandbox, url(lake, "roleAssignments", filter_="atScope()"))
    assert reason(response)[:2] == (403, "AuthorizationFailed")


async def test_a_missing_scope_has_no_roles() -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-adhoc")
    nowhere = storage_account_id(PROD, "rg-ml", "nowhere")
    for scope in (nowhere, f"{nowhere}/blobServices/default/containers/data"):
        assert reason(await ask(sandbox, url(scope, "roleAssignments")))[:2] == (404, "ResourceNotFound")
        assert reason(await grant(sandbox, principal, scope))[:2] == (404, "ResourceNotFound")
    container = f"{HOME}/blobServices/default/containers/data"
    assert (await grant(sandbox, principal, container)).status == 201
    group = f"{SUBSCRIPTION}/resourceGroups/rg-none"
    assert reason(await ask(sandbox, url(group, "roleAssignments")))[:2] == (404, "ResourceGroupNotFound")


@pytest.mark.parametrize("scope", ["", SUBSCRIPTION, ML_GROUP, HOME, f"{ML_GROUP}/providers/A.B/c/d"])
async def test_every_built_in_role_is_found_by_its_name_and_id_at_any_scope(scope: str) -> None:
    sandbox = Sandbox()
    everything = await listed(sandbox, scope, "roleDefinitions")
    assert [one["name"] for one in everything] == [role.id for role in ROLES]
    for role in everything:
        name = role["properties"]["roleName"].lower()
        assert await listed(sandbox, scope, "roleDefinitions", filter_=f"roleName eq '{name}'") == [role]
        read = await ask(sandbox, url(scope, "roleDefinitions", role["name"]))
        assert json.loads(read.body) == role
        assert role["id"].startswith(f"{SUBSCRIPTION if scope else ''}/providers/Microsoft.Authorization/")
    assert await listed(sandbox, scope, "roleDefinitions", filter_="roleName eq 'Barista'") == []
    assert reason(await ask(sandbox, url(scope, "roleDefinitions", NOBODY)))[:2] == (404, "RoleDefinitionDoesNotExist")


async def test_a_colleague_sees_no_role_of_the_user_in_a_filtered_list() -> None:
    sandbox = Sandbox()
    found = await listed(sandbox, SUBSCRIPTION, filter_=f"principalId eq '{COLLEAGUE_ID}'")
    assert held(found, USER_OBJECT_ID) == set()
