"""The one-line strip that shows running operations on every screen."""

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from tui.domain.operation import Operation, Progress, Waited
from tui.domain.operation_unread import UnreadOperation
from tui.domain.states import Tone
from tui.ui.keys import key_name
from tui.ui.text import content, duration, glyph, plural
from tui.ui.widgets.lines import Line


class OperationStrip(Line):
    """A failure that nobody has seen, or the newest running operation; else what was left, or is not recorded."""

    DEFAULT_CSS = """
    OperationStrip { display: none; color: $foreground; background: $panel; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._needed = 0

    def render(self) -> Content:
        """What was said last, without the end that may go where it is narrow."""
        said = super().render()
        return said[: self._needed] if self._needed and said.cell_length > self.size.width else said

    def show_operations(
        self,
        running: Sequence[Operation],
        left: Sequence[Operation],
        unread: Sequence[UnreadOperation],
        untold: Sequence[Operation],
        now: datetime,
        *,
        recorded: bool,
    ) -> None:
        """Show these operations as they stand at a moment.

        Args:
            running: Those that this program follows.
            left: Those whose program went away.
            unread: Those whose program went away, and that cannot be read.
            untold: Those that failed while no screen told of it.
            now: The moment.
            recorded: Whether the next start will find what this one leaves.
        """
        self._needed = 0
        self.display = bool(running or left or unread or untold) or not recorded
        shows = key_name("app.operations", "o")
        if untold:
            newest, more = untold[-1], f" and {len(untold) - 1} more" if len(untold) > 1 else ""
            still = f" · {len(running)} running" if running else ""
            self.say(
                (f"{glyph(Tone.BAD)} {newest.target.name}", "bold"),
                (f"  {newest.verb.value}{more}: {failure_words(newest)}", "$error"),
                (f"   {shows} says why{still}", "$dim"),
            )
        elif running:
            self._show_running(running, now)
        elif left:
            others = len(left) + len(unread) - 1
            newest, more = left[-1], f" and {others} more" if others else ""
            where = f" in the cloud {newest.other_cloud}" if newest.other_cloud else ""
            goes_on = "" if newest.other_cloud else f" and {key_name('operations.continue', 'u')} goes on"
            self.say(
                (f"{glyph(Tone.WARNING)} {newest.target.name}", "bold"),
                f"  {newest.verb.value}{more} {'were' if more else 'was'} left unfinished{where}",
                (f"   {shows} shows it{goes_on}", "$dim"),
            )
        elif unread:
            more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
            self.say(
                (f"{glyph(Tone.WARNING)} {unread[-1].name}", "bold"),
                f"  {unread[-1].verb}{more} {'were' if more else 'was'} left unfinished and cannot be read",
                (f"   {shows} says why", "$dim"),
            )
        elif not recorded:
            self.say(
                (f"{glyph(Tone.WARNING)} Operations are not recorded here", "bold"), (f"   {shows} says why", "$dim")
            )

    def _show_running(self, running: Sequence[Operation], now: datetime) -> None:
        newest = running[-1]
        which = f"{glyph(Tone.BUSY)} {newest.target.name}", "bold"
        how = f"  {newest.verb.value} · {progress_words(newest, now)}"
        if len(running) == 1:
            self._needed = len(content(which, how).plain)
        self.say(
            which,
            how,
            (f"   {plural(len(running), 'operation')} running, {key_name('app.operations', 'o')} shows them", "$dim"),
        )


def failure_words(operation: Operation) -> str:
    """How an operation ended that did not succeed: `failed`, `canceled`, or that nobody knows."""
    return "it is not known how it ended" if operation.is_unknown else operation.status.lower()


def progress_words(operation: Operation, now: datetime) -> str:
    """Status, elapsed time and what comes next: `InProgress · 00:42 · next poll 4 s`."""
    if operation.is_left:
        return operation.status
    words = [operation.status, duration(operation.elapsed(now))]
    match operation.last:
        case Progress(next_poll=datetime() as moment) if moment > now:
            words.append(f"next poll {round((moment - now).total_seconds())} s")
        case Waited(until=moment) if moment > now:
            words.append(f"tries again in {round((moment - now).total_seconds())} s")
    return " · ".join(words)
