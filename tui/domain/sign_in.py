"""Sign-in: the ways to it, who is signed in, and what it may ask of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tui.domain.resource_id import is_guid


class Way(Enum):
    """A way to sign in, as `--auth` spells it."""

    AUTO = "auto"
    CLI = "cli"
    DEVICE_CODE = "device-code"
    MANAGED_IDENTITY = "managed-identity"
    ENVIRONMENT = "environment"
    WORKLOAD_IDENTITY = "workload-identity"

    @property
    def words(self) -> str:
        """The way in words."""
        return _WORDS[self]


_WORDS = {
    Way.AUTO: "automatic",
    Way.CLI: "az login",
    Way.DEVICE_CODE: "device code",
    Way.MANAGED_IDENTITY: "managed identity",
    Way.ENVIRONMENT: "environment",
    Way.WORKLOAD_IDENTITY: "workload identity",
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """A Microsoft Entra tenant that the signed-in user is in.

    Attributes:
        id: Its GUID.
        display_name: Its display name; empty where Azure did not say, as it does not to every caller.
        default_domain: Such as `contoso.com`; empty where Azure did not say.
    """

    id: str
    display_name: str = ""
    default_domain: str = ""

    @property
    def name(self) -> str:
        """What to call it; its GUID where Azure says no more."""
        return self.display_name or self.default_domain or self.id


@dataclass(frozen=True, slots=True)
class SignInChoice:
    """How to sign in.

    Attributes:
        way: The way.
        tenant: The tenant's id or domain; empty for the way's own.
        account: The id of a subscription of an account of `az`; empty for the current one.
    """

    way: Way = Way.AUTO
    tenant: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class SignInOffer:
    """A choice that a person can make here.

    Attributes:
        choice: The choice.
        account: Who that would be, as far as it is known without asking.
        remark: What to know about it; where it cannot work, why.
        is_usable: Whether it can work at all.
    """

    choice: SignInChoice
    account: str = ""
    remark: str = ""
    is_usable: bool = True


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, by the token for Azure Resource Manager.

    Attributes:
        way: The way that gave the token.
        name: The user's name, or the application's client id; empty where the token does not say.
        object_id: The principal's object id; empty where the token does not say.
        tenant: The tenant's id; empty where the token does not say.
        issued_at: When the token was issued; None where it does not say.
        expires_at: When it expires.
        fingerprint: Tells this token from another one; nothing of the token can be had from it.
    """

    way: Way
    name: str
    object_id: str
    tenant: str
    issued_at: datetime | None
    expires_at: datetime
    fingerprint: str = ""

    @property
    def words(self) -> str:
        """Who that is, with what a GUID means: `ana@contoso.com`, `client id 1111…`; empty where it is not known."""
        if self.name:
            return f"client id {self.name}" if is_guid(self.name) and self.name != self.object_id else self.name
        return f"object id {self.object_id}" if self.object_id else ""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person must type, and where, on any device that has a browser.

    Attributes:
        address: The page.
        code: The code.
        expires_at: Until when.
    """

    address: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Demand:
    """A stronger sign-in that Azure asked for, as for one kind of write only.

    Attributes:
        claims: The claims request, as JSON.
        command: The command of `az` that fulfils it; empty where the way in use can do it by itself.
    """

    claims: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class SignInState:
    """How one is signed in.

    Attributes:
        choice: How it was chosen to sign in.
        signed_in: Who is signed in; None while there was no token.
        demand: A stronger sign-in that Azure has asked for and not got yet.
        offers: What can be chosen, the likeliest first; nothing where nothing can, as in the sandbox.
        remarks: What is good to know about the machine, one sentence each.
    """

    choice: SignInChoice
    signed_in: SignedIn | None = None
    demand: Demand | None = None
    offers: tuple[SignInOffer, ...] = ()
    remarks: tuple[str, ...] = ()


SignInStep = DeviceCode | SignedIn
