"""The workspaces of Azure Synapse behind Resource Manager, read-only because the product only reads them."""

from collections.abc import Mapping

from tui.sandbox import names, versions
from tui.sandbox.errors import resource_not_found
from tui.sandbox.http import Document, Response, json_response
from tui.sandbox.planes import dev_endpoint
from tui.sandbox.routing import Call, Route, page
from tui.sandbox.world import World

IN_GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{names.SYNAPSE}"
IN_SUBSCRIPTION = f"/subscriptions/{{subscription}}/providers/{names.SYNAPSE}"

HEADERS: Mapping[str, str] = {"server": "Microsoft-HTTPAPI/2.0"}
"""What the resource provider adds to each response (recorded)."""


class Synapse:
    """The workspaces of the Synapse resource provider."""

    api_versions = versions.SYNAPSE

    def __init__(self, world: World, page_size: int) -> None:
        self.headers: Mapping[str, str] = HEADERS
        self._world = world
        self._page_size = page_size
        self.routes = (
            Route(f"{IN_GROUP}/workspaces/{{workspace}}", {"GET": self._get_workspace}),
            Route(f"{IN_GROUP}/workspaces", {"GET": self._list_workspaces}),
            Route(f"{IN_SUBSCRIPTION}/workspaces", {"GET": self._list_workspaces}),
        )

    def _list_workspaces(self, call: Call) -> Response:
        scope = call.request.path.lower().split("/providers/")[0]
        found = [_shown(call, workspace) for workspace in self._world.synapse_workspaces.under(scope)]
        return page(call, found, self._page_size)

    def _get_workspace(self, call: Call) -> Response:
        workspace = self._world.synapse_workspaces.get(workspace_id(call))
        return json_response(200, _shown(call, workspace)) if workspace else no_workspace(call)


def workspace_id(call: Call) -> str:
    """The ARM id of the requested Synapse workspace."""
    return names.synapse_workspace_id(call.names["subscription"], call.names["group"], call.names["workspace"])


def _shown(call: Call, workspace: Document) -> Document:
    """The workspace with an address of its data plane that this caller can reach."""
    properties = workspace["properties"]
    endpoints = properties["connectivityEndpoints"] | {"dev": dev_endpoint(call.request, workspace["name"])}
    return {**workspace, "properties": {**properties, "connectivityEndpoints": endpoints}}


def no_workspace(call: Call) -> Response:
    """The 404 for a missing Synapse workspace (recorded)."""
    return resource_not_found(f"{names.SYNAPSE}/workspaces/{call.names['workspace']}", call.names["group"])
