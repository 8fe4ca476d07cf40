"""Compares two changes of one document: what someone else did, and what this user wants."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, put_body, without_empties


class Whose(Enum):
    """Who changes a member."""

    THEIRS = "theirs"
    MINE = "mine"
    BOTH_ALIKE = "both alike"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Divergence:
    """A member that at least one of the two changes.

    Attributes:
        path: The members that lead to it, outermost first.
        whose: Who changes it.
        base: Its value as the user saw it; None where there was none.
        theirs: Its value as Azure shows it now; None where there is none.
        mine: Its value as the user wants it; None where there should be none.
    """

    path: tuple[str, ...]
    whose: Whose
    base: Any
    theirs: Any
    mine: Any


def has_changed(seen: Compute, current: Compute) -> bool:
    """Whether a compute differs from what the user saw, apart from Azure's own members."""
    before, after = (dict(_leaves(without_empties(put_body(one.raw)))) for one in (seen, current))
    return {key: value for key, (_, value) in before.items()} != {key: value for key, (_, value) in after.items()}


def is_another(seen: Compute, current: Compute) -> bool:
    """Whether it is a different compute under the same name: attached at another time, or to another Spark pool."""
    is_younger = None not in (current.created, seen.created) and current.created != seen.created
    return is_younger or current.attached_to != seen.attached_to


def divergences(edit: ComputeEdit, current: Compute) -> tuple[Divergence, ...]:
    """Every member that differs between what the user saw, what Azure shows now and what the user wants, in order."""
    return diverging(put_body(edit.compute.raw), put_body(current.raw), edit.document())


def diverging(seen: Mapping[str, Any], current: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[Divergence, ...]:
    """Every member that differs between three documents: as the user saw it, as it is now, and as the user wants it."""
    base, theirs, mine = (dict(_leaves(without_empties(one))) for one in (seen, current, wanted))
    spelled = {key: path for leaves in (base, theirs, mine) for key, (path, _) in leaves.items()}
    result = []
    for key, path in spelled.items():
        old, other, own = (_value(leaves, key) for leaves in (base, theirs, mine))
        if other == old and own == old:
            continue
        if own == old:
            whose = Whose.THEIRS
        elif other == old:
            whose = Whose.MINE
        else:
            whose = Whose.BOTH_ALIKE if other == own else Whose.BOTH
        result.append(Divergence(path, whose, old, other, own))
    return tuple(result)


def is_overtaken(edit: ComputeEdit, current: Compute) -> bool:
    """Whether someone else has changed the compute in a way that the user must see.

    A member that already is as the user wants it does not count: it may come from a write of theirs that failed later.
    """
    if not has_changed(edit.compute, current):
        return False
    return any(one.whose in (Whose.THEIRS, Whose.BOTH) for one in divergences(edit, current))


_Leaf = tuple[tuple[str, ...], tuple[tuple[str, ...], Any]]


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[_Leaf]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
        if not value and path:
            yield _folded(path), (path, "present")
    elif path:
        yield _folded(path), (path, value)


def _folded(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.lower() if part.startswith("/") else part for part in path)


def _value(leaves: Mapping[tuple[str, ...], tuple[tuple[str, ...], Any]], key: tuple[str, ...]) -> Any:
    leaf = leaves.get(key)
    return leaf[1] if leaf else None
