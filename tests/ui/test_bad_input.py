"""Unusable input gets a clear message, and it is never sent."""

import json

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.screen import paste, says, sentences, shown
from tests.support.stage import Stage, pool_of, puts, writes
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.roles import COMPUTE_OPERATOR
from tui.operations.journal_codec import from_json, to_json
from tui.ui.attach.form import Form
from tui.ui.attach.screen import AttachScreen

LARGE, SMALL = (120, 40), (80, 24)
POOL, WORKSPACE = "Microsoft.Synapse/workspaces/bigDataPools", "Microsoft.MachineLearningServices/workspaces"


def own_workspace(stage: Stage, name: str = "aml-eu", group: str = "rg-ml-eu") -> str:
    return str(ml_workspace_id(stage.box.world.default.subscription_id, group, name))


async def wizard(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.computes(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "5 subscriptions")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["120x40", "80x24"])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("cpu-cluster", "cpu-cluster is taken: there is a compute of type AmlCompute of that name."),
        ("HALF-written", "half-written is taken: there is a compute that cannot be read of that name."),
        ("churn", "churn is taken: syn-prod/churnpool is attached under that name."),
    ],
)
async def test_a_taken_name_says_what_uses_it_and_blocks_the_next_step(
    stage: Stage, name: str, why: str, size: tuple[int, int]
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await scenes.attach_name(stage, pilot)
        await pilot.press("ctrl+u", *name)
        await says(pilot, stage, f"{why} Choose another name.")
        await pilot.press("enter")
        # Once below the field as it is typed, and once on the status line when enter is refused.
        await pilot.pause()
        assert sentences(stage.app).count(f"{why} Choose another name.") == 2
        assert "Which managed identity" not in sentences(stage.app)
        await pilot.press("ctrl+u", *"adhoc", "enter")
        await shown(pilot, stage, "Which managed identity")
    assert writes(stage) == []


async def test_a_name_taken_in_the_meantime_is_not_overwritten_and_the_form_can_be_reopened(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_review(stage, pilot)
        theirs = next(one for one in stage.box.world.computes if one["name"] == "cpu-cluster")
        arm_id = theirs["id"].replace("cpu-cluster", "adhoc")
        stage.box.world.computes.put({**theirs, "id": arm_id, "name": "adhoc"})
        await pilot.press("enter")
        await says(pilot, stage, "Someone else has created adhoc in aml-prod in the meantime.", "Choose another name")
        assert writes(stage) == []
        await pilot.press("e")
        await shown(pilot, stage, "Nothing has been sent yet")
        await pilot.press("shift+tab", "shift+tab", "shift+tab")
        await says(pilot, stage, "adhoc is taken: there is a compute of type AmlCompute of that name.")
        await pilot.press("ctrl+u", *"adhoc-2", "enter")
        await shown(pilot, stage, "Which managed identity")
        await pilot.press("enter")
        await shown(pilot, stage, "Chosen, in this order: 1 id-etl-prod default for jobs   2 id-etl-read")
        await pilot.press("tab", "tab")
        await shown(pilot, stage, "Nothing has been sent yet", "attach adhoc-2")
        await pilot.press("enter")
        await shown(pilot, stage, "attach adhoc-2", "● Succeeded")
    assert writes(stage) == ["PUT"]


async def test_a_form_restored_from_the_journal_keeps_the_chosen_role(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_review(stage, pilot)
        form: Form = stage.app.screen._form  # type: ignore[attr-defined]
        form.role = COMPUTE_OPERATOR
        stored = from_json(json.loads(json.dumps(to_json(form.request))))
        stage.app.push_screen(AttachScreen(stage.app.session, stage.app.flow, Form.of(stored), AttachScreen.REVIEW))
        await shown(pilot, stage, "Nothing has been sent yet")
        await pilot.press("shift+tab")
        await shown(pilot, stage, "▌ grant Synapse Compute Operator", "you may grant")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["120x40", "80x24"])
async def test_a_pool_whose_runtime_support_has_ended_is_never_called_ready(
    stage: Stage, size: tuple[int, int]
) -> None:
    ended = "Support of Spark 3.4 ended on 2026-03-31"
    async with stage.app.run_test(size=size) as pilot:
        await scenes.attach_pool(stage, pilot)
        await pilot.press(*"churn")
        await says(pilot, stage, "3.4 ✖", ended, "already attached as churn")
        await pilot.press("enter")
        await says(pilot, stage, "Name for the compute.")
        await pilot.press("ctrl+u", *"again", "enter")
        await says(pilot, stage, "Which managed identity")
        await pilot.press("home", "down", "enter")
        await says(pilot, stage, "✖ Runtime ended: ", ended)
        assert "pool is ready" not in sentences(stage.app)
        await pilot.press("enter")
        await says(pilot, stage, "Nothing has been sent yet")
        await pilot.press(*["pagedown"] * 2)
        await says(pilot, stage, ended)
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
        assert "pool is ready" not in sentences(stage.app)


async def test_a_pasted_pool_that_is_already_attached_says_so_in_the_name_step_and_the_plan(stage: Stage) -> None:
    again = "etlpool is already attached as etl-prod, markup-lab. This attaches it again."
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pasted_review(stage, pilot, "etlpool", "etl-again")
        await says(pilot, stage, again)
        await pilot.press("shift+tab", "shift+tab", "shift+tab")
        await says(pilot, stage, "Name for the compute.", again)
        await pilot.press("ctrl+u", *"etl-prod")
        await says(pilot, stage, "this updates its managed identity")
        assert "This attaches it again" not in sentences(stage.app)


async def test_the_pool_under_the_cursor_shows_all_its_facts_when_its_row_is_too_narrow(stage: Stage) -> None:
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.attach_pool(stage, pilot)
        await pilot.press(*"adhoc")
        await says(pilot, stage, "adhocpool Spark 3.5 · 3 nodes · Small Memory · auto-pause after 15 min · Succeeded")


@pytest.mark.parametrize(
    "form",
    [
        '"{}"',
        "'{}',",
        "https://portal.azure.com/#@contoso.com/resource{}/overview",
        "https://web.azuresynapse.net/en/management/sparkpools?workspace={}&x=1",
    ],
)
async def test_a_pool_id_is_accepted_in_quotes_and_inside_a_web_address(stage: Stage, form: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await wizard(stage, pilot)
        await paste(pilot, form.format(pool_of(stage, "gpupool")))
        await pilot.press("enter")
        await shown(pilot, stage, "Name for the compute.", "   gpupool")


async def test_a_pool_id_without_a_leading_slash_is_accepted_and_a_url_without_an_id_is_refused(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await wizard(stage, pilot)
        await paste(pilot, "https://ml.azure.com/compute")
        await pilot.press("enter")
        await says(pilot, stage, "This is a web address, not a resource id.")
        await pilot.press("ctrl+u")
        await says(pilot, stage, "Which subscription holds the Synapse workspace?")
        assert "web address" not in sentences(stage.app)
        await paste(pilot, pool_of(stage, "gpupool").removeprefix("/"))
        await pilot.press("enter")
        await shown(pilot, stage, "Name for the compute.", "   gpupool")


async def test_tab_in_the_pool_step_accepts_a_pasted_id_and_refuses_a_search_text(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await wizard(stage, pilot)
        await paste(pilot, pool_of(stage, "churnpool"))
        await pilot.press("tab")
        await says(pilot, stage, "Name for the compute.")
        await shown(pilot, stage, "   churnpool")
        await pilot.press("shift+tab")
        await says(pilot, stage, "Or paste the pool's id.")
        await pilot.press("tab")
        await says(pilot, stage, "Name for the compute.")
        await pilot.press("shift+tab", "ctrl+u")
        await paste(pilot, pool_of(stage, "gpupool"))
        await pilot.press("tab")
        await shown(pilot, stage, "Name for the compute.", "   gpupool")
        await pilot.press("shift+tab", "ctrl+u", *"churn", "tab")
        await says(pilot, stage, '"churn" is only a search.', "clear the field to keep gpupool.")
        await pilot.press("ctrl+u", "tab")
        await shown(pilot, stage, "Name for the compute.", "   gpupool")
    assert writes(stage) == []


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("/subscriptions/", "This is not a whole resource id."),
        ("/subscriptions/nonsense", "This is not a whole resource id."),
        (f"/subscriptions/mine/resourceGroups/g/providers/{WORKSPACE}/w", '"mine" is not a subscription id'),
        ("<workspace>", "<workspace> is still a placeholder: replace it with the real name."),
        ("a workspace", '"a workspace" cannot be part of a resource id'),
    ],
)
async def test_a_malformed_workspace_id_in_the_picker_says_why(picking: Stage, typed: str, why: str) -> None:
    text = typed if typed.startswith("/") else own_workspace(picking, typed)
    async with picking.app.run_test(size=LARGE) as pilot:
        await scenes.picker(picking, pilot)
        await paste(pilot, text)
        await pilot.press("enter")
        await says(pilot, picking, why, "5 subscriptions")
    assert not [request for request in picking.box.log if "/computes" in request.url]


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["120x40", "80x24"])
async def test_another_resource_id_in_the_picker_names_its_type_and_the_expected_type(
    picking: Stage, size: tuple[int, int]
) -> None:
    async with picking.app.run_test(size=size) as pilot:
        await scenes.picker(picking, pilot)
        await paste(pilot, pool_of(picking, "etlpool"))
        await pilot.press("enter")
        await says(pilot, picking, f"This is the id of a {POOL}, not of a {WORKSPACE}.", "A workspace's id looks like")
        await pilot.press("ctrl+u")
        await paste(pilot, own_workspace(picking))
        await pilot.press("enter")
        await shown(pilot, picking, "rg-ml-eu › aml-eu", "No computes in aml-eu yet. Press a to attach")


async def test_a_valid_workspace_id_opens_the_workspace_in_any_letter_case(picking: Stage) -> None:
    async with picking.app.run_test(size=LARGE) as pilot:
        await scenes.picker(picking, pilot)
        await paste(pilot, own_workspace(picking, "aml-prod", "rg-ml").upper())
        await pilot.press("enter")
        await shown(pilot, picking, "15 computes", "etl-prod")


async def test_the_id_of_a_missing_workspace_opens_a_list_that_says_so(picking: Stage) -> None:
    async with picking.app.run_test(size=LARGE) as pilot:
        await scenes.picker(picking, pilot)
        await paste(pilot, own_workspace(picking, "aml-gone"))
        await pilot.press("enter")
        await says(
            pilot, picking, "Could not list the computes of aml-gone: it does not exist.", "404 ResourceNotFound"
        )
        await pilot.press("w")
        await shown(pilot, picking, "Which workspace of Contoso Prod?", "3 workspaces")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("/subscriptions/nonsense", "This is not a whole resource id. A Spark pool's id looks like"),
        ("<pool>", "<pool> is still a placeholder: replace it with the real name."),
        ("nopool", "There is no Spark pool nopool in syn-prod. Check the id."),
    ],
)
async def test_an_unusable_pool_id_says_why_and_the_wizard_stays_on_the_step(
    stage: Stage, typed: str, why: str
) -> None:
    text = typed if typed.startswith("/") else pool_of(stage, typed)
    async with stage.app.run_test(size=LARGE) as pilot:
        await wizard(stage, pilot)
        await paste(pilot, text)
        await pilot.press("enter")
        await says(pilot, stage, why)
        await pilot.press("tab")
        await says(pilot, stage, why)
        await pilot.press("ctrl+u", "tab")
        await says(pilot, stage, "Choose a Spark pool first")
    assert writes(stage) == []


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["120x40", "80x24"])
async def test_another_resource_id_in_the_wizard_names_its_type_and_the_expected_type(
    stage: Stage, size: tuple[int, int]
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await wizard(stage, pilot)
        await paste(pilot, own_workspace(stage))
        await pilot.press("enter")
        await says(pilot, stage, f"This is the id of a {WORKSPACE}, not of a {POOL}.", "A Spark pool's id looks like")


async def test_a_pool_id_is_accepted_in_any_letter_case_and_sent_as_azure_spells_it(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await wizard(stage, pilot)
        await paste(pilot, pool_of(stage, "gpupool").upper())
        await pilot.press("enter")
        await shown(pilot, stage, "Name for the compute.", "Valid and available")
        await pilot.press("enter")
        await shown(pilot, stage, "Which managed identity")
        await pilot.press("tab", "tab")
        await shown(
            pilot, stage, "Nothing has been sent yet", "attach gpupool", "is Updating: Azure may refuse to attach it"
        )
        await pilot.press("enter")
        await shown(pilot, stage, "● Succeeded")
    (put,) = puts(stage)
    assert isinstance(put.body, dict)
    assert put.body["properties"]["resourceId"] == pool_of(stage, "gpupool")


async def test_an_unusable_identity_id_says_why_and_a_valid_one_is_chosen(stage: Stage) -> None:
    identity = ResourceId.parse(pool_of(stage, "etlpool")).parent
    good = str(identity).replace("Microsoft.Synapse/workspaces", "Microsoft.ManagedIdentity/userAssignedIdentities")
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_identity(stage, pilot)
        await pilot.press("ctrl+u")
        await paste(pilot, pool_of(stage, "etlpool"))
        await pilot.press("enter")
        await says(pilot, stage, f"This is the id of a {POOL}", "An identity's id looks like")
        await pilot.press("ctrl+u")
        await paste(pilot, good)
        await pilot.press("enter")
        await shown(pilot, stage, "3 syn-prod")


async def test_a_subscription_without_workspaces_says_so_and_what_to_do(picking: Stage) -> None:
    async with picking.app.run_test(size=LARGE) as pilot:
        await scenes.picker(picking, pilot)
        await pilot.press(*"empty", "enter")
        await shown(pilot, picking, "No workspace found.", "ctrl+t lists the subscriptions")
        await pilot.press("escape", "ctrl+u", *"prod", "enter")
        await shown(pilot, picking, "aml-features")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["120x40", "80x24"])
async def test_a_subscription_without_synapse_says_so_in_the_wizard_and_esc_goes_back(
    stage: Stage, size: tuple[int, int]
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await wizard(stage, pilot)
        await pilot.press(*"empty", "enter")
        await shown(pilot, stage, "No Synapse workspace found.", "esc goes back to the subscriptions")
        await pilot.press("escape", "ctrl+u", *"prod", "enter")
        await shown(pilot, stage, "3 Synapse workspaces")
        await pilot.press(*"empty", "enter")
        await shown(pilot, stage, "No Spark pools in syn-empty yet. ctrl+n", "esc goes back to the workspaces")


async def test_without_any_subscription_the_picker_shows_how_to_sign_in(picking: Stage) -> None:
    for one in picking.box.world.subscriptions:
        picking.box.world.subscriptions.remove(one["id"])
    async with picking.app.run_test(size=LARGE) as pilot:
        await shown(pilot, picking, "No subscription found.", "that has one: ctrl+l")
