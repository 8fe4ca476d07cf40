"""Synapse's data plane: role assignments, role definitions, access checks and private endpoints of one workspace."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import NamedTuple

from tui.sandbox import synapse_roles
from tui.sandbox.choices import Choices
from tui.sandbox.clock import Clock
from tui.sandbox.errors import arm_error, synapse_unauthorized
from tui.sandbox.http import Document, Request, Response, empty_response, json_response
from tui.sandbox.operations import Operations
from tui.sandbox.private_endpoints import PrivateEndpoints
from tui.sandbox.role_assignments import covers
from tui.sandbox.routing import Call, Route
from tui.sandbox.sign_in import Caller
from tui.sandbox.world import World

API_VERSIONS = frozenset({"2020-08-01-preview", "2020-12-01"})

HEADERS = {"Server": "Microsoft-HTTPAPI/2.0"}

CONTINUATION = "x-ms-continuation"

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

SCOPE = re.compile(r"workspaces/([^/]+)(?:/([A-Za-z]+)/[^/]+)?", re.IGNORECASE)


class _Refused(Exception):
    """Carries a refusal out of the readers below."""

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response


class _Wanted(NamedTuple):
    """The checked contents of a request body."""

    role_id: str
    principal_id: str
    scope: str


class SynapseData:
    """The data planes of all Synapse workspaces; texts without a source are chosen.

    `grant_seconds` is how long a grant takes to take effect, and `principal_seconds` how long a new identity is
    unknown, both in simulated seconds.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        choices: Choices,
        operations: Operations,
        *,
        page_size: int,
        grant_seconds: float,
        principal_seconds: float,
    ) -> None:
        self._world = world
        self._clock = clock
        self._choices = choices
        self._page_size = page_size
        self._grant_seconds = grant_seconds
        self._principal_seconds = principal_seconds
        one = {"GET": self._get, "PUT": self._put, "DELETE": self._delete}
        self._routes = (
            Route("/roleAssignments/{assignment}", one),
            Route("/roleAssignments", {"GET": self._list}),
            Route("/roleDefinitions/{role}", {"GET": self._get_definition}),
            Route("/roleDefinitions", {"GET": self._list_definitions}),
            Route("/rbacScopes", {"GET": self._list_scopes}),
            Route("/checkAccessSynapseRbac", {"POST": self._check_access}),
            *PrivateEndpoints(world, clock, operations, self._may, page_size).routes,
        )

    def answer(self, workspace: Document, request: Request, caller: Caller) -> Response:
        """The answer of the workspace's data plane to the caller."""
        response = self._answer(workspace, request, caller)
        return Response(response.status, {**HEADERS, **response.headers}, response.body)

    def _answer(self, workspace: Document, request: Request, caller: Caller) -> Response:
        found = next(
            ((route, names) for route in self._routes if (names := route.match(request.path)) is not None), None
        )
        if found is None:
            return arm_error(404, "NotFound", f"The requested path '{request.path}' was not found.")
        route, names = found
        if request.method not in route.handlers:
            message = f"The requested resource does not support http method '{request.method}'."
            return arm_error(405, "MethodNotAllowed", message, {"Allow": ", ".join(route.handlers)})
        version = request.query.get("api-version")
        if version not in API_VERSIONS:
            supported = ", ".join(sorted(API_VERSIONS))
            message = (
                f"The api-version '{version or ''}' is not supported. The supported api-versions are '{supported}'."
            )
            return arm_error(400, "UnsupportedApiVersion", message)
        try:
            return route.handlers[request.method](
                Call(request, {**names, "workspace": workspace["name"]}, caller=caller)
            )
        except _Refused as refused:
            return refused.response

    def _list(self, call: Call) -> Response:
        self._may_read(call)
        query = call.request.query
        scope = query.get("scope")
        found = [
            assignment
            for assignment in self._world.roles.of(call.names["workspace"])
            if _same(query.get("roleid"), assignment["roleDefinitionId"])
            and _same(query.get("principalid"), assignment["principalId"])
            # Assignments on the workspace are listed for its pools as well (recorded).
            and (not scope or covers(assignment["scope"], scope))
        ]
        start = _offset(call.request.header(CONTINUATION))
        end = start + self._page_size
        value = found[start:end]
        more = urlsafe_b64encode(f"after:{end}".encode()).decode() if end < len(found) else ""
        headers = {
            CONTINUATION: more,
            "Access-Control-Allow-Headers": CONTINUATION,
            "Access-Control-Expose-Headers": CONTINUATION,
        }
        return json_response(200, {"count": len(value), "value": value}, headers)

    def _get(self, call: Call) -> Response:
        self._may_read(call)
        found = self._world.roles.get(call.names["workspace"], call.names["assignment"])
        return json_response(200, found) if found else _no_assignment()

    def _put(self, call: Call) -> Response:
        workspace, assignment_id = call.names["workspace"], call.names["assignment"]
        if not GUID.fullmatch(assignment_id):
            raise _refused(400, "InvalidRoleAssignmentId", f"The role assignment id '{assignment_id}' is not a GUID.")
        wanted = self._wanted(call)
        self._may(call, synapse_roles.GRANT, wanted.scope)
        # Only the service sets the type (recorded).
        principal_type = self._world.principal_type(
            wanted.principal_id, minted_before=self._clock.monotonic() - self._principal_seconds
        )
        if principal_type is None:
            message = f"The principal id '{wanted.principal_id}' is invalid: it was not found in the directory."
            raise _refused(400, "InvalidPrincipalId", message)
        for existing in self._world.roles.of(workspace):
            same_id = existing["id"].lower() == assignment_id.lower()
            if _assigned(existing) == _Wanted(*map(str.lower, wanted)):
                if same_id:
                    return json_response(200, existing)
                message = (
                    f"Role Assignment with roleId '{wanted.role_id}', principalId '{wanted.principal_id}' and scope "
                    f"'{wanted.scope}' within workspace '{workspace}' already exists."
                )
                raise _refused(409, "RoleAssignmentAlreadyExists", message)
            if same_id:
                message = f"The role assignment '{assignment_id}' exists already and cannot be changed."
                raise _refused(409, "RoleAssignmentUpdateNotPermitted", message)
        assignment = {
            "id": assignment_id,
            "roleDefinitionId": wanted.role_id,
            "principalId": wanted.principal_id,
            "scope": wanted.scope,
            # An object of unknown kind has none (recorded).
            **({"principalType": principal_type} if principal_type else {}),
        }
        self._world.roles.put(workspace, assignment, self._clock.monotonic() + self._grant_seconds)
        return json_response(200, assignment)

    def _delete(self, call: Call) -> Response:
        workspace = call.names["workspace"]
        found = self._world.roles.get(workspace, call.names["assignment"])
        self._may(call, synapse_roles.REVOKE, found["scope"] if found else f"workspaces/{workspace}")
        if self._world.roles.remove(workspace, call.names["assignment"]) is None:
            missing = self._choices.remove_missing_role
            return _no_assignment() if missing == 404 else empty_response(missing)
        return empty_response(204)

    def _list_definitions(self, call: Call) -> Response:
        self._may_read(call)
        built_in = (call.request.query.get("isbuiltin") or "true").lower()
        scope = call.request.query.get("scope")
        template = _template(scope) if scope else None
        found = [
            definition
            for definition in synapse_roles.definitions().values()
            if built_in != "false" and (template is None or template in definition["scopes"])
        ]
        # A bare array, not an object (recorded).
        return json_response(200, found)

    def _get_definition(self, call: Call) -> Response:
        self._may_read(call)
        role_id = call.names["role"]
        definition = synapse_roles.definitions().get(role_id.lower())
        if definition is None:
            return arm_error(404, "RoleDefinitionNotFound", f"The role definition '{role_id}' was not found.")
        return json_response(200, definition)

    def _list_scopes(self, call: Call) -> Response:
        self._may_read(call)
        return json_response(200, list(synapse_roles.SCOPES))

    def _check_access(self, call: Call) -> Response:
        self._may_read(call)
        workspace = call.names["workspace"]
        sent = _body(call.request)
        subject, actions = sent.get("subject"), sent.get("actions")
        if not isinstance(subject, dict) or not isinstance(actions, list):
            raise _refused(400, "InvalidRequest", "'subject' and 'actions' are required.")
        scope = _scope(sent.get("scope"), workspace)
        groups = subject.get("groupIds") or []
        if not isinstance(groups, list):
            raise _refused(400, "InvalidRequest", "'groupIds' must be a list.")
        principals = [_guid(value, "principalId") for value in (subject.get("principalId"), *groups)]
        decisions: list[Document] = []
        for action in actions:
            action_id = action.get("id") if isinstance(action, dict) else None
            if not isinstance(action_id, str) or not action_id:
                raise _refused(400, "InvalidRequest", "Each action needs an 'id'.")
            deciding = self._world.roles.deciding(workspace, principals, action_id, scope, self._clock.monotonic())
            decisions.append(
                {
                    "accessDecision": "Allowed" if deciding else self._choices.access_refused,
                    "actionId": action_id,
                    **({"roleAssignment": deciding} if deciding else {}),
                }
            )
        return json_response(200, {self._choices.access_member: decisions})

    def _wanted(self, call: Call) -> _Wanted:
        sent = _body(call.request)
        scope = _scope(sent.get("scope"), call.names["workspace"])
        role_id = _guid(sent.get("roleId"), "roleId")
        definition = synapse_roles.definitions().get(role_id.lower())
        if definition is None:
            raise _refused(400, "InvalidRoleId", f"The role '{role_id}' does not exist.")
        if _template(scope) not in definition["scopes"]:
            message = f"The role '{definition['name']}' cannot be assigned at the scope '{scope}'."
            raise _refused(400, "InvalidScope", message)
        return _Wanted(role_id, _guid(sent.get("principalId"), "principalId"), scope)

    def _may_read(self, call: Call) -> None:
        self._may(call, synapse_roles.READ, f"workspaces/{call.names['workspace']}/*")

    def _may(self, call: Call, action: str, scope: str) -> None:
        """Refuse the call unless one of the caller's roles allows the action at the scope.

        Raises:
            _Refused: If none does.
        """
        workspace, caller = call.names["workspace"], call.caller.object_id
        if action != synapse_roles.READ and self._choices.owner_grants == "allowed":
            return
        if self._world.roles.deciding(workspace, [caller], action, scope, self._clock.monotonic()) is None:
            raise _Refused(synapse_unauthorized(caller, action, scope))


def _refused(status: int, code: str, message: str) -> _Refused:
    return _Refused(arm_error(status, code, message))


def _body(request: Request) -> Mapping[str, object]:
    try:
        sent = request.json()
    except ValueError as error:
        raise _refused(400, "InvalidRequest", "The request body is not JSON.") from error
    if not isinstance(sent, dict):
        raise _refused(400, "InvalidRequest", "The request body must be an object.")
    return sent


def _guid(value: object, what: str) -> str:
    if not isinstance(value, str) or not GUID.fullmatch(value):
        code = "InvalidPrincipalId" if what == "principalId" else "InvalidRoleId"
        raise _refused(400, code, f"'{what}' must be a GUID.")
    return value


def _scope(value: object, workspace: str) -> str:
    found = SCOPE.fullmatch(value) if isinstance(value, str) else None
    if not isinstance(value, str) or found is None or found[1].lower() != workspace.lower():
        raise _refused(400, "InvalidScope", f"The scope must be one of workspace '{workspace}'.")
    return value


def _template(scope: str) -> str | None:
    """The entry of `rbacScopes` for the scope; a template stands for itself."""
    found = SCOPE.fullmatch(scope)
    item = (found[2] or "").lower() if found else None
    for template in synapse_roles.SCOPES:
        parts = template.split("/")
        if item == (parts[2].lower() if len(parts) > 2 else ""):
            return template
    return None


def _assigned(assignment: Document) -> _Wanted:
    values = (assignment[key].lower() for key in ("roleDefinitionId", "principalId", "scope"))
    return _Wanted(*values)


def _same(wanted: str | None, value: str) -> bool:
    return not wanted or wanted.lower() == value.lower()


def _offset(token: str | None) -> int:
    """The position of a continuation token; an empty one is the start (recorded)."""
    if not token:
        return 0
    try:
        mark, _, digits = urlsafe_b64decode(token.encode()).decode().partition(":")
    except ValueError:
        mark, digits = "", ""
    if mark != "after" or not digits.isdecimal() or len(digits) > 9:
        raise _refused(400, "InvalidContinuationToken", "The continuation token is invalid.")
    return int(digits)


def _no_assignment() -> Response:
    return arm_error(404, "RoleAssignmentNotFound", "RoleAssignmentNotFound")
