"""A change of an attached pool: what the user asks for, applied to what Azure shows and to nothing else of it."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui.domain.compute import Compute
from tui.domain.difference import Change, Mark, compare
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.resource_id import InvalidResourceId, ResourceId
from tui.domain.role_change import RoleMove
from tui.domain.roles import RoleDefinition
from tui.domain.states import Tone
from tui.domain.tags import set_tags

_READ_ONLY = ("id", "name", "type", "systemData")
_READ_ONLY_PROPERTIES = ("createdOn", "modifiedOn", "provisioningState", "provisioningErrors", "isAttachedCompute")
_OURS_IN_IDENTITY = ("type", "userAssignedIdentities")
ORDER = "(order)"


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change; a member that is None, or a tag that is not named, stays as it is.

    An empty description removes it. A tag with the value None is removed.
    """

    identity: IdentityChoice | None = None
    description: str | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)

    def apply(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The PUT body that makes this change and no other.

        It is what Azure sent, without the members that only Azure writes. Members that this program does not know are
        kept.
        """
        document = put_body(raw)
        if self.identity is not None:
            _set_identity(document, self.identity)
        if self.description is not None:
            _set_description(document, self.description)
        if self.tags:
            set_tags(document, self.tags)
        return document


@dataclass(frozen=True, slots=True)
class ComputeEdit:
    """A change of one attached pool, based on what the user saw.

    Attributes:
        compute: The compute as the user saw it; it has a resource id.
        edit: What is to change.
        move: The roles that follow a change of identity; None leaves roles as they are.
        role: The Synapse role to grant to its identity on the pool afterwards, when a failed attach is sent again;
            None grants nothing.
    """

    compute: Compute
    edit: Edit
    move: RoleMove | None = None
    role: RoleDefinition | None = None

    @property
    def id(self) -> ResourceId:
        """The compute's resource id."""
        return self.compute.required_id

    @property
    def name(self) -> str:
        """The compute's name."""
        return self.compute.name

    @property
    def pool(self) -> ResourceId | None:
        """The Spark pool's resource id; None where Azure did not report it."""
        return self.compute.attached_to

    def document(self) -> dict[str, Any]:
        """The body of the PUT."""
        return self.edit.apply(self.compute.raw)

    @property
    def identity(self) -> IdentityChoice:
        """The managed identity that the compute will have."""
        return self.edit.identity if self.edit.identity is not None else IdentityChoice.of(self.compute.identity)

    @property
    def description(self) -> str:
        """The description that the compute will have."""
        return self.edit.description if self.edit.description is not None else self.compute.description

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags that the compute will have, as far as they are text."""
        after = self.document().get("tags")
        return {key: value for key, value in (after or {}).items() if isinstance(value, str)}

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every member, and what happens to it; another order of the same identities is a change too."""
        before, after = put_body(self.compute.raw), self.document()
        changes = compare(before, after)
        old, new = _assigned(before), _assigned(after)
        if old != new and set(old) == set(new):
            path = ("identity", "userAssignedIdentities", ORDER)
            changes = (*changes, Change(Mark.CHANGED, path, _names(old), _names(new)))
        return changes

    @property
    def changes_nothing(self) -> bool:
        """Whether it changes nothing; a failed compute may still be sent again as it is."""
        return self._changes_nothing and self.compute.state.tone is not Tone.BAD and self.role is None

    @property
    def only_grants(self) -> bool:
        """Whether the compute already matches, and only its role has to be granted."""
        return self._changes_nothing and self.compute.state.tone is not Tone.BAD and self.role is not None

    @property
    def is_resend(self) -> bool:
        """Whether it sends a failed compute again as it is."""
        return self._changes_nothing and self.compute.state.tone is Tone.BAD

    @property
    def _changes_nothing(self) -> bool:
        return all(change.mark is Mark.SAME for change in self.changes)

    def on(self, current: Compute) -> "ComputeEdit":
        """The same change, based on what Azure shows now."""
        return replace(self, compute=current)

    def remaining_changes(self, current: Compute) -> tuple[Change, ...]:
        """What this change would still alter in a compute; empty if that already matches."""
        again = self.on(current)
        return tuple(one for one in compare(put_body(current.raw), again.document()) if one.mark is not Mark.SAME)


def put_body(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a compute's document without the members that only Azure writes; unknown members are kept."""
    document = {key: copy.deepcopy(value) for key, value in raw.items() if key not in _READ_ONLY}
    properties = document.get("properties")
    if isinstance(properties, dict):
        for member in _READ_ONLY_PROPERTIES:
            properties.pop(member, None)
        if properties.get("properties") is None:
            # Azure sends null while it works on a compute, but accepts no null (specification).
            properties.pop("properties", None)
    identity = document.get("identity")
    if isinstance(identity, dict):
        identity.pop("principalId", None)
        identity.pop("tenantId", None)
        assigned = identity.get("userAssignedIdentities")
        if isinstance(assigned, dict):
            identity["userAssignedIdentities"] = {key: {} for key in assigned}
    return document


def without_empties(value: Any) -> Any:
    """A document without nulls and empty maps, which Azure adds and drops between two answers.

    An empty map under a resource id means that the resource is assigned, so it stays.
    """
    if not isinstance(value, Mapping):
        return value
    inner = {key: without_empties(member) for key, member in value.items()}
    return {key: member for key, member in inner.items() if key.startswith("/") or member not in (None, {})}


def _set_identity(document: dict[str, Any], choice: IdentityChoice) -> None:
    """Set the identity, or remove it explicitly (`type: None`); whether omitting it removes it is not recorded."""
    identity = choice.document()
    before = document.pop("identity", None)
    if identity is None:
        if isinstance(before, dict):
            document["identity"] = {"type": IdentityKind.NONE.value}
        return
    others = {k: v for k, v in before.items() if k not in _OURS_IN_IDENTITY} if isinstance(before, dict) else {}
    document["identity"] = {**identity, **others}


def _set_description(document: dict[str, Any], text: str) -> None:
    properties = document.get("properties")
    if not isinstance(properties, dict):
        return
    if text:
        properties["description"] = text
    elif properties.get("description"):
        # Azure may show a missing description as null or as an empty text, which is no reason for a write.
        del properties["description"]


def _assigned(document: Mapping[str, Any]) -> list[str]:
    identity = document.get("identity")
    assigned = identity.get("userAssignedIdentities") if isinstance(identity, dict) else None
    return [key.lower() for key in assigned] if isinstance(assigned, dict) else []


def _names(assigned: list[str]) -> str:
    return ", ".join(_name(key) for key in assigned)


def _name(key: str) -> str:
    try:
        return ResourceId.parse(key).name
    except InvalidResourceId:
        return key
