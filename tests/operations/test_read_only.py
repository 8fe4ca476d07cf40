"""Read-only runs, and locked workspaces that change only after their name is typed."""

import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.rest import HttpRequest

from tests.cloud.test_azure import everything
from tests.support import scenes
from tests.support.reported import detaching, putting
from tests.support.screen import gone, happened, says, screen_text, sentences, shown
from tests.support.stage import ANA, Stage, grants, pool_of, workspace_of, writes
from tests.support.terminal import sparkpool
from tui.cloud.azure import AzureCloud
from tui.cloud.read_only import ReadOnlyPolicy, WriteHeldBack
from tui.domain.errors import Problem, ProblemKind
from tui.domain.guard import Guard
from tui.domain.plan import Detachment, Plan
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.roles import ADMINISTRATOR, READ, RoleAssignment, RoleScope
from tui.operations.journal import Journal
from tui.sandbox.box import Sandbox
from tui.sandbox.clock import VirtualClock
from tui.sandbox.transport import SandboxCredential, SandboxTransport
from tui.setting_checks import CHECKS
from tui.settings import UnusableSettingsError, gather, read_command_line
from tui.ui.key_guard import Pauses

LARGE, SMALL = (120, 40), (80, 24)
READ_ONLY = Guard("flag --read-only")
REASON = "sparkpool is read-only here (flag --read-only): no changes are sent."
SUBSCRIPTION = "516fb186-8a84-47a1-a265-6acb72ebb746"
PROD = ml_workspace_id(SUBSCRIPTION, "rg-ml", "aml-prod")


def changes(box: Sandbox) -> list[str]:
    """All requests to the sandbox that are not reads."""
    return [
        f"{one.method} {one.url}"
        for one in box.log
        if one.method not in ("GET", "HEAD") and "checkAccess" not in one.url
    ]


# In the pipeline


@pytest.mark.parametrize(
    ("method", "path", "passes"),
    [
        ("GET", "/subscriptions", True),
        ("HEAD", "/subscriptions", True),
        ("POST", "/checkAccessSynapseRbac", True),
        ("POST", "/synapse/syn-prod/checkaccesssynapserbac", True),
        ("POST", "/providers/Microsoft.ResourceGraph/resources", True),
        ("POST", "/subscriptions/x/providers/Microsoft.MachineLearningServices/workspaces/w/listKeys", False),
        ("POST", "/checkAccessSynapseRbac/../roleAssignments", False),
        ("POST", "/x/providers/Microsoft.ResourceGraph/resources", False),
        ("POST", "/subscriptions/x/providers/Microsoft.Web/register", False),
        ("PUT", "/checkAccessSynapseRbac", False),
        ("PUT", "/roleAssignments/1", False),
        ("PATCH", "/subscriptions/x", False),
        ("DELETE", "/roleAssignments/1", False),
        ("get", "/subscriptions", True),
        ("OPTIONS", "/subscriptions", False),
    ],
)
def test_a_read_only_run_sends_only_reads_and_queries(method: str, path: str, passes: bool) -> None:
    request = HttpRequest(method, f"https://management.azure.com{path}?api-version=1")
    asked: PipelineRequest[Any] = PipelineRequest(request, PipelineContext(None))
    if passes:
        ReadOnlyPolicy().on_request(asked)
    else:
        with pytest.raises(WriteHeldBack, match="was not sent, because this run is read-only"):
            ReadOnlyPolicy().on_request(asked)


class Azure:
    """A sandbox and a read-only connection to it."""

    def __init__(self) -> None:
        self.box = Sandbox(clock=VirtualClock())
        self.cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), caller=ANA, read_only=True)


@pytest.fixture
async def azure() -> AsyncIterator[Azure]:
    azure = Azure()
    yield azure
    await azure.cloud.close()


async def _put(azure: Azure) -> None:
    document = {"location": "westeurope", "properties": {"computeType": "SynapseSpark"}}
    await everything(putting(azure.cloud, PROD.child("computes", "new"), document, "attach new"))


async def _detach(azure: Azure) -> None:
    await everything(detaching(azure.cloud, PROD.child("computes", "etl-prod")))


async def _put_pool(azure: Azure) -> None:
    async def report(_: object) -> None:
        pass

    pool = ResourceId.parse(str(next(iter(azure.box.world.spark_pools))["id"]))
    await azure.cloud.put_spark_pool(pool, {"location": "westeurope", "properties": {}}, "change it", report)


async def _put_identity(azure: Azure) -> None:
    identity = ResourceId.parse(str(next(iter(azure.box.world.identities))["id"]))
    await azure.cloud.put_identity(identity, {"location": "eastus2"}, "create it")


async def _grant(azure: Azure) -> None:
    found = next(one for one in azure.box.world.synapse_workspaces if one["name"] == "syn-prod")
    workspace = await azure.cloud.synapse_workspace(ResourceId.parse(found["id"]))
    scope = RoleScope.parse("workspaces/syn-prod/bigDataPools/etlpool")
    wanted = RoleAssignment("b1f0a1f0-0000-4000-a000-000000000000", ADMINISTRATOR.id, ANA.object_id, scope)
    await azure.cloud.grant(workspace, wanted)


async def _revoke(azure: Azure) -> None:
    found = next(one for one in azure.box.world.synapse_workspaces if one["name"] == "syn-prod")
    workspace = await azure.cloud.synapse_workspace(ResourceId.parse(found["id"]))
    assignments = [one for page in await everything(azure.cloud.role_assignments(workspace)) for one in page.items]
    await azure.cloud.revoke(workspace, assignments[0])


@pytest.mark.parametrize(
    "write",
    [_put, _detach, _put_pool, _put_identity, _grant, _revoke],
    ids=["attach", "detach", "pool", "identity", "grant", "remove"],
)
async def test_a_read_only_run_sends_no_write_to_any_service(azure: Azure, write: Callable[[Azure], Any]) -> None:
    with pytest.raises(Problem) as caught:
        await write(azure)
    assert caught.value.kind is ProblemKind.REFUSED
    assert "this run is read-only" in caught.value.title
    assert "was not sent" in caught.value.cause
    assert not caught.value.outcome_unknown
    assert changes(azure.box) == []


async def test_reads_and_access_checks_work_in_a_read_only_run(azure: Azure) -> None:
    assert await everything(azure.cloud.subscriptions())
    assert await everything(azure.cloud.computes(PROD))
    found = next(one for one in azure.box.world.synapse_workspaces if one["name"] == "syn-prod")
    workspace = await azure.cloud.synapse_workspace(ResourceId.parse(found["id"]))
    scope = RoleScope.parse("workspaces/syn-prod")
    assert await azure.cloud.allows(workspace, ANA.object_id, scope, READ)
    assert [one.method for one in azure.box.log if "checkAccess" in one.url] == ["POST"]


# On screen


async def _ready(stage: Stage, pilot: Any) -> None:
    await scenes.computes(stage, pilot)
    await says(pilot, stage, "as of")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["120x40", "80x24"])
async def test_a_read_only_run_shows_it_in_the_header_and_write_keys_say_why_they_are_disabled(
    size: tuple[int, int],
) -> None:
    stage = Stage(guard=READ_ONLY)
    stage.operations.start()
    async with stage.app.run_test(size=size) as pilot:
        await _ready(stage, pilot)
        assert "READ-ONLY" in screen_text(stage.app).splitlines()[0]
        for key in ("a", "i", "e", "ctrl+d"):
            await pilot.press("s")
            await gone(pilot, stage, REASON)
            await pilot.press(key)
            await says(pilot, stage, REASON)
        await pilot.press("question_mark")
        await shown(pilot, stage, "Keys that work here", "sparkpool is read-only")
        await pilot.press("escape", "enter")
        await shown(pilot, stage, "READ-ONLY", "Readiness")
        for key in ("i", "e", "ctrl+d", "f"):
            await pilot.press("end")
            await gone(pilot, stage, REASON)
            await pilot.press(key)
            await says(pilot, stage, REASON)
        await pilot.press("r")
        await shown(pilot, stage, "roles on ")
        await happened(pilot, lambda: "reading" not in screen_text(stage.app).lower())
        for key in ("a", "ctrl+d", "f"):
            await pilot.press("home")
            await gone(pilot, stage, REASON)
            await pilot.press(key)
            await says(pilot, stage, REASON)
    stage.operations.stop()
    assert changes(stage.box) == []


@pytest.mark.parametrize("goes_on", ["down", "space", "question_mark", "ctrl+r"])
async def test_the_reason_for_a_disabled_key_disappears_when_the_user_continues(goes_on: str) -> None:
    stage = Stage(guard=READ_ONLY)
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await _ready(stage, pilot)
        await pilot.press("e")
        await says(pilot, stage, REASON)
        await pilot.press("i")
        await says(pilot, stage, REASON)
        await pilot.press(goes_on)
        if goes_on == "question_mark":
            await shown(pilot, stage, "Keys that work here")
            await pilot.press("escape")
        await says(pilot, stage, "15 computes", "as of 09:12:00")
        assert REASON not in sentences(stage.app)
    stage.operations.stop()


async def test_the_next_key_on_other_screens_replaces_the_reason_with_the_previous_message() -> None:
    stage = Stage(guard=READ_ONLY)
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await _ready(stage, pilot)
        await pilot.press("enter")
        await says(pilot, stage, "Spark pool attached to aml-prod", "as of")
        await pilot.press("e")
        await says(pilot, stage, REASON)
        await pilot.press("l")
        await says(pilot, stage, "Spark pool attached to aml-prod", "as of")
        assert REASON not in sentences(stage.app)
    stage.operations.stop()


async def test_a_spec_file_is_planned_but_not_applied_in_a_read_only_run(tmp_path: Path) -> None:
    file = tmp_path / "pool.yml"
    stage = Stage(guard=READ_ONLY, spec_files=[str(file)])
    pool = pool_of(stage, "adhocpool")
    file.write_text(f"name: adhoc\ntype: synapsespark\nresource_id: {pool}\nidentity:\n  type: system_assigned\n")
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await shown(pilot, stage, "› plan", "Plan:", "READ-ONLY")
        await pilot.press("enter")
        await says(pilot, stage, REASON)
    stage.operations.stop()
    assert changes(stage.box) == []


async def test_the_operations_service_also_refuses_plans_in_a_read_only_run() -> None:
    stage = Stage(guard=READ_ONLY)
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        compute = stage.app.screen.table.current.compute  # type: ignore[attr-defined]
        with pytest.raises(Problem, match="read-only"):
            stage.operations.apply(Plan.of([Detachment(compute)]))
    stage.operations.stop()


# Locks


@pytest.mark.parametrize(
    ("pattern", "locked"),
    [
        ("aml-prod", "aml-prod"),
        ("AML-PROD", "aml-prod"),
        ("aml-*", "aml-prod"),
        ("*prod*", "aml-prod"),
        ("aml", ""),
        ("rg-ml", ""),
        (f"/subscriptions/{SUBSCRIPTION}", "aml-prod"),
        (f"/subscriptions/{SUBSCRIPTION.upper()}/resourcegroups/RG-ML/", "aml-prod"),
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg", ""),
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg*", "aml-prod"),
        ("/subscriptions/*/resourceGroups/rg-ml", "aml-prod"),
        ("/subscriptions/*/resourceGroups/rg-ml/", "aml-prod"),
        ("/subscriptions/*/resourceGroups/rg", ""),
        ("*/workspaces/aml-prod", "aml-prod"),
        (str(PROD), "aml-prod"),
        (f"{PROD}/computes/etl-*", "etl-prod"),
        (f"{PROD}/computes/other", ""),
        ("/*", "aml-prod"),
    ],
)
def test_a_lock_covers_child_resources_and_wildcard_matches(pattern: str, locked: str) -> None:
    found = Guard(locked=(pattern,)).lock_over(PROD.child("computes", "etl-prod"))
    assert (found.name if found else "") == locked


async def test_a_locked_workspace_changes_only_after_its_name_is_typed() -> None:
    stage = Stage(guard=Guard(locked=("aml-prod",)))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await _ready(stage, pilot)
        assert "LOCKED" in screen_text(stage.app).splitlines()[0]
        await pilot.press("w")
        await shown(pilot, stage, "Which workspace")
        assert "LOCKED" not in screen_text(stage.app).splitlines()[0]
        await pilot.press("escape", "ctrl+d")
        await shown(pilot, stage, "Detach churn?")
        await pilot.press("y")
        await shown(pilot, stage, "aml-prod is locked", "This detaches churn.", "type the name aml-prod:")
        await pilot.press("enter")
        await shown(pilot, stage, "Type the name first.")
        await pilot.press(*"aml-pro", "enter")
        await shown(pilot, stage, "That is not its name. Nothing was sent.")
        await pilot.press("escape")
        await says(pilot, stage, "Nothing was sent.")
        assert writes(stage) == []
        await pilot.press("ctrl+d", "y")
        await shown(pilot, stage, "aml-prod is locked")
        await pilot.press(*"aml-prod", "enter")
        await says(pilot, stage, "churn is detached")
        assert writes(stage) == ["DELETE"]
    stage.operations.stop()


async def test_a_plan_for_a_locked_workspace_stays_open_until_the_name_is_typed() -> None:
    stage = Stage(guard=Guard(locked=("aml-prod",)))
    stage.operations.start()
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.tags(stage, pilot)
        await pilot.press("ctrl+s")
        await shown(pilot, stage, "› plan", "LOCKED")
        await pilot.press("enter")
        await shown(pilot, stage, "is locked", "This updates")
        await pilot.press("escape")
        await shown(pilot, stage, "› plan", "Nothing was sent.")
        await pilot.press("enter")
        await shown(pilot, stage, "is locked")
        await pilot.press(*"aml-prod", "enter")
        await shown(pilot, stage, "NAME", "WHAT")
        await happened(pilot, lambda: writes(stage) == ["PUT"])
    stage.operations.stop()


async def test_the_operations_screen_says_nothing_was_sent_if_the_name_is_not_typed(tmp_path: Path) -> None:
    scenes.leave_an_attach(tmp_path)
    stage = Stage(guard=Guard(locked=("aml-prod",)), journal=partial(Journal, tmp_path))
    stage.operations.start()
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.left(stage, pilot)
        await pilot.press("u")
        await shown(pilot, stage, "aml-prod is locked")
        await pilot.press("escape")
        await shown(pilot, stage, "interrupted", "Nothing was sent.")
    stage.operations.stop()


async def test_a_lock_on_the_synapse_workspace_covers_its_roles_but_not_attached_pools() -> None:
    stage = Stage(guard=Guard(locked=("syn-*",)))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await _ready(stage, pilot)
        assert "LOCKED" not in screen_text(stage.app).splitlines()[0]
        await scenes.roles(stage, pilot)
        await pilot.press("f")
        await shown(pilot, stage, "› plan")
        await pilot.press("enter")
        await shown(pilot, stage, "syn-prod is locked")
        await pilot.press(*"syn-prod", "enter")
        await shown(pilot, stage, "NAME", "WHAT")
        await happened(pilot, lambda: len(grants(stage)) > 0)
    stage.operations.stop()


@pytest.mark.parametrize("keys", [("f",), ("ctrl+d",), ("a", "enter", "enter", "enter")], ids=["fix", "remove", "add"])
async def test_a_role_change_from_a_locked_workspace_asks_for_its_name(keys: tuple[str, ...]) -> None:
    stage = Stage(guard=Guard(locked=("aml-prod",)))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.roles(stage, pilot)
        await happened(pilot, lambda: "LOCKED" in screen_text(stage.app).splitlines()[0])
        await pilot.press(*keys)
        await shown(pilot, stage, "› plan")
        await pilot.press("enter")
        await says(pilot, stage, "aml-prod is locked", "This changes the roles on churnpool.")
        await pilot.press("escape")
        await shown(pilot, stage, "› plan", "Nothing was sent.")
        assert changes(stage.box) == []
        await pilot.press("enter")
        await shown(pilot, stage, "aml-prod is locked")
        await pilot.press(*"aml-prod", "enter")
        await shown(pilot, stage, "NAME", "WHAT")
        await happened(pilot, lambda: len(changes(stage.box)) == 1)
    stage.operations.stop()


async def test_the_fix_on_the_readiness_page_of_a_locked_workspace_asks_for_its_name() -> None:
    stage = Stage(guard=Guard(locked=("aml-prod",)))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot)
        await says(pilot, stage, "f grants")
        await pilot.press("f")
        await shown(pilot, stage, "› plan")
        await pilot.press("enter")
        await says(pilot, stage, "aml-prod is locked", "This changes the roles on churnpool")
    assert changes(stage.box) == []
    stage.operations.stop()


async def test_the_operations_service_refuses_a_locked_plan_unless_the_name_is_confirmed() -> None:
    stage = Stage(guard=Guard(locked=("aml-prod",)))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        compute = stage.app.screen.table.current.compute  # type: ignore[attr-defined]
        with pytest.raises(Problem, match="aml-prod is locked, and its name was not typed"):
            stage.operations.apply(Plan.of([Detachment(compute)]))
        assert stage.operations.apply(Plan.of([Detachment(compute)]), [workspace_of(stage)])
        await says(pilot, stage, "churn is detached")
    stage.operations.stop()


async def test_read_only_mode_takes_precedence_over_a_lock() -> None:
    stage = Stage(guard=Guard("file settings.toml:1", ("aml-prod",)))
    stage.operations.start()
    async with stage.app.run_test(size=LARGE) as pilot:
        await _ready(stage, pilot)
        header = screen_text(stage.app).splitlines()[0]
        assert "READ-ONLY" in header
        assert "LOCKED" not in header
        await pilot.press("ctrl+d")
        await says(pilot, stage, "read-only here (file settings.toml:1)")
        assert "is locked" not in sentences(stage.app)
    stage.operations.stop()


# Settings


def test_read_only_is_a_flag_a_variable_or_a_setting_and_locks_are_a_settings_table(tmp_path: Path) -> None:
    file = tmp_path / "sparkpool" / "settings.toml"
    file.parent.mkdir()
    environment = {"AZURE_CONFIG_DIR": str(tmp_path / "azure")}
    assert gather(read_command_line(["--read-only"], CHECKS), environment, file=file, checks=CHECKS).read_only
    assert gather(
        read_command_line([], CHECKS), {**environment, "SPARKPOOL_READ_ONLY": "1"}, file=file, checks=CHECKS
    ).read_only
    file.write_text('read-only = true\n[locks]\nlocked = ["aml-prod*", "/subscriptions/x"]\n')
    found = gather(read_command_line([], CHECKS), environment, file=file, checks=CHECKS)
    assert found.read_only
    assert found.locks == ("aml-prod*", "/subscriptions/x")
    assert not gather(read_command_line(["--no-read-only"], CHECKS), environment, file=file, checks=CHECKS).read_only
    file.write_text('[locks]\nlocked = [\n  "aml",\n  7,\n  "",\n  "rg/aml"]\nlock = "x"\n')
    with pytest.raises(UnusableSettingsError) as caught:
        gather(read_command_line([], CHECKS), environment, file=file, checks=CHECKS)
    assert [problem.removeprefix(f"{file}:") for problem in caught.value.problems] == [
        '4:3: locks: "7" is not the name of a workspace, or an id that begins with /',
        '5:3: locks: "" is not the name of a workspace, or an id that begins with /',
        '6:3: locks: "rg/aml" is not the name of a workspace, or an id that begins with /',
        '7:1: locks: "lock" is not a key here; the only key is locked',
    ]
    file.write_text('locks = "aml"\n')
    with pytest.raises(UnusableSettingsError, match=r'locks: "aml" is not a table such as locked = \["aml-prod"\]'):
        gather(read_command_line([], CHECKS), environment, file=file, checks=CHECKS)


def test_the_terminal_asks_for_the_name_of_a_locked_workspace_but_not_in_read_only_mode(tmp_path: Path) -> None:
    file = tmp_path / "config" / "sparkpool" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[locks]\nlocked = ["aml-prod"]\n')
    with sparkpool(tmp_path, size=SMALL) as terminal:
        terminal.shows("etl-prod", "LOCKED", "as of")
        terminal.press("ctrl+d")
        terminal.shows("Detach churn?", "u [ ] also remove", "y detach")
        terminal.confirm("y", "aml-prod is locked", "enter do it")
        terminal.until(lambda: not terminal.ignores_keys)
        terminal.press("aml-prod")
        terminal.until(lambda: "its name" not in terminal.text)
        typed = time.monotonic()
        terminal.until(lambda: time.monotonic() > typed + 3 * Pauses().alone)
        terminal.press("enter")
        terminal.shows("churn is detached")
        terminal.press("q")
        assert terminal.ended() == 0
    with sparkpool(tmp_path, "--read-only", size=SMALL) as terminal:
        terminal.shows("etl-prod", "READ-ONLY", "as of")
        terminal.press("ctrl+d")
        terminal.shows("sparkpool is read-only here (flag --read-only): no changes are sent.")
        terminal.press("q")
        assert terminal.ended() == 0
