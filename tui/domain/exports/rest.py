"""The HTTP requests with their bodies, and any document as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.exports.wanted import API_VERSION, parts
from tui.domain.plan import Plan

_ROLES_VERSION = "2020-12-01"


def requests(plan: Plan, cloud: CloudProfile = PUBLIC) -> str:
    """What is sent, as HTTP."""
    found = parts(plan)
    host = cloud.resource_manager
    texts = [
        f"PUT {host}{one.id}?api-version={API_VERSION}\nContent-Type: application/json\n\n{pretty_json(one.document)}\n"
        for one in found.made
    ]
    texts += [
        f"DELETE {host}{one.id}?api-version={API_VERSION}&underlyingResourceAction=Detach\n" for one in found.detached
    ]
    for change in found.roles:
        url = f"{change.synapse.dev_endpoint}/roleAssignments"
        for grant in change.grants:
            body = {"roleId": grant.role.id, "principalId": grant.principal.object_id, "scope": str(grant.scope)}
            texts.append(
                f"PUT {url}/{grant.id}?api-version={_ROLES_VERSION}\n"
                f"Content-Type: application/json\n\n{pretty_json(body)}\n"
            )
        texts += [f"DELETE {url}/{one.assignment.id}?api-version={_ROLES_VERSION}\n" for one in change.removals]
    return "\n".join(texts)


def pretty_json(document: Mapping[str, Any]) -> str:
    """A document as indented JSON, members in the order that Azure sent; what does not print is escaped."""
    text = json.dumps(dict(document), indent=2, ensure_ascii=False)
    return text if text.replace("\n", "").isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    return character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
