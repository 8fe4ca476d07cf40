"""The network of a Synapse workspace as a page: what it means, and what Azure reports."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from textual.content import Content

from tui.domain.errors import Problem
from tui.domain.network_notes import NetworkNote, network_notes
from tui.domain.states import Tone
from tui.domain.synapse_network import FirewallRule, Listed, NetworkSettings, PrivateEndpoint
from tui.ui.keys import key_name
from tui.ui.pool_network import PoolNetwork
from tui.ui.text import WHOLE, Parts, clock, content, fit, glyph, line, shorten, style, wrap

T = TypeVar("T")

_LABEL_CELLS, _NAME_CELLS = 26, 24
_MOST_ROWS = 128
"""The most rules and endpoints shown; Azure allows as many rules (documentation), but a bad answer may have more."""

_UNREPORTED = "not reported"


def network_content(read: PoolNetwork, pool: str, width: int) -> Content:
    """The network behind a Spark pool: what it means first, then everything that Azure reports of it.

    Args:
        read: The network, as far as it was read.
        pool: The name of the Spark pool.
        width: The cells of a line.
    """
    parts = _state(read, width)
    network = read.network
    if network is None:
        return content(*parts)
    as_of = f" Read at {clock(read.as_of)}." if read.as_of is not None else ""
    introduction = (
        f"The network of {read.workspace.name}, the Synapse workspace of {pool}.{as_of} "
        "sparkpool shows it and never changes it."
    )
    parts.append((f"{wrap(introduction, width)}\n\n", "$dim"))
    for note in network_notes(network):
        parts += _note(note, width)
    parts.append("\n")
    parts += _settings(network.settings, width)
    parts += _rows("Firewall rules", network.rules, _rule, width)
    if network.settings.managed:
        parts += _rows("Private endpoints", _ordered(network.endpoints), _endpoint, width)
    return content(*parts)


def _state(read: PoolNetwork, width: int) -> Parts:
    """That it is being read, or why it could not be."""
    problem = read.problem
    if problem is not None:
        below = "; below is what was read before" if read.network is not None else ""
        words = " ".join(part for part in (problem.title, problem.cause, problem.advice) if part)
        refresh = (f"{key_name('pool.refresh')} reads it again{below}.\n", "$dim")
        return [(f"{glyph(Tone.BAD)} {wrap(words, width, 2)}\n", "$error"), refresh]
    if read.is_reading:
        waiting = f" {read.waiting}" if read.waiting else ""
        return [(f"{wrap(f'Reading the network of {read.workspace.name} …{waiting}', width)}\n", "$dim")]
    return []


def _ordered(endpoints: Listed[PrivateEndpoint] | Problem) -> Listed[PrivateEndpoint] | Problem:
    if isinstance(endpoints, Problem):
        return endpoints
    return replace(endpoints, items=tuple(sorted(endpoints.items, key=lambda endpoint: endpoint.order)))


def _note(note: NetworkNote, width: int) -> Parts:
    is_quiet = note.tone in (Tone.GOOD, Tone.NEUTRAL)
    parts: Parts = [
        (f"{glyph(note.tone)} ", style(note.tone)),
        (f"{_wrapped(note.text, width, 2)}\n", "" if is_quiet else "bold"),
    ]
    if note.help:
        parts.append((f"  {_wrapped(note.help, width, 2)}\n", "$dim"))
    return parts


def _settings(settings: NetworkSettings, width: int) -> Parts:
    connections = ", ".join(f"{one.name} ({one.status or _UNREPORTED})" for one in settings.connections)
    facts = [
        ("Public network access", settings.workspace.public_network or _UNREPORTED),
        ("Private connections", connections or "none"),
        ("Managed virtual network", settings.managed or "none"),
    ]
    if settings.managed:
        is_on = settings.prevents_exfiltration
        facts.append(("Exfiltration protection", _UNREPORTED if is_on is None else "on" if is_on else "off"))
    if settings.prevents_exfiltration:
        facts.append(("Approved tenants", ", ".join(["its own", *settings.tenants])))
    facts.append(("Storage of its data lake", settings.workspace.lake_name or _UNREPORTED))
    return [part for label, value in facts for part in _fact(label, _wrapped(value, width))]


def _rows(label: str, listed: Listed[T] | Problem, row: Callable[[T, int], Parts], width: int) -> Parts:
    """A list with a label; what could not be read is explained above."""
    if isinstance(listed, Problem):
        return _fact(label, "not read", "$dim")
    most = len(listed.items) if width >= WHOLE else _MOST_ROWS
    parts: Parts = []
    for number, item in enumerate(listed.items[:most]):
        parts += [_label("" if number else label), *row(item, width)]
    rest = len(listed.items) - most
    if rest > 0:
        parts += _fact("", f"… {rest:,} more; {key_name('pool.copy')} copies all")
    for reason in listed.unreadable[:most]:
        parts += _fact("" if parts else label, _wrapped(f"One cannot be read. {reason}", width), "$warning")
    return parts or _fact(label, "none", "$dim")


def _rule(rule: FirewallRule, width: int) -> Parts:
    state = "" if rule.state.tone is Tone.GOOD else f"  {rule.state}"
    meaning = "  every address" if rule.is_for_everyone else "  Azure services" if rule.is_for_azure else ""
    name = rule.name if width >= WHOLE else fit(shorten(line(rule.name), _NAME_CELLS), _NAME_CELLS)
    addresses = rule.addresses if rule.start or rule.end else f"addresses {_UNREPORTED}"
    return [_wrapped(f"{name}  {addresses}{meaning}{state}", width), "\n"]


def _endpoint(endpoint: PrivateEndpoint, width: int) -> Parts:
    tone = Tone.GOOD if endpoint.is_approved else Tone.WARNING
    words = line(endpoint.status or endpoint.state)
    status = (f"{glyph(tone)} {words if width >= WHOLE else shorten(words, _NAME_CELLS)}", style(tone))
    group = f" in {endpoint.target.resource_group}" if endpoint.target is not None else ""
    whose = ", made by Synapse itself" if endpoint.is_reserved else ""
    leads_to = (_wrapped(f"{endpoint.words}{group}{whose}", width), "$dim")
    return [_wrapped(endpoint.name, width), "  ", status, "\n", " " * _LABEL_CELLS, leads_to, "\n"]


def _wrapped(text: str, width: int, indent: int = _LABEL_CELLS) -> str:
    return wrap(text, width, indent, copy_key=key_name("pool.copy"))


def _fact(label: str, value: str, tone: str = "") -> Parts:
    return [_label(label), (value, tone), "\n"]


def _label(label: str) -> tuple[str, str]:
    return fit(label, _LABEL_CELLS), "$dim"
