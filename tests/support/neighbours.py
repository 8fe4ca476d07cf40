"""Attached pools that other users add to the default world of the simulated Azure."""

import copy
from typing import Any

from tui.sandbox.box import Sandbox

ELSEWHERE = "aml-other"
"""A second workspace in the default subscription, made by `add_neighbour`."""


def principal_of(box: Sandbox, identity: str) -> str:
    """The object id of a user-assigned identity."""
    found = next(one for one in box.world.identities if one["name"] == identity)
    return str(found["properties"]["principalId"])


def document_of(box: Sandbox, name: str) -> dict[str, Any]:
    """A copy of a compute's document."""
    return copy.deepcopy(next(dict(one) for one in list(box.world.computes) if one["name"] == name))


def add_neighbour(box: Sandbox, like: str, name: str, workspace: str = "", identities: tuple[str, ...] = ()) -> None:
    """Attach a pool a second time, as another user would.

    Args:
        box: The simulated Azure.
        like: The compute whose Spark pool is attached.
        name: The new compute's name.
        workspace: The name of another workspace; empty for the same.
        identities: The user-assigned identities of the new compute; empty for those of the existing one.
    """
    document = document_of(box, like)
    default = box.world.default.workspace
    if workspace:
        home = next(copy.deepcopy(dict(one)) for one in box.world.aml_workspaces if one["name"] == default)
        home.update(id=home["id"].replace(default, workspace), name=workspace)
        box.world.aml_workspaces.put(home)
    document["id"] = (
        document["id"]
        .replace(f"/computes/{like}", f"/computes/{name}")
        .replace(f"/workspaces/{default}/", f"/workspaces/{workspace or default}/")
    )
    document["name"] = name
    if identities:
        documents = {one["id"]: one for one in box.world.identities if one["name"] in identities}
        document["identity"] = {
            "type": "UserAssigned",
            "userAssignedIdentities": {
                arm_id: {
                    "principalId": one["properties"]["principalId"],
                    "clientId": one["properties"]["clientId"],
                }
                for arm_id, one in documents.items()
            },
        }
    box.world.computes.put(document)


def holders(box: Sandbox, pool: str) -> set[str]:
    """The object ids of the principals that hold a role on a Spark pool of syn-prod."""
    scope = f"workspaces/syn-prod/bigDataPools/{pool}"
    return {one["principalId"] for one in box.world.roles.of("syn-prod") if one["scope"] == scope}
