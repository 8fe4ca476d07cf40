"""Two changes of one compute, between which the user decides."""

from collections.abc import Iterable
from typing import Any

from textual.content import Content
from textual.widget import Widget

from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit
from tui.domain.merge import Divergence, Whose, divergences
from tui.domain.plan import Plan
from tui.domain.plan_texts import json_word
from tui.domain.states import Tone
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.screens.base import BaseScreen
from tui.ui.session import Session
from tui.ui.text import WHOLE, Parts, content, dash, fold, glyph
from tui.ui.widgets.pages import Page, Pages

_LABEL_CELLS = 12
_SECTIONS = (
    (Whose.BOTH, "Changed by both, differently", "$error"),
    (Whose.BOTH_ALIKE, "Changed by both to the same value", "$success"),
    (Whose.THEIRS, "Changed by someone else", "$warning"),
    (Whose.MINE, "Changed by you", "$accent"),
)


class ConflictScreen(BaseScreen):
    """Shows what someone else changed and what the user wants, property by property.

    Args:
        edit: The user's change, based on what they saw.
    """

    WHERE = "conflict"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "#page"

    def __init__(self, session: Session, flow: Flow, edit: ComputeEdit, found: Compute) -> None:
        super().__init__(session, flow)
        self._edit = edit
        self._current = found

    def content(self) -> Iterable[Widget]:
        """Show both changes on one page."""
        yield Pages(
            (Page("both", "Both changes", self._both, lambda: self._both(WHOLE).plain),),
        )

    @property
    def place(self) -> str:
        """The compute."""
        return f"{self._edit.id.parent.name} › {self._edit.name} › two changes"

    def on_mount(self) -> None:
        """Say what the user has to decide."""
        self.say((f"Someone else has changed {self._edit.name}. Nothing was sent; you decide.", "bold"))

    @property
    def has_content(self) -> bool:
        """Whether both changes are on the page."""
        return self.query_one(Pages).is_filled

    def _both(self, width: int) -> Content:
        parts: Parts = []
        all_changes = divergences(self._edit, self._current)
        for whose, title, style in _SECTIONS:
            mine = [one for one in all_changes if one.whose is whose]
            if mine:
                parts.append((f"{glyph(Tone.WARNING if whose is Whose.BOTH else Tone.NEUTRAL)} {title}\n", style))
            for one in mine:
                parts += [("  " + fold(_name(one), width, 4) + "\n", "bold"), *_values(one, width), "\n"]
        parts.append(("Unchanged properties are not shown and stay as they are.\n", "$dim"))
        return content(*parts)

    def action_mine(self) -> None:
        """Show the plan of the user's change on top of what Azure shows now."""
        self.flow.plan_instead(self, Plan.of([self._edit.on(self._current)]))

    def action_theirs(self) -> None:
        """Keep the other change; send nothing."""
        self.dismiss()

    async def action_copy(self) -> None:
        """Copy both changes."""
        await self.copy(self.query_one(Pages).page.copy(), f"both changes of {self._edit.name}")


def _name(one: Divergence) -> str:
    return ".".join(part.rsplit("/", 1)[-1] if part.startswith("/") else part for part in one.path)


def _values(one: Divergence, width: int) -> Parts:
    rows = [("was", one.base)]
    if one.whose is not Whose.MINE:
        rows.append(("theirs", one.theirs))
    if one.whose is not Whose.THEIRS:
        rows.append(("yours", one.mine))
    parts: Parts = []
    for label, value in rows:
        shown = fold(_text(value), width, _LABEL_CELLS, copy_key=key_name("conflict.copy"))
        parts += [(f"    {label:<{_LABEL_CELLS - 4}}", "$dim"), shown, "\n"]
    return parts


def _text(value: Any) -> str:
    return dash() if value is None else json_word(value)
