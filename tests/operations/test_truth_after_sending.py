"""After a write was sent, no reported outcome contradicts Azure, and nothing is sent twice.

The cells combine each kind of operation, each of its requests from the write on, and each alteration of a response.
A share of them, drawn from a seed that failures print, runs each time, or all: see `tests/support/sampling.py`.
"""

import asyncio
import json
import os
import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError

from tests.support.altered import KINDS, Alter, Bench, Raising, is_true
from tests.support.sampling import WHOLE
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Failed
from tui.domain.pool_creation import PoolCreation
from tui.sandbox.faults import Outcome, Rule
from tui.sandbox.http import Response

pytestmark = pytest.mark.unspecified("what Azure says here is altered on purpose")

SHARE, SHARE_OF_ERRORS = 0.015, 0.025
SEED = int(os.environ.get("SPARKPOOL_TRUTH_SEED", "20261123"))

ABSURD = (
    "0",
    "-1",
    "7",
    "1000000000",
    "999999999999",
    "9" * 400,
    "1e9",
    "nan",
    "Fri, 31 Dec 2099 23:59:59 GMT",
    "\u0663",
)
ADDRESSES = (
    "",
    "https://[::1",
    "https://management.azure.com:99999999/subscriptions",
    "https://elsewhere.example/subscriptions",
    "http://management.azure.com/subscriptions",
    "/subscriptions/relative",
    "https://management.azure.com/subscriptions/nowhere",
    "\x00",
)
HEADERS: dict[str, tuple[str, ...]] = {
    "Retry-After": ABSURD,
    "Azure-AsyncOperation": ADDRESSES,
    "Location": ADDRESSES,
    "Date": ("", "yesterday", "Fri, 31 Dec 9999 23:59:59 GMT"),
    "Content-Type": ("text/html; charset=utf-7", "application/json; charset=nonsense", ""),
    "x-ms-ratelimit-remaining-subscription-writes": ("9" * 50, "-1", "x"),
}
BODIES = (
    b"",
    b"null",
    b"[]",
    b"7",
    b'"x"',
    b"{",
    b"{}",
    b"\xff\xfe\x00",
    b"<html><body>Welcome</body></html>",
    b"[" * 5000,
    b'{"error": {"message": "No."}}',
    b'{"title": "No.", "errors": {"name": ["Reserved."]}}',
)
VALUES: tuple[Any, ...] = (None, "", "x", 0, -1, 1e308, True, [], {}, ["x"], {"x": 1})
CODED = json.dumps({"error": {"code": "SomeCode", "message": "No."}}).encode()
REFUSALS = {f"status {status} {CODED[:8]!r}" for status in (*range(400, 500), 503)} - {
    f"status {status} {CODED[:8]!r}" for status in (408, 425, 499)
}
"""What Azure itself does not say about an accepted write."""

ERRORS: tuple[Callable[[], BaseException], ...] = (
    lambda: zlib.error("incorrect header check"),
    lambda: OverflowError("date value out of range"),
    lambda: KeyError("access_token"),
    lambda: ValueError("Invalid IPv6 URL"),
    RecursionError,
    MemoryError,
    TimeoutError,
    asyncio.CancelledError,
    lambda: ExceptionGroup("several", [OSError(5, "Input/output error"), ValueError()]),
    lambda: ConnectionResetError(104, "reset"),
    AssertionError,
    StopAsyncIteration,
    lambda: Problem(ProblemKind.SERVICE, "It failed."),
    lambda: Problem(ProblemKind.REFUSED, "It was refused."),
    type("Nobody", (Exception,), {}),
)


def changed(answer: Response, **members: Any) -> Response:
    return answer._replace(**members)


def with_header(name: str, value: str, answer: Response) -> Response:
    kept = {key: one for key, one in answer.headers.items() if key.lower() != name.lower()}
    return changed(answer, headers={**kept, name: value})


def without_headers(answer: Response) -> Response:
    return changed(answer, headers={})


def with_value(number: int, value: Any, answer: Response) -> Response:
    """The response with one value of its body replaced; values are counted depth first."""
    try:
        document = json.loads(answer.body)
    except ValueError:
        return answer
    places = list(_places(document))
    if not places:
        return answer
    holder, key = places[number % len(places)]
    holder[key] = value
    return changed(answer, body=json.dumps(document).encode())


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    keys: Iterable[tuple[Any, Any]]
    keys = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in list(keys):
        if key == "principalId":
            continue  # only Azure can know the principal that it created
        yield document, key
        yield from _places(value)


def alterations() -> Iterator[tuple[str, Alter]]:
    """Every alteration of a response, with its name."""
    for status in HTTPStatus:
        yield f"status {status.value}", partial(changed, status=status.value)
        for body in (b"", CODED, b"<html></html>"):
            yield f"status {status.value} {body[:8]!r}", partial(changed, status=status.value, headers={}, body=body)
    for name, values in HEADERS.items():
        for value in values:
            yield f"{name}: {value[:40]!r}", partial(with_header, name, value)
    yield "no headers", without_headers
    for body in BODIES:
        yield f"body {body[:20]!r}", partial(changed, body=body)
    for word in ("Succeeded", "Failed", "Canceled", "Deleting", "Pondering"):
        yield f"state {word}", partial(changed, body=json.dumps({"status": word}).encode())
    for number in range(24):
        for value in VALUES:
            yield f"value {number} {value!r}", partial(with_value, number, value)


def requests_of(kind: str) -> int:
    """The number of requests that an operation sends from its write on."""
    bench = Bench()
    with bench.operations() as operations:
        bench.run(operations, KINDS[kind].request(bench))
    return len(bench.transport.seen)


def points_of(kind: str) -> int:
    """The number of points at which an operation awaits Azure."""
    bench = Bench()
    raising = Raising(bench.connect())
    bench.connect_as = lambda: raising
    with bench.operations() as operations:
        bench.run(operations, KINDS[kind].request(bench))
    return raising.points


def _same(azure: Raising) -> Raising:
    return azure


def drawn(cells: list[Any], name: str, share: float) -> list[Any]:
    """A random share of the cells, drawn from the seed."""
    chance = random.Random(f"{SEED} {name}")  # noqa: S311 - a draw that can be repeated
    return [cell for cell in cells if WHOLE or chance.random() < share]


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_altered_response_leads_to_an_outcome_that_contradicts_azure(kind: str) -> None:
    cells = [
        (at, name, alter, is_acted)
        for at in range(requests_of(kind))
        for name, alter in alterations()
        for is_acted in ((True, False) if at == 0 else (True,))
    ]
    wrong = []
    for at, name, alter, is_acted in drawn(cells, kind, SHARE):
        if is_acted and name in REFUSALS:
            continue
        bench = Bench()
        bench.transport.at, bench.transport.alter, bench.transport.is_acted = at, alter, is_acted
        with bench.operations() as operations:

            def heal(transport: Any = bench.transport) -> None:
                transport.at = None

            operation = bench.run(operations, KINDS[kind].request(bench))
            if why := is_true(kind, bench, operations, operation, heal):
                wrong.append(f"request {at}, {name}, {'acted' if is_acted else 'not acted'}: {why}")
    assert not wrong, f"seed {SEED}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_exception_at_any_await_leads_to_an_outcome_that_contradicts_azure(kind: str) -> None:
    cells = [(at, make) for at in range(points_of(kind)) for make in ERRORS]
    wrong = []
    for at, make in drawn(cells, f"raise {kind}", SHARE_OF_ERRORS):
        bench = Bench()
        raising = Raising(bench.connect(), at, make)
        bench.connect_as = partial(_same, raising)
        with bench.operations() as operations:
            operation = bench.run(operations, KINDS[kind].request(bench))
            if why := is_true(kind, bench, operations, operation, lambda: None):
                wrong.append(f"await {at}, {make()!r}: {why}")
    assert not wrong, f"seed {SEED}:\n" + "\n".join(wrong)


# A Spark pool whose answer is lost: it has no time of its last write, so its document is the only trace.


def lost(_: Response) -> Response:
    raise ServiceResponseError("reset")


def new_pool(creation: PoolCreation, **properties: Any) -> dict[str, Any]:
    """The document of the Spark pool that a creation asks for, with other properties; one that is None is absent."""
    document = creation.document()
    usual = {"provisioningState": "Succeeded", "lastSucceededTimestamp": "2026-11-23T08:00:00.0000000Z"}
    known = {**document["properties"], **usual, **properties}
    document["properties"] = {key: value for key, value in known.items() if value is not None}
    return {
        **document,
        "id": str(creation.id),
        "name": creation.name,
        "type": "Microsoft.Synapse/workspaces/bigDataPools",
    }


@pytest.mark.parametrize("kind", ["pool-change", "pool-creation"])
def test_a_spark_pool_whose_answer_is_lost_and_whose_write_fails_is_not_called_untouched(kind: str) -> None:
    bench = Bench()
    bench.box.faults.add(Rule(Outcome("Failed", "PoolFailed", "No capacity."), "PUT", "/bigDataPools/"))
    bench.transport.at, bench.transport.alter = 0, lost
    with bench.operations() as operations:
        operation = bench.run(operations, KINDS[kind].request(bench))
    assert isinstance(operation.end, Failed)
    assert (operation.end.problem.kind, operation.is_open) == (ProblemKind.FAILED, False)


def test_a_lost_request_for_a_spark_pool_whose_creation_had_failed_is_not_called_failed_there() -> None:
    bench = Bench()
    old = new_pool(bench.pool_creation, provisioningState="Failed", lastSucceededTimestamp=None)
    bench.box.world.spark_pools.put(old)
    bench.transport.at, bench.transport.alter, bench.transport.is_acted = 0, lost, False
    with bench.operations() as operations:
        operation = bench.run(operations, bench.pool_creation)
    assert isinstance(operation.end, Failed)
    assert (operation.end.problem.kind, operation.is_open) == (ProblemKind.CONNECTION, False)


OTHERS: dict[str, dict[str, Any]] = {
    "version": {"sparkVersion": "3.3"},
    "node size": {"nodeSize": "Large"},
    "nodes": {"autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 50}},
    "auto-pause": {"autoPause": {"enabled": False, "delayInMinutes": 15}},
    "tags": {},
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_spark_pool_of_someone_else_under_the_new_name_is_not_taken_for_the_requested_one(name: str) -> None:
    bench = Bench()

    asked = replace(bench.pool_creation, tags={"team": "data"})
    theirs = replace(asked, tags={"team": "theirs"} if name == "tags" else asked.tags)

    def overtaken(answer: Response) -> Response:
        bench.box.world.spark_pools.put(new_pool(theirs, **OTHERS[name]))
        return lost(answer)

    bench.transport.at, bench.transport.alter, bench.transport.is_acted = 0, overtaken, False
    with bench.operations() as operations:
        operation = bench.run(operations, asked)
    assert isinstance(operation.end, Failed)
    assert operation.end.problem.kind is ProblemKind.CHANGED
    assert operation.end.found is not None
