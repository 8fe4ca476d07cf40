"""Apache Spark pools of Synapse workspaces."""

from dataclasses import dataclass

from tui.domain.resource_id import ResourceId
from tui.domain.states import ProvisioningState


@dataclass(frozen=True, slots=True)
class Autoscale:
    """Autoscale of a pool; `minimum` and `maximum` are nodes, 0 where autoscale is off."""

    enabled: bool
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class AutoPause:
    """Auto-pause of a pool; `delay` is the number of idle minutes."""

    enabled: bool
    delay: int


@dataclass(frozen=True, slots=True)
class SparkSettings:
    """The configuration of a Spark pool, as the pool itself or its attached compute reports it.

    Each attribute is None, or empty, where Azure did not report it.
    """

    version: str = ""
    node_count: int | None = None
    node_size: str = ""
    node_size_family: str = ""
    autoscale: Autoscale | None = None
    auto_pause: AutoPause | None = None

    @property
    def nodes(self) -> str:
        """The node count for a table: `5`, `3–10`, or empty where unknown."""
        if self.autoscale is not None and self.autoscale.enabled:
            return f"{self.autoscale.minimum}–{self.autoscale.maximum}"
        return "" if self.node_count is None else str(self.node_count)

    @property
    def size(self) -> str:
        """Size and family in two words, such as `Medium Memory`."""
        families = {
            "memoryoptimized": "Memory",
            "hardwareacceleratedgpu": "GPU",
            "hardwareacceleratedfpga": "FPGA",
            "none": "",
        }
        family = families.get(self.node_size_family.lower(), self.node_size_family)
        return " ".join(part for part in (self.node_size, family) if part)

    @property
    def pause(self) -> str:
        """Auto-pause in a few words: `after 15 min`, `off`, or empty where unknown."""
        if self.auto_pause is None:
            return ""
        return f"after {self.auto_pause.delay} min" if self.auto_pause.enabled else "off"


@dataclass(frozen=True, slots=True)
class SparkPool:
    """A Spark pool (`bigDataPools`) of a Synapse workspace."""

    id: ResourceId
    location: str
    state: ProvisioningState
    settings: SparkSettings

    @property
    def name(self) -> str:
        """Its name."""
        return self.id.name
