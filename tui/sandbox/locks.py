"""Locks of subscriptions, resource groups and resources, and what they keep Resource Manager from doing."""

from collections.abc import Mapping

from tui.sandbox import versions
from tui.sandbox.access import refusal
from tui.sandbox.choices import Choices
from tui.sandbox.errors import FROM_GATEWAY, arm_error
from tui.sandbox.http import Document, Request, Response, empty_response, json_response
from tui.sandbox.names import AUTHORIZATION
from tui.sandbox.routing import Call, Route
from tui.sandbox.scopes import is_within
from tui.sandbox.world import World

TYPE = f"{AUTHORIZATION}/locks"

LEVELS = ("CanNotDelete", "ReadOnly")

LONGEST_NOTES = 512
"""In characters (specification)."""

_OPERATIONS = {"PUT": "write", "PATCH": "write", "DELETE": "delete"}


class Locks:
    """The locks of Microsoft.Authorization; `choices` decides where Azure's behaviour is unrecorded."""

    api_versions = versions.LOCKS

    def __init__(self, world: World, choices: Choices) -> None:
        self.headers: Mapping[str, str] = {}
        self._world = world
        self._choices = choices
        one = {"GET": self._get, "PUT": self._put, "DELETE": self._delete}
        self.routes = (
            Route(f"{{scope*}}/providers/{TYPE}/{{lock}}", one),
            Route(f"{{scope*}}/providers/{TYPE}", {"GET": self._list}),
        )

    def _list(self, call: Call) -> Response:
        """The locks at the scope and below it (recorded for a subscription and a resource group)."""
        refused = refusal(self._world, call)
        if refused is not None:
            return refused
        scope, only_here = call.names["scope"], _filter(call) == "atscope()"
        if _filter(call) not in ("", "atscope()"):
            return arm_error(400, "UnsupportedFilter", f"The filter '{_filter(call)}' is not supported.")  # chosen
        found = [
            lock
            for lock in self._world.locks
            if (is_within(scope_of(lock), scope) and not only_here)
            or scope_of(lock).lower() == scope.lower()
            or (self._choices.inherited_locks == "listed" and is_within(scope, scope_of(lock)))
        ]
        return json_response(200, {"value": found})

    def _get(self, call: Call) -> Response:
        refused = refusal(self._world, call)
        if refused is not None:
            return refused
        lock = self._world.locks.get(_id(call))
        if lock is None:
            message = f"The lock '{call.names['lock']}' could not be found."  # chosen
            return arm_error(404, "LockNotFound", message)
        return json_response(200, lock)

    def _put(self, call: Call) -> Response:
        """The lock: 201 when it is new (recorded), 200 when it is changed (specification)."""
        refused = refusal(self._world, call)
        if refused is not None:
            return refused
        properties = _properties(call.request)
        if isinstance(properties, Response):
            return properties
        existing = self._world.locks.get(_id(call))
        arm_id = existing["id"] if existing else _id(call)
        made = {"properties": properties, "id": arm_id, "type": TYPE, "name": arm_id.rpartition("/")[2]}
        self._world.locks.put(made)
        return json_response(200 if existing else 201, made)

    def _delete(self, call: Call) -> Response:
        refused = refusal(self._world, call)
        if refused is not None:
            return refused
        if self._world.locks.get(_id(call)) is None:
            return empty_response(204)  # the specification's answer
        self._world.locks.remove(_id(call))
        return empty_response(200)


def lock(scope: str, name: str, level: str, notes: str = "") -> Document:
    """A lock (recorded without notes)."""
    return {
        "properties": {"level": level, **({"notes": notes} if notes else {})},
        "id": f"{scope}/providers/{TYPE}/{name}",
        "type": TYPE,
        "name": name,
    }


def scope_of(lock: Document) -> str:
    """The ARM id of what is locked."""
    found: str = lock["id"]
    return found[: found.lower().rindex(f"/providers/{TYPE}/".lower())]


def scope_locked(world: World, request: Request) -> Response | None:
    """The 409 for a write or a deletion that a lock forbids, or None.

    A lock also applies to everything below its scope; whoever deletes a scope is told about locks below it too
    (recorded). A read-only lock forbids writes as well. Locks themselves can always be changed, because otherwise
    none could be removed (chosen).
    """
    operation, path = _OPERATIONS.get(request.method), request.path
    if operation is None or f"/providers/{TYPE}/".lower() in path.lower():
        return None
    found = [
        scope
        for lock, scope in ((lock, scope_of(lock)) for lock in world.locks)
        if (is_within(path, scope) and (operation == "delete" or lock["properties"]["level"] == "ReadOnly"))
        or (operation == "delete" and is_within(scope, path))
    ]
    if not found:
        return None
    locked = ", ".join(f"'{scope}'" for scope in dict.fromkeys(found))
    message = (
        f"The scope '{path}' cannot perform {operation} operation because following scope(s) are locked: {locked}. "
        "Please remove the lock and try again."
    )
    return arm_error(409, "ScopeLocked", message, FROM_GATEWAY)


def _properties(request: Request) -> Document | Response:
    """The level, notes and owners that the body asks for, or why they are refused (texts chosen)."""
    try:
        sent = request.json()
    except ValueError as error:
        return arm_error(400, "InvalidRequestContent", f"The request content was invalid: '{error}'.")
    properties = sent.get("properties") if isinstance(sent, dict) else None
    level = properties.get("level") if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or level not in LEVELS:
        message = f"The level of a lock must be one of {', '.join(LEVELS)}."
        return arm_error(400, "InvalidLockLevel", message)
    notes, owners = properties.get("notes"), properties.get("owners")
    if not isinstance(notes, str | None) or len(notes or "") > LONGEST_NOTES:
        message = f"The notes of a lock must be a text of at most {LONGEST_NOTES} characters."
        return arm_error(400, "InvalidLockNotes", message)
    if not isinstance(owners, list | None) or not all(isinstance(owner, dict) for owner in owners or ()):
        return arm_error(400, "InvalidLockOwners", "The owners of a lock must be a list of applications.")
    return {name: properties[name] for name in ("level", "notes", "owners") if properties.get(name) is not None}


def _filter(call: Call) -> str:
    return call.request.query.get("$filter", "").strip().lower()


def _id(call: Call) -> str:
    return f"{call.names['scope']}/providers/{TYPE}/{call.names['lock']}"
