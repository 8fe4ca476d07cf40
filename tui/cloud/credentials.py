"""Sign-in."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

AZ_SECONDS = 30
"""How long `az` may take for a token; azure-identity's 10 s are too short on a busy machine (known issue)."""


def default_credential() -> "AsyncTokenCredential":
    """The sign-in of the environment, of the workload, of `az login`, or of the machine, in this order.

    With `AZURE_TOKEN_CREDENTIALS` set, azure-identity's own chain obeys it. Otherwise `az` comes before
    the machine's managed identity, because asking for that first costs seconds where there is none.

    Returns:
        A credential to be closed after use; nothing is asked of Azure yet.
    """
    # Imported here, because it takes a tenth of a second that a program with another sign-in need not pay.
    from azure.identity.aio import (
        AzureCliCredential,
        ChainedTokenCredential,
        DefaultAzureCredential,
        EnvironmentCredential,
        ManagedIdentityCredential,
        WorkloadIdentityCredential,
    )

    if os.environ.get("AZURE_TOKEN_CREDENTIALS"):
        return DefaultAzureCredential(process_timeout=AZ_SECONDS)
    workload = [WorkloadIdentityCredential()] if os.environ.get("AZURE_FEDERATED_TOKEN_FILE") else []
    return ChainedTokenCredential(
        EnvironmentCredential(),
        *workload,
        AzureCliCredential(process_timeout=AZ_SECONDS),
        ManagedIdentityCredential(client_id=os.environ.get("AZURE_CLIENT_ID")),
    )
