"""Azure roles behind Resource Manager: their definitions, and who holds them at which scope."""

import re
from collections.abc import Mapping

from tui.sandbox import azure_roles, names, scopes, versions
from tui.sandbox.access import refusal
from tui.sandbox.azure_role_assignments import (
    TYPE,
    AzureGrant,
    around,
    assignment_id,
    reaching,
    role_assignment,
    role_of,
    shown,
)
from tui.sandbox.choices import Choices
from tui.sandbox.clock import Clock
from tui.sandbox.errors import arm_error
from tui.sandbox.http import Document, Response, empty_response, json_response
from tui.sandbox.role_assignment_requests import GUID, Wanted, no_role, read_role_assignment
from tui.sandbox.routing import Call, Route
from tui.sandbox.spark_pool_requests import RefusedError
from tui.sandbox.world import World

PRINCIPAL_IS = re.compile(r"principalId\s+eq\s+'([^']*)'", re.IGNORECASE)
ASSIGNED_TO = re.compile(r"assignedTo\('([^']*)'\)", re.IGNORECASE)
ROLE_NAME_IS = re.compile(r"roleName\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE)
ROLE_TYPE_IS = re.compile(r"type\s+eq\s+'([^']*)'", re.IGNORECASE)
AT_SCOPE = "atscope()"


class AzureRoles:
    """The role assignments and role definitions of Microsoft.Authorization.

    Lists have no pages: one with 319 assignments came whole (recorded).

    `choices` decides where Azure's behaviour is unrecorded. `principal_seconds` is how long a new identity is unknown,
    in simulated seconds.
    """

    api_versions = versions.AUTHORIZATION

    def __init__(self, world: World, clock: Clock, choices: Choices, principal_seconds: float) -> None:
        self.headers: Mapping[str, str] = {}
        self._world = world
        self._clock = clock
        self._choices = choices
        self._principal_seconds = principal_seconds
        one = {"GET": self._get, "PUT": self._put, "DELETE": self._delete}
        self.routes = (
            Route(f"{{scope*}}/providers/{TYPE}/{{assignment}}", one),
            Route(f"{{scope*}}/providers/{TYPE}", {"GET": self._list}),
            Route(f"{{scope*}}/providers/{azure_roles.TYPE}/{{role}}", {"GET": self._get_role}),
            Route(f"{{scope*}}/providers/{azure_roles.TYPE}", {"GET": self._list_roles}),
        )

    def _list(self, call: Call) -> Response:
        refused = refusal(self._world, call)
        if refused is not None:
            return refused
        scope, assignments = call.names["scope"], self._world.azure_roles
        # A GET's `atScope()` names what is inherited too (recorded); `principalId eq` and no filter also what is below.
        found = around(assignments, scope)
        for condition in _conditions(call):
            principal, assigned = PRINCIPAL_IS.fullmatch(condition), ASSIGNED_TO.fullmatch(condition)
            if condition.lower() == AT_SCOPE:
                found = reaching(found, scope)
            elif principal:
                found = [one for one in found if _holder(one) == principal[1].lower()]
            elif assigned:
                who = {assigned[1].lower(), *self._world.groups_of(assigned[1])}
                found = [one for one in found if _holder(one) in who]
            else:
                return _bad_filter(condition)
        subscription = scopes.subscription_of(scope)
        return json_response(200, {"value": [shown(one, subscription) for one in found]})

    def _get(self, call: Call) -> Response:
        refused = refusal(self._world, call)
        if refused is not None:
            return refused
        found = self._assignment(call)
        if found is None:
            message = f"The role assignment '{call.names['assignment']}' is not found."  # chosen
            return arm_error(404, "RoleAssignmentNotFound", message)
        return json_response(200, _seen(call, found))

    def _put(self, call: Call) -> Response:
        refused = refusal(self._world, call)
        if refused is not None:
            return refused
        guid = call.names["assignment"]
        if not GUID.fullmatch(guid):
            message = f"The role assignment ID '{guid}' is not valid. The role assignment ID must be a GUID."  # chosen
            return arm_error(400, "InvalidRoleAssignmentId", message)
        try:
            wanted = read_role_assignment(call.request)
            kind = self._kind(wanted)
        except RefusedError as error:
            return error.response
        grant = AzureGrant(wanted.principal_id, call.names["scope"] or scopes.ROOT, wanted.role, kind)
        existing = next((one for one in self._world.azure_roles if one["name"].lower() == guid.lower()), None)
        if existing is not None and _triple(existing) != _wanted(grant):
            # The status is that of the issues that quote it, 400.
            message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            return arm_error(400, "RoleAssignmentUpdateNotPermitted", message)
        if existing is None and any(_triple(one) == _wanted(grant) for one in self._world.azure_roles):
            return arm_error(409, "RoleAssignmentExists", "The role assignment already exists.")
        return self._put_assignment(call, grant, wanted, existing)

    def _put_assignment(self, call: Call, grant: AzureGrant, wanted: Wanted, existing: Document | None) -> Response:
        """Keep the assignment; the answer to its PUT has no creator and a new time, unlike later reads (recorded)."""
        moment = names.zulu_time(self._clock.now())
        made = role_assignment(grant, call.names["assignment"], moment, call.caller.object_id)
        made["properties"] |= wanted.more
        kept = {name: existing["properties"][name] for name in ("createdOn", "createdBy")} if existing else {}
        self._world.azure_roles.put({**made, "properties": {**made["properties"], **kept}})
        # 201 also for a change (recorded), whatever the specification says.
        return json_response(201, _seen(call, {**made, "properties": {**made["properties"], "createdBy": None}}))

    def _delete(self, call: Call) -> Response:
        refused = refusal(self._world, call)
        if refused is not None:
            return refused
        found = self._assignment(call)
        if found is None:
            return empty_response(204)  # the specification's answer
        self._world.azure_roles.remove(found["id"])
        return json_response(200, _seen(call, found))

    def _get_role(self, call: Call) -> Response:
        role = azure_roles.built_in().get(call.names["role"].lower())
        if role is None:
            return arm_error(404, "RoleDefinitionDoesNotExist", no_role(call.names["role"]))
        return json_response(200, role.document(scopes.subscription_of(call.names["scope"])))

    def _list_roles(self, call: Call) -> Response:
        found = list(azure_roles.ROLES)
        for condition in _conditions(call):
            name, kind = ROLE_NAME_IS.fullmatch(condition), ROLE_TYPE_IS.fullmatch(condition)
            if name:
                found = [role for role in found if role.name.lower() == name[1].replace("''", "'").lower()]
            elif kind:
                found = [role for role in found if kind[1].lower() == "builtinrole"]
            elif condition.lower() != "atscopeandbelow()":
                return _bad_filter(condition)
        subscription = scopes.subscription_of(call.names["scope"])
        return json_response(200, {"value": [role.document(subscription) for role in found]})

    def _kind(self, wanted: Wanted) -> str:
        """The kind of the principal.

        Raises:
            RefusedError: If the directory does not know it, or knows it as another kind.
        """
        minted_before = self._clock.monotonic() - self._principal_seconds
        known = self._world.principal_type(wanted.principal_id, minted_before)
        if known is None:
            if wanted.principal_type and self._choices.unknown_principal == "accepted with its type":
                return wanted.principal_type
            raise RefusedError(_no_principal(wanted.principal_id))
        if known and wanted.principal_type and wanted.principal_type != known:
            message = (  # with Azure's spelling, as quoted in an issue
                f"The PrincipalId '{wanted.principal_id.replace('-', '')}' has type '{known}' , which is different "
                f"from specified PrinciaplType '{wanted.principal_type}'."
            )
            raise RefusedError(arm_error(400, "UnmatchedPrincipalType", message))
        return known or wanted.principal_type or "User"

    def _assignment(self, call: Call) -> Document | None:
        return self._world.azure_roles.get(assignment_id(call.names["scope"], call.names["assignment"]))


def _conditions(call: Call) -> list[str]:
    """The conditions of the filter, which are joined by `and`."""
    text = call.request.query.get("$filter", "").strip()
    return [part.strip() for part in re.split(r"\s+and\s+", text, flags=re.IGNORECASE)] if text else []


def _bad_filter(condition: str) -> Response:
    """The refusal of a filter (unrecorded: chosen)."""
    message = f"The filter '{condition}' is not supported."
    return arm_error(400, "UnsupportedFilter", message)


def _no_principal(principal_id: str) -> Response:
    """The refusal of an unknown principal (recorded)."""
    message = (
        f"Principal {principal_id.replace('-', '')} does not exist in the directory {names.TENANT_ID}. Check that you "
        "have the correct principal ID. If you are creating this principal and then immediately assigning a role, this "
        "error might be related to a replication delay. In this case, set the role assignment principalType property "
        "to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype"
    )
    return arm_error(400, "PrincipalNotFound", message)


def _seen(call: Call, assignment: Document) -> Document:
    return shown(assignment, scopes.subscription_of(call.names["scope"]))


def _holder(assignment: Document) -> str:
    found: str = assignment["properties"]["principalId"]
    return found.lower()


def _triple(assignment: Document) -> tuple[str, str, str]:
    """The role, the principal and the scope, in lower case: there is only one assignment of them."""
    return role_of(assignment), _holder(assignment), assignment["properties"]["scope"].lower()


def _wanted(grant: AzureGrant) -> tuple[str, str, str]:
    return grant.role, grant.principal_id.lower(), grant.scope.lower()
