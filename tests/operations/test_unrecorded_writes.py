"""A write without a durable record is not sent; operations that run while the journal fails are recorded later."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest

from tests.support.faulty_journal import FAILURES, FaultyJournal
from tests.support.patience import PATIENCE_SECONDS
from tests.support.programs import Place, Program
from tests.support.sampling import WHOLE
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.domain.errors import Problem
from tui.domain.operation import Failed, Operation, Progress, Succeeded
from tui.domain.plan import Request
from tui.operations.journal import Journal
from tui.operations.journal_file import JOURNAL_NAME
from tui.operations.service import Operations
from tui.sandbox.transport import SandboxCredential, SandboxTransport

_SHARE = 5
"""One in so many cases is tried."""

_KINDS: dict[str, tuple[Callable[[Place], Request], tuple[int, int, int]]] = {
    # The request, and the writes of computes, the grants and the removals that it takes.
    "attach": (lambda place: place.attachment, (1, 0, 0)),
    "chain": (lambda place: place.chain, (1, 1, 0)),
    "change": (lambda place: place.change(), (1, 0, 0)),
    "move": (lambda place: place.move(), (1, 1, 0)),
    "roles": (lambda place: place.roles(), (0, 1, 1)),
    "detach": (lambda place: place.detachment(), (1, 0, 0)),
}
_ANNOUNCED = {
    ("PUT", "/computes/"): "sending",
    ("DELETE", "/computes/"): "sending",
    ("PUT", "/roleAssignments/"): "granting",
    ("DELETE", "/roleAssignments/"): "removing",
}
"""The status that must be on disk when a write arrives."""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten all waits for the journal."""
    for name, seconds in (("PATIENCE", 0.02), ("PASSING", 0.0), ("PAUSE", 0.005), ("RETRY", 0.01)):
        monkeypatch.setattr(f"tui.operations.recorder._{name}_SECONDS", seconds)


class _Witness(SandboxTransport):
    """Notes each write that reaches Azure before the journal has announced it."""

    def __init__(self, place: "_Scene") -> None:
        super().__init__(place.box)
        self._scene = place

    async def send(self, request: Any, **kwargs: Any) -> Any:
        for (method, part), status in _ANNOUNCED.items():
            if request.method == method and part in request.url:
                with closing(sqlite3.connect(self._scene.folder / JOURNAL_NAME)) as journal:
                    rows = journal.execute("SELECT event FROM events").fetchall()
                if not any(json.loads(row).get("status") == status for (row,) in rows):
                    self._scene.unrecorded.append(f"{request.method} {request.url}")
        return await super().send(request, **kwargs)


class _Scene(Place):
    """A place that compares each write with the journal on disk when it arrives."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.unrecorded: list[str] = []

    def connect(self) -> AzureCloud:
        return AzureCloud(SandboxCredential(), transport=_Witness(self), caller=ANA)

    @contextmanager
    def with_journal(self, make: Callable[[Program], Journal]) -> Iterator[Program]:
        """A program with its own journal."""
        program = Program(self)
        program.operations = Operations(self.connect, self.clock, lambda: make(program))
        program.operations.listen(program._tell)
        program.operations.start()
        try:
            yield program
        finally:
            program.operations.stop()

    @property
    def sent(self) -> tuple[int, int, int]:
        """How many writes of computes, grants and removals Azure has seen."""
        return len(self.writes), len(self.grant_ids), self.removals


def _faulty(
    scene: _Scene, failure: str, at: int, made: list[FaultyJournal], *, lasts: int = -1, is_killed: bool = False
) -> Callable[[Program], Journal]:
    """A factory for a journal that begins to fail at one of its writes; it adds the journal to `made`."""

    def make(program: Program) -> Journal:
        fails = FAILURES[failure](scene.folder)
        made.append(FaultyJournal(scene.folder, fails, at, lasts=lasts, is_killed=is_killed, die=program._die))
        return made[-1]

    return make


def _is_true(scene: _Scene, operation: Operation, before: tuple[int, int, int]) -> bool:
    """Whether what the end of an operation says about unsent writes is true."""
    end = operation.end
    if not isinstance(end, Failed):
        return True
    said = f"{end.problem.title} {end.problem.advice}"
    if "Nothing was sent." in said:
        return scene.sent == before
    return "This grant was not sent." in said or "This removal was not sent." in said or "was not sent." in said


def _in_the_end(scene: _Scene, operation_id: int) -> Operation | None:
    """The operation as a second program with a working journal ends it; None if it is not recorded."""
    with scene.program() as second:
        found = next((one for one in second.recalled() if one.id == operation_id), None)
        if found is None:
            return None
        if found.end is None:
            assert found.is_interrupted
            assert second.operations.resume(found)
        return second.wait_for(operation_id)


def _wait_until_it_works(operations: Operations) -> None:
    works = threading.Event()
    operations.recall(lambda: None if operations.journal_problem else works.set())
    assert works.wait(PATIENCE_SECONDS)


def _cases(kind: str, failure: str) -> Iterator[tuple[int, bool]]:
    """At which write the journal begins to fail, and whether the program is killed at the next event or at its end."""
    share = (list(_KINDS).index(kind) + list(FAILURES).index(failure)) % _SHARE
    for at in count():
        for is_killed in (False, True):
            if WHOLE or (2 * at + is_killed) % _SHARE == share:
                yield at, is_killed


@pytest.mark.parametrize("failure", list(FAILURES))
@pytest.mark.parametrize("kind", list(_KINDS))
def test_a_write_is_sent_once_or_reported_as_unsent_whenever_the_journal_begins_to_fail(
    kind: str, failure: str, tmp_path: Path
) -> None:
    ask, wanted = _KINDS[kind]
    for at, is_killed in _cases(kind, failure):
        case = (at, is_killed)
        scene = _Scene(tmp_path / f"{at}-{is_killed}")
        request = ask(scene)
        before = scene.sent
        made: list[FaultyJournal] = []
        with scene.with_journal(_faulty(scene, failure, at, made, is_killed=is_killed)) as first:
            operation = first.begin(request)
            first.wait_for_death()
            known = first.one(operation.id)
            assert _is_true(scene, known, before), (case, known.end)
            made[0].kill()
        assert scene.unrecorded == [], case
        done = _in_the_end(scene, operation.id)
        assert scene.unrecorded == [], case
        assert all(sent <= most for sent, most in zip(scene.sent, wanted, strict=True)), (case, scene.sent)
        if done is None:
            assert scene.sent == before, case
        elif isinstance(done.end, Succeeded):
            assert scene.sent == wanted, (case, scene.sent)
        else:
            assert not is_killed, (case, done.end)
            assert _is_true(scene, done, before), (case, done.end)
        if not made[0].has_failed:
            break
    assert at >= 4


@pytest.mark.parametrize("failure", list(FAILURES))
@pytest.mark.parametrize("kind", list(_KINDS))
def test_an_operation_that_ran_while_the_journal_failed_is_recorded_afterwards(
    kind: str, failure: str, tmp_path: Path
) -> None:
    ask, wanted = _KINDS[kind]
    share = (list(_KINDS).index(kind) + list(FAILURES).index(failure)) % _SHARE
    for at in count() if WHOLE else count(share, _SHARE):
        scene = _Scene(tmp_path / str(at))
        request, made = ask(scene), list[FaultyJournal]()
        with scene.with_journal(_faulty(scene, failure, at, made, lasts=2)) as program:
            known = program.wait_for(program.begin(request).id)
            assert _is_true(scene, known, (0, 0, 0)), (at, known.end)
            _wait_until_it_works(program.operations)
        assert scene.unrecorded == []
        with closing(Journal(scene.folder)) as journal:
            (kept,) = journal.load()
        told = [one.status if isinstance(one, Progress) else type(one).__name__ for one in known.events]
        recorded = [one.status if isinstance(one, Progress) else type(one).__name__ for one in kept.events]
        assert recorded == told, at
        if isinstance(kept.end, Succeeded):
            assert scene.sent == wanted
        if not made[0].has_failed:
            break


@pytest.mark.parametrize("failure", list(FAILURES))
@pytest.mark.parametrize("kind", list(_KINDS))
def test_a_resumed_operation_writes_once_whenever_the_journal_begins_to_fail(
    kind: str, failure: str, tmp_path: Path
) -> None:
    ask, wanted = _KINDS[kind]
    for boundary, (at, is_killed) in zip(cycle(range(1, 6)), _cases(kind, failure), strict=False):
        case = (boundary, at, is_killed)
        scene = _Scene(tmp_path / f"{at}-{is_killed}")
        request = ask(scene)
        with scene.program(boundary) as dead:
            operation = dead.begin(request)
            assert dead.wait_for_death()
        before = scene.sent
        made: list[FaultyJournal] = []
        with scene.with_journal(_faulty(scene, failure, at, made, is_killed=is_killed)) as second:
            (left,) = second.recalled()
            refusals: list[Problem] = []
            assert second.operations.resume(left, (), refusals.append)
            _wait_for_end(second, operation.id, refusals)
            known = second.one(operation.id)
            if refusals:
                assert (known.end, scene.sent) == (None, before), case
            assert _is_true(scene, known, before), (case, known.end)
            made[0].kill()
        done = _in_the_end(scene, operation.id)
        assert scene.unrecorded == [], case
        assert done is not None, case
        assert all(sent <= most for sent, most in zip(scene.sent, wanted, strict=True)), (case, scene.sent)
        if isinstance(done.end, Succeeded):
            assert scene.sent == wanted, (case, scene.sent)
        else:
            assert not is_killed, (case, done.end)
            assert _is_true(scene, done, before), (case, done.end)
        if not made[0].has_failed:
            break


def _wait_for_end(program: Program, operation_id: int, refusals: list[Problem]) -> None:
    """Return when the resumed operation has ended or was refused, or its program has died."""

    def is_over() -> bool:
        return program.died or bool(refusals) or isinstance(program.one(operation_id).end, Failed | Succeeded)

    deadline = time.monotonic() + PATIENCE_SECONDS
    with program.changed:
        # A refusal sends no notification.
        while not is_over():
            assert time.monotonic() < deadline, program.one(operation_id)
            program.changed.wait(0.01)
