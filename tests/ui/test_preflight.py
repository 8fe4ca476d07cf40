"""Every plan shows what stands against it, and neither moves nor delays anything by that."""

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.screen import happened, on_row, painted, paste, says, says_already, screen_text, sentences, shown
from tests.support.stage import Stage, pool_of, workspace_of, writes
from tests.ui.test_harm import is_red
from tui.domain.azure_scope import AzureScope
from tui.sandbox.faults import Forbidden, RequestLost, Rule, Slow, Throttled
from tui.sandbox.locks import lock
from tui.ui.preflight import Preflight
from tui.ui.screens.plan import PlanScreen

LARGE, SMALL = (120, 40), (80, 24)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
LOCKS, PERMISSIONS = r"/locks$", r"/permissions$"
CLEAR, CHECKING = "● Nothing known stands against it.", "Checking locks and permissions"
NEVER = 10_000.0

Visit = Callable[[Stage, Pilot[None]], Awaitable[None]]


async def _tags(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.tags(stage, pilot)
    await pilot.press("ctrl+s")


async def _detach(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.confirm(stage, pilot)


async def _detach_plan(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.confirm(stage, pilot)
    await pilot.press("p")


async def _removal(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.roles(stage, pilot)
    await pilot.press("ctrl+d")


PLANS: dict[str, tuple[Visit, str]] = {
    "tags": (_tags, "update"),
    "identity": (scenes.plan, "update"),
    "several": (scenes.marked_plan, "update"),
    "attach": (scenes.pasted_review, "attach"),
    "detach": (_detach, "detach"),
    "detach plan": (_detach_plan, "detach"),
    "pool": (scenes.pool_plan, "change"),
    "new pool": (scenes.new_pool_plan, "creation"),
    "new identity": (scenes.new_identity_plan, "creation"),
}
"""How to reach the plan of each kind of write that locks can forbid, and what it is called."""


def put_lock(stage: Stage, scope: object, name: str = "keep", level: str = "ReadOnly", notes: str = "") -> None:
    stage.box.world.locks.put(lock(str(scope), name, level, notes))


def clear_locks(stage: Stage) -> None:
    for one in list(stage.box.world.locks):
        stage.box.world.locks.remove(one["id"])


def lock_everything(stage: Stage) -> None:
    clear_locks(stage)
    put_lock(stage, AzureScope.of_subscription(workspace_of(stage)))


@pytest.mark.parametrize("kind", PLANS)
async def test_every_plan_of_a_write_that_a_lock_forbids_says_so_in_red(stage: Stage, kind: str) -> None:
    go, noun = PLANS[kind]
    lock_everything(stage)
    async with stage.app.run_test(size=LARGE) as pilot:
        await go(stage, pilot)
        await says(pilot, stage, f" {noun} will fail: subscription ", "is locked by keep (ReadOnly)")
        assert CLEAR not in screen_text(stage.app)


@pytest.mark.parametrize("kind", PLANS)
async def test_every_plan_that_nothing_stands_against_says_so_in_one_line(stage: Stage, kind: str) -> None:
    clear_locks(stage)
    async with stage.app.run_test(size=SMALL) as pilot:
        await PLANS[kind][0](stage, pilot)
        await shown(pilot, stage, CLEAR)


LEVELS = ("subscription", "group", "workspace", "compute")


def scope_at(stage: Stage, level: str) -> AzureScope:
    compute = workspace_of(stage).child("computes", "etl-prod")
    return {
        "subscription": AzureScope.of_subscription(compute),
        "group": AzureScope.of_group(compute),
        "workspace": AzureScope.of(compute.parent),
        "compute": AzureScope.of(compute),
    }[level]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("visit", "word"), [(_detach, "CanNotDelete"), (_tags, "ReadOnly")], ids=["detach", "tags"])
async def test_a_lock_at_each_level_is_named_with_its_scope_and_who_can_remove_it(
    stage: Stage, level: str, visit: Visit, word: str
) -> None:
    clear_locks(stage)
    scope = scope_at(stage, level)
    put_lock(stage, scope, level=word, notes="Ask the platform team")
    async with stage.app.run_test(size=LARGE) as pilot:
        await visit(stage, pilot)
        await says(pilot, stage, f'{scope.place} is locked by keep ({word}, "Ask the platform team"). An Owner or')


@pytest.mark.parametrize("visit", [_tags, scenes.pool_plan, scenes.new_identity_plan], ids=["tags", "pool", "identity"])
async def test_a_lock_against_deletion_stands_against_no_other_write(stage: Stage, visit: Visit) -> None:
    clear_locks(stage)
    put_lock(stage, scope_at(stage, "subscription"), level="CanNotDelete")
    async with stage.app.run_test(size=LARGE) as pilot:
        await visit(stage, pilot)
        await says(pilot, stage, CLEAR)


async def test_no_lock_stands_against_a_removal_of_synapse_roles(stage: Stage) -> None:
    lock_everything(stage)
    async with stage.app.run_test(size=LARGE) as pilot:
        await _removal(stage, pilot)
        await says(pilot, stage, CLEAR)


@SIZES
async def test_a_missing_permission_names_action_scope_and_role_in_red_and_can_be_sent_all_the_same(
    stage: Stage, size: tuple[int, int]
) -> None:
    clear_locks(stage)
    stage.box.world.denied.add("Microsoft.MachineLearningServices/workspaces/computes/*")
    async with stage.app.run_test(size=size) as pilot:
        await _tags(stage, pilot)
        await says(
            pilot,
            stage,
            "✖ The update will fail: none of your Azure roles allows",
            "Microsoft.MachineLearningServices/workspaces/computes/write on Azure ML workspace aml-prod",
            "Ask an Owner or a User Access Administrator there for the role AzureML Compute Operator or Contributor.",
        )
        assert is_red_panel(stage)
        await pilot.press("enter")
        await happened(pilot, lambda: writes(stage) == ["PUT"])


def is_red_panel(stage: Stage) -> bool:
    """Whether the result below the plan is as red as what the plan removes."""
    return is_red(stage, "✖ The update will fail")


@pytest.mark.parametrize(
    ("path", "fault", "words"),
    [
        (LOCKS, Forbidden(), "that needs Microsoft.Authorization/locks/read, which the role Reader includes."),
        (PERMISSIONS, Forbidden(), "that needs Microsoft.Authorization/permissions/read, which the role Reader"),
        (LOCKS, RequestLost(), "Azure cannot be reached."),
    ],
    ids=["locks 403", "permissions 403", "offline"],
)
async def test_what_could_not_be_determined_is_said_with_the_reason(
    stage: Stage, path: str, fault: object, words: str
) -> None:
    stage.box.faults.add(Rule(fault, "GET", path, times=None))  # type: ignore[arg-type]
    async with stage.app.run_test(size=SMALL) as pilot:
        await _tags(stage, pilot)
        await says(pilot, stage, "! Not determined: ", words)
        assert CLEAR not in screen_text(stage.app)


async def _wizard(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.computes(stage, pilot)
    await pilot.press("a")
    await shown(pilot, stage, "5 subscriptions")
    await paste(pilot, pool_of(stage, "adhocpool"))
    await pilot.press("enter")
    await shown(pilot, stage, "Name for the compute.")
    await pilot.press("enter")
    await shown(pilot, stage, "Which managed identity")
    hold_locks(stage)
    await pilot.press("tab")
    await says_already(pilot, stage, "Which role should", CHECKING)


async def _before_detach(stage: Stage, pilot: Pilot[None]) -> None:
    await scenes.computes(stage, pilot)
    await on_row(stage, pilot, "markup-lab")


async def _before_detach_plan(stage: Stage, pilot: Pilot[None]) -> None:
    await _before_detach(stage, pilot)
    hold_locks(stage)
    await pilot.press("ctrl+d")
    await says_already(pilot, stage, "Detach markup-lab?")


EARLY: dict[str, tuple[Visit, str, str]] = {
    "tags": (scenes.tags, "ctrl+s", "enter"),
    "attach": (_wizard, "enter", "enter"),
    "detach": (_before_detach, "ctrl+d", "y"),
    "detach plan": (_before_detach_plan, "p", "y"),
    "pool": (scenes.pool_typed, "ctrl+s", "enter"),
    "new pool": (scenes.new_pool, "enter", "enter"),
    "new identity": (scenes.new_identity, "enter", "enter"),
}
"""How to come before each plan, the key that opens it, and the one that sends it."""


def hold_locks(stage: Stage) -> None:
    """Let no list of locks be answered."""
    stage.clock.hold()
    stage.box.faults.add(Rule(Slow(NEVER), "GET", LOCKS, times=None))


@pytest.mark.parametrize("kind", EARLY)
async def test_a_plan_can_be_confirmed_before_its_preflight_ends(stage: Stage, kind: str) -> None:
    before, opens, sends = EARLY[kind]
    clear_locks(stage)
    async with stage.app.run_test(size=SMALL) as pilot:
        await before(stage, pilot)
        hold_locks(stage)
        await pilot.press(opens)
        await says_already(pilot, stage, CHECKING, "detach" if kind == "detach" else "Nothing has been sent yet")
        await painted(pilot)
        await pilot.press(sends)
        await happened(pilot, lambda: bool(stage.operations.operations))
        stage.clock.release()


async def test_a_throttled_preflight_says_what_it_waits_for(stage: Stage) -> None:
    clear_locks(stage)
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.tags(stage, pilot)
        stage.clock.hold()
        stage.box.faults.add(Rule(Throttled(30), "GET", LOCKS))
        await pilot.press("ctrl+s")
        await says_already(pilot, stage, f"{CHECKING}: waiting, throttled")
        stage.clock.release()
        await says(pilot, stage, CLEAR)


def plan_lines(stage: Stage) -> list[str]:
    """The visible lines of the plan's page, without its scroll bar."""
    region = stage.app.screen.query_one("#page").scrollable_content_region
    rows = screen_text(stage.app).split("\n")[region.y : region.bottom]
    return [row[region.x : region.right].rstrip() for row in rows]


def state_of(stage: Stage) -> tuple[object, ...]:
    """What a key would meet: the focus, the place on the page, the keys, and whether one that confirms counts."""
    screen = stage.app.screen
    assert isinstance(screen, PlanScreen)
    offset = screen.query_one("#page").scroll_offset
    return screen.focused, offset, sorted(screen.active_bindings), screen.takes_answers


@SIZES
async def test_findings_move_neither_the_plan_nor_the_focus_and_change_no_key(
    stage: Stage, size: tuple[int, int]
) -> None:
    lock_everything(stage)
    async with stage.app.run_test(size=size) as pilot:
        await scenes.tags(stage, pilot)
        stage.clock.hold()
        stage.box.faults.add(Rule(Slow(5), "GET", LOCKS, times=None))
        await pilot.press("ctrl+s")
        await says_already(pilot, stage, CHECKING)
        await painted(pilot)
        await pilot.press("down")
        lines, state = plan_lines(stage), state_of(stage)
        stage.clock.release()
        await says_already(pilot, stage, "✖ The update will fail: subscription")
        assert state_of(stage) == state
        after = plan_lines(stage)
        assert 0 < len(after) < len(lines)
        assert after == lines[: len(after)]
    assert writes(stage) == []


async def test_what_has_no_room_below_the_plan_is_at_its_end_and_all_of_it_is_copied(stage: Stage) -> None:
    clear_locks(stage)
    put_lock(stage, scope_at(stage, "group"), notes="n" * 300)
    put_lock(stage, scope_at(stage, "subscription"), name="other", level="Gentle", notes="o" * 300)
    stage.box.world.denied.add("Microsoft.MachineLearningServices/workspaces/computes/*")
    async with stage.app.run_test(size=SMALL) as pilot:
        await _tags(stage, pilot)
        await says(pilot, stage, "… 2 more results at the end of the plan")
        assert "none of your Azure roles" not in sentences(stage.app)
        await pilot.press("end")
        await says(pilot, stage, "none of your Azure roles allows", "! The update may fail: subscription")
        await pilot.press("c")
        await happened(pilot, lambda: bool(stage.app.clipboard))
        for words in ("The update will fail: resource group", "none of your Azure roles", "may fail: subscription"):
            assert stage.app.clipboard.count(words) == 1


async def test_a_name_that_was_taken_in_the_meantime_is_said_in_the_plan(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_pool(stage, pilot)
        synapse = stage.box.world.synapse_workspace_named("syn-empty")
        assert synapse is not None
        taken = {"id": f"{synapse['id']}/bigDataPools/adhoc2", "name": "adhoc2"}
        stage.box.world.spark_pools.put({**next(iter(stage.box.world.spark_pools)), **taken})
        await pilot.press("enter")
        await says(pilot, stage, "✖ The name adhoc2 is taken: there is already a Spark pool of that name.")


async def test_a_quota_that_nobody_can_read_is_said_once_and_is_no_warning(stage: Stage) -> None:
    clear_locks(stage)
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.new_pool_plan(stage, pilot)
        await says(pilot, stage, CLEAR, "– Not determined: the vCore quota of Synapse workspace")


async def test_the_wizard_checks_once_for_its_access_step_and_its_plan(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.attach_access(stage, pilot)
        asked = len(stage.box.log)
        await pilot.press("enter")
        await says(pilot, stage, "Nothing has been sent yet", CLEAR)
        assert not [one.url for one in list(stage.box.log)[asked:] if "Microsoft.Authorization" in one.url]
        await pilot.press("shift+tab")
        await says(pilot, stage, "Which role should", "● no lock")
        put_lock(stage, workspace_of(stage))
        await pilot.press("ctrl+r")
        await says(pilot, stage, "✖ The attach will fail: Azure ML workspace aml-prod", "is locked by keep")
        await pilot.press("enter")
        await says(pilot, stage, "✖ The attach will fail: Azure ML workspace aml-prod")
    assert writes(stage) == []


@SIZES
async def test_the_question_before_a_detach_keeps_its_keys_in_view_however_much_stands_against_it(
    stage: Stage, size: tuple[int, int]
) -> None:
    for level in LEVELS:
        put_lock(stage, scope_at(stage, level), name=f"lock-of-{level}", level="CanNotDelete", notes="w " * 200)
    stage.box.world.denied.add("Microsoft.MachineLearningServices/workspaces/computes/*")
    async with stage.app.run_test(size=size) as pilot:
        await _detach(stage, pilot)
        await says(pilot, stage, "✖ The detach will fail: ", "y detach", "n cancel", "p plan")
        if size == SMALL:
            await says(pilot, stage, "… 1 more result in the plan")
        await pilot.press("p")
        await says(pilot, stage, "Nothing has been sent yet", "The detach will fail")


async def test_locks_of_a_refused_write_are_worded_as_before_it(stage: Stage) -> None:
    clear_locks(stage)
    put_lock(stage, scope_at(stage, "group"))
    words = (
        "resource group rg-ml is locked",
        "An Owner or a User Access Administrator there (Microsoft.Authorization/locks/delete) can remove the lock; "
        "waiting does not help.",
    )
    async with stage.app.run_test(size=LARGE) as pilot:
        await _tags(stage, pilot)
        await says(pilot, stage, *words)
        await pilot.press("enter")
        await says(pilot, stage, "✖ Failed", *words)


async def test_the_same_writes_are_not_checked_twice_and_others_are(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await _detach(stage, pilot)
        await says(pilot, stage, CLEAR)
        asked = len(stage.box.log)
        preflight: Preflight = stage.app.screen._preflight  # type: ignore[attr-defined]
        await pilot.press("r")
        await happened(pilot, lambda: preflight.findings is not None)
        assert [one.url for one in list(stage.box.log)[asked:] if "Authorization" in one.url] == []
        await pilot.press("n")
        await on_row(stage, pilot, "churn")
        await pilot.press("ctrl+d")
        await says(pilot, stage, "Detach churn?", CLEAR)
        assert [one.url for one in list(stage.box.log)[asked:] if "Authorization" in one.url]
