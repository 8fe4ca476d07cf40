"""Azure, as the program sees it: the implementation of the `Azure` port."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import IO, Any, Self, TypeVar, cast

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import DecodeError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.polling import AsyncLROPoller

from tui.cloud import mapping
from tui.cloud.arm import Arm
from tui.cloud.credentials import SignInOptions, caller_of
from tui.cloud.described import AnotherResource, check, of_type, one, within
from tui.cloud.errors import Stage, problems
from tui.cloud.listing import described, listing, readable
from tui.cloud.network import Network
from tui.cloud.polling import ReportingPolling
from tui.cloud.roles import SynapseRoles, assignment_from
from tui.cloud.sign_in import CloudSignIn, FixedSignIn
from tui.cloud.token_source import TokenSource
from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import UserAssignedIdentity
from tui.domain.permissions import Permission
from tui.domain.ports import Finished, Listing, Report, SignIn
from tui.domain.principals import Principal
from tui.domain.resource_id import (
    ML_WORKSPACE_TYPE,
    SYNAPSE_WORKSPACE_TYPE,
    USER_ASSIGNED_IDENTITY_TYPE,
    ResourceId,
)
from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope
from tui.domain.sign_in import SignInChoice
from tui.domain.spark import SparkPool
from tui.domain.tenants import Tenant
from tui.domain.workspaces import Subscription, SynapseWorkspace, Workspace

T = TypeVar("T")

ML_VERSION = "2023-04-01"
SYNAPSE_VERSION = "2021-06-01"
IDENTITY_VERSION = "2024-11-30"
PERMISSIONS_VERSION = "2022-04-01"
SUBSCRIPTION_VERSION = "2022-12-01"

_OUT_OF_SIGHT = "SubscriptionNotFound"
"""The code of a 404 that does not say that a compute is gone."""


class AzureCloud:
    """Azure over its REST API: implements `tui.domain.ports.Azure`.

    Every method raises `Problem` and nothing else. Requests are retried within bounds, visibly, and
    a write never once Azure may have accepted it.

    Args:
        credential: Signs the caller in; closed by `close`.
        transport: Carries the requests; closed by `close`. None for the network.
        profile: The cloud.
        network: How the network is used, where no transport is given.
        caller: Who is signed in, where the credential's tokens cannot say it.
        sign_in: Changes the credential; None where nothing can.
        read_only: Whether nothing may be sent but reads.
        jitter: Says by how much each wait before a retry is longer, from 0 to 1; a test gives its own.
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
        self._roles = SynapseRoles(self._arm)
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

        Args:
            choice: How to sign in.
            options: Cloud and network, for the clients too.
            read_only: Whether nothing may be sent but reads.
            source: Tokens by this choice that there are already; closed with the rest.
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
        """The same Azure, for as long as this one is open, as who is signed in now, whoever signs in later."""
        other = copy(self)
        other._arm = self._arm.pinned()
        other._roles = SynapseRoles(other._arm)
        return other

    async def caller(self) -> Principal | None:
        """Who is signed in, as the token says; None where it does not say."""
        if self._caller is not None:
            return self._caller
        with problems("sign in to Azure"):
            return caller_of(await self._arm.token())

    async def permissions(self, workspace: ResourceId) -> tuple[Permission, ...]:
        """What the caller's Azure roles allow on an Azure Machine Learning workspace.

        No generated client that the program has knows this operation; its form is documented, not recorded.
        """
        with problems(f"read your permissions on {workspace.name}"):
            path = f"{workspace}/providers/Microsoft.Authorization/permissions"
            found = [item async for page, _ in self._arm.pages(path, PERMISSIONS_VERSION) for item in page]
            return tuple(map(mapping.permission_from, found))

    def subscriptions(self) -> Listing[Subscription]:
        """All subscriptions that the caller can see."""
        pages = self._arm.pages("/subscriptions", SUBSCRIPTION_VERSION)
        return listing("list your subscriptions", pages, readable(mapping.subscription_from))

    def tenants(self) -> Listing[Tenant]:
        """The tenants that the caller is in."""
        pages = self._arm.pages("/tenants", SUBSCRIPTION_VERSION)
        return listing("list your tenants", pages, readable(mapping.tenant_from))

    async def subscription(self, subscription: str) -> Subscription:
        """One subscription, given by its GUID."""
        with problems(f"read subscription {subscription}"):
            raw = await self._arm.get(f"/subscriptions/{subscription}", SUBSCRIPTION_VERSION)
            found = _known(mapping.subscription_from(raw))
            if found.id.lower() != subscription.lower():
                raise AnotherResource(f"Azure's answer describes subscription {found.id}, not {subscription}.")
            return found

    def workspaces(self, subscription: str) -> Listing[Workspace]:
        """All Azure Machine Learning workspaces of a subscription, given by its GUID."""
        path = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/workspaces"
        doing = f"list the Azure Machine Learning workspaces of subscription {subscription}"
        asked = of_type(subscription, ML_WORKSPACE_TYPE)
        return listing(doing, self._arm.pages(path, ML_VERSION), described(asked, mapping.workspace_from))

    async def workspace(self, workspace: ResourceId) -> Workspace:
        """One Azure Machine Learning workspace."""
        with problems(f"read the workspace {workspace.name}"):
            raw = await self._one(workspace, ML_VERSION)
            return _known(mapping.workspace_from(raw))

    def computes(self, workspace: ResourceId) -> Listing[Compute]:
        """All computes of a workspace, of every type; one that cannot be read is an item that says so."""
        pages = self._arm.pages(f"{workspace}/computes", ML_VERSION)
        asked = within(workspace, "computes")
        return listing(f"list the computes of {workspace.name}", pages, lambda raw: mapping.compute_from(raw, asked))

    async def compute(self, compute: ResourceId) -> Compute:
        """One compute."""
        with problems(f"read the compute {compute.name}"):
            return mapping.compute_from(await self._one(compute, ML_VERSION))

    def synapse_workspaces(self, subscription: str) -> Listing[SynapseWorkspace]:
        """All Synapse workspaces of a subscription, given by its GUID."""
        path = f"/subscriptions/{subscription}/providers/Microsoft.Synapse/workspaces"
        doing = f"list the Synapse workspaces of subscription {subscription}"
        asked = of_type(subscription, SYNAPSE_WORKSPACE_TYPE)
        return listing(doing, self._arm.pages(path, SYNAPSE_VERSION), described(asked, mapping.synapse_workspace_from))

    def spark_pools(self, workspace: ResourceId) -> Listing[SparkPool]:
        """All Spark pools of a Synapse workspace."""
        pages = self._arm.pages(f"{workspace}/bigDataPools", SYNAPSE_VERSION)
        convert = described(within(workspace, "bigDataPools"), mapping.spark_pool_from)
        return listing(f"list the Spark pools of {workspace.name}", pages, convert)

    async def spark_pool(self, pool: ResourceId) -> SparkPool:
        """One Spark pool."""
        with problems(f"read the Spark pool {pool.name}"):
            return _known(mapping.spark_pool_from(await self._one(pool, SYNAPSE_VERSION)))

    async def synapse_workspace(self, workspace: ResourceId) -> SynapseWorkspace:
        """One Synapse workspace."""
        with problems(f"read the Synapse workspace {workspace.name}"):
            return _known(mapping.synapse_workspace_from(await self._one(workspace, SYNAPSE_VERSION)))

    async def identity(self, identity: ResourceId) -> UserAssignedIdentity:
        """One user-assigned identity."""
        with problems(f"read the user-assigned identity {identity.name}"):
            raw = await self._one(identity, IDENTITY_VERSION)
            return _known(mapping.user_assigned_identity_from(raw))

    def role_assignments(self, workspace: SynapseWorkspace, scope: RoleScope | None = None) -> Listing[RoleAssignment]:
        """The role assignments of a Synapse workspace, or those that reach a scope, inherited ones included."""
        doing = f"list the Synapse roles of {workspace.name}"
        pages = self._roles.assignments(workspace, scope)
        return listing(doing, pages, readable(partial(assignment_from, workspace=workspace.name, asked=scope)))

    async def role_definitions(self, workspace: SynapseWorkspace) -> tuple[RoleDefinition, ...]:
        """All roles that a Synapse workspace knows, custom ones included."""
        with problems(f"list the role definitions of {workspace.name}"):
            return await self._roles.definitions(workspace)

    async def grant(self, workspace: SynapseWorkspace, wanted: RoleAssignment) -> bool:
        """Create a role assignment under the id that it bears; False if the principal held that role already."""
        return await self._roles.grant(workspace, wanted)

    async def revoke(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> None:
        """Delete a role assignment; one that is gone already is a success."""
        await self._roles.revoke(workspace, assignment)

    async def is_held(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> bool:
        """Whether a role assignment is there as it was seen."""
        return await self._roles.is_held(workspace, assignment)

    async def allows(self, workspace: SynapseWorkspace, principal_id: str, scope: RoleScope, action: str) -> bool:
        """Ask Synapse whether a principal may do something at a scope."""
        with problems(f"check the rights of {principal_id} on {scope.words}"):
            return await self._roles.allows(workspace, principal_id, scope, action)

    def identities(self, subscription: str) -> Listing[UserAssignedIdentity]:
        """All user-assigned identities of a subscription, given by its GUID."""
        path = f"/subscriptions/{subscription}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
        doing = f"list the user-assigned identities of subscription {subscription}"
        asked = of_type(subscription, USER_ASSIGNED_IDENTITY_TYPE)
        convert = described(asked, mapping.user_assigned_identity_from)
        return listing(doing, self._arm.pages(path, IDENTITY_VERSION), convert)

    async def put_compute(
        self, compute: ResourceId, document: Mapping[str, Any], doing: str, report: Report, token: str | None = None
    ) -> Finished:
        """Create or replace a compute with exactly this document, and follow the operation.

        The body goes out as bytes, so that members that the generated client does not know survive.
        With a continuation token, nothing is sent: what Azure accepted before is followed.
        """
        body = json.dumps(document).encode()
        polling = ReportingPolling(doing, report, self._arm.address, compute, is_resumed=token is not None)
        with problems(doing, Stage.FOLLOWING if token else Stage.SENDING), _token(doing, token):
            client = await self._arm.machine_learning(compute.subscription)
            poller = await client.compute.begin_create_or_update(
                compute.resource_group,
                compute.parent.name,
                compute.name,
                cast("IO[bytes]", body),  # it takes bytes, and says so nowhere but in its code
                content_type="application/json",
                api_version=ML_VERSION,
                polling=polling,
                continuation_token=token,
            )
        await self._follow(doing, poller)
        return Finished(await self._left(compute, doing), polling.is_inferred)

    async def detach(self, compute: ResourceId, report: Report, token: str | None = None) -> Finished:
        """Detach a compute, and follow the operation.

        Always `Detach`, never `Delete`: the Spark pool behind it stays (specification). With a continuation
        token, nothing is sent: what Azure accepted before is followed.
        """
        doing = f"detach {compute.name}"
        polling = ReportingPolling(doing, report, self._arm.address, compute, is_resumed=token is not None)
        stage = Stage.FOLLOWING if token else Stage.SENDING
        with _missing_is_open(), problems(doing, stage), _token(doing, token):
            client = await self._arm.machine_learning(compute.subscription)
            poller = await client.compute.begin_delete(
                compute.resource_group,
                compute.parent.name,
                compute.name,
                underlying_resource_action="Detach",
                api_version=ML_VERSION,
                polling=polling,
                continuation_token=token,
            )
        await self._follow(doing, poller)
        left = await self._left(compute, doing)
        # That it is gone needs no other proof.
        return Finished(left, polling.is_inferred and left is not None)

    async def _one(self, resource: ResourceId, api_version: str) -> dict[str, Any]:
        """The JSON of one resource, which must describe that one."""
        raw = await self._arm.get(str(resource), api_version)
        check(raw, one(resource))
        return raw

    @staticmethod
    async def _follow(doing: str, poller: AsyncLROPoller[Any]) -> None:
        """Follow what Azure has accepted to its end."""
        with problems(doing, Stage.FOLLOWING):
            await poller.result()

    async def _left(self, compute: ResourceId, doing: str) -> Compute | None:
        """What there is of a compute at the end of a write; None where it is gone."""
        with problems(doing, Stage.FOLLOWING):
            try:
                return await self.compute(compute)
            except Problem as problem:
                if problem.kind is ProblemKind.NOT_FOUND and problem.code != _OUT_OF_SIGHT:
                    return None
                problem.outcome_unknown = True
                raise

    async def close(self) -> None:
        """Close all connections, the credential's included."""
        with problems("close the connections"):
            await self._arm.close()


@contextmanager
def _missing_is_open() -> Iterator[None]:
    """Leave the outcome open where there is nothing to detach: it may be gone, or something above it out of sight."""
    try:
        yield
    except Problem as problem:
        if problem.kind is ProblemKind.NOT_FOUND:
            problem.outcome_unknown, problem.had_no_effect = True, False
        raise


@contextmanager
def _token(doing: str, token: str | None) -> Iterator[None]:
    """Say that a continuation token cannot be read; azure-core raises what its decoding happens to raise."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        if token is None:
            raise
        raise Problem(
            ProblemKind.UNREADABLE,
            f"Could not go on with it to {doing}: the record of what Azure accepted cannot be read.",
            outcome_unknown=True,
        ) from error


def _known(found: T | None) -> T:
    if found is None:
        raise DecodeError("Azure's description of it has no resource id.")
    return found
