"""Sign-in by device code: azure-identity's synchronous credential, in a thread of its own.

Imports azure-identity and with it MSAL and requests, so this module is only imported when it is needed.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from azure.core.credentials import AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.identity import DeviceCodeCredential

from tui.cloud.failures import (
    ProxyRefused,
    ProxyUnreachable,
    UntrustedCertificate,
    causes_of,
    is_untrusted,
    with_route,
)
from tui.cloud.network import SIGN_IN_RETRIES, Network, without_password
from tui.cloud.proxy_use import check_proxy, has_user
from tui.domain.clouds import CloudProfile
from tui.domain.sign_in import DeviceCode

T = TypeVar("T")


class SignInEnded(AzureError):
    """The user has cancelled the sign-in; raised in its thread, to end that too."""


class DeviceCodeSource:
    """A credential that signs a user in by a code, and afterwards renews tokens without the user.

    Tokens are kept in azure-identity's memory only. An empty `tenant` is the account's own.
    """

    def __init__(self, profile: CloudProfile, network: Network, tenant: str) -> None:
        self._transport = _EndableTransport(network)
        self._prompt: Callable[[DeviceCode], object] | None = None
        self._credential = DeviceCodeCredential(
            authority=profile.authority,
            disable_instance_discovery=not profile.validates_authority,
            tenant_id=tenant or None,
            disable_automatic_authentication=True,
            prompt_callback=self._prompted,
            transport=self._transport,
            retry_total=SIGN_IN_RETRIES,
        )
        self._turn = asyncio.Lock()

    async def authenticate(self, scope: str, claims: str) -> AsyncGenerator[DeviceCode, None]:
        """Yield the code that the user must enter, and wait until that is done.

        Closing it ends the thread with its next request, at most a few seconds later. `claims` is the claims request
        that Azure made, as JSON; empty for none.

        Raises:
            AzureError: If it fails.
        """
        loop = asyncio.get_running_loop()
        async with self._turn:
            code: asyncio.Future[DeviceCode] = loop.create_future()
            self._prompt = lambda given: loop.call_soon_threadsafe(_settle, code.set_result, code, given)
            signing_in = asyncio.create_task(
                self._in_thread(lambda: self._credential.authenticate(scopes=[scope], claims=claims or None))
            )
            try:
                either: set[asyncio.Future[Any]] = {signing_in, code}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if code.done():
                    yield code.result()
                await signing_in
            finally:
                signing_in.cancel()

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """A token, renewed if necessary; never asks the user.

        Raises:
            AzureError: If that is not possible without the user.
        """
        async with self._turn:
            return await self._in_thread(lambda: self._credential.get_token_info(*scopes, options=options))

    async def close(self) -> None:
        """Close the connections."""
        self._credential.close()

    def _prompted(self, address: str, code: str, expires_at: datetime) -> None:
        if self._prompt is not None:
            self._prompt(DeviceCode(address, code, expires_at))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run something in a thread that does not delay the end of the program."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        ended = threading.Event()

        def run() -> None:
            self._transport.ended.event = ended
            set_outcome: Callable[[Any], None]
            outcome: object
            try:
                set_outcome, outcome = future.set_result, work()
            except Exception as error:  # noqa: BLE001 - the boundary of the thread: what it meets goes to who waits
                set_outcome, outcome = future.set_exception, error
            if not ended.is_set():
                loop.call_soon_threadsafe(_settle, set_outcome, future, outcome)

        threading.Thread(target=run, name="device code", daemon=True).start()
        try:
            return await future
        except asyncio.CancelledError:
            ended.set()
            raise


def _settle(set_outcome: Callable[[Any], None], future: asyncio.Future[Any], outcome: object) -> None:
    if not future.done():
        set_outcome(outcome)


class _Ended(threading.local):
    """The event that cancels the sign-in of the current thread."""

    event: threading.Event | None = None


class _EndableTransport(HttpTransport[Any, Any]):
    """azure-core's transport by requests, with the settings of one network, which can be cancelled."""

    def __init__(self, network: Network) -> None:
        self.ended = _Ended()
        self._network = network
        self._inner: HttpTransport[Any, Any] = RequestsTransport(
            connection_verify=network.verify,
            connection_timeout=network.connect_seconds,
            read_timeout=network.read_seconds,
        )

    def send(self, request: Any, **kwargs: Any) -> Any:
        """Send a request.

        Raises:
            SignInEnded: If the user has cancelled the sign-in.
            UntrustedCertificate: If the server's certificate is not trusted.
            ProxyRefused: If the proxy refuses it.
            ProxyUnusable: If the proxy's address cannot be used.
            AzureError: As azure-core's own transport.
        """
        if self.ended.event is not None and self.ended.event.is_set():
            raise SignInEnded("The sign-in was cancelled.")
        check_proxy(self._network.proxy_for(request.url))
        try:
            return self._inner.send(request, **kwargs)
        except AzureError as error:
            raise self._told_apart(error, request.url) from error

    def open(self) -> None:
        """Open the connections."""
        self._inner.open()

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._inner.__exit__(exc_type, exc_value, traceback)

    def _told_apart(self, error: AzureError, url: str) -> AzureError:
        from requests.exceptions import ProxyError

        causes = tuple(causes_of(error))
        if is_untrusted(causes):
            return UntrustedCertificate(urlsplit(url).netloc, self._network.trusted, error)
        proxy = self._network.proxy_for(url)
        if proxy is None or not any(isinstance(cause, ProxyError) for cause in causes):
            through = without_password(proxy) if proxy is not None else ""
            return with_route(error, urlsplit(url).netloc, through)
        # urllib3 reports the proxy's answer only in words.
        refusal = next((str(cause) for cause in causes if str(cause).startswith("Tunnel connection failed: ")), "")
        if refusal:
            words = refusal.partition(": ")[2]
            return ProxyRefused(without_password(proxy), words, error, has_user=has_user(proxy))
        return ProxyUnreachable(without_password(proxy), error)
