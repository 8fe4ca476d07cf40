"""Azure Synapse behind Resource Manager: workspaces and Spark pools, read-only because the product only reads them."""

from collections.abc import Mapping

from tui.sandbox import names, versions
from tui.sandbox.errors import resource_not_found
from tui.sandbox.http import Document, Response, json_response
from tui.sandbox.planes import dev_endpoint
from tui.sandbox.routing import Call, Route, page
from tui.sandbox.world import World

IN_GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{names.SYNAPSE}"
IN_SUBSCRIPTION = f"/subscriptions/{{subscription}}/providers/{names.SYNAPSE}"


class Synapse:
    """The Synapse resource provider."""

    api_versions = versions.SYNAPSE

    def __init__(self, world: World, page_size: int) -> None:
        self.headers: Mapping[str, str] = {"server": "Microsoft-HTTPAPI/2.0"}
        self._world = world
        self._page_size = page_size
        self.routes = (
            Route(f"{IN_GROUP}/workspaces/{{workspace}}/bigDataPools/{{pool}}", {"GET": self._get_pool}),
            Route(f"{IN_GROUP}/workspaces/{{workspace}}/bigDataPools", {"GET": self._list_pools}),
            Route(f"{IN_GROUP}/workspaces/{{workspace}}", {"GET": self._get_workspace}),
            Route(f"{IN_GROUP}/workspaces", {"GET": self._list_workspaces}),
            Route(f"{IN_SUBSCRIPTION}/workspaces", {"GET": self._list_workspaces}),
        )

    def _list_workspaces(self, call: Call) -> Response:
        scope = call.request.path.lower().split("/providers/")[0]
        found = [_shown(call, workspace) for workspace in self._world.synapse_workspaces.under(scope)]
        return page(call, found, self._page_size)

    def _get_workspace(self, call: Call) -> Response:
        workspace = self._world.synapse_workspaces.get(_workspace_id(call))
        return json_response(200, _shown(call, workspace)) if workspace else _no_workspace(call)

    def _list_pools(self, call: Call) -> Response:
        if self._world.synapse_workspaces.get(_workspace_id(call)) is None:
            return _no_workspace(call)
        return page(call, self._world.spark_pools.under(_workspace_id(call)), self._page_size)

    def _get_pool(self, call: Call) -> Response:
        found = call.names
        pool = self._world.spark_pools.get(f"{_workspace_id(call)}/bigDataPools/{found['pool']}")
        if pool is not None:
            return json_response(200, pool)
        kind_and_name = f"{names.SYNAPSE}/workspaces/{found['workspace']}/bigDataPools/{found['pool']}"
        return resource_not_found(kind_and_name, found["group"])


def _workspace_id(call: Call) -> str:
    return names.synapse_workspace_id(call.names["subscription"], call.names["group"], call.names["workspace"])


def _shown(call: Call, workspace: Document) -> Document:
    """The workspace with an address of its data plane that this caller can reach."""
    properties = workspace["properties"]
    endpoints = properties["connectivityEndpoints"] | {"dev": dev_endpoint(call.request, workspace["name"])}
    return {**workspace, "properties": {**properties, "connectivityEndpoints": endpoints}}


def _no_workspace(call: Call) -> Response:
    return resource_not_found(f"{names.SYNAPSE}/workspaces/{call.names['workspace']}", call.names["group"])
