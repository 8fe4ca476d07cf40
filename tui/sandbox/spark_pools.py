"""The Spark pools of Azure Synapse behind Resource Manager."""

import re
from collections.abc import Mapping
from datetime import datetime

from tui.sandbox import names, versions
from tui.sandbox.choices import Choices
from tui.sandbox.clock import Clock
from tui.sandbox.errors import arm_error, resource_not_found, spark_pool_invalid
from tui.sandbox.http import Document, Response, empty_response, json_response
from tui.sandbox.operations import Operation, Operations
from tui.sandbox.routing import Call, Route, page
from tui.sandbox.spark_pool_requests import RefusedError, read_spark_pool, read_tags
from tui.sandbox.synapse import HEADERS, IN_GROUP, no_workspace, workspace_id
from tui.sandbox.synapse_operations import location, status_link
from tui.sandbox.world import World

POOL_NAME = re.compile(r"[a-zA-Z][a-zA-Z\d]{0,14}", re.ASCII)

BAD_NAME = (
    "The name of a Spark pool can include letters and digits. It must start with a letter and be between 1 and 15 "
    "characters in length."
)
"""The rule is the documentation's; the sentence is chosen."""


class SparkPools:
    """The Spark pools of the Synapse resource provider.

    `choices` decides where Azure's behaviour is unrecorded. `page_size` is the number of items on one page of a list.
    """

    api_versions = versions.SYNAPSE

    def __init__(self, world: World, clock: Clock, choices: Choices, operations: Operations, page_size: int) -> None:
        self.headers: Mapping[str, str] = HEADERS
        self._world = world
        self._clock = clock
        self._choices = choices
        self._operations = operations
        self._page_size = page_size
        workspace = f"{IN_GROUP}/workspaces/{{workspace}}"
        one_pool = {"GET": self._get, "PUT": self._put, "PATCH": self._patch, "DELETE": self._delete}
        self.routes = (
            Route(f"{workspace}/bigDataPools/{{pool}}", one_pool),
            Route(f"{workspace}/bigDataPools", {"GET": self._list}),
        )

    def _list(self, call: Call) -> Response:
        workspace = self._workspace(call)
        if workspace is None:
            return no_workspace(call)
        return page(call, self._world.spark_pools.under(workspace["id"]), self._page_size)

    def _get(self, call: Call) -> Response:
        pool = self._pool(call)
        return json_response(200, pool) if pool else _no_pool(call)

    def _put(self, call: Call) -> Response:
        workspace = self._workspace(call)
        if workspace is None:
            return no_workspace(call)
        if not POOL_NAME.fullmatch(call.names["pool"]):
            return spark_pool_invalid("SparkPoolNameNotValid", BAD_NAME)
        existing = self._pool(call)
        arm_id = existing["id"] if existing else f"{workspace['id']}/bigDataPools/{call.names['pool']}"
        if self._is_busy(arm_id):
            return _busy(call)
        try:
            pool = read_spark_pool(call.request, arm_id, existing, self._clock.now())
        except RefusedError as refused:
            return refused.response
        self._world.spark_pools.put(pool)
        operation = self._operations.start("put", arm_id, call.outcome, self._end)
        return json_response(202, pool, {**status_link(call, operation), **location(call, operation)})

    def _patch(self, call: Call) -> Response:
        pool = self._pool(call)
        if pool is None:
            return _no_pool(call)
        if self._is_busy(pool["id"]):
            return _busy(call)
        try:
            changed = read_tags(call.request, pool)
        except RefusedError as refused:
            return refused.response
        self._world.spark_pools.put(changed)
        return json_response(200, changed)

    def _delete(self, call: Call) -> Response:
        if self._workspace(call) is None:
            return no_workspace(call)
        pool = self._pool(call)
        if pool is None:
            return Response(204)  # one of the specification's answers; which one is unrecorded
        if self._is_busy(pool["id"]):
            return _busy(call)
        self._show(pool, provisioningState="Deleting")
        operation = self._operations.start("delete", pool["id"], call.outcome, self._end)
        return empty_response(202, location(call, operation))

    def _end(self, operation: Operation, moment: datetime) -> None:
        """Remove the Spark pool, or show how the operation ended."""
        pool = self._world.spark_pools.get(operation.resource_id)
        if pool is None:
            return
        if operation.has_removed:
            self._world.spark_pools.remove(operation.resource_id)
        elif not self._operations.running_on(operation.resource_id):
            succeeded = operation.outcome.status == "Succeeded"
            shown = {"lastSucceededTimestamp": names.zulu_time(moment)} if succeeded else {}
            self._show(pool, provisioningState=operation.outcome.status, **shown)

    def _show(self, pool: Document, **properties: str) -> None:
        self._world.spark_pools.put({**pool, "properties": {**pool["properties"], **properties}})

    def _is_busy(self, arm_id: str) -> bool:
        return self._choices.pool_busy == "refused" and self._operations.running_on(arm_id) is not None

    def _workspace(self, call: Call) -> Document | None:
        return self._world.synapse_workspaces.get(workspace_id(call))

    def _pool(self, call: Call) -> Document | None:
        return self._world.spark_pools.get(f"{workspace_id(call)}/bigDataPools/{call.names['pool']}")


def _no_pool(call: Call) -> Response:
    kind_and_name = f"{names.SYNAPSE}/workspaces/{call.names['workspace']}/bigDataPools/{call.names['pool']}"
    return resource_not_found(kind_and_name, call.names["group"])


def _busy(call: Call) -> Response:
    """The 409 for a second write (unrecorded: chosen)."""
    message = f"An operation is already in progress on Spark pool {call.names['pool']}. Please try again later."
    return arm_error(409, "Conflict", message)
