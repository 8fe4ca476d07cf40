"""Line mode as a program in a terminal: one story from its printed lines alone, and only lines in its bytes."""

import io
import os
import sys
from pathlib import Path

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


@pytest.mark.parametrize(("flag", "variable"), [("--accessible", ""), ("--sandbox", "1")])
def test_one_story_works_from_the_printed_lines_alone(flag: str, variable: str, tmp_path: Path) -> None:
    own = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    if variable:
        own["ACCESSIBLE"] = variable
    program = pexpect.spawn(
        sys.executable,
        ["-m", "tui", "--sandbox", "--sandbox-speed", "200", flag],
        env={**os.environ, **own},
        cwd=str(tmp_path),
        dimensions=(24, 80),
        timeout=PATIENCE_SECONDS,
        encoding="utf-8",
        echo=False,
    )
    program.logfile_read = written = io.StringIO()
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
