"""The credential of the clients: it tries the methods of a choice, and knows who is signed in."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import AzureError

from tui.cloud import advice
from tui.cloud.credentials import (
    NoSuchMethod,
    SignInOptions,
    answers_here,
    claims_of,
    credential_for,
    methods_of,
    name_in,
)
from tui.cloud.moments import moment_at
from tui.cloud.sign_in_failure import SignInFailed, az_login, demand_failure, failure_of
from tui.cloud.unexpected import checked, is_broken, unexpected
from tui.domain.ports import RequestWait
from tui.domain.redaction import redacted
from tui.domain.request_waits import FOR_AZ, report_wait
from tui.domain.sign_in import Demand, DeviceCode, SignedIn, SignInChoice, SignInMethod, SignInStep
from tui.domain.text import cut

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncSupportsTokenInfo

    from tui.cloud.device_code import DeviceCodeSource

_log = logging.getLogger(__name__)

_TELL_SECONDS = 2.0
"""After how many seconds `az` counts as slow: it usually takes one."""

_CAUSE_LETTERS, _REASON_LETTERS = 20_000, 300
"""The length of another program's error message."""

_RENEW_SECONDS = 300
"""How long before its end a token is renewed, as azure-core does."""


_NEVER = datetime.max.replace(tzinfo=UTC)


class TokenSource:
    """Tokens of one sign-in choice: implements azure-core's `AsyncTokenCredential`.

    It keeps each token in memory while it is valid, because `az` does not, and would be run for every client; nothing
    is ever written.

    Args:
        choice: How to sign in.
        options: Cloud, network and time limits.

    Attributes:
        signed_in: Who is signed in, according to the last token for Azure Resource Manager; None before the first.
        demand: A stronger sign-in that Azure has asked for and not received.
    """

    def __init__(self, choice: SignInChoice, options: SignInOptions) -> None:
        self.choice = choice
        self.signed_in: SignedIn | None = None
        self.demand: Demand | None = None
        self._options = options
        self._method: SignInMethod | None = None
        self._asking: SignInMethod | None = None
        # Whether a user has signed in before, through a source that still owns the connections.
        self._is_known = False
        self._credentials: dict[SignInMethod, AsyncSupportsTokenInfo] = {}
        self._device: DeviceCodeSource | None = None
        self._held: dict[tuple[str, ...], AccessTokenInfo] = {}
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}

    @property
    def method(self) -> SignInMethod | None:
        """The method that gave the last token; None before the first."""
        return self._method

    async def sign_in(self, claims: str = "") -> AsyncGenerator[SignInStep, None]:
        """Get a new token, with the user where the method needs one.

        `claims` is the claims request that Azure made; empty for none. Yields the code that the user must enter, if
        there is one; then who is signed in.

        Raises:
            AzureError: If it fails.
        """
        scope = self._options.profile.scope
        if self._methods() == (SignInMethod.DEVICE_CODE,):
            async with aclosing(self._by_device_code(scope, claims)) as codes:
                async for code in codes:
                    yield code
        token = await self.get_token_info(scope)
        yield self.signed_in or self._who(token)

    async def _by_device_code(self, scope: str, claims: str) -> AsyncGenerator[DeviceCode, None]:
        """Renew the token of a user who has signed in before, or yield the code to enter and wait for it."""
        from azure.identity import AuthenticationRequiredError

        try:
            if self._is_known and not claims:
                with suppress(AuthenticationRequiredError):
                    # Without this claim the token in memory would be returned again.
                    since = {"access_token": {"nbf": {"essential": True, "value": str(int(time.time()))}}}
                    await self._device_code().get_token_info(scope, options={"claims": json.dumps(since)})
                    return
            if self._is_known:
                # A credential without cached tokens, because a cached token would be returned instead of a code.
                self._device, self._is_known = None, False
            async with aclosing(self._device_code().authenticate(scope, claims)) as codes:
                async for code in codes:
                    yield code
        except AzureError as error:
            raise self._failed(error, SignInMethod.DEVICE_CODE) from error
        except Exception as error:
            raise self._failed(unexpected(error, SignInMethod.DEVICE_CODE), SignInMethod.DEVICE_CODE) from error

    def again(self) -> "TokenSource":
        """A source for the same choice without any token; a user who entered a code need not do it again."""
        other = TokenSource(self.choice, self._options)
        if self.signed_in is not None and self._device is not None:
            other._device, other._is_known = self._device, True
        return other

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """A token that is valid for at least some minutes.

        Raises:
            SignInFailed: If there is none.
            ServiceRequestError: If the sign-in service cannot be reached; the request that needed the token was not
                sent.
        """
        claims = (options or {}).get("claims")
        async with self._told_of_az(), self._locks.setdefault(scopes, asyncio.Lock()):
            held = self._held.get(scopes)
            if not claims and held is not None and not _ends_soon(held):
                return held
            token = await self._ask(scopes, options or {})
            self._held[scopes] = token
        if claims:
            self.demand = None
        if scopes == (self._options.profile.scope,):
            self.signed_in = self._who(token)
        return token

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **kwargs: Any,
    ) -> AccessToken:
        """As `get_token_info`, in azure-core's older form."""
        options: TokenRequestOptions = {"enable_cae": enable_cae}
        if claims:
            options["claims"] = claims
        if tenant_id:
            options["tenant_id"] = tenant_id
        token = await self.get_token_info(*scopes, options=options)
        return AccessToken(token.token, token.expires_on)

    def forget(self, token: str) -> None:
        """Drop a token that Azure has refused."""
        for scopes, held in tuple(self._held.items()):
            if held.token == token:
                del self._held[scopes]

    async def close(self) -> None:
        """Close the connections."""
        for credential in self._credentials.values():
            await credential.close()
        if self._device is not None and not self._is_known:
            await self._device.close()

    async def __aenter__(self) -> Self:
        """The source."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close the connections."""
        await self.close()

    @asynccontextmanager
    async def _told_of_az(self) -> AsyncIterator[None]:
        """Report after a while, to whoever waits for a token, that `az` is slow."""
        patience = asyncio.get_running_loop().call_later(_TELL_SECONDS, self._tell_of_az)
        try:
            yield
        finally:
            patience.cancel()

    def _tell_of_az(self) -> None:
        if self._asking is SignInMethod.CLI:
            report_wait(RequestWait(FOR_AZ, self._options.az_seconds, at_most=True))

    # Trying

    def _methods(self) -> tuple[SignInMethod, ...]:
        try:
            return methods_of(self.choice)
        except NoSuchMethod as error:
            raise SignInFailed("the sign-in cannot be chosen", cause=str(error), error=error) from error

    async def _ask(self, scopes: tuple[str, ...], options: TokenRequestOptions) -> AccessTokenInfo:
        """A token by the method that gave one before, else by the first that does."""
        methods = (self._method,) if self._method is not None else self._methods()
        failures: list[tuple[SignInMethod, AzureError]] = []
        for method in methods:
            try:
                token = await self._by(method, scopes, options)
            except AzureError as error:
                claims = options.get("claims")
                if claims and _is_unable(error):
                    raise self._demanded(method, claims, scopes[0], error) from error
                failures.append((method, self._failed(error, method)))
                if not _is_unable(error) and not is_broken(error, method):
                    break
            except Exception as error:  # noqa: BLE001 - the boundary to azure-identity, az and MSAL: they raise anything
                _log.warning("the sign-in by %s failed unexpectedly", method.label, exc_info=error)
                failures.append((method, self._failed(unexpected(error, method), method)))
            else:
                self._method = method
                return token
        method, failure = failures[-1]
        if len(failures) == 1 and not (
            self.choice.method is SignInMethod.AUTO and "not installed" in getattr(failure, "what", "")
        ):
            raise failure
        if not isinstance(failure, SignInFailed):
            raise failure
        raise _none_worked(failures, failure)

    async def _by(self, method: SignInMethod, scopes: tuple[str, ...], options: TokenRequestOptions) -> AccessTokenInfo:
        if method is SignInMethod.MANAGED_IDENTITY and method not in self._credentials and not await answers_here():
            from azure.identity import CredentialUnavailableError

            raise CredentialUnavailableError(message="no response from the IMDS endpoint")
        self._asking = method
        credential = self._device_code() if method is SignInMethod.DEVICE_CODE else await self._credential(method)
        if method is SignInMethod.ENVIRONMENT and self.choice.tenant:
            # It cannot sign in to another tenant than that of its variables.
            options = {"tenant_id": self.choice.tenant, **options}
        limit = self._options.network.answer_seconds + self._options.az_seconds
        try:
            async with asyncio.timeout(limit):
                return checked(await credential.get_token_info(*scopes, options=options))
        except TimeoutError as error:
            raise SignInFailed(
                f"{method.label} gave no token within {limit:.0f} s",
                advice=advice.CHECK_NETWORK,
                error=error,
            ) from error

    async def _credential(self, method: SignInMethod) -> "AsyncSupportsTokenInfo":
        if method not in self._credentials:
            try:
                # In this thread, because a transport belongs to the loop in which it is created.
                await asyncio.to_thread(_load)
                self._credentials[method] = credential_for(method, self.choice, self._options)
            except NoSuchMethod as error:
                raise SignInFailed(f"{method.label} cannot be used here", cause=str(error), error=error) from error
        return self._credentials[method]

    def _device_code(self) -> "DeviceCodeSource":
        if self._device is None:
            from tui.cloud.device_code import DeviceCodeSource

            self._device = DeviceCodeSource(self._options.profile, self._options.network, self.choice.tenant)
        return self._device

    def _failed(self, error: AzureError, method: SignInMethod) -> AzureError:
        if isinstance(error, SignInFailed):
            return error
        failure = failure_of(error, method, self.choice.tenant, self._options.profile, self._options.az_seconds)
        if isinstance(failure, SignInFailed):
            failure.cause = cut(redacted(failure.cause), _CAUSE_LETTERS)
        return failure

    def _demanded(self, method: SignInMethod, claims: str, scope: str, error: AzureError) -> SignInFailed:
        tenant = self.choice.tenant or (self.signed_in.tenant if self.signed_in else "")
        command = az_login(self._options.profile, tenant, scope, claims) if method is SignInMethod.CLI else ""
        self.demand = Demand(claims, command)
        return demand_failure(method, claims, command, error)

    def _who(self, token: AccessTokenInfo) -> SignedIn:
        claims = claims_of(token.token)
        return SignedIn(
            method=self._method or self.choice.method,
            name=name_in(claims),
            object_id=_text(claims.get("oid")),
            tenant=_text(claims.get("tid")),
            issued_at=moment_at(claims.get("iat")),
            expires_at=moment_at(token.expires_on) or _NEVER,
            fingerprint=sha256(token.token.encode()).hexdigest()[:16],
        )


def _none_worked(failures: list[tuple[SignInMethod, AzureError]], last: SignInFailed) -> SignInFailed:
    tried = "; ".join(f"{method.label}: {_reason(method, failure)}" for method, failure in failures)
    return SignInFailed(
        "you are not signed in to Azure",
        cause=f"Tried {tried}.",
        advice="Sign in with a device code or another method, then try again.",
        code=last.code,
        command=next((one.command for _, one in failures if isinstance(one, SignInFailed) and one.command), ""),
        error=last,
    )


def _reason(method: SignInMethod, failure: AzureError) -> str:
    """Why a method did not work, after its name."""
    if isinstance(failure.__cause__, NoSuchMethod):
        return failure.message
    what = str(getattr(failure, "what", failure.message))
    if method is SignInMethod.CLI and isinstance(failure, SignInFailed) and failure.cause and not failure.code:
        # az's own message is the only information.
        return f"{what}: {cut(next(iter(failure.cause.strip().splitlines()), ''), _REASON_LETTERS)}"
    return what


def _is_unable(error: AzureError) -> bool:
    """Whether a credential lacks what it needs, rather than having been refused."""
    from azure.identity import CredentialUnavailableError

    return isinstance(error, CredentialUnavailableError) or isinstance(error.__cause__, NoSuchMethod)


def _ends_soon(token: AccessTokenInfo) -> bool:
    now = time.time()
    return token.expires_on - now < _RENEW_SECONDS or (token.refresh_on is not None and token.refresh_on <= now)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _load() -> None:
    """Import azure-identity's credentials, which takes a tenth of a second that no event loop should lose."""
    import tui.cloud.connection  # noqa: F401
