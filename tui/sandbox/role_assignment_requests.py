"""Reads the body of an Azure role assignment's PUT, or why Azure refuses it."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from tui.sandbox import azure_roles
from tui.sandbox.errors import arm_error
from tui.sandbox.http import Document, Request
from tui.sandbox.spark_pool_requests import RefusedError

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ROLE_ID = re.compile(rf"(?:/subscriptions/[^/]+)?/providers/{re.escape(azure_roles.TYPE)}/([^/]+)", re.IGNORECASE)

OPTIONAL = ("condition", "conditionVersion", "delegatedManagedIdentityResourceId", "description")
"""The members that an assignment can have besides, null where they are missing (recorded)."""

PRINCIPAL_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")
"""The specification's list."""


class Wanted(NamedTuple):
    """What a PUT asks for.

    Attributes:
        role: The role's GUID.
        principal_id: The object id of its holder.
        principal_type: The kind of the holder, None if the request does not say it.
        more: The optional members.
    """

    role: str
    principal_id: str
    principal_type: str | None
    more: Document


def read_role_assignment(request: Request) -> Wanted:
    """The role, its holder and what else the body says.

    Raises:
        RefusedError: If the body is invalid, or Azure has no such role.
    """
    sent = _properties(request)
    text = sent.get("roleDefinitionId")
    found = ROLE_ID.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise _malformed()
    role = found[1].lower()
    if role not in azure_roles.built_in():
        raise RefusedError(arm_error(400, "RoleDefinitionDoesNotExist", no_role(role)))
    principal = sent.get("principalId")
    if not isinstance(principal, str) or not GUID.fullmatch(principal):
        message = "A valid principal ID must be provided for role assignment."  # chosen
        raise RefusedError(arm_error(400, "InvalidPrincipalId", message))
    kind = sent.get("principalType")
    if kind is not None and kind not in PRINCIPAL_TYPES:
        raise _malformed()
    more = {member: sent.get(member) for member in OPTIONAL}
    if not all(value is None or isinstance(value, str) for value in more.values()):
        raise _malformed()
    return Wanted(role, principal, kind, more)


def no_role(role: str) -> str:
    """What Azure says about an unknown role (quoted in an issue)."""
    return f"The specified role definition with ID '{role.replace('-', '')}' does not exist."


def _properties(request: Request) -> Mapping[str, object]:
    try:
        sent = request.json()
    except ValueError as error:
        raise _malformed() from error
    properties = sent.get("properties") if isinstance(sent, dict) else None
    if not isinstance(properties, dict):
        raise _malformed()
    return properties


def _malformed() -> RefusedError:
    """The refusal of a body that cannot be read (quoted in an issue)."""
    return RefusedError(arm_error(400, "BadRequestFormat", "The request was incorrectly formatted."))
