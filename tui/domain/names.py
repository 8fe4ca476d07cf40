"""Names of attached computes: the rule, whether a name is free, and a proposal.

Sources disagree about the length (2–16, 3–16, 3–17), so an odd length only warns and Azure decides; the characters are
certain. The rule is quoted in the service's own 400 answer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from tui.domain.compute import Compute
from tui.domain.phrases import plural
from tui.domain.resource_id import ResourceId
from tui.domain.text import described

_SHORTEST, _LONGEST = 3, 16


@dataclass(frozen=True, slots=True)
class NameVerdict:
    """The result of checking a name: why it cannot be used, or why Azure may refuse it; at most one is filled."""

    problem: str = ""
    warning: str = ""


def check_compute_name(name: str) -> NameVerdict:
    """Check the name of a compute to attach."""
    if not name:
        return NameVerdict("A compute needs a name: letters, digits and dashes, starting with a letter.")
    odd = re.search(r"[^A-Za-z0-9-]", name)
    if odd is not None:
        return NameVerdict(
            f'Not a compute name: "{name}" has {described(odd.group())}. '
            "Use letters, digits and dashes, starting with a letter."
        )
    if not re.match(r"[A-Za-z]", name):
        return NameVerdict(f'Not a compute name: "{name}" starts with "{name[0]}". Start with a letter.')
    if name.endswith("-"):
        return NameVerdict(f'Not a compute name: "{name}" ends with a dash. End with a letter or digit.')
    if not _SHORTEST <= len(name) <= _LONGEST:
        number = plural(len(name), "character")
        return NameVerdict(warning=f"{number}: Azure's documents say 2 to 16 or 3 to 16, so Azure may refuse it.")
    return NameVerdict()


class NameUse(Enum):
    """What already has a name in a workspace."""

    FREE = auto()
    SAME_POOL = auto()
    OTHER_POOL = auto()
    OTHER_COMPUTE = auto()


def use_of_name(existing: Compute | None, pool: ResourceId | None) -> NameUse:
    """What already has a name; `existing` is the compute of that name, in any letter case."""
    if existing is None:
        return NameUse.FREE
    if existing.unreadable or not existing.is_spark_pool:
        return NameUse.OTHER_COMPUTE
    return NameUse.SAME_POOL if existing.attached_to == pool else NameUse.OTHER_POOL


def why_taken(existing: Compute, pool: ResourceId | None) -> str:
    """Why a pool cannot be attached under a compute's name, in one sentence; empty if that updates the compute."""
    match use_of_name(existing, pool):
        case NameUse.OTHER_COMPUTE:
            is_readable = existing.type and not existing.unreadable
            kind = existing.type_words if is_readable else "a compute that cannot be read"
            return f"{existing.name} is taken: there is {kind} of that name."
        case NameUse.OTHER_POOL:
            other = existing.attached_to
            where = f"{other.parent.name}/{other.name}" if other else "another pool"
            return f"{existing.name} is taken: {where} is attached under that name."
        case _:
            return ""


def propose_compute_name(pool_name: str, taken: Iterable[str]) -> str:
    """A free name for the compute: the pool's name made to fit the rule, with a number if that is taken."""
    base = re.sub(r"[^A-Za-z0-9-]+", "-", pool_name).lstrip("-0123456789")[:_LONGEST].rstrip("-") or "spark"
    used = {name.lower() for name in taken}
    candidate, number = base, 2
    while candidate.lower() in used:
        suffix = f"-{number}"
        candidate = base[: _LONGEST - len(suffix)].rstrip("-") + suffix
        number += 1
    return candidate
