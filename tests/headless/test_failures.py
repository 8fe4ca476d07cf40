"""Failures of verbs: the exit status, the words, and the last line of JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.headless.test_output import READS
from tests.support.verbs import Shell, faults_of
from tui.__main__ import main
from tui.domain.errors import Problem, ProblemKind, Retry
from tui.domain.mentions import Mention
from tui.domain.ports import RequestWait
from tui.exit_status import ExitStatus
from tui.headless.failures import Failure, without_keys
from tui.headless.reading import Waits
from tui.sandbox.faults import (
    Answer,
    ClaimsChallenge,
    Fault,
    Forbidden,
    Garbled,
    NotJson,
    RequestLost,
    ResponseLost,
    Rule,
    Throttled,
    Truncated,
)

COMPUTES = "/computes"
FAULTS: dict[str, tuple[Fault, ExitStatus, str, bool]] = {
    "throttled": (Throttled(20), ExitStatus.TRY_AGAIN, "throttled", True),
    "throttled without a wait": (Throttled(), ExitStatus.TRY_AGAIN, "throttled", True),
    "offline": (RequestLost(), ExitStatus.TRY_AGAIN, "connection", True),
    "answer lost": (ResponseLost(), ExitStatus.TRY_AGAIN, "connection", True),
    "answer cut off": (Truncated(), ExitStatus.FAILED, "unreadable", False),
    "answer not JSON": (Garbled(), ExitStatus.FAILED, "unreadable", False),
    "web page": (NotJson(), ExitStatus.FAILED, "unreadable", False),
    "forbidden": (Forbidden(), ExitStatus.FAILED, "forbidden", False),
    "unavailable": (Answer(503, "ServerBusy", "The service is busy."), ExitStatus.TRY_AGAIN, "service", True),
    "refused": (Answer(400, "BadRequest", "No."), ExitStatus.FAILED, "refused", False),
    "not found": (Answer(404, "ResourceNotFound", "Gone.", gateway=True), ExitStatus.NOT_FOUND, "not_found", False),
    "not signed in": (ClaimsChallenge(), ExitStatus.NOT_SIGNED_IN, "not_signed_in", False),
}


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_kind_of_failure_has_its_status_its_words_and_its_line_of_json(shell: Shell, fault: str) -> None:
    failing, status, code, is_retryable = FAULTS[fault]
    shell.fault(Rule(failing, path=COMPUTES, times=None))
    done = shell.run("list")
    assert (done.status, done.out) == (status, "")
    assert faults_of(done.failure) == []
    assert (done.failure["code"], done.failure["exit"]) == (code, status)
    assert done.failure["retryable"] is is_retryable
    words = done.err.splitlines()[:-1]
    assert f"sparkpool: {done.failure['title']}" in words
    assert all(f"  {done.failure[name]}" in words for name in ("cause", "advice", "command") if done.failure[name])
    as_table = shell.run("list", "-o", "table")
    assert (as_table.status, as_table.out) == (status, "")
    assert "sparkpool.failure" not in as_table.err


@pytest.mark.parametrize("verb", [*sorted(set(READS) - {"operations"}), "export"])
@pytest.mark.parametrize("fault", ["throttled", "offline", "forbidden", "not found", "not signed in"])
def test_every_verb_that_reads_from_azure_fails_alike(shell: Shell, verb: str, fault: str) -> None:
    failing, status, _, _ = FAULTS[fault]
    shell.fault(Rule(failing, path=COMPUTES, times=None))
    words = READS.get(verb, ("export", "etl-prod", "--as", "yaml"))
    done = shell.run(*words)
    assert (done.status, done.out) == (status, "")
    assert "Could not" in done.err


def test_a_wait_is_reported_and_does_not_reach_the_data(shell: Shell) -> None:
    shell.fault(Rule(Throttled(7), path=COMPUTES, times=1))
    done = shell.run("list")
    assert done.status == ExitStatus.DONE
    assert len(done.document["items"]) == 15
    assert done.err == "sparkpool: waiting, throttled, 7 s\n"


def test_requests_that_wait_together_are_reported_once(capsys: pytest.CaptureFixture[str]) -> None:
    waits, begun = Waits(), datetime(2026, 11, 23, tzinfo=UTC)
    # Four requests are turned away at nearly the same time; two of them again, after their wait.
    for after, seconds in ((0.0, 20), (0.1, 20), (0.2, 20), (0.2, 19.5), (20.5, 20), (20.6, 20), (21, 30)):
        waits.report(RequestWait("throttled", seconds), begun + timedelta(seconds=after))
    told = [f"sparkpool: waiting, throttled, {seconds} s" for seconds in (20, 20, 30)]
    assert capsys.readouterr().err.splitlines() == told


def test_a_failure_has_azures_code_and_ids(shell: Shell) -> None:
    shell.fault(Rule(Forbidden(), path=COMPUTES, times=None))
    failure = shell.run("list").failure
    assert failure["azure_code"] == "AuthorizationFailed"
    assert failure["ids"]["request"]
    assert failure["ids"]["correlation"]


@pytest.mark.parametrize(
    ("words", "status", "parts"),
    [
        (("show", "etl-pord"), ExitStatus.NOT_FOUND, ("does not exist", 'Did you mean "etl-prod"?')),
        (("show", "nothing-like-it"), ExitStatus.NOT_FOUND, ('"sparkpool list" shows the computes of aml-prod.',)),
        (("check", "etl-prod", "nope"), ExitStatus.NOT_FOUND, ("nope",)),
        (("roles", "gpu-cluster"), ExitStatus.UNUSABLE, ("AmlCompute", "not an attached Synapse Spark pool")),
        (("check", "gpu-cluster"), ExitStatus.UNUSABLE, ("AmlCompute",)),
        (("export", "gpu-cluster", "--as", "az"), ExitStatus.UNUSABLE, ("AmlCompute",)),
        (("show", "a/../b"), ExitStatus.UNUSABLE, ("Not the name of a compute",)),
        (("show", ".."), ExitStatus.UNUSABLE, ("Not the name of a compute",)),
        (("show", ""), ExitStatus.UNUSABLE, ("Not the name of a compute",)),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_with_advice(
    shell: Shell, words: Sequence[str], status: ExitStatus, parts: Sequence[str]
) -> None:
    done = shell.run(*words)
    assert (done.status, done.out) == (status, "")
    assert all(part in done.err for part in parts)


def test_a_name_matches_in_any_letter_case(shell: Shell) -> None:
    assert shell.run("show", "ETL-Prod").document["name"] == "etl-prod"
    assert [item["name"] for item in shell.run("check", "ETL-Prod", "etl-prod").document["items"]] == ["etl-prod"]


@pytest.mark.parametrize("words", [*(READS[name] for name in READS if name != "operations")])
def test_without_a_workspace_a_verb_says_what_to_set_and_sends_nothing(shell: Shell, words: Sequence[str]) -> None:
    nowhere = Shell(shell.box, knows_workspace=False, why_unknown="No subscription is known for aml.")
    done = nowhere.run(*words)
    assert (done.status, done.out) == (ExitStatus.UNUSABLE, "")
    assert "No Azure ML workspace is known. No subscription is known for aml." in done.err
    assert "--workspace-name" in done.failure["advice"]
    assert not shell.box.log


def test_the_journal_needs_no_workspace_and_no_azure(shell: Shell) -> None:
    nowhere = Shell(shell.box, knows_workspace=False)
    assert nowhere.run("operations").status == ExitStatus.DONE
    assert not shell.box.log


def test_every_problem_has_a_status_and_only_temporary_ones_may_be_tried_again() -> None:
    statuses = {kind: ExitStatus.of(Problem(kind, "x")) for kind in ProblemKind}
    assert {kind.name: status.value for kind, status in statuses.items()} == {
        "NOT_SIGNED_IN": 4,
        "FORBIDDEN": 1,
        "NOT_FOUND": 3,
        "CONFLICT": 1,
        "THROTTLED": 75,
        "REFUSED": 1,
        "SERVICE": 1,
        "CONNECTION": 75,
        "FAILED": 1,
        "CANCELED": 1,
        "UNREADABLE": 1,
        "CHANGED": 9,
        "INTERNAL": 70,
    }
    for kind in ProblemKind:
        problem = Problem(kind, "x")
        problem.retry = Retry.LATER
        assert ExitStatus.of(problem) in (statuses[kind], ExitStatus.TRY_AGAIN)
        assert Failure.of(problem).is_retryable


def test_keys_are_named_as_keys_of_the_screen() -> None:
    for mention in Mention:
        told = without_keys(f"Press {mention}, then {mention}.")
        assert told == f'Press "{mention.value}" on the screen, then "{mention.value}".'


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--fields", "nme", "-o", "json"],
        ["-ojson", "lst"],
        ["--output=jsonl", "show"],
        ["show", "a", "b"],
        ["list", "--sandbox-size", "5"],
        ["list", "--refresh", "never"],
        ["list", "-w", "aml", "--subscription", "no such name"],
    ],
)
def test_an_unusable_command_line_ends_with_a_line_of_json_where_that_is_the_output(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path))
    try:
        status = main(words)
    except SystemExit as ended:
        status = int(str(ended.code))
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    line = printed.err.splitlines()[-1]
    failure = json.loads(line)
    assert faults_of(failure) == []
    assert failure["code"] == "unusable"
    assert failure["title"] in " ".join(printed.err.splitlines()[:-1])


@pytest.mark.parametrize("words", [["list", "-o", "table", "--nope"], ["-o", "tsv", "lst"], ["--nope"], ["export"]])
def test_an_unusable_command_line_ends_with_words_where_the_output_is_not_json(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "sparkpool.failure" not in capsys.readouterr().err
