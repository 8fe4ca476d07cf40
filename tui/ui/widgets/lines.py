"""The single lines that frame every screen: header, status, keys."""

from textual.content import Content
from textual.widgets import Static

from tui.ui.text import content, fit, line

_ALWAYS = ("?", "q")


class Line(Static):
    """One line of cleaned text that is written only when it changes."""

    DEFAULT_CSS = """
    Line { height: 1; width: 100%; padding: 0 1; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__("", id=id, classes=classes, markup=False)
        self._said: Content | None = None

    def say(self, *parts: object | tuple[object, str]) -> None:
        """Show this, unless it is shown already.

        Args:
            parts: As for `tui.ui.text.content`.
        """
        said = content(*parts)
        if self._said is None or not said.is_same(self._said):
            self._said = said
            self.update(said)


class KeyLine(Line):
    """The keys that work here, the most important first, as many as there is room for."""

    def show_keys(self, keys: list[tuple[str, str, bool]]) -> None:
        """Show keys.

        Args:
            keys: Key, label and whether it applies now, in order of importance.
        """
        room = max(0, self.size.width - 2)
        parts: list[tuple[object, str]] = []
        widths = [len(key) + len(label) + 3 for key, label, _ in keys]
        always = [number for number, (key, _, _) in enumerate(keys) if key in _ALWAYS]
        used = sum(widths[number] for number in always)
        for number, (key, label, enabled) in enumerate(keys):
            if number not in always:
                if used + widths[number] > room:
                    continue
                used += widths[number]
            parts += [(f"{line(key)} ", "bold $accent" if enabled else "$dim"), (f"{line(label)}  ", "$dim")]
        self.say(*parts)


class HeaderLine(Line):
    """Where the user is, as whom, and under which conditions."""

    def show_place(self, place: str, account: str, badges: tuple[str, ...]) -> None:
        """Show the place on the left, account and badges on the right; the badges stay when it is narrow."""
        room = max(0, self.size.width - 2)
        marks = "  ".join(line(badge) for badge in badges)
        right = "  ".join(part for part in (line(account), marks) if part)
        left = f"sparkpool  {line(place)}"
        if len(left) + len(right) + 2 > room:
            right = marks
        width = max(0, room - len(right) - 2)
        self.say(
            ("sparkpool", "bold"),
            fit(left, width)[len("sparkpool") :],
            "  " if right else "",
            (right[: len(right) - len(marks)], "$dim"),
            (marks, "bold $warning"),
        )
