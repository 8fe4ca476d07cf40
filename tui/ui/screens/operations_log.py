"""The events of an operation, line by line."""

from datetime import datetime

from textual.content import Content

from tui.domain.operation import Event, Failed, Operation, Progress, Started, Succeeded, Unwatched, Waited
from tui.domain.states import Tone
from tui.ui.keys import key_name
from tui.ui.text import Parts, content, dated, glyph


def event_log(operation: Operation, now: datetime) -> Content:
    """What happened and when; a time of another day has its date."""
    parts: Parts = []
    for event in operation.events:
        sign, words, detail = _event_words(event, now)
        if isinstance(event, Unwatched) and operation.has_steps:
            again = key_name("operations.continue")
            detail += f"; {again} resumes the remaining steps"
        parts += [
            (f"{dated(event.at, now)}  ", "$dim"),
            f"{sign} {words}",
            (f"  {detail}\n" if detail else "\n", "$dim"),
        ]
    return content(*parts)


def _event_words(event: Event, now: datetime) -> tuple[str, str, str]:
    match event:
        case Started():
            return glyph(Tone.NEUTRAL), "started", ""
        case Progress(status=status, note=note, percent=percent, next_poll=next_poll, ids=ids, step=step, tone=tone):
            details = [note] if note else []
            if percent is not None:
                details.append(f"{percent:g} %")
            if isinstance(next_poll, datetime):
                details.append(f"next poll {dated(next_poll, now)}")
            if ids.request:
                details.append(f"request {ids.request}")
            return glyph(tone or Tone.BUSY), _with_step(step, status), " · ".join(details)
        case Waited(reason=reason, until=until, step=step):
            return glyph(Tone.WARNING), _with_step(step, f"waiting: {reason}"), f"until {dated(until, now)}"
        case Succeeded():
            return glyph(Tone.GOOD), "Succeeded", ""
        case Failed(problem=problem):
            return glyph(Tone.BAD), problem.title, problem.reference
        case Unwatched():
            return glyph(Tone.NEUTRAL), "no longer watched", "Azure continues what it accepted"


def _with_step(step: str, words: str) -> str:
    return f"{step:<9} {words}" if step else words
