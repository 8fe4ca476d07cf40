"""The one-line strip that shows running operations on every screen."""

from collections.abc import Sequence
from datetime import datetime

from tui.domain.operation import Operation, Progress, Waited
from tui.domain.states import Tone
from tui.ui.text import duration, glyph, plural
from tui.ui.widgets.lines import Line


class OperationStrip(Line):
    """The newest running operation, and how many there are; hidden while there are none."""

    DEFAULT_CSS = """
    OperationStrip { display: none; color: $foreground; background: $panel; }
    """

    def show_operations(self, running: Sequence[Operation], now: datetime) -> None:
        """Show these operations as they stand at a moment."""
        self.display = bool(running)
        if not running:
            return
        newest = running[-1]
        self.say(
            (f"{glyph(Tone.BUSY)} {newest.target.name}", "bold"),
            f"  {newest.verb.value} · {progress_words(newest, now)}",
            (f"   {plural(len(running), 'operation')} running, o shows them", "$dim"),
        )


def progress_words(operation: Operation, now: datetime) -> str:
    """Status, elapsed time and what comes next: `InProgress · 00:42 · next poll 4 s`."""
    words = [operation.status, duration(operation.elapsed(now))]
    match operation.last:
        case Progress(next_poll=datetime() as moment) if moment > now:
            words.append(f"next poll {round((moment - now).total_seconds())} s")
        case Waited(until=moment) if moment > now:
            words.append(f"tries again in {round((moment - now).total_seconds())} s")
    return " · ".join(words)
