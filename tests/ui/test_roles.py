"""Roles and readiness in the real app: problems that stop jobs are shown, explained and fixed with one key."""

from typing import Any

import pytest

from tests.support import scenes
from tests.support.field_form import sent
from tests.support.screen import gone, happened, on_row, paste, says, screen_text, sentences, shown
from tests.support.stage import ANA, Stage, grants, workspace_of, writes
from tui.domain.roles import ADMINISTRATOR, COMPUTE_OPERATOR
from tui.sandbox.faults import Answer, Forbidden, Rule, Slow
from tui.sandbox.role_assignments import Grant as HeldRole
from tui.ui.widgets.table import ResourceTable

LARGE, SMALL = (120, 40), (80, 24)
STRANGER = "5f0c0c0c-0000-4000-a000-0000000091ab"
DENIED = Answer(
    403,
    "Unauthorized",
    "The principal 'x' does not have the required Synapse RBAC permission to perform this action. Required permission: "
    "Action: Microsoft.Synapse/workspaces/read, Scope: workspaces/syn-prod/*.",
)


def principal(stage: Stage, identity: str) -> str:
    found = next(one for one in stage.box.world.identities if one["name"] == identity)
    return str(found["properties"]["principalId"])


def held(stage: Stage, principal_id: str) -> list[Any]:
    return [one for one in stage.box.world.roles.of("syn-prod") if one["principalId"] == principal_id]


def removals(stage: Stage) -> list[str]:
    return [one.url for one in stage.box.log if one.method == "DELETE"]


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["120x40", "80x24"])
async def test_a_missing_role_is_shown_on_the_list_and_granted_with_one_key(
    stage: Stage, size: tuple[int, int]
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "churn")
        assert "✖ 4 problems" in screen_text(stage.app)
        await pilot.press("r")
        await says(pilot, stage, "id-churn-b has no role here: jobs fail with 403. f grants it.", "this pool")
        await pilot.press("f")
        await says(
            pilot, stage, "+ role.id-churn-b Synapse Administrator on Spark pool syn-prod/churnpool", "1 granted"
        )
        assert grants(stage) == []
        await pilot.press("enter")
        await says(pilot, stage, "verified", "● Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "2 roles on this pool, 3 inherited from the workspace")
        await pilot.press("escape")
        await shown(pilot, stage, "✖ runtime ended")
        await happened(pilot, lambda: "4 problems" not in screen_text(stage.app))
    (grant,) = grants(stage)
    assert grant == {
        "roleId": ADMINISTRATOR.id,
        "principalId": principal(stage, "id-churn-b"),
        "scope": "workspaces/syn-prod/bigDataPools/churnpool",
    }


async def test_a_role_is_chosen_as_in_synapse_studio_by_scope_role_and_workspace_name(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot, "etl-prod")
        await pilot.press("a")
        await says(pilot, stage, "Scope of the role?", "Spark pool syn-prod/etlpool this pool", "6 scopes")
        await pilot.press("enter")
        await says(pilot, stage, "Which role?", "4 roles")
        await pilot.press(*"operator", "enter")
        await says(pilot, stage, "Who gets the role?", "23 principals")
        await pilot.press(*"aml-prod")
        await says(pilot, stage, "7 of 23 principals", "etl-prod in aml-prod")
        await pilot.press("enter")
        await says(pilot, stage, "+ role.etl-prod Synapse Compute Operator on Spark pool syn-prod/etlpool")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
    (grant,) = grants(stage)
    assert grant["roleId"] == COMPUTE_OPERATOR.id


async def test_an_unknown_object_id_is_questioned_in_the_plan_and_tried_only_briefly(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot, "etl-prod")
        await pilot.press("a")
        await says(pilot, stage, "Scope of the role?")
        await pilot.press(*"workspace", "enter")
        await says(pilot, stage, "Which role?", "11 roles")
        await pilot.press("enter")
        await says(pilot, stage, "Who gets the role?", "23 principals")
        await paste(pilot, STRANGER)
        await pilot.press("enter")
        await says(pilot, stage, f"+ role.{STRANGER} Synapse Administrator on workspace syn-prod")
        await says(pilot, stage, f"The object id {STRANGER} belongs to no compute, managed identity or workspace")
        await pilot.press("escape")
        await says(pilot, stage, STRANGER, "Who gets the role?")
        assert grants(stage) == []
        await pilot.press("enter")
        await says(pilot, stage, "sparkpool gives up after 30 seconds, and nothing is granted")
        before = stage.clock.monotonic()
        await pilot.press("enter")
        await says(pilot, stage, f"Synapse does not know {STRANGER}. ", "Check the object id")
        assert stage.clock.monotonic() - before < 60
        await pilot.press("escape")
        await says(pilot, stage, "inherited from the workspace")
    assert held(stage, STRANGER) == []


async def test_principal_types_are_visible_in_a_narrow_terminal_without_cutting_names(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.roles(stage, pilot, "churn")
        await shown(pilot, stage, "PRINCIPAL", "SCOPE      TYPE")
        rows = [line.split()[-1] for line in screen_text(stage.app).splitlines()[3:7]]
        assert rows == ["MI", "you", "group", "Synapse"]
        assert "c0de7e4a-0000-4000-a000-0000000000d1  Contributor" in screen_text(stage.app)
        await pilot.resize_terminal(120, 40)
        await shown(pilot, stage, "workspace, inherited", "user-assigned identity")


async def test_a_known_object_id_is_not_questioned_when_it_is_pasted(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot, "etl-prod")
        await pilot.press("a", "enter", "enter")
        await says(pilot, stage, "Who gets the role?", "23 principals")
        known = next(one["identity"]["principalId"] for one in stage.box.world.computes if one["name"] == "etl-prod")
        await paste(pilot, known.upper())
        await pilot.press("enter")
        await says(pilot, stage, "role.etl-prod Synapse Administrator", "1 held already")
        assert "The object id" not in screen_text(stage.app)


@pytest.mark.parametrize("form", ["{}", "{{{}}}", "  {}  "], ids=["bare", "in braces", "with blanks"])
async def test_a_pasted_object_id_shows_and_chooses_only_the_row_that_has_it(stage: Stage, form: str) -> None:
    wanted = principal(stage, "id-etl-read")
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.grant(stage, pilot)
        await paste(pilot, form.format(wanted.upper()))
        await shown(pilot, stage, "1 of 23 principals", "id-etl-read")
        assert "id-churn-a" not in screen_text(stage.app)
        await pilot.press("down", "down", "enter")
        await says(pilot, stage, "+ role.id-etl-read Synapse Administrator")


async def test_a_pasted_object_id_without_a_matching_row_shows_no_row_and_says_so(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.grant(stage, pilot)
        await paste(pilot, f"{{{STRANGER}}}")
        await shown(pilot, stage, "No known principal has this id. enter uses the id.", "0 of 23")
        assert "id-churn-a" not in screen_text(stage.app)
        await pilot.press("enter")
        await says(pilot, stage, f"+ role.{STRANGER} Synapse Administrator")


async def test_identities_without_the_role_are_listed_first_and_holders_are_not_granted_it_again(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.grant(stage, pilot)
        text = screen_text(stage.app)
        assert text.index("id-churn-b") < text.index("id-churn-a")
        await pilot.press("down", "enter")
        await says(pilot, stage, "0 granted, 0 removed, 1 held already")
        await says(pilot, stage, "No changes: id-churn-a is Synapse Administrator on Spark pool")
        assert "+ role.id-churn-a" not in screen_text(stage.app)
        await pilot.press("enter")
        await says(pilot, stage, "No changes: id-churn-a is Synapse Administrator")
        await pilot.press("escape")
        await shown(pilot, stage, "Who gets the role?")
        await pilot.press("up", "enter")
        await says(pilot, stage, "+ role.id-churn-b Synapse Administrator", "1 granted")
    assert grants(stage) == []


async def test_the_plan_says_if_a_role_to_grant_is_already_held_on_the_whole_workspace(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.grant(stage, pilot)
        await paste(pilot, ANA.object_id)
        await pilot.press("enter")
        await says(pilot, stage, "is Synapse Administrator on workspace syn-prod, which applies here too")
        await says(pilot, stage, "1 granted")


async def test_the_identity_of_the_compute_is_offered_when_computes_cannot_be_listed(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        stage.fault(Rule(Forbidden(), "GET", "/computes$", times=None))
        await pilot.press("enter")
        await shown(pilot, stage, "Nightly ETL")
        await pilot.press("r")
        await says(pilot, stage, "on this pool")
        await pilot.press("a", "enter", "enter")
        await says(pilot, stage, "Who gets the role?", "etl-prod in aml-prod", "principals")
    assert grants(stage) == []


async def test_a_role_granted_by_someone_else_in_the_meantime_is_not_a_failure(stage: Stage) -> None:
    scope = "workspaces/syn-prod/bigDataPools/churnpool"
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.grant(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "+ role.id-churn-b", "Nothing has been sent yet")
        stage.box.world.roles.grant("syn-prod", HeldRole(principal(stage, "id-churn-b"), scope))
        await pilot.press("enter")
        await says(pilot, stage, "already granted", "● Succeeded")


async def test_the_plan_says_what_will_fail_before_a_role_is_removed(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot, "churn")
        await pilot.press("home", "ctrl+d")
        await says(
            pilot, stage, "- role.id-churn-a", "Jobs that run as id-churn-a on Spark pool syn-prod/churnpool will fail"
        )
        await pilot.press("escape")
        await says(pilot, stage, "id-churn-b has no role here")
        assert removals(stage) == []
        await pilot.press("end", "ctrl+d")
        await says(pilot, stage, "It applies to the whole workspace: every pool of syn-prod loses it.")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
    assert len(removals(stage)) == 1


async def test_the_plan_to_remove_your_own_role_warns_that_you_cannot_grant_it_back(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot, "etl-prod")
        table = stage.app.screen.query_one(ResourceTable)

        def own() -> list[str]:
            return [row.assignment.id for row in table.items if row.name.startswith("ana@contoso.com")]

        await happened(pilot, lambda: bool(own()))
        table.select(own()[0])
        await pilot.press("ctrl+d")
        await says(
            pilot, stage, "It is your own role. Without another one, you can neither read nor grant roles of syn-prod"
        )
        await shown(pilot, stage, "syn-prod › plan")
    assert removals(stage) == []


async def test_the_readiness_of_a_pool_is_a_page_and_f_fixes_one_problem_after_the_other(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot, "churn")
        await says(pilot, stage, "Support of Spark 3.4 ended on 2026-03-31", "f grants Synapse Administrator to it")
        await says(pilot, stage, "lacks Storage Blob Data Contributor", "f grants what is missing")
        await pilot.press("f")
        await says(pilot, stage, "+ role.id-churn-b")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "id-churn-b is Synapse Administrator on Spark pool syn-prod/churnpool.")
        await says(pilot, stage, "f shows the plan that upgrades the Spark pool to 3.5")
        await pilot.press("f")
        await says(pilot, stage, "3.4 → 3.5", "This also changes the compute churn")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "Spark 3.5 is supported until", "f shows the plan that turns auto-pause on")
        await pilot.press("f")
        await says(pilot, stage, "false → true")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "The pool pauses after 15 min")
        await pilot.press("f")
        await says(pilot, stage, "Nothing to fix from here: ready.")
    assert len(grants(stage)) == 5
    assert len(sent(stage)) == 2


async def test_a_readiness_based_on_older_reads_says_when_they_were_made_until_a_refresh(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await says(pilot, stage, "4 problems")
        stage.clock.advance(60)
        await scenes.readiness(stage, pilot, "churn")
        await says(pilot, stage, "as of 09:13:00", "Some of this was read at 09:12:00; ctrl+r reads it again.")
        await pilot.press("ctrl+r")
        await gone(pilot, stage, "Some of this was read at")
        await says(pilot, stage, "Support of Spark 3.4 ended")


async def test_readiness_is_checked_as_listed_if_the_compute_itself_cannot_be_read(stage: Stage) -> None:
    stage.box.faults.add(Rule(Forbidden(), "GET", "/computes/churn$", times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await says(pilot, stage, "4 problems")
        stage.clock.advance(60)
        await on_row(stage, pilot, "churn")
        await pilot.press("enter", "2")
        await says(pilot, stage, "could not be read", "Could not read the compute churn", "Support of Spark 3.4 ended")
        assert "Checking" not in screen_text(stage.app)
        await says(pilot, stage, "Some of this was read at 09:12:00")


@pytest.mark.parametrize(
    ("is_deleted", "why"),
    [
        (True, "Not checked: Could not read the compute churn: it does not exist"),
        (False, "Not checked: churn is no longer the compute that the list shows"),
    ],
    ids=["deleted", "replaced"],
)
async def test_readiness_of_a_compute_that_no_longer_exists_says_why_it_was_not_checked(
    stage: Stage, is_deleted: bool, why: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        compute = stage.box.world.computes.get(f"{workspace_of(stage)}/computes/churn")
        assert compute is not None
        if is_deleted:
            stage.box.world.computes.remove(compute["id"])
        else:
            compute["properties"]["createdOn"] = "2020-01-01T00:00:00.0000000+00:00"
        await on_row(stage, pilot, "churn")
        await pilot.press("enter", "2")
        await says(pilot, stage, why)
        assert "Checking" not in screen_text(stage.app)
        await pilot.press("f")
        await says(pilot, stage, why)
        assert grants(stage) == []


@pytest.mark.parametrize(
    ("name", "opened"),
    [
        ("lost-identity", "Which managed identity should lost-identity have?"),
        ("scoring", "Nothing has been sent yet. enter updates scoring"),
    ],
)
async def test_the_fix_key_opens_the_fix_for_each_fixable_problem(stage: Stage, name: str, opened: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot, name)
        await pilot.press("f")
        await says(pilot, stage, opened)
    assert writes(stage) == []


async def test_the_message_to_an_administrator_names_role_scope_principal_and_command(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot, "churn")
        await pilot.press("m")
        await says(pilot, stage, "a message to those who can fix it")
        message = stage.app.clipboard
    assert "Synapse Administrator on Spark pool syn-prod/churnpool to id-churn-b" in message
    assert principal(stage, "id-churn-b") in message
    assert "az synapse role assignment create --workspace-name syn-prod" in message


@pytest.mark.parametrize("key", ["a", "f", "ctrl+d"])
async def test_roles_cannot_be_changed_before_their_workspace_is_read_and_the_screen_says_so(
    stage: Stage, key: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "churn")
        stage.clock.hold()
        stage.fault(Rule(Slow(600), "GET", "/syn-prod$"))
        await pilot.press("r")
        await shown(pilot, stage, "roles on ", "a grant")
        await pilot.press(key)
        await says(pilot, stage, "The Synapse workspace syn-prod has not been read yet")


async def test_an_azure_owner_without_a_synapse_role_sees_the_reason_and_can_still_grant(stage: Stage) -> None:
    stage.box.faults.add(Rule(DENIED, "GET", "/roleAssignments$", times=None))
    stage.box.faults.add(Rule(DENIED, "GET", "/roleDefinitions$", times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot, "churn")
        await says(
            pilot,
            stage,
            "This is Synapse's own permission, which Azure roles such as Owner do not include.",
            "for any Synapse role, such as Synapse User, on workspace syn-prod",
            "a grants anyway",
        )
        await pilot.press("m")
        await says(pilot, stage, "a message to a Synapse Administrator")
        assert "Synapse Administrator on Spark pool syn-prod/churnpool to id-churn-a" in stage.app.clipboard
        await pilot.press("a")
        for question in ("Scope of the role?", "Which role?", "Who gets the role?"):
            await says(pilot, stage, question)
            await pilot.press("enter")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
    assert len(grants(stage)) == 1


async def test_unreadable_roles_are_shown_as_not_checked_on_the_list_and_the_readiness_page(stage: Stage) -> None:
    stage.box.faults.add(Rule(DENIED, "GET", "/roleAssignments$", times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        assert "not all checked" in screen_text(stage.app)
        await scenes.readiness(stage, pilot, "etl-prod")
        await says(pilot, stage, "could not check: Synapse role", "Ask a Synapse Administrator of syn-prod")
        await pilot.press("m")
        await says(pilot, stage, "a message to those who can fix it")
    assert "Synapse Administrator on Spark pool syn-prod/etlpool to etl-prod" in stage.app.clipboard


async def test_the_wizard_checks_that_you_may_grant_the_role_and_then_grants_it(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot)
        await says(pilot, stage, "+ role.its system-assigned identity Synapse Administrator on Spark pool syn-prod/")
        await pilot.press("enter")
        await says(pilot, stage, "you may grant", "identity found", "verified", "● Succeeded")
        await pilot.press("escape")
        await on_row(stage, pilot, "adhoc")
        await happened(pilot, lambda: "no storage role" in sentences(stage.app))
    assert len(grants(stage)) == 1


async def test_the_wizard_grants_no_role_if_you_choose_none_or_there_is_no_identity(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_access(stage, pilot)
        await pilot.press("end", "enter")
        await says(
            pilot, stage, "Nothing has been sent yet", "need the role Synapse Administrator on syn-prod/adhocpool"
        )
        await pilot.press("shift+tab", "shift+tab")
        await says(pilot, stage, "enter adds or removes")
        await pilot.press("escape")
        await says(pilot, stage, "Which managed identity")
        await pilot.press("home", "enter")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
    assert grants(stage) == []


async def test_the_wizard_warns_that_the_grant_may_fail_before_any_write(stage: Stage) -> None:
    stage.box.faults.add(Rule(Forbidden(), "POST", "/checkAccessSynapseRbac$", times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_identity(stage, pilot)
        await pilot.press("tab")
        await says(pilot, stage, "pool is ready", "! The grant may fail", "cannot be checked: you may not read them")
    assert writes(stage) == []


async def test_an_identity_change_grants_the_new_roles_first_and_removes_the_old_ones_last(stage: Stage) -> None:
    old = next(one for one in stage.box.world.computes if one["name"] == "etl-prod")["identity"]["principalId"]
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await pilot.press("down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await paste(pilot, "id-adhoc")
        await pilot.press("enter")
        await says(
            pilot,
            stage,
            "id-adhoc is granted Synapse Administrator on Spark pool syn-prod/etlpool first.",
            "the system-assigned principal loses Synapse Administrator on Spark pool syn-prod/etlpool at the end.",
        )
        await pilot.press("tab")
        await says(pilot, stage, "+ role.id-adhoc", "- role.the system-assigned principal")
        await pilot.press("enter")
        await says(pilot, stage, "verified", "removed", "● Succeeded")
    order = [
        (one.method, one.url.split("?")[0].split("/")[-2]) for one in stage.box.log if one.method in ("PUT", "DELETE")
    ]
    assert order == [("PUT", "roleAssignments"), ("PUT", "computes"), ("DELETE", "roleAssignments")]
    assert held(stage, old) == []
    assert len(held(stage, principal(stage, "id-adhoc"))) == 1


async def test_a_new_system_assigned_principal_is_granted_its_role_as_soon_as_it_exists(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot, "churn-old")
        await pilot.press("down", "enter")
        await says(
            pilot, stage, "Nothing has been sent yet", "+ role.new system-assigned principal Synapse Administrator"
        )
        await pilot.press("enter")
        await says(pilot, stage, "verified", "● Succeeded")
    churn = next(one for one in stage.box.world.computes if one["name"] == "churn-old")
    assert [one["scope"] for one in held(stage, churn["identity"]["principalId"])] == [
        "workspaces/syn-prod/bigDataPools/etlold"
    ]


async def test_no_role_is_removed_while_azure_does_not_report_the_new_principal(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.box.world, "mint_principal", lambda _: "")
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot, "churn")
        await happened(pilot, lambda: "reading" not in screen_text(stage.app))
        await pilot.press("up", "ctrl+o")
        await says(
            pilot, stage, "id-churn-a loses Synapse Administrator on Spark pool syn-prod/churnpool at the end; no other"
        )
        await pilot.press("enter")
        await says(pilot, stage, "+ role.new system-assigned principal", "- role.id-churn-a")
        await pilot.press("enter")
        await says(pilot, stage, "its roles did not move: Azure did not report its principal.")
    assert removals(stage) == []


async def test_an_identity_change_can_keep_the_roles_as_they_are(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await happened(pilot, lambda: "reading" not in screen_text(stage.app))
        await pilot.press("ctrl+o")
        await says(pilot, stage, "Roles stay as they are.")
        await pilot.press("up", "enter")
        await says(pilot, stage, "Nothing has been sent yet", "Stray role afterwards: Synapse Administrator")
        await pilot.press("enter")
        await says(pilot, stage, "● Succeeded")
    assert grants(stage) == []
    assert removals(stage) == []


async def test_a_refused_grant_leaves_the_old_identity_and_its_role(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await pilot.press("down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await paste(pilot, "id-adhoc")
        await pilot.press("enter", "tab")
        await says(pilot, stage, "+ role.id-adhoc")
        stage.box.faults.add(Rule(DENIED, "PUT", "/roleAssignments/"))
        await pilot.press("enter")
        await says(pilot, stage, "The identity of etl-prod was not changed.", "Owner do not include")
    assert writes(stage) == []
    assert removals(stage) == []
