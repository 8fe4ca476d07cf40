"""Verbs that write: a plan, flags that hold it back, one write, its events, and another program that resumes it."""

from pathlib import Path

import pytest

from tests.support.verbs import Done, Shell, faults_of
from tui.domain.clouds import PUBLIC
from tui.domain.guard import Guard
from tui.exit_status import ExitStatus
from tui.operations.journal import Journal
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Forbidden, Outcome, Rule

DELETE = "/computes/etl-prod"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(journal=lambda: Journal(tmp_path, PUBLIC))


def writes(shell: Shell) -> list[str]:
    """The methods of all writes, in order, with the last part of what they write to."""
    sent = [one for one in shell.box.log if one.method in ("PUT", "PATCH", "DELETE")]
    return [f"{one.method} {one.url.partition('?')[0].rsplit('/', 1)[-1]}" for one in sent]


def hold(shell: Shell) -> VirtualClock:
    """Let nothing go on that waits, such as the next poll."""
    clock = shell.box.clock
    assert isinstance(clock, VirtualClock)
    clock.hold()
    return clock


def operation_of(shell: Shell) -> str:
    """The id of the latest operation in the journal."""
    return str(shell.run("operations").document["items"][-1]["id"])


def held_back(done: Done) -> bool:
    """Whether a verb has sent nothing because of a flag or a setting, and says so as data too."""
    return (done.status, done.failure["code"], done.out) == (ExitStatus.HELD_BACK, "held_back", "")


def test_a_detach_without_yes_shows_its_plan_and_sends_nothing(shell: Shell) -> None:
    done = shell.run("detach", "etl-prod", "-o", "json")
    assert held_back(done)
    assert "- detach etl-prod  syn-prod/etlpool in aml-prod" in done.err
    assert "--yes" in done.failure["advice"]
    assert writes(shell) == []


def test_a_plan_can_be_shown_alone(shell: Shell) -> None:
    done = shell.run("detach", "etl-prod", "churn", "--plan-only")
    assert (done.status, done.out) == (ExitStatus.DONE, "")
    assert "Plan: 2 to detach." in done.err
    assert writes(shell) == []


def test_a_detach_removes_the_compute_and_its_role_and_ends_with_its_operation(shell: Shell) -> None:
    done = shell.run("detach", "etl-prod", "--yes", "-o", "json")
    assert done.status == ExitStatus.DONE
    assert faults_of(done.document) == []
    (item,) = done.document["items"]
    assert (item["verb"], item["name"], item["state"]) == ("detach", "etl-prod", "succeeded")
    sent = writes(shell)
    assert sent[0] == "DELETE etl-prod"
    assert len(sent) == 2
    assert any("underlyingResourceAction=Detach" in one.url for one in shell.box.log if one.method == "DELETE")
    assert shell.run("show", "etl-prod").status == ExitStatus.NOT_FOUND


def test_roles_are_kept_where_that_is_asked_for(shell: Shell) -> None:
    assert shell.run("detach", "etl-prod", "--yes", "--keep-roles").status == ExitStatus.DONE
    assert writes(shell) == ["DELETE etl-prod"]


def test_each_event_is_a_line_of_json_and_the_last_one_says_how_it_ended(shell: Shell) -> None:
    done = shell.run("detach", "etl-prod", "--yes", "-o", "jsonl")
    assert done.status == ExitStatus.DONE
    assert [fault for line in done.lines for fault in faults_of(line)] == []
    assert [done.lines[0]["event"], done.lines[-1]["event"]] == ["started", "succeeded"]
    assert len({line["operation"] for line in done.lines}) == 1


@pytest.mark.parametrize(
    ("guard", "words"),
    [(Guard("flag --read-only"), "read-only"), (Guard(locked=("aml-prod",)), "--unlock aml-prod")],
    ids=["read-only", "locked"],
)
def test_what_is_guarded_is_not_written(shell: Shell, guard: Guard, words: str) -> None:
    shell.guard = guard
    done = shell.run("detach", "etl-prod", "--yes", "-o", "json")
    assert held_back(done)
    assert words in done.err
    assert shell.run("detach", "etl-prod", "--plan-only").status == ExitStatus.DONE
    assert writes(shell) == []


def test_a_locked_workspace_is_written_once_its_name_is_given(shell: Shell) -> None:
    shell.guard = Guard(locked=("aml-*",))
    done = shell.run("detach", "etl-prod", "--yes", "--unlock", "aml-pord", "-o", "json")
    assert (done.status, done.failure["code"]) == (ExitStatus.UNUSABLE, "unusable")
    assert 'Did you mean "aml-prod"?' in done.err
    assert shell.run("detach", "etl-prod", "--yes", "--unlock", "AML-PROD").status == ExitStatus.DONE
    assert writes(shell)[0] == "DELETE etl-prod"


@pytest.mark.parametrize(
    ("name", "status"),
    [("etl-pord", ExitStatus.NOT_FOUND), ("cpu-cluster", ExitStatus.UNUSABLE), ("..", ExitStatus.UNUSABLE)],
)
def test_if_one_of_several_cannot_be_detached_none_is(shell: Shell, name: str, status: ExitStatus) -> None:
    assert shell.run("detach", "etl-prod", name, "--yes").status == status
    assert writes(shell) == []


def test_a_refusal_is_reported_in_azures_words_and_as_data(shell: Shell) -> None:
    shell.fault(Rule(Forbidden(), "DELETE", DELETE))
    done = shell.run("detach", "etl-prod", "--yes", "-o", "json")
    assert (done.status, done.failure["azure_code"]) == (ExitStatus.FAILED, "AuthorizationFailed")
    assert done.document["items"][0]["state"] == "failed"


def test_a_failed_operation_ends_with_azures_reason_in_its_last_line(shell: Shell) -> None:
    shell.fault(Rule(Outcome("Failed", "DetachNotAllowed", "It is in use."), "DELETE", DELETE))
    done = shell.run("detach", "etl-prod", "--yes", "-o", "jsonl")
    assert done.status == ExitStatus.FAILED
    assert done.lines[-1]["event"] == "failed"
    assert "It is in use." in str(done.lines[-1]["problem"])


@pytest.mark.parametrize("given", ["its id", "--all"])
def test_what_one_program_has_started_another_one_ends_without_a_second_write(shell: Shell, given: str) -> None:
    clock = hold(shell)
    begun = shell.run("detach", "etl-prod", "--yes", "--no-wait", "-o", "json")
    assert begun.status == ExitStatus.RUNNING
    assert "sparkpool resume" in begun.err
    clock.release()
    words = ("--all",) if given == "--all" else (operation_of(shell),)
    ended = shell.run("resume", *words, "-o", "json")
    assert ended.status == ExitStatus.DONE
    assert [item["state"] for item in ended.document["items"]] == ["succeeded"]
    assert writes(shell).count("DELETE etl-prod") == 1
    again = shell.run("resume", operation_of(shell), "-o", "json")
    assert (again.status, again.document["items"][0]["state"]) == (ExitStatus.DONE, "succeeded")


def test_an_interrupted_operation_blocks_another_write_of_the_same_compute(shell: Shell) -> None:
    clock = hold(shell)
    shell.run("detach", "etl-prod", "--yes", "--no-wait")
    clock.release()
    again = shell.run("detach", "etl-prod", "--yes", "-o", "json")
    assert again.status == ExitStatus.FAILED
    assert "interrupted" in again.failure["title"]
    assert writes(shell).count("DELETE etl-prod") == 1


def test_an_interrupted_operation_is_resumed_and_not_watched(shell: Shell) -> None:
    hold(shell)
    shell.run("detach", "etl-prod", "--yes", "--no-wait")
    done = shell.run("watch", operation_of(shell), "-o", "json")
    assert held_back(done)
    assert "sparkpool resume" in done.failure["advice"]


def test_an_operation_that_has_ended_can_be_watched_and_resumed_without_any_request(shell: Shell) -> None:
    shell.run("detach", "etl-prod", "--yes")
    before = len(shell.box.log)
    for verb in ("watch", "resume"):
        done = shell.run(verb, operation_of(shell), "-o", "json")
        assert (done.status, done.document["items"][0]["state"]) == (ExitStatus.DONE, "succeeded")
    assert len(shell.box.log) == before


@pytest.mark.parametrize("verb", ["resume", "watch"])
@pytest.mark.parametrize(
    ("word", "status"),
    [("7", ExitStatus.NOT_FOUND), ("etl-prod", ExitStatus.UNUSABLE), ("²", ExitStatus.UNUSABLE), ("9" * 5000, 2)],
)
def test_an_unknown_operation_is_reported(shell: Shell, verb: str, word: str, status: int) -> None:
    done = shell.run(verb, word, "-o", "json")
    assert (done.status, done.out) == (status, "")
    assert "sparkpool operations" in done.failure["advice"]


def test_resuming_everything_where_nothing_was_interrupted_is_done(shell: Shell) -> None:
    assert shell.run("resume", "--all").status == ExitStatus.DONE
    assert shell.run("resume").status == ExitStatus.UNUSABLE
    assert shell.run("resume", "7", "--all").status == ExitStatus.UNUSABLE


def test_a_locked_resource_is_not_written_by_a_resumed_operation_either(shell: Shell) -> None:
    clock = hold(shell)
    shell.run("detach", "etl-prod", "--yes", "--no-wait")
    clock.release()
    shell.guard = Guard(locked=("aml-prod",))
    assert held_back(shell.run("resume", "--all", "-o", "json"))
    assert shell.run("resume", "--all", "--unlock", "aml-prod").status == ExitStatus.DONE
