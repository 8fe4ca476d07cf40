"""What the user has typed into the form for a new managed identity, and the request that this makes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from tui.domain.field_texts import InvalidText, new_tags_in
from tui.domain.identity import UserAssignedIdentity
from tui.domain.identity_creation import (
    IdentityCreation,
    group_problem,
    identity_name_problem,
    region_in,
    region_problem,
)
from tui.domain.tags import format_tags


class IdentityField(Enum):
    """A field of the form; each value is its label."""

    NAME = "Name"
    GROUP = "Resource group"
    REGION = "Region"
    TAGS = "Tags"


@dataclass(frozen=True, slots=True)
class IdentityInput:
    """Input for a new managed identity: a field that was not touched has its default.

    Attributes:
        subscription: The GUID of the subscription that the identity will be in.
        group: The default resource group; empty for none.
        region: The default region; empty for none.
        typed: The text of each field that was touched.
    """

    subscription: str
    group: str = ""
    region: str = ""
    typed: Mapping[IdentityField, str] = field(default_factory=dict)

    @classmethod
    def of(cls, creation: IdentityCreation) -> "IdentityInput":
        """The input of an earlier request, to correct it."""
        texts = {
            IdentityField.NAME: creation.name,
            IdentityField.GROUP: creation.resource_group,
            IdentityField.REGION: creation.location,
            IdentityField.TAGS: format_tags(creation.tags),
        }
        return cls(creation.subscription, typed={one: text for one, text in texts.items() if text})

    @property
    def fields(self) -> tuple[IdentityField, ...]:
        """The fields of the form, in order."""
        return tuple(IdentityField)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was typed."""
        return not self.typed

    def before(self, one: IdentityField) -> str:
        """The default of a field."""
        return {IdentityField.GROUP: self.group, IdentityField.REGION: self.region}.get(one, "")

    def text(self, one: IdentityField) -> str:
        """The text of a field."""
        return self.typed.get(one, self.before(one))

    def with_text(self, one: IdentityField, text: str) -> "IdentityInput":
        """The input after a text was typed."""
        rest = {other: known for other, known in self.typed.items() if other is not one}
        return replace(self, typed=rest if text.strip() == self.before(one) else {**rest, one: text})

    def request(self, taken: Iterable[UserAssignedIdentity]) -> IdentityCreation:
        """The request; `taken` are the identities of the subscription, as far as they are known.

        Raises:
            InvalidText: If a text cannot be used; the first in the order of the fields.
        """
        name, group = self.text(IdentityField.NAME).strip(), self.text(IdentityField.GROUP).strip()
        region = region_in(self.text(IdentityField.REGION))
        problems = {
            IdentityField.NAME: identity_name_problem(name),
            IdentityField.GROUP: group_problem(group),
            IdentityField.REGION: region_problem(region),
        }
        wrong = next(((one, problem) for one, problem in problems.items() if problem), None)
        if wrong is not None:
            raise InvalidText(*wrong)
        tags = new_tags_in(self.text(IdentityField.TAGS), IdentityField.TAGS)
        creation = IdentityCreation(self.subscription, group, name, region, tags)
        same = next((one for one in taken if one.id == creation.id), None)
        if same is not None:
            reason = f"There is already an identity {same.name} in {same.id.resource_group}: choose another name."
            raise InvalidText(IdentityField.NAME, reason)
        return creation
