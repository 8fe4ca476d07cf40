"""Operations as JSON, for the journal: every domain object under its name, Azure's own documents untouched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from tui.domain.attachment import Attachment
from tui.domain.compute import Compute, ProvisioningError
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind, RequestIds
from tui.domain.identity import Identity, IdentityChoice, IdentityKind, UserAssignedIdentity
from tui.domain.operation import Failed, Progress, Started, Succeeded, Unwatched, Waited
from tui.domain.plan import Detachment
from tui.domain.principals import Principal
from tui.domain.resource_id import InvalidResourceId, ResourceId
from tui.domain.role_change import Grant, Removal, RoleChange, RoleMove
from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope
from tui.domain.spark import AutoPause, Autoscale, SparkSettings
from tui.domain.states import ProvisioningState
from tui.domain.workspaces import SynapseWorkspace, Workspace

_PROBLEM = ("kind", "title", "cause", "advice", "code", "status", "ids", "outcome_unknown", "command")
_CLASSES: dict[str, type[Any]] = {
    one.__name__: one
    for one in (
        *(Started, Progress, Waited, Succeeded, Failed, Unwatched, RequestIds, Problem),
        *(Attachment, ComputeEdit, Edit, Detachment, RoleChange, RoleMove, Grant, Removal),
        *(Compute, ProvisioningError, ProvisioningState, SparkSettings, Autoscale, AutoPause),
        *(Identity, IdentityChoice, UserAssignedIdentity, Principal),
        *(RoleAssignment, RoleDefinition, RoleScope, SynapseWorkspace, Workspace),
    )
}
_VALUES: dict[str, tuple[type[Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "ResourceId": (ResourceId, str, ResourceId.parse),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "set": (frozenset, sorted, frozenset),
    "document": (Mapping, dict, dict),
    "IdentityKind": (IdentityKind, lambda kind: kind.value, IdentityKind),
    "ProblemKind": (ProblemKind, lambda kind: kind.value, ProblemKind),
}
"""What has a form of its own: how it is written as plain JSON, and how it is read."""


class Unreadable(ValueError):
    """A record that this version of the program cannot read; the message says why, to follow "because"."""


def to_json(value: Any) -> Any:
    """A domain object as JSON.

    Args:
        value: A dataclass of the domain, or what such a one holds. A mapping must be JSON already, as Azure's
            documents are, and is kept as it is.

    Returns:
        JSON that `from_json` turns back into an equal object.

    Raises:
        TypeError: If it is something else.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    for name, (type_, write, _) in _VALUES.items():
        if isinstance(value, type_):
            return {"is": name, "value": write(value)}
    name = type(value).__name__
    members = _PROBLEM if isinstance(value, Problem) else [one.name for one in fields(value)]
    if name not in _CLASSES:
        raise TypeError(f"{name} has no form in the journal")
    return {"is": name} | {member: to_json(getattr(value, member)) for member in members}


def from_json(stored: Any) -> Any:
    """The domain object that `to_json` has written.

    Args:
        stored: Its JSON.

    Raises:
        Unreadable: If it is of a kind or form that this version does not know.
    """
    try:
        return _read(stored)
    except Unreadable:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, InvalidResourceId) as error:
        raise Unreadable(f"its record has another form ({type(error).__name__}: {error})") from error


def _read(stored: Any) -> Any:
    if isinstance(stored, list):
        return tuple(_read(one) for one in stored)
    if not isinstance(stored, dict):
        return stored
    kind = stored["is"]
    if kind in _VALUES:
        _, _, read = _VALUES[kind]
        return read(stored["value"])
    if kind not in _CLASSES:
        raise Unreadable(f'this version knows no "{kind}"')
    found = _CLASSES[kind]
    members = _PROBLEM if found is Problem else [one.name for one in fields(found)]
    # A member that is not stored keeps its default.
    return found(**{name: _read(stored[name]) for name in members if name in stored})
