"""What a filter can search in computes: the same for the list and for commands."""

from typing import Protocol

from tui.domain.checks import Verdict
from tui.domain.compute import Compute
from tui.domain.compute_texts import pool_name, type_name
from tui.domain.filters import Field, Fields
from tui.domain.readiness import Readiness


class ListedCompute(Protocol):
    """A compute with its readiness, if that is known."""

    @property
    def compute(self) -> Compute:
        """The compute."""

    @property
    def readiness(self) -> Readiness | None:
        """Its readiness; None if it is not known."""


def _readiness(one: ListedCompute) -> str:
    if one.readiness is None:
        return ""
    verdict = one.readiness.verdict
    return one.readiness.summary if verdict is Verdict.OK else f"{one.readiness.summary}\n{verdict.value}"


def _identity(one: ListedCompute) -> str:
    identity = one.compute.identity
    return "\n".join((identity.summary, *(assigned.name for assigned in identity.user_assigned)))


COMPUTE_FIELDS: Fields[ListedCompute] = Fields(
    (
        Field("name", lambda one: one.compute.name),
        Field("ready", _readiness, ("readiness",), is_explained=False),
        Field("pool", lambda one: pool_name(one.compute)),
        Field("type", lambda one: f"{type_name(one.compute)}\n{one.compute.type}"),
        Field("state", lambda one: "unreadable" if one.compute.unreadable else str(one.compute.state)),
        Field("spark", lambda one: one.compute.settings.version if one.compute.settings else "", ("version",)),
        Field("nodes", lambda one: one.compute.nodes),
        Field("size", lambda one: one.compute.size),
        Field("identity", _identity),
        Field("location", lambda one: one.compute.location, ("region",)),
        Field("description", lambda one: one.compute.description),
    ),
    lambda one: one.compute.tags,
)
"""The columns of a compute that a filter can search, tags among them."""
