"""Completions, tried in bash itself, and in zsh and fish where they are installed."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tui.__main__ import main
from tui.headless.completion import completion
from tui.manual import TOPICS
from tui.settings.model import definitions
from tui.verbs import FLAGS, FORMATS, PLANNED, SHELLS, VERBS


def replies(folder: Path, *cases: Sequence[str]) -> list[list[str]]:
    """What bash offers for command lines whose last word is being typed."""
    script = [completion("bash")]
    for words in cases:
        quoted = " ".join(f"'{word}'" for word in words)
        script += [f'COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _sparkpool; echo "${{COMPREPLY[*]}}"']
    done = subprocess.run(
        ["bash", "--norc", "-euc", "\n".join(script)], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return [line.split() for line in done.stdout.split("\n")[: len(cases)]]


def test_bash_offers_what_can_stand_there(tmp_path: Path) -> None:
    nothing, verb, after_flag, flags, formats, topics, shells, auth, fields, own, path = replies(
        tmp_path,
        ("sparkpool", ""),
        ("sparkpool", "ch"),
        ("sparkpool", "--sandbox", "ex"),
        ("sparkpool", "show", "--"),
        ("sparkpool", "list", "-o", ""),
        ("sparkpool", "help", ""),
        ("sparkpool", "completion", ""),
        ("sparkpool", "list", "--auth", "c"),
        ("sparkpool", "roles", "etl-prod", "--fields", "princ"),
        ("sparkpool", "export", "etl-prod", "--as", "t"),
        ("sparkpool", "list", "--ca-file", ""),
    )
    assert set(VERBS) <= set(nothing)
    assert {flag for definition in definitions() for flag in definition.flags} <= set(nothing)
    assert verb == ["check"]
    assert after_flag == ["export"]
    assert {"--raw", "--name", "--output", "--sandbox", "--no-read-only"} <= set(flags)
    assert "--as" not in flags
    assert formats == list(FORMATS)
    assert set(TOPICS) <= set(topics)
    assert set(SHELLS) <= set(shells)
    assert auth == ["cli"]
    assert fields == [field for field in VERBS["roles"].fields if field.startswith("princ")]
    assert own == ["terraform"]
    assert path == []


def test_bash_offers_after_plan_a_verb_and_then_what_that_verb_plans_with(tmp_path: Path) -> None:
    verbs, flags, path, roles = replies(
        tmp_path,
        ("sparkpool", "plan", ""),
        ("sparkpool", "plan", "update", "etl-prod", "--"),
        ("sparkpool", "plan", "detach", "etl-prod", "-o", ""),
        ("sparkpool", "plan", "update", "etl-prod", "--roles", ""),
    )
    assert set(PLANNED) <= set(verbs)
    assert {"--tag", "--identity", "--output", "--detailed-exitcode"} <= set(flags)
    assert not {"--yes", "--timeout", "--keep-roles"} & set(flags)
    assert path == []
    assert roles == ["follow", "clean-up", "stay"]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_verb_and_flag_is_in_the_completions_of_every_shell(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert text.rstrip("\n") == completion(shell).rstrip("\n")
    flags = [flag for definition in definitions() for flag in definition.flags]
    for flag in (*flags, *(flag for row in FLAGS.values() for flag in row.flags)):
        assert (f"-{'l' if flag.startswith('--') else 's'} {flag.lstrip('-')} " if shell == "fish" else flag) in text
    assert all(verb in text for verb in VERBS)


def test_the_words_of_fish_are_quoted() -> None:
    for line in completion("fish").split("\n"):
        assert line.startswith("complete -c sparkpool ")
        assert line.replace("\\\\", "").replace("\\'", "").count("'") % 2 == 0


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_has_no_faults_of_syntax(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(completion(shell))
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
