"""The managed private endpoints of Synapse workspaces, on their data plane."""

import json
from collections.abc import Callable
from datetime import datetime

from tui.sandbox import documents, names
from tui.sandbox.clock import Clock
from tui.sandbox.errors import arm_error
from tui.sandbox.http import Document, Request, Response, empty_response, json_response
from tui.sandbox.operations import Operation, Operations
from tui.sandbox.planes import LOOPBACK, dev_endpoint
from tui.sandbox.routing import Call, Route
from tui.sandbox.synapse_operations import FOR_BROWSERS
from tui.sandbox.synapse_roles import READ
from tui.sandbox.world import World

WRITE = f"{names.SYNAPSE}/workspaces/managedPrivateEndpoints/write"
DELETE = f"{names.SYNAPSE}/workspaces/managedPrivateEndpoints/delete"

May = Callable[[Call, str, str], None]
"""Refuses a call unless the caller's Synapse roles allow an action at a scope."""


class PrivateEndpoints:
    """The managed private endpoints of all Synapse workspaces; codes and sentences of refusals are chosen.

    A new one waits for the approval of its target's owner, which tests give as another user would.

    Args:
        world: Holds the endpoints.
        clock: The time.
        operations: Creates and deletes them after a while.
        may: Checks what the caller may do; reading needs any Synapse role (documentation).
        page_size: The number of items on one page of a list.
    """

    def __init__(self, world: World, clock: Clock, operations: Operations, may: May, page_size: int) -> None:
        self._world = world
        self._clock = clock
        self._operations = operations
        self._may = may
        self._page_size = page_size
        endpoints = "/managedVirtualNetworks/{network}/managedPrivateEndpoints"
        self.routes = (
            Route(f"{endpoints}/{{endpoint}}", {"GET": self._get, "PUT": self._put, "DELETE": self._delete}),
            Route(endpoints, {"GET": self._list}),
        )

    def _list(self, call: Call) -> Response:
        self._check(call, READ)
        found = self._world.private_endpoints.under(self._network_id(call))
        skipped = call.request.query.get("$skip", "0")
        start = int(skipped) if skipped.isdecimal() and len(skipped) < 10 else 0
        end = start + self._page_size
        document: Document = {"value": found[start:end]}
        if end < len(found):
            link = f"{_base(call)}{call.request.path}?api-version={call.api_version}&$skip={end}"
            document["nextLink"] = link
        return json_response(200, document)

    def _get(self, call: Call) -> Response:
        self._check(call, READ)
        endpoint = self._endpoint(call)
        return json_response(200, endpoint) if endpoint else self._no_endpoint(call)

    def _put(self, call: Call) -> Response:
        self._check(call, WRITE)
        if not self._workspace(call)["properties"].get("managedVirtualNetwork"):
            message = f"The workspace '{call.names['workspace']}' has no managed virtual network."
            return arm_error(400, "ManagedVirtualNetworkNotFound", message)
        sent = _properties(call.request)
        if sent is None:
            return arm_error(400, "InvalidRequest", "'privateLinkResourceId' and 'groupId' are required.")
        arm_id = f"{self._network_id(call)}/managedPrivateEndpoints/{call.names['endpoint']}"
        endpoint = documents.private_endpoint(arm_id, *sent)
        self._world.private_endpoints.put(endpoint)
        self._operations.start("put", arm_id, None, self._end)
        here = f"{_base(call)}{call.request.path}?api-version={call.api_version}"
        return json_response(200, endpoint, {"Location": here, **FOR_BROWSERS})

    def _delete(self, call: Call) -> Response:
        self._check(call, DELETE)
        endpoint = self._endpoint(call)
        if endpoint is None:
            return empty_response(204)
        if endpoint["properties"]["isReserved"]:
            message = f"The endpoint '{endpoint['name']}' is reserved and cannot be deleted."
            return arm_error(400, "ReservedPrivateEndpoint", message)
        self._operations.start("delete", endpoint["id"], None, self._end)
        return empty_response(202)

    def _end(self, operation: Operation, _: datetime) -> None:
        """Remove the endpoint, or leave it waiting for approval (recorded)."""
        endpoint = self._world.private_endpoints.get(operation.resource_id)
        if endpoint is None:
            return
        if operation.has_removed:
            self._world.private_endpoints.remove(operation.resource_id)
        else:
            shown = {"provisioningState": "Succeeded", "connectionState": documents.PENDING}
            self._world.private_endpoints.put({**endpoint, "properties": {**endpoint["properties"], **shown}})

    def _check(self, call: Call, action: str) -> None:
        scope = f"workspaces/{call.names['workspace']}"
        self._may(call, action, f"{scope}/*" if action == READ else scope)

    def _workspace(self, call: Call) -> Document:
        return self._world.synapse_workspace_named(call.names["workspace"]) or {"id": "", "properties": {}}

    def _network_id(self, call: Call) -> str:
        return f"{self._workspace(call)['id']}/managedVirtualNetworks/{call.names['network']}"

    def _endpoint(self, call: Call) -> Document | None:
        arm_id = f"{self._network_id(call)}/managedPrivateEndpoints/{call.names['endpoint']}"
        return self._world.private_endpoints.get(arm_id)

    def _no_endpoint(self, call: Call) -> Response:
        """The 404 for a missing one: its message is JSON, with a .NET stack trace (recorded)."""
        name = call.names["endpoint"]
        words = f"PrivateEndpoint has been deleted: ReferenceName={name}."
        trace = "\r\n".join([f"Sandbox.NetworkServiceException: {words}", *["   at Sandbox.NetworkService.Get()"] * 40])
        inner = {
            "CorrelationId": "",
            "StatusCode": 404,
            "Message": f"Resource not found: Message={words}",
            "ExceptionDetail": trace,
            "ErrorType": "PrivateEndpointNotFound",
            "ErrorNumber": 2145,
            "ErrorOn": names.offset_time(self._clock.now()),
        }
        return arm_error(404, "UnknownError", json.dumps(inner))


def _base(call: Call) -> str:
    """The address of the data plane on the host that was asked."""
    request = call.request
    return dev_endpoint(request, call.names["workspace"]) if request.host in LOOPBACK else request.origin


def _properties(request: Request) -> tuple[str, str, list[str]] | None:
    """The target, its part and its names that the body gives; None if it lacks something."""
    try:
        sent = request.json()
    except ValueError:
        return None
    told = sent.get("properties") if isinstance(sent, dict) else None
    if not isinstance(told, dict):
        return None
    target, group = told.get("privateLinkResourceId"), told.get("groupId")
    if not isinstance(target, str) or not target or not isinstance(group, str):
        return None
    fqdns = told.get("fqdns")
    return target, group, fqdns if isinstance(fqdns, list) else []
