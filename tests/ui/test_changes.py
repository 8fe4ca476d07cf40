"""Identity, tags and description of attached pools, changed in the real app against the sandbox."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from textual.widgets import Input

from tests.support import scenes
from tests.support.screen import gone, happened, on_row, paste, says, screen_text, sentences, set_tag, shown
from tests.support.stage import Stage, change, puts, writes
from tui.sandbox.faults import Forbidden, Outcome, Rule

LARGE = (120, 40)
GUID = "99999999-0000-4000-8000-000000000000"


def put(stage: Stage) -> dict[str, Any]:
    """The body of the only PUT that Azure received."""
    (found,) = puts(stage)
    assert isinstance(found.body, dict)
    return found.body


def compute(stage: Stage, name: str) -> dict[str, Any]:
    return copy.deepcopy(next(one for one in list(stage.box.world.computes) if one["name"] == name))


def identity_of(stage: Stage, name: str) -> str:
    return str(next(one["id"] for one in list(stage.box.world.identities) if one["name"] == name))


def with_unknown_members(document: dict[str, Any]) -> None:
    document["sku"] = {"name": "of a later version"}
    document["properties"]["disableLocalAuth"] = True
    document["properties"]["computeLocation"] = "eastus2"


# Identity


async def test_an_identity_change_is_sent_only_after_the_plan_and_keeps_every_other_member(stage: Stage) -> None:
    change(stage, "etl-prod", with_unknown_members)
    before = compute(stage, "etl-prod")
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.plan(stage, pilot)
        assert writes(stage) == []
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded", "update etl-prod")
        await pilot.press("escape")
        await shown(pilot, stage, "etl-prod is updated.", "user ×2")
    body = put(stage)
    assert list(body["identity"]["userAssignedIdentities"]) == [
        identity_of(stage, name).replace("resourcegroups", "resourceGroups") for name in ("id-etl-prod", "id-etl-read")
    ]
    assert body["identity"]["type"] == "UserAssigned"
    assert body["tags"] == before["tags"]
    assert body["sku"] == {"name": "of a later version"}
    for member in ("disableLocalAuth", "computeLocation", "description", "resourceId", "properties"):
        assert body["properties"][member] == before["properties"][member]


async def test_leaving_the_plan_sends_nothing_and_keeps_the_choice(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.plan(stage, pilot)
        await pilot.press("escape")
        await says(pilot, stage, "1 id-etl-prod default for jobs 2 id-etl-read")
        await pilot.press("escape", "escape")
        await shown(pilot, stage, "15 computes")
    assert writes(stage) == []


async def test_the_identity_editor_shows_which_roles_are_lost_before_a_choice(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await says(pilot, stage, "No changes.")
        await pilot.press("up")
        await says(
            pilot,
            stage,
            "The system-assigned principal",
            "is deleted;",
            "the system-assigned principal loses Synapse Administrator on Spark pool syn-prod/etlpool at the end.",
        )
    assert writes(stage) == []


async def test_one_key_pages_through_the_consequences_for_many_pools_and_starts_over_at_the_end(stage: Stage) -> None:
    first, last = "churn: Jobs can no longer run as id-churn-a", "syn-prod/orphanpool at the end."
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press(*["space"] * 6, "i")
        await shown(pilot, stage, "6 Spark pools have?", "consequences · ctrl+g shows more")
        await pilot.press("home")
        await says(pilot, stage, first)
        pages: list[str] = []
        while first not in sentences(stage.app) or not pages:
            pages.append(sentences(stage.app))
            await pilot.press("ctrl+g")
            await pilot.pause()
        assert last not in pages[0]
        assert last in pages[-1]


async def test_removing_the_identity_sends_an_explicit_type_none(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await pilot.press("up", "enter")
        await says(pilot, stage, "~ identity.type SystemAssigned → None", "1 changed")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    assert put(stage)["identity"] == {"type": "None"}


async def test_choosing_both_identity_types_keeps_the_system_assigned_principal(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await pilot.press("down", "down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await paste(pilot, "id-adhoc")
        await pilot.press("enter", "tab")
        await says(pilot, stage, "~ identity.type SystemAssigned → SystemAssigned,UserAssigned")
        assert "is deleted" not in screen_text(stage.app)
        assert "known after apply" not in screen_text(stage.app)


async def test_user_assigned_identities_can_be_reordered_and_removed(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot, "churn")
        await pilot.press("enter")
        await says(pilot, stage, "1 id-churn-a default for jobs 2 id-churn-b")
        await pilot.press("shift+down", "tab")
        await says(pilot, stage, "id-churn-a, id-churn-b → id-churn-b, id-churn-a", "as id-churn-b from then on")
        await pilot.press("escape")
        await says(pilot, stage, "1 id-churn-b default for jobs 2 id-churn-a")
        await pilot.press("enter", "tab")
        await says(pilot, stage, "- identity.userAssignedIdentities.id-churn-a")


async def test_an_empty_list_of_user_assigned_identities_cannot_be_sent(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await pilot.press("down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await pilot.press("tab")
        await says(pilot, stage, "No user-assigned identity is chosen: choose at least one, or another identity type.")
    assert writes(stage) == []


async def test_a_deleted_identity_stays_visible_and_can_be_removed(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity_gone(stage, pilot)
        await pilot.press("enter")
        await paste(pilot, "id-adhoc")
        await pilot.press("enter", "tab")
        await says(pilot, stage, "- identity.userAssignedIdentities.id-deleted")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    assert [one.rsplit("/")[-1] for one in put(stage)["identity"]["userAssignedIdentities"]] == ["id-adhoc"]


async def test_an_identity_deleted_before_the_write_is_named_and_nothing_is_sent(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.plan(stage, pilot)
        stage.box.world.identities.remove(identity_of(stage, "id-etl-read"))
        await pilot.press("enter")
        await says(
            pilot, stage, "The user-assigned identity id-etl-read is not in rg-ml: it is gone, or its id is wrong."
        )
    assert writes(stage) == []


async def test_an_identity_of_another_tenant_is_named_and_nothing_is_sent(stage: Stage) -> None:
    dev = next(one["id"] for one in list(stage.box.world.identities) if one["name"] == "id-dev-ana")
    there = copy.deepcopy(stage.box.world.identities.get(dev)) or {}
    there["properties"]["tenantId"] = "99999999-0000-4000-8000-000000000000"
    stage.box.world.identities.put(there)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await pilot.press("down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await paste(pilot, dev)
        await pilot.press("enter")
        await says(pilot, stage, "1 id-dev-ana", "in another subscription")
        await pilot.press("tab")
        await says(pilot, stage, "enter updates etl-prod")
        await pilot.press("enter")
        await says(pilot, stage, "id-dev-ana belongs to tenant 99999999-0000-4000-8000-000000000000, and aml-prod to")
    assert writes(stage) == []


async def test_identities_of_a_subscription_in_another_tenant_are_not_offered(stage: Stage) -> None:
    subscriptions = stage.box.world.subscriptions
    dev = copy.deepcopy(next(one for one in list(subscriptions) if one["displayName"] == "Contoso Dev"))
    dev["tenantId"] = "99999999-0000-4000-8000-000000000000"
    subscriptions.put(dev)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await pilot.press("down", "enter", "ctrl+t")
        await shown(pilot, stage, "5 subscriptions")
        await paste(pilot, "dev")
        await pilot.press("enter")
        await says(pilot, stage, "Contoso Dev is in a different tenant")


async def test_a_lost_response_to_an_update_is_resolved_by_reading_back(stage: Stage) -> None:
    from tui.sandbox.faults import ResponseLost

    stage.box.faults.add(Rule(ResponseLost(), "PUT", "/computes/"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.plan(stage, pilot)
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        await pilot.press("v")
        await shown(pilot, stage, "reading back")
    assert writes(stage) == ["PUT"]


@pytest.mark.parametrize("name", ["cpu-cluster", "half-written"])
async def test_other_computes_cannot_be_changed_and_the_keys_say_why(stage: Stage, name: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, name)
        for key in ("i", "e", "x", "space"):
            await pilot.press(key)
            assert "only attached Synapse Spark pools" in sentences(stage.app) or "cannot be read" in sentences(
                stage.app
            )
        assert "marked" not in screen_text(stage.app)


# Changes by someone else


async def test_a_conflict_shows_both_changes_and_can_apply_mine_on_top_of_theirs(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.conflict(stage, pilot)
        assert writes(stage) == []
        await says(
            pilot, stage, "tags.team was data theirs theirs", "identity.type was SystemAssigned yours UserAssigned"
        )
        await pilot.press("enter")
        await says(pilot, stage, "Nothing has been sent yet. enter updates etl-prod", "tags.team theirs")
        assert writes(stage) == []
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    body = put(stage)
    assert body["tags"]["team"] == "theirs"
    assert body["identity"]["type"] == "UserAssigned"


async def test_a_conflict_can_be_resolved_by_keeping_their_change(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.conflict(stage, pilot)
        await pilot.press("t")
        await shown(pilot, stage, "operations", "✖ Failed")
    assert writes(stage) == []


async def test_a_compute_deleted_in_the_meantime_is_reported(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.plan(stage, pilot)
        stage.box.world.computes.remove(compute(stage, "etl-prod")["id"])
        await pilot.press("enter")
        await says(pilot, stage, "etl-prod is no longer in aml-prod.")
    assert writes(stage) == []


@pytest.mark.parametrize(
    ("key", "change_it", "words"),
    [
        ("e", lambda compute: compute["tags"].update(team="theirs"), "theirs"),
        ("i", lambda compute: compute.update(identity={"type": "None"}), "IDENTITY none"),
    ],
)
async def test_a_form_opens_with_the_current_state_of_the_compute(
    stage: Stage, key: str, change_it: Callable[[dict[str, Any]], None], words: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.detail(stage, pilot)
        change(stage, "etl-prod", change_it)
        await pilot.press(key)
        await says(pilot, stage, words)
    assert writes(stage) == []


# Tags and description


async def test_tags_are_set_and_removed_and_nothing_else_changes(stage: Stage) -> None:
    before = compute(stage, "etl-prod")
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.tags(stage, pilot)
        await pilot.press("ctrl+s")
        await says(pilot, stage, "+ tags.owner ana", "- tags.team data", "1 set, 0 changed, 1 removed")
        assert writes(stage) == []
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    body = put(stage)
    assert body["tags"] == {"cost": "42", "owner": "ana"}
    assert body["identity"] == {"type": "SystemAssigned"}
    assert body["properties"]["description"] == before["properties"]["description"]


async def test_a_description_is_changed(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("e")
        await shown(pilot, stage, "Tags and description of etl-prod")
        await pilot.press("ctrl+u")
        await paste(pilot, "[/red] Weekly ETL")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Nightly ETL of the sales lake → [/red] Weekly ETL")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    assert put(stage)["properties"]["description"] == "[/red] Weekly ETL"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("n" * 513, "x", "has 513 characters; Azure allows at most 512."),
        ("n", "v" * 257, "has 257 characters; Azure allows at most 256."),
        ("a/b", "x", 'has "/"; Azure allows none of'),
    ],
)
async def test_a_tag_over_azures_limits_is_refused_and_the_typed_text_stays(
    stage: Stage, name: str, value: str, said: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("e")
        await shown(pilot, stage, "Tags and description of etl-prod")
        await pilot.press("enter")
        await set_tag(pilot, name, value)
        await says(pilot, stage, said)
        assert [stage.app.screen.query_one(f"#{one}").value for one in ("tag-name", "tag-value")] == [name, value]  # type: ignore[attr-defined]


async def test_the_fifty_first_tag_is_refused(stage: Stage) -> None:
    change(stage, "etl-prod", lambda one: one.update(tags={f"t{number}": "x" for number in range(50)}))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("e")
        await shown(pilot, stage, "t10")
        await pilot.press("enter")
        await set_tag(pilot, "more", "x")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "There would be 51 tags; Azure allows 50 on a resource. Remove some.")
    assert writes(stage) == []


async def test_a_tag_name_in_another_letter_case_changes_the_existing_tag(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("e")
        await shown(pilot, stage, "Tags and description of etl-prod")
        await pilot.press("enter")
        await paste(pilot, "TEAM")
        await pilot.press("enter", "ctrl+u")
        await paste(pilot, "ml")
        await pilot.press("enter", "ctrl+s")
        await says(pilot, stage, "~ tags.team data → ml")


async def test_an_empty_tag_value_is_still_empty_when_the_tag_is_edited_again(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("e")
        await shown(pilot, stage, "Tags and description of etl-prod", "team")
        await pilot.press("enter", *"team", "enter", "ctrl+u", "enter")
        await shown(pilot, stage, '""')
        await pilot.press(*"team", "enter")
        await happened(pilot, lambda: stage.app.screen.query_one("#tag-value").has_focus)
        assert stage.app.screen.query_one("#tag-value", Input).value == ""


async def test_a_value_typed_for_an_existing_tag_replaces_its_value(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("e")
        await shown(pilot, stage, "Tags and description of etl-prod", "team")
        await pilot.press("enter", *"team", "enter", *"ml", "enter", "ctrl+s")
        await says(pilot, stage, "~ tags.team data → ml")


async def test_the_plan_shows_a_tag_without_a_value_as_an_empty_string(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("e")
        await shown(pilot, stage, "Tags and description of etl-prod", "team")
        await pilot.press("enter", *"team=x", "enter", "enter", "ctrl+s")
        await says(pilot, stage, '+ tags.team=x ""')


async def test_characters_that_a_field_cannot_show_are_never_lost(stage: Stage) -> None:
    before = compute(stage, "markup-lab")
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "markup-lab")
        await pilot.press("e")
        await says(
            pilot, stage, "Tags and description of markup-lab", "characters that a field cannot show; ctrl+e edits it"
        )
        await pilot.press("enter")
        await set_tag(pilot, "owner", "ana")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "enter updates markup-lab")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    body = put(stage)
    assert body["properties"]["description"] == before["properties"]["description"]
    assert body["tags"] == {**before["tags"], "owner": "ana"}


async def test_an_unavailable_external_editor_is_reported_and_no_edit_is_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.tags(stage, pilot)
        await pilot.press("ctrl+e")
        await says(pilot, stage, "An editor cannot run in this terminal. Use the form instead.")
        assert "removed" in screen_text(stage.app)
        monkeypatch.setenv("EDITOR", "")
        monkeypatch.setenv("PATH", "")
        await pilot.press("ctrl+e")
        await says(pilot, stage, "No editor found: EDITOR is not set, and there is no sensible-editor, editor")


# Several pools at once


async def test_marked_pools_are_changed_by_one_plan_and_failed_ones_stay_marked(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "Refused", "Azure says no."), "PUT", "/computes/etl-prod$"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.marked_plan(stage, pilot)
        assert writes(stage) == []
        await pilot.press("enter")
        await shown(pilot, stage, "✖ Failed", "● Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "1 still marked.")
        lines = screen_text(stage.app).splitlines()
        assert any(line.startswith("*") and "etl-prod" in line for line in lines)
        assert not any(line.startswith("*") and "churn " in line for line in lines)
    assert writes(stage) == ["PUT", "PUT"]


async def test_pools_with_different_identities_start_with_no_choice_and_tab_requires_one(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        for name in ("churn", "etl-prod"):
            await on_row(stage, pilot, name)
            await pilot.press("space")
        await pilot.press("i")
        await says(pilot, stage, "2 Spark pools have?", "Nothing is chosen yet; with the row under the cursor:")
        await pilot.press("down", "down", "tab")
        await says(pilot, stage, "Their identities differ, and none is chosen yet")
        await pilot.press("enter")
        await says(pilot, stage, "None chosen yet.")
        await pilot.press("tab")
        await says(pilot, stage, "No user-assigned identity is chosen")
    assert writes(stage) == []


async def test_the_plan_says_that_an_unchanged_failed_pool_is_sent_again(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot, "scoring")
        await pilot.press("tab")
        await says(pilot, stage, "scoring is Failed; the same definition is sent again.")


async def test_unsent_edits_return_when_the_form_is_reopened_until_they_are_sent(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.tags(stage, pilot)
        await pilot.press("shift+tab", "shift+tab", *"half", "shift+tab", "!", "escape")
        await shown(pilot, stage, "15 computes")
        await pilot.press("e")
        await says(pilot, stage, "Your unsent edits are back.", "half", "removed")
        await says(pilot, stage, "sales lake!")
        await pilot.press("tab", "ctrl+u", "ctrl+s")
        await says(pilot, stage, "Nothing has been sent yet", "owner")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        await pilot.press("escape")
        await says(pilot, stage, "etl-prod is updated.")
        await pilot.press("e")
        await says(pilot, stage, "Tags and description of etl-prod.")
        assert "Your unsent edits are back" not in sentences(stage.app)


async def test_an_unsent_identity_choice_is_kept_for_the_next_time(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity_users(stage, pilot)
        await pilot.press("escape", "escape")
        await shown(pilot, stage, "15 computes")
        await pilot.press("i")
        await says(pilot, stage, "Which managed identity should", "id-etl-read is granted")
        await pilot.press("enter")
        await says(pilot, stage, "1 id-etl-prod default for jobs 2 id-etl-read")


async def test_leaving_the_spec_file_screen_returns_to_the_same_wizard_step(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_identity(stage, pilot)
        await pilot.press("ctrl+o")
        await shown(pilot, stage, "Which file?")
        await pilot.press("escape")
        await shown(pilot, stage, "Which managed identity", "   adhoc")
        await pilot.press("escape")
        await shown(pilot, stage, "Name for the compute.")


async def test_a_tag_is_set_on_all_marked_pools_and_their_other_tags_stay(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.marked(stage, pilot)
        await pilot.press("e")
        await says(pilot, stage, "Tags and description of 2 Spark pools", "42 (1 of 2)")
        await pilot.press("enter")
        await set_tag(pilot, "owner", "ana")
        await pilot.press("ctrl+s")
        await says(pilot, stage, "Plan: 2 to update.")
        await pilot.press("enter")
        await shown(pilot, stage, "update churn", "● Succeeded")
        await happened(pilot, lambda: not stage.operations.running())
    assert compute(stage, "churn")["tags"] == {"owner": "ana"}
    assert compute(stage, "etl-prod")["tags"] == {"team": "data", "cost": "42", "owner": "ana"}


async def test_marked_pools_are_detached_after_one_question(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.marked(stage, pilot)
        await pilot.press("ctrl+d")
        await says(
            pilot,
            stage,
            "Detach 2 Spark pools?",
            "What stays: the Spark pools",
            "What goes: the computes churn and etl-prod",
        )
        assert writes(stage) == []
        await pilot.press("y")
        await happened(pilot, lambda: not stage.operations.running())
        await shown(pilot, stage, "2 Spark pools are detached.")
        await gone(pilot, stage, "marked")
    assert writes(stage) == ["DELETE", "DELETE"]


async def test_esc_clears_the_filter_first_and_then_the_marks(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.marked(stage, pilot)
        await pilot.press("slash", *"scor", "enter")
        await shown(pilot, stage, "2 marked", "1 shown")
        await pilot.press("escape")
        await gone(pilot, stage, "1 shown")
        assert "2 marked" in screen_text(stage.app)
        await pilot.press("escape")
        await gone(pilot, stage, "marked")


async def test_no_more_than_four_writes_run_at_a_time(stage: Stage) -> None:
    stage.clock.hold()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press(*["space"] * 6, "ctrl+d")
        await says(pilot, stage, "Detach 6 Spark pools?")
        await pilot.press("y")
        await happened(pilot, lambda: writes(stage) == ["DELETE"] * 4)
        await pilot.press("o")
        await shown(pilot, stage, "queued")
        assert writes(stage) == ["DELETE"] * 4
        stage.clock.release()
        await happened(pilot, lambda: not stage.operations.running())
    assert writes(stage) == ["DELETE"] * 6


# Export


async def test_an_export_is_saved_and_never_overwrites_an_existing_file(
    stage: Stage, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.export(stage, pilot)
        await pilot.press("s")
        await says(pilot, stage, "Written to", "etl-prod.tf")
        await pilot.press("s")
        await says(pilot, stage, "already exists and is not overwritten")
    assert "import {" in (tmp_path / "etl-prod.tf").read_text("utf-8")


# Failures and unreadable resources


async def test_a_failed_update_can_be_sent_again_even_if_azure_kept_its_change(stage: Stage) -> None:
    stage.box.faults.add(Rule(Outcome("Failed", "Refused", "Azure says no."), "PUT", "/computes/etl-prod$"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.plan(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "Azure says no.", "e opens the change as it was")
        await pilot.press("e")
        await says(pilot, stage, "Nothing has been sent yet. enter updates etl-prod")
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    assert writes(stage) == ["PUT", "PUT"]


async def test_an_identity_in_an_unreadable_subscription_stays_visible(stage: Stage) -> None:
    closed = next(one for one in list(stage.box.world.subscriptions) if one["displayName"] == "Fabrikam Shared")
    unknown = f"/subscriptions/{closed['subscriptionId']}/resourcegroups/rg-x/providers/Microsoft.ManagedIdentity"
    unknown += "/userAssignedIdentities/id-of-another-team"

    def assign(document: dict[str, Any]) -> None:
        document["identity"] = {
            "type": "UserAssigned",
            "userAssignedIdentities": {unknown: {"principalId": GUID, "clientId": GUID}},
        }

    change(stage, "etl-prod", assign)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "! cannot be read", "1 id-of-another-team default for jobs")
        await paste(pilot, "id-adhoc")
        await pilot.press("enter", "tab")
        await says(
            pilot,
            stage,
            "+ identity.userAssignedIdentities.id-adhoc",
            "identity.userAssignedIdentities.id-of-another-team",
        )


async def test_a_compute_that_cannot_be_read_again_cannot_be_changed(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.box.faults.add(Rule(Forbidden(), "GET", "/computes/etl-prod$", times=None))
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("i")
        await says(pilot, stage, "Could not read the compute etl-prod", "403 AuthorizationFailed")
        await pilot.press("up", "enter")
        await says(pilot, stage, "ctrl+r reads again.")
        assert "Nothing has been sent yet" not in screen_text(stage.app)


async def test_the_plan_of_a_detach_is_confirmed_with_y_and_not_with_enter(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.confirm(stage, pilot)
        await pilot.press("p")
        await says(pilot, stage, "Nothing has been sent yet. y detaches etl-prod; esc goes back.")
        await pilot.press("right", "right")
        await says(pilot, stage, "az ml compute detach --name etl-prod")
        await pilot.press("enter")
        assert writes(stage) == []
        await pilot.press("y")
        await shown(pilot, stage, "● Succeeded", "detach")
        await pilot.press("escape")
        await shown(pilot, stage, "etl-prod is detached.")
    assert writes(stage) == ["DELETE"]


async def test_many_marked_pools_are_read_again_before_their_plan() -> None:
    stage = Stage(size=60)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await shown(pilot, stage, "60 computes", "as of")
            await pilot.press(*["space"] * 20, "i")
            await shown(pilot, stage, "20 Spark pools have?")
            await pilot.press("home", "enter")
            await says(pilot, stage, "Plan:", "to update")
    finally:
        stage.operations.stop()
    assert writes(stage) == []


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_hostile_text_is_shown_and_never_interpreted(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await scenes.identity(stage, pilot, "markup-lab")
        await pilot.press("down", "down", "enter")
        await shown(pilot, stage, "12 user-assigned identities")
        await paste(pilot, "id-adhoc")
        await pilot.press("enter", "tab")
        await says(pilot, stage, "enter updates markup-lab")
        for _ in range(7):
            await pilot.press("right")
            assert "\x1b" not in screen_text(stage.app)
        change(stage, "markup-lab", lambda one: one["tags"].update({"[/red]": "[@click=app.quit]x[/]\x1b]0;x\x07"}))
        await pilot.press("enter")
        await says(pilot, stage, "Someone else has changed markup-lab")
        await pilot.press("e")
        await says(pilot, stage, "tags.[/red] was [@click=app.quit]x[/]")
        assert "\x1b" not in screen_text(stage.app)
        await pilot.press("escape", "escape")
        await shown(pilot, stage, "markup-lab")
        for key, seen in (("e", "[/red]"), ("x", "type: synapsespark")):
            await pilot.press(key)
            await shown(pilot, stage, seen)
            assert "\x1b" not in screen_text(stage.app)
            await pilot.press("escape")
            await shown(pilot, stage, "vm-legacy")
