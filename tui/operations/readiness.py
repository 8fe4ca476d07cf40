"""Reads what the readiness of attached pools depends on: each fact once, and a few at a time."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from tui.domain.azure_roles import AzureRoleAssignment, holding
from tui.domain.azure_scope import AzureScope
from tui.domain.compute import Compute
from tui.domain.constants import OTHER_WORKSPACES
from tui.domain.errors import Problem, ProblemKind
from tui.domain.phrases import plural
from tui.domain.ports import AzureReads, Clock, Listing, Page
from tui.domain.principals import Directory, Principal, principals_of
from tui.domain.readiness import Facts, Readiness, assess
from tui.domain.resource_id import ResourceId
from tui.domain.roles import RoleAssignment, RoleScope
from tui.domain.spark import SparkPool
from tui.domain.storage_readiness import AccountFacts, StorageFacts, UnknownAccount
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.listings import read_all

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, T]]

_AT_A_TIME = 4
_PERHAPS_BY_ITSELF = (ProblemKind.FORBIDDEN, ProblemKind.NOT_FOUND, ProblemKind.UNREADABLE)
"""Problems of a list that a read of one item may not have."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """A compute with its readiness."""

    compute: Compute
    readiness: Readiness


class Assessor:
    """Checks the attached pools of one workspace, and remembers what it has read.

    The roles of a Synapse workspace are read once, however many of its pools are attached. What cannot be read makes
    the checks that need it unknown. `computes` are the workspace's, whose identities give principals their names; None
    reads them when needed.
    """

    def __init__(self, workspace: Workspace, computes: Sequence[Compute] | None) -> None:
        self._workspace = workspace
        self._computes = computes
        self._reads: dict[Hashable, asyncio.Task[Any]] = {}
        self._turn = asyncio.Semaphore(_AT_A_TIME)
        self._has_unreadable = False

    async def assess(
        self, azure: AzureReads, clock: Clock, computes: Iterable[Compute]
    ) -> AsyncGenerator[Page[Assessed], None]:
        """Check some attached pools, skipping other computes; yields each as soon as it is done.

        `clock` gives the day by which runtimes are judged.
        """
        assessing = [asyncio.create_task(self._assess_one(azure, clock, one)) for one in computes if one.is_spark_pool]
        try:
            for done in asyncio.as_completed(assessing):
                yield Page((await done,), last=False)
        finally:
            for task in assessing:
                task.cancel()
            await asyncio.gather(*assessing, return_exceptions=True)

    async def directory(self, azure: AzureReads) -> Directory:
        """The principals that can be named, including those that the other workspaces know."""
        return await self._once("directory", lambda: self._know(azure))

    async def synapse(self, azure: AzureReads, pool: ResourceId) -> SynapseWorkspace | Problem:
        """The Synapse workspace of a pool, or why it cannot be read."""
        return await self._value(pool.parent, lambda: azure.synapse_workspace(pool.parent))

    async def assignments(self, azure: AzureReads, pool: ResourceId) -> tuple[RoleAssignment, ...] | Problem:
        """The role assignments that reach a pool, or why they cannot be read."""
        synapse = await self.synapse(azure, pool)
        if isinstance(synapse, Problem):
            return synapse
        answer = await self._value(("roles", pool.parent), lambda: _roles(azure, synapse))
        scope = RoleScope.of_pool(pool)
        return answer if isinstance(answer, Problem) else tuple(one for one in answer if one.scope.covers(scope))

    async def _assess_one(self, azure: AzureReads, clock: Clock, compute: Compute) -> Assessed:
        today, pool = clock.now().date(), compute.attached_to
        if pool is None:
            missing = Problem(ProblemKind.UNREADABLE, "Azure did not report the Spark pool behind it.")
            return Assessed(compute, assess(Facts(compute, missing, missing, (), missing, Directory(), today)))
        assigned = [identity.id for identity in compute.identity.user_assigned]
        identities = await asyncio.gather(*(self._value(one, partial(azure.identity, one)) for one in assigned))
        caller = await self._value("caller", azure.caller)
        user = caller if isinstance(caller, Principal) else None
        synapse = await self.synapse(azure, pool)
        facts = Facts(
            compute=compute,
            pool=await self._pool(azure, pool),
            synapse=synapse,
            identities=tuple(zip(assigned, identities, strict=True)),
            assignments=await self.assignments(azure, pool),
            directory=await self.directory(azure),
            today=today,
            storage=await self._storage(azure, synapse, (*principals_of(compute), *([user] if user else []))),
            user=user,
        )
        return Assessed(compute, assess(facts))

    async def _pool(self, azure: AzureReads, pool: ResourceId) -> SparkPool | Problem:
        """A Spark pool, from the list of its workspace's pools, which is read once for all of them."""
        answer = await self._value(("pools", pool.parent), lambda: read_all(azure.spark_pools(pool.parent)))
        if isinstance(answer, Problem) and answer.kind not in _PERHAPS_BY_ITSELF:
            return answer
        listed, _ = ((), ()) if isinstance(answer, Problem) else answer
        listed_pool = next((one for one in listed if one.id == pool), None)
        return listed_pool if listed_pool is not None else await self._value(pool, lambda: azure.spark_pool(pool))

    async def _storage(
        self, azure: AzureReads, synapse: SynapseWorkspace | Problem, principals: Sequence[Principal]
    ) -> tuple[StorageFacts, ...]:
        """The storage accounts of both workspaces, each once, and the Azure roles of principals on them."""
        known = await self._value(self._workspace.id, lambda: self._known_storage(azure))
        unknown: list[UnknownAccount] = []
        uses: dict[ResourceId, str] = {}
        name = f"the default storage of {self._workspace.name}"
        if isinstance(known, ResourceId):
            uses[known] = name
        else:
            unknown.append(_unknown_account(name, known))
        if isinstance(synapse, SynapseWorkspace):
            name = f"the data lake of {synapse.name}"
            lake = await self._value(("lake", synapse.id), lambda: self._lake(azure, synapse, known))
            if isinstance(lake, ResourceId):
                uses.setdefault(lake, name)
            else:
                unknown.append(_unknown_account(name, lake))
        facts = [
            AccountFacts(account, use, await self._held(azure, account, principals)) for account, use in uses.items()
        ]
        return (*facts, *unknown)

    async def _known_storage(self, azure: AzureReads) -> ResourceId | None:
        """The default storage account of the Azure ML workspace, which is read if its id is all that is known."""
        if self._workspace.storage is not None:
            return self._workspace.storage
        return (await azure.workspace(self._workspace.id)).storage

    async def _lake(
        self, azure: AzureReads, synapse: SynapseWorkspace, known: ResourceId | Problem | None
    ) -> ResourceId | None:
        """The data lake's storage account, looked up by its name where Azure did not report its id.

        The names of storage accounts are unique in a cloud (documentation).
        """
        name = synapse.lake_name.lower()
        if synapse.lake is not None or not name:
            return synapse.lake
        if isinstance(known, ResourceId) and known.name.lower() == name:
            return known
        accounts, _ = await read_all(azure.storage_accounts(synapse.id.subscription))
        return next((one for one in accounts if one.name.lower() == name), None)

    async def _held(
        self, azure: AzureReads, account: ResourceId, principals: Sequence[Principal]
    ) -> dict[str, tuple[AzureRoleAssignment, ...] | Problem]:
        """The assignments of principals that reach a storage account, by object id in lower case.

        All assignments are read once for everyone. Only for those who lack a role there, Azure is asked again for the
        assignments of their groups.
        """
        everyone = await self._value(("azure roles", account), partial(_azure_roles, azure, account))
        if isinstance(everyone, Problem):
            return {one.object_id.lower(): everyone for one in principals}
        held: dict[str, tuple[AzureRoleAssignment, ...] | Problem] = {}
        for one in principals:
            own = tuple(found for found in everyone if found.held_by(one.object_id))
            if holding(own).missing:
                found = await self._value(
                    ("azure roles", account, one.object_id.lower()),
                    partial(_azure_roles, azure, account, one.object_id),
                )
            else:
                found = own
            held[one.object_id.lower()] = found
        return held

    async def _know(self, azure: AzureReads) -> Directory:
        """Read every resource whose object id may be in a role assignment; unreadable ones stay unnamed."""
        subscription = self._workspace.id.subscription
        directory = Directory()
        caller = await self._value("caller", azure.caller)
        if isinstance(caller, Principal):
            directory.add(caller.object_id, caller.name, caller.kind)
        mine = self._computes if self._computes is not None else await self._computes_of(azure, self._workspace.id)
        directory.add_computes(() if isinstance(mine, Problem) else mine, self._workspace.name)
        identities, workspaces, synapses = await asyncio.gather(
            self._value(("identities", subscription), lambda: self._known(azure.identities(subscription))),
            self._value(("workspaces", subscription), lambda: self._known(azure.workspaces(subscription))),
            self._value(("synapses", subscription), lambda: self._known(azure.synapse_workspaces(subscription))),
        )
        directory.add_identities(() if isinstance(identities, Problem) else identities)
        directory.add_workspaces(() if isinstance(synapses, Problem) else synapses)
        siblings = [] if isinstance(workspaces, Problem) else list(workspaces)
        directory.add_workspaces(siblings)
        others = [one for one in siblings if one.id != self._workspace.id][:OTHER_WORKSPACES]
        theirs = await asyncio.gather(*(self._computes_of(azure, one.id) for one in others))
        for workspace, computes in zip(others, theirs, strict=True):
            directory.add_computes(() if isinstance(computes, Problem) else computes, workspace.name)
        unread = any(isinstance(one, Problem) for one in (mine, identities, workspaces, synapses, *theirs))
        directory.complete = not unread and not self._has_unreadable and len(siblings) <= OTHER_WORKSPACES
        return directory

    async def _computes_of(self, azure: AzureReads, workspace: ResourceId) -> tuple[Compute, ...] | Problem:
        return await self._value(("computes", workspace), lambda: self._known(azure.computes(workspace)))

    async def _known(self, listing: Listing[T]) -> tuple[T, ...]:
        """All readable items of a list; unreadable ones are noted."""
        items, unreadable = await read_all(listing)
        self._has_unreadable |= bool(unreadable)
        return items

    async def _value(self, key: Hashable, read: Work[T]) -> T | Problem:
        """The result or the problem of a read; only a few reads run at a time."""

        async def one() -> T | Problem:
            async with self._turn:
                try:
                    return await read()
                except Problem as problem:
                    return problem

        return await self._once(key, one)

    async def _once(self, key: Hashable, work: Work[T]) -> T:
        """The result of a piece of work that is done once; it continues if the first caller leaves."""
        task = self._reads.get(key)
        if task is None or task.cancelled():
            task = self._reads[key] = asyncio.create_task(work())
        return cast("T", await asyncio.shield(task))


async def _azure_roles(
    azure: AzureReads, account: ResourceId, principal_id: str = ""
) -> tuple[AzureRoleAssignment, ...]:
    """All Azure role assignments that reach an account; a missing role is only certain if all could be read."""
    items, unreadable = await read_all(azure.azure_role_assignments(AzureScope.of(account), principal_id))
    if unreadable:
        number = plural(len(unreadable), "Azure role")
        raise Problem(ProblemKind.UNREADABLE, f"{number} on {account.name} cannot be read.", cause=unreadable[0])
    return items


def _unknown_account(use: str, why: Problem | None) -> UnknownAccount:
    """A storage account without a known id; `why` is why it could not be read, None where Azure did not report it."""
    if why is None:
        return UnknownAccount(use, "its resource id is unknown: Azure did not report it, and you see no such account.")
    return UnknownAccount(use, why.title, why.advice)


async def _roles(azure: AzureReads, synapse: SynapseWorkspace) -> tuple[RoleAssignment, ...]:
    """All role assignments; a missing role is only certain if all could be read."""
    items, unreadable = await read_all(azure.role_assignments(synapse))
    if unreadable:
        number = plural(len(unreadable), "Synapse role")
        raise Problem(ProblemKind.UNREADABLE, f"{number} of {synapse.name} cannot be read.", cause=unreadable[0])
    return items
