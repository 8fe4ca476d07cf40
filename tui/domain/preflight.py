"""What stands against some writes before they are sent, judged by what was read; it forbids nothing.

Azure may decide otherwise: locks, roles and names can change, and policies and quotas are not read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tui.domain.azure_scope import AzureScope
from tui.domain.errors import Problem, ProblemKind
from tui.domain.fitness import fitness_of
from tui.domain.identity_creation import NO_GROUP, no_group_sentence
from tui.domain.locks import Lock, lock_scopes, locks_sentence
from tui.domain.needs import AzureRight, Needs, SynapseRight
from tui.domain.permissions import READ_LOCKS, READ_PERMISSIONS, Permission, allowed, role_for
from tui.domain.phrases import doubts, first_of, pool_sentence, pool_status, runtime_status
from tui.domain.resource_id import ResourceId
from tui.domain.resource_kinds import kind_of
from tui.domain.roles import GRANT
from tui.domain.spark import SparkPool
from tui.domain.states import Tone

UNDETERMINED = "not determined"
_WHY = {
    ProblemKind.NOT_SIGNED_IN: "you are not signed in",
    ProblemKind.NOT_FOUND: "Azure does not find it",
    ProblemKind.REFUSED: "Azure refuses to show it",
    ProblemKind.THROTTLED: "Azure does not accept so many requests now",
    ProblemKind.SERVICE: "Azure did not answer as it should",
    ProblemKind.CONNECTION: "Azure cannot be reached",
    ProblemKind.UNREADABLE: "Azure's answer cannot be read",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A result of the preflight.

    Attributes:
        status: The result in a few words, such as `the attach will fail`.
        note: The reason, with what to do.
        tone: What it means for the plan.
        is_about_grants: Whether it only matters if a Synapse role is granted or removed.
    """

    status: str
    note: str
    tone: Tone
    is_about_grants: bool = False

    @property
    def sentence(self) -> str:
        """All of it in one or two sentences."""
        if not self.note:
            return self.status
        text = f"{self.status[:1].upper()}{self.status[1:]}: {self.note}"
        return text if text.endswith((".", "!", "?", '"')) else f"{text}."

    @property
    def counts(self) -> bool:
        """Whether it stands against the plan, or may."""
        return self.tone in (Tone.BAD, Tone.WARNING)


@dataclass(frozen=True, slots=True)
class FoundLocks:
    """The locks that a list had, and why others could not be read, a sentence each."""

    locks: tuple[Lock, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read; a problem where a read failed.

    Attributes:
        locks: The locks by the scope whose list was read.
        permissions: What the user's Azure roles allow, by scope.
        synapse: Whether the user's Synapse roles allow an action; None if it is unknown who is signed in.
        taken: Whether there already is a resource.
        pools: The Spark pools that are attached.
        caller: Who is signed in, for sentences.
    """

    locks: Mapping[AzureScope, FoundLocks | Problem] = field(default_factory=dict)
    permissions: Mapping[AzureScope, tuple[Permission, ...] | Problem] = field(default_factory=dict)
    synapse: Mapping[SynapseRight, bool | Problem | None] = field(default_factory=dict)
    taken: Mapping[ResourceId, bool | Problem] = field(default_factory=dict)
    pools: Mapping[ResourceId, SparkPool | Problem] = field(default_factory=dict)
    caller: str = "you"


def judge(needs: Sequence[Needs], facts: Facts, today: date) -> tuple[Finding, ...]:
    """All findings about some writes, each once: what stands against them first within each subject.

    Args:
        needs: What each of the writes needs.
        facts: What was read for them.
        today: The day by which Spark runtimes are judged.
    """
    return tuple(
        dict.fromkeys(
            (
                *_lock_findings(needs, facts),
                *_right_findings(needs, facts),
                *_name_findings(needs, facts),
                *_pool_findings(facts, today),
                *_synapse_findings(needs, facts),
                *_unread_findings(facts),
                *_unreadable_findings(needs),
            )
        )
    )


# Locks


def _lock_findings(needs: Sequence[Needs], facts: Facts) -> Iterable[Finding]:
    found = {(lock.scope, lock.name.lower()): lock for one in facts.locks.values() for lock in _locks_in(one)}
    alike: dict[tuple[bool, tuple[Needs, ...]], list[Lock]] = {}
    for lock in found.values():
        stopped = tuple(one for one in needs if one.write is not None and lock.forbids(one.target, one.write))
        alike.setdefault((lock.is_known, stopped), []).append(lock)
    for (is_known, stopped), locks in alike.items():
        if stopped:
            tone = Tone.BAD if is_known else Tone.WARNING
            yield Finding(_failure(stopped, needs, tone), locks_sentence(locks), tone)
    held = {one.target for _, stopped in alike for one in stopped}
    free = [one for one in needs if one.write is not None and one.target not in held and _are_locks_known(one, facts)]
    if free:
        yield Finding("no lock", f"no Azure lock forbids {_writes(free, needs)}", Tone.GOOD)


def _locks_in(read: FoundLocks | Problem) -> tuple[Lock, ...]:
    return read.locks if isinstance(read, FoundLocks) else ()


def _are_locks_known(one: Needs, facts: Facts) -> bool:
    lists = [facts.locks.get(scope) for scope in lock_scopes(one.target, is_new=one.is_new)]
    return all(isinstance(read, FoundLocks) and not read.unreadable for read in lists)


# Permissions


def _right_findings(needs: Sequence[Needs], facts: Facts) -> Iterable[Finding]:
    rights = dict.fromkeys(right for one in needs for right in one.azure)
    for right in rights:
        read = facts.permissions.get(right.scope)
        asking = [one for one in needs if right in one.azure]
        if not isinstance(read, tuple):
            continue
        if allowed(read, right.action):
            note = f"your Azure roles allow {right.action} on {right.scope.place}"
            yield Finding(f"you may {right.verb or asking[0].verb}", note, Tone.GOOD)
        else:
            tone = Tone.BAD if right.is_certain else Tone.WARNING
            yield Finding(_failure(asking, needs, tone), _missing(right), tone)


def _missing(right: AzureRight) -> str:
    role = role_for(right.action)
    wanted = f"the role {role}" if role else f"a role that allows {right.action}"
    return (
        f"none of your Azure roles allows {right.action} on {right.scope.place}. "
        f"Ask an Owner or a User Access Administrator there for {wanted}."
    )


# Names


def _name_findings(needs: Sequence[Needs], facts: Facts) -> Iterable[Finding]:
    for one in needs:
        read = facts.taken.get(one.target)
        if isinstance(read, Problem):
            if read.code == NO_GROUP:
                note = no_group_sentence(one.target.resource_group)
                yield Finding(_failure([one], needs, Tone.BAD), f"{note[:1].lower()}{note[1:]}", Tone.BAD)
        elif read:
            status = f"the name {one.target.name} is taken"
            yield Finding(status, f"there is already a {kind_of(one.target)} of that name", Tone.BAD)
        elif read is not None:
            yield Finding("name is free", f"there is no {kind_of(one.target)} {one.target.name} yet", Tone.GOOD)


# The Spark pool


def _pool_findings(facts: Facts, today: date) -> Iterable[Finding]:
    for target, pool in facts.pools.items():
        if not isinstance(pool, SparkPool):
            if _is_missing(pool):
                note = f"Azure finds no Spark pool {target.parent.name}/{target.name}; is its name right?"
                yield Finding("no such pool", note, Tone.BAD)
            continue
        fitness = fitness_of(pool, today)
        doubtful = doubts(fitness)
        for tone, sentence in doubtful:
            is_state = sentence == pool_sentence(fitness, is_attached=False)
            yield Finding(pool_status(fitness) if is_state else runtime_status(fitness.runtime), sentence, tone)
        if not doubtful:
            yield Finding(pool_status(fitness), pool_sentence(fitness, is_attached=False), Tone.GOOD)


def _is_missing(read: object) -> bool:
    return isinstance(read, Problem) and read.kind is ProblemKind.NOT_FOUND


# Synapse roles


def _synapse_findings(needs: Sequence[Needs], facts: Facts) -> Iterable[Finding]:
    for right in dict.fromkeys(right for one in needs for right in one.synapse):
        if right in facts.synapse:
            asking = [one for one in needs if right in one.synapse]
            yield from _synapse_finding(right, facts.synapse[right], facts.caller, asking)


def _synapse_finding(
    right: SynapseRight, read: bool | Problem | None, caller: str, asking: Sequence[Needs]
) -> Iterable[Finding]:
    verb, noun = ("grant", "grant") if right.action == GRANT else ("remove", "removal")
    where = right.scope.text
    administrator = f"ask a Synapse Administrator of {right.workspace.name} for the {noun}"
    if isinstance(read, Problem):
        if read.kind is ProblemKind.FORBIDDEN:
            unknown = f"whether you may {verb} roles on {where} cannot be checked: you may not read them"
            yield Finding(f"the {noun} may fail", f"{unknown}; {administrator}", Tone.WARNING, is_about_grants=True)
    elif read is None:
        note = f"whether you may {verb} roles on {where}: who is signed in is unknown here"
        yield Finding(UNDETERMINED, note, Tone.WARNING, is_about_grants=True)
    elif read:
        note = f"{caller} may {verb} roles on {where}"
        yield Finding(f"you may {verb}", note, Tone.GOOD, is_about_grants=True)
    else:
        besides = dict.fromkeys(one.noun for one in asking if one.is_write_first)
        goes_on = "".join(f"; the {noun_} itself does not need it" for noun_ in besides)
        note = f"{caller} holds no Synapse role that may {verb} roles on {where}{goes_on}; {administrator}"
        yield Finding(f"the {noun} will fail", note, Tone.BAD, is_about_grants=True)


# What could not be determined


def _unread_findings(facts: Facts) -> Iterable[Finding]:
    """What could not be read, together where the reason is the same."""
    unread: dict[str, dict[str, list[str]]] = {}

    def add(what: str, of: str, problem: Problem, action: str = "") -> None:
        if problem.code != NO_GROUP:  # the name says so already
            unread.setdefault(_why(problem, action), {}).setdefault(what, []).append(of)

    for scope, locks in facts.locks.items():
        if isinstance(locks, Problem):
            add("the locks of", scope.place, locks, READ_LOCKS)
        elif locks.unreadable:
            unread.setdefault(locks.unreadable[0], {}).setdefault("some locks of", []).append(scope.place)
    for scope, permissions in facts.permissions.items():
        if isinstance(permissions, Problem):
            add("your permissions on", scope.place, permissions, READ_PERMISSIONS)
    for target, taken in facts.taken.items():
        if isinstance(taken, Problem):
            add("whether there is", f"a {kind_of(target)} {target.name}", taken)
    for target, pool in facts.pools.items():
        if isinstance(pool, Problem) and not _is_missing(pool):
            add("the state of", f"Spark pool {target.parent.name}/{target.name}", pool)
    for right, may in facts.synapse.items():
        if isinstance(may, Problem) and may.kind is not ProblemKind.FORBIDDEN:
            verb = "grant" if right.action == GRANT else "remove"
            add(f"whether you may {verb} roles on", right.scope.text, may)
    for why, kinds in unread.items():
        words = "; ".join(f"{what} {first_of(of)}" for what, of in kinds.items())
        yield Finding(UNDETERMINED, f"{words}: {why}", Tone.WARNING)


def _why(problem: Problem, action: str) -> str:
    if problem.kind is ProblemKind.FORBIDDEN:
        return f"that needs {action}, which the role {role_for(action)} includes" if action else "you may not read it"
    return _WHY.get(problem.kind, problem.title)


def _unreadable_findings(needs: Sequence[Needs]) -> Iterable[Finding]:
    what = dict.fromkeys(words for one in needs for words in one.unreadable)
    if what:
        yield Finding(UNDETERMINED, first_of(what), Tone.NEUTRAL)


# Words


def _failure(stopped: Sequence[Needs], needs: Sequence[Needs], tone: Tone) -> str:
    return f"{_writes(stopped, needs)} {'will' if tone is Tone.BAD else 'may'} fail"


def _writes(some: Sequence[Needs], needs: Sequence[Needs]) -> str:
    """Some of the writes, as the subject of a sentence."""
    nouns = {one.noun for one in some}
    noun = nouns.pop() if len(nouns) == 1 else "write"
    if len(needs) == 1:
        return f"the {noun}"
    if len(some) == len(needs):
        return f"every {noun}"
    return f"the {noun} of {first_of(one.target.name for one in some)}"
