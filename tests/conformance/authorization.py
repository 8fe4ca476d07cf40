"""Puts a sandbox's Azure roles and locks into the state that a recorded exchange shows."""

import re
from collections.abc import Sequence

from tests.conformance.making import azure_role_assignment
from tests.conformance.recordings import Exchange
from tui.sandbox import azure_roles
from tui.sandbox.azure_role_assignments import AzureGrant
from tui.sandbox.clock import START
from tui.sandbox.locks import lock
from tui.sandbox.names import USER_OBJECT_ID
from tui.sandbox.scopes import ROOT
from tui.sandbox.world import World

OWNER = AzureGrant(USER_OBJECT_ID, ROOT, azure_roles.OWNER, "User").document(START)
"""The role that lets the caller write; lists were recorded without it."""

_LOCKED = re.compile(r"are locked: '([^']+)'")


def arrange_authorization(world: World, operation: str, exchange: Exchange, recording: Sequence[Exchange]) -> None:
    """Arrange the roles and locks for one exchange; other operations need none."""
    if operation in ("azure role grant", "azure role removal", "lock"):
        world.azure_roles.put(OWNER)
    else:
        world.azure_roles.remove(OWNER["id"])
    match operation:
        case "azure role grant":
            _before_grant(world, exchange)
        case "permissions":
            _hold(world, exchange)
        case "delete resource group":
            found = _LOCKED.search(exchange.body["error"]["message"])
            assert found, exchange
            world.locks.put(lock(found[1], "recorded", "CanNotDelete"))
        case "azure role assignment" | "azure role removal":
            earlier = [one for one in recording[: exchange.index] if one.path == exchange.path and one.status == 201]
            assert earlier, f"{exchange} concerns an assignment that nothing in the recording makes."
            if world.azure_roles.get(exchange.path) is None:  # it was cut from a list in between
                world.azure_roles.put(azure_role_assignment(earlier[-1].body))


def _before_grant(world: World, exchange: Exchange) -> None:
    """Make the principal known, or unknown, or the holder of the same role by another assignment."""
    sent = exchange.sent["properties"]
    principal = sent["principalId"].lower()
    world.directory.pop(principal, None)
    if exchange.status == 201:
        world.directory[principal] = exchange.body["properties"]["principalType"]
    elif exchange.status == 409:
        world.directory[principal] = "ServicePrincipal"
        scope, role = exchange.path.rpartition("/providers/")[0], sent["roleDefinitionId"].rpartition("/")[2]
        world.azure_roles.put(AzureGrant(principal, scope, role).document(START))


def _hold(world: World, exchange: Exchange) -> None:
    """Give the caller the roles of the recorded permissions; only Contributor leaves out what the recorded one does."""
    world.azure_roles.remove(OWNER["id"])
    scope = exchange.path.rpartition("/providers/")[0]
    for assignment in list(world.azure_roles):
        world.azure_roles.remove(assignment["id"])
    for permission in exchange.body["value"]:
        role = azure_roles.CONTRIBUTOR if permission["notActions"] else azure_roles.OWNER
        world.azure_roles.put(AzureGrant(USER_OBJECT_ID, scope, role, "User").document(START))
