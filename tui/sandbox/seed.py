"""The default world: small, realistic, and with typical problems."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tui.sandbox import documents, names
from tui.sandbox.clock import START
from tui.sandbox.http import Document
from tui.sandbox.locks import lock
from tui.sandbox.seed_computes import default_computes, dev_computes, generated_computes
from tui.sandbox.seed_networks import add_networks
from tui.sandbox.world import ResourceCollection, World

if TYPE_CHECKING:
    from tui.sandbox.role_assignments import Grant

HOME_REGION = "eastus2"
EU_REGION = "westeurope"

SUBSCRIPTIONS = {
    "Contoso Prod": "Enabled",
    "Contoso Dev": "Enabled",
    "Contoso Empty": "Enabled",
    "Fabrikam Shared": "Enabled",
    "Contoso Retired": "Disabled",
}

PROD_IDENTITIES = {
    "rg-ml": (
        "id-etl-prod",
        "id-etl-read",
        "id-churn-a",
        "id-churn-b",
        "id-scoring",
        "id-reporting",
        "id-feature-store",
        "id-adhoc",
    ),
    "rg-ml-eu": ("id-eu-train", "id-eu-score"),
    "rg-data": ("id-lake-read", "id-lake-write"),
}

DEV_IDENTITIES = {"rg-dev": ("id-dev-ana", "id-dev-etl", "id-dev-shared")}

PAUSED_AFTER_15 = {"enabled": True, "delayInMinutes": 15}

PROD_POOLS: dict[str, Document] = {
    "etlpool": {
        "nodeCount": 3,
        "nodeSize": "Medium",
        "autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 10},
        "autoPause": PAUSED_AFTER_15,
        "customLibraries": [
            {
                "name": "sales_etl-2.3.0-py3-none-any.whl",
                "path": "syn-prod/libraries/sales_etl-2.3.0-py3-none-any.whl",
                "containerName": "prep",
                "uploadedTimestamp": "2026-03-02T08:15:00.0000000Z",
                "type": "whl",
                "provisioningStatus": "Succeeded",
                "creatorId": names.USER_OBJECT_ID,
            }
        ],
        "sparkConfigProperties": {
            "configurationType": "File",
            "filename": "etl.txt",
            "content": "spark.executor.memory 4g\nspark.sql.shuffle.partitions 64",
        },
        "dynamicExecutorAllocation": {"enabled": True, "minExecutors": 1, "maxExecutors": 5},
    },
    "churnpool": {
        "sparkVersion": "3.4",
        "nodeCount": 5,
        "libraryRequirements": {"filename": "requirements.txt", "content": "scikit-learn==1.4.2\nxgboost==2.0.3"},
        "sessionLevelPackagesEnabled": True,
    },
    "adhocpool": {"autoPause": PAUSED_AFTER_15},
    "gpupool": {
        "nodeSize": "Large",
        "nodeSizeFamily": "HardwareAcceleratedGPU",
        "provisioningState": "Updating",
    },
    "etlold": {"sparkVersion": "3.3", "nodeCount": 5},
}

LAB_POOLS: dict[str, Document] = {
    "labpool": {"autoPause": {"enabled": True, "delayInMinutes": 5}},
    "labstream": {"nodeSize": "XLarge", "autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 5}},
}

DEV_POOLS: dict[str, Document] = {"devpool": {"autoPause": PAUSED_AFTER_15}}

LAKES = {
    "syn-prod": ("Contoso Prod", "rg-data", "synprodlake"),
    # Its subscription may not be read: nobody can tell who may use it.
    "syn-lab": ("Fabrikam Shared", "rg-shared-lake", "synlablake"),
    "syn-empty": ("Contoso Prod", "rg-lab", "synemptylake"),
    "syn-dev": ("Contoso Dev", "rg-dev", "syndevlake"),
    "syn-private": ("Contoso Dev", "rg-dev", "synprivatelake"),
    "syn-closed": ("Contoso Dev", "rg-dev", "synclosedlake"),
}
"""The subscription, resource group and name of the storage account of each Synapse workspace."""

PRIVATE_POOLS: dict[str, Document] = {"privatepool": {"autoPause": PAUSED_AFTER_15}}

CLOSED_POOLS: dict[str, Document] = {"closedpool": {"autoPause": PAUSED_AFTER_15}}

POOL_TAGS: Mapping[str, Mapping[str, str]] = {
    "etlpool": {"team": "data", "cost": "42"},
    "adhocpool": {"team": "analysts"},
    "labpool": {},
}

COMPUTES_PER_POOL = 10
COMPUTES_PER_IDENTITY = 20
"""A large world has one more Spark pool and identity for this number of computes."""


def make_world(size: int | None = None, seed: int = 0, *, now: datetime = START) -> World:
    """Create a world that is always the same for the same arguments.

    Args:
        size: How many computes the default workspace has, or None for the default. A larger world keeps those and
            adds generated ones; a smaller one keeps the first of them.
        seed: Changes every generated id and the mix of a large world, but no name of the default world.
        now: The moment that "two hours ago" counts back from.
    """
    subscription_ids = {name: names.subscription_guid(name, seed) for name in SUBSCRIPTIONS}
    prod, dev = subscription_ids["Contoso Prod"], subscription_ids["Contoso Dev"]
    world = World(
        default=names.default_workspace(seed),
        subscriptions=ResourceCollection(
            documents.subscription(name, subscription_ids[name], state) for name, state in SUBSCRIPTIONS.items()
        ),
        tenants=ResourceCollection([documents.tenant(names.TENANT_ID, "Home", "Contoso", "contoso.com")]),
        forbidden={subscription_ids["Fabrikam Shared"]},
    )
    for arm_id, region, pools in (
        (names.synapse_workspace_id(prod, "rg-data", "syn-prod"), HOME_REGION, PROD_POOLS),
        (names.synapse_workspace_id(prod, "rg-lab", "syn-lab"), EU_REGION, LAB_POOLS),
        (names.synapse_workspace_id(prod, "rg-lab", "syn-empty"), EU_REGION, {}),
        (names.synapse_workspace_id(dev, "rg-dev", "syn-dev"), HOME_REGION, DEV_POOLS),
        (names.synapse_workspace_id(dev, "rg-dev", "syn-private"), HOME_REGION, PRIVATE_POOLS),
        (names.synapse_workspace_id(dev, "rg-dev", "syn-closed"), HOME_REGION, CLOSED_POOLS),
    ):
        subscription, group, account = LAKES[arm_id.rpartition("/")[2]]
        lake = names.storage_account_id(subscription_ids[subscription], group, account)
        add_synapse(world, arm_id, region, lake, now - timedelta(days=300))
        _add_pools(world, arm_id, region, pools, now)
    add_networks(world)
    _add_identities(world, prod, PROD_IDENTITIES)
    _add_identities(world, dev, DEV_IDENTITIES)
    created = now - timedelta(days=400)
    for arm_id, region, kind in (
        (names.aml_workspace_id(prod, "rg-ml", "aml-prod"), HOME_REGION, "Default"),
        (names.aml_workspace_id(prod, "rg-ml", "aml-features"), HOME_REGION, "FeatureStore"),
        (names.aml_workspace_id(prod, "rg-ml-eu", "aml-eu"), EU_REGION, "Default"),
        (names.aml_workspace_id(dev, "rg-dev", "aml-dev"), HOME_REGION, "Default"),
    ):
        add_aml(world, documents.aml_workspace(arm_id, region, created, kind), created)
    home = names.aml_workspace_id(prod, "rg-ml", "aml-prod")
    computes = default_computes(world, home, now)
    if size is not None:
        _grow(world, prod, size, now)
        computes = [*computes, *generated_computes(world, home, max(size - len(computes), 0), seed, now)][:size]
    dev_ones = dev_computes(world, names.aml_workspace_id(dev, "rg-dev", "aml-dev"), now)
    for compute in (*computes, *dev_ones):
        world.computes.put(compute)
    _add_roles(world, (*computes, *dev_ones), seed, now)
    _add_locks(world, prod)
    return world


def add_aml(world: World, workspace: Document, created: datetime) -> None:
    """Add an AML workspace and its storage account."""
    world.aml_workspaces.put(workspace)
    account = workspace["properties"]["storageAccount"]
    world.storage_accounts.put(documents.storage_account(account, workspace["location"], created, is_lake=False))


def add_synapse(world: World, arm_id: str, region: str, lake: str, created: datetime) -> None:
    """Add a Synapse workspace and its storage account."""
    world.synapse_workspaces.put(documents.synapse_workspace(arm_id, region, lake))
    world.storage_accounts.put(documents.storage_account(lake, region, created, is_lake=True))


def _add_pools(world: World, arm_id: str, region: str, pools: Mapping[str, Document], now: datetime) -> None:
    for name, shape in pools.items():
        pool_id = f"{arm_id}/bigDataPools/{name}"
        created = now - timedelta(days=200)
        world.spark_pools.put(documents.spark_pool(pool_id, region, created, shape, POOL_TAGS.get(name)))


def _add_identities(world: World, subscription: str, by_group: Mapping[str, tuple[str, ...]]) -> None:
    for group, identities in by_group.items():
        for name in identities:
            arm_id = names.identity_id(subscription, group, name)
            world.identities.put(documents.user_assigned_identity(arm_id, HOME_REGION))


def _add_locks(world: World, subscription: str) -> None:
    """Keep one Spark pool from being changed, and the laboratory from being deleted."""
    pool = names.spark_pool_id(subscription, "rg-data", "syn-prod", "gpupool")
    world.locks.put(lock(pool, "gpu-freeze", "ReadOnly", "Frozen until the capacity is renewed"))
    world.locks.put(lock(f"/subscriptions/{subscription}/resourceGroups/rg-lab", "keep-lab", "CanNotDelete"))


def _add_roles(world: World, computes: Sequence[Document], seed: int, now: datetime) -> None:
    """Define the Azure and Synapse roles; they are only created when needed."""
    attached = [
        (compute["id"], compute["properties"]["resourceId"], compute["identity"])
        for compute in computes
        if "identity" in compute and (compute["properties"] or {}).get("computeType") == "SynapseSpark"
    ]

    def grants() -> Iterable["Grant"]:
        from tui.sandbox.seed_roles import default_grants

        return default_grants([(pool_id, identity) for _, pool_id, identity in attached], seed)

    def assignments() -> Iterable[Document]:
        from tui.sandbox.seed_azure_roles import Attached, default_assignments

        return default_assignments(world, [Attached(*one) for one in attached], seed, now - timedelta(days=200))

    world.grants = grants
    world.azure_grants = assignments
    readers = [one for one in world.identities if one["name"] == "id-etl-read"]
    world.members = {names.GROUP_ID: {one["properties"]["principalId"] for one in readers}}
    world.directory |= {names.GROUP_ID: "Group", names.COLLEAGUE_ID: "User"}
    lab = world.synapse_workspace_named("syn-lab")
    if lab is not None:
        lab["properties"]["cspWorkspaceAdminProperties"]["initialWorkspaceAdminObjectId"] = names.COLLEAGUE_ID


def _grow(world: World, subscription: str, size: int, now: datetime) -> None:
    """Add the Spark pools and identities that a large workspace needs."""
    synapse = names.synapse_workspace_id(subscription, "rg-data", "syn-prod")
    for number in range(size // COMPUTES_PER_POOL):
        pool_id = f"{synapse}/bigDataPools/pool{number:05d}"
        shape = {"sparkVersion": ("3.5", "3.4")[number % 2], "nodeCount": 3 + number % 8}
        world.spark_pools.put(documents.spark_pool(pool_id, HOME_REGION, now - timedelta(days=100), shape))
    generated = tuple(f"id-team-{number:05d}" for number in range(size // COMPUTES_PER_IDENTITY))
    _add_identities(world, subscription, {"rg-ml": generated})
