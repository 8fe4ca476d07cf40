"""Azure Machine Learning behind Resource Manager: workspaces, computes and their operations."""

import copy
import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from tui.sandbox import errors, names, versions
from tui.sandbox.choices import Choices
from tui.sandbox.clock import Clock
from tui.sandbox.compute_endings import end_on_compute
from tui.sandbox.compute_requests import Refusal, asked_of, read_compute, read_scale_settings
from tui.sandbox.echo import shown
from tui.sandbox.faults import Outcome
from tui.sandbox.http import Document, Response, empty_response, json_response
from tui.sandbox.managed_computes import backing_cluster, in_the_making
from tui.sandbox.operations import Finish, Operation, Operations
from tui.sandbox.routing import Call, Route, page
from tui.sandbox.world import World

COMPUTE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,14}[A-Za-z0-9]")

BAD_NAME = (
    "Compute name is invalid. It can include letters, digits and dashes. It must start with a letter, end with a "
    "letter or digit, and be between 2 and 16 characters in length"
)
"""The service's own sentence, as quoted in a public issue about another compute type."""

CERTIFICATE_LENGTH = 2600
"""The poll URL has carried a signing certificate of about this length since 2025 (recorded)."""

IN_GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{names.AML}"
IN_SUBSCRIPTION = f"/subscriptions/{{subscription}}/providers/{names.AML}"


class MachineLearning:
    """The machine-learning service.

    `choices` decides where Azure's behaviour is unrecorded. `page_size` is the number of items on one page of a list.
    """

    api_versions = versions.AML

    def __init__(
        self,
        world: World,
        clock: Clock,
        choices: Choices,
        operations: Operations,
        page_size: int,
        identity_seconds: float = 0.0,
    ) -> None:
        self.headers: Mapping[str, str] = {"x-ms-response-type": "standard", "x-request-time": "0.036"}
        self._world = world
        self._clock = clock
        self._choices = choices
        self._operations = operations
        self._page_size = page_size
        one_compute = {
            "GET": self._get_compute,
            "PUT": self._put_compute,
            "PATCH": self._patch_compute,
            "DELETE": self._delete_compute,
        }
        self.routes = (
            Route(f"{IN_GROUP}/workspaces/{{workspace}}/computes/{{compute}}", one_compute),
            Route(f"{IN_GROUP}/workspaces/{{workspace}}/computes", {"GET": self._list_computes}),
            Route(f"{IN_GROUP}/workspaces/{{workspace}}", {"GET": self._get_workspace}),
            Route(f"{IN_GROUP}/workspaces", {"GET": self._list_workspaces}),
            Route(f"{IN_SUBSCRIPTION}/workspaces", {"GET": self._list_workspaces}),
            Route(
                f"{IN_SUBSCRIPTION}/locations/{{location}}/computeOperationsStatus/{{operation}}",
                {"GET": self._get_operation},
            ),
        )

    def _list_workspaces(self, call: Call) -> Response:
        scope = call.request.path.lower().split("/providers/")[0]
        return page(call, self._world.aml_workspaces.under(scope), self._page_size)

    def _get_workspace(self, call: Call) -> Response:
        workspace = self._workspace(call)
        return json_response(200, workspace) if workspace else _no_workspace(call)

    def _list_computes(self, call: Call) -> Response:
        workspace = self._workspace(call)
        if workspace is None:
            return _no_workspace(call)
        computes = [self._shown(compute) for compute in self._world.computes.under(workspace["id"])]
        return page(call, computes, self._page_size)

    def _get_compute(self, call: Call) -> Response:
        if self._workspace(call) is None:
            return _no_workspace(call)
        compute = self._compute(call)
        # A missing compute has neither body nor envelope (recorded three times).
        return empty_response(404) if compute is None else json_response(200, self._shown(compute))

    def _put_compute(self, call: Call) -> Response:
        workspace = self._workspace(call)
        if workspace is None:
            return _no_workspace(call)
        if not COMPUTE_NAME.fullmatch(call.names["compute"]):
            return self._refuse(400, BAD_NAME, "BadArgument", "ArgumentInvalid")
        existing = self._compute(call)
        arm_id = existing["id"] if existing else f"{workspace['id']}/computes/{call.names['compute']}"
        if self._operations.running_on(arm_id):
            return self._busy(call)
        compute = read_compute(call.request, arm_id, existing, self._world, self._choices)
        if isinstance(compute, Refusal):
            return self._refuse(400, compute.message, *compute.inner)
        moment = names.offset_time(self._clock.now())
        compute["properties"]["modifiedOn"] = moment
        compute["properties"].setdefault("createdOn", moment)
        self._world.computes.put(compute)
        asked = asked_of(call.request.json())
        operation = self._operations.start("put", arm_id, call.outcome or self._doom(compute), self._ending(asked))
        # 201 also for an existing compute (every recording), whatever the specification says.
        is_spark = compute["properties"]["computeType"] == "SynapseSpark"
        return self._accepted(call, operation, self._choices.attach_status if is_spark else 201, self._known(compute))

    def _patch_compute(self, call: Call) -> Response:
        if self._workspace(call) is None:
            return _no_workspace(call)
        compute = self._compute(call)
        if compute is None:
            return empty_response(404)
        if self._operations.running_on(compute["id"]):
            return self._busy(call)
        scaled = read_scale_settings(call.request, compute)
        if isinstance(scaled, Refusal):
            return self._refuse(400, scaled.message, *scaled.inner)
        compute = copy.deepcopy(compute)
        properties = compute["properties"]
        asked = {**properties["properties"], "scaleSettings": scaled}
        properties["properties"] = in_the_making("AmlCompute", asked)
        properties["resourceId"] = backing_cluster(compute["id"])
        properties["provisioningState"] = "Updating"
        properties["modifiedOn"] = names.offset_time(self._clock.now())
        self._world.computes.put(compute)
        operation = self._operations.start("patch", compute["id"], call.outcome, self._ending(asked))
        return self._accepted(call, operation, 202, compute)

    def _delete_compute(self, call: Call) -> Response:
        if self._workspace(call) is None:
            return _no_workspace(call)
        action = call.request.query.get("underlyingresourceaction", "")
        if action.lower() not in {"delete", "detach"}:
            message = f"The value '{action}' of the required parameter 'underlyingResourceAction' is invalid."
            return self._refuse(400, message, "BadArgument", "ArgumentInvalid")
        compute = self._compute(call)
        if compute is None:
            return empty_response(self._choices.detach_missing)
        if self._operations.running_on(compute["id"]):
            return self._busy(call)
        compute = copy.deepcopy(compute)
        if compute["properties"] is not None:
            compute["properties"]["provisioningState"] = "Deleting"
        self._world.computes.put(compute)
        return self._accepted(call, self._operations.start("delete", compute["id"], call.outcome, self._ending()), 202)

    def _get_operation(self, call: Call) -> Response:
        operation = self._operations.find(call.names["operation"], names.AML)
        if operation is None:
            return self._refuse(404, f"Could not find operation {call.names['operation']}.", "NotFoundError")
        if operation.has_removed and self._choices.poll_after_detach == "404":
            return empty_response(404)
        if operation.ended and operation.outcome.forgotten:
            return self._refuse(404, f"Could not find operation {call.names['operation']}.", "NotFoundError")
        status = operation.status(self._choices)
        complete = {"percentComplete": 100.0} if status["status"] == "Succeeded" else {}
        return json_response(200, {**status, **complete})

    def _ending(self, asked: Mapping[str, object] = MappingProxyType({})) -> Finish:
        return partial(end_on_compute, world=self._world, choices=self._choices, asked=asked)

    def _workspace(self, call: Call) -> Document | None:
        found = call.names
        return self._world.aml_workspaces.get(
            names.aml_workspace_id(found["subscription"], found["group"], found["workspace"])
        )

    def _compute(self, call: Call) -> Document | None:
        found = call.names
        return self._world.computes.get(
            names.compute_id(found["subscription"], found["group"], found["workspace"], found["compute"])
        )

    def _shown(self, compute: Document) -> Document:
        return shown(self._known(compute), self._world, self._choices)

    def _known(self, compute: Document) -> Document:
        """The compute without the principal of an identity that is too new to be shown."""
        principal = (compute.get("identity") or {}).get("principalId")
        if not principal or self._world.is_older(
            principal, self._clock.monotonic() - self._choices.identity_shown_after
        ):
            return compute
        identity = {name: value for name, value in compute["identity"].items() if name != "principalId"}
        return {**compute, "identity": identity}

    def _doom(self, compute: Document) -> Outcome | None:
        """How the attach must end if its pool is missing and only the operation finds out."""
        properties = compute["properties"]
        if properties["computeType"] != "SynapseSpark" or self._world.spark_pools.get(properties["resourceId"]):
            return None
        return Outcome("Failed", "NotFound", f"The Spark pool '{properties['resourceId']}' was not found.")

    def _accepted(self, call: Call, operation: Operation, status: int, compute: Document | None = None) -> Response:
        """The answer to a write: Azure-AsyncOperation alone, neither Location nor Retry-After (recorded)."""
        location = self._workspace_location(call)
        signed = operation.operation_id
        url = (
            f"{call.request.origin}/subscriptions/{call.names['subscription']}/providers/{names.AML}"
            f"/locations/{location}/computeOperationsStatus/{signed}?api-version={call.api_version}&service=new"
            f"&t={names.ticks(self._clock.now())}&c={names.opaque(CERTIFICATE_LENGTH, signed, 'c')}"
            f"&s={names.opaque(342, signed, 's')}&h={names.opaque(43, signed, 'h')}"
        )
        headers = {"Azure-AsyncOperation": url}
        return empty_response(status, headers) if compute is None else json_response(status, compute, headers)

    def _workspace_location(self, call: Call) -> str:
        workspace = self._workspace(call)
        return workspace["location"] if workspace else errors.REGION

    def _busy(self, call: Call) -> Response:
        """The 409 for a second write on a compute (unrecorded: chosen)."""
        message = f"An operation is already in progress on compute {call.names['compute']}. Please try again later."
        return self._refuse(409, message, "Conflict", "OperationInProgress")

    def _refuse(self, status: int, message: str, *inner: str) -> Response:
        return errors.aml_error(status, message, moment=self._clock.now(), inner=inner)


def _no_workspace(call: Call) -> Response:
    return errors.resource_not_found(f"{names.AML}/workspaces/{call.names['workspace']}", call.names["group"])
