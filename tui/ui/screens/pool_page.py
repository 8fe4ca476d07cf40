"""A Spark pool as pages: its facts, and the computes that attach it."""

import sys
from collections.abc import Sequence
from datetime import date, datetime

from textual.content import Content

from tui.domain.phrases import runtime_sentence
from tui.domain.pool_consequences import no_computes_sentence
from tui.domain.runtimes import support
from tui.domain.spark import DynamicExecutors, SparkPool, SparkSettings
from tui.domain.states import Tone
from tui.ui.keys import key_name
from tui.ui.pool_computes import PoolComputes
from tui.ui.screens.scale_facts import scale_facts
from tui.ui.text import WHOLE, Parts, absolute, ago, content, dash, fit, glyph, line, shorten, state, style, wrap

_LABEL_CELLS = 22
_NAME_CELLS = 40
_MOST_CHARACTERS = 20_000
"""The most characters of a list shown; Azure allows few, but a bad answer may have many."""

_UNREPORTED = "not reported"


def overview_content(pool: SparkPool | None, now: datetime, width: int, nothing: str = "") -> Content:
    """All facts of a Spark pool; a member that Azure did not report is said to be missing, not to be off.

    Args:
        pool: The Spark pool; None while nothing is known of it.
        now: The current time.
        width: The cells of a line.
        nothing: What to show while nothing is known of it; may be empty.
    """
    if pool is None:
        return content((wrap(nothing, width), "$dim"))
    parts: Parts = [_label("State"), (state(pool.state), style(pool.state.tone)), "\n"]
    parts += _version(pool.settings, now.date(), width)
    for label, value in (*scale_facts(pool.settings), *_options(pool)):
        parts += _fact(label, value, width, _UNREPORTED)
    for label, value in _files(pool):
        parts += _fact(label, value, width)
    parts += _list("Workspace packages", pool.libraries, width)
    parts += _list("Tags", [f"{name}={value}" for name, value in pool.tags.items()], width)
    for label, moment in (("Created", pool.created), ("Last changed", pool.changed)):
        parts += _fact(label, f"{ago(moment, now)} ({absolute(moment)})" if moment else "", width, _UNREPORTED)
    for label, value in (
        ("Location", pool.location),
        ("Synapse workspace", pool.id.parent.name),
        ("Resource group", pool.id.resource_group),
        ("Resource id", str(pool.id)),
    ):
        parts += _fact(label, value, width, _UNREPORTED)
    return content(*parts)


def attached_content(computes: PoolComputes, name: str, width: int) -> Content:
    """Which computes of the open Azure ML workspace attach a Spark pool.

    Args:
        computes: The computes.
        name: The name of the Spark pool.
        width: The cells of a line.
    """
    workspace, problem = computes.workspace, computes.problem
    if workspace is None:
        return content((wrap("No Azure ML workspace is open, so its computes were not read.", width), "$dim"))
    parts: Parts = []
    for compute in computes.computes:
        cells = _NAME_CELLS if width < WHOLE else WHOLE
        shown = shorten(line(compute.name), cells)
        parts += [(f"{shown}  ", "bold"), (state(compute.state), style(compute.state.tone))]
        version = compute.settings.version if compute.settings is not None else ""
        parts += [(f"  attached with Spark {line(version)}" if version else "", "$dim"), "\n"]
    found = bool(parts)
    if problem is not None:
        refresh = key_name("pool.refresh")
        words = f"The computes of {workspace.name} could not be read. {problem.title} {problem.advice}"
        parts.append((f"{glyph(Tone.BAD)} {wrap(words, width, 2)}\n", "$error"))
        parts.append((f"{refresh} reads them again.\n", "$dim"))
    elif computes.is_reading:
        waiting = f" {computes.waiting}" if computes.waiting else ""
        parts.append((f"Reading the computes of {workspace.name} …{waiting}\n", "$dim"))
    elif found:
        words = f"A change of {name} also changes what these computes run on. Other workspaces were not read."
        parts.append((f"\n{wrap(words, width)}\n", "$dim"))
    else:
        parts.append((f"{wrap(no_computes_sentence(name, workspace.name), width)}\n", "$dim"))
    return content(*parts)


def _version(settings: SparkSettings, today: date, width: int) -> Parts:
    runtime = support(settings.version, today)
    sentence = wrap(runtime_sentence(runtime), width, _LABEL_CELLS)
    tone = style(runtime.tone) if runtime.tone in (Tone.WARNING, Tone.BAD) else "$dim"
    return [*_fact("Spark version", settings.version, width, _UNREPORTED), _label(""), (sentence, tone), "\n"]


def _options(pool: SparkPool) -> list[tuple[str, str]]:
    return [
        ("Dynamic executors", _executors(pool.executors)),
        ("Isolated compute", _word(pool.is_isolated, "yes", "no")),
        ("Session packages", _word(pool.has_session_packages, "allowed", "not allowed")),
        ("Cache", "" if pool.cache is None else f"{pool.cache} % of the disk"),
    ]


def _executors(executors: DynamicExecutors | None) -> str:
    if executors is None:
        return ""
    if not executors.enabled:
        return "off"
    limits = (executors.minimum, executors.maximum)
    return f"{limits[0]} to {limits[1]}" if None not in limits else "on"


def _word(value: bool | None, yes: str, no: str) -> str:
    return "" if value is None else yes if value else no


def _files(pool: SparkPool) -> list[tuple[str, str]]:
    return [("Requirements file", pool.requirements), ("Spark configuration", pool.configuration)]


def _list(label: str, values: Sequence[str], width: int) -> Parts:
    room = sys.maxsize if width >= WHOLE else _MOST_CHARACTERS
    parts: Parts = []
    for number, value in enumerate(values):
        if room <= 0:
            more = f"… {len(values) - number:,} more; {key_name('pool.copy')} copies all\n"
            return [*parts, _label(""), more]
        parts += _fact("" if number else label, value, width)
        room -= len(value)
    return parts or _fact(label, "", width)


def _fact(label: str, value: str, width: int, missing: str = "") -> Parts:
    """A line with a label; without a value, why there is none, or a dash."""
    shown = wrap(value, width, _LABEL_CELLS, copy_key=key_name("pool.copy")) if value else (missing or dash(), "$dim")
    return [_label(label), shown, "\n"]


def _label(label: str) -> tuple[str, str]:
    return fit(line(label), _LABEL_CELLS), "$dim"
