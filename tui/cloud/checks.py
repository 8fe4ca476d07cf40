"""Checks that `doctor` makes: one sign-in, one address."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

from azure.core import AsyncPipelineClient
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from tui.cloud.connection import network_transport
from tui.cloud.credentials import SignInOptions
from tui.cloud.errors import problems
from tui.cloud.network import Network
from tui.cloud.token_source import TokenSource
from tui.domain.clouds import CloudProfile
from tui.domain.errors import Problem, ProblemKind
from tui.domain.sign_in import SignedIn, SignInChoice

_MOST_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class Tried:
    """The result of a check.

    Attributes:
        seconds: How long it took, in real time.
        who: Who is signed in, after a successful sign-in.
        status: The HTTP status, if an address answered.
        problem: Why it failed; None if it did not.
        source: The tokens of a successful sign-in; the caller has to close it.
    """

    seconds: float
    who: SignedIn | None = None
    status: int = 0
    problem: Problem | None = None
    source: TokenSource | None = None


async def try_sign_in(choice: SignInChoice, options: SignInOptions) -> Tried:
    """Request one token for Azure Resource Manager, with any method but the device code, which needs a user."""
    began = time.monotonic()
    source = TokenSource(choice, options)
    async with AsyncExitStack() as unless_signed_in:
        unless_signed_in.push_async_callback(source.close)
        try:
            with problems("sign in"):
                steps = [step async for step in source.sign_in() if isinstance(step, SignedIn)]
        except Problem as problem:
            return Tried(time.monotonic() - began, problem=problem)
        unless_signed_in.pop_all()
    return Tried(time.monotonic() - began, steps[-1], source=source)


async def try_address(url: str, network: Network) -> Tried:
    """Send a request without signing in; any answer shows that the address can be reached."""
    began = time.monotonic()
    client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
        url, policies=[UserAgentPolicy("sparkpool")], transport=network_transport(network)
    )
    try:
        with problems("reach it"):
            async with asyncio.timeout(_MOST_SECONDS):
                response = await client.send_request(HttpRequest("GET", url))
    except Problem as problem:
        return Tried(time.monotonic() - began, problem=problem)
    except TimeoutError:
        silence = Problem(ProblemKind.CONNECTION, f"Could not reach it: no answer in {_MOST_SECONDS:.0f} s.")
        return Tried(time.monotonic() - began, problem=silence)
    finally:
        await client.close()
    return Tried(time.monotonic() - began, status=response.status_code)


def sign_in_address(profile: CloudProfile) -> str:
    """An address that the sign-in service answers without sign-in (OpenID Connect's discovery)."""
    return f"{profile.authority}/common/v2.0/.well-known/openid-configuration"


def resource_manager_address(profile: CloudProfile) -> str:
    """An address that Azure Resource Manager answers without a token, as used by `az cloud register`."""
    return f"{profile.resource_manager}/metadata/endpoints?api-version=2022-09-01"
