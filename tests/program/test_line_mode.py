"""Line mode as a program in a terminal: one story from its printed lines alone, and only lines in its bytes."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
STORY = (
    ("What next?", "Attach a"),
    ("How do you name the Spark pool?", "1"),
    ("Which subscription?", ""),
    ("Which Synapse workspace?", "syn-prod"),
    ("Which Spark pool?", "adhocpool"),
    ("Name for the compute", "adhoc"),
    ("Which managed identity?", "2"),
    ("Grant its identity", "yes"),
    ("Send this plan?", "yes"),
    ("attach adhoc: Succeeded", ""),
    ("What next?", "Change the managed"),
    ("Which compute?", "adhoc"),
    ("Which managed identity?", "None"),
    ("What happens to the Synapse role?", "?"),
    ("What happens to the Synapse role?", "follow"),
    ("Send this plan?", "yes"),
    ("update adhoc: Succeeded", ""),
    ("What next?", "Show and change"),
    ("Which compute?", "churn"),
    ("What do you want to do?", "b"),
    ("Which compute?", "b"),
    ("What next?", "Detach"),
    ("Which computes are detached?", "adhoc"),
    ("Send this plan?", "yes"),
    ("detach adhoc: Succeeded", ""),
    ("What next?", "q"),
)
"""What is printed, and the answer to it; an empty answer to what is no question is not given."""


def _hear_ctrl_c() -> None:
    """Undo that the shell ignores ctrl+c, as one does that runs the tests in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(folder: Path, *flags: str, **variables: str) -> Iterator[tuple[Any, io.StringIO]]:
    """The program in a terminal of 80 columns, and all that it has printed."""
    own = {"XDG_STATE_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    program = pexpect.spawn(
        sys.executable,
        ["-m", "tui", "--sandbox", "--sandbox-speed", "200", *flags],
        env={**os.environ, **own, **variables},
        cwd=str(folder),
        dimensions=(24, 80),
        timeout=PATIENCE_SECONDS,
        encoding="utf-8",
        echo=False,
        preexec_fn=_hear_ctrl_c,
    )
    program.logfile_read = written = io.StringIO()
    try:
        yield program, written
    finally:
        program.close(force=True)


@pytest.mark.parametrize(("flag", "variable"), [("--accessible", ""), ("--sandbox", "1")])
def test_one_story_works_from_the_printed_lines_alone(flag: str, variable: str, tmp_path: Path) -> None:
    with started(tmp_path, flag, **({"ACCESSIBLE": variable} if variable else {})) as (program, written):
        for printed, answer in STORY:
            program.expect_exact(printed)
            if answer or printed.endswith("?"):
                program.sendline(answer)
        program.expect(pexpect.EOF)
        program.close()
        assert program.exitstatus == 0
    text = written.getvalue().replace("\r\n", "\n")
    assert [letter for letter in text if not letter.isprintable() and letter != "\n"] == []
    lines = text.split("\n")
    assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []


def test_what_was_pasted_before_the_question_does_not_confirm_it(tmp_path: Path) -> None:
    with started(tmp_path, "--accessible") as (program, _):
        program.expect_exact("What next?")
        program.send("Detach\nchurn-old\nyes\nyes\nyes\n")
        program.expect_exact("Send this plan?")
        program.sendline("no")
        program.expect_exact("Nothing was sent.")
        program.sendline("q")
        program.expect(pexpect.EOF)


def test_bytes_that_are_no_text_are_an_answer_that_cannot_be_used(tmp_path: Path) -> None:
    with started(tmp_path, "--accessible") as (program, _):
        program.expect_exact("What next?")
        os.write(program.child_fd, b"\xff\xfe\n")
        program.expect_exact("is not one of them")
        program.sendline("q")
        program.expect(pexpect.EOF)
        program.close()
        assert program.exitstatus == 0


def test_ctrl_c_ends_it_at_once_with_its_status(tmp_path: Path) -> None:
    with started(tmp_path, "--accessible") as (program, _):
        program.expect_exact("What next?")
        program.sendintr()
        program.expect(pexpect.EOF)
        program.close()
        assert (program.exitstatus or 128 + (program.signalstatus or 0)) == 128 + signal.SIGINT
