"""The empty world: an AML workspace without computes, and a Synapse workspace without Spark pools."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tui.sandbox import documents, names
from tui.sandbox.clock import START
from tui.sandbox.http import Document
from tui.sandbox.seed import HOME_REGION, add_aml, add_synapse
from tui.sandbox.seed_networks import EVERYONE, add_rules
from tui.sandbox.world import ResourceCollection, World

SUBSCRIPTIONS = {"Contoso Prod": "Enabled"}

IDENTITIES = {"rg-ml": "id-etl-prod", "rg-data": "id-lake-read"}
"""One identity in the resource group of each workspace."""


def make_empty_world(seed: int = 0, *, now: datetime = START) -> World:
    """Create the world in which nothing is attached yet.

    Its workspaces are those of the default world. The signed-in user owns the subscription and has created the Synapse
    workspace, and so is its Synapse Administrator; nobody else has an Azure role.

    Args:
        seed: Changes every generated id.
        now: The moment from which ages count back.
    """
    default = names.default_workspace(seed)
    subscription = default.subscription_id
    world = World(
        default=default,
        subscriptions=ResourceCollection(
            documents.subscription(name, names.subscription_guid(name, seed), state)
            for name, state in SUBSCRIPTIONS.items()
        ),
        tenants=ResourceCollection([documents.tenant(names.TENANT_ID, "Home", "Contoso", "contoso.com")]),
    )
    home = names.aml_workspace_id(*default)
    created = now - timedelta(days=1)
    add_aml(world, documents.aml_workspace(home, HOME_REGION, created), created)
    synapse = names.synapse_workspace_id(subscription, "rg-data", "syn-prod")
    lake = names.storage_account_id(subscription, "rg-data", "synprodlake")
    add_synapse(world, synapse, HOME_REGION, lake, created)
    add_rules(world, "syn-prod", {"allowAll": EVERYONE})
    for group, name in IDENTITIES.items():
        arm_id = names.identity_id(subscription, group, name)
        world.identities.put(documents.user_assigned_identity(arm_id, HOME_REGION))

    def assignments() -> Iterable[Document]:
        from tui.sandbox.seed_azure_roles import owners

        return [grant.document(created) for grant in owners(world)]

    world.azure_grants = assignments
    return world
