"""Apache Spark pools of Synapse workspaces."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tui.domain.resource_id import ResourceId
from tui.domain.states import ProvisioningState, Tone


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
class DynamicExecutors:
    """Dynamic allocation of executors in a pool; the limits are None where Azure reports none."""

    enabled: bool
    minimum: int | None = None
    maximum: int | None = None


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
    """A Spark pool (`bigDataPools`) of a Synapse workspace.

    Attributes:
        changed: When Azure last changed it successfully; None where not reported.
        executors: Dynamic allocation of executors; None where not reported.
        is_isolated: Whether its nodes run on hardware of their own; None where not reported.
        has_session_packages: Whether sessions may install packages; None where not reported.
        cache: The share of the disk that caches data, in percent; None where not reported.
        requirements: The name of its requirements file; empty without one.
        libraries: The names of its workspace packages, such as jars.
        configuration: The name of its Spark configuration file; empty without one.
        raw: What Azure sent, unchanged.
    """

    id: ResourceId
    location: str
    state: ProvisioningState
    settings: SparkSettings
    tags: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None
    changed: datetime | None = None
    executors: DynamicExecutors | None = None
    is_isolated: bool | None = None
    has_session_packages: bool | None = None
    cache: int | None = None
    requirements: str = ""
    libraries: tuple[str, ...] = ()
    configuration: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name."""
        return self.id.name

    @property
    def was_never_created(self) -> bool:
        """Whether its creation has failed.

        Azure reports no time of a success before the first one (recorded); no failed creation is recorded.
        """
        return self.state.tone is Tone.BAD and self.changed is None
