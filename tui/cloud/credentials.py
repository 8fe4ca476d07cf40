"""The credentials: one of azure-identity's for each sign-in method, all for one network and one cloud."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tui.cloud.network import SIGN_IN_RETRIES, Network
from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.constants import AZ_SECONDS
from tui.domain.principals import Principal
from tui.domain.resource_id import is_guid
from tui.domain.sign_in import SignedIn, SignInChoice, SignInMethod

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncSupportsTokenInfo

METADATA = "169.254.169.254"
PROBE_SECONDS = 1.0
_AZURE_MACHINE = "7783-7084-3265-9085-8269-3286-77"
_ASSET_TAG = Path("/sys/class/dmi/id/chassis_asset_tag")
_MACHINE_VARIABLES = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")
_TENANT, _CLIENT, _TOKEN_FILE = "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"
_SECRETS = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH")
_WANTED = "AZURE_TOKEN_CREDENTIALS"
_BY_NAME = {
    "EnvironmentCredential": (SignInMethod.ENVIRONMENT,),
    "WorkloadIdentityCredential": (SignInMethod.WORKLOAD_IDENTITY,),
    "ManagedIdentityCredential": (SignInMethod.MANAGED_IDENTITY,),
    "AzureCliCredential": (SignInMethod.CLI,),
    "DeviceCodeCredential": (SignInMethod.DEVICE_CODE,),
    "dev": (SignInMethod.CLI,),
    "prod": (SignInMethod.ENVIRONMENT, SignInMethod.WORKLOAD_IDENTITY, SignInMethod.MANAGED_IDENTITY),
}


class NoSuchMethod(ValueError):
    """A sign-in method that cannot be used here; the message says why."""


@dataclass(frozen=True, slots=True)
class SignInOptions:
    """The options of every credential.

    Attributes:
        profile: The cloud.
        az_seconds: How long `az` may take.
        client_id: The client id of a user-assigned managed identity or of a workload; empty for the environment's.
    """

    profile: CloudProfile = PUBLIC
    network: Network = field(default_factory=Network)
    az_seconds: int = AZ_SECONDS
    client_id: str = ""


def methods_of(choice: SignInChoice) -> tuple[SignInMethod, ...]:
    """The methods that a choice tries, in order.

    Automatic is what `AZURE_TOKEN_CREDENTIALS` says, else the environment if it is set, a workload's identity if there
    is one, `az` if it is installed, and the machine's own identity if this is an Azure VM: elsewhere, asking for that
    would take seconds without an answer. A device code is never tried unless chosen.

    Raises:
        NoSuchMethod: If `AZURE_TOKEN_CREDENTIALS` names no known method.
    """
    if choice.method is not SignInMethod.AUTO:
        return (choice.method,)
    value = os.environ.get(_WANTED, "").strip()
    if value:
        found = next((methods for name, methods in _BY_NAME.items() if name.lower() == value.lower()), None)
        if found is None:
            raise NoSuchMethod(
                f'{_WANTED} is "{value}", which sparkpool cannot use; it supports {", ".join(_BY_NAME)}. '
                "Fix it, or choose with --auth."
            )
        return found
    able = [method for method in (SignInMethod.ENVIRONMENT, SignInMethod.WORKLOAD_IDENTITY) if why_not(method) is None]
    if shutil.which("az"):
        able.append(SignInMethod.CLI)
    if why_not(SignInMethod.MANAGED_IDENTITY) is None:
        able.append(SignInMethod.MANAGED_IDENTITY)
    # If nothing is set up, az's message is the most helpful.
    return tuple(able) or (SignInMethod.CLI,)


def why_not(method: SignInMethod, environment: Mapping[str, str] | None = None) -> str | None:
    """Why a method cannot work on this machine, as far as is known without a request; None if it may."""
    variables = os.environ if environment is None else environment
    match method:
        case SignInMethod.CLI:
            return None if shutil.which("az") else "az is not installed here"
        case SignInMethod.ENVIRONMENT:
            missing = [name for name in (_TENANT, _CLIENT) if not variables.get(name)]
            if not any(variables.get(name) for name in _SECRETS):
                missing.append(" or ".join(_SECRETS))
            return f"not set: {', '.join(missing)}" if missing else None
        case SignInMethod.WORKLOAD_IDENTITY:
            missing = [name for name in (_TOKEN_FILE, _TENANT, _CLIENT) if not variables.get(name)]
            return f"not set: {', '.join(missing)}" if missing else None
        case SignInMethod.MANAGED_IDENTITY:
            if any(variables.get(name) for name in _MACHINE_VARIABLES) or _is_azure_machine():
                return None
            return "this host is not an Azure VM"
        case _:
            return None


def credential_for(method: SignInMethod, choice: SignInChoice, options: SignInOptions) -> "AsyncSupportsTokenInfo":
    """Create a credential of azure-identity, without any cached token.

    `method` is not `AUTO`, nor `DEVICE_CODE`, which has a module of its own.

    Raises:
        NoSuchMethod: If something that it needs is missing.
    """
    from azure.identity.aio import (
        AzureCliCredential,
        EnvironmentCredential,
        ManagedIdentityCredential,
        WorkloadIdentityCredential,
    )

    from tui.cloud.connection import network_transport

    def online() -> dict[str, Any]:
        return {
            "transport": network_transport(options.network),
            "retry_total": SIGN_IN_RETRIES,
            "retry_status": SIGN_IN_RETRIES,
            # Requests retry lost connections themselves, where that is shown and limited.
            "retry_connect": 0,
            "retry_read": 0,
        }

    profile = options.profile
    directory: dict[str, Any] = {
        "authority": profile.authority,
        "disable_instance_discovery": not profile.validates_authority,
    }
    try:
        match method:
            case SignInMethod.CLI:
                # `az` accepts one or the other (its source), and an account's subscription implies both.
                return AzureCliCredential(
                    tenant_id="" if choice.account else choice.tenant,
                    subscription=choice.account or None,
                    process_timeout=options.az_seconds,
                )
            case SignInMethod.ENVIRONMENT:
                # It gives a token for a tenant other than `AZURE_TENANT_ID` only if this allows it (its source).
                allowed = [choice.tenant] if choice.tenant else []
                # A credential without a token cache never closes its transport.
                carried = online() if why_not(method) is None else {}
                return EnvironmentCredential(additionally_allowed_tenants=allowed, **directory, **carried)
            case SignInMethod.WORKLOAD_IDENTITY:
                given = {"tenant_id": choice.tenant, "client_id": options.client_id}
                named = {name: value for name, value in given.items() if value}
                also = {_TENANT: choice.tenant, _CLIENT: options.client_id}
                reason = why_not(method, {**os.environ, **{name: value for name, value in also.items() if value}})
                if reason is not None:
                    raise NoSuchMethod(reason)
                return WorkloadIdentityCredential(**named, **directory, **online())
            case SignInMethod.MANAGED_IDENTITY:
                client_id = options.client_id or os.environ.get(_CLIENT)
                return ManagedIdentityCredential(client_id=client_id, **online())
            case _:
                raise NoSuchMethod(f"{method.label} is not a single credential")
    except ValueError as error:
        raise NoSuchMethod(str(error)) from error


def elsewhere(choice: SignInChoice, who: SignedIn | None) -> str:
    """A sentence that the user is signed in to another tenant than requested; else empty.

    A tenant that was requested by domain cannot be compared.
    """
    if who is None or not who.tenant or not is_guid(choice.tenant):
        return ""
    if choice.tenant.lower() == who.tenant.lower():
        return ""
    reason = f"; a {who.method.label} has its own tenant" if who.method is SignInMethod.MANAGED_IDENTITY else ""
    return f"You are signed in to the tenant {who.tenant}, not to {choice.tenant} as requested{reason}."


async def answers_here() -> bool:
    """Whether something gives tokens to this machine, tried for at most a second.

    azure-identity itself would try for half a minute without an answer.
    """
    address = next((os.environ[name] for name in _MACHINE_VARIABLES if os.environ.get(name)), "")
    parts = urlsplit(address) if address else None
    host = (parts.hostname if parts else None) or METADATA
    port = (parts.port if parts else None) or (443 if parts and parts.scheme == "https" else 80)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), PROBE_SECONDS)
    except OSError:  # includes TimeoutError
        return False
    writer.close()
    return True


def caller_of(token: str) -> Principal | None:
    """The principal that a token was issued to, by its claims; None if unreadable or without an object id.

    The token is not verified, because that is up to Azure.
    """
    claims = claims_of(token)
    object_id = claims.get("oid")
    if not isinstance(object_id, str):
        return None
    # An application's client id would be mistaken for an object id, and cannot be granted a role.
    return Principal(object_id, _user_in(claims) or object_id, "you")


def claims_of(token: str) -> Mapping[str, object]:
    """A token's claims; empty if it cannot be read."""
    import jwt

    try:
        claims: Mapping[str, object] = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        # The token comes from elsewhere, so it may contain anything.
        return {}
    return claims if isinstance(claims, Mapping) else {}


def name_in(claims: Mapping[str, object]) -> str:
    """The name in a token's claims, or an application's client id; empty if there is neither."""
    client_id = claims.get("appid")
    return _user_in(claims) or (client_id if isinstance(client_id, str) else "")


def _user_in(claims: Mapping[str, object]) -> str:
    names = (claims.get(claim) for claim in ("upn", "unique_name", "preferred_username", "name"))
    return next((name for name in names if isinstance(name, str) and name), "")


def _is_azure_machine() -> bool:
    """Whether the hardware is an Azure virtual machine, by its asset tag (documented)."""
    try:
        return _ASSET_TAG.read_text(encoding="ascii", errors="replace").strip() == _AZURE_MACHINE
    except OSError:
        return False
