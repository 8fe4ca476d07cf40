"""A form for a new user-assigned managed identity."""

from enum import Enum

from textual.content import Content

from tui.domain.identity import UserAssignedIdentity
from tui.domain.identity_creation import IdentityCreation
from tui.domain.identity_form import IdentityField, IdentityInput
from tui.domain.ordering import by_name
from tui.domain.phrases import enumerated
from tui.domain.plan import Plan
from tui.ui.keys import bindings
from tui.ui.screens.field_form import FieldFormScreen
from tui.ui.session import DraftKey
from tui.ui.text import content

_HINTS = {
    IdentityField.NAME: "3 to 128 letters, digits, - and _",
    IdentityField.GROUP: "one that exists",
    IdentityField.REGION: "such as eastus2",
}
"""What can be written into a field, in a few words."""

_MOST_GROUPS = 6
_NOTES = (
    "A compute runs as it once you choose it, and its roles are granted to it.",
    "It costs nothing, and it stays when the compute is detached.",
)


class IdentityFormScreen(FieldFormScreen[IdentityInput, IdentityCreation]):
    """Creates a user-assigned managed identity."""

    WHERE = "identity-form"
    BINDINGS = bindings(WHERE)
    PREFIX = "identity"

    @property
    def place(self) -> str:
        """That the identity is new, and its subscription if that is not the one of the open workspace."""
        opened = self.session.where.workspace
        is_here = opened is not None and opened.subscription.lower() == self._input.subscription.lower()
        return "new identity" if is_here else f"{self._subscription} › new identity"

    def begin(self) -> None:
        """Read the names that are taken."""
        listed = self._lists.identities(self._input.subscription)
        if self._show_notes not in listed.watchers:
            listed.watchers.append(self._show_notes)

    @property
    def _subscription(self) -> str:
        return self.session.where.name_of(self._input.subscription) or self._input.subscription

    @property
    def _question(self) -> str:
        return f"A new managed identity in {self._subscription}."

    @property
    def _draft_key(self) -> DraftKey:
        return f"new identity in {self._subscription}", frozenset()

    @property
    def _unsent_words(self) -> str:
        return f"the new identity in {self._subscription}"

    def _with_draft(self, stored: object) -> IdentityInput:
        return stored if isinstance(stored, IdentityInput) else self._input

    def _hint(self, one: Enum) -> Content:
        return content((_HINTS[IdentityField(one)], "$dim"))

    def _notes(self) -> Content:
        groups = {one.id.resource_group.lower(): one.id.resource_group for one in self._known}
        names = sorted(groups.values(), key=by_name)
        shown = enumerated([*names[:_MOST_GROUPS], *(["others"] if len(names) > _MOST_GROUPS else [])])
        known = [f"Resource groups with identities: {shown}."] if names else []
        return content(*((f"{sentence}\n", "$dim") for sentence in (*_NOTES, *known)))

    @property
    def _known(self) -> tuple[UserAssignedIdentity, ...]:
        return tuple(self._lists.identities(self._input.subscription).items)

    def _checked_request(self) -> IdentityCreation:
        return self._input.request(self._known)

    def _show_plan(self) -> None:
        request = self._request()
        if request is not None:
            self.flow.plan(Plan.of([request]), leave_caller=True)

    def action_refresh(self) -> None:
        """Read the names that are taken again."""
        self._lists.read_again(self._lists.identities(self._input.subscription))
