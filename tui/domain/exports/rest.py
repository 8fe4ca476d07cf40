"""The HTTP requests with their bodies, and any document as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.exports.wanted import API_VERSION, LateGrant, Wanted, parts
from tui.domain.plan import Plan
from tui.domain.role_change import RoleChange
from tui.domain.roles import RoleScope

_ROLES_VERSION = "2020-12-01"
_IDENTITIES_VERSION = "2023-01-31"


def requests(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """What is sent, as HTTP."""
    found = parts(plan)
    host = cloud.resource_manager
    texts: list[str] = []
    for one in found.made:
        texts += [
            *_roles(one.first),
            f"PUT {host}{one.id}?api-version={API_VERSION}\nContent-Type: application/json\n\n"
            f"{pretty_json(one.document)}\n",
            *(text for grant in one.late for text in _late(one, grant, cloud)),
            *_roles(one.last),
        ]
    texts += [
        f"DELETE {host}{one.id}?api-version={API_VERSION}&underlyingResourceAction=Detach\n" for one in found.detached
    ]
    texts += [text for change in found.roles for text in _roles(change)]
    return "\n".join(texts)


def _roles(change: RoleChange | None) -> list[str]:
    """The requests of a change of roles: grants, then removals."""
    if change is None:
        return []
    endpoint = change.synapse.dev_endpoint
    granted = [
        _grant(endpoint, grant.id, grant.role.id, grant.principal.object_id, str(grant.scope))
        for grant in change.grants
    ]
    removed = [
        f"DELETE {endpoint}/roleAssignments/{one.assignment.id}?api-version={_ROLES_VERSION}\n"
        for one in change.removals
    ]
    return [*granted, *removed]


def _grant(endpoint: str, assignment: str, role: str, principal: str, scope: str) -> str:
    body = {"roleId": role, "principalId": principal, "scope": scope}
    return (
        f"PUT {endpoint}/roleAssignments/{assignment}?api-version={_ROLES_VERSION}\n"
        f"Content-Type: application/json\n\n{pretty_json(body)}\n"
    )


def _late(one: Wanted, grant: LateGrant, cloud: CloudProfile) -> tuple[str, str]:
    """What reads the object id of a principal, and what grants it the role; both ids are the reader's to fill in."""
    if grant.identity is not None:
        read, member = f"{grant.identity}?api-version={_IDENTITIES_VERSION}", "properties.principalId"
    else:
        read, member = f"{one.id}?api-version={API_VERSION}", "identity.principalId"
    endpoint, scope = f"https://{grant.pool.parent.name}.{cloud.synapse_suffix}", str(RoleScope.of_pool(grant.pool))
    return f"GET {cloud.resource_manager}{read}\n", _grant(endpoint, "<NEW_GUID>", grant.role.id, f"<{member}>", scope)


def pretty_json(document: Mapping[str, Any]) -> str:
    """A document as indented JSON, members in the order that Azure sent; what does not print is escaped."""
    text = json.dumps(dict(document), indent=2, ensure_ascii=False)
    return text if text.replace("\n", "").isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    return character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
