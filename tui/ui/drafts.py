"""What the user has typed or chosen in a form and not sent yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RolesAfter
from tui.ui.catalog import Catalog


@dataclass(frozen=True, slots=True)
class TagsDraft:
    """Changes of the tags and the description of a compute.

    Attributes:
        description: The new description; None where it was left.
        changes: The changes of tags.
        text: What an editor had left that could not be taken.
        name: What stood in the field of a tag's name.
        value: What stood in the field of its value.
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
        identities: Ids of user-assigned identities, in the order chosen; kept while the type has none.
        is_chosen: Whether the person chose it, so that no default may replace it.
        after: What becomes of the roles of what it replaces.
    """

    kind: IdentityKind = IdentityKind.SYSTEM
    identities: list[ResourceId] = field(default_factory=list)
    is_chosen: bool = False
    after: RolesAfter = RolesAfter.FOLLOW

    @property
    def choice(self) -> IdentityChoice:
        """What was chosen."""
        return self.with_kind(self.kind)

    def with_kind(self, kind: IdentityKind) -> IdentityChoice:
        """What would be chosen with another type."""
        return IdentityChoice(kind, tuple(self.identities) if kind.has_user else ())

    def take(self, choice: IdentityChoice) -> None:
        """Begin with this choice, unless the person has made one."""
        if not self.is_chosen:
            self.kind, self.identities = choice.kind, list(choice.user_assigned)


class Standing(Enum):
    """What is known of a user-assigned identity; each value is the word for it, empty where it is there."""

    HERE = ""
    READING = "reading …"
    GONE = "gone"
    UNREADABLE = "cannot be read"


def standing(catalog: Catalog, identity: ResourceId) -> Standing:
    """Whether an identity is in the list of its subscription, as far as that has been read."""
    shelf = catalog.identities(identity.subscription.lower())
    if any(one.id == identity for one in shelf.items):
        return Standing.HERE
    if shelf.problem is not None:
        return Standing.UNREADABLE
    return Standing.GONE if shelf.complete else Standing.READING
