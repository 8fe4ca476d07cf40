"""Sign-in: the methods, who is signed in, and what it may ask of the user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tui.domain.resource_id import is_guid


class SignInMethod(Enum):
    """A sign-in method, as `--auth` spells it."""

    AUTO = "auto"
    CLI = "cli"
    DEVICE_CODE = "device-code"
    MANAGED_IDENTITY = "managed-identity"
    ENVIRONMENT = "environment"
    WORKLOAD_IDENTITY = "workload-identity"

    @property
    def label(self) -> str:
        """The method in words."""
        return _WORDS[self]


_WORDS = {
    SignInMethod.AUTO: "automatic",
    SignInMethod.CLI: "az login",
    SignInMethod.DEVICE_CODE: "device code",
    SignInMethod.MANAGED_IDENTITY: "managed identity",
    SignInMethod.ENVIRONMENT: "environment",
    SignInMethod.WORKLOAD_IDENTITY: "workload identity",
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """A Microsoft Entra tenant of the signed-in user.

    Attributes:
        id: Its GUID.
        display_name: Its display name; empty where Azure did not report it, as for some callers.
        default_domain: Such as `contoso.com`; empty where Azure did not report it.
    """

    id: str
    display_name: str = ""
    default_domain: str = ""

    @property
    def name(self) -> str:
        """Its name; its GUID where Azure reports no name."""
        return self.display_name or self.default_domain or self.id


@dataclass(frozen=True, slots=True)
class SignInChoice:
    """How to sign in.

    Attributes:
        method: The method.
        tenant: The tenant's id or domain; empty for the method's default.
        account: The id of a subscription of an account of `az`; empty for the current one.
    """

    method: SignInMethod = SignInMethod.AUTO
    tenant: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class SignInOffer:
    """A sign-in that the user can choose here.

    Attributes:
        choice: The sign-in.
        account: Who that would be, as far as it is known without a request.
        remark: What to know about it; if it cannot work, why.
        is_usable: Whether it can work at all.
    """

    choice: SignInChoice
    account: str = ""
    remark: str = ""
    is_usable: bool = True


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, according to the token for Azure Resource Manager.

    Attributes:
        method: The method that gave the token.
        name: The user's name, or the application's client id; empty where the token does not say.
        object_id: The principal's object id; empty where the token does not say.
        tenant: The tenant's id; empty where the token does not say.
        issued_at: When the token was issued; None where it does not say.
        fingerprint: Distinguishes this token from others without revealing any of it.
    """

    method: SignInMethod
    name: str
    object_id: str
    tenant: str
    issued_at: datetime | None
    expires_at: datetime
    fingerprint: str = ""

    @property
    def text(self) -> str:
        """The name, with the kind of a GUID: `ana@contoso.com`, `client id 1111…`; empty if unknown."""
        if self.name:
            return f"client id {self.name}" if is_guid(self.name) and self.name != self.object_id else self.name
        return f"object id {self.object_id}" if self.object_id else ""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the user must enter, and where, on any device that has a browser."""

    address: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Demand:
    """A stronger sign-in that Azure asked for, as for one kind of write only.

    Attributes:
        claims: The claims request, as JSON.
        command: The `az` command that fulfils it; empty where the method in use can do it by itself.
    """

    claims: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class SignInState:
    """The state of the sign-in.

    Attributes:
        choice: The chosen sign-in.
        signed_in: Who is signed in; None before the first token.
        demand: A stronger sign-in that Azure has asked for and not received yet.
        offers: The choices, the likeliest first; empty where there are none, as in the sandbox.
        remarks: Facts about the machine, one sentence each.
    """

    choice: SignInChoice
    signed_in: SignedIn | None = None
    demand: Demand | None = None
    offers: tuple[SignInOffer, ...] = ()
    remarks: tuple[str, ...] = ()


SignInStep = DeviceCode | SignedIn
