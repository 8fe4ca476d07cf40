"""The settings of a Spark pool as the text of fields, and back."""

import re
from collections.abc import Mapping
from enum import Enum

from tui.domain.field_texts import InvalidText
from tui.domain.phrases import suggestion
from tui.domain.pool_rules import NODE_SIZES, auto_pause_problem, autoscale_problem, nodes_problem
from tui.domain.spark import AutoPause, Autoscale, SparkSettings

_NODES = re.compile(r"([0-9]{1,9})(?:\s*(?:-|–|—|\.\.|…|to)\s*([0-9]{1,9}))?", re.IGNORECASE)
_MINUTES = re.compile(r"([0-9]{1,9})\s*(?:m|min|minutes?)?", re.IGNORECASE)
_VERSION = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}")


class PoolField(Enum):
    """A field of the form; each value is its label."""

    NAME = "Name"
    SIZE = "Node size"
    VERSION = "Spark version"
    NODES = "Nodes"
    PAUSE = "Auto-pause"
    TAGS = "Tags"


Texts = Mapping[PoolField, str]


def version_in(text: str) -> str:
    """The Spark version in a text; any that looks like one, because Azure knows more of them.

    Raises:
        InvalidText: If it does not look like one.
    """
    if _VERSION.fullmatch(text.strip()):
        return text.strip()
    raise InvalidText(PoolField.VERSION, f"{_odd(text, 'a version')}: write one such as 3.5.")


def size_in(text: str) -> str:
    """The node size in a text, in Azure's letter case.

    Raises:
        InvalidText: If there is none of that name.
    """
    found = next((size for size in NODE_SIZES if size.lower() == text.strip().lower()), None)
    if found is not None:
        return found
    reason = f"{_odd(text, 'a node size')}: write one of {', '.join(NODE_SIZES)}."
    raise InvalidText(PoolField.SIZE, f"{reason}{suggestion(text.strip(), NODE_SIZES)}")


def nodes_in(text: str) -> int | Autoscale:
    """The number of nodes in a text such as `5`, or how it scales, as in `3-10`.

    Raises:
        InvalidText: If it is neither, or outside the limits.
    """
    found = _NODES.fullmatch(text.strip())
    if found is None:
        reason = f"{_odd(text, 'a number of nodes')}: write one such as 5, or 3-10 to scale."
        raise InvalidText(PoolField.NODES, reason)
    least, most = found.groups()
    nodes = int(least) if most is None else Autoscale(enabled=True, minimum=int(least), maximum=int(most))
    problem = nodes_problem(nodes) if isinstance(nodes, int) else autoscale_problem(nodes)
    if problem:
        raise InvalidText(PoolField.NODES, problem)
    return nodes


def pause_in(text: str) -> AutoPause:
    """The auto-pause in a text: minutes, or `off`.

    Raises:
        InvalidText: If it is neither, or outside the limits.
    """
    if text.strip().lower() == "off":
        return AutoPause(enabled=False, delay=0)
    found = _MINUTES.fullmatch(text.strip())
    if found is None:
        reason = f"{_odd(text, 'a number of minutes')}: write one such as 15, or off."
        raise InvalidText(PoolField.PAUSE, reason)
    pause = AutoPause(enabled=True, delay=int(found[1]))
    problem = auto_pause_problem(pause)
    if problem:
        raise InvalidText(PoolField.PAUSE, problem)
    return pause


def nodes_text(nodes: int | None, autoscale: Autoscale | None) -> str:
    """The number of nodes, or how it scales, as `nodes_in` reads it; empty where unknown."""
    if autoscale is not None and autoscale.enabled:
        return f"{autoscale.minimum}-{autoscale.maximum}"
    return "" if nodes is None else str(nodes)


def pause_text(pause: AutoPause | None) -> str:
    """The auto-pause as `pause_in` reads it; empty where unknown."""
    if pause is None:
        return ""
    return str(pause.delay) if pause.enabled else "off"


def settings_texts(settings: SparkSettings) -> dict[PoolField, str]:
    """The settings that can be changed, as text."""
    return {
        PoolField.VERSION: settings.version,
        PoolField.NODES: nodes_text(settings.node_count, settings.autoscale),
        PoolField.PAUSE: pause_text(settings.auto_pause),
    }


def _odd(text: str, what: str) -> str:
    return f'"{text.strip()}" is not {what}' if text.strip() else "It is empty"
