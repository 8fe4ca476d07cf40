"""A change of an attached pool: what a person asks for, applied to what Azure shows and to nothing else of it."""

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

_READ_ONLY = ("id", "name", "type", "systemData")
_READ_ONLY_PROPERTIES = ("createdOn", "modifiedOn", "provisioningState", "provisioningErrors", "isAttachedCompute")
_OURS_IN_IDENTITY = ("type", "userAssignedIdentities")
ORDER = "(order)"


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change; what is not named here stays as it is.

    Attributes:
        identity: The managed identity that the compute is to have; None to leave it.
        description: The new description, empty to take it away; None to leave it.
        tags: Tag names with their new values, None to take one away; tags that are not named stay.
    """

    identity: IdentityChoice | None = None
    description: str | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)

    def apply(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The PUT body that makes this change and no other.

        Args:
            raw: What Azure sent for the compute.

        Returns:
            What Azure sent, less what only Azure writes, with the change made; members that this program
            does not know are in it.
        """
        document = writable(raw)
        if self.identity is not None:
            _set_identity(document, self.identity)
        if self.description is not None:
            _set_description(document, self.description)
        if self.tags:
            _set_tags(document, self.tags)
        return document


@dataclass(frozen=True, slots=True)
class ComputeEdit:
    """A change of one attached pool, on top of what the person saw.

    Attributes:
        compute: The compute as the person saw it; it has a resource id.
        edit: What is to change.
        move: The roles that follow a change of identity; None to leave roles as they are.
        role: The Synapse role that its identity is granted on the pool afterwards, where an attach that failed is
            sent again; None to grant nothing.
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
        """The Spark pool's resource id; None where Azure did not say it."""
        return self.compute.attached_to

    def document(self) -> dict[str, Any]:
        """The body of the PUT."""
        return self.edit.apply(self.compute.raw)

    @property
    def identity(self) -> IdentityChoice:
        """The managed identity that the compute has afterwards."""
        return self.edit.identity if self.edit.identity is not None else IdentityChoice.of(self.compute.identity)

    @property
    def description(self) -> str:
        """The description that the compute has afterwards."""
        return self.edit.description if self.edit.description is not None else self.compute.description

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags that the compute has afterwards, as far as they are text."""
        after = self.document().get("tags")
        return {key: value for key, value in (after or {}).items() if isinstance(value, str)}

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every member, and what happens to it; another order of the same identities is a change too."""
        before, after = writable(self.compute.raw), self.document()
        changes = compare(before, after)
        old, new = _assigned(before), _assigned(after)
        if old != new and set(old) == set(new):
            path = ("identity", "userAssignedIdentities", ORDER)
            changes = (*changes, Change(Mark.CHANGED, path, _names(old), _names(new)))
        return changes

    @property
    def is_idle(self) -> bool:
        """Whether it would change nothing; a compute that failed may be sent again as it is."""
        return self._changes_nothing and self.compute.state.tone is not Tone.BAD and self.role is None

    @property
    def only_grants(self) -> bool:
        """Whether the compute is as it is to be, and only its role is still to be granted."""
        return self._changes_nothing and self.compute.state.tone is not Tone.BAD and self.role is not None

    @property
    def is_repeat(self) -> bool:
        """Whether it sends a compute that failed again as it is."""
        return self._changes_nothing and self.compute.state.tone is Tone.BAD

    @property
    def _changes_nothing(self) -> bool:
        return all(change.mark is Mark.SAME for change in self.changes)

    def on(self, found: Compute) -> "ComputeEdit":
        """The same change on top of what Azure shows now."""
        return replace(self, compute=found)

    def unmade_in(self, found: Compute) -> tuple[Change, ...]:
        """What this change would still have to make of a compute; nothing if that is as it would make it."""
        again = self.on(found)
        return tuple(one for one in compare(writable(found.raw), again.document()) if one.mark is not Mark.SAME)


def tag_edit(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """The difference of two sets of tags, as an edit.

    Args:
        before: The tags that were shown.
        after: The tags that there are to be.
    """
    gone: dict[str, str | None] = {key: None for key in before if key not in after}
    return gone | {key: value for key, value in after.items() if before.get(key) != value}


def writable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A compute's document without the members that only Azure writes.

    Args:
        raw: What Azure sent.

    Returns:
        A copy; unknown members are kept.
    """
    document = {key: copy.deepcopy(value) for key, value in raw.items() if key not in _READ_ONLY}
    properties = document.get("properties")
    if isinstance(properties, dict):
        for member in _READ_ONLY_PROPERTIES:
            properties.pop(member, None)
        if properties.get("properties") is None:
            # Azure sends null while it works on a compute, and lets nobody send it (specification).
            properties.pop("properties", None)
    identity = document.get("identity")
    if isinstance(identity, dict):
        identity.pop("principalId", None)
        identity.pop("tenantId", None)
        assigned = identity.get("userAssignedIdentities")
        if isinstance(assigned, dict):
            identity["userAssignedIdentities"] = {key: {} for key in assigned}
    return document


def essence(value: Any) -> Any:
    """A document without nulls and empty maps, which Azure adds and drops between two answers.

    An empty map under a resource id says that the resource is there, so it stays.
    """
    if not isinstance(value, Mapping):
        return value
    inner = {key: essence(member) for key, member in value.items()}
    return {key: member for key, member in inner.items() if key.startswith("/") or member not in (None, {})}


def _set_identity(document: dict[str, Any], choice: IdentityChoice) -> None:
    """Take an identity away in so many words: whether a PUT without the member does is unrecorded."""
    wanted = choice.document()
    before = document.pop("identity", None)
    if wanted is None:
        if isinstance(before, dict):
            document["identity"] = {"type": IdentityKind.NONE.value}
        return
    others = {k: v for k, v in before.items() if k not in _OURS_IN_IDENTITY} if isinstance(before, dict) else {}
    document["identity"] = {**wanted, **others}


def _set_description(document: dict[str, Any], text: str) -> None:
    properties = document.get("properties")
    if not isinstance(properties, dict):
        return
    if text:
        properties["description"] = text
    else:
        properties.pop("description", None)


def _set_tags(document: dict[str, Any], changes: Mapping[str, str | None]) -> None:
    """Tag names differ in letter case only by accident: Azure compares them without it (documentation)."""
    before = document.get("tags")
    tags = dict(before) if isinstance(before, dict) else {}
    spelled = {key.lower(): key for key in tags}
    for key, value in changes.items():
        name = spelled.get(key.lower())
        if value is None:
            if name is not None:
                tags.pop(name, None)
                spelled.pop(key.lower())
        elif name is None or name == key:
            tags[key] = value
        else:
            tags = {key if old == name else old: value if old == name else kept for old, kept in tags.items()}
    document["tags"] = tags


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
