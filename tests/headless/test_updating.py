"""The verb `update`: what it changes, what it leaves, and the roles that follow a new identity."""

import pytest

from tests.support.verbs import Document, Done, Shell
from tui.exit_status import ExitStatus
from tui.sandbox.faults import Forbidden, Rule


@pytest.fixture
def shell() -> Shell:
    return Shell()


def writes(shell: Shell) -> list[str]:
    """The methods of all writes, in order."""
    return [one.method for one in shell.box.log if one.method in ("PUT", "PATCH", "DELETE")]


def shown(shell: Shell, name: str) -> Document:
    return shell.run("show", name, "-o", "json").document


def unusable(done: Done) -> bool:
    """Whether a command was refused before anything was sent, also as data."""
    return (done.status, done.failure["code"], done.out) == (ExitStatus.UNUSABLE, "unusable", "")


def identity_id(shell: Shell, name: str) -> str:
    """The resource id of a user-assigned identity of the default world."""
    return str(next(one["id"] for one in shell.box.world.identities if one["name"] == name))


def test_tags_and_description_are_changed_and_nothing_else(shell: Shell) -> None:
    before = shown(shell, "etl-prod")
    words = ("update", "etl-prod", "--tag", "owner=ana=b", "--remove-tag", "cost", "--description", "", "--yes")
    assert shell.run(*words).status == ExitStatus.DONE
    after = shown(shell, "etl-prod")
    assert after["tags"] == {"team": "data", "owner": "ana=b"}
    assert not after["description"]
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"tags", "description", "as_of", "modified_on"}
    assert writes(shell) == ["PUT"]
    again = shell.run(*words, "-o", "json")
    assert (again.status, again.document["items"]) == (ExitStatus.DONE, [])
    assert writes(shell) == ["PUT"]


def test_a_new_identity_gets_the_role_first_and_the_old_principal_loses_its_role_last(shell: Shell) -> None:
    identity = identity_id(shell, "id-churn-a")
    words = ("update", "etl-prod", "--identity", "UserAssigned", "--user-assigned-identities", identity)
    plan = shell.run(*words, "--plan-only")
    assert "id-churn-a" in plan.err
    assert writes(shell) == []
    assert shell.run(*words, "--yes").status == ExitStatus.DONE
    assert writes(shell) == ["PUT", "PUT", "DELETE"]
    assert shown(shell, "etl-prod")["identity"]["type"] == "user_assigned"


def test_roles_stay_where_that_is_asked_for(shell: Shell) -> None:
    done = shell.run("update", "etl-prod", "--identity", "None", "--roles", "stay", "--yes")
    assert (done.status, writes(shell)) == (ExitStatus.DONE, ["PUT"])


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ((), "--tag"),
        (("--tag", "team"), "KEY=VALUE"),
        (("--tag", "team=x", "--remove-tag", "TEAM"), "both set and removed"),
        (("--identity", "Managed"), "SystemAssigned"),
        (("--identity", "UserAssigned"), "--user-assigned-identities"),
        (("--identity", "UserAssigned", "--user-assigned-identities", "id-churn-a"), "/"),
        (("--user-assigned-identities", "x"), "--identity"),
    ],
)
def test_flags_that_cannot_be_used_are_explained(shell: Shell, words: tuple[str, ...], advice: str) -> None:
    done = shell.run("update", "etl-prod", *words, "--yes", "-o", "json")
    assert unusable(done)
    assert advice in done.err
    assert writes(shell) == []


@pytest.mark.parametrize("tag", ["a<b=1", f"{'k' * 600}=1", f"k={'v' * 300}"])
def test_a_tag_that_azure_forbids_is_refused_with_the_plan(shell: Shell, tag: str) -> None:
    done = shell.run("update", "etl-prod", "--tag", tag, "--yes", "-o", "json")
    assert done.status == ExitStatus.FAILED
    assert "Azure allows" in done.failure["title"]
    assert writes(shell) == []


@pytest.mark.parametrize("name", ["cpu-cluster", "half-written"])
def test_what_cannot_be_changed_here_is_refused(shell: Shell, name: str) -> None:
    assert unusable(shell.run("update", name, "--tag", "a=b", "--yes", "-o", "json"))


def test_a_missing_identity_is_reported_before_anything_is_sent(shell: Shell) -> None:
    gone = identity_id(shell, "id-churn-a").replace("id-churn-a", "id-nowhere")
    words = ("--identity", "UserAssigned", "--user-assigned-identities", gone, "--yes", "-o", "json")
    assert shell.run("update", "etl-prod", *words).status == ExitStatus.NOT_FOUND
    assert writes(shell) == []


def test_who_may_not_read_roles_still_learns_what_is_not_known(shell: Shell) -> None:
    shell.fault(Rule(Forbidden(), "GET", "/roleAssignments", times=None))
    done = shell.run("update", "etl-prod", "--identity", "None", "--plan-only")
    assert done.status == ExitStatus.DONE
    assert "Could not read which roles remain" in done.err
