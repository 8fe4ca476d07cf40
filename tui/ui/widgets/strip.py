"""The line that shows operations on every screen."""

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len
from textual.content import Content

from tui.domain.operation import Operation, Progress, Waited
from tui.domain.phrases import plural
from tui.domain.states import Tone
from tui.domain.unreadable_operation import UnreadableOperation
from tui.ui.keys import key_name
from tui.ui.text import Part, content, duration, glyph, line, shorten
from tui.ui.widgets.lines import Line

_LEAST_NAME, _LEAST_CUT = 20, 5
_Wording = tuple[Part, ...]
"""The parts of a text, with their styles."""


class OperationStrip(Line):
    """Shows an unseen failure, else the newest running operation, else an interrupted one or a missing journal."""

    DEFAULT_CSS = """
    OperationStrip { display: none; color: $foreground; background: $panel; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._sign, self._about = "", ""
        self._wordings: tuple[_Wording, ...] = ()

    def render(self) -> Content:
        """The longest text that fits, with the name cut in the middle if that is enough."""
        width = self.size.width - cell_len(self._sign) - 1
        made = Content("")
        for wording in self._wordings:
            rest = content(*wording)
            room = width - rest.cell_length
            made = content((f"{self._sign} {shorten(self._about, max(room, _LEAST_CUT))}", "bold"), rest)
            if room >= min(cell_len(self._about), _LEAST_NAME):
                break
        return made

    def _show(self, tone: Tone, name: str, *wordings: _Wording) -> None:
        shown = glyph(tone), line(name), wordings
        if shown != (self._sign, self._about, self._wordings):
            self._sign, self._about, self._wordings = shown
            self.refresh()

    def show_operations(
        self,
        running: Sequence[Operation],
        interrupted: Sequence[Operation],
        unreadable: Sequence[UnreadableOperation],
        unseen_failures: Sequence[Operation],
        now: datetime,
        *,
        recorded: bool,
    ) -> None:
        """Show these operations.

        Args:
            running: Those that this program watches.
            interrupted: The interrupted ones.
            unreadable: The interrupted ones that cannot be read.
            unseen_failures: The failed ones that no screen has shown.
            now: The current time.
            recorded: Whether operations are recorded for the next start.
        """
        self.display = bool(running or interrupted or unreadable or unseen_failures) or not recorded
        shows = key_name("app.operations")
        if unseen_failures:
            newest = unseen_failures[-1]
            more = f" and {len(unseen_failures) - 1} more" if len(unseen_failures) > 1 else ""
            how = f"  {newest.verb.value}{more}: {failure_words(newest)}", "$error"
            why = f"   {shows} says why"
            still = [(how, (f"{why} · {len(running)} running", "$dim"))] if running else []
            self._show(Tone.BAD, newest.target.name, *still, (how, (why, "$dim")))
        elif running:
            self._show_running(running, now)
        elif interrupted:
            others = len(interrupted) + len(unreadable) - 1
            newest, more = interrupted[-1], f" and {others} more" if others else ""
            where = f" in the cloud {newest.other_cloud}" if newest.other_cloud else ""
            them = "them" if more else "it"
            resumes = "" if newest.other_cloud else f", {key_name('operations.continue')} resumes {them}"
            what = f"  {newest.verb.value}{more} {'were' if more else 'was'} interrupted"
            key = f"   {shows} shows {them}{resumes}", "$dim"
            self._show(Tone.WARNING, newest.target.name, (f"{what}{where}", key), (what, key))
        elif unreadable:
            more = f" and {len(unreadable) - 1} more" if len(unreadable) > 1 else ""
            what = f"  {unreadable[-1].verb}{more} {'were' if more else 'was'} interrupted and cannot be read"
            self._show(Tone.WARNING, unreadable[-1].name, (what, (f"   {shows} says why", "$dim")))
        elif not recorded:
            self._show(Tone.WARNING, "Operations are not recorded here", ((f"   {shows} says why", "$dim"),))

    def _show_running(self, running: Sequence[Operation], now: datetime) -> None:
        newest, number = running[-1], len(running)
        how = f"  {newest.verb.value} · {progress_words(newest, now)}"
        brief = f"  {newest.verb.value} · {newest.status}"
        shows = f"{key_name('app.operations')} shows them"
        tail = f"   {plural(number, 'operation')} running, {shows}", "$dim"
        if number == 1:
            wordings: tuple[_Wording, ...] = (how, tail), (how,), (brief,)
        else:
            wordings = (how, tail), (brief, tail), (f"  {newest.verb.value}", (f"   {number} running, {shows}", "$dim"))
        self._show(Tone.BUSY, newest.target.name, *wordings)


def failure_words(operation: Operation) -> str:
    """How an unsuccessful operation ended: `failed`, `canceled`, or unknown."""
    return "outcome unknown" if operation.is_unknown else operation.status.lower()


def progress_words(operation: Operation, now: datetime) -> str:
    """Status, elapsed time and next step: `InProgress · 00:42 · next poll 4 s`."""
    if operation.is_interrupted:
        return operation.status
    words = [operation.status, duration(operation.elapsed(now))]
    match operation.last:
        case Progress(next_poll=datetime() as moment) if moment > now:
            words.append(f"next poll {round((moment - now).total_seconds())} s")
        case Waited(until=moment) if moment > now:
            words.append(f"tries again in {round((moment - now).total_seconds())} s")
    return " · ".join(words)
