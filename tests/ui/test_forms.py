"""Forms mark unusable input and keep choices, and rows show computes that are being created."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.support import scenes
from tests.support.neighbours import add_neighbour, holders
from tests.support.programs import Place
from tests.support.screen import happened, on_row, paste, says, screen_text, sentences, shown
from tests.support.stage import Stage, change, grants, pool_of, puts, workspace_of, writes
from tui.domain.attachment import Attachment
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.resource_id import ResourceId
from tui.domain.roles import COMPUTE_OPERATOR
from tui.domain.workspaces import Workspace
from tui.operations.journal import Journal
from tui.sandbox.faults import Outcome, Rule
from tui.ui.attach.form import Form
from tui.ui.attach.screen import AttachScreen
from tui.ui.editor import EditorFailed, _command
from tui.ui.widgets.table import ResourceTable

LARGE = (120, 40)


def step_sign(stage: Stage, title: str) -> str:
    """The sign beside a step of the wizard."""
    line = next(line for line in screen_text(stage.app).splitlines() if re.match(rf"\W*\d {title} ", line))
    return line[:24].split(title)[1].strip()


# Choices


def chosen(stage: Stage) -> Attachment:
    """An attach in which no field has its default."""
    identities = [ResourceId.parse(one["id"]) for one in stage.box.world.identities]
    named = {one.name: one for one in identities}
    choice = IdentityChoice(IdentityKind.USER, (named["id-etl-read"], named["id-adhoc"]))
    workspace = Workspace(workspace_of(stage), "eastus2")
    pool = ResourceId.parse(pool_of(stage, "adhocpool"))
    return Attachment(workspace, "adhoc", pool, choice, "for ad hoc jobs", {"team": "data"}, COMPUTE_OPERATOR)


@pytest.mark.parametrize("state", ["absent", "Succeeded", "Failed"])
async def test_a_form_made_from_a_request_sends_all_of_it_in_any_state_of_the_compute(stage: Stage, state: str) -> None:
    wanted = chosen(stage)
    if state != "absent":
        add_neighbour(stage.box, "lost-identity", "adhoc", identities=("id-etl-read", "id-adhoc"))
        change(
            stage,
            "adhoc",
            lambda made: made["properties"].update(provisioningState=state, description="for ad hoc jobs"),
        )
        change(stage, "adhoc", lambda made: made.update(tags={"team": "data"}))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.app.push_screen(AttachScreen(stage.app.session, stage.app.flow, Form.of(wanted), AttachScreen.REVIEW))
        await says(
            pilot, stage, "Nothing has been sent yet", "+ role.id-etl-read Synapse Compute Operator", "+ role.id-adhoc"
        )
        await happened(pilot, lambda: ("updates an" in screen_text(stage.app)) is (state != "absent"))
        assert "No changes" not in sentences(stage.app)
        await pilot.press("shift+tab")
        await says(pilot, stage, "▌ grant Synapse Compute Operator")
        await pilot.press("enter")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await happened(pilot, lambda: len(grants(stage)) == 2 and not stage.operations.running())
    assert {one["roleId"] for one in grants(stage)} == {COMPUTE_OPERATOR.id}
    made = next(dict(one) for one in list(stage.box.world.computes) if one["name"] == "adhoc")
    assert made["tags"] == {"team": "data"}
    assert made["properties"]["description"] == "for ad hoc jobs"
    bodies = [put.body for put in puts(stage)]
    sent = [list(one["identity"]["userAssignedIdentities"]) for one in bodies if isinstance(one, dict)]
    assert len(sent) == len(bodies)
    assert all([one.rpartition("/")[2] for one in names] == ["id-etl-read", "id-adhoc"] for names in sent)


async def test_the_choice_about_roles_is_kept_when_the_identity_editor_is_reopened(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.identity(stage, pilot)
        await happened(pilot, lambda: "reading" not in screen_text(stage.app))
        await pilot.press("ctrl+o")
        await says(pilot, stage, "Roles stay as they are.")
        await pilot.press("escape", "i", "up")
        await says(pilot, stage, "Stray role afterwards: Synapse Administrator on Spark pool syn-prod/etlpool")
        assert "loses" not in sentences(stage.app)
    assert writes(stage) == []


async def test_a_retried_detach_keeps_the_choice_about_its_roles(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.confirm(stage, pilot)
        await says(pilot, stage, "r [x] also remove its role")
        stage.box.faults.add(Rule(Outcome("Failed", "Busy", "A job runs."), "DELETE", "/computes/"))
        await pilot.press("r", "p")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("y")
        await says(pilot, stage, "A job runs.")
        await pilot.press("e")
        await says(pilot, stage, "Detach etl-prod?", "r [ ] also remove its role")
    assert grants(stage) == []


# Unusable input


@pytest.mark.parametrize("name", ["etl_new", "1etl", "cpu-cluster", "etl-prod", "-"])
async def test_an_unusable_name_is_marked_as_wrong_beside_its_step(stage: Stage, name: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_name(stage, pilot)
        assert step_sign(stage, "Name") == "●"
        await pilot.press("ctrl+u")
        await paste(pilot, name)
        await happened(pilot, lambda: step_sign(stage, "Name") == "✖")


async def test_a_deleted_identity_is_marked_as_wrong_beside_its_step_and_is_not_sent(stage: Stage) -> None:
    wanted = chosen(stage)
    lost = ResourceId.parse(str(wanted.identity.user_assigned[0]).replace("id-etl-read", "id-gone"))
    wanted = replace(wanted, identity=IdentityChoice(IdentityKind.USER, (lost,)))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.app.push_screen(AttachScreen(stage.app.session, stage.app.flow, Form.of(wanted), AttachScreen.REVIEW))
        await says(pilot, stage, "Nothing has been sent yet")
        await happened(pilot, lambda: step_sign(stage, "Identity") == "✖")
        await pilot.press("enter")
        await says(pilot, stage, "Nothing was sent. id-gone is no longer in rg-ml")
    assert writes(stage) == []


# Suggestions


async def test_typing_replaces_a_suggested_name_and_adds_to_a_typed_one(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_pool(stage, pilot)
        await pilot.press("enter")
        await shown(pilot, stage, "Name for the compute.")
        field = stage.app.screen.query_one("#name", Input)
        assert field.value == field.selected_text != ""
        await pilot.press(*"etl-left")
        assert field.value == "etl-left"
        await pilot.press("enter")
        await shown(pilot, stage, "Which managed identity")
        await pilot.press("escape")
        await shown(pilot, stage, "Name for the compute.")
        await pilot.press("x")
        assert field.value == "etl-leftx"


# Rows


async def test_the_row_of_a_running_attach_shows_its_identities_and_no_readiness_yet(stage: Stage) -> None:
    wanted = chosen(stage)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        stage.clock.hold()
        stage.clock.step(2)
        stage.app.push_screen(AttachScreen(stage.app.session, stage.app.flow, Form.of(wanted), AttachScreen.REVIEW))
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await shown(pilot, stage, "next poll")
        await pilot.press("escape")
        await shown(pilot, stage, "◌ attach 00:")
        row = next(one for one in screen_text(stage.app).splitlines() if "adhoc " in one)
        assert "user ×2" in row
        assert "attaching" in row
        await on_row(stage, pilot, "adhoc")
        await pilot.press("enter", "2")
        await says(pilot, stage, "The attach of adhoc is running; readiness is checked after it ends.")


@pytest.mark.parametrize("boundary", range(2, 9, 3))
async def test_the_row_of_an_interrupted_attach_shows_its_identity_and_no_readiness(
    tmp_path: Path, boundary: int
) -> None:
    place = Place(tmp_path)
    with place.program(boundary) as program:
        program.begin(replace(place.chain, name="etl-new"))
        assert program.wait_for_death()
    stage = Stage(azure=place.box, clock=place.clock, journal=lambda: Journal(place.folder))
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await scenes.computes(stage, pilot)
            await shown(pilot, stage, "etl-new")
            await happened(pilot, lambda: "! interrupted" in screen_text(stage.app))
            row = next(one for one in screen_text(stage.app).splitlines() if "etl-new" in one)
            assert "system" in row
            assert "attach interrupted" in row
            assert "no role" not in row
    finally:
        stage.operations.stop()


# Messages and labels


@pytest.mark.parametrize(
    ("key", "said", "unsaid"),
    [
        ("x", "so an export would be incomplete", "could lose"),
        ("space", "so it cannot be part of a bulk action", "could lose"),
        ("i", "a change could lose what was not read", "export"),
        ("e", "a change could lose what was not read", "export"),
        ("ctrl+d", "half-written cannot be read, so it cannot be detached here.", "export"),
    ],
)
async def test_each_key_gives_its_own_reason_for_refusing_an_unreadable_compute(
    stage: Stage, key: str, said: str, unsaid: str
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, "half-written")
        await pilot.press(key)
        await says(pilot, stage, said)
        assert unsaid not in sentences(stage.app)


async def test_the_ids_of_compute_and_spark_pool_are_labelled_as_in_az_ml(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.detail(stage, pilot)
        lines = [one.strip() for one in screen_text(stage.app).splitlines()]
        assert any(one.startswith("Id  ") and "/subscriptions/" in one for one in lines)
        assert any(one.startswith("Resource id (Spark pool)") and "/subscriptions/" in one for one in lines)
        assert not any(one.startswith(("Resource id  ", "Spark pool id")) for one in lines)


# The editor


@pytest.mark.parametrize(
    ("there", "opened"),
    [
        (("sensible-editor", "nano", "vi"), "sensible-editor"),
        (("vi", "nano"), "nano"),
        (("vi",), "vi"),
        ((), ""),
    ],
)
def test_without_a_configured_editor_the_first_common_one_is_opened(
    there: tuple[str, ...], opened: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in there:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    if opened:
        assert _command() == [opened]
        return
    with pytest.raises(EditorFailed, match="No editor found") as failed:
        _command()
    assert "start again" not in str(failed.value)


async def test_a_role_not_confirmed_to_run_jobs_is_labelled_so_where_it_is_offered(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot, "etl-prod")
        await pilot.press("a", "enter")
        await says(pilot, stage, "Which role?", COMPUTE_OPERATOR.jobs_run.text)
        rows = {
            row.name: row.jobs_run.short
            for row in stage.app.screen.query_one("#role ResourceTable", ResourceTable).items
        }
        assert rows["Synapse Compute Operator"] == "not confirmed"
        assert rows["Synapse Administrator"] == "yes"
    assert holders(stage.box, "etlpool")
