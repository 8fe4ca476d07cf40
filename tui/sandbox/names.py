"""Derived names: hashed ids, ARM ids, and Azure's time formats."""

import hashlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

AML = "Microsoft.MachineLearningServices"
SYNAPSE = "Microsoft.Synapse"
MSI = "Microsoft.ManagedIdentity"
STORAGE = "Microsoft.Storage"
AUTHORIZATION = "Microsoft.Authorization"

TENANT_ID = "c0de7e4a-0000-4000-a000-00000000a2e0"
USER_NAME = "ana@contoso.com"
USER_OBJECT_ID = "c0de7e4a-0000-4000-a000-0000000000a1"
"""The only user of the sandbox; the ids are obviously made up."""
GROUP_ID = "c0de7e4a-0000-4000-a000-0000000000d1"
COLLEAGUE_ID = "c0de7e4a-0000-4000-a000-0000000000b2"
"""A group, and the other user in the directory, who created `syn-lab` and is its only administrator."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

TICKS_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
"""The start of .NET's ticks of 100 ns."""


class DefaultWorkspace(NamedTuple):
    """The AML workspace that the sandbox opens."""

    subscription_id: str
    resource_group: str
    workspace: str


def guid(*parts: object) -> str:
    """A GUID that is always the same for the same parts."""
    digits = hashlib.sha256("\x1f".join(map(str, parts)).encode(errors="surrogatepass")).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def subscription_guid(name: str, seed: int) -> str:
    """The GUID of one of the world's subscriptions."""
    return guid("subscription", name, seed)


def default_workspace(seed: int) -> DefaultWorkspace:
    """The AML workspace that a world of that seed opens, without making the world."""
    return DefaultWorkspace(subscription_guid("Contoso Prod", seed), "rg-ml", "aml-prod")


def opaque(length: int, *parts: object) -> str:
    """Meaningless URL-safe text of that length, always the same for the same parts."""
    digest = hashlib.shake_256("\x1f".join(map(str, parts)).encode(errors="surrogatepass")).digest(length)
    return urlsafe_b64encode(digest).decode()[:length]


def ticks(moment: datetime) -> int:
    """The moment as .NET ticks, as in the machine-learning service's poll URLs (recorded)."""
    return (moment - TICKS_EPOCH) // timedelta(microseconds=1) * 10


def offset_time(moment: datetime) -> str:
    """The moment as in a compute's `createdOn`: seven decimals and `+00:00` (recorded)."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0+00:00"


def zulu_time(moment: datetime) -> str:
    """The moment as in workspaces and Spark pools: seven decimals and `Z` (recorded)."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


def http_date(moment: datetime) -> str:
    """The moment as an HTTP `Date` header, whatever the locale."""
    return f"{DAYS[moment.weekday()]}, {moment:%d} {MONTHS[moment.month - 1]} {moment:%Y %H:%M:%S} GMT"


def aml_workspace_id(subscription: str, group: str, workspace: str) -> str:
    """The ARM id of an AML workspace."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{AML}/workspaces/{workspace}"


def compute_id(subscription: str, group: str, workspace: str, compute: str) -> str:
    """The ARM id of a compute."""
    return f"{aml_workspace_id(subscription, group, workspace)}/computes/{compute}"


def synapse_workspace_id(subscription: str, group: str, workspace: str) -> str:
    """The ARM id of a Synapse workspace."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{SYNAPSE}/workspaces/{workspace}"


def spark_pool_id(subscription: str, group: str, workspace: str, pool: str) -> str:
    """The ARM id of a Spark pool."""
    return f"{synapse_workspace_id(subscription, group, workspace)}/bigDataPools/{pool}"


def identity_id(subscription: str, group: str, name: str) -> str:
    """The ARM id of a user-assigned identity; its service writes `resourcegroups` in lower case (recorded)."""
    return f"/subscriptions/{subscription}/resourcegroups/{group}/providers/{MSI}/userAssignedIdentities/{name}"


def storage_account_id(subscription: str, group: str, account: str) -> str:
    """The ARM id of a storage account."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{STORAGE}/storageAccounts/{account}"
