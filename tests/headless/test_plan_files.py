"""Plans in files: `plan` writes them and sends nothing, `apply` sends exactly that or nothing."""

import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.support.verbs import Done, Shell, faults_of, spec_of
from tui.domain.clouds import PUBLIC
from tui.exit_status import ExitStatus
from tui.operations.journal import Journal
from tui.sandbox.names import spark_pool_id
from tui.sandbox.seed import make_world

IDENTITY = "/subscriptions/{0}/resourceGroups/rg-data/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{1}"

POOL = str(spark_pool_id(make_world().default.subscription_id, "rg-data", "syn-prod", "adhocpool"))

PLANS = {
    "attach": ("attach", "-f", "pool.yml", "--grant"),
    "attach-by-flags": ("attach", "adhoc", "--resource-id", POOL, "--description", "By flags"),
    "attach-again": ("attach", "-f", "etl.yml"),
    "update": ("update", "etl-prod", "--tag", "team=data", "--remove-tag", "cost", "--description", "Nightly"),
    "identity": ("update", "markup-lab", "--identity", "SystemAssigned", "--roles", "clean-up"),
    "detach": ("detach", "etl-prod", "churn"),
    "detach-shared": ("detach", "churn", "--shared-roles"),
    "grant": ("grant", "churn"),
    "revoke": ("revoke", "churn", "--assignee", "id-churn-a"),
}
"""A plan of each verb, and of each kind of request."""

NEW = ("attach", "attach-by-flags", "grant", "revoke")
"""Those that do not depend on the document of a compute."""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    shell = Shell(journal=lambda: Journal(tmp_path / "state", PUBLIC))
    Path("pool.yml").write_text(spec_of(shell.box.world))
    Path("etl.yml").write_text(spec_of(shell.box.world, "etl-prod", "etlpool", "tags:\n  team: data\n"))
    return shell


def writes(shell: Shell) -> list[tuple[str, str, Any]]:
    """All writes: method, URL and body, without the ids that are random for each grant."""
    sent = [one for one in shell.box.log if one.method in ("PUT", "PATCH", "DELETE")]
    return [(one.method, one.url.partition("/roleAssignments/")[0], one.body) for one in sent]


def compute(shell: Shell, name: str) -> dict[str, Any]:
    return dict(next(one for one in shell.box.world.computes if one["name"] == name))


def is_stale(done: Done, shell: Shell) -> bool:
    """Whether a plan was refused because of a change, with nothing sent, also as data."""
    return (done.status, done.failure["code"], done.out, writes(shell)) == (ExitStatus.CHANGED, "stale", "", [])


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_written_with_nothing_sent_and_applied_with_the_writes_of_its_verb(shell: Shell, name: str) -> None:
    made = shell.run("plan", *PLANS[name], "-o", "change.plan")
    assert (made.status, made.out, writes(shell)) == (ExitStatus.DONE, "", [])
    document = json.loads(Path("change.plan").read_text())
    assert faults_of(document) == []
    assert document["changes"]
    assert set(document["lines"]) <= set(made.err.splitlines())
    done = shell.run("apply", "change.plan", "-o", "json")
    assert done.status == ExitStatus.DONE
    assert {one["state"] for one in done.document["items"]} == {"succeeded"}
    other = Shell()
    assert other.run(*PLANS[name], "--yes").status == ExitStatus.DONE
    assert writes(shell) == writes(other) != []


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_that_was_applied_is_not_applied_twice(shell: Shell, name: str) -> None:
    shell.run("plan", *PLANS[name], "-o", "change.plan")
    shell.run("apply", "change.plan")
    sent = len(writes(shell))
    again = shell.run("apply", "change.plan", "-o", "json")
    assert (again.status, again.failure["code"]) == (ExitStatus.CHANGED, "stale")
    assert len(writes(shell)) == sent


def _tag(shell: Shell) -> None:
    for one in list(shell.box.world.computes):
        shell.box.world.computes.put({**one, "tags": {**(one.get("tags") or {}), "added": "by someone"}})


def _remove(shell: Shell) -> None:
    for one in list(shell.box.world.computes):
        shell.box.world.computes.remove(one["id"])


@pytest.mark.parametrize("change", [_tag, _remove], ids=["tagged", "removed"])
@pytest.mark.parametrize("name", [name for name in PLANS if name not in NEW])
def test_a_plan_about_a_compute_that_someone_has_changed_is_refused(shell: Shell, name: str, change: Any) -> None:
    shell.run("plan", *PLANS[name], "-o", "change.plan")
    change(shell)
    done = shell.run("apply", "change.plan", "-o", "json")
    assert is_stale(done, shell)
    assert change is _remove or "tags.added" in done.failure["cause"]


def test_a_plan_is_refused_if_its_harm_has_grown(shell: Shell) -> None:
    shell.run("plan", "revoke", "churn", "--assignee", "id-churn-a", "-o", "change.plan")
    churn = compute(shell, "churn")
    shell.box.world.computes.put({**churn, "id": churn["id"].replace("churn", "churn-too"), "name": "churn-too"})
    done = shell.run("apply", "change.plan", "-o", "json")
    assert is_stale(done, shell)
    assert "churn-too" in done.failure["cause"]


def test_a_plan_to_attach_is_refused_once_the_name_is_taken(shell: Shell) -> None:
    shell.run("plan", "attach", "-f", "pool.yml", "-o", "change.plan")
    etl = compute(shell, "etl-prod")
    shell.box.world.computes.put({**etl, "id": etl["id"].replace("etl-prod", "adhoc"), "name": "adhoc"})
    assert is_stale(shell.run("apply", "change.plan", "-o", "json"), shell)


def test_a_plan_to_attach_is_refused_once_its_pool_is_gone(shell: Shell) -> None:
    shell.run("plan", "attach", "-f", "pool.yml", "-o", "change.plan")
    pool = next(one for one in shell.box.world.spark_pools if one["name"] == "adhocpool")
    shell.box.world.spark_pools.remove(pool["id"])
    assert is_stale(shell.run("apply", "change.plan", "-o", "json"), shell)


def test_the_plan_is_what_counts_and_not_the_spec_file_of_today(shell: Shell) -> None:
    shell.run("plan", "attach", "-f", "pool.yml", "-o", "change.plan")
    Path("pool.yml").unlink()
    assert shell.run("apply", "change.plan").status == ExitStatus.DONE
    assert [method for method, _, _ in writes(shell)] == ["PUT"]


def test_the_exit_status_says_whether_a_plan_changes_anything_if_that_is_asked_for(shell: Shell) -> None:
    changing, same = ("plan", "attach", "-f", "pool.yml"), ("plan", "update", "etl-prod", "--remove-tag", "unknown")
    assert shell.run(*changing).status == ExitStatus.DONE
    assert shell.run(*changing, "--detailed-exitcode").status == ExitStatus.NOT_READY
    for more in ([], ["--detailed-exitcode"]):
        done = shell.run(*same, *more)
        assert done.status == ExitStatus.DONE
        assert "Unchanged" in done.err
    assert writes(shell) == []


def test_a_plan_that_changes_nothing_is_applied_without_a_write(shell: Shell) -> None:
    shell.run("plan", "update", "etl-prod", "--remove-tag", "unknown", "-o", "change.plan")
    assert not json.loads(Path("change.plan").read_text())["changes"]
    done = shell.run("apply", "change.plan", "-o", "json")
    assert (done.status, done.document["items"], writes(shell)) == (ExitStatus.DONE, [], [])


def test_a_plan_goes_through_pipes(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shell.run("plan", "detach", "etl-prod", "-o", "-")
    assert faults_of(made.document) == []
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(made.out.encode()), encoding="utf-8"))
    assert shell.run("apply", "-").status == ExitStatus.DONE
    assert writes(shell)[0][0] == "DELETE"


def test_a_plan_file_is_private_and_replaces_an_older_one(shell: Shell) -> None:
    shell.run("plan", "detach", "etl-prod", "-o", "change.plan")
    shell.run("plan", "detach", "churn", "-o", "change.plan")
    assert json.loads(Path("change.plan").read_text())["words"] == ["churn"]
    assert stat.S_IMODE(Path("change.plan").stat().st_mode) == 0o600
    assert {one.name for one in Path().iterdir()} == {"change.plan", "pool.yml", "etl.yml"}


def test_a_plan_that_cannot_be_written_is_a_failure(shell: Shell) -> None:
    done = shell.run("plan", "detach", "etl-prod", "-o", "no/such/folder/change.plan")
    assert (done.status, done.failure["code"]) == (ExitStatus.FAILED, "not_written")


def test_a_plan_keeps_its_workspace_whatever_the_settings_say_later(shell: Shell) -> None:
    shell.run("plan", "detach", "etl-prod", "-o", "change.plan")
    shell.knows_workspace = False
    assert shell.run("apply", "change.plan").status == ExitStatus.DONE


def test_a_plan_for_another_cloud_is_refused(shell: Shell) -> None:
    shell.run("plan", "detach", "etl-prod", "-o", "change.plan")
    document = json.loads(Path("change.plan").read_text())
    Path("change.plan").write_text(json.dumps({**document, "cloud": "AzureUSGovernment"}))
    done = shell.run("apply", "change.plan", "-o", "json")
    assert (done.status, writes(shell)) == (ExitStatus.UNUSABLE, [])
    assert "AzureUSGovernment" in done.failure["title"]


DAMAGES: dict[str, Any] = {
    "missing": {},
    "schema": {"schema": "sparkpool.plan/9"},
    "workspace": {"workspace": "/subscriptions/x"},
    "verb": {"verb": "delete"},
    "words": {"words": []},
    "words-type": {"words": "etl-prod"},
    "option": {"options": {"yes": True}},
    "option-type": {"options": {"keep_roles": "no"}},
    "options-type": {"options": []},
    "spec": {"spec": "name: x"},
    "lines": {"lines": [1]},
    "requests": {"requests": [[]]},
    "requests-type": {"requests": None},
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_plan_is_refused_in_one_sentence(shell: Shell, name: str) -> None:
    shell.run("plan", "detach", "etl-prod", "-o", "change.plan")
    document = json.loads(Path("change.plan").read_text())
    Path("change.plan").write_text(json.dumps({**document, **DAMAGES[name]} if DAMAGES[name] else {"schema": 1}))
    before = len(shell.box.log)
    done = shell.run("apply", "change.plan", "-o", "json")
    assert (done.status, done.failure["code"]) == (ExitStatus.UNUSABLE, "unusable")
    assert len(shell.box.log) == before


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[]", b"name: etl", b"[" * 5_000, b"null"])
def test_a_file_that_is_no_plan_at_all_is_refused(shell: Shell, data: bytes) -> None:
    Path("change.plan").write_bytes(data)
    done = shell.run("apply", "change.plan", "-o", "json")
    assert (done.status, done.failure["title"]) == (ExitStatus.UNUSABLE, "change.plan is not a plan of sparkpool.")


def test_a_missing_plan_is_not_there(shell: Shell) -> None:
    assert shell.run("apply", "no.plan", "-o", "json").status == ExitStatus.NOT_FOUND


def test_an_edited_plan_is_not_sent(shell: Shell) -> None:
    shell.run("plan", "detach", "etl-prod", "-o", "change.plan")
    document = json.loads(Path("change.plan").read_text())
    Path("change.plan").write_text(json.dumps({**document, "words": ["churn"]}))
    assert is_stale(shell.run("apply", "change.plan", "-o", "json"), shell)
