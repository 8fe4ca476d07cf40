"""What the status line says about the list of computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.domain.checks import Verdict
from tui.domain.phrases import first_of, plural
from tui.ui.keys import key_name
from tui.ui.screens.compute_rows import UNCHECKED, is_checked
from tui.ui.text import Part, glyph, line, style

if TYPE_CHECKING:
    from tui.ui.screens.compute_finding import ComputeFinding
    from tui.ui.screens.compute_rows import ComputeRow
    from tui.ui.widgets.table import ResourceTable

_MARGINS = 2
_BETWEEN, _NOTE_CELLS = " · ", 32
_SEVERE = (Verdict.PROBLEM, Verdict.WARNING)


def status_parts(
    table: ResourceTable[ComputeRow],
    finding: ComputeFinding,
    leading: Sequence[str],
    trailing: Sequence[str],
    width: int,
) -> list[Part]:
    """The state of the list, as parts with their styles, on one line if possible.

    Args:
        table: The list, with at least one compute.
        finding: Its filter and order.
        leading: What comes first.
        trailing: What comes last.
        width: Cells of the line with its margins.
    """
    pools = (plural(_spark_pools(table), "attached Spark pool"), "$dim")
    ready = _ready(table)
    groups: list[tuple[str, str]] = [
        *((words, "$dim") for words in (*leading, *_marks(table, finding))),
        (plural(table.total, "compute"), "$dim"),
        pools,
        *_severe(table),
        *ready,
        *((words, "$dim") for words in (*_hidden(table, finding), *trailing)),
    ]
    if _cells(groups) > width - _MARGINS - _NOTE_CELLS:
        groups.remove(pools)
    if _cells(groups) > width - _MARGINS:
        groups = [one for one in groups if one not in ready]
    parts: list[tuple[str, str]] = []
    for words, look in groups:
        for text, style_of in ((_BETWEEN if parts else "", "$dim"), (words, look)):
            # Parts of one style are one part, because each change of style is sent to the terminal.
            if parts and parts[-1][1] == style_of:
                parts[-1] = parts[-1][0] + text, style_of
            elif text:
                parts.append((text, style_of))
    return list(parts)


def position_of(table: ResourceTable[ComputeRow]) -> str:
    """The place of the cursor in a list that does not fit, always equally wide; empty if all rows are visible."""
    if table.position is None:
        return ""
    rows = f"{table.shown}"
    return f"{table.position:>{len(rows)}}/{rows}"


def note_of(table: ResourceTable[ComputeRow]) -> str:
    """Where else the Spark pool of the row under the cursor is attached; empty for nowhere."""
    row = table.current
    return f"also attached as {first_of(row.others)}" if row is not None and row.others else ""


def _spark_pools(table: ResourceTable[ComputeRow]) -> int:
    return sum(number for kind, number in table.kinds.items() if is_checked(kind))


def _severe(table: ResourceTable[ComputeRow]) -> list[tuple[str, str]]:
    """How many attached pools have problems or warnings, the most severe first."""
    kinds = table.kinds
    return [(f"{kinds[verdict]} {glyph(verdict.tone)}", style(verdict.tone)) for verdict in _SEVERE if kinds[verdict]]


def _ready(table: ResourceTable[ComputeRow]) -> list[tuple[str, str]]:
    """How many attached pools are ready, and how many could not be checked; nothing before the first check."""
    unknown = table.kinds[Verdict.UNKNOWN] + table.kinds[UNCHECKED]
    if unknown == _spark_pools(table):
        return []
    return [(f"{table.kinds[Verdict.OK]} ready", "$dim"), *([(f"{unknown} not checked", "$dim")] if unknown else [])]


def _cells(groups: Sequence[tuple[str, str]]) -> int:
    return cell_len(line(_BETWEEN.join(words for words, _ in groups)))


def _marks(table: ResourceTable[ComputeRow], finding: ComputeFinding) -> list[str]:
    marked, hidden = len(table.marked), len(table.hidden_marks)
    if not marked:
        return []
    some = f", {hidden} of them hidden" if hidden else ""
    unmarks = "" if finding.is_on else f", {key_name('computes.clear')} unmarks"
    return [f"{marked} marked{some}{unmarks}"]


def _hidden(table: ResourceTable[ComputeRow], finding: ComputeFinding) -> list[str]:
    """That rows are hidden, and why."""
    return [
        *(["problems only"] if finding.only_problems else []),
        *([f"{table.shown} shown"] if table.shown != table.total else []),
    ]
