"""Whether a caller's Azure roles allow a request to Microsoft.Authorization."""

from tui.sandbox.actions import action_of, scope_of
from tui.sandbox.azure_role_assignments import permissions_of
from tui.sandbox.azure_roles import allows, matches
from tui.sandbox.errors import authorization_failed
from tui.sandbox.http import Response
from tui.sandbox.routing import Call
from tui.sandbox.scopes import missing
from tui.sandbox.world import World


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
