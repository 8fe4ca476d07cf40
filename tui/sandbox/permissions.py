"""What a caller's Azure roles allow at a scope, as Resource Manager reports it (recorded)."""

from collections.abc import Mapping

from tui.sandbox.access import missing, permissions_of
from tui.sandbox.http import Response, json_response
from tui.sandbox.names import AUTHORIZATION
from tui.sandbox.routing import Call, Route
from tui.sandbox.world import World

WITHOUT_DATA = "2015-07-01"
"""The version whose permissions have no data actions (recorded)."""


class Permissions:
    """The caller's permissions at any scope: one entry for each role held there or above."""

    api_versions = frozenset({WITHOUT_DATA, "2018-01-01-preview", "2018-07-01", "2022-04-01"})

    def __init__(self, world: World) -> None:
        self.headers: Mapping[str, str] = {}
        self._world = world
        self.routes = (Route(f"{{scope*}}/providers/{AUTHORIZATION}/permissions", {"GET": self._list}),)

    def _list(self, call: Call) -> Response:
        refused = missing(self._world, call.names["scope"])
        if refused is not None:
            return refused
        found = permissions_of(self._world, call.caller.object_id, call.names["scope"])
        members = (
            "actions",
            "notActions",
            *(() if call.api_version == WITHOUT_DATA else ("dataActions", "notDataActions")),
        )
        return json_response(200, {"value": [{member: one[member] for member in members} for one in found]})
