"""User-assigned identities behind Resource Manager."""

import re
from collections.abc import Mapping
from typing import Any, cast

from tui.sandbox import documents, names, versions
from tui.sandbox.errors import arm_error, resource_not_found
from tui.sandbox.http import Document, Response, empty_response, json_response
from tui.sandbox.routing import Call, Route, page
from tui.sandbox.world import World

TYPE = f"{names.MSI}/userAssignedIdentities"

IDENTITY_NAME = re.compile(r"[a-zA-Z\d][a-zA-Z\d_-]{2,127}", re.ASCII)
"""The documentation's rule."""


class ManagedIdentities:
    """The managed-identity resource provider."""

    api_versions = versions.MSI

    def __init__(self, world: World, page_size: int) -> None:
        self.headers: Mapping[str, str] = {}
        self._world = world
        self._page_size = page_size
        in_group = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{TYPE}"
        single = {"GET": self._get, "PUT": self._put, "DELETE": self._delete}
        self.routes = (
            Route(f"{in_group}/{{identity}}", single),
            Route(in_group, {"GET": self._list}),
            Route(f"/subscriptions/{{subscription}}/providers/{TYPE}", {"GET": self._list}),
        )

    def _list(self, call: Call) -> Response:
        scope = call.request.path.lower().split("/providers/")[0]
        return page(call, self._world.identities.under(scope), self._page_size)

    def _get(self, call: Call) -> Response:
        identity = self._world.identities.get(_id(call))
        if identity is not None:
            return json_response(200, identity)
        return resource_not_found(f"{TYPE}/{call.names['identity']}", call.names["group"])

    def _put(self, call: Call) -> Response:
        """Create an identity, complete at once (recorded), or replace its tags (specification)."""
        refusal = _refusal(call)
        if refusal is not None:
            return refusal
        sent = cast("dict[str, Any]", call.request.json())
        tags, location = sent.get("tags") or {}, _region(sent["location"])
        existing = self._world.identities.get(_id(call))
        if existing is not None and existing["location"] != location:
            return arm_error(409, "InvalidResourceLocation", _elsewhere(call, existing, location))
        if existing is not None:
            return json_response(200, self._kept({**existing, "tags": tags}))
        principal = self._world.mint_principal(_id(call))
        made = documents.user_assigned_identity(_id(call), location, tags, principal)
        # The address is only a path (recorded).
        return json_response(201, self._kept(made), {"Location": made["id"]})

    def _kept(self, identity: Document) -> Document:
        self._world.identities.put(identity)
        return identity

    def _delete(self, call: Call) -> Response:
        """Delete an identity: 200 without a body (recorded), 204 if there is none (specification)."""
        is_there = self._world.identities.get(_id(call)) is not None
        if is_there:
            self._world.identities.remove(_id(call))
        return empty_response(200 if is_there else 204)


def _id(call: Call) -> str:
    return names.identity_id(call.names["subscription"], call.names["group"], call.names["identity"])


def _elsewhere(call: Call, existing: Document, location: str) -> str:
    """Resource Manager's sentence for a PUT that would move a resource, as public issues quote it."""
    return (
        f"The resource '{call.names['identity']}' already exists in location '{existing['location']}' in resource "
        f"group '{call.names['group']}'. A resource with the same name cannot be created in location '{location}'. "
        "Please select a new resource name."
    )


def _region(location: str) -> str:
    return location.replace(" ", "").lower()


def _refusal(call: Call) -> Response | None:
    """Why a PUT is refused, or None; only the code of the missing location is quoted, the others are chosen."""
    name = call.names["identity"]
    try:
        sent = call.request.json()
    except ValueError as error:
        return _unreadable(str(error))
    if not isinstance(sent, dict):
        return _unreadable("it is not an object")
    tags, location = sent.get("tags"), sent.get("location")
    is_text = isinstance(tags, dict) and all(isinstance(value, str) for value in tags.values())
    if tags is not None and not is_text:
        return _unreadable("its tags are not text")
    if not isinstance(location, str) or not location:
        return arm_error(400, "LocationRequired", "The location property is required for this definition.")
    if not IDENTITY_NAME.fullmatch(name):
        return arm_error(400, "BadRequest", f"The name '{name}' is not the name of a user-assigned identity.")
    return None


def _unreadable(why: str) -> Response:
    message = f"The request content was invalid and could not be deserialized: '{why}'."
    return arm_error(400, "InvalidRequestContent", message)
