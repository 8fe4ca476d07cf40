"""Sign-in."""

import os
from typing import TYPE_CHECKING

from tui.domain.principals import Principal

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


def caller_of(token: str) -> Principal | None:
    """Who a token was issued to, by its claims; the token itself is Azure's to judge.

    Args:
        token: An access token for Azure Resource Manager.

    Returns:
        The principal, None where the token is not one that can be read or has no object id.
    """
    import jwt

    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None
    names = (claims.get(claim) for claim in ("upn", "unique_name", "preferred_username", "name", "appid"))
    object_id = claims.get("oid")
    if not isinstance(object_id, str):
        return None
    return Principal(object_id, next((name for name in names if isinstance(name, str)), object_id), "you")
