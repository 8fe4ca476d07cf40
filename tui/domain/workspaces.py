"""Subscriptions, and the two kinds of workspace that a Spark pool joins."""

from dataclasses import dataclass

from tui.domain.resource_id import ResourceId


@dataclass(frozen=True, slots=True)
class Subscription:
    """An Azure subscription.

    Attributes:
        id: Its GUID.
        name: Its display name.
        state: Azure's word, such as `Enabled`, `Disabled` or `Warned`.
        tenant_id: Its tenant's GUID; empty where Azure did not report it.
    """

    id: str
    name: str
    state: str = ""
    tenant_id: str = ""

    @property
    def usable(self) -> bool:
        """Whether writes can work in it."""
        return self.state.lower() not in ("disabled", "deleted")


@dataclass(frozen=True, slots=True)
class Workspace:
    """An Azure ML workspace.

    Attributes:
        id: Its resource id.
        location: Its region; empty where flags named it and it has not been read.
        kind: Such as `Default`, `FeatureStore`, `Hub`; empty if unknown.
        friendly_name: Its display name, if it has one.
        principal_id: The object id of its own system-assigned identity; empty where it has none.
        tenant_id: Its tenant's GUID; empty where Azure did not report it.
        storage: Its default storage account; None where Azure did not report it, or the workspace was not read.
    """

    id: ResourceId
    location: str = ""
    kind: str = ""
    friendly_name: str = ""
    principal_id: str = ""
    tenant_id: str = ""
    storage: ResourceId | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.id.name


@dataclass(frozen=True, slots=True)
class Recent:
    """An Azure ML workspace that was opened before; the name of its subscription is empty if unknown."""

    workspace: ResourceId
    subscription_name: str = ""


@dataclass(frozen=True, slots=True)
class SynapseWorkspace:
    """A Synapse workspace.

    Attributes:
        id: Its resource id.
        location: Its region.
        dev_endpoint: The address of its data plane, as Azure gives it in `connectivityEndpoints.dev`.
        principal_id: The object id of its own system-assigned identity; empty where it has none.
        public_network: Azure's word for its public network access, such as `Enabled`; empty where not reported.
        lake_name: The name of its data lake's storage account; empty where not reported.
        lake: The id of that storage account; None where not reported, as in older answers.
    """

    id: ResourceId
    location: str = ""
    dev_endpoint: str = ""
    principal_id: str = ""
    public_network: str = ""
    lake_name: str = ""
    lake: ResourceId | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.id.name
