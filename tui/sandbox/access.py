"""What a caller's Azure roles allow, and whether they allow a request to Microsoft.Authorization."""

from collections.abc import Iterable, Iterator, Mapping

from tui.sandbox import names
from tui.sandbox.actions import action_of, scope_of
from tui.sandbox.azure_role_assignments import reaching, role_of
from tui.sandbox.azure_roles import allows, built_in, matches
from tui.sandbox.errors import authorization_failed, resource_not_found
from tui.sandbox.http import Document, Response
from tui.sandbox.routing import Call
from tui.sandbox.world import ResourceCollection, World


def refusal(world: World, call: Call) -> Response | None:
    """Why the caller may not do this at the scope, or the scope's resource does not exist; None if neither.

    Whoever can see a subscription may read in it, except what the world denies.
    """
    action, scope = action_of(call.request), call.names["scope"]
    if call.request.method == "GET":
        may = not matches(world.denied, action)
    else:
        may = allows(permissions_of(world, call.caller.object_id, scope), action)
    if not may:
        return authorization_failed(action, scope_of(call.request), call.caller.name, call.caller.object_id)
    return missing(world, scope)


def permissions_of(world: World, object_id: str, scope: str) -> list[Document]:
    """What the principal may do at the scope: one entry for each role that it holds, itself or through a group.

    What the world denies to everyone is excluded from each.
    """
    who = {object_id.lower(), *world.groups_of(object_id)}
    held = (
        role_of(one) for one in reaching(world.azure_roles, scope) if one["properties"]["principalId"].lower() in who
    )
    return list(_permissions(dict.fromkeys(held), world.denied))


def _permissions(roles: Iterable[str], denied: Iterable[str]) -> Iterator[Document]:
    for role in roles:
        found = built_in().get(role)
        if found is not None:
            permission = found.permission
            permission["notActions"] += sorted(denied)
            yield permission


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
