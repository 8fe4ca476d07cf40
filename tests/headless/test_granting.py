"""The verbs `grant` and `revoke`: who gets or loses which role, and what is refused."""

import pytest

from tests.support.verbs import Done, Shell
from tui.domain.guard import Guard
from tui.exit_status import ExitStatus
from tui.sandbox.faults import Forbidden, Rule
from tui.sandbox.names import USER_NAME, USER_OBJECT_ID
from tui.sandbox.role_assignments import Grant

ADMINISTRATOR = "Synapse Administrator"


@pytest.fixture
def shell() -> Shell:
    return Shell()


def writes(shell: Shell) -> list[str]:
    """The methods of all writes, in order."""
    return [one.method for one in shell.box.log if one.method in ("PUT", "PATCH", "DELETE")]


def holders(shell: Shell, name: str, role: str = ADMINISTRATOR) -> set[str]:
    """Who holds a role that reaches the pool of a compute."""
    items = shell.run("roles", name, "-o", "json").document["items"]
    return {one["principal"] or one["principal_id"] for one in items if one["role"] == role}


def unusable(done: Done) -> bool:
    """Whether a command was refused before anything was sent, also as data."""
    return (done.status, done.failure["code"], done.out) == (ExitStatus.UNUSABLE, "unusable", "")


def test_each_identity_without_a_role_gets_it_and_a_rerun_sends_nothing(shell: Shell) -> None:
    assert "id-churn-b" not in holders(shell, "churn")
    done = shell.run("grant", "churn", "--yes", "-o", "json")
    assert (done.status, len(writes(shell))) == (ExitStatus.DONE, 1)
    assert {"id-churn-a", "id-churn-b"} <= holders(shell, "churn")
    again = shell.run("grant", "churn", "--yes", "-o", "json")
    assert (again.status, again.document["items"]) == (ExitStatus.DONE, [])
    assert "Unchanged" in again.err
    assert len(writes(shell)) == 1


def test_another_principal_and_another_role_can_be_given(shell: Shell) -> None:
    words = ("grant", "etl-prod", "--assignee", USER_OBJECT_ID, "--role", "synapse compute operator", "--yes")
    assert shell.run(*words).status == ExitStatus.DONE
    assert USER_NAME in holders(shell, "etl-prod", "Synapse Compute Operator")
    assert "Unchanged" in shell.run(*words).err
    assert len(writes(shell)) == 1


def test_a_role_is_removed_by_its_holders_name_and_the_plan_says_what_stops(shell: Shell) -> None:
    plan = shell.run("revoke", "churn", "--assignee", "id-churn-a", "--plan-only")
    assert (plan.status, writes(shell)) == (ExitStatus.DONE, [])
    assert "Loss:" in plan.err
    assert shell.run("revoke", "churn", "--assignee", "ID-churn-a", "--yes").status == ExitStatus.DONE
    assert writes(shell) == ["DELETE"]
    assert "id-churn-a" not in holders(shell, "churn")


def test_the_role_on_the_pool_itself_is_removed_before_an_inherited_one(shell: Shell) -> None:
    before = shell.run("roles", "churn", "-o", "json").document["items"]
    (own,) = [one for one in before if one["principal"] == "id-churn-a"]
    shell.box.world.roles.grant("syn-prod", Grant(own["principal_id"], "workspaces/syn-prod"))
    assert shell.run("revoke", "churn", "--assignee", "id-churn-a", "--yes").status == ExitStatus.DONE
    (left,) = [one for one in shell.run("roles", "churn", "-o", "json").document["items"] if one["is_own"]]
    assert (left["principal"], left["is_inherited"]) == ("id-churn-a", True)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("revoke", "churn"), "sparkpool roles churn"),
        (("grant", "churn", "--assignee", "ana@contoso.com"), "object id"),
        (("grant", "churn", "--role", "Synapse Admin"), ADMINISTRATOR),
        (("grant", "markup-lab"), "--assignee"),
        (("grant", "cpu-cluster"), "sparkpool list"),
    ],
)
def test_what_cannot_be_granted_or_removed_is_explained(shell: Shell, words: tuple[str, ...], advice: str) -> None:
    done = shell.run(*words, "--yes", "-o", "json")
    assert unusable(done)
    assert advice in done.err
    assert writes(shell) == []


def test_a_role_that_nobody_holds_is_not_found_and_the_holders_are_named(shell: Shell) -> None:
    done = shell.run("revoke", "churn", "--assignee", "id-churn-x", "--yes", "-o", "json")
    assert (done.status, done.failure["code"]) == (ExitStatus.NOT_FOUND, "not_found")
    assert "id-churn-a" in done.err
    assert writes(shell) == []


@pytest.mark.parametrize("verb", [("grant",), ("revoke", "--assignee", "id-churn-a")])
def test_roles_are_guarded_like_every_write(shell: Shell, verb: tuple[str, ...]) -> None:
    assert shell.run(verb[0], "churn", *verb[1:]).status == ExitStatus.HELD_BACK
    shell.guard = Guard("flag --read-only")
    assert shell.run(verb[0], "churn", *verb[1:], "--yes").status == ExitStatus.HELD_BACK
    assert writes(shell) == []


def test_a_principal_that_synapse_does_not_know_is_waited_for_and_then_reported(shell: Shell) -> None:
    somebody = "1b7c2f53-5a0e-4d3c-9c57-0a4f6f3f0d11"
    done = shell.run("grant", "churn", "--assignee", somebody, "--yes", "-o", "json")
    assert (done.status, done.failure["azure_code"]) == (ExitStatus.FAILED, "InvalidPrincipalId")
    assert done.failure["command"].startswith("sparkpool resume ")


def test_a_refused_grant_is_reported_in_azures_words(shell: Shell) -> None:
    shell.fault(Rule(Forbidden(), "PUT", "/roleAssignments"))
    done = shell.run("grant", "churn", "--yes", "-o", "json")
    assert done.status == ExitStatus.FAILED
    assert done.failure["advice"]
