"""Azure's refusals: Azure Resource Manager's envelope and the machine-learning service's own."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tui.sandbox.http import Document, Response, json_response
from tui.sandbox.names import USER_NAME, USER_OBJECT_ID, guid, offset_time

REGION = "eastus2"
"""Where the machine-learning service says that its errors happened."""

FROM_GATEWAY = {"x-ms-failure-cause": "gateway"}
"""Marks answers that Resource Manager gave without asking the service (recorded)."""


def arm_error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error in Azure Resource Manager's envelope (recorded)."""
    return json_response(status, {"error": {"code": code, "message": message}}, headers)


def resource_not_found(kind_and_name: str, group: str) -> Response:
    """The 404 for a resource that is missing from its group (recorded).

    `kind_and_name` is quoted in the message, such as `Microsoft.Synapse/workspaces/syn`.
    """
    return arm_error(
        404,
        "ResourceNotFound",
        f"The Resource '{kind_and_name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        FROM_GATEWAY,
    )


def subscription_not_found(subscription_id: str) -> Response:
    """The 404 for a subscription that the caller cannot see (unrecorded: chosen)."""
    message = f"The subscription '{subscription_id}' could not be found."
    return arm_error(404, "SubscriptionNotFound", message, FROM_GATEWAY)


def authorization_failed(action: str, scope: str, name: str = USER_NAME, object_id: str = USER_OBJECT_ID) -> Response:
    """The 403 for an action that the caller's Azure roles do not allow (recorded)."""
    return arm_error(
        403,
        "AuthorizationFailed",
        f"The client '{name}' with object id '{object_id}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
        FROM_GATEWAY,
    )


def spark_pool_invalid(code: str, message: str) -> Response:
    """The 400 for a Spark pool that cannot be as requested, with the reason in its details (quoted in issues)."""
    error: Document = {
        "code": "ValidationFailed",
        "message": "Spark pool request validation failed.",
        "details": [{"code": code, "message": message}],
    }
    return json_response(400, {"error": error})


def synapse_unauthorized(object_id: str, action: str, scope: str) -> Response:
    """The data plane's 403 for an action that the caller's Synapse roles do not allow (quoted in an issue).

    Its code is Unauthorized although its status is 403.
    """
    message = (
        f"The principal '{object_id}' does not have the required Synapse RBAC permission to perform this action. "
        f"Required permission: Action: {action}, Scope: {scope}."
    )
    return arm_error(403, "Unauthorized", message)


def too_many_requests(action: str, seconds: int, headers: Mapping[str, str]) -> Response:
    """Resource Manager's 429 for an action (recorded)."""
    message = (
        f"Number of requests for action '{action}' exceeded the limit of '150' for time interval '01:00:00'. "
        f"Please try again after '{seconds}' seconds."
    )
    return arm_error(429, "ResourceRequestsThrottled", message, {**FROM_GATEWAY, **headers})


def aml_error(
    status: int, message: str, *, moment: datetime, code: str = "UserError", inner: Sequence[str] = ()
) -> Response:
    """An error in the machine-learning service's envelope (recorded).

    The outer code is `UserError` for nearly everything, including throttling; `inner` are the codes inside, outermost
    first.
    """
    operation = guid("error", status, message, moment).replace("-", "")
    info: list[Document] = [
        {"type": "ComponentName", "info": {"value": "managementfrontend"}},
        {"type": "Correlation", "info": {"value": {"operation": operation, "request": operation[:16]}}},
        {"type": "Environment", "info": {"value": REGION}},
        {"type": "Location", "info": {"value": REGION}},
        {"type": "Time", "info": {"value": offset_time(moment)}},
    ]
    if inner:
        nested: Document | None = None
        for name in reversed(inner):
            nested = {"code": name, "innerError": nested}
        info.append({"type": "InnerError", "info": {"value": nested}})
    error = {"code": code, "message": message, "details": [], "additionalInfo": info}
    # Only its own failures are marked as the service's (recorded).
    cause = {"x-ms-failure-cause": "service"} if status >= 500 else {}
    return json_response(status, {"error": error}, {"x-ms-response-type": "error", **cause})
