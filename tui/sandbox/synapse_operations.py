"""The long-running operations on what Synapse workspaces contain: how they are announced, polled and read."""

from collections.abc import Mapping

from tui.sandbox import names, versions
from tui.sandbox.choices import Choices
from tui.sandbox.errors import arm_error
from tui.sandbox.http import Document, Response, empty_response, json_response
from tui.sandbox.operations import Operation, Operations
from tui.sandbox.routing import Call, Route
from tui.sandbox.synapse import HEADERS, IN_GROUP, workspace_id
from tui.sandbox.world import World

FOR_BROWSERS = {"Access-Control-Allow-Headers": "Location", "Access-Control-Expose-Headers": "Location"}
"""What accompanies every `Location` (recorded)."""

FAILED_RESULT = 409
"""The status of the result of a failed operation (unrecorded: chosen, because clients repeat a request after a 5xx)."""


class SynapseOperations:
    """The status and the result of each operation on a Spark pool or a firewall rule."""

    api_versions = versions.SYNAPSE

    def __init__(self, world: World, choices: Choices, operations: Operations) -> None:
        self.headers: Mapping[str, str] = HEADERS
        self._world = world
        self._choices = choices
        self._operations = operations
        workspace = f"{IN_GROUP}/workspaces/{{workspace}}"
        self.routes = (
            Route(f"{workspace}/operationStatuses/{{operation}}", {"GET": self._get_status}),
            Route(f"{workspace}/operationResults/{{operation}}", {"GET": self._get_result}),
        )

    def _get_status(self, call: Call) -> Response:
        operation = self._operation(call)
        if operation is None:
            return empty_response(404)  # without a body (specification)
        return json_response(200, operation.status(self._choices))

    def _get_result(self, call: Call) -> Response:
        """What an operation leads to: recorded for a deletion, and for the write of a firewall rule."""
        operation = self._operation(call)
        if operation is None:
            # Its error is the specification's; code and sentence are chosen.
            return arm_error(404, "OperationNotFound", f"The operation '{call.names['operation']}' was not found.")
        if not operation.ended:
            return empty_response(202, location(call, operation))
        if operation.outcome.status != "Succeeded":
            return arm_error(FAILED_RESULT, **operation.error())
        written = self._written(operation)
        # Without a Content-Length (recorded).
        return Response(204) if operation.has_removed or written is None else json_response(200, written)

    def _written(self, operation: Operation) -> Document | None:
        """The resource that the operation has written, if it still exists."""
        collections = (self._world.spark_pools, self._world.firewall_rules)
        found = (collection.get(operation.resource_id) for collection in collections)
        return next((document for document in found if document is not None), None)

    def _operation(self, call: Call) -> Operation | None:
        """The operation on something in the workspace, unless it is forgotten."""
        found = self._operations.find(call.names["operation"], names.SYNAPSE)
        if found is None or (found.ended and found.outcome.forgotten):
            return None
        is_below = found.resource_id.lower().startswith(f"{workspace_id(call)}/".lower())
        return found if is_below else None


def status_link(call: Call, operation: Operation) -> Mapping[str, str]:
    """The header that leads to the status of an operation."""
    return {"Azure-AsyncOperation": _link(call, "operationStatuses", operation)}


def location(call: Call, operation: Operation) -> Mapping[str, str]:
    """The headers that lead to the result of an operation."""
    return {"Location": _link(call, "operationResults", operation), **FOR_BROWSERS}


def _link(call: Call, kind: str, operation: Operation) -> str:
    """The address of the operation, on the host that was asked."""
    workspace = "/".join(operation.resource_id.split("/")[:9])
    return f"{call.request.origin}{workspace}/{kind}/{operation.operation_id}?api-version={call.api_version}"
