"""Operations survive the program that started them: the next program finds them, and nothing is sent twice."""

import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.programs import Place
from tests.support.stage import ANA
from tui.cloud.azure import AzureCloud
from tui.cloud.credentials import SignInOptions
from tui.cloud.sign_in import CloudSignIn
from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Failed, Operation, Progress, Started, Succeeded, Unwatched, Verb, Watch
from tui.domain.plan import Plan, Request
from tui.domain.sign_in import SignInChoice
from tui.operations.journal import Journal
from tui.operations.journal_file import JOURNAL_NAME, network_drive
from tui.operations.journal_records import SHOWN
from tui.operations.journal_room import KEPT
from tui.operations.registry import Registry
from tui.operations.resume_point import ResumePoint
from tui.operations.service import Operations
from tui.sandbox.clock import START
from tui.sandbox.faults import Answer, Faults, Outcome, Rule
from tui.sandbox.transport import SandboxCredential, SandboxTransport


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "state")


_KINDS: dict[str, tuple[Callable[[Place], Request], list[str], int, int]] = {
    # The request, and the writes of computes, the grants and the removals that it takes.
    "attach": (lambda place: place.attachment, ["PUT"], 0, 0),
    "chain": (lambda place: place.chain, ["PUT"], 1, 0),
    "change": (lambda place: place.change(), ["PUT"], 0, 0),
    "move": (lambda place: place.move(), ["PUT"], 1, 0),
    "roles": (lambda place: place.roles(), [], 1, 1),
    "detach": (lambda place: place.detachment(), ["DELETE"], 0, 0),
    "detach-roles": (lambda place: place.detachment_with_roles(), ["DELETE"], 0, 1),
    # Its failure is older than the write and says nothing about it.
    "detach-failed": (lambda place: place.detachment("scoring"), ["DELETE"], 0, 0),
    "change-failed": (lambda place: place.change("scoring"), ["PUT"], 0, 0),
}


def _finished(place: Place, operation_id: int) -> Operation:
    """The operation after another program has resumed it, unless it had already ended."""
    with place.program() as program:
        (found,) = program.recalled()
        assert found.id == operation_id
        if found.end is None:
            assert found.is_interrupted
            assert program.operations.resume(found)
        return program.wait_for(operation_id)


@pytest.mark.parametrize("kept", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("kind", list(_KINDS))
def test_an_operation_interrupted_at_any_event_is_finished_with_one_write_per_intent(
    kind: str, kept: bool, tmp_path: Path
) -> None:
    asked, writes, grants, removals = _KINDS[kind]
    for boundary in count():
        place = Place(tmp_path / str(boundary))
        request = asked(place)
        with place.program(boundary, kept=kept) as program:
            operation = program.begin(request)
            if not program.wait_for_death():
                break
        done = _finished(place, operation.id)
        assert isinstance(done.end, Succeeded), (boundary, done.end)
        assert sum(isinstance(event, Started) for event in done.events) == 1
        assert (place.writes, len(place.grant_ids), place.removals) == (writes, grants, removals), boundary
    assert boundary >= 4


def test_an_accepted_write_is_followed_from_its_token_and_not_sent_again(place: Place) -> None:
    with place.program(3) as program:
        operation = program.begin(place.attachment)
        assert program.wait_for_death()
        assert isinstance(event := program.one(operation.id).last, Progress)
        assert event.status == "sending"
    reads = [one.url for one in place.box.log if one.method == "GET"]
    done = _finished(place, operation.id)
    words = [one.status for one in done.events if isinstance(one, Progress)]
    assert words[:3] == ["checking", "sending", "Creating"]
    assert "following" in words
    assert "reading back" not in words
    new = [one.url for one in place.box.log if one.method == "GET"][len(reads) :]
    assert any("OperationsStatus/" in url for url in new)


@pytest.mark.parametrize(("kind", "done"), [("chain", "attached"), ("move", "updated")])
def test_a_resumed_chain_continues_after_its_completed_write_without_following_it(
    kind: str, done: str, tmp_path: Path
) -> None:
    for boundary in count():
        place = Place(tmp_path / str(boundary))
        with place.program(boundary) as program:
            operation = program.begin(_KINDS[kind][0](place))
            assert program.wait_for_death()
        with closing(Journal(place.folder)) as journal:
            (left,) = journal.load()
        if isinstance(left.last, Progress) and left.last.status == done:
            break
    statuses = [one.status for one in _finished(place, operation.id).events if isinstance(one, Progress)]
    assert "following" not in statuses
    assert "reading back" in statuses[statuses.index(done) :]


def test_a_second_program_sees_an_operation_watched_by_the_first_but_cannot_resume_it(place: Place) -> None:
    place.clock.hold()
    with place.program() as first, place.program() as second:
        operation = first.begin(place.attachment)
        first.wait_until(lambda: isinstance(first.one(operation.id).last, Progress) and bool(place.writes))
        (seen,) = second.recalled()
        assert seen.watch is Watch.ELSEWHERE
        assert "process" in seen.watcher
        assert not second.operations.resume(seen)
        (refused,) = second.operations.apply(Plan.of([place.attachment]))
        assert isinstance(refused, Problem)
        assert "another sparkpool" in refused.title
        place.clock.release()
        first.wait_for(operation.id)
        assert isinstance(second.wait_for(operation.id).end, Succeeded)
    assert place.writes == ["PUT"]


def test_the_journal_refuses_a_conflicting_operation_from_a_program_that_has_not_read_it(place: Place) -> None:
    place.clock.hold()
    with place.program() as first, place.program() as second:
        operation = first.begin(place.attachment)
        first.wait_until(lambda: bool(place.writes))
        again = second.begin(place.attachment)
        end = second.wait_for(again.id).end
        assert isinstance(end, Failed)
        assert "is busy" in end.problem.title
        place.clock.release()
        first.wait_for(operation.id)
    assert place.writes == ["PUT"]


def test_only_one_of_two_programs_resumes_an_interrupted_operation(place: Place) -> None:
    with place.program(4) as program:
        operation = program.begin(place.attachment)
        assert program.wait_for_death()
    with place.program() as one, place.program() as other:
        (found,), (seen,) = one.recalled(), other.recalled()
        assert one.operations.resume(found)
        assert other.operations.resume(seen)
        assert isinstance(one.wait_for(operation.id).end, Succeeded)
        assert isinstance(other.wait_for(operation.id).end, Succeeded)
    assert place.writes == ["PUT"]


def test_half_a_surrogate_pair_is_stored_unchanged(place: Place) -> None:
    asked = replace(place.attachment, description="cut \ud83d")
    with place.program() as program:
        operation = program.begin(asked)
        assert isinstance(program.wait_for(operation.id).end, Succeeded)
    with place.program() as later:
        (found,) = later.recalled()
    assert found.request == asked


def test_resuming_an_operation_twice_runs_it_once(place: Place) -> None:
    with place.program(1) as program:
        operation = program.begin(place.change())
        assert program.wait_for_death()
    with place.program() as program:
        (left,) = program.recalled()
        assert program.operations.resume(left)
        assert not program.operations.resume(left)
        program.operations.stop_watching(left)
        done = program.wait_for(operation.id)
    assert isinstance(done.end, Succeeded)
    assert place.writes == ["PUT"]


def test_an_operation_that_another_program_has_ended_is_not_resumed_again(place: Place) -> None:
    with place.program(2) as program:
        operation = program.begin(place.detachment())
        assert program.wait_for_death()
    with place.program() as late:
        (seen,) = late.recalled()
        done = _finished(place, operation.id)
        assert late.operations.resume(seen)
        assert late.wait_for(operation.id).events == done.events
        late.recalled()
        assert late.one(operation.id).events == done.events


def test_an_unwatched_operation_cannot_resume_while_a_later_write_to_its_compute_runs(place: Place) -> None:
    place.clock.hold()
    with place.program() as program:
        first = program.begin(place.attachment)
        program.wait_until(lambda: ResumePoint.of(program.one(first.id).events).token is not None)
        assert program.operations.stop_watching(first)
        unwatched = program.wait_for(first.id)
        place.clock.advance(600)
        second = program.begin(place.detachment("adhoc"))
        program.wait_until(lambda: "DELETE" in place.writes)
        assert not program.operations.resume(unwatched)
        assert "Another write of adhoc (detach) has not ended" in str(program.operations.why_not_resumed(unwatched))
        with place.program() as other:
            seen = next(one for one in other.recalled() if one.id == first.id)
            assert not other.operations.resume(seen)
        place.clock.release()
        program.wait_for(second.id)


def test_a_running_operation_keeps_its_credential_for_all_steps_after_another_sign_in(place: Place) -> None:
    sign_in, before, after = CloudSignIn(SignInChoice(), SignInOptions()), SandboxCredential(), SandboxCredential()
    azure = AzureCloud(before, transport=SandboxTransport(place.box), caller=ANA, sign_in=sign_in)
    place.connect = lambda: azure  # type: ignore[method-assign]
    place.clock.hold()
    with place.program() as program:
        operation = program.begin(place.chain)
        program.wait_until(lambda: bool(place.writes))
        sign_in.adopt(after)  # type: ignore[arg-type]
        place.clock.release()
        assert isinstance(program.wait_for(operation.id).end, Succeeded)
        assert len(place.grant_ids) == 1
        assert after.requested == []
        again = program.begin(place.change())
        assert isinstance(program.wait_for(again.id).end, Succeeded)
        assert after.requested != []


def test_a_resumed_operation_sends_nothing_while_azure_updates_its_compute(place: Place) -> None:
    with place.program(2) as program:
        operation = program.begin(place.change())
        assert program.wait_for_death()
    stored = next(one for one in place.box.world.computes if one["name"] == "etl-prod")
    stored["properties"]["provisioningState"] = "Updating"
    place.clock.hold()
    with place.program() as program:
        (left,) = program.recalled()
        assert program.operations.resume(left)
        program.wait_until(lambda: program.one(operation.id).status in ("Updating", "Failed", "Creating"))
        assert place.writes == []
        stored["tags"]["owner"] = "ana"
        stored["properties"]["provisioningState"] = "Succeeded"
        place.clock.release()
        assert isinstance(program.wait_for(operation.id).end, Succeeded)
    assert place.writes == []


def test_an_operation_that_lost_its_sign_in_can_be_resumed_after_a_new_one(place: Place) -> None:
    with place.program(4) as program:
        operation = program.begin(place.change())
        assert program.wait_for_death()
    refused = Answer(401, "InvalidAuthenticationToken", "The token is of yesterday.")
    place.box.faults.add(Rule(refused, "GET", times=None))
    end = _finished(place, operation.id).end
    assert isinstance(end, Failed)
    assert "The outcome for etl-prod is unknown" in end.problem.title
    place.box.faults = Faults()
    with place.program() as program:
        (found,) = program.recalled()
        assert program.operations.resume(found)
        program.wait_until(lambda: isinstance(program.one(operation.id).end, Succeeded))
    assert place.writes == ["PUT"]


@pytest.mark.parametrize("boundary", [0, 1], ids=["before", "after"])
def test_an_interrupted_detach_does_not_detach_a_compute_that_was_attached_after_it(
    boundary: int, place: Place
) -> None:
    with place.program(boundary) as program:
        operation = program.begin(place.detachment())
        assert program.wait_for_death()
    elsewhere = Place(place.folder.with_name("elsewhere"))
    elsewhere.box, elsewhere.clock = place.box, place.clock
    seen = elsewhere.compute("etl-prod")
    assert seen.attached_to is not None
    with elsewhere.program() as colleague:
        gone = colleague.begin(elsewhere.detachment())
        assert isinstance(colleague.wait_for(gone.id).end, Succeeded)
        place.clock.advance(3600)
        anew = colleague.begin(replace(place.attachment, name="etl-prod", pool=seen.attached_to))
        assert isinstance(colleague.wait_for(anew.id).end, Succeeded)
    end = _finished(place, operation.id).end
    assert isinstance(end, Failed)
    assert "etl-prod was attached again" in f"{end.problem.title} {end.problem.cause}"
    assert place.writes == ["DELETE", "PUT"]


def test_an_operation_that_runs_when_its_program_ends_is_resumed_by_the_next_program(place: Place) -> None:
    place.clock.hold()
    with place.program() as program:
        operation = program.begin(place.attachment)
        program.wait_until(lambda: bool(place.writes))
    place.clock.release()
    assert isinstance(_finished(place, operation.id).end, Succeeded)
    assert place.writes == ["PUT"]


def test_an_abandoned_operation_no_longer_blocks_a_new_one(place: Place) -> None:
    with place.program(2) as program:
        operation = program.begin(place.attachment)
        assert program.wait_for_death()
    with place.program() as program:
        (left,) = program.recalled()
        (refused,) = program.operations.apply(Plan.of([place.attachment]))
        assert isinstance(refused, Problem)
        assert "interrupted" in refused.title
        assert program.operations.stop_watching(left)
        assert isinstance(program.wait_for(operation.id).end, Unwatched)
        again = program.begin(place.attachment)
        assert isinstance(program.wait_for(again.id).end, Succeeded)


def test_a_write_that_failed_in_azure_while_unwatched_is_reported_and_not_sent_again(place: Place) -> None:
    message = "The Spark pool is in another tenant than the workspace."
    place.box.faults.add(Rule(Outcome("Failed", "PoolNotAllowed", message), "PUT", "/computes/"))
    with place.program(4) as program:
        operation = program.begin(place.attachment)
        assert program.wait_for_death()
    end = _finished(place, operation.id).end
    assert isinstance(end, Failed)
    assert end.problem.cause == message
    assert place.writes == ["PUT"]


def test_the_journal_is_private_and_holds_states_before_and_after_but_no_secrets(place: Place) -> None:
    with place.program() as program:
        program.wait_for(program.begin(place.change()).id)
        program.wait_for(program.begin(place.chain).id)
        for path in (place.folder, *place.folder.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) in (0o600, 0o700), path
        stored = b"".join(path.read_bytes() for path in place.folder.glob(f"{JOURNAL_NAME}*"))
    assert b"owner" in stored
    assert b"x-ms" not in stored
    assert b"Bearer" not in stored
    assert b"sandbox-token" not in stored
    with place.program() as program:
        change, chain = program.recalled()
    started = change.events[0]
    assert isinstance(started, Started)
    assert started.before is not None
    assert started.after is not None
    assert "owner" not in started.before.get("tags", {})
    assert started.after["tags"]["owner"] == "ana"
    assert any(isinstance(one, Progress) and one.ids.request and one.ids.client for one in chain.events)


def _folder_is_file(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("not a folder")


def _damaged(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / JOURNAL_NAME).write_bytes(b"this is no database, and it is long enough to be read as one\n" * 20)


def _newer(folder: Path) -> None:
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / JOURNAL_NAME)) as connection:
        connection.execute("CREATE TABLE of_the_future (secret TEXT)")
        connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(_folder_is_file, "cannot be used"), (_damaged, "is damaged"), (_newer, "by a newer sparkpool")],
    ids=["no-folder", "damaged", "newer"],
)
def test_an_unusable_journal_is_left_unchanged_and_nothing_is_sent_without_it(
    spoil: Callable[[Path], None], said: str, place: Place
) -> None:
    spoil(place.folder)
    file = place.folder / JOURNAL_NAME if place.folder.is_dir() else place.folder
    before = file.read_bytes()
    with place.program() as program:
        done = program.wait_for(program.begin(place.attachment).id)
        assert isinstance(done.end, Failed)
        assert said in program.operations.journal_problem
        assert said in done.end.problem.title
        assert done.end.problem.advice.startswith("Nothing was sent.")
    assert place.writes == []
    assert file.read_bytes() == before


class _OnDisk(Journal):
    """A journal on a disk with a limited number of pages."""

    def room(self, pages: int) -> None:
        self._usable().execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_is_reported_and_unsaved_events_are_saved_once_there_is_space(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with closing(_OnDisk(tmp_path)) as journal:
        operation = Operation(1, Verb.ATTACH, place.attachment.id, place.attachment)
        journal.begin(operation)
        journal.room(1)
        full = operation.with_event(Started(place.clock.now(), None, {"text": "x" * 100_000}))
        journal.record(full)
        assert "cannot be written (database or disk is full)" in journal.problem
        journal.room(10_000)
        journal.record(full.with_event(Succeeded(place.clock.now())))
        assert not journal.problem
    with closing(Journal(tmp_path)) as journal:
        (kept,) = journal.load()
    assert [type(event) for event in kept.events] == [Started, Succeeded]


def test_no_write_begins_while_another_program_locks_the_journal(place: Place) -> None:
    with closing(_OnDisk(place.folder)) as journal, closing(sqlite3.connect(place.folder / JOURNAL_NAME)) as other:
        operation = Operation(1, Verb.ATTACH, place.attachment.id, place.attachment)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Problem, match="Another program holds the journal, so it is unknown whether adhoc is"):
            journal.begin(operation)
        other.execute("ROLLBACK")
        journal.begin(operation)
        assert not journal.problem


def test_an_outcome_that_the_journal_could_not_store_survives_reading_it_again(place: Place) -> None:
    journals: list[_OnDisk] = []

    def opened() -> Journal:
        journals.append(_OnDisk(place.folder))
        return journals[-1]

    operations = Operations(place.connect, place.clock, opened)
    operations.start()
    try:
        recalled = threading.Event()
        operations.recall(recalled.set)
        assert recalled.wait(PATIENCE_SECONDS)
        ended = threading.Event()
        operations.listen(lambda one: ended.set() if one.end is not None else None)
        operations.listen(lambda one: journals[0].room(1) if one.status == "sending" else None)
        (operation,) = operations.apply(Plan.of([place.attachment]))
        assert isinstance(operation, Operation)
        assert ended.wait(PATIENCE_SECONDS)
        assert operations.journal_problem
        again = threading.Event()
        operations.recall(again.set)
        assert again.wait(PATIENCE_SECONDS)
        assert isinstance(operations.operation(operation.id).end, Succeeded)
        assert operations.running() == ()
    finally:
        operations.stop()


def test_an_operation_of_an_unknown_kind_is_kept_and_listed_as_unreadable(place: Place) -> None:
    with place.program() as program:
        program.wait_for(program.begin(place.attachment).id)
    with closing(sqlite3.connect(place.folder / JOURNAL_NAME)) as connection, connection:
        connection.execute('UPDATE operations SET request = \'{"is": "Teleportation"}\'')
    with closing(Journal(place.folder)) as journal:
        assert journal.load() == ()
        (unread,) = journal.unreadable
    assert (unread.name, unread.verb, unread.kind) == ("adhoc", "attach", "Teleportation")
    assert unread.why == 'this version does not know "Teleportation"'
    assert unread.began == START
    assert unread.has_ended
    with closing(sqlite3.connect(place.folder / JOURNAL_NAME)) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone()[0] > 4


def test_a_journal_reports_each_change_once_and_only_changes_by_other_programs(tmp_path: Path) -> None:
    place = Place(tmp_path)
    operation = Operation(1, Verb.ATTACH, place.attachment.id, place.attachment)
    with closing(Journal(tmp_path)) as journal, closing(Journal(tmp_path)) as other:
        journal.load()
        assert not journal.has_changed()
        other.begin(operation)
        assert journal.has_changed()
        assert not journal.has_changed()
        other.record(operation.with_event(Started(place.clock.now())))
        journal.load()
        assert not journal.has_changed()
        journal.begin(replace(operation, id=2, target=place.workspace.id.child("computes", "other")))
        assert not journal.has_changed()
        assert other.has_changed()


def test_an_operation_that_was_pruned_in_the_meantime_is_not_listed_as_unreadable(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with closing(Journal(tmp_path)) as journal:
        journal.begin(Operation(2, Verb.ATTACH, place.attachment.id, place.attachment))
        assert [one.id for one in journal.load([1, 2])] == [2]
        assert journal.unreadable == ()


def test_a_network_drive_is_recognized_by_the_longest_matching_mount_point() -> None:
    mounts = "rootfs / ext4 rw 0 0\nfiler:/home /home nfs4 rw 0 0\n/dev/sdb /home/ana/my\\040disk xfs rw 0 0\n"
    assert network_drive(Path("/home/ana/.local/state/sparkpool/journal.db"), mounts) == "nfs4"
    assert not network_drive(Path("/home/ana/my disk/journal.db"), mounts)
    assert not network_drive(Path("/var/lib/journal.db"), mounts)
    assert not network_drive(Path("/var/lib/journal.db"), "")


def test_old_operations_are_pruned_unless_they_are_unfinished(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with closing(Journal(tmp_path)) as journal:
        for number in range(KEPT + 20):
            operation = Operation(number + 1, Verb.ATTACH, place.attachment.id, place.attachment)
            journal.begin(operation if number < 2 else operation.with_event(Succeeded(place.clock.now())))
    with closing(Journal(tmp_path)) as journal:
        while journal.tidy():
            pass
        found = journal.load()
    assert [one.id for one in found[:2]] == [1, 2]
    assert len(found) == SHOWN + 2
    with closing(sqlite3.connect(tmp_path / JOURNAL_NAME)) as connection:
        assert connection.execute("SELECT count(*) FROM operations").fetchone()[0] == KEPT + 2


def test_a_known_outcome_is_not_announced_again_when_the_journal_is_read(place: Place) -> None:
    def failed() -> Operation:
        request = place.detachment()
        end = Failed(place.clock.now(), Problem(ProblemKind.CONFLICT, "No.", advice="Wait."))
        return Operation(1, Verb.DETACH, request.id, request, (Started(place.clock.now()), end))

    registry = Registry()
    told: list[Operation] = []
    registry.put(failed())
    registry.listen(told.append)
    registry.merge([failed()])
    assert told == []
    registry.merge([failed().with_event(Succeeded(place.clock.now()))])
    assert [one.id for one in told] == [1]


def test_an_unreadable_lock_of_another_user_counts_as_a_running_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path / "state")
    with place.program(3) as program:
        program.begin(place.attachment)
        assert program.wait_for_death()
    opened = os.open

    def denied(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if Path(path).parent.name == "runs" and not flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, mode)

    monkeypatch.setattr("tui.operations.program_lock.os.open", denied)
    with place.program() as program:
        (left,) = program.recalled()
        assert not program.operations.journal_problem
        assert left.watcher == "Another user's sparkpool"
