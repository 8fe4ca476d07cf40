"""A temporarily unusable journal is used again, and nothing waits for it without need."""

import asyncio
import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support import samples
from tests.support.patience import PATIENCE_SECONDS
from tests.support.programs import Place, Program
from tests.support.screen import says, shown
from tests.ui.test_operations import leave, started
from tui.domain.errors import Problem
from tui.domain.operation import (
    MOST_EVENTS,
    Event,
    Failed,
    Operation,
    Progress,
    Started,
    Succeeded,
    Unwatched,
    Verb,
    Waited,
)
from tui.domain.plan import Plan
from tui.operations import journal_room
from tui.operations.journal import RUNS_NAME, Journal
from tui.operations.journal_file import JOURNAL_NAME
from tui.operations.journal_records import Numbered
from tui.operations.program_lock import ProgramLock
from tui.operations.recorder import Recorder
from tui.operations.resume_point import ResumePoint
from tui.state import remember_workspaces


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "state")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten all waits for the journal."""
    for name, seconds in (("PATIENCE", 0.02), ("PASSING", 0.0), ("PAUSE", 0.005), ("RETRY", 0.01)):
        monkeypatch.setattr(f"tui.operations.recorder._{name}_SECONDS", seconds)
    monkeypatch.setattr(Journal, "OPENING_SECONDS", 0.0)
    monkeypatch.setattr(Journal, "LOCK_SECONDS", 0.0)


@contextmanager
def _exclusive(place: Place) -> Iterator[None]:
    """Lock the journal so that no other program can even read it."""
    with closing(sqlite3.connect(place.folder / JOURNAL_NAME, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def _damaged(place: Place) -> Iterator[None]:
    good, bad = place.folder / "elsewhere.db", place.folder / JOURNAL_NAME
    bad.rename(good)
    bad.write_bytes(b"this is no database, and it is long enough to be read as one\n" * 20)
    yield
    good.replace(bad)


@contextmanager
def _not_a_folder(place: Place) -> Iterator[None]:
    aside = place.folder.with_name("aside")
    place.folder.rename(aside)
    place.folder.write_text("not a folder")
    yield
    place.folder.unlink()
    aside.rename(place.folder)


_AT_START = {"locked": _exclusive, "damaged": _damaged, "no folder": _not_a_folder}


def _until_it_works(program: Program, condition: Callable[[], bool] = lambda: True) -> None:
    works = threading.Event()
    operations = program.operations
    operations.recall(lambda: works.set() if not operations.journal_problem and condition() else None)
    assert works.wait(PATIENCE_SECONDS)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("way", list(_AT_START))
def test_a_journal_that_is_unusable_at_the_start_works_fully_once_it_is_available(way: str, place: Place) -> None:
    with place.program(3) as dead:
        left = dead.begin(place.attachment)
        assert dead.wait_for_death()
    place.box.log.clear()
    with place.program() as program:
        with _AT_START[way](place):
            assert program.recalled() == ()
            assert program.operations.journal_problem
            refused = program.wait_for(program.begin(place.chain).id)
            assert isinstance(refused.end, Failed)
            assert "Nothing was sent." in refused.end.problem.advice
            assert place.writes == []
        _until_it_works(program, lambda: any(one.is_interrupted for one in program.operations.operations()))
        assert program.one(left.id).is_interrupted
        with place.program() as other:
            busy = other.wait_for(other.begin(place.attachment).id)
            assert isinstance(busy.end, Failed)
        assert program.operations.resume(program.one(left.id))
        assert isinstance(program.wait_for(left.id).end, Succeeded)
    with closing(Journal(place.folder)) as journal:
        assert refused.id in {one.id for one in journal.load()}


@pytest.mark.usefixtures("hurried")
def test_a_journal_deleted_while_the_program_runs_is_recreated_before_a_write_is_sent(place: Place) -> None:
    with place.program() as program:
        program.wait_for(program.begin(place.attachment).id)
        shutil.rmtree(place.folder)
        place.clock.hold()
        later = program.begin(place.change())
        program.wait_until(lambda: len(place.writes) == 2)
        with place.program() as other:
            (seen,) = other.recalled()
            assert (seen.id, seen.is_watched_elsewhere) == (later.id, True)
        place.clock.release()
        assert isinstance(program.wait_for(later.id).end, Succeeded)


def test_a_replaced_state_folder_counts_as_a_change(place: Place) -> None:
    request, other = place.attachment, place.folder.with_name("other")
    with closing(Journal(other)) as restored:
        restored.begin(Operation(5, Verb.ATTACH, request.id, request, (Started(place.clock.now()),)))
    with closing(Journal(place.folder)) as journal:
        assert journal.load() == ()
        assert not journal.has_changed()
        shutil.rmtree(place.folder)
        other.rename(place.folder)
        assert journal.has_changed()
        assert not journal.has_changed()
        assert [one.id for one in journal.load()] == [5]


def test_a_running_program_whose_lock_was_deleted_becomes_visible_to_others_again(place: Place) -> None:
    request = place.attachment
    with closing(Journal(place.folder)) as journal, closing(Journal(place.folder)) as other:
        shutil.rmtree(place.folder / RUNS_NAME)
        journal.begin(Operation(1, Verb.ATTACH, request.id, request, (Started(place.clock.now()),)))
        (seen,) = other.load()
        assert seen.is_watched_elsewhere


async def test_operations_begun_together_before_an_in_memory_journal_opens_are_all_accepted(
    place: Place,
) -> None:
    has_begun, may_go_on = threading.Event(), threading.Event()

    class Slow(Journal):
        def _write_pending(self, connection: sqlite3.Connection) -> dict[int, Numbered]:
            has_begun.set()
            assert may_go_on.wait(PATIENCE_SECONDS)
            return super()._write_pending(connection)

    request = place.attachment
    recorder = Recorder(Slow, lambda: None)

    def begin(number: int) -> asyncio.Task[None]:
        return asyncio.create_task(recorder.begin(Operation(number, Verb.ATTACH, request.id, request)))

    tasks = [begin(1), begin(2)]
    try:
        # The third operation begins while the journal is open and the first is inside its transaction.
        assert await asyncio.to_thread(has_begun.wait, PATIENCE_SECONDS)
        tasks.append(begin(3))
        await asyncio.sleep(0)  # lets it ask for the journal
    finally:
        may_go_on.set()
    await asyncio.gather(*tasks)
    assert [one.id for one in (await recorder.load()).operations] == [1, 2, 3]
    await recorder.close()


@pytest.mark.usefixtures("hurried")
def test_operations_and_reads_continue_while_another_program_locks_the_journal(place: Place) -> None:
    place.clock.hold()
    with place.program() as program:
        running = program.begin(place.attachment)
        program.wait_until(lambda: bool(place.writes))
        with closing(sqlite3.connect(place.folder / JOURNAL_NAME, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            place.clock.release()
            assert isinstance(program.wait_for(running.id).end, Succeeded)
            found = asyncio.run(program.operations.call(lambda azure: azure.compute(place.attachment.id)))
            assert found.name == "adhoc"
            assert program.operations.journal_problem.startswith("Another program holds the journal.")
        _until_it_works(program)
    with closing(Journal(place.folder)) as journal:
        (kept,) = journal.load()
    assert isinstance(kept.end, Succeeded)


def test_a_plan_applied_after_shutdown_is_refused_with_a_message(place: Place) -> None:
    with place.program() as program:
        program.wait_for(program.begin(place.attachment).id)
    late = program.operations
    (refused,) = late.apply(_plan(place))
    assert isinstance(refused, Problem)
    assert refused.advice == "Nothing was sent."
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(late.call(lambda azure: azure.compute(place.attachment.id)))
    late.recall(lambda: None)
    late.stop()
    assert place.writes == ["PUT"]


def _plan(place: Place) -> Plan:
    return Plan.of([replace(place.attachment, name="late")])


# Resuming and abandoning


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("is_resumed", [True, False], ids=["resume", "let go"])
def test_a_resume_or_abandon_that_cannot_be_recorded_changes_nothing_and_says_why(
    is_resumed: bool, place: Place
) -> None:
    leave(place)
    with place.program() as program:
        (left,) = program.recalled()
        refusals: list[Problem] = []
        is_refused = threading.Event()

        def refused(problem: Problem) -> None:
            refusals.append(problem)
            is_refused.set()

        def asked() -> bool:
            if is_resumed:
                return program.operations.resume(left, (), refused)
            return program.operations.stop_watching(left, refused)

        with closing(sqlite3.connect(place.folder / JOURNAL_NAME, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert asked()
            assert is_refused.wait(PATIENCE_SECONDS)
            assert refusals[0].cause == "Another program holds the journal."
            assert program.one(left.id).events == left.events
            assert program.one(left.id).is_interrupted
        _until_it_works(program)
        assert asked()
        end = program.wait_for(left.id).end
        assert isinstance(end, Succeeded if is_resumed else Unwatched)
    assert place.writes == (["PUT"] if is_resumed else [])


async def test_the_resume_key_works_again_after_the_program_that_resumed_first_has_died(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.operations.watcher._OTHERS_SECONDS", 0.02)
    leave(place)
    place.clock.hold()
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await pilot.press("o")
            await shown(pilot, stage, "interrupted")
            with place.program() as other:
                (left,) = other.recalled()
                # The screen does not know yet that the other program has resumed it.
                assert other.operations.resume(left)
                other.wait_until(lambda: other.one(left.id).is_running)
                refusals: list[Problem] = []
                if stage.operations.resume(left, (), refusals.append):
                    await pilot.press("u")
                await says(pilot, stage, "watches it")
            await shown(pilot, stage, "interrupted")
            assert stage.operations.why_not_resumed(stage.operations.operation(left.id)) is None
            place.clock.release()
            await pilot.press("u")
            await shown(pilot, stage, "● Succeeded")
    assert place.writes == ["PUT"]


async def test_the_resume_and_abandon_keys_say_why_the_journal_refuses_them(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.operations.recorder._PATIENCE_SECONDS", 0.02)
    leave(place)
    with started(place) as stage:
        async with stage.app.run_test(size=(120, 40)) as pilot:
            await pilot.press("o")
            await shown(pilot, stage, "interrupted")
            with closing(sqlite3.connect(place.folder / JOURNAL_NAME, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                for key, verb in (("u", "resumed"), ("x", "abandoned")):
                    await pilot.press(key)
                    await says(pilot, stage, f"cannot be {verb}", "Another program holds the journal.")
                    await shown(pilot, stage, "interrupted")


# File permissions


def _modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}


def test_state_files_restored_with_open_permissions_become_private_again(place: Place) -> None:
    with place.program() as dead:
        dead.wait_for(dead.begin(place.attachment).id)
    for name in ("sparkpool.log", "sparkpool.log.2", "last.json", f"{JOURNAL_NAME}-journal"):
        (place.folder / name).write_text("")
    outside = place.folder.with_name("outside")
    outside.write_text("")
    outside.chmod(0o644)
    (place.folder / "link").symlink_to(outside)
    with closing(sqlite3.connect(place.folder / JOURNAL_NAME)) as open_:
        open_.execute("SELECT count(*) FROM operations")  # creates -wal and -shm
        for path in (place.folder, *place.folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        mask = os.umask(0)
        try:
            with closing(Journal(place.folder)) as journal:
                assert len(journal.load()) == 1
                remember_workspaces(place.folder, [])
                (place.folder / "link").unlink()
                modes = _modes(place.folder)
        finally:
            os.umask(mask)
    assert f"{JOURNAL_NAME}-wal" in modes
    assert set(modes.values()) == {0o700, 0o600}
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


# Program locks


def test_programs_that_check_locks_simultaneously_never_see_a_dead_program_as_running(tmp_path: Path) -> None:
    one, other, dead = ProgramLock(tmp_path), ProgramLock(tmp_path), ProgramLock(tmp_path)
    os.close(dead._descriptor)
    seen: set[str] = set()

    def look(run: ProgramLock) -> None:
        seen.update(run.watcher(dead.id) for _ in range(3000))

    lookers = [threading.Thread(target=look, args=(run,)) for run in (one, other)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert seen == {""}
    assert "process" in one.watcher(other.id)
    one.close()
    other.close()


# Growth


def _long(place: Place, number: int = 1, polls: int = 5000) -> Operation:
    at, request = place.clock.now(), place.attachment
    begin: list[Event] = [Started(at), Progress(at, "sending", found=samples.compute())]
    begin.append(Progress(at, "Creating", token="token-1"))
    turns: list[Event] = []
    for turn in range(polls // 2):
        now = at + timedelta(seconds=turn)
        turns += [Progress(now, "Creating", next_poll=now), Waited(now, "throttled", now)]
    late = [Progress(at, "Creating", token="token-2")]
    events = (*begin, *turns[:1000], *late, *turns[1000:])
    return Operation(number, Verb.ATTACH, request.id, request, events)


def test_an_operation_followed_for_days_stays_short_and_keeps_its_resume_point(place: Place) -> None:
    whole = _long(place)
    grown = replace(whole, events=())
    with closing(Journal(place.folder)) as journal:
        journal.begin(grown)
        for event in whole.events:
            grown = grown.with_event(event)
        journal.record(grown)
        grown = grown.with_event(Waited(place.clock.now(), "throttled", place.clock.now()))
        journal.record(grown)
        (kept,) = journal.load()
        (stored,) = journal._usable().execute("SELECT COUNT(*) FROM events").fetchone()
    assert len(grown.events) == len(kept.events) == stored <= MOST_EVENTS
    assert kept.events == grown.events
    assert ResumePoint.of(kept.events).token == "token-2"
    assert ResumePoint.of(kept.events).found == samples.compute()


def test_a_long_operation_of_an_earlier_version_is_shortened_and_its_file_shrinks(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_room, "_FREE_BYTES", 100_000)
    whole = _long(place)
    with closing(Journal(place.folder)) as journal:
        journal.begin(whole)
        assert all(len(one.events) <= MOST_EVENTS for one in journal.load())
    size = (place.folder / JOURNAL_NAME).stat().st_size
    with closing(Journal(place.folder)) as journal:
        (before,) = journal.load()
        while journal.tidy():
            pass
        (after,) = journal.load()
        assert after.events == before.events
        assert ResumePoint.of(after.events).token == "token-2"
    assert (place.folder / JOURNAL_NAME).stat().st_size < size / 3


def test_ended_operations_are_pruned_when_the_journal_grows_too_large(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_room, "MOST_BYTES", 300_000)
    monkeypatch.setattr(journal_room, "_FREE_BYTES", 100_000)
    at, request = place.clock.now(), place.attachment
    big = Started(at, {"text": "x" * 20_000})
    with closing(Journal(place.folder)) as journal:
        for number in range(1, 61):
            operation = Operation(number, Verb.ATTACH, request.id, request, (big,))
            journal.begin(operation if number == 3 else operation.with_event(Succeeded(at)))
        while journal.tidy():
            pass
        numbers = [one.id for one in journal.load()]
    assert numbers[0] == 3
    assert numbers[-1] == 60
    assert len(numbers) <= 21
    assert (place.folder / JOURNAL_NAME).stat().st_size < 700_000
