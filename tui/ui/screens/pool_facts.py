"""What the input for a Spark pool means, in sentences beside and below its fields."""

from datetime import date

from textual.content import Content

from tui.domain.field_texts import InvalidText
from tui.domain.phrases import enumerated, runtime_sentence
from tui.domain.pool_form import ChangeInput, PoolInput
from tui.domain.pool_rules import NODE_SIZES
from tui.domain.pool_texts import PoolField, size_in, version_in
from tui.domain.runtimes import NEWEST, support
from tui.domain.states import Tone
from tui.ui.pool_computes import PoolComputes
from tui.ui.text import Parts, content, style

HINTS = {
    PoolField.NAME: "up to 15 letters and digits",
    PoolField.SIZE: "Small, Medium, Large … XXXLarge",
    PoolField.VERSION: f"the newest is {NEWEST}",
    PoolField.NODES: "such as 5, or 3-10 to scale",
    PoolField.PAUSE: "idle minutes, or off",
}
"""What can be written into a field, in a few words."""


def facts_content(written: PoolInput, computes: PoolComputes | None, today: date) -> Content:
    """What the input means, a sentence a line.

    Args:
        written: The input.
        computes: The computes that attach the Spark pool; None for a new one.
        today: The current date.
    """
    parts: Parts = [*_size(written), *_version(written, today)]
    if written.hidden_tags:
        are = "is a tag" if len(written.hidden_tags) == 1 else "are tags"
        names = enumerated(written.hidden_tags)
        parts.append((f"{names} {are} that a field cannot show; unchanged here.\n", "$warning"))
    if isinstance(written, ChangeInput) and computes is not None:
        is_reading = computes.is_reading and computes.workspace is not None
        where = computes.workspace.name if computes.workspace is not None else ""
        words = f"Reading the computes of {where} …" if is_reading else computes.sentence(written.pool)
        parts.append((f"{words}\n", "$dim"))
    return content(*parts)


def _size(written: PoolInput) -> Parts:
    if PoolField.SIZE not in written.fields:
        return []
    try:
        size = size_in(written.text(PoolField.SIZE))
    except InvalidText:
        return []
    cores, memory = NODE_SIZES[size]
    return [(f"A {size} node has {cores} vCores and {memory} GB of memory.\n", "$dim")]


def _version(written: PoolInput, today: date) -> Parts:
    try:
        runtime = support(version_in(written.text(PoolField.VERSION)), today)
    except InvalidText:
        return []
    is_doubtful = runtime.tone in (Tone.WARNING, Tone.BAD)
    return [(f"{runtime_sentence(runtime)}\n", style(runtime.tone) if is_doubtful else "$dim")]
