"""One history: an operation, the faults while it runs, the programs that resume it, and the checks at its end."""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import AsyncHttpTransport

from tests.simulation.alterations import Alteration, Altering, drawn
from tests.simulation.wire import Script, Wire
from tests.support.faulty_journal import FAILURES, FaultyJournal
from tests.support.programs import Place, Program
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.cloud.connection import network_transport
from tui.cloud.network import Network
from tui.cloud.profile import profile_from
from tui.domain.azure_grants import AzureGrants
from tui.domain.edit import ComputeEdit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Failed, Operation, Succeeded
from tui.domain.plan import Detachment, Request
from tui.domain.ports import Clock
from tui.domain.role_change import RoleChange
from tui.domain.roles import RoleScope
from tui.domain.workspaces import SynapseWorkspace
from tui.operations import recorder
from tui.operations.service import Operations
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import Faults

ANSWER_SECONDS = 0.15
"""The longest wait for a response, in real seconds."""
ROUNDS = 4
DAY = 86_400.0

PUT = ("PUT", r"/computes/[^/]+$")
DELETE = ("DELETE", r"/computes/[^/]+$")
READ = ("GET", r"/computes/[^/]+$")
POLL = ("GET", r"/computeOperations(Status|Results)/")
POOL_PUT = ("PUT", r"/bigDataPools/[^/]+$")
POOL_READ = ("GET", r"/bigDataPools/[^/]+$")
POOL_POLL = ("GET", r"/operation(Statuses|Results)/")
IDENTITY_PUT = ("PUT", r"/userAssignedIdentities/[^/]+$")
IDENTITY_READ = ("GET", r"/userAssignedIdentities/[^/]+$")
GRANT = ("PUT", r"/roleAssignments/")
REMOVAL = ("DELETE", r"/roleAssignments/")
ROLES = ("GET", r"/roleAssignments")
OTHERS = ("GET", r"/(bigDataPools|workspaces|userAssignedIdentities)(/[^/]+)?$")

KINDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "attachment": (PUT, READ, POLL),
    "chain": (PUT, READ, POLL, GRANT, ROLES, OTHERS),
    "detachment": (DELETE, READ, POLL),
    "detachment_with_roles": (DELETE, READ, POLL, REMOVAL, ROLES),
    "change": (PUT, READ, POLL),
    "move": (PUT, READ, POLL, GRANT, REMOVAL, ROLES),
    "pool_change": (POOL_PUT, POOL_READ, POOL_POLL),
    "pool_creation": (POOL_PUT, POOL_READ, POOL_POLL, OTHERS),
    "identity_creation": (IDENTITY_PUT, IDENTITY_READ),
    "roles": (GRANT, REMOVAL, ROLES),
    "storage_grants": (GRANT, ROLES),
}
_WRITTEN = r"/(?:computes|bigDataPools|userAssignedIdentities)/"
_RAW_WORDS = re.compile(r"Traceback|\bNoneType\b|object at 0x|<class|aiohttp|Errno|\[SSL|JSONDecode|Exception\(")


class VirtualTransport(AsyncHttpTransport[Any, Any]):
    """The product's network transport, with waits in virtual time.

    Args:
        inner: The transport.
        clock: Virtual time.
    """

    def __init__(self, inner: AsyncHttpTransport[Any, Any], clock: Clock) -> None:
        self._inner = inner
        self._clock = clock

    async def send(self, request: Any, **config: Any) -> Any:
        return await self._inner.send(request, **config)

    async def sleep(self, duration: float) -> None:
        await self._clock.sleep(duration)

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._inner.__aexit__(exc_type, exc_value, traceback)


class Tokens:
    """A credential that fails once.

    Args:
        at: At which token, counted from 0; -1 for never.
        error: The error that it raises then.
        now: Returns the time, in seconds since the epoch.
    """

    def __init__(self, at: int, error: Exception, now: Callable[[], float]) -> None:
        self._left = at
        self._error = error
        self._now = now

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self._left -= 1
        if self._left == -1:
            raise self._error
        # Expires at once, so that each request asks for a new token.
        return AccessToken("token", int(self._now()) + 1)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@dataclass
class History:
    """A history that is drawn from a seed.

    Attributes:
        seed: The seed.
        kind: The operation: a member of `tests.support.programs.Place`.
        alterations: What goes wrong with responses.
        dies_at: At which record the program dies; -1 for never.
        keeps: Whether that record is kept.
        jump: By how many seconds Azure's clock is set while it runs; 0 for none.
        token_fails_at: At which token the sign-in fails; -1 for never.
        rival: Whether another program begins the same operation at the same time.
        journal_fails: How the journal fails, at which of its writes, and for how many; None if it does not.
    """

    seed: int
    kind: str
    alterations: tuple[Alteration, ...]
    dies_at: int
    keeps: bool
    jump: float
    token_fails_at: int
    rival: bool
    journal_fails: tuple[str, int, int] | None = None

    @classmethod
    def of(cls, seed: int) -> "History":
        """The history of a seed."""
        source = random.Random(seed)  # noqa: S311 - a history must be repeatable, not secret
        kind = source.choice(sorted(KINDS))
        documents = list(Sandbox().world.computes)
        alterations = tuple(
            drawn(source, source.choice(KINDS[kind]), source.choice((0, 0, 0, 0, 1, 1, 2)), documents)
            for _ in range(source.choice((1, 1, 1, 2, 2, 3)))
        )
        return cls(
            seed,
            kind,
            alterations,
            source.randint(0, 14) if source.random() < 0.35 else -1,
            source.random() < 0.5,
            source.choice((-400 * DAY, -3600.0, 3600.0, 400 * DAY)) if source.random() < 0.1 else 0.0,
            source.randint(2, 8) if source.random() < 0.15 else -1,
            source.random() < 0.15,
            (source.choice(sorted(FAILURES)), source.randint(0, 12), source.choice((1, 2, 5, -1)))
            if source.random() < 0.15
            else None,
        )

    def __str__(self) -> str:
        parts = [f"seed {self.seed}: {self.kind}", *map(str, self.alterations)]
        if self.dies_at >= 0:
            parts.append(f"dies at record {self.dies_at}, {'kept' if self.keeps else 'not kept'}")
        if self.jump:
            parts.append(f"clock set by {self.jump:.0f} s")
        if self.token_fails_at >= 0:
            parts.append(f"token {self.token_fails_at} fails")
        if self.rival:
            parts.append("a rival program")
        if self.journal_fails is not None:
            how, at, lasts = self.journal_fails
            parts.append(f"the journal is {how} from write {at}, for {lasts if lasts > 0 else 'all that follow'}")
        return "; ".join(parts)


class WirePlace(Place):
    """A state folder and a simulated Azure that is reached over HTTP and TLS.

    Args:
        folder: The state folder.
        wire: The server.
        history: What goes wrong.
    """

    def __init__(self, folder: Path, wire: Wire, history: History) -> None:
        super().__init__(folder)
        self.wire = wire
        self.history = history
        self.is_altered = False
        wire.box = self.box
        wire.script = Script()
        self._profile = profile_from(
            "Box",
            {
                "authority": wire.address,
                "resource_manager": wire.address,
                "scope": f"{wire.address}/.default",
            },
        )

    def connect(self) -> AzureCloud:
        network = Network(str(self.wire.ca_file), "--ca-file", read_seconds=ANSWER_SECONDS)
        errors: tuple[Exception, ...] = (
            ClientAuthenticationError("AADSTS70043: The refresh token has expired."),
            KeyError("access_token"),
            ValueError("not a token"),
            OSError(5, "Input/output error"),
        )
        fails_at = self.history.token_fails_at if self.is_altered else -1
        error = errors[self.history.seed % len(errors)]
        credential = Tokens(fails_at, error, lambda: self.clock.now().timestamp())
        transport = VirtualTransport(network_transport(network), self.clock)
        return AzureCloud(credential, transport=transport, profile=self._profile, caller=ANA, jitter=lambda: 0.0)

    @contextmanager
    def first_program(self) -> Iterator[Program]:
        """The program that begins the operation: it dies, or its journal fails, as the history says."""
        if self.history.journal_fails is None:
            with self.program(self.history.dies_at, kept=self.history.keeps) as program:
                yield program
            return
        how, at, lasts = self.history.journal_fails
        program = Program(self)

        fails = FAILURES[how](self.folder)

        def journal() -> FaultyJournal:
            return FaultyJournal(self.folder, fails, at, lasts=lasts, is_killed=False, die=program._die)

        program.operations = Operations(self.connect, self.clock, journal)
        program.operations.listen(program._tell)
        program.operations.start()
        try:
            yield program
        finally:
            program.operations.stop()
            fails.end(None)

    @contextmanager
    def altered(self) -> Iterator[None]:
        """Alter responses until the context ends."""
        self.is_altered = True
        self.wire.script = Altering(self.history.alterations)
        if self.history.jump:
            self.box.faults = Faults()
            self.clock.jump(self.history.jump)
        try:
            yield
        finally:
            self.is_altered = False
            self.wire.script = Script()


@dataclass
class Outcome:
    """The outcome of a history.

    Attributes:
        history: The history.
        wrong: What went wrong, one sentence each.
        operation: The operation as the last program knew it; None if it was never recorded.
        rounds: How many programs it took.
    """

    history: History
    wrong: list[str] = field(default_factory=list)
    operation: Operation | None = None
    rounds: int = 1


@contextmanager
def hurried() -> Iterator[None]:
    """Shorten all waits for the journal until the context ends."""
    names = {"_PATIENCE_SECONDS": 0.02, "_PASSING_SECONDS": 0.0, "_PAUSE_SECONDS": 0.005, "_RETRY_SECONDS": 0.01}
    before = {name: getattr(recorder, name) for name in names}
    vars(recorder).update(names)
    try:
        yield
    finally:
        vars(recorder).update(before)


def run(history: History, folder: Path, wire: Wire) -> Outcome:
    """Run a history and check its outcome."""
    outcome = Outcome(history)
    place = WirePlace(folder, wire, history)
    wanted = getattr(place, history.kind)
    request = _on_the_wire(wanted() if callable(wanted) else wanted, wire)
    place.box.log.clear()
    place.box.accepted.clear()
    before = _resources(place)
    with place.altered(), place.first_program() as program:
        if history.rival:
            place.clock.hold()
        operation = program.begin(request)
        if history.rival:
            program.wait_until(lambda: place.clock.waiting > 0 or program.died or _ended(program, operation))
            _check_rival(place, request, outcome)
            place.clock.release()
        program.wait_until(lambda: program.died or _ended(program, operation))
        outcome.operation = program.one(operation.id)
        _check_words(outcome)
    while outcome.rounds < ROUNDS and not _is_settled(outcome.operation):
        outcome.rounds += 1
        with place.program() as program:
            known = program.recalled()
            left = [one for one in known if program.operations.why_not_resumed(one) is None]
            for one in left:
                program.operations.resume(one)
                program.wait_until(partial(_ended_again, program, one))
            outcome.operation = program.one(known[0].id) if known else None
            _check_words(outcome)
        if not left:
            break
    _check(place, request, before, outcome)
    return outcome


def _on_the_wire(request: Request, wire: Wire) -> Request:
    """A request whose Synapse workspace is reached through the server."""

    def moved(synapse: SynapseWorkspace) -> SynapseWorkspace:
        return replace(synapse, dev_endpoint=f"{wire.address}/synapse/{synapse.name}")

    if isinstance(request, RoleChange):
        return replace(request, synapse=moved(request.synapse))
    if isinstance(request, ComputeEdit) and request.move is not None:
        return replace(request, move=replace(request.move, synapse=moved(request.move.synapse)))
    if isinstance(request, Detachment) and request.roles is not None:
        return replace(request, roles=replace(request.roles, synapse=moved(request.roles.synapse)))
    return request


def _ended(program: Program, operation: Operation) -> bool:
    return program.one(operation.id).end is not None


def _ended_again(program: Program, operation: Operation) -> bool:
    known = program.one(operation.id)
    return known.end is not None and len(known.events) > len(operation.events)


def _is_settled(operation: Operation | None) -> bool:
    return operation is not None and operation.end is not None and not operation.is_open


def _check_rival(place: WirePlace, request: Request, outcome: Outcome) -> None:
    """Check that a second program cannot repeat the write of the first."""
    if place.clock.waiting == 0:
        return
    sent = len(place.box.accepted)
    with place.program() as rival:
        try:
            operation = rival.begin(request)
        except (Problem, AssertionError):
            return
        rival.wait_until(lambda: _ended(rival, operation) or place.clock.waiting > 1)
        end = rival.one(operation.id).end
        if len(place.box.accepted) > sent:
            outcome.wrong.append("a second program wrote the same")
        if not isinstance(end, Failed):
            outcome.wrong.append(f"a second program was not refused: {end}")


def _check_words(outcome: Outcome) -> None:
    """Check that no message contains a library's words, and that no failure is reported as the program's fault."""
    end = outcome.operation.end if outcome.operation is not None else None
    if not isinstance(end, Failed):
        return
    problem = end.problem
    if problem.kind is ProblemKind.INTERNAL:
        outcome.wrong.append(f"told as a fault of the program: {problem.cause}")
    for words in (problem.title, problem.cause, problem.advice):
        if words and _RAW_WORDS.search(words):
            outcome.wrong.append(f"a library's words: {words}")


def _check(place: WirePlace, request: Request, before: set[str], outcome: Outcome) -> None:
    operation, kind = outcome.operation, outcome.history.kind
    computes = [one for one in place.box.accepted if re.search(_WRITTEN, one.url)]
    names = {re.split(_WRITTEN, one.url)[-1].partition("?")[0] for one in computes}
    target = request.target.name if hasattr(request, "target") else request.id.name
    if len(computes) > 1:
        outcome.wrong.append(f"{len(computes)} writes of one resource: {[one.method for one in computes]}")
    if kind != "roles" and names - {target}:
        outcome.wrong.append(f"wrote {names - {target}} and not {target}")
    wanted = len(request.grants) if isinstance(request, AzureGrants) else 1
    if len(set(place.grant_ids)) > wanted:
        outcome.wrong.append(f"{len(set(place.grant_ids))} different grants for {wanted}")
    untouched = _resources(place) ^ before
    if any(arm_id.rpartition("/")[2] != target for arm_id in untouched):
        outcome.wrong.append("another resource came or went")
    if operation is None:
        if computes or place.grant_ids:
            outcome.wrong.append("something was written of which no record is left")
        return
    if not _is_settled(operation):
        outcome.wrong.append(f"not settled after {outcome.rounds} programs: {operation.status}, {_told(operation)}")
        return
    done = _is_done(place, kind, request)
    if isinstance(operation.end, Succeeded) and not done:
        outcome.wrong.append("told as done, and it is not")
    if isinstance(operation.end, Failed) and done:
        outcome.wrong.append(
            f"told as failed, and it is done: {operation.end.problem.title} {operation.end.problem.cause}"
        )


def _resources(place: WirePlace) -> set[str]:
    """The ids of all computes, Spark pools and identities."""
    world = place.box.world
    return {document["id"] for document in (*world.computes, *world.spark_pools, *world.identities)}


def _told(operation: Operation) -> str:
    end = operation.end
    return f"{end.problem.title} {end.problem.cause}" if isinstance(end, Failed) else str(type(end).__name__)


def _is_done(place: WirePlace, kind: str, request: Any) -> bool:
    """Whether Azure is in the requested state."""
    world = place.box.world
    held = {assignment["id"] for assignment in world.roles.of("syn-prod")}
    if kind in ("roles", "storage_grants"):
        held |= {one["name"] for one in world.azure_roles}
        removed = {removal.assignment.id for removal in getattr(request, "removals", ())}
        return {grant.id for grant in request.grants} <= held and not removed & held
    if kind in ("pool_change", "pool_creation", "identity_creation"):
        identity, pool = world.identities.get(str(request.id)), world.spark_pools.get(str(request.id))
        return _is_pool_done(pool, kind) if identity is None else bool(identity["tags"] == request.tags)
    compute = world.computes.get(str(request.id if hasattr(request, "id") else request.target))
    if isinstance(request, Detachment):
        removals = request.roles.removals if request.roles is not None else ()
        return compute is None and not held & {removal.assignment.id for removal in removals}
    if compute is None or compute["properties"]["provisioningState"] != "Succeeded":
        return False
    if kind == "change":
        return bool(compute["tags"].get("owner") == "ana")
    identity = compute.get("identity") or {}
    is_asked_for = identity.get("type") == "SystemAssigned"
    return is_asked_for and (kind == "attachment" or identity["principalId"] in _holders(place, request))


def _is_pool_done(pool: Mapping[str, Any] | None, kind: str) -> bool:
    if pool is None or pool["properties"]["provisioningState"] != "Succeeded":
        return False
    return kind == "pool_creation" or pool["properties"]["autoPause"] == {"enabled": True, "delayInMinutes": 45}


def _holders(place: WirePlace, request: Any) -> set[str]:
    pool = request.pool if hasattr(request, "pool") else request.compute.attached_to
    scope = str(RoleScope.of_pool(pool))
    return {one["principalId"] for one in place.box.world.roles.of("syn-prod") if one["scope"] == scope}
