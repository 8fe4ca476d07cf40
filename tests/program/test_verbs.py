"""Verbs as programs of their own: what they import, pipes, signals and closed streams."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.served import Served
from tests.support.served_program import workspace_flags, write_settings
from tests.support.verbs import Shell, faults_of, interpreter
from tui.domain.resource_id import ml_workspace_id
from tui.domain.workspaces import Recent
from tui.exit_status import ExitStatus
from tui.state import remember_workspaces

ROOT = Path(__file__).parents[2]
WORDS = {
    "list": ("list",),
    "show": ("show", "etl-prod", "--raw"),
    "check": ("check", "etl-prod"),
    "roles": ("roles", "etl-prod"),
    "operations": ("operations",),
    "export": ("export", "etl-prod", "--as", "yaml"),
    "completion": ("completion", "bash"),
}


def environment(folder: Path, **more: str) -> dict[str, str]:
    own = {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config"), "PYTHONPATH": str(ROOT)}
    return {**os.environ, **own, **more}


def run(folder: Path, *words: str, **how: Any) -> subprocess.CompletedProcess[str]:
    kept: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    kept |= {"env": environment(folder), "cwd": folder} | how
    return subprocess.run(interpreter(*words), text=True, check=False, timeout=PATIENCE_SECONDS, **kept)


@pytest.mark.parametrize("name", ["check", "completion", "export"])
def test_a_running_verb_has_neither_textual_nor_rich_nor_a_screen_among_its_modules(name: str, tmp_path: Path) -> None:
    script = (
        "import json, sys; from tui.__main__ import main; status = main(sys.argv[1:]); "
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    settings = tmp_path / "config" / "sparkpool" / "settings.toml"
    settings.parent.mkdir(parents=True)
    # Both are checked by the screen's own modules, which a verb does not load.
    settings.write_text('theme = "nord"\n[keys]\n"computes.attach" = "f5"\n')
    done = subprocess.run(
        [sys.executable, "-c", script, "--sandbox", *WORDS[name]],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    modules = json.loads(done.stderr.splitlines()[-1])
    assert not [one for one in modules if re.match(r"(textual|rich|yaml|tui\.ui|tui\.program\.screen)(\.|$)", one)]
    assert "tui.verbs" in modules
    assert ("azure.core" in modules) == (name != "completion")


def test_output_is_data_that_a_pipe_can_read_with_flags_before_and_behind_the_verb(tmp_path: Path) -> None:
    before, behind = run(tmp_path, "--sandbox", "-o", "json", "list"), run(tmp_path, "list", "--sandbox")
    assert (before.returncode, before.stderr, behind.returncode) == (0, "", 0)
    for done in (before, behind):
        document = json.loads(done.stdout)
        assert faults_of(document) == []
    names = [item["name"] for item in json.loads(before.stdout)["items"]]
    assert names == [item["name"] for item in Shell().run("list").document["items"]]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_ends_a_verb_quietly(unbuffered: str, tmp_path: Path) -> None:
    line = f"{sys.executable} -m tui --sandbox --sandbox-size 2000 list; echo $? >status"
    own = environment(tmp_path, PYTHONUNBUFFERED=unbuffered)
    done = subprocess.run(["sh", "-c", f"({line}) | head -n 1"], cwd=tmp_path, env=own, capture_output=True, check=True)
    assert done.stdout == b"{\n"
    assert done.stderr == b""
    assert (tmp_path / "status").read_text().strip() == str(128 + signal.SIGPIPE)


def test_a_full_disk_is_reported_with_status_1(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(tmp_path, "--sandbox", "list", stdout=full)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["sparkpool: standard output cannot be written: No space left on device."]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_closed_before_the_start_does_not_stop_a_verb(closed: str, tmp_path: Path) -> None:
    line = f"{sys.executable} -m tui --sandbox list {closed}"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment(tmp_path), capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@contextmanager
def waiting(folder: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command that starts `tests.support.waiting_verb`, until it waits."""
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=environment(folder), **streams) as program:
        says_that_it_waits(program)
        yield program


def says_that_it_waits(program: subprocess.Popen[bytes]) -> None:
    assert program.stderr is not None
    assert program.stderr.readline().startswith(b"sparkpool: waiting, throttled, ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_waiting_verb_with_its_status_and_no_words(number: signal.Signals, tmp_path: Path) -> None:
    with waiting(tmp_path, sys.executable, "-m", "tests.support.waiting_verb", "heard") as program:
        program.send_signal(number)
        out, err = program.communicate(timeout=PATIENCE_SECONDS)
    assert (program.returncode, out, err) == (128 + number, b"", b"")


def test_a_signal_that_the_caller_ignores_does_not_end_a_verb(tmp_path: Path) -> None:
    line = f"trap '' HUP; exec {sys.executable} -m tests.support.waiting_verb briefly"
    with waiting(tmp_path, "sh", "-c", line) as program:
        program.send_signal(signal.SIGHUP)
        says_that_it_waits(program)
        program.send_signal(signal.SIGTERM)
        program.communicate(timeout=PATIENCE_SECONDS)
    assert program.returncode == 128 + signal.SIGTERM


def test_the_workspace_is_the_last_one_of_the_screen_unless_flags_name_another(tmp_path: Path) -> None:
    used = ml_workspace_id("00000000-0000-0000-0000-000000000001", "rg", "aml-used")
    remember_workspaces(tmp_path / "state" / "sparkpool", [Recent(used)])
    # Nobody can sign in here, and the message names the workspace.
    alone = environment(tmp_path, PATH="/nowhere", AZURE_CONFIG_DIR=str(tmp_path), HOME=str(tmp_path))
    words = ("list", "-o", "json", "--auth", "environment")
    assert "the computes of aml-used: " in run(tmp_path, *words, env=alone).stderr
    named = ("--subscription", used.subscription, "-g", "rg", "-w", "aml-named")
    assert "the computes of aml-named: " in run(tmp_path, *words, *named, env=alone).stderr
    partly = run(tmp_path, *words, "-g", "other", env=alone)
    assert partly.returncode == ExitStatus.UNUSABLE
    assert "--subscription and --workspace-name are missing." in partly.stderr


def test_a_verb_works_over_tls_as_an_application_and_with_a_device_code_that_was_asked_for(tmp_path: Path) -> None:
    with Served("--device-polls", "1") as served:
        write_settings(served, tmp_path)
        secrets = {
            "AZURE_TENANT_ID": served.tenant,
            "AZURE_CLIENT_ID": served.client_id,
            "AZURE_CLIENT_SECRET": served.client_secret,
        }
        words = ("list", "-o", "tsv", "--fields", "name", *workspace_flags(served))
        as_application = run(tmp_path, *words, env=environment(tmp_path, **secrets))
        by_code = run(tmp_path, *words, "--auth", "device-code")
        # Nobody is asked unless that was requested.
        alone = run(tmp_path, *words, env=environment(tmp_path, PATH="/nowhere", AZURE_CONFIG_DIR=str(tmp_path)))
    assert (as_application.returncode, as_application.stderr) == (0, "")
    assert as_application.stdout.split() == [item["name"] for item in Shell().run("list").document["items"]]
    assert (by_code.returncode, by_code.stdout) == (0, as_application.stdout)
    assert re.fullmatch(rf"Open {served.login}/devicelogin on any device and enter \w+ there, .*\n", by_code.stderr)
    assert (alone.returncode, alone.stdout) == (ExitStatus.NOT_SIGNED_IN, "")
    assert "devicelogin" not in alone.stderr


@pytest.mark.parametrize("method", ["auto", "workload-identity"])
def test_a_job_signs_in_with_the_federated_token_of_its_ci_system(method: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    with Served() as served:
        write_settings(served, tmp_path)
        own = {
            "AZURE_TENANT_ID": served.tenant,
            "AZURE_CLIENT_ID": served.client_id,
            "AZURE_FEDERATED_TOKEN_FILE": str(file),
            "PATH": "/nowhere",
        }
        words = ("list", "-o", "tsv", "--fields", "name", "--auth", method, *workspace_flags(served))
        file.write_text(served.federated_token)
        done = run(tmp_path, *words, env=environment(tmp_path, **own))
        file.write_text("another")
        refused = run(tmp_path, *words, env=environment(tmp_path, **own))
    assert (done.returncode, done.stderr) == (0, "")
    assert "etl-prod" in done.stdout.split()
    assert (refused.returncode, refused.stdout) == (ExitStatus.NOT_SIGNED_IN, "")
    assert "federated" in refused.stderr
    assert "another" not in refused.stderr


def test_the_journal_is_listed_without_a_sign_in(tmp_path: Path) -> None:
    alone = environment(tmp_path, PATH="/nowhere", AZURE_CONFIG_DIR=str(tmp_path), HTTPS_PROXY="http://127.0.0.1:9")
    done = run(tmp_path, "operations", "--auth", "device-code", env=alone)
    assert (done.returncode, done.stderr, json.loads(done.stdout)["items"]) == (0, "", [])


def test_settings_that_cannot_be_used_end_with_a_line_of_json(tmp_path: Path) -> None:
    settings = tmp_path / "config" / "sparkpool" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("refresh = 1\n")
    done = run(tmp_path, "--sandbox", "list")
    assert (done.returncode, done.stdout) == (2, "")
    failure = json.loads(done.stderr.splitlines()[-1])
    assert faults_of(failure) == []
    assert str(settings) in failure["title"]


def test_output_does_not_depend_on_the_locale(tmp_path: Path) -> None:
    done = run(
        tmp_path, "--sandbox", "show", "markup-lab", env=environment(tmp_path, LC_ALL="C", PYTHONCOERCECLOCALE="0")
    )
    assert done.returncode == 0
    assert "構成" in json.loads(done.stdout)["description"]
