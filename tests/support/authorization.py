"""Azure roles, locks and permissions of the simulated Azure, written and read without an SDK."""

import json
from collections.abc import Sequence
from typing import Any

from tests.support.sandbox_box import PROD, Document, ask
from tui.sandbox import http as sandbox_http
from tui.sandbox.azure_roles import BLOB_DATA_CONTRIBUTOR
from tui.sandbox.box import Sandbox
from tui.sandbox.names import storage_account_id

SUBSCRIPTION = f"/subscriptions/{PROD}"
ML_GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-ml"
HOME = storage_account_id(PROD, "rg-ml", "amlprodsa")
LAKE = storage_account_id(PROD, "rg-data", "synprodlake")

GUIDS = tuple(f"0b1e2c3d-1111-4222-8333-44445555666{number}" for number in range(5))


def url(scope: str, kind: str, name: str = "", **query: str) -> str:
    """The address of a list, or of one of its items; a trailing underscore in `query` stands for a leading `$`."""
    version = "2020-05-01" if kind == "locks" else "2022-04-01"
    asked = {"api-version": version, **{f"${key[:-1]}" if key.endswith("_") else key: query[key] for key in query}}
    told = "&".join(f"{key}={value}" for key, value in asked.items())
    return f"{scope}/providers/Microsoft.Authorization/{kind}{name and f'/{name}'}?{told}"


async def listed(sandbox: Sandbox, scope: str, kind: str = "roleAssignments", **query: str) -> list[Document]:
    response = await ask(sandbox, url(scope, kind, **query))
    assert response.status == 200, response.body
    found: list[Document] = json.loads(response.body)["value"]
    return found


async def grant(
    sandbox: Sandbox,
    principal: str,
    scope: str = HOME,
    *,
    role: str = BLOB_DATA_CONTRIBUTOR,
    guid: str = GUIDS[0],
    **more: Any,
) -> sandbox_http.Response:
    role_id = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    body = {"properties": {"roleDefinitionId": role_id, "principalId": principal, **more}}
    return await ask(sandbox, url(scope, "roleAssignments", guid), "PUT", content=json.dumps(body).encode())


async def locked(
    sandbox: Sandbox, scope: str, level: str = "CanNotDelete", name: str = "keep"
) -> sandbox_http.Response:
    body = json.dumps({"properties": {"level": level}}).encode()
    return await ask(sandbox, url(scope, "locks", name), "PUT", content=body)


def principal_named(sandbox: Sandbox, name: str) -> str:
    """The object id of the user-assigned identity of that name, or of the compute's system-assigned one."""
    identity = next((one for one in sandbox.world.identities if one["name"] == name), None)
    if identity is not None:
        return str(identity["properties"]["principalId"])
    return str(next(one for one in sandbox.world.computes if one["name"] == name)["identity"]["principalId"])


def held(assignments: Sequence[Document], principal: str) -> set[tuple[str, str]]:
    """The scope and role of each assignment of the principal."""
    told = [one["properties"] for one in assignments]
    return {
        (one["scope"], one["roleDefinitionId"].rpartition("/")[2]) for one in told if one["principalId"] == principal
    }
