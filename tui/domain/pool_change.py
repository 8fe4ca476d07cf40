"""A change of a Spark pool: what the user asks for, applied to what Azure shows and to nothing else of it."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui.domain.difference import Change, Mark, compare
from tui.domain.pool_rules import auto_pause_problem, autoscale_problem, nodes_problem
from tui.domain.resource_id import ResourceId
from tui.domain.spark import AutoPause, Autoscale, SparkPool
from tui.domain.states import Tone
from tui.domain.tags import set_tags, tags_problem

_READ_ONLY = ("id", "name", "type", "systemData", "etag")
_READ_ONLY_PROPERTIES = ("provisioningState", "creationDate", "lastSucceededTimestamp")
_READ_ONLY_INNER = {"libraryRequirements": ("time",), "sparkConfigProperties": ("time",)}
_READ_ONLY_OF_LIBRARIES = ("creatorId", "provisioningStatus", "uploadedTimestamp")


@dataclass(frozen=True, slots=True)
class PoolEdit:
    """What is to change; a member that is None, or a tag that is not named, stays as it is.

    A tag with the value None is removed.

    Attributes:
        version: The Spark version.
        nodes: The number of nodes, if it does not scale.
        autoscale: How it scales; if that is off, Azure keeps its limits (recorded).
        auto_pause: When it pauses; if that is off, Azure keeps the delay (recorded).
        tags: The tags to set and to remove.
    """

    version: str | None = None
    nodes: int | None = None
    autoscale: Autoscale | None = None
    auto_pause: AutoPause | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)

    def apply(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The PUT body that makes this change and no other; members that this program does not know are kept."""
        document = pool_body(raw)
        properties = document.get("properties")
        if isinstance(properties, dict):
            self._apply_settings(properties)
        if self.tags:
            set_tags(document, self.tags)
        return document

    def _apply_settings(self, properties: dict[str, Any]) -> None:
        if self.version is not None:
            properties["sparkVersion"] = self.version
        if self.nodes is not None:
            properties["nodeCount"] = self.nodes
        if self.autoscale is not None:
            limits = {"minNodeCount": self.autoscale.minimum, "maxNodeCount": self.autoscale.maximum}
            _switch(properties, "autoScale", limits, is_on=self.autoscale.enabled)
        if self.auto_pause is not None:
            delay = {"delayInMinutes": self.auto_pause.delay}
            _switch(properties, "autoPause", delay, is_on=self.auto_pause.enabled)


@dataclass(frozen=True, slots=True)
class PoolChange:
    """A change of one Spark pool, based on what the user saw.

    Attributes:
        pool: The Spark pool as the user saw it.
        edit: What is to change.
    """

    pool: SparkPool
    edit: PoolEdit

    @property
    def id(self) -> ResourceId:
        """The Spark pool's resource id."""
        return self.pool.id

    @property
    def name(self) -> str:
        """The Spark pool's name."""
        return self.pool.name

    def document(self) -> dict[str, Any]:
        """The body of the PUT."""
        return self.edit.apply(self.pool.raw)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every member, and what happens to it."""
        return compare(pool_body(self.pool.raw), self.document())

    @property
    def changes_nothing(self) -> bool:
        """Whether it changes nothing; a failed Spark pool may still be sent again as it is."""
        return self._is_same and self.pool.state.tone is not Tone.BAD

    @property
    def is_resend(self) -> bool:
        """Whether it sends a failed Spark pool again as it is."""
        return self._is_same and self.pool.state.tone is Tone.BAD

    @property
    def _is_same(self) -> bool:
        return all(change.mark is Mark.SAME for change in self.changes)

    @property
    def problem(self) -> str:
        """Why it cannot be sent, in one sentence; empty if it can. Only what changes is checked: Azure has the rest."""
        edit = self.edit
        is_read = isinstance(self.pool.raw.get("properties"), Mapping)
        problems = (
            "" if is_read else "Azure's description of it has no properties, and a change could lose them.",
            nodes_problem(edit.nodes) if edit.nodes is not None else "",
            autoscale_problem(edit.autoscale) if edit.autoscale is not None else "",
            auto_pause_problem(edit.auto_pause) if edit.auto_pause is not None else "",
            tags_problem(edit.tags, self.document().get("tags") or {}),
        )
        return next(filter(None, problems), "")

    def on(self, current: SparkPool) -> "PoolChange":
        """The same change, based on what Azure shows now."""
        return replace(self, pool=current)

    def remaining_changes(self, current: SparkPool) -> tuple[Change, ...]:
        """What this change would still alter in a Spark pool; empty if that already matches."""
        return tuple(one for one in self.on(current).changes if one.mark is not Mark.SAME)


def pool_body(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a Spark pool's document without the members that only Azure writes; unknown members are kept.

    The times of its files are among those: they move with every PUT (recorded).
    """
    document = {key: copy.deepcopy(value) for key, value in raw.items() if key not in _READ_ONLY}
    properties = document.get("properties")
    if not isinstance(properties, dict):
        return document
    for member in _READ_ONLY_PROPERTIES:
        properties.pop(member, None)
    for member, inner in _READ_ONLY_INNER.items():
        _drop(properties.get(member), inner)
    libraries = properties.get("customLibraries")
    for library in libraries if isinstance(libraries, list) else ():
        _drop(library, _READ_ONLY_OF_LIBRARIES)
    return document


def _drop(document: Any, members: tuple[str, ...]) -> None:
    for member in members if isinstance(document, dict) else ():
        document.pop(member, None)


def _switch(properties: dict[str, Any], member: str, values: Mapping[str, int], *, is_on: bool) -> None:
    """Turn a setting on with its values, or off without them."""
    before = properties.get(member)
    known = before if isinstance(before, dict) else {}
    properties[member] = {**known, "enabled": True, **values} if is_on else {**known, "enabled": False}
