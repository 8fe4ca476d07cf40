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
        tenant_id: Its tenant's GUID; empty where Azure did not say.
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
    """An Azure Machine Learning workspace.

    Attributes:
        id: Its resource id.
        location: Its region; empty where it was named by flags and not read yet.
        kind: Such as `Default`, `FeatureStore`, `Hub`; empty where unknown.
        friendly_name: The name for people, where one was given.
        principal_id: The object id of its own system-assigned identity; empty where it has none.
        tenant_id: Its tenant's GUID; empty where Azure did not say.
    """

    id: ResourceId
    location: str = ""
    kind: str = ""
    friendly_name: str = ""
    principal_id: str = ""
    tenant_id: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return self.id.name


@dataclass(frozen=True, slots=True)
class Recent:
    """An Azure Machine Learning workspace that was opened before.

    Attributes:
        workspace: Its resource id.
        subscription_name: The name of its subscription; empty where it is not known.
    """

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
        public_network: Azure's word for its public network access, such as `Enabled`; empty where it did not say.
    """

    id: ResourceId
    location: str = ""
    dev_endpoint: str = ""
    principal_id: str = ""
    public_network: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return self.id.name
