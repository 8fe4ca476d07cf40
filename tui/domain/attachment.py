"""The request to attach a Spark pool under a new name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.domain.compute import SYNAPSE_SPARK
from tui.domain.identity import IdentityChoice
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleDefinition
from tui.domain.workspaces import Workspace


@dataclass(frozen=True, slots=True)
class Attachment:
    """A request to attach a Spark pool.

    `role` is the Synapse role to grant to the compute's identity on the pool; None grants nothing. The location of the
    workspace becomes that of the compute, as with `az ml compute attach`.
    """

    workspace: Workspace
    name: str
    pool: ResourceId
    identity: IdentityChoice = field(default_factory=IdentityChoice)
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    role: RoleDefinition | None = None

    @property
    def id(self) -> ResourceId:
        """The compute's resource id."""
        return self.workspace.id.child("computes", self.name)

    def document(self) -> dict[str, Any]:
        """The body of the PUT: what azure-ai-ml sends."""
        properties: dict[str, Any] = {"computeType": SYNAPSE_SPARK, "resourceId": str(self.pool)}
        if self.description:
            properties["description"] = self.description
        document: dict[str, Any] = {"location": self.workspace.location, "properties": properties}
        identity = self.identity.document()
        if identity is not None:
            document["identity"] = identity
        if self.tags:
            document["tags"] = dict(self.tags)
        return document
