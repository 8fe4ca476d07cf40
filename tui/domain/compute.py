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
    """One entry of a compute's `provisioningErrors`, whole.

    Attributes:
        code: Azure's code.
        message: Azure's words.
        details: Nested errors, outermost first.
    """

    code: str
    message: str
    details: tuple["ProvisioningError", ...] = ()


@dataclass(frozen=True, slots=True)
class Compute:
    """A compute of a workspace, of any type, as Azure described it.

    Attributes:
        name: Its name.
        id: Its resource id; None where Azure's description has none.
        type: Azure's `computeType`, such as `SynapseSpark`; empty where it has none.
        state: Its provisioning state.
        location: The region of the resource.
        compute_location: The region that Azure reports for the compute itself, once it is provisioned.
        description: Free text.
        tags: Its tags.
        created: When it was created.
        modified: When it was last changed.
        identity: Its managed identity.
        attached_to: The resource behind an attached compute, here the Spark pool.
        settings: The pool's settings as the compute echoes them; None for other types.
        nodes: Node count or range in a few letters, for any type that has nodes.
        size: Node size in a few words, for any type that has one.
        errors: Provisioning errors, whole.
        is_attached: Whether the underlying resource was brought by the user.
        unreadable: Why Azure's description could not be understood; empty where it could.
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
        """Whether it is an attached Synapse Spark pool, which this program manages."""
        return self.type.lower() == SYNAPSE_SPARK.lower()

    @property
    def is_known_type(self) -> bool:
        """Whether `type` is one that the specification (2023-04-01) lists."""
        return self.type.lower() in _KNOWN_TYPES

    @property
    def type_words(self) -> str:
        """Its type in a sentence: `a compute of type AmlCompute`."""
        return f"a compute of type {self.type}" if self.type else "a compute of unknown type"

    @property
    def required_id(self) -> ResourceId:
        """Its resource id.

        Raises:
            ValueError: If Azure gave it none; `why_not_editable` and `why_not_detachable` say so before.
        """
        if self.id is None:
            raise ValueError(f"{self.name} has no resource id")
        return self.id

    @property
    def why_not_detachable(self) -> str | None:
        """Why it cannot be detached from here, in one sentence, or None if it can."""
        if self.unreadable:
            return f"{self.name} cannot be read, so it is left alone. {self.unreadable}"
        if not self.is_spark_pool:
            return f"{self.name} is {self.type_words}: only attached Synapse Spark pools can be detached here."
        return None if self.id is not None else f"{self.name} has no resource id, so it cannot be detached."

    @property
    def why_not_exportable(self) -> str | None:
        """Why it cannot be written in other tools' languages, in one sentence, or None if it can."""
        if self.unreadable:
            return f"{self.name} cannot be read whole, so an export of it would be incomplete."
        if not self.is_spark_pool:
            return f"{self.name} is {self.type_words}: only attached Synapse Spark pools can be exported here."
        return None if self.id is not None else f"{self.name} has no resource id, so it cannot be exported."

    @property
    def why_not_markable(self) -> str | None:
        """Why it cannot be among those that one action is done to together, in one sentence, or None if it can."""
        if self.unreadable:
            return f"{self.name} cannot be read whole, so nothing can be done to it together with others."
        if not self.is_spark_pool:
            return f"{self.name} is {self.type_words}: only attached Synapse Spark pools take a mark."
        return None if self.id is not None else f"{self.name} has no resource id, so it cannot be marked."

    @property
    def why_not_editable(self) -> str | None:
        """Why its identity, tags and description cannot be changed from here, in one sentence, or None if they can."""
        if self.unreadable:
            why = "a change could lose what was not read"
            return f"{self.name} cannot be read whole, so it is left alone: {why}. {self.unreadable}"
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
