"""What callers may do in the simulated Azure by their Azure roles, and who may use which storage account."""

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
from tests.support.served import Served, raw, request
from tests.support.spark_pools import reason
from tui.sandbox.azure_roles import BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR, OWNER, allows
from tui.sandbox.box import Sandbox
from tui.sandbox.names import COLLEAGUE_ID, GROUP_ID, USER_OBJECT_ID, aml_workspace_id
from tui.sandbox.seed import make_world
from tui.sandbox.seed_azure_roles import MOST_IN_SUBSCRIPTION, STORAGE_ROLES
from tui.sandbox.seed_empty import make_empty_world

WORKSPACE = aml_workspace_id(PROD, "rg-ml", "aml-prod")
ATTACH = "Microsoft.MachineLearningServices/workspaces/computes/write"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"


@pytest.mark.parametrize("scope", [SUBSCRIPTION, ML_GROUP, WORKSPACE])
async def test_an_owner_may_do_everything_at_every_scope_below(scope: str) -> None:
    (permission,) = await listed(Sandbox(), scope, "permissions")
    assert permission == {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}


async def test_each_role_adds_its_own_permissions_where_it_is_held() -> None:
    sandbox = Sandbox()
    here, elsewhere = await listed(sandbox, HOME, "permissions"), await listed(sandbox, ML_GROUP, "permissions")
    assert (len(here), len(elsewhere)) == (2, 1)
    assert here[0]["actions"] == ["*"]
    assert [action.rpartition("/blobs/")[2] for action in here[1]["dataActions"]] == [
        *("delete", "read", "write", "move/action", "add/action")
    ]


async def test_a_contributor_may_attach_but_not_assign_roles() -> None:
    sandbox = Sandbox()
    for one in sandbox.world.azure_roles.under(SUBSCRIPTION):
        if one["properties"]["principalId"] == USER_OBJECT_ID:
            sandbox.world.azure_roles.remove(one["id"])
    assert await listed(sandbox, WORKSPACE, "permissions") == []
    sandbox.world.members[GROUP_ID].add(USER_OBJECT_ID.upper())
    (permission,) = [one for one in await listed(sandbox, LAKE, "permissions") if one["actions"] == ["*"]]
    assert allows([permission], ATTACH)
    assert not allows([permission], ASSIGN)
    assert await listed(sandbox, HOME, "permissions") == []


async def test_what_the_world_denies_is_excluded_from_every_role() -> None:
    sandbox = Sandbox()
    sandbox.world.denied = {ATTACH}
    found = await listed(sandbox, HOME, "permissions")
    assert [one["notActions"] for one in found] == [[ATTACH], [ATTACH]]


async def test_the_oldest_version_tells_nothing_about_data() -> None:
    response = await ask(Sandbox(), url(WORKSPACE, "permissions").replace("2022-04-01", "2015-07-01"))
    assert json.loads(response.body) == {"value": [{"actions": ["*"], "notActions": []}]}


async def test_there_are_no_permissions_on_a_missing_resource() -> None:
    response = await ask(Sandbox(), url(f"{WORKSPACE}x", "permissions"))
    assert reason(response)[:2] == (404, "ResourceNotFound")


async def test_every_workspace_names_a_storage_account_that_exists() -> None:
    for world in (make_world(), make_world(30, seed=3), make_empty_world()):
        sandbox = Sandbox(world)
        lakes = [one["properties"]["defaultDataLakeStorage"] for one in world.synapse_workspaces]
        homes = [one["properties"]["storageAccount"] for one in world.aml_workspaces]
        assert {one["id"] for one in world.storage_accounts} == {*homes, *(one["resourceId"] for one in lakes)}
        for account in world.storage_accounts:
            readable = account["id"].split("/")[2] not in world.forbidden
            response = await ask(sandbox, f"{account['id']}?api-version=2023-01-01")
            assert response.status == (200 if readable else 403)
        for lake in lakes:
            found = world.storage_accounts.get(lake["resourceId"])
            assert found is not None
            assert found["properties"]["isHnsEnabled"] is True
            assert f"{lake['accountUrl']}/" == found["properties"]["primaryEndpoints"]["dfs"]
    missing = await ask(Sandbox(), f"{HOME}x?api-version=2023-01-01")
    assert reason(missing)[:2] == (404, "ResourceNotFound")


async def test_the_identity_of_a_ready_compute_has_the_roles_on_both_accounts() -> None:
    sandbox = Sandbox()
    for name in ("etl-prod", "id-etl-prod"):
        found = held(await listed(sandbox, SUBSCRIPTION), principal_named(sandbox, name))
        assert found == {(account, role) for account in (HOME, LAKE) for role in STORAGE_ROLES}
    dev = next(one for one in sandbox.world.subscriptions if one["displayName"] == "Contoso Dev")["id"]
    found = held(await listed(sandbox, dev), principal_named(sandbox, "dev"))
    assert {scope.rpartition("/")[2] for scope, _ in found} == {"amldevsa", "syndevlake"}


async def test_the_roles_of_the_default_world_have_the_typical_problems() -> None:
    sandbox = Sandbox()
    everything = await listed(sandbox, SUBSCRIPTION)
    inherited = held(everything, principal_named(sandbox, "id-churn-a"))
    assert {scope.rpartition("/")[2] for scope, _ in inherited} == {"rg-ml", "rg-data"}
    assert {role for _, role in inherited} == set(STORAGE_ROLES)
    assert held(everything, principal_named(sandbox, "id-churn-b")) == set()
    holders = {one["properties"]["principalId"] for one in everything}
    gone = [one for one in holders if sandbox.world.principal_type(one, 0.0) is None]
    assert gone
    assert held(everything, USER_OBJECT_ID) >= {(SUBSCRIPTION, OWNER), (HOME, BLOB_DATA_CONTRIBUTOR)}
    assert held(everything, COLLEAGUE_ID) == set()


async def test_in_the_empty_world_only_the_user_has_a_role() -> None:
    found = await listed(Sandbox(make_empty_world()), SUBSCRIPTION)
    assert len(found) == len(held(found, USER_OBJECT_ID)) == 1
    assert held(found, USER_OBJECT_ID) == {(SUBSCRIPTION, OWNER)}


async def test_a_large_world_stays_below_azures_limit() -> None:
    world = make_world(20_000)
    assert len(world.azure_roles) == MOST_IN_SUBSCRIPTION
    assert held(list(world.azure_roles), USER_OBJECT_ID) >= {(SUBSCRIPTION, OWNER)}


async def test_roles_are_the_same_in_every_world_of_a_seed() -> None:
    one, other = [await listed(Sandbox(), SUBSCRIPTION) for _ in range(2)]
    assert one == other
    assert len({assignment["name"] for assignment in one}) == len(one)


async def test_a_contributor_role_says_nothing_about_blobs() -> None:
    sandbox = Sandbox()
    principal = principal_named(sandbox, "id-adhoc")
    await grant(sandbox, principal, role=CONTRIBUTOR, guid=GUIDS[0])
    (role,) = await listed(sandbox, HOME, "roleDefinitions", filter_="roleName eq 'contributor'")
    assert role["properties"]["permissions"][0]["dataActions"] == []


def test_the_served_application_has_the_users_azure_roles() -> None:
    with Served() as served, served.token() as token:
        answer = raw(served, request("GET", url(HOME, "permissions"), token))
        found = json.loads(answer.partition(b"\r\n\r\n")[2])["value"]
        assert allows(found, ASSIGN)
        assert len(found) == 2
        body = json.dumps({"properties": {"level": "ReadOnly"}}).encode()
        made = raw(served, request("PUT", url(LAKE, "locks", "keep"), token, body, Content_Type="application/json"))
    assert made.startswith(b"HTTP/1.1 201 ")
