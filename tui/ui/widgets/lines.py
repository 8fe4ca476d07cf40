"""The lines around every screen: header, status, keys."""

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

from tui.ui.containment import Contained
from tui.ui.fitting import fit_lines, fit_place
from tui.ui.text import Part, content, fit, line

_KEY_GAP = 2
LEAD_GAP = _NOTE_GAP = 2
"""Cells between a line and what stands beside it."""
_PROGRAM = "sparkpool  "


class Line(Contained, Widget):
    """One line of safe text, drawn only when it changes, without a new layout of the screen.

    Args:
        most: The number of lines to which it may grow for longer text.
    """

    DEFAULT_CSS = """
    Line { height: 1; width: 100%; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = None, most: int = 1) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._said = Content("")
        self._most = most
        self._lead = self._note = ""

    def lead(self, text: str) -> None:
        """Show a short text at the left end of the first line; empty for none.

        If only this changes, only this is sent to the terminal; Textual sends everything to the left of a change.
        """
        text = line(text)
        if text != self._lead:
            is_same_width = cell_len(text) == cell_len(self._lead)
            self._lead = text
            self._grow()
            if is_same_width:
                self.refresh(Region(0, 0, cell_len(text), 1))
            else:
                self.refresh()

    def note(self, text: str) -> None:
        """Show a short text at the right end, while what is said fits on one line beside it; empty for none."""
        text = line(text)
        if text != self._note:
            before = cell_len(self._visible_note)
            self._note = text
            changed = max(before, cell_len(self._visible_note))
            if changed:
                self.refresh(Region(self.size.width - changed, 0, changed, 1))

    def say(self, *parts: Part) -> None:
        """Show parts as for `tui.ui.text.content`, unless they are shown already."""
        said = content(*parts)
        if not said.is_same(self._said):
            self._said = said
            self._grow()
            self.refresh()

    def _grow(self) -> None:
        """Set its height to the lines that it needs."""
        if self._most > 1 and self.size.width:
            number = max(1, len(self._fitted()))
            if self.styles.height is None or self.styles.height.value != number:
                self.styles.height = number

    @property
    def _room(self) -> int:
        """Cells beside the lead."""
        return self.size.width - (cell_len(self._lead) + LEAD_GAP if self._lead else 0)

    @property
    def _visible_note(self) -> str:
        """The note, if what is said leaves room for it."""
        fits = self._said.cell_length + _NOTE_GAP + cell_len(self._note) <= self._room
        return self._note if fits and "\n" not in self._said.plain else ""

    def _fitted(self) -> list[Content]:
        return fit_lines(self._said, self._room, self._most)

    def on_resize(self) -> None:
        """Wrap for the new width."""
        self._grow()

    def on_show(self) -> None:
        """Wrap what was said before it had a width."""
        self._grow()

    def says(self, *parts: Part) -> bool:
        """Whether it shows these parts."""
        return content(*parts).is_same(self._said)

    def render(self) -> Content:
        """The current text."""
        if self._most <= 1 or not self.size.width:
            return self._said
        fitted = self._fitted()
        if self._lead:
            fitted[0] = content((self._lead, "$dim"), " " * LEAD_GAP, fitted[0])
        if note := self._visible_note:
            room = self.size.width - cell_len(note)
            fitted[0] = content(fitted[0], " " * (room - fitted[0].cell_length), (note, "$dim"))
        return Content("\n").join(fitted)


class KeyLine(Line):
    """The keys that work here, the most important first, as many as fit."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._keys: list[tuple[str, str, bool, bool]] = []

    def show_keys(self, keys: list[tuple[str, str, bool, bool]]) -> None:
        """Show keys.

        Args:
            keys: Key, label, whether it applies now, and whether it always stays; by importance.
        """
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def render(self) -> Content:
        """The keys that fit."""
        widths = [cell_len(line(key)) + 1 + cell_len(line(label)) + _KEY_GAP for key, label, *_ in self._keys]
        always = [number for number, (*_, stays) in enumerate(self._keys) if stays]
        left = self.size.width + _KEY_GAP - sum(widths[number] for number in always)
        parts: list[tuple[object, str]] = []
        for number, (key, label, enabled, _) in enumerate(self._keys):
            if number not in always:
                if widths[number] > left:
                    continue
                left -= widths[number]
            gap = [(" " * _KEY_GAP, "$dim")] if parts else []
            parts += [*gap, (f"{line(key)} ", "bold $accent" if enabled else "$dim"), (line(label), "$dim")]
        return content(*parts)


class HeaderLine(Line):
    """The place, the account and the badges."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown = "", "", "", ""

    def show_place(self, place: str, account: str, badges: tuple[str, ...], subscription: str = "") -> None:
        """Show the place on the left, account and badges on the right.

        If they do not fit, first the subscription is dropped, then the account instead, then both; the badges stay.
        """
        shown = line(place), line(account), "  ".join(line(badge) for badge in badges), line(subscription)
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def render(self) -> Content:
        """As much as fits."""
        room = self.size.width
        place, account, badges, subscription = self._shown
        whole = f"{subscription} › {place}" if subscription else place
        both = "  ".join(part for part in (account, badges) if part)
        for left, right in ((whole, both), (place, both), (whole, badges), (place, badges)):
            if len(_PROGRAM) + cell_len(left) + cell_len(right) + 2 <= room:
                break
        width = max(0, room - cell_len(right) - (2 if right else 0) - len(_PROGRAM))
        return content(
            (_PROGRAM.rstrip(), "bold"),
            "  ",
            fit(fit_place(left, width), width),
            "  " if right else "",
            (right[: len(right) - len(badges)], "$dim"),
            (badges, "bold $warning"),
        )
