"""The Azure roles of the default world: most identities can use the storage accounts, and some show problems."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from tui.sandbox.azure_role_assignments import AzureGrant
from tui.sandbox.azure_roles import BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR, OWNER
from tui.sandbox.http import Document
from tui.sandbox.names import GROUP_ID, USER_OBJECT_ID, guid
from tui.sandbox.world import World

MOST_IN_SUBSCRIPTION = 4000
"""How many role assignments a subscription can have (documentation)."""

STORAGE_ROLES = (CONTRIBUTOR, BLOB_DATA_CONTRIBUTOR)
"""What the identity of a Spark job needs on each storage account (documentation)."""

WITHOUT_ROLE = "id-churn-b"
"""An identity of an attached pool that may not use any storage account."""

IN_GROUPS = "id-churn-a"
"""An identity of an attached pool that has its roles on whole resource groups."""

ALSO_READY = "id-etl-prod"
"""An identity that no compute has yet, with its roles on the accounts."""

THROUGH_GROUP = "id-etl-read"
"""Another one, which may use the data lake as a member of a group."""


class Attached(NamedTuple):
    """An attached pool as of the creation of the world.

    Attributes:
        compute_id: The ARM id of the compute.
        pool_id: The ARM id of its Spark pool.
        identity: The compute's identity.
    """

    compute_id: str
    pool_id: str
    identity: Document


def default_assignments(world: World, attached: Iterable[Attached], seed: int, made: datetime) -> Iterator[Document]:
    """Yield each assignment once, up to Azure's limit for a subscription.

    The signed-in user owns every readable subscription and may use its storage accounts. `made` is when they all were
    made.
    """
    seen: dict[str, Document] = {}
    for grant in (*owners(world), *_of_identities(world, seed), *_of_attached(world, attached)):
        if len(seen) == MOST_IN_SUBSCRIPTION:
            break
        document = grant.document(made)
        seen.setdefault(document["id"].lower(), document)
    yield from seen.values()


def owners(world: World) -> Iterator[AzureGrant]:
    """Yield the roles of the signed-in user on the subscriptions that the user may read."""
    for subscription in world.subscriptions:
        if subscription["subscriptionId"] not in world.forbidden:
            yield AzureGrant(USER_OBJECT_ID, subscription["id"], OWNER, "User")


def _of_identities(world: World, seed: int) -> Iterator[AzureGrant]:
    """Yield what does not follow from the attached pools."""
    accounts = [account["id"] for account in world.storage_accounts]
    for account in accounts:
        if account.split("/")[2] not in world.forbidden:
            yield AzureGrant(USER_OBJECT_ID, account, BLOB_DATA_CONTRIBUTOR, "User")
    principals = {identity["name"]: identity["properties"]["principalId"] for identity in world.identities}
    prod = world.default.subscription_id
    groups = [f"/subscriptions/{prod}/resourceGroups/{group}" for group in ("rg-ml", "rg-data")]
    home, lake = (_account_in(accounts, group) for group in groups)
    for role in STORAGE_ROLES:
        for scope in groups:
            yield AzureGrant(principals[IN_GROUPS], scope, role)
        for scope in (home, lake):
            yield AzureGrant(principals[ALSO_READY], scope, role)
        yield AzureGrant(principals[THROUGH_GROUP], home, role)
        yield AzureGrant(GROUP_ID, lake, role, "Group")
    # A stray role: its identity was deleted.
    yield AzureGrant(guid("a principal that is gone", seed), home, BLOB_DATA_CONTRIBUTOR)


def _of_attached(world: World, attached: Iterable[Attached]) -> Iterator[AzureGrant]:
    """Yield the roles of the identities of attached pools on the storage accounts of both workspaces."""
    for compute_id, pool_id, identity in attached:
        machine_learning = world.aml_workspaces.get(compute_id.rpartition("/computes/")[0])
        synapse = world.synapse_workspaces.get(pool_id.rpartition("/bigDataPools/")[0])
        accounts = [machine_learning["properties"]["storageAccount"]] if machine_learning else []
        if synapse:
            accounts.append(synapse["properties"]["defaultDataLakeStorage"]["resourceId"])
        for principal_id in _principals(identity):
            for account in accounts:
                for role in STORAGE_ROLES:
                    yield AzureGrant(principal_id, account, role)


def _principals(identity: Document) -> Iterator[str]:
    if identity.get("principalId"):
        yield identity["principalId"]
    for arm_id, ids in (identity.get("userAssignedIdentities") or {}).items():
        if arm_id.rpartition("/")[2] not in (WITHOUT_ROLE, IN_GROUPS):
            yield ids["principalId"]


def _account_in(accounts: Iterable[str], group: str) -> str:
    return next(account for account in accounts if account.startswith(f"{group}/"))
