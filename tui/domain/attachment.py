"""The request to attach a Spark pool, or to change the identity of an attached one."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.domain.compute import SYNAPSE_SPARK, Compute
from tui.domain.identity import IdentityChoice
from tui.domain.resource_id import ResourceId
from tui.domain.workspaces import Workspace

_READ_ONLY = ("id", "name", "type", "systemData")
_READ_ONLY_PROPERTIES = ("createdOn", "modifiedOn", "provisioningState", "provisioningErrors", "isAttachedCompute")


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a user asks for: this pool, under this name, with this identity.

    Attributes:
        workspace: The Azure Machine Learning workspace; its location becomes the compute's, as in
            `az ml compute attach`.
        name: The compute's name.
        pool: The Spark pool's resource id.
        identity: The managed identity that it is to have.
        existing: The attached compute of that name that this updates; None to attach a new one.
        description: Free text for a new compute; empty for none.
        tags: Tags for a new compute.
    """

    workspace: Workspace
    name: str
    pool: ResourceId
    identity: IdentityChoice = field(default_factory=IdentityChoice)
    existing: Compute | None = None
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> ResourceId:
        """The compute's resource id."""
        return self.workspace.id.child("computes", self.name)

    @property
    def is_update(self) -> bool:
        """Whether it changes an attached compute rather than attaching one."""
        return self.existing is not None

    def document(self) -> dict[str, Any]:
        """The body of the PUT.

        For a new compute: what azure-ai-ml sends. For an update: what Azure showed, less what only
        Azure can write, with nothing changed but the identity, so that members that this program does
        not know survive.
        """
        if self.existing is not None:
            return changed_identity(self.existing.raw, self.identity)
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


def writable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A compute's document without the members that only Azure writes.

    Args:
        raw: What Azure sent.

    Returns:
        A copy; unknown members are kept.
    """
    document = {key: copy.deepcopy(value) for key, value in raw.items() if key not in _READ_ONLY}
    properties = document.get("properties")
    if isinstance(properties, dict):
        for member in _READ_ONLY_PROPERTIES:
            properties.pop(member, None)
    identity = document.get("identity")
    if isinstance(identity, dict):
        identity.pop("principalId", None)
        identity.pop("tenantId", None)
        assigned = identity.get("userAssignedIdentities")
        if isinstance(assigned, dict):
            identity["userAssignedIdentities"] = {key: {} for key in assigned}
    return document


def changed_identity(raw: Mapping[str, Any], choice: IdentityChoice) -> dict[str, Any]:
    """The PUT body that changes a compute's identity and nothing else.

    Args:
        raw: What Azure sent for the compute.
        choice: The identity that it is to have.

    Returns:
        The body. Without an identity the member is absent: PUT replaces, so that presumably drops
        it (unrecorded).
    """
    document = writable(raw)
    document.pop("identity", None)
    identity = choice.document()
    if identity is not None:
        document["identity"] = identity
    return document
