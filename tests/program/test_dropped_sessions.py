"""Dropped SSH sessions: a program in a real terminal is killed, hung up or not read while Azure keeps running."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.killing import KINDS, trials
from tests.support.patience import PATIENCE_SECONDS
from tests.support.served import Served
from tests.support.served_program import served_sparkpool
from tests.support.terminal import Terminal
from tui.operations.journal import Journal
from tui.operations.journal_file import JOURNAL_NAME

OPERATIONS = "sparkpool  operations"
"""The title of the operations screen; the rest of it may also be on the list."""

_PLACES = {
    **{"attach": (3, 4), "chain": (6, 7), "detach": (1, 2)},
    **{"change-pool": (3,), "create-pool": (4,), "create-identity": (3,)},
}


@dataclass(frozen=True)
class Azure:
    """A served sandbox and the record of its requests."""

    served: Served
    requests: Path

    def writes(self, name: str) -> list[str]:
        """The writes of a compute, in order."""
        noted = [json.loads(line) for line in self.requests.read_text().splitlines()]
        return [
            one["method"] for one in noted if one["method"] in ("PUT", "DELETE") and f"/computes/{name}?" in one["url"]
        ]


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    requests = tmp_path_factory.mktemp("served") / "requests"
    with Served("--requests", str(requests), "--speed", "2") as served:
        yield Azure(served, requests)


@contextmanager
def signed_in(azure: Azure, state: Path, *arguments: str) -> Iterator[Terminal]:
    """The program, signed in as the sandbox's application and showing the list of its workspace."""
    with served_sparkpool(azure.served, state, *arguments) as terminal:
        terminal.shows("vm-legacy")
        yield terminal


def start_detach(terminal: Terminal, name: str) -> None:
    """Start a detach and wait until it runs; Azure may not have received the request yet."""
    terminal.press("/", name, "enter")
    terminal.shows(" shown ·", f"▌ {name}", "enter open")
    terminal.press("ctrl+d")
    terminal.asks_to_detach(name)
    terminal.confirm("y", "◌ detach 00:")


def gone(pid: int) -> bool:
    """Whether a process ends in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def events(state: Path) -> list[str]:
    """The kinds of the events in the journal."""
    with closing(sqlite3.connect(state / "sparkpool" / JOURNAL_NAME)) as journal:
        rows = journal.execute("SELECT event FROM events ORDER BY operation, number").fetchall()
    return [json.loads(event)["is"] for (event,) in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_program_finishes_the_operation_of_a_killed_one(
    kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    requests = tmp_path / "requests"
    with Served("--speed", "200", "--requests", str(requests)) as served:
        done = list(trials(served, requests, tmp_path, kind, iter(_PLACES[kind])))
    assert len(done) == 2 * len(_PLACES[kind])
    assert all(trial.was_killed and trial.is_right for trial in done), done


def test_an_operation_of_a_killed_program_can_be_resumed_at_the_next_start(azure: Azure, tmp_path: Path) -> None:
    with signed_in(azure, tmp_path) as terminal:
        start_detach(terminal, "etl-prod")
        terminal.signal(signal.SIGKILL)
        assert terminal.ended() == 128 + signal.SIGKILL
    with signed_in(azure, tmp_path) as terminal:
        terminal.shows("etl-prod  detach was interrupted")
        terminal.press("o")
        terminal.shows(OPERATIONS, "interrupted")
        terminal.confirm("u", "● Succeeded")
        terminal.press("q")
        assert terminal.ended() == 0
    assert azure.writes("etl-prod") == ["DELETE"]


def test_a_closed_terminal_ends_the_program_and_the_journal_keeps_its_operation(azure: Azure, tmp_path: Path) -> None:
    with signed_in(azure, tmp_path) as terminal:
        start_detach(terminal, "scoring")
        pid = terminal.pid
        terminal.hang_up()
        assert gone(pid)
    assert "Started" in events(tmp_path)
    assert "Unwatched" not in events(tmp_path)
    assert not list((tmp_path / "sparkpool" / "runs").iterdir())
    with signed_in(azure, tmp_path, "--resume") as terminal:
        terminal.press("o")
        terminal.shows("detach scoring · Succeeded")
    assert azure.writes("scoring") == ["DELETE"]


def test_a_terminal_that_stops_reading_does_not_stop_an_operation(azure: Azure, tmp_path: Path) -> None:
    with signed_in(azure, tmp_path) as terminal:
        start_detach(terminal, "orphan-1")
        # Nothing reads the terminal while the screen is drawn again and again, so its buffer fills up.
        for _ in range(40):
            terminal.resize(200, 60)
            terminal.resize(120, 40)
            os.kill(terminal.pid, signal.SIGWINCH)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "Succeeded" not in events(tmp_path):
            assert time.monotonic() < deadline, events(tmp_path)
            time.sleep(0.1)
        terminal.shows("orphan-1 is detached")
        terminal.press("q")
        assert terminal.ended() == 0
    assert azure.writes("orphan-1") == ["DELETE"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_a_running_operation_interrupted_in_the_journal(
    number: signal.Signals, azure: Azure, tmp_path: Path
) -> None:
    name = {signal.SIGTERM: "churn-old", signal.SIGHUP: "lost-identity"}[number]
    with signed_in(azure, tmp_path) as terminal:
        start_detach(terminal, name)
        terminal.signal(number)
        assert terminal.ended() == 128 + number
    with closing(Journal(tmp_path / "sparkpool")) as journal:
        (left,) = journal.load()
    assert left.is_interrupted
    assert left.target.name == name


def test_quitting_during_an_operation_asks_first_and_the_next_start_can_resume_it(azure: Azure, tmp_path: Path) -> None:
    with signed_in(azure, tmp_path) as terminal:
        start_detach(terminal, "churn")
        terminal.press("q")
        terminal.shows("Leave while operations run?", "You can resume it after the next start")
        terminal.press("y")
        assert terminal.ended() == 0
    with signed_in(azure, tmp_path) as terminal:
        terminal.press("o")
        terminal.shows(OPERATIONS, "interrupted")
        terminal.confirm("u", "● Succeeded")
    assert azure.writes("churn") == ["DELETE"]


def test_two_programs_see_each_others_operations(azure: Azure, tmp_path: Path) -> None:
    with signed_in(azure, tmp_path) as one, signed_in(azure, tmp_path) as other:
        start_detach(one, "markup-lab")
        other.press("o")
        other.shows(OPERATIONS, "Another sparkpool (process", "watches it")
        other.confirm("u", "watches it.")
        one.shows("markup-lab is detached")
        other.shows("● Succeeded")
    assert azure.writes("markup-lab") == ["DELETE"]
