"""Whether jobs can run on an attached Spark pool: the checks, their results, and the fixes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from tui.domain.checks import Check, Remedy, Verdict
from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.fitness import Fitness, fitness_of
from tui.domain.identity import UserAssignedIdentity
from tui.domain.mentions import Mention
from tui.domain.network_notes import public_access
from tui.domain.phrases import pool_sentence, pool_status, runtime_sentence, runtime_status
from tui.domain.principals import Directory, Principal, principals_of
from tui.domain.resource_id import ResourceId
from tui.domain.roles import ADMINISTRATOR, RoleAssignment, RoleScope, holds, role_of
from tui.domain.runtimes import NEWEST, support
from tui.domain.spark import SparkPool
from tui.domain.states import Tone
from tui.domain.storage_readiness import StorageFacts, storage_checks
from tui.domain.workspaces import SynapseWorkspace

T = TypeVar("T")


_VERDICTS = {
    Tone.GOOD: Verdict.OK,
    Tone.WARNING: Verdict.WARNING,
    Tone.BAD: Verdict.PROBLEM,
    Tone.NEUTRAL: Verdict.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Readiness:
    """All checks of one attached pool, in a fixed order.

    `gone` has the Spark pool and the identities that it names and that no longer exist.
    """

    checks: tuple[Check, ...]
    gone: tuple[ResourceId, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The most severe result."""
        verdicts = {check.verdict for check in self.checks}
        return next((verdict for verdict in Verdict if verdict in verdicts), Verdict.OK)

    @property
    def summary(self) -> str:
        """A word or two for a list: `ready`, `no role`, `2 problems`, `not checked`."""
        verdict = self.verdict
        if verdict is Verdict.OK:
            return "ready"
        worst = [check for check in self.checks if check.verdict is verdict]
        if verdict is Verdict.UNKNOWN:
            return "not all checked"
        words = {check.short or check.name for check in worst}
        if len(words) == 1:
            return words.pop()
        return f"{len(worst)} {verdict.value}s"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read about an attached pool, or why it could not be read.

    Attributes:
        compute: The attached compute.
        pool: Its Spark pool.
        synapse: The pool's Synapse workspace.
        identities: Each user-assigned identity of the compute.
        assignments: The role assignments that reach the pool.
        directory: The principals that are known by name.
        today: The day by which runtimes are judged.
        storage: The storage accounts that its jobs use, and who may use them.
        user: The signed-in user; None if unknown.
    """

    compute: Compute
    pool: SparkPool | Problem
    synapse: SynapseWorkspace | Problem
    identities: tuple[tuple[ResourceId, UserAssignedIdentity | Problem], ...]
    assignments: tuple[RoleAssignment, ...] | Problem
    directory: Directory
    today: date
    storage: tuple[StorageFacts, ...] = ()
    user: Principal | None = None


def assess(facts: Facts) -> Readiness:
    """Make every check, including those that lack their facts."""
    checks = [
        _state(facts.compute),
        _read(_fitness(facts), "Spark pool", _pool, _pool_unread),
        _runtime(facts),
        _identity(facts.compute),
        *(_exists(facts.compute, identity, answer) for identity, answer in facts.identities),
        *_roles(facts),
        *storage_checks(facts.storage, _living(facts), facts.user),
        _read(facts.pool, "Auto-pause", _pause, _unread),
        _read(facts.synapse, "Synapse network", _network, _unread),
    ]
    return Readiness(tuple(checks), _gone(facts))


def _fitness(facts: Facts) -> Fitness | Problem:
    return facts.pool if isinstance(facts.pool, Problem) else fitness_of(facts.pool, facts.today)


def _gone(facts: Facts) -> tuple[ResourceId, ...]:
    pool = facts.compute.attached_to
    named = [*([(pool, facts.pool)] if pool is not None else []), *facts.identities]
    return tuple(
        resource for resource, answer in named if isinstance(answer, Problem) and answer.kind is ProblemKind.NOT_FOUND
    )


def not_assessed(problem: Problem) -> Readiness:
    """The readiness where nothing could be read."""
    return Readiness((_unread("Readiness", problem),))


def _read(
    answer: T | Problem, name: str, check: Callable[[str, T], Check], unread: Callable[[str, Problem], Check]
) -> Check:
    return unread(name, answer) if isinstance(answer, Problem) else check(name, answer)


def _unread(name: str, problem: Problem) -> Check:
    if problem.kind is ProblemKind.NOT_FOUND:
        return Check(name, Verdict.UNKNOWN, "Not checked: the pool or its workspace is gone.")
    return Check(name, Verdict.UNKNOWN, f"Not checked. {problem.title}", help=problem.advice)


def _state(compute: Compute) -> Check:
    name = "Compute"
    if compute.unreadable:
        return Check(name, Verdict.UNKNOWN, compute.unreadable)
    tone = compute.state.tone
    words = f"Provisioning state: {compute.state}."
    if tone is Tone.GOOD:
        return Check(name, Verdict.OK, words)
    if tone is Tone.BAD:
        reason = next((error.message for error in compute.errors if error.message), "Azure gave no reason.")
        return Check(name, Verdict.PROBLEM, f"{words} {reason}", short=str(compute.state).lower(), remedy=Remedy.ATTACH)
    return Check(name, Verdict.WARNING, words, short=str(compute.state).lower())


def _pool(name: str, fitness: Fitness) -> Check:
    words = pool_sentence(fitness, is_attached=True)
    return Check(name, _VERDICTS[fitness.state_tone], words, short=pool_status(fitness))


def _pool_unread(name: str, problem: Problem) -> Check:
    if problem.kind is not ProblemKind.NOT_FOUND:
        return _unread(name, problem)
    return Check(
        name,
        Verdict.PROBLEM,
        "The Spark pool is gone: jobs cannot run. Detach this compute, or create the Spark pool again.",
        short="pool is gone",
        remedy=Remedy.DETACH,
        help=f"{Mention.FIX} detaches it with its role; {Mention.POOL} shows what is known of the pool, to create it.",
    )


def _runtime(facts: Facts) -> Check:
    name = "Spark runtime"
    if isinstance(facts.pool, Problem) and facts.pool.kind is ProblemKind.NOT_FOUND:
        return _unread(name, facts.pool)
    settings = facts.pool.settings if isinstance(facts.pool, SparkPool) else facts.compute.settings
    runtime = support(settings.version if settings is not None else "", facts.today)
    is_late = runtime.ended or runtime.ends_soon
    has_newer = is_late and support(NEWEST, facts.today).tone is Tone.GOOD
    can_change = has_newer and isinstance(facts.pool, SparkPool)
    return Check(
        name,
        _VERDICTS[runtime.tone],
        runtime_sentence(runtime),
        short=runtime_status(runtime),
        help=f"Someone who may change the Spark pool can upgrade it to {NEWEST}."
        if has_newer and not can_change
        else "",
        needs_others=has_newer and not can_change,
        remedy=Remedy.RUNTIME if can_change else None,
    )


def _identity(compute: Compute) -> Check:
    name = "Identity"
    identity = compute.identity
    nameless = [one.name for one in identity.user_assigned if not one.principal_id]
    if identity.kind.has_system and not identity.principal_id:
        nameless.insert(0, "the system-assigned identity")
    if nameless:
        words = f"Azure did not report the principal of {', '.join(nameless)}, so its role was not checked."
        return Check(name, Verdict.UNKNOWN, words)
    if principals_of(compute):
        return Check(name, Verdict.OK, f"Managed identity: {compute.identity.kind.value}.")
    return Check(
        name,
        Verdict.WARNING,
        "No managed identity: only jobs that run as the user who submits them can work.",
        short="no identity",
        remedy=Remedy.IDENTITY,
    )


def _exists(compute: Compute, identity: ResourceId, answer: UserAssignedIdentity | Problem) -> Check:
    name = f"Identity {identity.name}"
    if not isinstance(answer, Problem):
        assigned = next((one.principal_id for one in compute.identity.user_assigned if one.id == identity), None)
        if assigned and answer.principal_id and assigned.lower() != answer.principal_id.lower():
            words = (
                f"{identity.name} was deleted and created again: jobs run as a principal that no longer exists. "
                "Remove it from this compute's identities, then add it again."
            )
            return Check(name, Verdict.PROBLEM, words, short="identity is new", remedy=Remedy.IDENTITY)
        return Check(name, Verdict.OK, f"{identity.name} exists in {identity.resource_group}.")
    if answer.kind is not ProblemKind.NOT_FOUND:
        return _unread(name, answer)
    words = f"{identity.name} is gone: jobs that run as it fail."
    return Check(name, Verdict.PROBLEM, words, short="identity is gone", remedy=Remedy.IDENTITY)


def _roles(facts: Facts) -> list[Check]:
    pool = facts.compute.attached_to
    if pool is None:
        return [Check("Synapse role", Verdict.UNKNOWN, "Azure did not report the Spark pool behind it.")]
    if isinstance(facts.assignments, Problem):
        unread = _unread("Synapse role", facts.assignments)
        if not facts.assignments.is_denied:
            return [unread]
        return [unread, *(_maybe_missing(principal) for principal in principals_of(facts.compute))]
    scope = RoleScope.of_pool(pool)
    checks = [_role(principal, scope, facts.assignments) for principal in _living(facts)]
    own = {principal.object_id.lower() for principal in principals_of(facts.compute)}
    return checks + _left_over(facts.assignments, scope, facts.directory, own, _dead(facts))


def _living(facts: Facts) -> tuple[Principal, ...]:
    """The principals that jobs run as, without those that certainly no longer exist."""
    dead = _dead(facts)
    return tuple(one for one in principals_of(facts.compute) if one.object_id.lower() not in dead)


def _dead(facts: Facts) -> set[str]:
    """The object ids, in lower case, of principals that certainly no longer exist."""
    identities = dict(facts.identities)
    return {
        assigned.principal_id.lower()
        for assigned in facts.compute.identity.user_assigned
        if assigned.principal_id and _is_dead(assigned.principal_id, identities.get(assigned.id))
    }


def _is_dead(principal_id: str, identity: UserAssignedIdentity | Problem | None) -> bool:
    """Whether a principal certainly no longer exists: its identity was deleted, or replaced under the same name."""
    if isinstance(identity, Problem):
        return identity.kind is ProblemKind.NOT_FOUND
    return identity is not None and (identity.principal_id or principal_id).lower() != principal_id.lower()


def _maybe_missing(principal: Principal) -> Check:
    name = f"Synapse role of {principal.name}"
    words = f"Not checked: {Mention.MESSAGE} copies a message to someone who can check and grant it."
    return Check(name, Verdict.UNKNOWN, words, remedy=Remedy.GRANT, principal=principal)


def _role(principal: Principal, scope: RoleScope, assignments: tuple[RoleAssignment, ...]) -> Check:
    name = f"Synapse role of {principal.name}"
    held = holds(assignments, principal.object_id, scope)
    if any(one.role_id.lower() == ADMINISTRATOR.id for one in held):
        where = next(one.scope for one in held if one.role_id.lower() == ADMINISTRATOR.id)
        return Check(name, Verdict.OK, f"{principal.name} is {ADMINISTRATOR.name} on {where.text}.")
    if held:
        role = role_of(held[0].role_id)
        words = (
            f"{principal.name} is {role.name} on {held[0].scope.text}: {role.jobs_run.text}. "
            f"The documentation asks for {ADMINISTRATOR.name}."
        )
        return Check(name, Verdict.WARNING, words, "lesser role", remedy=Remedy.GRANT, principal=principal)
    custom = [one for one in assignments if one.held_by(principal.object_id) and not role_of(one.role_id).is_built_in]
    if custom:
        words = (
            f"{principal.name} has role {custom[0].role_id} on {custom[0].scope.text}, not a built-in one; "
            f"whether it may use the pool was not checked. The documentation asks for {ADMINISTRATOR.name}."
        )
        return Check(name, Verdict.UNKNOWN, words, remedy=Remedy.GRANT, principal=principal)
    words = f"{principal.name} has no Synapse role on {scope.text}: jobs fail with 403 when they are submitted."
    return Check(name, Verdict.PROBLEM, words, short="no role", remedy=Remedy.GRANT, principal=principal)


def _left_over(
    assignments: tuple[RoleAssignment, ...], scope: RoleScope, directory: Directory, own: set[str], dead: set[str]
) -> list[Check]:
    """Stray roles on this pool: those whose holder is certainly gone, and those whose holder is unknown.

    Neither is removed by one key: the first goes with its identity, and a directory made without Microsoft Graph cannot
    tell whether the second belongs to an application.
    """
    checks = []
    for assignment in assignments:
        if assignment.scope != scope:
            continue
        holder, name = assignment.principal_id.lower(), "Stray role"
        held = f"{assignment.principal_id} is {role_of(assignment.role_id).name} on {scope.text}"
        if holder in dead:
            words = f"{held}, but its identity is gone."
            help_ = "It is removed together with that identity."
            checks.append(Check(name, Verdict.WARNING, words, "stray role", help=help_))
        elif assignment.principal_type == "ServicePrincipal" and holder not in own and directory.find(holder) is None:
            words = f"{held}, but belongs to no compute, identity or workspace that you can read."
            if directory.complete:
                help_ = f"If it is not one of your applications, remove the role ({Mention.ROLES_OF_IT})."
                checks.append(
                    Check(
                        name,
                        Verdict.WARNING,
                        words,
                        "stray role",
                        help=help_,
                        remedy=Remedy.ROLES,
                        assignment=assignment.id,
                    )
                )
            else:
                checks.append(Check(name, Verdict.UNKNOWN, f"{words} Not everything could be read."))
    return checks


def _pause(name: str, pool: SparkPool) -> Check:
    words = pool.settings.pause
    if not words:
        return Check(name, Verdict.UNKNOWN, "Azure did not report whether the pool pauses when it is idle.")
    if words == "off":
        words = "Off: its nodes keep running, and cost money, until every session has been stopped."
        return Check(name, Verdict.WARNING, words, short="no auto-pause", remedy=Remedy.AUTO_PAUSE)
    return Check(name, Verdict.OK, f"The pool pauses {words} without a job.")


def _network(name: str, synapse: SynapseWorkspace) -> Check:
    note = public_access(synapse)
    verdict = _VERDICTS[note.tone]
    short = "network closed" if verdict is Verdict.PROBLEM else ""
    help_ = note.help or f"Its firewall and private endpoints are not checked here: {Mention.NETWORK} shows them."
    return Check(name, verdict, note.text, short=short, help=help_, needs_others=bool(short))
