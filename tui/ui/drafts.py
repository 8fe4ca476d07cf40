"""Unsent input of the user in a form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RolesAfter
from tui.ui.resource_lists import ResourceLists


@dataclass(frozen=True, slots=True)
class TagsDraft:
    """Unsent changes to the tags and the description of a compute.

    Attributes:
        description: The new description; None if unchanged.
        changes: The new values of tags; None removes a tag.
        text: An editor's text that could not be used.
        name: The content of the field for a tag's name.
        value: The content of the field for its value.
    """

    description: str | None = None
    changes: Mapping[str, str | None] = field(default_factory=dict)
    text: str | None = None
    name: str = ""
    value: str = ""


@dataclass(slots=True)
class IdentityDraft:
    """The identity that is being chosen.

    Attributes:
        kind: Its type.
        identities: User-assigned identities in the chosen order; kept while the type has none.
        is_chosen: Whether the user chose it, so that no default may replace it.
        after: What happens to the roles of the old identity.
    """

    kind: IdentityKind = IdentityKind.SYSTEM
    identities: list[ResourceId] = field(default_factory=list)
    is_chosen: bool = False
    after: RolesAfter = RolesAfter.FOLLOW

    @property
    def choice(self) -> IdentityChoice:
        """The current choice."""
        return self.with_kind(self.kind)

    def with_kind(self, kind: IdentityKind) -> IdentityChoice:
        """The choice with another type."""
        return IdentityChoice(kind, tuple(self.identities) if kind.has_user else ())

    def take(self, choice: IdentityChoice) -> None:
        """Use a default, unless the user has chosen."""
        if not self.is_chosen:
            self.kind, self.identities = choice.kind, list(choice.user_assigned)


class Standing(Enum):
    """Whether a user-assigned identity exists; the value is the word for it, empty if it does."""

    HERE = ""
    READING = "reading …"
    GONE = "gone"
    UNREADABLE = "cannot be read"


def standing(lists: ResourceLists, identity: ResourceId) -> Standing:
    """Whether an identity is in the list of its subscription, as far as that was read."""
    listed = lists.identities(identity.subscription.lower())
    if any(listed.id == identity for listed in listed.items):
        return Standing.HERE
    if listed.problem is not None:
        return Standing.UNREADABLE
    return Standing.GONE if listed.complete else Standing.READING
