"""The Azure roles of the signed-in user on a resource, as Resource Manager reports them (documentation)."""

from collections.abc import Mapping

from tui.sandbox import names
from tui.sandbox.http import Response, json_response
from tui.sandbox.routing import Call, Route
from tui.sandbox.world import World


class Permissions:
    """The caller's permissions on an AML or Synapse workspace: an owner's, without what the world denies."""

    api_versions = frozenset({"2015-07-01", "2018-07-01", "2022-04-01"})

    def __init__(self, world: World) -> None:
        self.headers: Mapping[str, str] = {}
        self._world = world
        in_group = "/subscriptions/{subscription}/resourceGroups/{group}/providers"
        self.routes = tuple(
            Route(
                f"{in_group}/{provider}/workspaces/{{name}}/providers/Microsoft.Authorization/permissions",
                {"GET": self._list},
            )
            for provider in (names.AML, names.SYNAPSE)
        )

    def _list(self, call: Call) -> Response:
        del call
        permission = {
            "actions": ["*"],
            "notActions": sorted(self._world.denied),
            "dataActions": [],
            "notDataActions": [],
        }
        return json_response(200, {"value": [permission]})
