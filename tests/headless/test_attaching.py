"""The verb `attach`: spec files, what they lead to, and reruns that send nothing."""

import io
import os
from pathlib import Path

import pytest

from tests.support.verbs import Done, Shell, faults_of, spec_of
from tui.exit_status import ExitStatus
from tui.sandbox.faults import Forbidden, Rule
from tui.sandbox.names import spark_pool_id


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.fixture
def file(tmp_path: Path, shell: Shell) -> Path:
    path = tmp_path / "pool.yml"
    path.write_text(spec_of(shell.box.world))
    return path


def writes(shell: Shell) -> list[str]:
    """The methods of all writes, in order."""
    return [one.method for one in shell.box.log if one.method in ("PUT", "PATCH", "DELETE")]


def unusable(done: Done) -> bool:
    """Whether a file or flag was refused before anything was sent, also as data."""
    return (done.status, done.failure["code"], done.out) == (ExitStatus.UNUSABLE, "unusable", "")


def test_a_file_is_attached_once_and_a_rerun_sends_nothing(shell: Shell, file: Path) -> None:
    first = shell.run("attach", "-f", str(file), "--yes", "-o", "json")
    assert first.status == ExitStatus.DONE
    assert faults_of(first.document) == []
    assert [one["state"] for one in first.document["items"]] == ["succeeded"]
    assert writes(shell) == ["PUT"]
    again = shell.run("attach", "-f", str(file), "--yes", "-o", "json")
    assert (again.status, again.document["items"]) == (ExitStatus.DONE, [])
    assert "Unchanged" in again.err
    shell.columns = 80
    on_terminal = shell.run("attach", "-f", str(file), "--yes")
    assert (on_terminal.out, len(on_terminal.err.splitlines())) == ("", 1)
    assert writes(shell) == ["PUT"]


def test_a_changed_file_updates_what_it_sets_and_keeps_the_rest(shell: Shell, file: Path) -> None:
    shell.run("attach", "-f", str(file), "--yes")
    file.write_text(spec_of(shell.box.world, more="tags:\n  team: data\n"))
    plan = shell.run("attach", "-f", str(file), "--plan-only")
    assert "+ tags.team  data" in plan.err
    assert shell.run("attach", "-f", str(file), "--yes").status == ExitStatus.DONE
    shown = shell.run("show", "adhoc", "-o", "json").document
    assert (shown["tags"], shown["identity"]["type"]) == ({"team": "data"}, "system_assigned")
    assert len(writes(shell)) == 2


def test_the_role_is_granted_in_the_same_operation_where_that_is_asked_for(shell: Shell, file: Path) -> None:
    assert shell.run("attach", "-f", str(file), "--grant", "--yes").status == ExitStatus.DONE
    assert writes(shell) == ["PUT", "PUT"]
    roles = shell.run("roles", "adhoc", "-o", "json").document
    assert any(one["is_own"] and one["role"] == "Synapse Administrator" for one in roles["items"])


def test_a_file_comes_from_standard_input_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO(spec_of(shell.box.world).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data, encoding="utf-8"))
    assert shell.run("attach", "-f", "-", "--yes").status == ExitStatus.DONE
    assert writes(shell) == ["PUT"]


def flags_of(shell: Shell) -> tuple[str, ...]:
    pool = spark_pool_id(shell.box.world.default.subscription_id, "rg-data", "syn-prod", "adhocpool")
    return "adhoc", "--resource-id", pool, "--identity", "SystemAssigned", "--tag", "team=data", "--tag", "empty="


def test_flags_attach_what_a_file_attaches_and_a_rerun_sends_nothing(shell: Shell, file: Path) -> None:
    other = Shell()
    file.write_text(spec_of(shell.box.world, more='tags:\n  team: data\n  empty: ""\n'))
    assert other.run("attach", "-f", str(file), "--grant", "--yes").status == ExitStatus.DONE
    words = ("attach", *flags_of(shell), "--grant", "--yes")
    assert shell.run(*words).status == ExitStatus.DONE
    (ours, theirs) = (next(one.body for one in box.log if one.method == "PUT") for box in (shell.box, other.box))
    assert ours == theirs
    assert "Unchanged" in shell.run(*words).err
    assert writes(shell) == ["PUT", "PUT"]


def test_what_flags_do_not_say_of_an_attached_pool_stays(shell: Shell) -> None:
    shell.run("attach", *flags_of(shell), "--yes")
    name, _, pool, *_ = flags_of(shell)
    shell.run("attach", name, "--resource-id", pool, "--description", "Nightly", "--yes")
    shown = shell.run("show", "adhoc", "-o", "json").document
    assert (shown["description"], shown["tags"]) == ("Nightly", {"team": "data", "empty": ""})
    assert shown["identity"]["type"] == "system_assigned"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("1adhoc", "--resource-id", "POOL"), "starts with"),
        (("adhoc", "--resource-id", "/subscriptions/x"), "resource id"),
        (("adhoc", "--resource-id", "POOL", "--identity", "Mine"), "SystemAssigned"),
        (("adhoc", "--resource-id", "POOL", "--tag", "team"), "KEY=VALUE"),
        (("churn", "--resource-id", "POOL"), "sparkpool: churn is taken"),
    ],
)
def test_flags_that_cannot_be_attached_are_refused(shell: Shell, words: tuple[str, ...], part: str) -> None:
    pool = flags_of(shell)[2]
    done = shell.run("attach", *(pool if word == "POOL" else word for word in words), "--yes", "-o", "json")
    assert unusable(done)
    assert part in done.err
    assert writes(shell) == []


def test_reading_a_spec_from_a_terminal_is_announced(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, terminal = os.openpty()
    os.write(keyboard, f"{spec_of(shell.box.world)}\x04".encode())
    with os.fdopen(terminal, "r", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        done = shell.run("attach", "-f", "-", "--yes")
    os.close(keyboard)
    assert done.status == ExitStatus.DONE
    assert "ctrl+d" in done.err.splitlines()[0]


def test_all_errors_of_a_file_are_reported_at_once_with_their_lines(shell: Shell, file: Path) -> None:
    file.write_text("name: etl_prod\ntype: synapsespark\nresource_id: /x\ntags: 3\n")
    done = shell.run("attach", "-f", str(file), "--yes", "-o", "json")
    assert unusable(done)
    assert "has 3 errors" in done.failure["title"]
    for line in (1, 3, 4):
        assert f"{file}: line {line}," in done.err
    assert not shell.box.log


def test_another_pool_under_the_same_name_is_refused(shell: Shell, file: Path) -> None:
    file.write_text(spec_of(shell.box.world, name="etl-prod", pool="churnpool"))
    done = shell.run("attach", "-f", str(file), "--yes", "-o", "json")
    assert unusable(done)
    assert "etlpool" in done.failure["cause"]
    assert writes(shell) == []


@pytest.mark.parametrize("words", [("attach",), ("attach", "--yes"), ("list", "-f", "pool.yml")])
def test_a_file_is_needed_where_it_is_used_and_nowhere_else(shell: Shell, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        shell.run(*words)


def test_a_missing_file_is_reported(shell: Shell, tmp_path: Path) -> None:
    done = shell.run("attach", "-f", str(tmp_path / "pool.yml"), "--yes", "-o", "json")
    assert done.status == ExitStatus.NOT_FOUND
    assert "There is no file" in done.failure["title"]


def test_a_grant_without_an_identity_is_refused(shell: Shell, file: Path) -> None:
    file.write_text(spec_of(shell.box.world).partition("identity:")[0])
    assert unusable(shell.run("attach", "-f", str(file), "--grant", "--yes", "-o", "json"))


def test_without_yes_nothing_is_attached(shell: Shell, file: Path) -> None:
    done = shell.run("attach", "-f", str(file), "-o", "json")
    assert (done.status, done.failure["code"]) == (ExitStatus.HELD_BACK, "held_back")
    assert "+ attach adhoc  syn-prod/adhocpool in aml-prod" in done.err
    assert writes(shell) == []


def test_a_refused_attach_names_the_missing_role(shell: Shell, file: Path) -> None:
    shell.fault(Rule(Forbidden(), "PUT", "/computes/adhoc"))
    done = shell.run("attach", "-f", str(file), "--yes", "-o", "jsonl")
    assert (done.status, done.failure["azure_code"]) == (ExitStatus.FAILED, "AuthorizationFailed")
    assert done.failure["advice"]


def test_the_plan_says_that_the_pool_does_not_exist(shell: Shell, file: Path) -> None:
    pool = next(one for one in shell.box.world.spark_pools if one["name"] == "adhocpool")
    assert "no Spark pool" not in shell.run("attach", "-f", str(file), "--plan-only").err
    shell.box.world.spark_pools.remove(pool["id"])
    done = shell.run("attach", "-f", str(file), "--plan-only")
    assert "Azure finds no Spark pool syn-prod/adhocpool" in done.err
    assert "ot determined" not in done.err
