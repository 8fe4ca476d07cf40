"""Files that define the faults of a served sandbox."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.served import Served, envelope, raw, request, workspace
from tui.sandbox.fault_file import BadFaultsError, read_faults
from tui.sandbox.faults import (
    Answer,
    ClaimsChallenge,
    ClockJump,
    Garbled,
    NotJson,
    Outcome,
    Rule,
    Slow,
    Stuck,
    Throttled,
)

FAULTS = """
[[rules]]
fault = "throttled"
retry_after = 3
path = "/computes$"

[[rules]]
fault = "answer"
status = 418
code = "Teapot"
message = "No coffee."
method = "DELETE"
times = "all"
"""


def test_faults_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(FAULTS, encoding="utf-8")
    with Served("--faults", str(file)) as served, served.token() as token:
        target = f"{workspace(served)}/computes?api-version=2023-04-01"
        first = raw(served, request("GET", target, token))
        assert first.startswith(b"HTTP/1.1 429 ")
        assert b"Retry-After: 3\r\n" in first
        assert raw(served, request("GET", target, token)).startswith(b"HTTP/1.1 200 ")
        for _ in range(2):
            answer = raw(served, request("DELETE", f"{workspace(served)}/computes/churn", token))
            assert envelope(answer) == (418, "Teapot")


def test_a_connection_can_break_before_or_after_azure_processes_the_request(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    rules = [
        {"fault": "request-lost", "method": "PUT", "path": "/computes/one$"},
        {"fault": "response-lost", "method": "PUT", "path": "/computes/two$"},
    ]
    file.write_text(json.dumps({"rules": rules}), encoding="utf-8")
    body = b'{"location": "x", "properties": {"computeType": "AmlCompute"}}'
    with Served("--faults", str(file)) as served, served.token() as token:
        for name, then in (("one", b"HTTP/1.1 404 "), ("two", b"HTTP/1.1 200 ")):
            target = f"{workspace(served)}/computes/{name}?api-version=2023-04-01"
            assert raw(served, request("PUT", target, token, body)) == b""
            assert raw(served, request("GET", target, token)).startswith(then)
        assert served.stop() == (0, "")


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("1", "it must be a table of members."),
        ("{}", "'fault' must be one of answer, throttled, forbidden,"),
        ('{"fault": "fire"}', "'fault' must be one of"),
        ('{"fault": "slow"}', "the fault 'slow' needs 'seconds'."),
        ('{"fault": "slow", "seconds": -1}', "'seconds' must be a number from 0."),
        ('{"fault": "slow", "seconds": NaN}', "'seconds' must be a number from 0."),
        ('{"fault": "clock-jump"}', "the fault 'clock-jump' needs 'seconds'."),
        ('{"fault": "clock-jump", "seconds": Infinity}', "'seconds' must be a number."),
        ('{"fault": "garbled", "body": 1}', "'body' must be text."),
        ('{"fault": "outcome", "forgotten": "yes"}', "'forgotten' must be true or false."),
        ('{"fault": "slow", "seconds": 1, "path": "("}', "'path' must be a regular expression."),
        ('{"fault": "slow", "seconds": 1, "times": 0}', "'times' must be a whole number from 1, or 'all'."),
        ('{"fault": "slow", "seconds": 1, "after": true}', "'after' must be a whole number from 0."),
        ('{"fault": "slow", "seconds": 1, "method": "FETCH"}', "'method' must be one of GET, HEAD, POST, PUT"),
        ('{"fault": "slow", "seconds": 1, "method": "get"}', "'method' must be one of GET, HEAD, POST, PUT"),
        ('{"fault": "outcome", "status": "Lost"}', "'status' must be one of Succeeded, Failed, Canceled."),
        ('{"fault": "forbidden", "status": 403}', "the fault 'forbidden' has no member 'status'"),
        ('{"fault": "answer", "status": 99, "code": "x", "message": "y"}', "'status' must be a whole number from 100"),
        ('{"fault": "answer", "status": 400, "code": 1, "message": "y"}', "'code' must be text."),
        ('{"fault": "answer", "status": 400, "code": "x", "message": "y", "headers": {"a": 1}}', "'headers' must be"),
        ('{"fault": "answer", "status": 400, "code": "x", "message": "y", "gateway": 1}', "'gateway' must be true or"),
    ],
)  # fmt: skip
def test_an_invalid_rule_is_reported_in_one_sentence(tmp_path: Path, rule: str, problem: str) -> None:
    file = tmp_path / "faults.json"
    file.write_text(f'{{"rules": [{{"fault": "forbidden"}}, {rule}]}}', encoding="utf-8")
    with pytest.raises(BadFaultsError) as refused:
        read_faults(file)
    assert len(refused.value.problems) == 1
    assert refused.value.problems[0].startswith(f"Rule 2 of {file}: {problem}")


def test_an_unreadable_fault_file_is_reported_in_one_sentence_and_nothing_starts(tmp_path: Path) -> None:
    contents = {"a.json": "{", "b.toml": "=", "c.json": "[]", "d.json": '{"rules": 1}', "e.json": "[" * 100_000}
    for name, content in contents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    for name in (*contents, "missing.json"):
        with pytest.raises(BadFaultsError) as refused:
            read_faults(tmp_path / name)
        assert len(refused.value.problems) == 1
    found = subprocess.run(
        [sys.executable, "-m", "tui.sandbox", "--port", "0", "--faults", os.fspath(tmp_path / "a.json")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.count("\n") == 1
    assert " is not JSON: " in found.stderr


def test_fault_definitions_become_rules_with_their_options(tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [
        {"fault": "answer", "status": 400, "code": "A", "message": "b", "headers": {"x": "y"}, "gateway": True},
        {"fault": "throttled"},
        {"fault": "not-json", "status": 502, "body": "<html>", "content_type": "text/plain", "times": "all"},
        {"fault": "slow", "seconds": 1.5, "method": "GET", "path": "^/a", "after": 1, "times": 2},
        {"fault": "outcome", "status": "Canceled", "seconds": 5, "forgotten": True},
        {"fault": "claims-challenge", "claims": "{}"},
        {"fault": "garbled", "body": "?"},
        {"fault": "clock-jump", "seconds": -3600},
        {"fault": "stuck"},
    ]
    file = tmp_path / "faults.json"
    file.write_text(json.dumps({"rules": rules}), encoding="utf-8")
    *others, stuck = read_faults(file)
    assert isinstance(stuck.fault, Stuck)
    assert others == [
        Rule(Answer(400, "A", "b", {"x": "y"}, gateway=True)),
        Rule(Throttled()),
        Rule(NotJson(502, b"<html>", "text/plain"), times=None),
        Rule(Slow(1.5), "GET", "^/a", after=1, times=2),
        Rule(Outcome("Canceled", seconds=5, forgotten=True)),
        Rule(ClaimsChallenge("{}")),
        Rule(Garbled(b"?")),
        Rule(ClockJump(-3600)),
    ]
