"""The simulated Azure accepts or refuses any value anywhere in a request body, and keeps working."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tui.sandbox.azure_roles import READER
from tui.sandbox.box import Sandbox
from tui.sandbox.http import Request
from tui.sandbox.names import USER_OBJECT_ID, identity_id, spark_pool_id
from tui.sandbox.seed import make_world
from tui.sandbox.synapse_roles import ADMINISTRATOR

pytestmark = pytest.mark.unspecified("junk is sent on purpose, and what Azure keeps of it is echoed")

PROD = make_world().default.subscription_id
GROUP = f"https://management.azure.com/subscriptions/{PROD}/resourceGroups/rg-ml"
COMPUTES = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/aml-prod/computes"
SYNAPSE = "https://syn-prod.dev.azuresynapse.net"

ATTACH = {
    "location": "eastus2",
    "tags": {"team": "data"},
    "identity": {
        "type": "SystemAssigned,UserAssigned",
        "userAssignedIdentities": {identity_id(PROD, "rg-ml", "id-adhoc"): {}},
    },
    "properties": {
        "computeType": "SynapseSpark",
        "resourceId": spark_pool_id(PROD, "rg-data", "syn-prod", "adhocpool"),
        "description": "x",
        "disableLocalAuth": False,
        "properties": {"nodeCount": 3},
    },
}
SCALE = {"properties": {"properties": {"scaleSettings": {"maxNodeCount": 3, "minNodeCount": 0}}}}
GRANT = {"roleId": ADMINISTRATOR, "principalId": USER_OBJECT_ID, "scope": "workspaces/syn-prod/bigDataPools/etlpool"}
CHECK = {
    "subject": {"principalId": USER_OBJECT_ID, "groupIds": [USER_OBJECT_ID]},
    "actions": [{"id": "Microsoft.Synapse/workspaces/read", "isDataAction": True}],
    "scope": "workspaces/syn-prod",
}

ASSIGNMENT = {
    "properties": {
        "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{READER}",
        "principalId": USER_OBJECT_ID,
        "principalType": "User",
        "description": "x",
    }
}
LOCK = {"properties": {"level": "ReadOnly", "notes": "x", "owners": [{"applicationId": "x"}]}}
AUTHORIZATION = "providers/Microsoft.Authorization"

REQUESTS = {
    "attach": ("PUT", f"{COMPUTES}/new?api-version=2023-04-01", ATTACH),
    "update": ("PUT", f"{COMPUTES}/etl-prod?api-version=2023-04-01", ATTACH),
    "replace": ("PUT", f"{COMPUTES}/half-written?api-version=2023-04-01", ATTACH),
    "scale": ("PATCH", f"{COMPUTES}/cpu-cluster?api-version=2023-04-01", SCALE),
    "scale another": ("PATCH", f"{COMPUTES}/half-written?api-version=2023-04-01", SCALE),
    "azure grant": (
        "PUT",
        f"{GROUP}/{AUTHORIZATION}/roleAssignments/{ADMINISTRATOR}?api-version=2022-04-01",
        ASSIGNMENT,
    ),
    "lock": ("PUT", f"{COMPUTES}/dbx/{AUTHORIZATION}/locks/keep?api-version=2020-05-01", LOCK),
    "grant": ("PUT", f"{SYNAPSE}/roleAssignments/{ADMINISTRATOR}?api-version=2020-12-01", GRANT),
    "check": ("POST", f"{SYNAPSE}/checkAccessSynapseRbac?api-version=2020-12-01", CHECK),
}

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1.5,
    10**400,
    "",
    " ",
    "\ud800",
    "\x00",
    "/",
    "a" * 10_000,
    [],
    [None],
    [[]],
    {},
    {"": None},
    {"a": []},
)


def spoiled(document: Any) -> Iterator[Any]:
    """Yield copies of the document, each with one value replaced by junk or one member added or removed."""
    yield from JUNK
    yield from (copy.deepcopy(document) | {"extra": junk} for junk in JUNK if isinstance(document, dict))
    members = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in members:
        without = copy.deepcopy(document)
        del without[key]
        yield without
        for inner in spoiled(value):
            with_junk = copy.deepcopy(document)
            with_junk[key] = inner
            yield with_junk


async def asked(sandbox: Sandbox, method: str, url: str, body: bytes = b"") -> tuple[int, Any]:
    answer = await sandbox.handle(Request(method, url, {"Authorization": "Bearer x"}, body))
    return answer.status, json.loads(answer.body) if answer.body else None


@pytest.mark.parametrize("name", REQUESTS)
async def test_junk_in_a_body_is_either_refused_with_an_error_or_accepted_and_listed(name: str) -> None:
    method, url, body = REQUESTS[name]
    statuses = set()
    for document in spoiled(body):
        sandbox = Sandbox(make_world())
        status, answer = await asked(sandbox, method, url, json.dumps(document).encode())
        statuses.add(status)
        if status >= 400:
            assert {"code", "message"} <= answer["error"].keys()
        sandbox.clock.advance(60)  # type: ignore[attr-defined]  # virtual time, as by default
        assert (await asked(sandbox, "GET", f"{COMPUTES}?api-version=2023-04-01"))[0] == 200
        assert (await asked(sandbox, "GET", f"{SYNAPSE}/roleAssignments?api-version=2020-12-01"))[0] == 200
        for kind, version in (("roleAssignments", "2022-04-01"), ("locks", "2020-05-01")):
            assert (await asked(sandbox, "GET", f"{GROUP}/{AUTHORIZATION}/{kind}?api-version={version}"))[0] == 200
    assert 400 in statuses
    assert statuses <= {200, 201, 202, 400}
