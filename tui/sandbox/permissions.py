"""The Azure roles of the signed-in user on a resource, as Resource Manager reports them (documentation)."""

from collections.abc import Mapping

from tui.sandbox import names
from tui.sandbox.http import Response, json_response
from tui.sandbox.routing import Call, Route
from tui.sandbox.world import World


class Permissions:
    """The caller's permissions on an AML workspace: an owner's, without what the world denies."""

    api_versions = frozenset({"2015-07-01", "2018-07-01", "2022-04-01"})

    def __init__(self, world: World) -> None:
        self.headers: Mapping[str, str] = {}
        self._world = world
        workspace = (
            f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{names.AML}/workspaces/{{name}}"
        )
        self.routes = (Route(f"{workspace}/providers/Microsoft.Authorization/permissions", {"GET": self._list}),)

    def _list(self, call: Call) -> Response:
        del call
        permission = {
            "actions": ["*"],
            "notActions": sorted(self._world.denied),
            "dataActions": [],
            "notDataActions": [],
        }
        return json_response(200, {"value": [permission]})
