"""The program always ends with the exit status that the manual lists."""

import logging
import os
import pwd
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.terminal import LEAVE_ALTERNATE_SCREEN, sparkpool
from tui.__main__ import main
from tui.exit_status import MEANINGS, ExitStatus
from tui.manual import read_page

ROOT = Path(__file__).parents[2]


def run(*words: str, **streams: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tui", *words]
    kept = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | streams
    return subprocess.run(command, cwd=ROOT, check=False, timeout=PATIENCE_SECONDS, **kept)  # type: ignore[call-overload, no-any-return]


def test_sigint_ends_the_program_cleanly_with_its_exit_status(tmp_path: Path) -> None:
    with sparkpool(tmp_path) as terminal:
        terminal.shows("vm-legacy", "as of")
        terminal.signal(signal.SIGINT)
        assert terminal.ended() == 128 + signal.SIGINT
        assert LEAVE_ALTERNATE_SCREEN in terminal.written


def test_a_closed_terminal_ends_the_program_with_the_hangup_status(tmp_path: Path) -> None:
    with sparkpool(tmp_path) as terminal:
        terminal.shows("vm-legacy", "as of")
        terminal.hang_up()
        assert terminal.ended_unseen() == 128 + signal.SIGHUP


@pytest.mark.parametrize("words", [("settings",), ("doctor", "--sandbox"), ("--help",), ("--version",)])
def test_unwritable_output_is_reported_in_one_sentence_with_status_1(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(*words, stdout=full)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "sparkpool: standard output cannot be written: No space left on device."
    ]


@pytest.mark.parametrize(
    ("words", "closed"),
    [("settings", "<&-"), ("settings", ">&-"), ("settings", "2>&-"), ("doctor --sandbox", "<&- >&- 2>&-")],
)
def test_a_stream_closed_before_the_start_does_not_stop_the_program(closed: str, words: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m tui {words} {closed}"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_an_error_that_cannot_be_printed_keeps_its_exit_status() -> None:
    with Path("/dev/full").open("wb") as full:
        assert run("attach", stderr=full).returncode == 2


@pytest.mark.parametrize("kind", [LookupError, OSError])
def test_an_unexpected_error_is_shown_in_one_sentence_and_its_traceback_is_logged(
    kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def broken(*_: object, **__: object) -> None:
        raise kind("password=hunter2\x1b[2J")

    monkeypatch.setattr("tui.__main__.gather", broken)
    handlers, level = logging.root.handlers[:], logging.root.level
    logging.root.handlers[:] = []
    try:
        assert main(["settings"]) == ExitStatus.INTERNAL
    finally:
        for handler in logging.root.handlers:
            handler.close()
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    shown = capsys.readouterr()
    log = tmp_path / "sparkpool" / "sparkpool.log"
    assert shown.err == f"sparkpool failed unexpectedly ({kind.__name__}) and stopped; see {log}.\n"
    assert "Traceback" in log.read_text()
    assert "hunter2" not in log.read_text()


@pytest.mark.parametrize("words", [["settings"], ["settings", "--init"], ["doctor", "--sandbox"], ["doctor"]])
def test_no_command_crashes_for_a_user_unknown_to_the_system(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "AZURE_CONFIG_DIR", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "nothing")
    monkeypatch.chdir(tmp_path)
    if words == ["doctor"]:
        # An invalid proxy keeps the doctor off the network.
        monkeypatch.setenv("HTTP_PROXY", "http://[::1")
    status = main(words)
    shown = capsys.readouterr()
    assert status == (1 if words in (["settings", "--init"], ["doctor"]) else 0)
    assert "Traceback" not in shown.err
    assert words[0] != "doctor" or "set HOME to one of your folders" in " ".join(shown.out.split())
    assert not list(tmp_path.iterdir())


def test_a_deleted_working_directory_does_not_stop_the_program(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd {gone}; rmdir {gone}; exec {sys.executable} -m tui settings"
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("level", ["warning", "debug"])
def test_the_doctor_reports_an_unwritable_log_in_one_sentence(tmp_path: Path, level: str) -> None:
    # No file may grow, as on a full disk.
    words = f"ulimit -f 0; exec {sys.executable} -m tui doctor --sandbox --log-level {level} | cat"
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(["/bin/sh", "-c", words], cwd=ROOT, env=environment, capture_output=True, check=False)
    text = " ".join(done.stdout.decode().split())
    assert done.stderr == b""
    assert text.count("is incomplete: it could not be written (File too large).") == (level == "debug")
    assert "Everything needed works." in text


def test_the_manual_lists_every_exit_status() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", read_page("troubleshooting").text, re.MULTILINE)
    assert rows == [(str(status.value), MEANINGS[status]) for status in ExitStatus]
