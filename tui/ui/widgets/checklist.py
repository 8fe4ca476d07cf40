"""The steps of an operation, a line for each, which are updated in place."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region, Size
from textual.widget import Widget

from tui.domain.chain_steps import WORDS, Item, StepState
from tui.domain.states import Tone
from tui.ui.containment import Contained
from tui.ui.text import content, cut_mark, duration, fit, glyph, is_ascii_only, line, style

_TONES = {
    StepState.DONE: Tone.GOOD,
    StepState.RUNNING: Tone.BUSY,
    StepState.SKIPPED: Tone.NEUTRAL,
    StepState.INTERRUPTED: Tone.WARNING,
    StepState.UNWATCHED: Tone.NEUTRAL,
    StepState.FAILED: Tone.BAD,
    StepState.CANCELED: Tone.BAD,
    StepState.UNKNOWN: Tone.BAD,
    StepState.NOT_DONE: Tone.NEUTRAL,
}
_DOUBTFUL = (Tone.WARNING, Tone.BAD)
_GAP = 2
_LEAST_WORD, _LEAST_TIME, _LEAST_FINDING = 8, 5, 16
_MOST_WHILE_RUNNING = 3
"""The most lines of a doubtful finding where the whole would push the running step out of sight."""


class Checklist(Contained, Widget):
    """Shows the steps of one operation, or nothing.

    Each is a line that is cut at the edge, so that no line moves while steps run. What is doubtful about a step that is
    over is wrapped, as far as the running step stays in sight, and everything once all steps are done and there is room
    for it.
    """

    DEFAULT_CSS = """
    Checklist { width: 1fr; height: auto; text-wrap: nowrap; text-overflow: clip; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._items: Sequence[Item] = ()
        self._lines: list[Content] = []

    def show_steps(self, items: Sequence[Item]) -> None:
        """Show steps, or hide the list; only lines that change are drawn."""
        self.display = bool(items)
        self._items = items
        self._update()

    def on_resize(self) -> None:
        """Fit the lines to the new width."""
        self._update()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines at a width."""
        return len(self._lines_at(width))

    def _lines_at(self, width: int) -> list[Content]:
        is_over = all(one.state in (StepState.DONE, StepState.SKIPPED) for one in self._items)
        room = self.parent.content_size.height if isinstance(self.parent, Widget) else 0
        if is_over and len(whole := lines_of(self._items, width, wraps=True)) <= room:
            return whole
        lines = lines_of(self._items, width)
        if len(lines) > room and any(one.state is StepState.RUNNING for one in self._items):
            return lines_of(self._items, width, most=_MOST_WHILE_RUNNING)
        return lines

    def _update(self) -> None:
        before, width = self._lines, self.content_size.width
        if not width:
            self.refresh(layout=True)
            return
        self._lines = self._lines_at(width)
        if len(before) != len(self._lines):
            self.refresh(layout=True)
            return
        changed = [number for number, one in enumerate(self._lines) if not one.is_same(before[number])]
        if changed:
            self.refresh(*(Region(0, number, width, 1) for number in changed))

    def render(self) -> Content:
        """The lines at the current width."""
        return Content("\n").join(self._lines)


def lines_of(items: Sequence[Item], width: int, *, wraps: bool = False, most: int | None = None) -> list[Content]:
    """The lines of a checklist.

    Args:
        items: The steps.
        width: Cells of a line.
        wraps: Whether every finding is wrapped, and not only a doubtful one.
        most: After how many lines a wrapped finding is cut; None for never.
    """
    names = max((cell_len(WORDS[one.step]) for one in items), default=0)
    words = max((_LEAST_WORD, *(cell_len(one.state.value) for one in items)))
    times = max((_LEAST_TIME, *(len(_time(one)) for one in items)))
    made: list[Content] = []
    for one in items:
        tone = _TONES.get(one.state, Tone.NEUTRAL)
        if one.state is StepState.DONE and one.tone in _DOUBTFUL:
            tone = Tone.WARNING
        has_begun = one.took is not None
        head = content(
            (f"{_sign(one.state, tone)} ", style(tone)),
            (f"{WORDS[one.step]:<{names + _GAP}}", "" if has_begun else "$dim"),
            (f"{one.state.value:<{words + _GAP}}", style(tone)),
            (f"{_time(one):>{times}}", "$dim"),
            " " * _GAP,
        )
        is_doubtful = one.state is StepState.DONE and one.tone in _DOUBTFUL
        made += _with_finding(head, one, width, wraps=wraps or is_doubtful, most=most)
    return made


def _with_finding(head: Content, item: Item, width: int, *, wraps: bool, most: int | None) -> list[Content]:
    room = width - head.cell_length
    finding, note = line(item.finding), line(item.note)
    tone = style(item.tone) if item.tone in _DOUBTFUL else ""
    if not finding or room < _LEAST_FINDING:
        return [head.rstrip()]
    if wraps:
        whole = content((finding, tone), *([(f"  {note}", "$dim")] if note else ()))
        first, *rest = whole.wrap(room)
        if most is not None and len(rest) >= most:
            last = fit(rest[most - 2].plain.rstrip(), room - 2).rstrip()
            rest = [*rest[: most - 2], content((f"{last} {cut_mark()}", "$dim"))]
        return [content(head, first), *(content(" " * head.cell_length, one) for one in rest)]
    left = room - cell_len(finding) - _GAP
    parts = [(fit(finding, min(room, cell_len(finding))), tone)]
    if note and left > 0:
        parts.append((f"{' ' * _GAP}{fit(note, min(left, cell_len(note)))}", "$dim"))
    return [content(head, *parts)]


def _sign(state: StepState, tone: Tone) -> str:
    if state is StepState.TO_COME:
        return "." if is_ascii_only() else "·"
    return glyph(tone)


def _time(item: Item) -> str:
    return "" if item.took is None else duration(item.took)
