"""What may not be written, or only after confirmation: read-only runs and locked workspaces."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tui.domain.errors import Problem, ProblemKind
from tui.domain.resource_id import ResourceId

if TYPE_CHECKING:
    from tui.domain.plan import Plan, Request


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks confirmed plans before they are sent.

    Attributes:
        read_only: Where read-only mode comes from, such as `flag --read-only`; empty if writes may be sent.
        locked: Patterns for locked resources: the name of a workspace or an identity, or the id of any resource or
            group, with shell wildcards, in any letter case. What is inside a locked resource is locked.
    """

    read_only: str = ""
    locked: tuple[str, ...] = ()

    @property
    def why_read_only(self) -> str | None:
        """Why nothing may be written, in one sentence; None if it may."""
        return f"sparkpool is read-only here ({self.read_only}): no changes are sent." if self.read_only else None

    def lock_over(self, resource: ResourceId) -> ResourceId | None:
        """The outermost locked resource that contains a resource, or is it; None if it is not locked."""
        for depth in range(1, len(resource.segments) + 1):
            segments = resource.segments[:depth]
            outer = ResourceId(resource.subscription, resource.resource_group, resource.provider, segments)
            if any(_fits(pattern.lower(), outer) for pattern in self.locked):
                return outer
        return None

    def locks_over(self, plan: Plan) -> tuple[ResourceId, ...]:
        """The locked resources that a plan would write to, each once."""
        locks = (self.lock_over(target) for request in plan.to_send for target in _written_by(request))
        return tuple(dict.fromkeys(lock for lock in locks if lock is not None))

    def check(self, plan: Plan, named: Collection[ResourceId]) -> None:
        """Check a plan that the user has confirmed, with the locked resources whose names they typed for it.

        Raises:
            Problem: If nothing may be written, or a name was not typed.
        """
        if self.why_read_only is not None:
            raise Problem(ProblemKind.REFUSED, self.why_read_only, advice="Nothing was sent.")
        closed = next((lock for lock in self.locks_over(plan) if lock not in named), None)
        if closed is not None:
            raise Problem(
                ProblemKind.REFUSED,
                f"{closed.name} is locked, and its name was not typed.",
                advice="Nothing was sent.",
            )


def _fits(pattern: str, resource: ResourceId) -> bool:
    if "/" not in pattern:
        return len(resource.segments) == 1 and fnmatchcase(resource.name.lower(), pattern)
    group = pattern.rstrip("/")
    return any(fnmatchcase(resource.key, one) for one in (pattern, f"{group}/*")) or resource.key.startswith(
        f"{group}/"
    )


def _written_by(request: Request) -> Iterator[ResourceId]:
    """What a request writes to: the compute, Spark pool or identity, or what its roles are on."""
    from tui.domain.attachment import Attachment
    from tui.domain.azure_grants import AzureGrants
    from tui.domain.edit import ComputeEdit
    from tui.domain.plan import Detachment
    from tui.domain.role_change import RoleChange

    yield request.id
    match request:
        case Attachment(role=role, pool=pool) | ComputeEdit(role=role, pool=pool) if role is not None:
            if pool is not None:
                yield pool
        case ComputeEdit(move=move) if move is not None:
            yield move.pool
        case Detachment(roles=roles) if roles is not None:
            yield roles.id
            yield roles.synapse.id
        case AzureGrants(compute=compute) if compute is not None:
            yield compute
        case RoleChange(synapse=synapse, compute=compute):
            yield synapse.id
            if compute is not None:
                yield compute
