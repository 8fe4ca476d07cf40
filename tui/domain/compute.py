"""Computes of an Azure Machine Learning workspace, attached Synapse Spark pools among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tui.domain.identity import Identity
from tui.domain.resource_id import ResourceId
from tui.domain.spark import SparkSettings
from tui.domain.states import ProvisioningState

SYNAPSE_SPARK = "SynapseSpark"


@dataclass(frozen=True, slots=True)
class ProvisioningError:
    """One entry of a compute's `provisioningErrors`, whole."""

    code: str
    message: str
    details: tuple["ProvisioningError", ...] = ()


@dataclass(frozen=True, slots=True)
class Compute:
    """A compute of any type, as Azure described it.

    Attributes:
        id: Its resource id; None where Azure sent none.
        type: Azure's `computeType`, such as `SynapseSpark`; empty where it has none.
        state: Its provisioning state.
        location: The region of the resource.
        compute_location: The region that Azure reports for the compute itself, once it is provisioned.
        description: Free text.
        modified: When it was last changed.
        identity: Its managed identity.
        attached_to: The resource behind an attached compute, here the Spark pool.
        settings: The pool's settings as the compute repeats them; None for other types.
        nodes: Node count or range, as short text.
        size: Node size, as short text.
        errors: All provisioning errors.
        is_attached: Whether the user brought the underlying resource.
        unreadable: Why Azure's description could not be understood; empty if it could.
        raw: What Azure sent, unchanged.
    """

    name: str
    id: ResourceId | None = None
    type: str = ""
    state: ProvisioningState = field(default_factory=lambda: ProvisioningState(""))
    location: str = ""
    compute_location: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None
    modified: datetime | None = None
    identity: Identity = field(default_factory=Identity)
    attached_to: ResourceId | None = None
    settings: SparkSettings | None = None
    nodes: str = ""
    size: str = ""
    errors: tuple[ProvisioningError, ...] = ()
    is_attached: bool = False
    unreadable: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_spark_pool(self) -> bool:
        """Whether it is an attached Synapse Spark pool, the only type that this program manages."""
        return self.type.lower() == SYNAPSE_SPARK.lower()

    @property
    def is_known_type(self) -> bool:
        """Whether `type` is one that the specification (2023-04-01) lists."""
        return self.type.lower() in _KNOWN_TYPES

    @property
    def type_words(self) -> str:
        """Its type as part of a sentence: `a compute of type AmlCompute`."""
        return f"a compute of type {self.type}" if self.type else "a compute of unknown type"

    @property
    def required_id(self) -> ResourceId:
        """Its resource id.

        Raises:
            ValueError: If Azure sent none; `why_not_editable` and `why_not_detachable` say so first.
        """
        if self.id is None:
            raise ValueError(f"{self.name} has no resource id")
        return self.id

    @property
    def why_not_detachable(self) -> str | None:
        """Why it cannot be detached here, in one sentence; None if it can."""
        if self.unreadable:
            return f"{self.name} cannot be read, so it cannot be detached here. {self.unreadable}"
        if not self.is_spark_pool:
            return f"{self.name} is {self.type_words}: only attached Synapse Spark pools can be detached here."
        return None if self.id is not None else f"{self.name} has no resource id, so it cannot be detached."

    @property
    def why_not_exportable(self) -> str | None:
        """Why it cannot be exported, in one sentence; None if it can."""
        if self.unreadable:
            return f"{self.name} cannot be read completely, so an export would be incomplete."
        if not self.is_spark_pool:
            return f"{self.name} is {self.type_words}: only attached Synapse Spark pools can be exported here."
        return None if self.id is not None else f"{self.name} has no resource id, so it cannot be exported."

    @property
    def why_not_markable(self) -> str | None:
        """Why it cannot be marked for a bulk action, in one sentence; None if it can."""
        if self.unreadable:
            return f"{self.name} cannot be read completely, so it cannot be part of a bulk action."
        if not self.is_spark_pool:
            return f"{self.name} is {self.type_words}: only attached Synapse Spark pools take a mark."
        return None if self.id is not None else f"{self.name} has no resource id, so it cannot be marked."

    @property
    def why_not_editable(self) -> str | None:
        """Why its identity, tags and description cannot be changed here, in one sentence; None if they can."""
        if self.unreadable:
            why = "a change could lose what was not read"
            return f"{self.name} cannot be read completely, so it cannot be changed here: {why}. {self.unreadable}"
        if not self.is_spark_pool:
            return f"{self.name} is {self.type_words}: only attached Synapse Spark pools can be changed here."
        return None if self.id is not None else f"{self.name} has no resource id, so it cannot be changed."


_KNOWN_TYPES = frozenset(
    name.lower()
    for name in (
        "AKS",
        "AmlCompute",
        "ComputeInstance",
        "DataFactory",
        "DataLakeAnalytics",
        "Databricks",
        "HDInsight",
        "Kubernetes",
        "SynapseSpark",
        "VirtualMachine",
    )
)
