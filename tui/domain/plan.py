"""What would be done, before it is done: one plan for one resource or for many.

The wizard, the identity editor, the form for tags, a spec file and the question before a detach all show a plan. Every
write goes through a plan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrants
from tui.domain.compute import Compute
from tui.domain.consequences import attach_consequences, detach_facts, identity_consequences, identity_losses
from tui.domain.difference import Change, Mark, compare, count
from tui.domain.edit import ComputeEdit, Edit, put_body
from tui.domain.errors import Problem
from tui.domain.identity import IdentityChoice
from tui.domain.identity_creation import IdentityCreation, new_identity_consequences
from tui.domain.phrases import plural
from tui.domain.pool_change import PoolChange
from tui.domain.pool_consequences import change_consequences, creation_consequences
from tui.domain.pool_creation import PoolCreation
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Removal, RoleChange, RoleMove
from tui.domain.roles import RoleScope
from tui.domain.tags import tags_problem
from tui.domain.uses import Uses, losses, unchecked, why_kept


@dataclass(frozen=True, slots=True)
class Detachment:
    """A request to detach an attached pool; the pool stays.

    Attributes:
        compute: The compute as the user saw it.
        gone: Which of the resources that it names no longer exist: its Spark pool, its identities.
        roles: The roles on its Spark pool to remove after it is detached; None leaves all roles.
    """

    compute: Compute
    gone: tuple[ResourceId, ...] = ()
    roles: RoleChange | None = None

    @property
    def id(self) -> ResourceId:
        """The compute's resource id."""
        return self.compute.required_id

    @property
    def name(self) -> str:
        """The compute's name."""
        return self.compute.name


ResourceRequest = PoolChange | PoolCreation | IdentityCreation | AzureGrants
"""The requests that do not write a compute; each is one write, or the grants on one resource."""

Request = Attachment | ComputeEdit | Detachment | RoleChange | ResourceRequest


class Effect(Enum):
    """What a step does; each value is its word on the screen."""

    ATTACH = "attach"
    UPDATE = "update"
    DETACH = "detach"
    ROLES = "change roles on"
    CREATE_POOL = "create pool"
    CHANGE_POOL = "change pool"
    CREATE_IDENTITY = "create identity"
    AZURE_ROLES = "grant Azure roles on"
    NONE = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """What would be done to one compute, Spark pool, identity or storage account.

    Attributes:
        request: What was asked for.
        effect: What that means.
        changes: Every member of its document, and what happens to it.
        known_after: Members whose value only Azure decides.
        warnings: Other consequences and what may go wrong, one sentence each.
        harms: What this compute, other computes, identities and principals lose, one sentence each.
        problem: Why it cannot be sent, in one sentence; empty if it can.
    """

    request: Request
    effect: Effect
    changes: tuple[Change, ...]
    known_after: tuple[tuple[str, ...], ...] = ()
    warnings: tuple[str, ...] = ()
    problem: str = ""
    harms: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the resource."""
        return self.request.name

    @property
    def target(self) -> ResourceId:
        """The id of the resource, or of what its roles are on."""
        return self.request.id

    @property
    def summary(self) -> str:
        """The number of members by mark, in one line."""
        if isinstance(self.request, RoleChange):
            held = sum(grant.is_held for grant in self.request.grants)
            granted, removed = len(self.request.grants) - held, len(self.request.removals)
            return f"{granted} granted, {removed} removed{f', {held} held already' if held else ''}"
        if self.effect is Effect.DETACH:
            is_gone = isinstance(self.request, Detachment) and self.request.compute.attached_to in self.request.gone
            roles = self.request.roles.removals if isinstance(self.request, Detachment) and self.request.roles else ()
            pool = f"the Spark pool {'is already gone' if is_gone else 'stays'}"
            return f"the compute is removed, {pool}" + (f", {plural(len(roles), 'role')} removed" if roles else "")
        if isinstance(self.request, AzureGrants):
            return f"{len(self.request.grants)} granted"
        numbers = count(self.changes)
        words = [
            f"{numbers[Mark.ADDED]} set",
            f"{numbers[Mark.CHANGED]} changed",
            f"{numbers[Mark.REMOVED]} removed",
            f"{numbers[Mark.SAME]} unchanged",
        ]
        if self.known_after:
            words.append(f"{len(self.known_after)} known after apply")
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done to some resources, one step for each in the order asked for."""

    steps: tuple[Step, ...]

    @classmethod
    def of(cls, requests: Iterable[Request]) -> "Plan":
        """The plan of requests, from their documents alone."""
        return cls(tuple(_step(request) for request in requests))

    @property
    def to_send(self) -> tuple[Request, ...]:
        """The requests that would change something."""
        return tuple(step.request for step in self.steps if step.effect is not Effect.NONE)

    @property
    def problem(self) -> str:
        """Why it cannot be applied, in one sentence; empty if it can."""
        faulty = next((step for step in self.steps if step.problem), None)
        if faulty is not None:
            return f"{faulty.name}: {faulty.problem}" if len(self.steps) > 1 else faulty.problem
        if not self.to_send and len(self.steps) == 1 and isinstance(self.steps[0].request, RoleChange):
            return f"No changes: {self.steps[0].request.held} already."
        if not self.to_send:
            names = ", ".join(step.name for step in self.steps)
            verb = "match" if len(self.steps) > 1 else "matches"
            return f"No changes: {names} already {verb}." if names else "Nothing to do."
        return ""

    @property
    def detaches(self) -> bool:
        """Whether it detaches a pool."""
        return any(step.effect is Effect.DETACH for step in self.steps)

    @property
    def summary(self) -> str:
        """All of it in one line."""
        if len(self.steps) == 1:
            return f"Plan: {self.steps[0].summary}."
        numbers = {effect: sum(step.effect is effect for step in self.steps) for effect in Effect}
        words = [
            f"{numbers[effect]} to {effect.value.removesuffix(' on')}"
            for effect in Effect
            if numbers[effect] and effect.value != "unchanged"
        ]
        if numbers[Effect.NONE]:
            words.append(f"{numbers[Effect.NONE]} unchanged")
        return f"Plan: {', '.join(words) or 'nothing'}."

    @property
    def verb(self) -> str:
        """What applying it does, in a word or two: `attach`, `change roles`; `apply` for several things."""
        effects = {step.effect for step in self.steps if step.effect is not Effect.NONE}
        if len(effects) != 1:
            return "apply"
        (effect,) = effects
        words: str = effect.value
        return words.removesuffix(" on")

    @property
    def doing(self) -> str:
        """What applying it does, for the line that asks: `updates etl-prod`, `detaches 3 Spark pools`."""
        sent = [step for step in self.steps if step.effect is not Effect.NONE]
        verbs = {
            Effect.ATTACH: "attaches",
            Effect.UPDATE: "updates",
            Effect.DETACH: "detaches",
            Effect.ROLES: "changes the roles on",
            Effect.CREATE_POOL: "creates the Spark pool",
            Effect.CHANGE_POOL: "changes the Spark pool",
            Effect.CREATE_IDENTITY: "creates the identity",
            Effect.AZURE_ROLES: "grants Azure roles on",
        }
        words = []
        for effect, verb in verbs.items():
            names = [step.name for step in sent if step.effect is effect]
            short = verb.removesuffix(" the Spark pool").removesuffix(" the identity")
            if names:
                words.append(f"{verb} {names[0]}" if len(names) == 1 else f"{short} {len(names)} {_nouns(effect)}")
        return " and ".join(words) or "changes nothing"

    @property
    def workspaces(self) -> tuple[ResourceId, ...]:
        """The Azure ML workspaces whose computes may run as an identity that loses a role; empty if no role is lost."""
        workspaces = (_workspace(step.request) for step in self.steps if _removals(step.request))
        return tuple(dict.fromkeys(one for one in workspaces if one is not None))

    def checked(self, uses: Uses | Problem) -> "Plan":
        """The plan with the harm that it does to other computes, and without the removals that are not allowed.

        A user-assigned identity that another attached pool runs as keeps its role in any case. `uses` says which
        attached pools run as which principals, or why that could not be read.
        """
        after = uses
        if isinstance(after, Uses):
            for step in self.steps:
                match step.request:
                    case ComputeEdit(edit=Edit(identity=IdentityChoice() as choice)) as request:
                        after = after.with_choice(request.id, choice)
                    case Detachment() as request:
                        after = after.with_choice(request.id, None)
        return Plan(tuple(_checked(step, uses, after) for step in self.steps))

    def with_harms(self, harms: Iterable[tuple[ResourceId, str]]) -> "Plan":
        """The plan with further losses, each with the compute that it concerns, after those that it has."""
        more = _by_target(harms)
        return Plan(tuple(replace(step, harms=(*step.harms, *more.get(step.target, ()))) for step in self.steps))

    def with_warnings(self, warnings: Iterable[tuple[ResourceId, str]]) -> "Plan":
        """The plan with further warnings, each with the compute that it concerns, after those that it has."""
        more = _by_target(warnings)
        return Plan(tuple(replace(step, warnings=(*step.warnings, *more.get(step.target, ()))) for step in self.steps))


def _by_target(sentences: Iterable[tuple[ResourceId, str]]) -> Mapping[ResourceId, list[str]]:
    by_target: dict[ResourceId, list[str]] = {}
    for target, sentence in sentences:
        by_target.setdefault(target, []).append(sentence)
    return by_target


def _granted_after(request: Attachment | ComputeEdit) -> tuple[Change, ...]:
    """The role that the identity is granted after the compute exists."""
    if request.role is None or request.pool is None:
        return ()
    who = [*(["its system-assigned identity"] if request.identity.kind.has_system else [])]
    who += [identity.name for identity in request.identity.user_assigned]
    words = f"{request.role.name} on {RoleScope.of_pool(request.pool).text}"
    return tuple(Change(Mark.ADDED, ("role", name), None, words) for name in who)


def _moved_roles(request: ComputeEdit) -> tuple[Change, ...]:
    """The roles that follow a change of identity, in the order of the changes."""
    move = request.move
    if move is None:
        return ()
    minted = (
        (Change(Mark.ADDED, ("role", "new system-assigned principal"), None, move.role.name),) if move.mints else ()
    )
    first, last = _role_changes(move.first), _role_changes(move.last())
    return (*first, *minted, *last)


def _role_changes(request: RoleChange) -> tuple[Change, ...]:
    granted = (
        Change(
            Mark.SAME if one.is_held else Mark.ADDED,
            ("role", one.principal.name),
            one.text if one.is_held else None,
            one.text,
        )
        for one in request.grants
    )
    removed = (Change(Mark.REMOVED, ("role", one.name), one.text, None) for one in request.removals)
    return (*granted, *removed)


def _nouns(effect: Effect) -> str:
    words = {Effect.CREATE_IDENTITY: "identities", Effect.AZURE_ROLES: "storage accounts"}
    return words.get(effect, "Spark pools")


def _workspace(request: Request) -> ResourceId | None:
    if isinstance(request, RoleChange):
        return request.compute.parent if request.compute is not None else None
    return request.id.parent


def _removals(request: Request) -> tuple[Removal, ...]:
    """The roles that a request removes and that others may need."""
    match request:
        case RoleChange(removals=removals):
            return removals
        case ComputeEdit(move=RoleMove(removals=removals)):
            return tuple(one for one in removals if one.shared)
        case Detachment(roles=RoleChange(removals=removals)):
            return tuple(one for one in removals if one.shared)
    return ()


def _without(request: Request, kept: Sequence[Removal]) -> Request:
    """A request without the removals in `kept`."""
    match request:
        case RoleChange(removals=removals):
            return replace(request, removals=tuple(one for one in removals if one not in kept))
        case ComputeEdit(move=RoleMove(removals=removals) as move):
            remaining = replace(move, removals=tuple(one for one in removals if one not in kept))
            return replace(request, move=remaining if remaining.text else None)
        case Detachment(roles=RoleChange(removals=removals) as roles):
            left_roles = replace(roles, removals=tuple(one for one in removals if one not in kept))
            return replace(request, roles=left_roles if left_roles.removals else None)
    return request


def _checked(step: Step, uses: Uses | Problem, after: Uses | Problem) -> Step:
    """A step with what it would harm, given which compute runs as which principal before and after the plan."""
    request, removals = step.request, _removals(step.request)
    if not removals or _workspace(request) is None:
        return step
    besides = (request.compute,) if isinstance(request, RoleChange) and request.compute is not None else ()
    kept = {one: reason for one in removals if (reason := why_kept(one, after, besides))}
    if isinstance(request, RoleChange) and len(kept) == len(removals) and not request.grants:
        return replace(step, problem=f"Nothing can be removed. {' '.join(kept.values())}")
    lost = [one for one in removals if one not in kept]
    harms = [sentence for one in lost for sentence in (losses(one, after) if isinstance(after, Uses) else ())]
    doubts = [words for one in lost if (words := unchecked(one, uses))]
    if kept:
        fresh = _step(_without(request, tuple(kept)))
        named = set(_step(request).warnings)
        more = tuple(one for one in step.warnings if one not in named and one not in fresh.warnings)
        old = set(_step(request).harms)
        step = replace(
            fresh,
            warnings=(*fresh.warnings, *more),
            harms=(*fresh.harms, *(one for one in step.harms if one not in old and one not in fresh.harms)),
        )
    return replace(
        step,
        harms=tuple(dict.fromkeys((*step.harms, *harms))),
        warnings=tuple(dict.fromkeys((*step.warnings, *kept.values(), *doubts))),
    )


_PRINCIPAL = ("identity", "principalId")
_IDS = (("properties", "principalId"), ("properties", "clientId"))


def _repeated(request: ComputeEdit) -> tuple[str, ...]:
    """Why a request that changes nothing is sent anyway."""
    if not request.is_resend:
        return ()
    return (f"{request.name} is {request.compute.state}; the same definition is sent again.",)


def _losses_of(request: ComputeEdit) -> tuple[str, ...]:
    """What the compute itself loses with a new identity."""
    identity, move = request.edit.identity, request.move
    if identity is None:
        return ()
    removed = {one.name for one in move.removals if one.shared} if move is not None else ()
    return identity_losses(
        request.compute.identity, identity, request.pool, moves=move is not None, removed=tuple(removed)
    )


def _step(request: Request) -> Step:
    match request:
        case Attachment():
            return Step(
                request,
                Effect.ATTACH,
                (*compare({}, request.document()), *_granted_after(request)),
                (_PRINCIPAL,) if request.identity.kind.has_system else (),
                () if request.role is not None else attach_consequences(request.identity, request.pool),
                request.identity.problem or tags_problem(request.tags, request.tags),
            )
        case ComputeEdit(compute=compute, edit=edit):
            identity = edit.identity
            mints = identity is not None and identity.kind.has_system and not compute.identity.kind.has_system
            problem = (identity.problem if identity else None) or ""
            return Step(
                request,
                Effect.NONE if request.changes_nothing else Effect.UPDATE,
                (*request.changes, *_moved_roles(request), *_granted_after(request)),
                (_PRINCIPAL,) if mints else (),
                (
                    *_repeated(request),
                    *(
                        identity_consequences(
                            compute.identity,
                            identity,
                            compute.attached_to,
                            moves=request.move is not None,
                            grants=request.role is not None,
                        )
                        if identity
                        else ()
                    ),
                ),
                problem or tags_problem(edit.tags, request.document().get("tags") or {}),
                _losses_of(request),
            )
        case RoleChange():
            effect = Effect.NONE if request.held else Effect.ROLES
            return Step(request, effect, _role_changes(request), problem=request.problem)
        case PoolChange() | PoolCreation() | IdentityCreation() | AzureGrants():
            return _step_alone(request)
        case Detachment(compute=compute, gone=gone, roles=roles):
            removed = roles.removals if roles is not None else ()
            changes = (*compare(put_body(compute.raw), {}), *(_role_changes(roles) if roles is not None else ()))
            stays, lost, others = detach_facts([compute], gone, removed)
            return Step(request, Effect.DETACH, changes, (), (*stays, *others), harms=lost)


def _step_alone(request: ResourceRequest) -> Step:
    """The step for a resource that is not a compute."""
    match request:
        case PoolChange():
            effect = Effect.NONE if request.changes_nothing else Effect.CHANGE_POOL
            warnings = change_consequences(request)
            return Step(request, effect, request.changes, warnings=warnings, problem=request.problem)
        case PoolCreation():
            changes, warnings = compare({}, request.document()), creation_consequences(request)
            return Step(request, Effect.CREATE_POOL, changes, warnings=warnings, problem=request.problem)
        case IdentityCreation():
            changes, warnings = compare({}, request.document()), new_identity_consequences(request)
            return Step(request, Effect.CREATE_IDENTITY, changes, _IDS, warnings, request.problem)
        case AzureGrants():
            granted = tuple(
                Change(Mark.ADDED, ("role", one.principal.name), None, f"{one.role.name} on {request.name}")
                for one in request.grants
            )
            return Step(request, Effect.AZURE_ROLES, granted, warnings=request.warnings)
