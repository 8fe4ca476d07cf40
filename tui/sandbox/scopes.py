"""Scopes: what an Azure role, a lock or a permission is on, from a resource up to the whole tenant."""

from collections.abc import Mapping

from tui.sandbox import names
from tui.sandbox.errors import resource_not_found
from tui.sandbox.http import Response
from tui.sandbox.world import ResourceCollection, World

ROOT = "/"
"""The scope above all subscriptions, as Azure writes it (recorded)."""


def is_within(narrow: str, wide: str) -> bool:
    """Whether a scope is the wide one or below it, in any letter case."""
    return f"{narrow.lower().rstrip('/')}/".startswith(f"{wide.lower().rstrip('/')}/")


def depth(scope: str) -> int:
    """How far below the root a scope is."""
    return len([part for part in scope.split("/") if part])


def subscription_of(scope: str) -> str:
    """The ARM id of the scope's subscription, or empty at the root."""
    return "/".join(scope.split("/")[:3]) if scope.lower().startswith("/subscriptions/") else ""


def missing(world: World, scope: str) -> Response | None:
    """The 404 for a scope whose resource does not exist, or None.

    The sandbox knows only some types of resources: those of any other type exist. That Azure checks the resource is
    unrecorded: chosen.
    """
    at = scope.lower().find("/providers/")
    if at < 0:
        return None
    before, (namespace, *inner) = scope[:at], scope[at + len("/providers/") :].split("/")
    known = _collections(world)
    for end in range(2, len(inner) + 1, 2):
        collection = known.get("/".join([namespace, *inner[0:end:2]]).lower())
        arm_id = f"{before}/providers/{'/'.join([namespace, *inner[:end]])}"
        if collection is not None and collection.get(arm_id) is None:
            return resource_not_found("/".join([namespace, *inner[:end]]), before.rpartition("/")[2])
    return None


def _collections(world: World) -> Mapping[str, ResourceCollection]:
    """The resources of each type that the sandbox knows, by the type in lower case."""
    found = {
        f"{names.AML}/workspaces": world.aml_workspaces,
        f"{names.AML}/workspaces/computes": world.computes,
        f"{names.SYNAPSE}/workspaces": world.synapse_workspaces,
        f"{names.SYNAPSE}/workspaces/bigDataPools": world.spark_pools,
        f"{names.MSI}/userAssignedIdentities": world.identities,
        f"{names.STORAGE}/storageAccounts": world.storage_accounts,
    }
    return {kind.lower(): collection for kind, collection in found.items()}
