"""Azure, as the program sees it: the implementation of the `Azure` port."""

import json
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from functools import partial
from typing import IO, Any, Self, TypeVar, cast

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.polling import AsyncLROPoller

from tui.cloud import mapping
from tui.cloud.arm import Arm
from tui.cloud.authorization import AuthorizationReads
from tui.cloud.azure_roles import AzureRoleAssignments
from tui.cloud.credentials import SignInOptions, caller_of
from tui.cloud.errors import Stage
from tui.cloud.network import Network
from tui.cloud.polling import ReportingPolling
from tui.cloud.raw_pages import raw_resource
from tui.cloud.reads import ResourceReads, known
from tui.cloud.roles import SynapseRoles
from tui.cloud.sign_in import CloudSignIn, FixedSignIn
from tui.cloud.synapse_network import NetworkReads
from tui.cloud.token_source import TokenSource
from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.compute import Compute
from tui.domain.constants import AML_API_VERSION, IDENTITIES_API_VERSION, SYNAPSE_API_VERSION
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import UserAssignedIdentity
from tui.domain.ports import Finished, Report, SignIn
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.domain.sign_in import SignInChoice
from tui.domain.spark import SparkPool

T = TypeVar("T")

_JSON = "application/json"


class AzureCloud(ResourceReads, NetworkReads, AuthorizationReads, SynapseRoles, AzureRoleAssignments):
    """Azure over its REST API: implements `tui.domain.ports.Azure`.

    Every method raises `Problem` and nothing else. Requests are retried within limits and visibly, but a write never
    once Azure may have accepted it.

    Args:
        credential: Signs the caller in; closed by `close`.
        transport: Carries the requests; closed by `close`. None for the network.
        profile: The cloud.
        network: The network settings, if no transport is given.
        caller: Who is signed in, if the credential's tokens cannot say.
        sign_in: Changes the credential; None if it cannot be changed.
        read_only: Whether only reads may be sent.
        jitter: Returns by how much each wait before a retry is longer, from 0 to 1; tests pass their own.
    """

    def __init__(
        self,
        credential: AsyncTokenCredential,
        *,
        transport: AsyncHttpTransport[Any, Any] | None = None,
        profile: CloudProfile = PUBLIC,
        network: Network | None = None,
        caller: Principal | None = None,
        sign_in: CloudSignIn | None = None,
        read_only: bool = False,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._caller = caller
        self._sign_in = sign_in
        self._arm = Arm(credential, transport, profile, network or Network(), jitter, read_only=read_only)
        if sign_in is not None:
            sign_in.adopt = self._arm.adopt

    @classmethod
    def signed_in_by(
        cls,
        choice: SignInChoice,
        options: SignInOptions,
        *,
        read_only: bool = False,
        source: TokenSource | None = None,
    ) -> Self:
        """Azure over the network, with azure-identity's credentials.

        `source` has tokens of this choice from an earlier check; it is closed with the rest.
        """
        sign_in = CloudSignIn(choice, options, source)
        return cls(
            sign_in.source, profile=options.profile, network=options.network, sign_in=sign_in, read_only=read_only
        )

    @property
    def sign_in(self) -> SignIn:
        """Who is signed in, and how to change that."""
        return self._sign_in or FixedSignIn()

    def pinned(self) -> Self:
        """The same Azure with its current sign-in until this one is closed, whoever signs in later."""
        other = copy(self)
        other._arm = self._arm.pinned()
        return other

    async def caller(self) -> Principal | None:
        """Who is signed in, according to the token; None where it does not say."""
        if self._caller is not None:
            return self._caller
        with self._arm.problems("sign in to Azure"):
            return caller_of(await self._arm.token())

    async def put_compute(
        self, compute: ResourceId, document: Mapping[str, Any], doing: str, report: Report, token: str | None = None
    ) -> Finished[Compute]:
        """Create or replace a compute with exactly this document, and follow the operation.

        With a continuation token, nothing is sent: the accepted write is followed.
        """

        async def begin(**following: Any) -> AsyncLROPoller[Any]:
            client = await self._arm.machine_learning(compute.subscription)
            names = compute.resource_group, compute.parent.name, compute.name
            return await client.compute.begin_create_or_update(
                *names, _body(document), content_type=_JSON, api_version=AML_API_VERSION, **following
            )

        is_inferred = await self._write(compute, doing, report, token, begin)
        return Finished(await self._left(self.compute(compute), doing), is_inferred)

    async def put_spark_pool(
        self, pool: ResourceId, document: Mapping[str, Any], doing: str, report: Report, token: str | None = None
    ) -> Finished[SparkPool]:
        """Create or replace a Spark pool with exactly this document, and follow the operation.

        Always with `force=false`, so that its running jobs are not stopped (specification). With a continuation token,
        nothing is sent: the accepted write is followed.
        """

        async def begin(**following: Any) -> AsyncLROPoller[Any]:
            client = await self._arm.synapse(pool.subscription)
            names = pool.resource_group, pool.parent.name, pool.name
            return await client.big_data_pools.begin_create_or_update(
                *names, _body(document), force=False, content_type=_JSON, api_version=SYNAPSE_API_VERSION, **following
            )

        is_inferred = await self._write(pool, doing, report, token, begin)
        return Finished(await self._left(self.spark_pool(pool), doing), is_inferred)

    async def put_identity(
        self, identity: ResourceId, document: Mapping[str, Any], doing: str
    ) -> Finished[UserAssignedIdentity]:
        """Create a user-assigned identity with exactly this document; the answer has all of it (recorded)."""
        with self._arm.problems(doing, Stage.SENDING):
            client = await self._arm.identities(identity.subscription)
            put = partial(
                client.user_assigned_identities.create_or_update,
                *(identity.resource_group, identity.name, _body(document)),
                content_type=_JSON,
                api_version=IDENTITIES_API_VERSION,
            )
            return Finished(known(mapping.user_assigned_identity_from(await raw_resource(identity, put))))

    async def detach(self, compute: ResourceId, report: Report, token: str | None = None) -> Finished[Compute]:
        """Detach a compute, and follow the operation.

        Always `Detach`, never `Delete`: the Spark pool behind it stays (specification). With a continuation token,
        nothing is sent: the accepted write is followed.
        """

        async def begin(**following: Any) -> AsyncLROPoller[Any]:
            client = await self._arm.machine_learning(compute.subscription)
            names = compute.resource_group, compute.parent.name, compute.name
            return await client.compute.begin_delete(
                *names, underlying_resource_action="Detach", api_version=AML_API_VERSION, **following
            )

        doing = f"detach {compute.name}"
        is_inferred = await self._write(compute, doing, report, token, begin, sending=_missing_is_open)
        remaining = await self._left(self.compute(compute), doing)
        # A 404 proves that it is gone.
        return Finished(remaining, is_inferred and remaining is not None)

    async def _write(
        self,
        target: ResourceId,
        doing: str,
        report: Report,
        token: str | None,
        begin: Callable[..., Awaitable[AsyncLROPoller[Any]]],
        *,
        sending: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> bool:
        """Send a write and follow it to its end, or only follow it with a continuation token.

        `begin` sends it, and gets how to follow it by keyword; `sending` judges a failure of that.

        Returns:
            Whether Azure's status said nothing of the end.
        """
        polling = ReportingPolling(doing, report, self._arm.address, target, is_resumed=token is not None)
        stage = Stage.FOLLOWING if token else Stage.SENDING
        with sending(), self._arm.problems(doing, stage), _token(doing, token):
            poller = await begin(polling=polling, continuation_token=token)
        with self._arm.problems(doing, Stage.FOLLOWING):
            await poller.result()
        return polling.is_inferred

    async def _left(self, read: Awaitable[T], doing: str) -> T | None:
        """The resource at the end of a write; None if it is gone."""
        with self._arm.problems(doing, Stage.FOLLOWING):
            try:
                return await read
            except Problem as problem:
                if problem.is_missing:
                    return None
                problem.outcome_unknown = True
                raise

    async def close(self) -> None:
        """Close all connections, including the credential's."""
        with self._arm.problems("close the connections"):
            await self._arm.close()


def _body(document: Mapping[str, Any]) -> IO[bytes]:
    """A document as bytes, so that members that the generated client does not know survive."""
    # The clients accept bytes, but their type hints do not say so.
    return cast("IO[bytes]", json.dumps(document).encode())


@contextmanager
def _missing_is_open() -> Iterator[None]:
    """Leave the outcome open if there is nothing to detach: the compute may be gone, or its parent may be hidden."""
    try:
        yield
    except Problem as problem:
        if problem.kind is ProblemKind.NOT_FOUND:
            problem.outcome_unknown, problem.had_no_effect = True, False
        raise


@contextmanager
def _token(doing: str, token: str | None) -> Iterator[None]:
    """Report a continuation token that cannot be read; azure-core raises whatever its decoding raises."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        if token is None:
            raise
        raise Problem(
            ProblemKind.UNREADABLE,
            f"Could not resume: {doing}. The saved continuation token is unreadable.",
            outcome_unknown=True,
        ) from error
