"""User-assigned identities behind Resource Manager."""

from collections.abc import Mapping

from tui.sandbox import names, versions
from tui.sandbox.errors import resource_not_found
from tui.sandbox.http import Response, json_response
from tui.sandbox.routing import Call, Route, page
from tui.sandbox.world import World

TYPE = f"{names.MSI}/userAssignedIdentities"


class ManagedIdentities:
    """The managed-identity resource provider."""

    api_versions = versions.MSI

    def __init__(self, world: World, page_size: int) -> None:
        self.headers: Mapping[str, str] = {}
        self._world = world
        self._page_size = page_size
        in_group = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{TYPE}"
        self.routes = (
            Route(f"{in_group}/{{identity}}", {"GET": self._get}),
            Route(in_group, {"GET": self._list}),
            Route(f"/subscriptions/{{subscription}}/providers/{TYPE}", {"GET": self._list}),
        )

    def _list(self, call: Call) -> Response:
        scope = call.request.path.lower().split("/providers/")[0]
        return page(call, self._world.identities.under(scope), self._page_size)

    def _get(self, call: Call) -> Response:
        found = call.names
        identity = self._world.identities.get(
            names.identity_id(found["subscription"], found["group"], found["identity"])
        )
        if identity is not None:
            return json_response(200, identity)
        return resource_not_found(f"{TYPE}/{found['identity']}", found["group"])
