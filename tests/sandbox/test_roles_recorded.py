"""The simulated role assignments return the recorded responses to the recorded requests, in order."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tui.sandbox import documents as sandbox_documents
from tui.sandbox.box import Sandbox
from tui.sandbox.http import Request
from tui.sandbox.names import DefaultWorkspace, synapse_workspace_id
from tui.sandbox.sign_in import Caller
from tui.sandbox.world import ResourceCollection, World

DATA = Path(os.environ.get("SPARKPOOL_AZURE_DATA", Path(__file__).parents[3] / "shared" / "azure")) / "recordings"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no recordings of Azure in {DATA}; SPARKPOOL_AZURE_DATA names the folder above them"
)

Exchange = dict[str, Any]

NOBODYS = "00000000-0000-0000-0000-000000000000"
"""The masked subscription id in recordings."""

HEADERS = ("x-ms-continuation", "access-control-allow-headers", "access-control-expose-headers")
"""The headers that matter to a client; their presence and values are compared."""


def exchanges() -> list[Exchange]:
    """Return the recorded exchanges with a data plane from all files."""
    found: list[Exchange] = []
    for file in sorted(DATA.glob("*.json")) if DATA.is_dir() else []:
        found += json.loads(file.read_text(encoding="utf-8"))
    return [one for one in found if (urlsplit(one["request"]["uri"]).hostname or "").endswith(".dev.azuresynapse.net")]


def recorded_world(recorded: list[Exchange]) -> tuple[Sandbox, Caller]:
    """Return a world with the recorded workspace, its two administrators and all principals that got a role."""
    host = urlsplit(recorded[0]["request"]["uri"]).hostname or ""
    arm_id = synapse_workspace_id(NOBODYS, "rg", host.split(".")[0])
    workspace = sandbox_documents.synapse_workspace(arm_id, "eastus")
    lists = [body for one in recorded if isinstance(body := one["response"]["body"], dict) and "count" in body]
    everything = max(lists, key=lambda body: int(body["count"]))
    creator, own = everything["value"][:2]
    workspace["properties"]["cspWorkspaceAdminProperties"]["initialWorkspaceAdminObjectId"] = creator["principalId"]
    workspace["identity"]["principalId"] = own["principalId"]
    world = World(DefaultWorkspace(NOBODYS, "rg", "aml"), synapse_workspaces=ResourceCollection([workspace]))
    for one in recorded:
        if one["request"]["method"] == "PUT":
            answer = one["response"]["body"]
            world.directory[answer["principalId"]] = answer["principalType"]
    return Sandbox(world), Caller(creator["principalId"], "creator")


def masked(value: Any, chosen: set[str]) -> Any:
    """Return the body with only the types of values that vary: ids not chosen by a client, and descriptions."""
    if isinstance(value, list):
        return [masked(inner, chosen) for inner in value]
    if not isinstance(value, dict):
        return value
    free = {"description"} | ({"id"} if value.get("id") not in chosen else set())
    return {key: type(inner) if key in free else masked(inner, chosen) for key, inner in value.items()}


def sorted_lists(value: Any) -> Any:
    """Return the body with sorted lists of texts: Azure lists a role's permissions in no known order."""
    if isinstance(value, dict):
        return {key: sorted_lists(inner) for key, inner in value.items()}
    if isinstance(value, list):
        inner = [sorted_lists(one) for one in value]
        return sorted(inner) if all(isinstance(one, str) for one in inner) else inner
    return value


def chosen_ids(recorded: list[Exchange]) -> Iterator[str]:
    for one in recorded:
        parts = urlsplit(one["request"]["uri"]).path.split("/")
        yield from parts[2:]
        for role in one["response"]["body"] if isinstance(one["response"]["body"], list) else []:
            yield role["id"] if isinstance(role, dict) else role


async def test_every_recorded_request_gets_the_recorded_response() -> None:
    recorded = exchanges()
    assert recorded
    sandbox, caller = recorded_world(recorded)
    chosen = set(chosen_ids(recorded))
    # The reads of role definitions are in another file, recorded before anything was granted.
    for one in sorted(recorded, key=lambda exchange: "/roleAssignments" in exchange["request"]["uri"]):
        asked, told = one["request"], one["response"]
        body = json.dumps(asked["body"]).encode() if asked["body"] is not None else b""
        headers = {**asked["headers"], "Authorization": "Bearer x"}
        request = Request(asked["method"], asked["uri"], headers, body)
        answer = await sandbox.handle(request, lambda _request, _plane: caller)
        what = f"{asked['method']} {asked['uri']}"
        assert answer.status == told["status"], what
        ours = {name.lower(): value for name, value in answer.headers.items()}
        for name in HEADERS:
            assert ours.get(name) == told["headers"].get(name), f"{what}: {name}"
        assert ours.get("content-type") == told["headers"].get("content-type"), what
        if told["body"] is None:
            assert (answer.body, ours["content-length"]) == (b"", "0"), what
        else:
            found = json.loads(answer.body)
            assert sorted_lists(masked(found, chosen)) == sorted_lists(masked(told["body"], chosen)), what
