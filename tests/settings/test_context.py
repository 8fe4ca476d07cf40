"""Where the workspace comes from: flags, environment, Azure's other tools, recent workspaces."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support import scenes
from tests.support.screen import happened, says, screen_text, shown
from tests.support.stage import Stage, workspace_of
from tests.support.terminal import Terminal
from tests.support.workspace_cases import AZ, ML_CLIENT, ONE, TWO, Case
from tui.__main__ import main
from tui.domain.resource_id import ml_workspace_id
from tui.domain.workspaces import Recent
from tui.program.setup import last_used, why_asked
from tui.sandbox.faults import Fault, Forbidden, NotJson, Rule
from tui.sandbox.names import guid
from tui.setting_checks import CHECKS
from tui.settings import Settings, UnusableSettingsError, gather, read_command_line

LARGE, SMALL = (120, 40), (80, 24)
THREE = "33333333-3333-4333-8333-333333333333"


class Machine:
    """A user's home on a jump box.

    Args:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.here = folder / "home" / "work" / "project" / "src"
        self.here.mkdir(parents=True)
        self.az = folder / "az"
        self.az.mkdir()
        self.file = folder / "config" / "sparkpool" / "settings.toml"
        self.file.parent.mkdir(parents=True)
        self.environment = {"AZURE_CONFIG_DIR": str(self.az)}

    def project(self, folder: Path, document: Any) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "config.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    def profile(self, *subscriptions: Mapping[str, Any]) -> None:
        text = json.dumps({"installationId": "x", "subscriptions": list(subscriptions)})
        (self.az / "azureProfile.json").write_bytes(b"\xef\xbb\xbf" + text.encode())

    def settings(self, *words: str, **environment: str) -> Settings:
        line = read_command_line(words, CHECKS)
        return gather(line, {**self.environment, **environment}, self.here, self.file, checks=CHECKS)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def config(subscription: str = ONE, group: str = "rg", workspace: str = "aml") -> dict[str, str]:
    return {"subscription_id": subscription, "resource_group": group, "workspace_name": workspace}


def place(settings: Settings) -> tuple[str, str, str]:
    return settings.subscription, settings.resource_group, settings.workspace_name


# The project's file, as azure-ai-ml finds it


def test_the_project_file_is_found_in_a_parent_folder_and_named_as_the_origin(machine: Machine) -> None:
    path = machine.project(machine.here.parent / ".azureml", config())
    found = machine.settings()
    assert place(found) == (ONE, "rg", "aml")
    assert str(found.origin("workspace_name")) == f"Azure ML {path}"


def test_an_azureml_folder_takes_precedence_over_a_plain_file_and_the_nearest_wins(machine: Machine) -> None:
    machine.project(machine.here, config(workspace="plain"))
    machine.project(machine.here.parent.parent / ".azureml", config(workspace="far"))
    assert place(machine.settings())[2] == "far"
    machine.project(machine.here.parent / ".azureml", config(workspace="near"))
    assert place(machine.settings())[2] == "near"


def test_the_search_for_a_project_file_ends_twenty_folders_up(machine: Machine) -> None:
    machine.project(machine.here, config())
    machine.here = machine.here.joinpath(*map(str, range(20)))
    machine.here.mkdir(parents=True)
    assert place(machine.settings())[2] == "aml"
    machine.here = machine.here / "21"
    machine.here.mkdir()
    assert place(machine.settings()) == ("", "", "")


@pytest.mark.parametrize(
    "document",
    [
        {"auths": {}},
        {"subscription_id": ONE, "resource_group": "rg"},
        {"subscription_id": "prod", "resource_group": "rg", "workspace_name": "aml"},
        {"subscription_id": ONE, "resource_group": "rg", "workspace_name": "a\u001b[31m"},
        {"subscription_id": ONE, "resource_group": 7, "workspace_name": "aml"},
        [1],
        "{",
        "",
    ],
)
def test_a_config_json_of_another_tool_is_skipped_and_reported(machine: Machine, document: Any) -> None:
    path = machine.project(machine.here, document)
    machine.project(machine.here.parent, config(workspace="behind"))
    found = machine.settings()
    assert place(found)[2] == "behind"
    (note,) = found.context.notes
    assert note.startswith("Ignored: ")
    assert str(path) in note


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ("{bad", "is not JSON."),
        pytest.param("[" * 100_000, "is not JSON.", id="too deep"),
        ([1], "names no workspace: it is not a JSON object."),
        ({"auths": {}}, "not in it as text: subscription_id, resource_group, workspace_name."),
        (config() | {"subscription_id": 7}, "names no workspace: not in it as text: subscription_id."),
        (config("prod"), "names no workspace: subscription_id is not a GUID."),
        (
            {"Scope": "/subscriptions/7"},
            "names no workspace: its Scope or Id is not the resource id of an Azure ML workspace.",
        ),
    ],
)
def test_an_unclear_project_file_is_reported_and_no_other_workspace_is_guessed(
    machine: Machine, document: Any, wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = machine.project(machine.here.parent / ".azureml", document)
    machine.project(machine.here.parent, config(workspace="plain"))
    (machine.az / "config").write_text("[defaults]\ngroup = rg-az\nworkspace = aml-az\n")
    machine.profile({"id": ONE, "name": "One", "isDefault": True})
    machine.file.write_text(f'subscription = "{ONE}"\nresource-group = "rg-file"\nworkspace-name = "aml-file"\n')
    found = machine.settings()
    assert place(found) == ("", "", "")
    assert found.context.unclear.startswith(str(path))
    assert found.context.unclear.endswith(wrong)
    assert last_used(found, [Recent(ml_workspace_id(ONE, "rg", "aml"))]) is None
    assert why_asked(found) == found.context.unclear
    assert place(machine.settings("-w", "aml-az")) == (ONE, "rg-az", "aml-az")
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(machine.here)
    monkeypatch.delenv("AZURE_CLOUD_NAME", raising=False)
    assert main(["settings"]) == 0
    assert capsys.readouterr().out.endswith(f"\n\n! {found.context.unclear}\n")


@pytest.mark.parametrize("size", [LARGE, SMALL])
def test_a_workspace_without_a_subscription_is_reported_and_searched_by_its_name(
    machine: Machine, tmp_path: Path, size: tuple[int, int]
) -> None:
    command = [sys.executable, "-m", "tui", "--sandbox", "-w", "aml-dev"]
    terminal = Terminal(command, tmp_path / "state", size, machine.environment)
    try:
        terminal.shows("No subscription is known for aml-dev, which --workspace-name names. Which")
        terminal.shows("5 subscriptions", "▌ Contoso Dev")
        terminal.press("contoso prod")
        terminal.shows("▌ Contoso Prod", "1 of 5 subscriptions")
        terminal.press("enter")
        terminal.shows("No workspace matches.", "0 of 3 workspaces")
        terminal.press("esc")
        terminal.shows("Which subscription?" if size == LARGE else "1 of 5 subscriptions")
        terminal.press("ctrl+u", "contoso dev")
        terminal.shows("▌ Contoso Dev", "1 of 5 subscriptions")
        terminal.press("enter")
        terminal.shows("▌ aml-dev")
        terminal.press("enter")
        terminal.shows("aml-dev", "as of")
        terminal.press("q")
        assert terminal.ended() == 0
    finally:
        terminal.close()


def test_the_picker_reports_an_unclear_project_file(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.project(machine.here / ".azureml", config("prod"))
    monkeypatch.chdir(machine.here)
    terminal = Terminal([sys.executable, "-m", "tui"], tmp_path / "state", LARGE, machine.environment)
    try:
        terminal.shows("subscription_id", "Could not list your subscriptions")
    finally:
        terminal.close()


def test_a_project_file_can_name_its_workspace_by_resource_id(machine: Machine) -> None:
    scope = str(ml_workspace_id(TWO, "rg-two", "aml-two"))
    machine.project(machine.here / "aml_config", {"Scope": scope})
    assert place(machine.settings()) == (TWO, "rg-two", "aml-two")


@pytest.mark.parametrize("case", [*ML_CLIENT, *AZ], ids=lambda case: case.name)
def test_workspace_and_cloud_of_a_folder_match_az_and_the_azure_ml_tools(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = case.lay(tmp_path / "home")
    variables = case.variables(tmp_path / "home")
    monkeypatch.setenv("HOME", variables["HOME"])
    found = gather(read_command_line([], CHECKS), variables, here, tmp_path / "settings.toml", checks=CHECKS)
    assert place(found) == case.expected
    assert found.cloud == case.cloud


def test_an_unknown_cloud_of_az_stops_the_start_and_says_what_to_do(machine: Machine) -> None:
    (machine.az / "config").write_text("[cloud]\nname = Contoso\n")
    with pytest.raises(UnusableSettingsError, match=r"az is set to the cloud \"Contoso\".*--cloud"):
        machine.settings()
    assert machine.settings("--cloud", "AzureCloud").cloud == "AzureCloud"
    machine.file.write_text(
        '[clouds.contoso]\nauthority = "https://a.example"\nresource_manager = "https://b.example"\n'
    )
    assert machine.settings().cloud == "contoso"


def test_the_cloud_in_the_settings_overrides_that_of_az_with_a_note(machine: Machine) -> None:
    (machine.az / "config").write_text("[cloud]\nname = AzureUSGovernment\n")
    machine.file.write_text('cloud = "AzureChinaCloud"\n')
    found = machine.settings()
    assert found.cloud == "AzureChinaCloud"
    assert "AzureUSGovernment" in found.context.notes[0]


@pytest.mark.parametrize("place_of", ["flag", "environment", "file"])
def test_a_subscription_can_be_given_by_its_az_name_in_any_letter_case(machine: Machine, place_of: str) -> None:
    machine.profile({"id": ONE, "name": "Contoso Prod"}, {"id": TWO, "name": "Twice"}, {"id": THREE, "name": "twice"})
    words: dict[str, Any] = {"flag": ["--subscription", "contoso prod"]}
    variables = {"AZURE_SUBSCRIPTION_ID": "contoso prod"} if place_of == "environment" else {}
    if place_of == "file":
        machine.file.write_text('subscription = "contoso prod"\n')
    assert machine.settings(*words.get(place_of, []), **variables).subscription == ONE
    for name, why in (
        ("Twice", "several"),
        ("prod", "no subscription"),
        ("contoso prd", 'Did you mean "contoso prod"'),
    ):
        with pytest.raises(UnusableSettingsError, match=why):
            machine.settings("--subscription", name)


def test_a_sandbox_accepts_its_subscriptions_by_name(
    machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--sandbox", "--subscription", "contoso dev", "-g", "rg-dev", "-w", "aml-dev"]
    terminal = Terminal([sys.executable, "-m", "tui", *words], tmp_path / "state", SMALL, machine.environment)
    try:
        terminal.shows("aml-dev", "dev-cluster")
    finally:
        terminal.close()
    assert main(["settings", "--sandbox", "--subscription", "contoso"]) == 2
    assert "the sandbox has no subscription" in capsys.readouterr().err
    assert main(["settings", "--sandbox", "--sandbox-world", "empty", "--subscription", "contoso dev"]) == 2
    assert capsys.readouterr().err.rstrip().endswith("it has Contoso Prod.")


# az


def test_defaults_of_az_are_completed_by_its_current_subscription(machine: Machine) -> None:
    (machine.az / "config").write_text("[cloud]\nname = AzureCloud\n[defaults]\ngroup = rg-az\nworkspace = aml-az\n")
    machine.profile({"id": TWO, "name": "Two"}, {"id": ONE, "name": "One", "isDefault": True})
    found = machine.settings()
    assert place(found) == (ONE, "rg-az", "aml-az")
    assert str(found.origin("subscription")) == f"az {machine.az / 'azureProfile.json'}"
    assert str(found.origin("workspace_name")) == f"az {machine.az / 'config'}"
    assert found.context.names == {ONE: "One", TWO: "Two"}


def test_a_default_resource_group_only_completes_a_named_workspace(machine: Machine) -> None:
    (machine.az / "config").write_text("[defaults]\ngroup = rg-az\n")
    assert place(machine.settings()) == ("", "", "")
    assert place(machine.settings("-w", "aml")) == ("", "rg-az", "aml")


def test_a_current_subscription_of_another_cloud_is_ignored(machine: Machine) -> None:
    machine.profile({"id": ONE, "name": "One", "isDefault": True, "environmentName": "AzureUSGovernment"})
    assert machine.settings().context.subscription == ""
    assert machine.settings("--cloud", "AzureUSGovernment").context.subscription == ONE


def test_unreadable_files_of_az_are_noted_and_do_not_stop_the_start(machine: Machine) -> None:
    (machine.az / "config").write_text("no section\n")
    (machine.az / "azureProfile.json").write_text("{")
    found = machine.settings()
    assert place(found) == ("", "", "")
    assert found.context.notes == (
        f"{machine.az / 'config'} cannot be read as az's settings.",
        f"{machine.az / 'azureProfile.json'} is not JSON.",
    )
    (machine.az / "config").write_bytes(b"\xff\xfe")
    (machine.az / "azureProfile.json").write_text('{"subscriptions": [1, {"id": 7}, {"id": "x"}, {"isDefault": true}]}')
    assert machine.settings().context.notes == (f"{machine.az / 'config'} cannot be read: it is not UTF-8.",)


# Precedence


def test_precedence_is_flags_environment_project_az_settings(
    machine: Machine,
) -> None:
    machine.file.write_text(f'subscription = "{ONE}"\nresource-group = "rg-file"\nworkspace-name = "aml-file"\n')
    assert place(machine.settings()) == (ONE, "rg-file", "aml-file")
    (machine.az / "config").write_text("[defaults]\ngroup = rg-az\nworkspace = aml-az\n")
    machine.profile({"id": ONE, "name": "One", "isDefault": True})
    assert place(machine.settings())[1:] == ("rg-az", "aml-az")
    machine.project(machine.here, config(TWO, "rg-project", "aml-project"))
    assert place(machine.settings()) == (TWO, "rg-project", "aml-project")
    environment = {"AZURE_DEFAULTS_WORKSPACE": "aml-env", "AZURE_DEFAULTS_GROUP": "rg-env"}
    assert place(machine.settings(**environment)) == (ONE, "rg-env", "aml-env")
    assert place(machine.settings("-g", "rg-flag", **environment))[1:] == ("rg-flag", "aml-env")
    assert place(machine.settings(AZUREML_ARM_WORKSPACE_NAME="aml-ci"))[2] == "aml-ci"


def test_a_workspace_is_never_combined_from_contradictory_parts(machine: Machine) -> None:
    machine.project(machine.here, config(TWO, "rg-project", "aml-project"))
    machine.file.write_text(f'subscription = "{ONE}"\nresource-group = "rg-file"\nworkspace-name = "aml-file"\n')
    # The project is in another subscription than the requested one, so it does not apply.
    assert place(machine.settings(AZURE_SUBSCRIPTION_ID=ONE)) == (ONE, "rg-file", "aml-file")
    assert place(machine.settings("-w", "AML-PROJECT")) == (TWO, "rg-project", "AML-PROJECT")
    other = machine.settings("-w", "other")
    assert place(other) == ("", "", "other")
    assert [note.partition(" says ")[0] for note in other.context.passed_over] == [
        str(machine.here / "config.json"),
        f"{machine.file}:3",
    ]


def test_in_a_sandbox_only_flags_name_a_workspace(machine: Machine) -> None:
    machine.project(machine.here, config())
    machine.file.write_text('workspace-name = "aml-file"\ntheme = "nord"\n')
    found = machine.settings("--sandbox", "-w", "aml-dev", AZURE_SUBSCRIPTION_ID=ONE)
    assert place(found) == ("", "", "aml-dev")
    assert found.theme == "nord"


def test_the_last_workspace_is_opened_unless_another_is_requested(machine: Machine) -> None:
    recent = [Recent(ml_workspace_id(ONE, "rg", "aml")), Recent(ml_workspace_id(TWO, "rg", "other"))]
    assert last_used(machine.settings(), recent) == recent[0].workspace
    assert last_used(machine.settings("--subscription", ONE), recent) == recent[0].workspace
    assert last_used(machine.settings("--subscription", TWO), recent) is None
    assert last_used(machine.settings("-g", "RG"), recent) == recent[0].workspace
    assert last_used(machine.settings("-w", "other"), recent) is None
    assert last_used(machine.settings(), []) is None
    machine.profile({"id": TWO, "name": "Two", "isDefault": True})
    assert last_used(machine.settings(), recent) == recent[0].workspace


# The picker


def dev(stage: Stage) -> Recent:
    one = next(one for one in stage.box.world.subscriptions if one["displayName"] == "Contoso Dev")
    return Recent(ml_workspace_id(one["subscriptionId"], "rg-dev", "aml-dev"), "Contoso Dev")


async def test_the_picker_lists_recent_workspaces_first_including_other_subscriptions() -> None:
    stage = Stage()
    prod = workspace_of(stage)
    features = ml_workspace_id(prod.subscription, prod.resource_group, "aml-features")
    stage.app.session.where.recent = (Recent(prod, "Contoso Prod"), dev(stage), Recent(features, "Contoso Prod"))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await pilot.press("w")
        await shown(pilot, stage, "Which workspace of Contoso Prod?", "4 workspaces", "open now")
        rows = [line.split() for line in screen_text(stage.app).splitlines() if " aml-" in line]
        assert "aml-dev" in rows[0]
        assert "aml-features" in rows[1]
        assert "recent" in rows[0]
        assert "recent" in rows[1]
        assert any("aml-prod" in row and "now" in row for row in rows[2:])
        await pilot.press("enter")
        await shown(pilot, stage, "Contoso Dev › rg-dev › aml-dev", "2 computes")
        assert [one.workspace.name for one in stage.app.session.where.recent] == ["aml-dev", "aml-prod", "aml-features"]
        await pilot.press("w", *"prod")
        # No row shows the name of the list's own subscription; otherwise the filter would match every row.
        await shown(pilot, stage, "Which workspace of Contoso Dev?", "2 of 3 workspaces")
        await pilot.press("ctrl+u", *"aml-prod")
        await shown(pilot, stage, "1 of 3 workspaces")
        await pilot.press("enter")
        await shown(pilot, stage, "Contoso Prod › rg-ml › aml-prod")
    stage.operations.stop()


async def test_without_a_subscription_the_picker_starts_with_recent_workspaces() -> None:
    stage = Stage(pick=True)
    stage.app.session.where.recent = (dev(stage),)
    stage.operations.start()
    async with stage.app.run_test(size=SMALL) as pilot:
        await shown(pilot, stage, "Which workspace?", "1 workspace", "aml-dev", "^t subscriptions")
        assert not stage.box.log
        await pilot.press("ctrl+t")
        await shown(pilot, stage, "Which subscription?", "▌ Contoso Dev")
        await pilot.press("escape")
        await shown(pilot, stage, "Which workspace?")
        await pilot.press("enter")
        await shown(pilot, stage, "rg-dev › aml-dev", "2 computes")
    stage.operations.stop()


async def test_the_picker_first_lists_the_requested_resource_group_and_later_all_workspaces() -> None:
    picking = Stage(pick=True)
    object.__setattr__(picking.app.session, "subscription", workspace_of(picking).subscription)
    object.__setattr__(picking.app.session, "resource_group", "RG-ML-EU")
    picking.operations.start()
    async with picking.app.run_test(size=LARGE) as pilot:
        await shown(pilot, picking, "Which workspace of Contoso Prod in resource group RG-ML-EU?", "1 workspace")
        await pilot.press("enter")
        await shown(pilot, picking, "rg-ml-eu › aml-eu", "as of")
        await pilot.press("w")
        await shown(pilot, picking, "Which workspace of Contoso Prod?", "3 workspaces")
    picking.operations.stop()


async def test_hundreds_of_subscriptions_are_searched_without_a_request_for_each() -> None:
    stage = Stage(pick=True, page_size=50)
    model = next(iter(stage.box.world.subscriptions))
    for number in range(600):
        name = guid("subscription", number)
        stage.box.world.subscriptions.put(
            {
                **model,
                "id": f"/subscriptions/{name}",
                "subscriptionId": name,
                "displayName": f"Team no{number:03}",
                "tenantId": guid("tenant", number % 3),
            }
        )
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "605 subscriptions", "TENANT")
        requests = [one.url.partition("?")[0].rpartition("/")[2] for one in stage.box.log]
        assert sorted(requests) == ["subscriptions"] * 13 + ["tenants"]
        await pilot.press(*"no537")
        await shown(pilot, stage, "1 of 605 subscriptions", "▌ Team no537")
        await pilot.press("ctrl+u", *guid("tenant", 1)[:13])
        await shown(pilot, stage, "200 of 605 subscriptions")
        await pilot.press("ctrl+u", *"prod", "enter")
        await shown(pilot, stage, "Which workspace of Contoso Prod?", "aml-features")
        assert len(stage.box.log) == 15
    stage.operations.stop()


def _several_tenants(stage: Stage) -> None:
    """Move each of the last three of five subscriptions into a tenant of its own."""
    tenants = stage.box.world.tenants
    own = {**next(iter(tenants)), "displayName": "Fabrikam", "defaultDomain": "fabrikam.com"}
    for number, subscription in enumerate(list(stage.box.world.subscriptions)[2:]):
        tenant_id = guid("tenant", number)
        stage.box.world.subscriptions.put({**subscription, "tenantId": tenant_id})
        tenants.put({**own, "id": f"/tenants/{tenant_id}", "tenantId": tenant_id, "tenantCategory": "ProjectedBy"})
    names = list(tenants)
    names[2]["defaultDomain"] = "fabrikam.org"
    for member in ("displayName", "defaultDomain", "domains"):
        del names[3][member]


async def test_tenants_are_shown_by_their_azure_names_or_else_by_their_guids() -> None:
    stage = Stage(pick=True)
    _several_tenants(stage)
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(
            pilot, stage, "5 subscriptions", "TENANT", "Contoso", "fabrikam.com", "fabrikam.org", guid("tenant", 2)
        )
        await pilot.press(*"fabrikam.org")
        await shown(pilot, stage, "1 of 5 subscriptions")
    stage.operations.stop()


@pytest.mark.parametrize("fault", [Forbidden(), NotJson()], ids=["forbidden", "not-json"])
async def test_unreadable_tenants_are_shown_by_their_guids(fault: Fault) -> None:
    stage = Stage(pick=True)
    _several_tenants(stage)
    stage.box.faults.add(Rule(fault, "GET", "/tenants$", times=None))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "5 subscriptions", "TENANT", guid("tenant", 0), guid("tenant", 1), guid("tenant", 2))
    stage.operations.stop()


# The header


async def test_the_header_gets_the_subscription_name_with_one_request_after_the_list() -> None:
    kept: list[Any] = []
    stage = Stage(knows_names=False, remember=kept.append)
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "Contoso Prod › rg-ml › aml-prod", "15 computes")
        asked = [one.url.partition("?")[0] for one in stage.box.log]
        guid_of = workspace_of(stage).subscription
        assert asked.count(f"https://management.azure.com/subscriptions/{guid_of}") == 1
        assert asked[0].endswith("/computes")
        await happened(pilot, lambda: bool(kept and kept[-1][0].subscription_name == "Contoso Prod"))
        await pilot.press("ctrl+r")
        await says(pilot, stage, "as of")
        assert [one.url for one in stage.box.log if one.url.partition("?")[0] == asked[1]].count(asked[1]) <= 1
    stage.operations.stop()


async def test_a_narrow_header_drops_the_subscription_and_keeps_the_workspace() -> None:
    stage = Stage(guard=scenes.GUARDS["read-only"])
    stage.operations.start()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await scenes.computes(stage, pilot)
        header = screen_text(stage.app).splitlines()[0]
        assert "rg-ml › aml-prod" in header
        assert "READ-ONLY" in header
        assert "Contoso Prod" not in header
        await pilot.resize_terminal(120, 30)
        await happened(pilot, lambda: "Contoso Prod › rg-ml › aml-prod" in screen_text(stage.app).splitlines()[0])
    stage.operations.stop()
