"""Create, change and delete user-assigned identities in the simulated Azure, as clients do."""

import json
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError

from tests.support.sandbox_box import GROUP, PROD, Box, Document, ask
from tui.sandbox import names
from tui.sandbox.box import Sandbox
from tui.sandbox.http import Request, Response
from tui.sandbox.identities import TYPE
from tui.sandbox.names import TENANT_ID


def url(name: str = "id-new", group: str = GROUP, version: str = "2024-11-30") -> str:
    return f"/subscriptions/{PROD}/resourceGroups/{group}/providers/{TYPE}/{name}?api-version={version}"


async def put(sandbox: Sandbox, name: str = "id-new", content: bytes | None = None, **more: Any) -> Response:
    sent = json.dumps({"location": "eastus2", **more}).encode() if content is None else content
    return await ask(sandbox, url(name), "PUT", content=sent)


def told(response: Response) -> Document:
    document: Document = json.loads(response.body)
    return document


def refused(response: Response) -> tuple[int, str]:
    return response.status, told(response)["error"]["code"]


async def test_an_identity_is_created_read_listed_and_deleted_through_the_sdk(box: Box) -> None:
    identities = (await box().identities()).user_assigned_identities

    made = await identities.create_or_update(GROUP, "id-new", {"location": "eastus2", "tags": {"team": "data"}})
    assert (made.name, made.location, made.tags) == ("id-new", "eastus2", {"team": "data"})
    assert (await identities.get(GROUP, "id-new")).principal_id == made.principal_id
    assert "id-new" in [one.name async for one in identities.list_by_resource_group(GROUP)]
    assert "id-new" in [one.name async for one in identities.list_by_subscription()]

    await identities.delete(GROUP, "id-new")
    with pytest.raises(ResourceNotFoundError):
        await identities.get(GROUP, "id-new")
    assert "id-new" not in [one.name async for one in identities.list_by_subscription()]
    await identities.delete(GROUP, "id-new")


async def test_a_new_identity_is_complete_with_the_201_whose_address_is_a_path() -> None:
    sandbox = Sandbox()

    response = await put(sandbox)

    arm_id = names.identity_id(PROD, GROUP, "id-new")
    assert response.status == 201
    assert response.headers["Location"] == arm_id
    found = told(response)
    assert found == told(await ask(sandbox, url()))
    assert {key: found[key] for key in ("id", "name", "type", "location", "tags")} == {
        "id": arm_id,
        "name": "id-new",
        "type": TYPE,
        "location": "eastus2",
        "tags": {},
    }
    assert "/resourcegroups/" in arm_id
    assert found["properties"]["tenantId"] == TENANT_ID
    assert len({*found["properties"].values()}) == 3


async def test_a_second_put_in_any_letter_case_replaces_the_tags_and_keeps_the_identity() -> None:
    sandbox = Sandbox()
    first = told(await put(sandbox, tags={"team": "data"}))

    response = await put(sandbox, "ID-NEW", tags={"cost": "42"})

    assert response.status == 200
    assert told(response) == {**first, "tags": {"cost": "42"}}
    assert "Location" not in response.headers
    assert told(await ask(sandbox, url())) == told(response)


async def test_an_identity_cannot_be_moved_to_another_region() -> None:
    sandbox = Sandbox()
    before = told(await put(sandbox))
    assert (await put(sandbox, location="East US 2")).status == 200
    assert refused(await put(sandbox, location="westeurope")) == (409, "InvalidResourceLocation")
    assert told(await ask(sandbox, url())) == before


async def test_the_region_is_kept_as_azure_names_it() -> None:
    assert told(await put(Sandbox(), location="West US 3"))["location"] == "westus3"


async def test_an_identity_that_is_created_again_is_a_new_principal() -> None:
    sandbox = Sandbox()
    first = told(await put(sandbox))["properties"]
    assert (await ask(sandbox, url(), "DELETE")).status == 200
    second = told(await put(sandbox))["properties"]
    assert not {first["principalId"], first["clientId"]} & {second["principalId"], second["clientId"]}


async def test_a_deletion_has_no_body_and_says_by_its_status_whether_there_was_an_identity() -> None:
    sandbox = Sandbox()
    await put(sandbox)
    found = [await ask(sandbox, url("Id-New"), "DELETE"), await ask(sandbox, url(), "DELETE")]
    assert [(one.status, one.body) for one in found] == [(200, b""), (204, b"")]
    missing = await ask(sandbox, url())
    assert refused(missing) == (404, "ResourceNotFound")
    assert f"'{TYPE}/id-new' under resource group '{GROUP}'" in told(missing)["error"]["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_in_a_resource_group_that_does_not_exist_nothing_is_found_or_created(method: str) -> None:
    sandbox = Sandbox()
    response = await ask(sandbox, url(group="rg-gone"), method, content=b'{"location": "eastus2"}')
    assert refused(response) == (404, "ResourceGroupNotFound")
    assert not [one for one in sandbox.world.identities if one["name"] == "id-new"]


NAMES = {
    "ab": False,
    "abc": True,
    "a" * 128: True,
    "a" * 129: False,
    "-abc": False,
    "_abc": False,
    "1-b_C": True,
    "a.bc": False,
    "ünder": False,
}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{name[:6]} {len(name)}")
async def test_the_names_that_the_documentation_allows_are_taken(name: str) -> None:
    sandbox = Sandbox()
    response = await put(sandbox, name)
    assert (response.status == 201) is NAMES[name]
    assert any(one["name"] == name for one in sandbox.world.identities) is NAMES[name]


BODIES = {
    b"{": "InvalidRequestContent",
    b"[]": "InvalidRequestContent",
    b"null": "InvalidRequestContent",
    b'{"location": "eastus2", "tags": []}': "InvalidRequestContent",
    b'{"location": "eastus2", "tags": ["a"]}': "InvalidRequestContent",
    b'{"location": "eastus2", "tags": {"a": 7}}': "InvalidRequestContent",
    b"{}": "LocationRequired",
    b'{"location": ""}': "LocationRequired",
    b'{"location": 7}': "LocationRequired",
}


@pytest.mark.parametrize("content", list(BODIES))
async def test_a_body_that_is_no_identity_is_refused_and_changes_nothing(content: bytes) -> None:
    sandbox = Sandbox()
    assert refused(await put(sandbox, content=content)) == (400, BODIES[content])
    assert refused(await ask(sandbox, url())) == (404, "ResourceNotFound")
    assert not sandbox.accepted


async def test_an_identity_is_replaced_and_not_patched() -> None:
    response = await ask(Sandbox(), url("id-adhoc"), "PATCH", content=b'{"tags": {}}')
    assert refused(response) == (405, "MethodNotAllowed")
    assert response.headers["Allow"] == "GET, PUT, DELETE"


@pytest.mark.parametrize("version", ["2018-11-30", "2023-01-31", "2025-05-31-preview"])
async def test_every_published_version_creates_identities(version: str) -> None:
    sandbox = Sandbox()
    made = await ask(sandbox, url(version=version), "PUT", content=b'{"location": "eastus2"}')
    assert made.status == 201
    assert refused(await ask(sandbox, url(version="2020-01-01"), "DELETE")) == (400, "NoRegisteredProviderFound")


async def test_synapse_knows_a_new_identity_after_a_while_and_no_longer_once_it_is_deleted() -> None:
    sandbox = Sandbox(principal_seconds=60)
    principal = told(await put(sandbox))["properties"]["principalId"]
    grant = json.dumps(
        {
            "roleId": "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78",
            "principalId": principal,
            "scope": "workspaces/syn-prod/bigDataPools/adhocpool",
        }
    ).encode()

    async def granted() -> tuple[int, str]:
        address = "https://syn-prod.dev.azuresynapse.net/roleAssignments/22222222-2222-4222-8222-222222222222"
        asked = Request("PUT", f"{address}?api-version=2020-12-01", {"Authorization": "Bearer x"}, grant)
        response = await sandbox.handle(asked)
        return response.status, told(response).get("error", {}).get("code", "")

    assert await granted() == (400, "InvalidPrincipalId")
    await sandbox.clock.sleep(59)
    assert await granted() == (400, "InvalidPrincipalId")
    await sandbox.clock.sleep(2)
    assert await granted() == (200, "")
    sandbox.world.roles.remove("syn-prod", "22222222-2222-4222-8222-222222222222")
    await ask(sandbox, url(), "DELETE")
    assert await granted() == (400, "InvalidPrincipalId")
