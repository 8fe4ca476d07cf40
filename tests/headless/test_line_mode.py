"""Line mode: whole stories from numbered questions and printed lines alone."""

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from tests.support.verbs import Shell
from tui.domain.clouds import PUBLIC
from tui.domain.guard import Guard
from tui.exit_status import ExitStatus
from tui.headless.run import run_lines
from tui.operations.journal import Journal
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import Forbidden, Rule
from tui.sandbox.names import spark_pool_id
from tui.sandbox.seed import make_world

LIST, SHOW, CHECK, ATTACH, IDENTITY, ROLES, DETACH, OPERATIONS, OPEN = (
    *("List the", "Show a compute", "Check whether", "Attach a", "Change the managed", "Show and change"),
    *("Detach", "Show the operations", "Open another"),
)
"""Enough of the words of each action of the menu to choose it."""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(journal=lambda: Journal(tmp_path, PUBLIC))


def tell(shell: Shell, *answers: str) -> tuple[str, str]:
    """Answer questions in order, then end the answers; returns standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
        assert run_lines(shell.reading()) == ExitStatus.DONE
    return out.getvalue(), err.getvalue()


def writes(shell: Shell) -> list[str]:
    sent = [one for one in shell.box.log if one.method in ("PUT", "PATCH", "DELETE")]
    return [f"{one.method} {one.url.partition('?')[0].rsplit('/', 1)[-1]}" for one in sent]


def pool(shell: Shell, name: str = "adhocpool") -> str:
    return str(spark_pool_id(shell.box.world.default.subscription_id, "rg-data", "syn-prod", name))


def test_a_pool_is_attached_from_lists_with_its_role_by_numbers_words_and_defaults(shell: Shell) -> None:
    out, err = tell(shell, ATTACH, "1", "", "syn-prod", "adhocpool", "", "System-assigned: ", "", "yes")
    assert "Enter takes adhocpool." in out
    assert "+ attach adhocpool  syn-prod/adhocpool in aml-prod" in err
    assert "attach adhocpool: Succeeded" in err
    assert writes(shell)[0] == "PUT adhocpool"
    assert len(writes(shell)) == 2
    assert shell.run("show", "adhocpool").status == ExitStatus.DONE


def test_a_pool_is_attached_by_its_resource_id_with_identities_in_the_order_of_the_answer(shell: Shell) -> None:
    tell(shell, ATTACH, "2", "/not/an/id", pool(shell), "etl-prod", "adhoc", "3", "2,1", "n", "yes")
    (put,) = [one for one in shell.box.log if one.method == "PUT"]
    assert isinstance(put.body, dict)
    identities = list(put.body["identity"]["userAssignedIdentities"])
    assert identities == sorted(identities, reverse=True)
    assert len(identities) == 2


def test_the_identity_of_a_compute_changes_and_its_role_follows(shell: Shell) -> None:
    out, err = tell(shell, IDENTITY, "etl-prod", "None", "follow", "yes")
    assert "Now: system." in out
    assert "Loss:" in err
    assert "update etl-prod: Succeeded" in err
    assert shell.run("show", "etl-prod", "-o", "json").document["identity"] is None


def test_roles_are_listed_granted_and_removed(shell: Shell) -> None:
    out, err = tell(shell, ROLES, "churn", "1", "yes", ROLES, "churn", "Remove", "1", "b", "b", "b", "b")
    assert "PRINCIPAL" in out
    assert "Plan:" in err
    assert all(one.startswith("PUT") for one in writes(shell))
    assert writes(shell)
    before = len(writes(shell))
    tell(shell, ROLES, "churn", "Remove", "id-churn-a", "yes")
    assert [one.split()[0] for one in writes(shell)[before:]] == ["DELETE"]


def test_several_pools_are_detached_with_or_without_their_roles(shell: Shell) -> None:
    _, err = tell(shell, DETACH, "3,2", "Keep all", "yes")
    assert "Plan: 2 to detach." in err
    assert sorted(writes(shell)) == ["DELETE churn-old", "DELETE etl-prod"]


@pytest.mark.parametrize("answer", ["n", "no", "b", "q", "", "y", "1", "yes please"])
def test_nothing_is_sent_without_a_yes(shell: Shell, answer: str) -> None:
    tell(shell, DETACH, "churn-old", *([answer] if answer else []))
    assert writes(shell) == []


def test_going_back_leads_to_the_question_before_with_the_other_answers_kept(shell: Shell) -> None:
    once = ("syn-prod", "adhocpool")
    out, err = tell(shell, ATTACH, "1", "", *once, "b", "b", *once, "other", "1", "b")
    assert out.count("Which subscription?") == 1
    assert out.count("Which Synapse workspace?") == 2
    assert out.count("Which managed identity?") == 2
    assert "attach other" in err
    assert writes(shell) == []


def test_a_question_is_repeated_as_a_whole(shell: Shell) -> None:
    out, _ = tell(shell, "?", ATTACH, "?", "1", "q")
    assert out.count("What next?") == 2
    assert out.count("By its resource id") == 2


@pytest.mark.parametrize(
    "answer", ["0", "99", "-1", "1.5", "9" * 5000, "\u00b9", "nothing like it", "", " ", "1,2", "\x1b[A"]
)
def test_an_answer_that_cannot_be_used_is_asked_again(shell: Shell, answer: str) -> None:
    out, _ = tell(shell, answer, LIST)
    assert out.count("What next?") >= 2
    assert "etl-prod" in out
    assert "\x1b" not in out


def test_a_long_list_comes_in_parts_and_can_be_searched() -> None:
    shell = Shell(box=Sandbox(make_world(200), VirtualClock()))
    names = [one["name"] for one in shell.run("list", "-o", "json").document["items"]]
    out, _ = tell(shell, SHOW, "m", "m", names[0])
    assert out.count("more choice") >= 2
    assert len(re.findall(r"^60  ", out, re.M)) == 1
    assert shell.run("show", names[0], "-o", "table").out in out


def test_each_action_that_reads_prints_what_its_verb_prints(shell: Shell) -> None:
    for words, answers in (
        (("list",), (LIST,)),
        (("show", "etl-prod"), (SHOW, "etl-prod")),
        (("check",), (CHECK,)),
    ):
        out, _ = tell(shell, *answers)
        assert shell.run(*words, "-o", "table").out in out
    assert shell.run("operations", "-o", "table").err in tell(shell, OPERATIONS)[1]


def test_another_workspace_is_opened(shell: Shell) -> None:
    out, _ = tell(shell, OPEN, "", "aml-features", LIST)
    assert "Workspace aml-features in" in out
    shell.knows_workspace = False
    out, _ = tell(shell, "Contoso Prod", "aml-prod", LIST)
    assert "Workspace aml-prod in rg-ml. What next?" in out


def test_a_failure_leads_back_to_the_menu(shell: Shell) -> None:
    shell.fault(Rule(Forbidden(), "GET", "/computes$"))
    out, err = tell(shell, LIST, LIST)
    assert "you are not allowed to" in err
    assert out.count("What next?") == 3
    assert "etl-prod" in out


def test_a_write_that_azure_refuses_is_reported_and_the_menu_goes_on(shell: Shell) -> None:
    shell.fault(Rule(Forbidden(), "DELETE"))
    out, err = tell(shell, DETACH, "churn-old", "yes", LIST)
    assert "not allowed" in err
    assert "churn-old" in out


@pytest.mark.parametrize(("typed", "is_sent"), [("aml-prod", True), ("AML-PROD", True), ("aml-dev", False)])
def test_a_locked_workspace_needs_its_name(shell: Shell, typed: str, is_sent: bool) -> None:
    shell.guard = Guard(locked=("aml-prod",))
    tell(shell, DETACH, "churn-old", typed, "yes")
    assert bool(writes(shell)) == is_sent


def test_read_only_shows_the_plan_and_sends_nothing(shell: Shell) -> None:
    shell.guard = Guard("flag --read-only")
    out, err = tell(shell, DETACH, "churn-old", "yes")
    assert "Plan:" in err
    assert "read-only here" in out
    assert writes(shell) == []
