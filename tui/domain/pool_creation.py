"""A new Spark pool of a Synapse workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.domain.pool_rules import auto_pause_problem, autoscale_problem, nodes_problem, pool_name_problem
from tui.domain.resource_id import ResourceId
from tui.domain.runtimes import NEWEST
from tui.domain.spark import AutoPause, Autoscale, SparkPool, SparkSettings
from tui.domain.tags import tags_problem
from tui.domain.workspaces import SynapseWorkspace

POOLS = "bigDataPools"

DEFAULTS = SparkSettings(
    version=NEWEST,
    node_count=3,
    node_size="Small",
    node_size_family="MemoryOptimized",
    autoscale=Autoscale(enabled=True, minimum=3, maximum=5),
    auto_pause=AutoPause(enabled=True, delay=15),
)
"""The smallest pool that scales, with the newest runtime, and the delay that the portal proposes."""


@dataclass(frozen=True, slots=True)
class PoolCreation:
    """A request to create a Spark pool.

    Attributes:
        workspace: The Synapse workspace.
        name: The name of the Spark pool.
        settings: Its settings; all but the node count or the autoscale are set.
        tags: Its tags.
    """

    workspace: SynapseWorkspace
    name: str
    settings: SparkSettings = DEFAULTS
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> ResourceId:
        """The resource id that the Spark pool will have."""
        return self.workspace.id.child(POOLS, self.name)

    def document(self) -> dict[str, Any]:
        """The body of the PUT.

        Without a number of nodes, Azure reports 0 for a pool that scales (recorded), so it is left out there.
        """
        settings = self.settings
        autoscale, auto_pause = settings.autoscale, settings.auto_pause
        properties: dict[str, Any] = {
            "sparkVersion": settings.version,
            "nodeSize": settings.node_size,
            "nodeSizeFamily": settings.node_size_family,
        }
        if autoscale is not None and autoscale.enabled:
            limits = {"minNodeCount": autoscale.minimum, "maxNodeCount": autoscale.maximum}
            properties["autoScale"] = {"enabled": True, **limits}
        else:
            properties |= {"nodeCount": settings.node_count, "autoScale": {"enabled": False}}
        if auto_pause is not None and auto_pause.enabled:
            properties["autoPause"] = {"enabled": True, "delayInMinutes": auto_pause.delay}
        else:
            properties["autoPause"] = {"enabled": False}
        document: dict[str, Any] = {"location": self.workspace.location, "properties": properties}
        return document | ({"tags": dict(self.tags)} if self.tags else {})

    @property
    def problem(self) -> str:
        """Why it cannot be sent, in one sentence; empty if it can."""
        settings = self.settings
        scales = settings.autoscale is not None and settings.autoscale.enabled
        problems = (
            pool_name_problem(self.name),
            "" if scales or settings.node_count is None else nodes_problem(settings.node_count),
            autoscale_problem(settings.autoscale) if settings.autoscale is not None else "",
            auto_pause_problem(settings.auto_pause) if settings.auto_pause is not None else "",
            tags_problem(self.tags, self.tags),
        )
        return next(filter(None, problems), "")

    def differences(self, pool: SparkPool) -> tuple[str, ...]:
        """How a Spark pool differs from the requested one, in a few words each; empty if it matches."""
        asked, there = self.settings, pool.settings
        facts = (
            ("Spark version", asked.version, there.version),
            ("node size", asked.node_size, there.node_size),
            ("node count", asked.nodes, there.nodes),
            ("auto-pause", asked.pause, there.pause),
        )
        settings = (f"its {what} is {now or 'unknown'}, not {then}" for what, then, now in facts if then != now)
        tags = (f'its tag {name} is not "{value}"' for name, value in self.tags.items() if pool.tags.get(name) != value)
        return (*settings, *tags)
