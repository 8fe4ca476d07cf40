"""Locks, and what the caller's Azure roles allow: Microsoft.Authorization, which no available client reads."""

from functools import partial
from typing import Any

from azure.core.exceptions import DecodeError

from tui.cloud import reading
from tui.cloud.arm import Arm
from tui.cloud.listing import Unreadable, listing
from tui.domain.azure_scope import AzureScope, InvalidScope
from tui.domain.locks import Lock
from tui.domain.permissions import Permission
from tui.domain.ports import Listing

_LOCKS = "2016-09-01"
_PERMISSIONS = "2022-04-01"
"""API versions."""

_PROVIDER = "providers/Microsoft.Authorization"
_LOCK_MARK = f"/{_PROVIDER}/locks/".lower()


class AuthorizationReads:
    """The part of `tui.domain.ports.AzureReads` that Microsoft.Authorization answers."""

    _arm: Arm

    async def permissions(self, scope: AzureScope) -> tuple[Permission, ...]:
        """What the caller's Azure roles allow at a scope, inherited ones included."""
        with self._arm.problems(f"read your permissions on {scope.place}"):
            pages = self._arm.pages(f"{scope}/{_PROVIDER}/permissions", _PERMISSIONS)
            return tuple([_permission_from(item) async for page, _ in pages for item in page])

    def locks(self, scope: AzureScope) -> Listing[Lock]:
        """The locks of a scope and of everything in it."""
        pages = self._arm.pages(f"{scope}/{_PROVIDER}/locks", _LOCKS)
        return listing(f"read the locks of {scope.place}", pages, partial(_lock_from, scope), self._arm.problems)


def _permission_from(raw: Any) -> Permission:
    """What one role allows (recorded).

    Raises:
        DecodeError: If it does not say so, because a missing list of actions must not look like a missing permission.
    """
    if not isinstance(reading.at(raw, "actions"), list):
        raise DecodeError("Azure's description of a role of yours has no list of actions.")

    def texts(member: str) -> tuple[str, ...]:
        return tuple(one for one in reading.items(raw, member) if isinstance(one, str))

    return Permission(texts("actions"), texts("notActions"))


def _lock_from(asked: AzureScope, raw: Any) -> Lock | Unreadable:
    """A lock (recorded); what it is on must be what was asked for, in that, or above it."""
    stored = reading.text(raw, "id")
    at = stored.lower().rfind(_LOCK_MARK)
    if at < 0:
        return Unreadable("Azure's description of a lock does not say what it is on.")
    name = stored[at + len(_LOCK_MARK) :]
    try:
        scope = AzureScope.parse(stored[:at])
    except InvalidScope as error:
        return Unreadable(f"Azure's description of a lock does not say what it is on. {error}")
    if not (asked.covers(scope) or scope.covers(asked)):
        return Unreadable(f"Azure's answer describes a lock on {scope.place}, which is not in {asked.place}.")
    if not name or reading.text(raw, "name").lower() not in ("", name.lower()):
        return Unreadable(f"Azure's description of a lock on {scope.place} contradicts itself about its name.")
    return Lock(scope, name, reading.text(raw, "properties", "level"), reading.text(raw, "properties", "notes"))
