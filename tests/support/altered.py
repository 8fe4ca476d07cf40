"""A test bench: one operation on a simulated Azure whose responses are altered or whose client raises."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from concurrent.futures import wait
from contextlib import aclosing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from azure.core.rest import HttpRequest

from tests.support.jitter import even
from tests.support.patience import PATIENCE_SECONDS
from tests.support.programs import Place
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.cloud.mapping import compute_from, spark_pool_from
from tui.domain.compute import Compute
from tui.domain.operation import Failed, Operation, Succeeded
from tui.domain.plan import Plan, Request
from tui.domain.ports import Accepted, Polled, Report
from tui.domain.roles import RoleScope
from tui.domain.spark import SparkPool
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.sandbox.box import Sandbox
from tui.sandbox.http import Response
from tui.sandbox.transport import LegacySandboxResponse, SandboxCredential, SandboxResponse, SandboxTransport

LONGEST_SECONDS = 3600.0
"""The longest that an operation may take, in virtual seconds."""

CHANGES = ("PUT", "DELETE")

Alter = Callable[[Response], Response]


class Altering(SandboxTransport):
    """Alters the response to one request, counted from the first write.

    Attributes:
        at: The number of the request; None for none.
        alter: Alters its response.
        is_acted: Whether Azure still receives the request.
        seen: The methods of the requests from the first write on.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.at: int | None = None
        self.alter: Alter = lambda answer: answer
        self.is_acted = True
        self.seen: list[str] = []

    async def send(self, request: Any, **kwargs: Any) -> Any:
        """Send a request, and alter its response if it is the chosen one."""
        if not self.seen and request.method not in CHANGES:
            return await super().send(request, **kwargs)
        number = len(self.seen)
        self.seen.append(request.method)
        if number != self.at:
            return await super().send(request, **kwargs)
        if self.is_acted:
            answer: Any = await super().send(request, **kwargs)
            came = Response(answer.status_code, dict(answer.headers), answer.body())
            return type(answer)(request, self.alter(came))
        # An intermediary responds instead of Azure.
        made = self.alter(Response(200, {"Content-Type": "application/json"}, b'{"properties": {}}'))
        return (
            SandboxResponse(request, made) if isinstance(request, HttpRequest) else LegacySandboxResponse(request, made)
        )


class Raising:
    """Azure's port, which raises at one of the points where its caller awaits it.

    Args:
        azure: The real port.
        at: The number of the point, counted from the start; None for none.
        make: Makes the exception.
    """

    def __init__(self, azure: Any, at: int | None = None, make: Callable[[], BaseException] = RuntimeError) -> None:
        self._azure = azure
        self._at = at
        self._make = make
        self.points = 0

    def pinned(self) -> "Raising":
        return self

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._azure, name)
        if not callable(found):
            return found

        if name in ("put_compute", "put_spark_pool", "detach"):
            return partial(self._write, found)

        def call(*arguments: Any, **named: Any) -> Any:
            result = found(*arguments, **named)
            if isinstance(result, AsyncGenerator):
                return self._stream(result)
            return self._answer(result) if isinstance(result, Awaitable) else result

        return call

    async def _answer(self, result: Awaitable[Any]) -> Any:
        try:
            self._point()
        except BaseException:
            asyncio.ensure_future(result).cancel()
            raise
        answer = await result
        self._point()
        return answer

    async def _write(self, write: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        """Await a write, with a point before each of its reports."""
        raised: list[BaseException] = []

        def reporting(report: Report) -> Report:
            async def reported(answer: Accepted | Polled) -> None:
                try:
                    self._point()
                except BaseException as error:
                    raised.append(error)
                    raise
                await report(answer)

            return reported

        passed = [reporting(one) if callable(one) else one for one in arguments]
        try:
            return await self._answer(write(*passed))
        except BaseException:
            if raised:
                raise raised[0] from None  # not what the cloud layer turns it into
            raise

    async def _stream(self, stream: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
        async with aclosing(stream) as items:
            self._point()
            async for item in items:
                self._point()
                yield item
            self._point()

    def _point(self) -> None:
        self.points += 1
        if self.points - 1 == self._at:
            raise self._make()


class Kind(NamedTuple):
    """A kind of operation.

    Attributes:
        request: Makes the request.
        is_done: Whether the world matches the request.
    """

    request: Callable[["Bench"], Request]
    is_done: Callable[["Bench"], bool]


class Bench(Place):
    """One operation on a simulated Azure; nothing is written to disk.

    Attributes:
        transport: Carries the requests.
        connect_as: Makes the port that the operations use.
    """

    def __init__(self) -> None:
        super().__init__(Path("unused"))
        self.box = Sandbox(clock=self.clock, operation_seconds=3.0)
        self.transport = Altering(self.box)
        self.connect_as: Callable[[], Any] = self.connect
        self.changed = threading.Condition()

    def connect(self) -> AzureCloud:
        return AzureCloud(SandboxCredential(), transport=self.transport, caller=ANA, jitter=even)

    def compute(self, name: str) -> Compute:
        return compute_from(self.raw(name))

    def spark_pool(self) -> SparkPool:
        found = spark_pool_from(self.pool_document(self.pool.name))
        assert found is not None
        return found

    def pool_document(self, name: str) -> dict[str, Any]:
        """The document of a Spark pool in the world; empty if there is none."""
        return dict(self.box.world.spark_pools.get(f"{self.pool.parent}/bigDataPools/{name}") or {})

    def raw(self, name: str) -> dict[str, Any]:
        """The document of a compute in the world; empty if there is none."""
        return dict(self.box.world.computes.get(f"{self.workspace.id}/computes/{name}") or {})

    def is_at_rest(self, name: str) -> bool:
        properties = self.raw(name).get("properties") or {}
        return bool(properties.get("provisioningState") == "Succeeded")

    def principal(self, name: str) -> str:
        return str((self.raw(name).get("identity") or {}).get("principalId") or "-")

    def holds(self, principal: str, pool: str) -> bool:
        scope = str(RoleScope("syn-prod", "bigDataPools", pool)).lower()
        roles = self.box.world.roles.of("syn-prod")
        return any(one["principalId"] == principal and one["scope"].lower() == scope for one in roles)

    @property
    def repeated(self) -> list[tuple[str, str]]:
        """The writes that Azure has accepted more than once."""
        taken = Counter((one.method, one.url.partition("?")[0].lower()) for one in self.box.accepted)
        return [one for one, times in taken.items() if times > 1]

    @contextmanager
    def operations(self) -> Iterator[Operations]:
        operations = Operations(self.connect_as, self.clock, Journal)
        operations.listen(self._tell)
        operations.start()
        try:
            yield operations
        finally:
            self.clock.release()
            operations.stop()

    def _tell(self, _: Operation) -> None:
        with self.changed:
            self.changed.notify_all()

    def wait(self, operations: Operations, id_: int, condition: Callable[[Operation], bool]) -> Operation:
        """Wait until an operation meets a condition, and return it."""
        with self.changed:
            found = self.changed.wait_for(lambda: condition(operations.operation(id_)), PATIENCE_SECONDS)
        assert found, f"it hangs: {operations.operation(id_).events[-3:]}"
        return operations.operation(id_)

    def run(self, operations: Operations, request: Request) -> Operation:
        """Run a request, and return the operation when it has ended."""
        (begun,) = operations.apply(Plan.of([request]))
        assert isinstance(begun, Operation), begun
        return self.wait(operations, begun.id, lambda one: one.end is not None)

    def resumed(self, operations: Operations, operation: Operation) -> Operation:
        """Resume an open operation, and return it when it has ended again."""
        count = len(operation.events)
        wait([operations._watches[operation.id]], PATIENCE_SECONDS)
        assert operations.resume(operation), operations.why_not_resumed(operation)
        return self.wait(operations, operation.id, lambda one: one.end is not None and len(one.events) > count)


KINDS: dict[str, Kind] = {
    "attach": Kind(lambda bench: bench.attachment, lambda bench: bench.is_at_rest("adhoc")),
    "chain": Kind(
        lambda bench: bench.chain,
        lambda bench: bench.is_at_rest("adhoc") and bench.holds(bench.principal("adhoc"), "adhocpool"),
    ),
    "tags": Kind(
        lambda bench: bench.change("scoring"),
        lambda bench: bench.is_at_rest("scoring") and bench.raw("scoring").get("tags", {}).get("owner") == "ana",
    ),
    "move": Kind(
        lambda bench: bench.move("churn-old"),
        lambda bench: (
            bench.is_at_rest("churn-old")
            and (bench.raw("churn-old").get("identity") or {}).get("type") == "SystemAssigned"
            and bench.holds(bench.principal("churn-old"), bench.compute("churn-old").attached_to.name)  # type: ignore[union-attr]
        ),
    ),
    "detach": Kind(lambda bench: bench.detachment("etl-prod"), lambda bench: not bench.raw("etl-prod")),
    "pool-change": Kind(
        lambda bench: bench.pool_change(),
        lambda bench: (
            (bench.pool_document("adhocpool").get("properties") or {}).get("provisioningState") == "Succeeded"
            and bench.pool_document("adhocpool")["properties"]["autoPause"] == {"enabled": True, "delayInMinutes": 45}
        ),
    ),
    "pool-creation": Kind(
        lambda bench: bench.pool_creation,
        lambda bench: (bench.pool_document("newpool").get("properties") or {}).get("provisioningState") == "Succeeded",
    ),
    "identity-creation": Kind(
        lambda bench: bench.identity_creation,
        lambda bench: (
            (bench.box.world.identities.get(str(bench.identity_creation.id)) or {}).get("tags") == {"team": "data"}
        ),
    ),
    "roles": Kind(
        lambda bench: bench.roles(),
        lambda bench: (
            _names(bench, "adhocpool") >= {_identity(bench, 1)} and not bench.holds(_identity(bench, 0), "adhocpool")
        ),
    ),
}


def _identity(bench: Bench, number: int) -> str:
    return str(list(bench.box.world.identities)[number]["properties"]["principalId"])


def _names(bench: Bench, pool: str) -> set[str]:
    scope = str(RoleScope("syn-prod", "bigDataPools", pool)).lower()
    return {one["principalId"] for one in bench.box.world.roles.of("syn-prod") if one["scope"].lower() == scope}


def is_true(kind: str, bench: Bench, operations: Operations, operation: Operation, heal: Callable[[], None]) -> str:
    """Compare the end of an operation with the world, after resuming it while it is open.

    Args:
        kind: The kind of the operation, from `KINDS`.
        bench: The bench with the world.
        operations: The service that ran it.
        operation: The ended operation.
        heal: Removes all faults.

    Returns:
        A sentence that says what is wrong; empty if nothing is.
    """
    is_done = KINDS[kind].is_done
    if bench.clock.monotonic() > LONGEST_SECONDS:
        return f"it took {bench.clock.monotonic():.0f} s"
    heal()
    for _ in range(3):
        if isinstance(operation.end, Succeeded) and not is_done(bench):
            return "it is called done and is not"
        if isinstance(operation.end, Succeeded) or not operation.is_open:
            break
        bench.clock.advance(600)
        operation = bench.resumed(operations, operation)
    if operation.is_open:
        return f"it stays open: {operation.end}"
    bench.clock.advance(600)
    bench.box._operations.settle()
    if isinstance(operation.end, Failed) and is_done(bench):
        return f"it is done, and called failed: {operation.end.problem.report}"
    return f"written more than once: {bench.repeated}" if bench.repeated else ""
