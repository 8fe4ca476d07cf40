"""Who is signed in, and how to sign in as someone else: the implementation of the `SignIn` port."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, suppress
from pathlib import Path
from typing import Any

from tui.cloud import reading
from tui.cloud.credentials import SignInOptions, elsewhere, why_not
from tui.cloud.errors import problems
from tui.cloud.network import notes
from tui.cloud.token_source import TokenSource
from tui.domain.clouds import CloudProfile
from tui.domain.sign_in import SignedIn, SignInChoice, SignInMethod, SignInOffer, SignInState, SignInStep
from tui.home import home_folder


class CloudSignIn:
    """Sign-in with azure-identity's credentials.

    Args:
        choice: The first sign-in.
        options: Cloud, network and time limits.
        source: Tokens of this choice from an earlier check; None to request them.

    Attributes:
        source: The credential for what starts now.
        adopt: Called with each new source; users of sources close them.
    """

    def __init__(self, choice: SignInChoice, options: SignInOptions, source: TokenSource | None = None) -> None:
        self._options = options
        self.source = source or TokenSource(choice, options)
        self.adopt: Callable[[TokenSource], None] = lambda _: None

    @property
    def signed_in(self) -> SignedIn | None:
        """Who is signed in, according to the last token."""
        return self.source.signed_in

    async def state(self) -> SignInState:
        """The current sign-in and the choices on this machine."""
        source = self.source
        offers = await asyncio.to_thread(_offers, self._options.profile, source.choice.tenant)
        remark = elsewhere(source.choice, source.signed_in)
        remarks = (*([remark] if remark else []), *notes())
        return SignInState(source.choice, source.signed_in, source.demand, offers, remarks)

    async def sign_in(self, choice: SignInChoice) -> AsyncGenerator[SignInStep, None]:
        """Sign in again; running operations keep their own source."""
        current = self.source
        claims = current.demand.claims if current.demand is not None else ""
        source = current.again() if choice == current.choice else TokenSource(choice, self._options)
        async with AsyncExitStack() as unless_signed_in:
            unless_signed_in.push_async_callback(source.close)
            with problems("sign in"):
                async with aclosing(source.sign_in(claims)) as steps:
                    async for step in steps:
                        if isinstance(step, SignedIn):
                            who = step
                        else:
                            yield step
            unless_signed_in.pop_all()
        if current.signed_in is not None and current.signed_in.fingerprint == who.fingerprint:
            # The same token again does not meet the demand.
            source.demand = current.demand
        self.source = source
        self.adopt(source)
        yield who


class FixedSignIn:
    """A sign-in that cannot be changed, such as the sandbox's."""

    signed_in: SignedIn | None = None

    async def state(self) -> SignInState:
        """Nothing can be chosen."""
        return SignInState(SignInChoice())

    async def sign_in(self, choice: SignInChoice) -> AsyncGenerator[SignInStep, None]:
        """Nothing happens."""
        steps: tuple[SignInStep, ...] = ()
        for step in steps:
            yield step


def _offers(profile: CloudProfile, tenant: str) -> tuple[SignInOffer, ...]:
    offers = (
        [_az_offer(account, tenant) for account in _az_accounts(profile)] if why_not(SignInMethod.CLI) is None else []
    )
    if not offers:
        offers = [_offer(SignInMethod.CLI, tenant, remark="nobody is signed in to az in this cloud; run az login")]
    offers.append(SignInOffer(SignInChoice(SignInMethod.DEVICE_CODE, tenant), remark="a code to type in any browser"))
    offers += [
        _offer(method, tenant)
        for method in (SignInMethod.MANAGED_IDENTITY, SignInMethod.ENVIRONMENT, SignInMethod.WORKLOAD_IDENTITY)
    ]
    offers.append(SignInOffer(SignInChoice(SignInMethod.AUTO, tenant), remark="the first method that is set up"))
    return tuple(offers)


def _offer(method: SignInMethod, tenant: str, remark: str = "") -> SignInOffer:
    reason = why_not(method)
    account = os.environ.get("AZURE_CLIENT_ID", "") if reason is None and method is not SignInMethod.CLI else ""
    own = (
        os.environ.get("AZURE_TENANT_ID", "")
        if method in (SignInMethod.ENVIRONMENT, SignInMethod.WORKLOAD_IDENTITY)
        else ""
    )
    choice = SignInChoice(method, "" if method is SignInMethod.MANAGED_IDENTITY else tenant or own)
    return SignInOffer(choice, account, reason or remark, is_usable=reason is None)


def _az_offer(account: Mapping[str, Any], tenant: str) -> SignInOffer:
    own = reading.text(account, "tenantId")
    name = reading.text(account, "user", "name")
    current = "az's current account" if reading.flag(account, "isDefault") else ""
    return SignInOffer(SignInChoice(SignInMethod.CLI, own or tenant, reading.text(account, "id")), name, current)


def _az_accounts(profile: CloudProfile) -> list[Mapping[str, Any]]:
    """One subscription of each account and tenant that `az` knows, its current one first.

    `az` keeps them in a file with a byte order mark (its source), and takes a second to answer itself.
    """
    folder = Path(os.environ.get("AZURE_CONFIG_DIR") or home_folder() / ".azure")
    document: Any = None
    with suppress(OSError, ValueError, RecursionError):
        document = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
    accounts: dict[tuple[str, str], Mapping[str, Any]] = {}
    subscriptions = [one for one in reading.items(document, "subscriptions") if isinstance(one, Mapping)]
    for one in sorted(subscriptions, key=lambda one: not reading.flag(one, "isDefault")):
        # A private cloud may have another name there.
        if not profile.is_known or reading.text(one, "environmentName").lower() == profile.name.lower():
            accounts.setdefault((reading.text(one, "user", "name"), reading.text(one, "tenantId").lower()), one)
    return list(accounts.values())
