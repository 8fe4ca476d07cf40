"""Data that was read once is not requested again until it may have changed."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.cloud.test_credentials import options, set_application
from tests.support import scenes
from tests.support.patience import PATIENCE_SECONDS
from tests.support.screen import happened, on_row, says, shown
from tests.support.served import Served
from tests.support.stage import Stage, workspace_of
from tui.cloud.azure import AzureCloud
from tui.domain.azure_roles import reaches
from tui.domain.azure_scope import AzureScope
from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.operation import Operation
from tui.domain.plan import Detachment, Plan
from tui.domain.ports import Azure, Page, RequestWait
from tui.domain.resource_id import ResourceId
from tui.domain.sign_in import SignedIn, SignInChoice, SignInMethod
from tui.operations.journal import Journal
from tui.operations.listings import read_all
from tui.operations.service import Operations
from tui.operations.store import KEPT_SECONDS
from tui.program.setup import WallClock
from tui.sandbox.faults import Forbidden, Rule, Slow, Throttled
from tui.ui.screens.detail import DetailScreen
from tui.ui.screens.roles import RolesScreen

LARGE = (120, 40)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - the worker's thread and the clock have no event for it
            await asyncio.sleep(0)


def requests(stage: Stage) -> list[str]:
    return [f"{entry.method} {entry.url.split('?')[0]}" for entry in stage.box.log]


async def open_detail(stage: Stage, pilot: Pilot[None]) -> None:
    await on_row(stage, pilot, "churn")
    await pilot.press("enter")
    await happened(pilot, lambda: isinstance(stage.app.screen, DetailScreen))
    await pilot.press("2")
    await says(pilot, stage, "as of", "Synapse role of id-churn-b")


async def open_roles(stage: Stage, pilot: Pilot[None]) -> None:
    await on_row(stage, pilot, "churn")
    await pilot.press("r")
    await happened(pilot, lambda: isinstance(stage.app.screen, RolesScreen))
    await says(pilot, stage, "id-churn-a", "ana@contoso.com", "f grants it")


async def back(stage: Stage, pilot: Pilot[None]) -> None:
    await pilot.press("escape")
    await says(pilot, stage, "15 computes")


@pytest.mark.parametrize(("open_it", "most"), [(open_detail, 1), (open_roles, 0)])
async def test_reopening_a_screen_sends_almost_no_requests(
    stage: Stage, open_it: Callable[[Stage, Pilot[None]], object], most: int
) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await happened(pilot, lambda: scenes.is_judged(stage))
        for turn in range(3):
            before = len(stage.box.log)
            await open_it(stage, pilot)  # type: ignore[misc]
            await back(stage, pilot)
            assert not turn or len(stage.box.log) - before <= most, requests(stage)[before:]


@pytest.mark.parametrize("screen", ["list", "detail", "roles"])
async def test_a_refresh_reads_again_everything_that_readiness_depends_on(stage: Stage, screen: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await happened(pilot, lambda: scenes.is_judged(stage))
        await on_row(stage, pilot, "etl-prod")
        if screen == "detail":
            await pilot.press("enter", "2")
            await says(pilot, stage, "as of", "etl-prod is Synapse Administrator")
        etl = stage.box.world.computes.get(f"{workspace_of(stage)}/computes/etl-prod")
        assert etl is not None
        for held in stage.box.world.roles.of("syn-prod"):
            if held["principalId"] == etl["identity"]["principalId"]:
                stage.box.world.roles.remove("syn-prod", held["id"])
        if screen == "roles":
            await pilot.press("r")
            await says(pilot, stage, "jobs fail with 403")
        await pilot.press("ctrl+r")
        if screen == "roles":
            await pilot.press("escape", "enter", "2")
        await shown(pilot, stage, "no role" if screen == "list" else "etl-prod has no Synapse role")


async def test_everything_is_read_again_after_an_operation_ends(stage: Stage, pool: ResourceId) -> None:
    async def pools_read() -> int:
        await stage.operations.call(lambda azure: azure.spark_pool(pool))
        return sum(one.endswith("/bigDataPools/etlpool") for one in requests(stage))

    assert await pools_read() == await pools_read() == 1
    target = workspace_of(stage).child("computes", "churn-old")
    compute = await stage.operations.call(lambda azure: azure.compute(target))
    (operation,) = stage.operations.apply(Plan.of([Detachment(compute)]))
    assert isinstance(operation, Operation)
    await until(lambda: stage.operations.operation(operation.id).end)
    assert await pools_read() == 2


@pytest.fixture
def pool(stage: Stage) -> ResourceId:
    return ResourceId.parse(next(one["id"] for one in stage.box.world.spark_pools if one["name"] == "etlpool"))


async def test_two_simultaneous_reads_share_one_request_and_both_report_its_waits(
    stage: Stage, pool: ResourceId
) -> None:
    stage.clock.hold()
    stage.box.faults.add(Rule(Throttled(3), "GET", "/bigDataPools/etlpool$", times=1))
    first: list[RequestWait] = []
    second: list[RequestWait] = []
    reading = [asyncio.create_task(stage.operations.call(lambda azure: azure.spark_pool(pool), first.append))]
    await until(lambda: first)
    reading.append(asyncio.create_task(stage.operations.call(lambda azure: azure.spark_pool(pool), second.append)))
    await until(lambda: second)
    stage.clock.release()
    found = await asyncio.gather(*reading)
    assert found[0] is found[1]
    assert first == second
    assert sum(one.endswith("/bigDataPools/etlpool") for one in requests(stage)) == 2


async def test_a_failed_read_is_not_kept(stage: Stage, pool: ResourceId) -> None:
    stage.box.faults.add(Rule(Forbidden(), "GET", "/bigDataPools/etlpool$", times=1))
    with pytest.raises(Problem):
        await stage.operations.call(lambda azure: azure.spark_pool(pool))
    assert (await stage.operations.call(lambda azure: azure.spark_pool(pool))).id == pool


async def test_old_data_is_read_again_and_so_is_data_requested_fresh(stage: Stage, pool: ResourceId) -> None:
    async def read(*, fresh: bool = False) -> int:
        await stage.operations.call(lambda azure: azure.spark_pool(pool), fresh=fresh)
        return len(stage.box.log)

    first = await read()
    assert await read() == first
    assert await read(fresh=True) == first + 1
    assert await read() == first + 1
    stage.clock.advance(timedelta(seconds=KEPT_SECONDS + 1).total_seconds())
    assert await read() == first + 2


async def test_a_shared_read_continues_for_one_reader_after_the_other_is_cancelled(stage: Stage) -> None:
    stage.clock.hold()
    stage.box.faults.add(Rule(Slow(60), "GET", "/computes$"))
    workspace = workspace_of(stage)

    async def read() -> list[str]:
        names: list[str] = []
        async with aclosing(stage.operations.pages(lambda azure: azure.computes(workspace))) as pages:
            async for page in pages:
                names += [one.name for one in page.items]
        return names

    leaving, staying = asyncio.create_task(read()), asyncio.create_task(read())
    await until(lambda: stage.clock.waiting > 0)
    leaving.cancel()
    stage.clock.release()
    assert "etl-prod" in await staying
    assert leaving.cancelled()
    assert len(requests(stage)) == 1


async def test_a_read_that_nobody_awaits_is_cancelled(stage: Stage) -> None:
    stage.clock.hold()
    stage.box.faults.add(Rule(Slow(60), "GET", "/bigDataPools/"))
    pool = ResourceId.parse(next(iter(stage.box.world.spark_pools))["id"])
    reading = asyncio.create_task(stage.operations.call(lambda azure: azure.spark_pool(pool)))
    await until(lambda: stage.clock.waiting == 1)
    reading.cancel()
    await until(lambda: stage.clock.waiting == 0)
    stage.clock.release()


async def test_a_wait_is_reported_to_every_reader_between_the_pages_before_and_after_it() -> None:
    stage = Stage(page_size=5)
    workspace = workspace_of(stage)
    stage.clock.hold()
    stage.box.faults.add(Rule(Throttled(3), "GET", "/computes$", after=1, times=1))
    stage.operations.start()

    async def read(news: list[type]) -> None:
        def note(what: Page[Compute] | RequestWait) -> None:
            news.append(type(what))

        reading = stage.operations.pages(lambda azure: azure.computes(workspace), note)
        async with aclosing(reading) as pages:
            async for page in pages:
                note(page)

    try:
        first: list[type] = []
        second: list[type] = []
        readings = [asyncio.create_task(read(first))]
        await until(lambda: RequestWait in first)
        readings.append(asyncio.create_task(read(second)))
        await until(lambda: RequestWait in second)
        stage.clock.release()
        await asyncio.gather(*readings)
    finally:
        stage.operations.stop()
    for news in (first, second):
        assert news[:3] == [Page, RequestWait, Page], news


@pytest.mark.parametrize("page_size", [100, 2])
async def test_roles_that_were_read_earlier_show_the_time_of_the_read(page_size: int) -> None:
    stage = Stage(page_size=page_size)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=LARGE) as pilot:
            await scenes.computes(stage, pilot)
            await happened(pilot, lambda: scenes.is_judged(stage))
            await on_row(stage, pilot, "etl-prod")
            await pilot.press("r")
            await says(pilot, stage, "inherited from the workspace · as of 09:12:00")
            await back(stage, pilot)
            stage.clock.advance(60.0)
            await pilot.press("r")
            await says(pilot, stage, "inherited from the workspace · as of 09:12:00")
            await pilot.press("ctrl+r")
            await says(pilot, stage, "inherited from the workspace · as of 09:13:00")
    finally:
        stage.operations.stop()


async def test_the_readiness_of_a_compute_that_others_changed_is_based_on_current_roles(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await happened(pilot, lambda: scenes.is_judged(stage))
        world = stage.box.world
        etl = world.computes.get(f"{workspace_of(stage)}/computes/etl-prod")
        assert etl is not None
        changed = {**etl["properties"], "modifiedOn": "2026-11-23T09:11:00.0000000+00:00"}
        world.computes.put({**etl, "properties": changed})
        for held in world.roles.of("syn-prod"):
            if held["principalId"] == etl["identity"]["principalId"]:
                world.roles.remove("syn-prod", held["id"])
        await on_row(stage, pilot, "etl-prod")
        await pilot.press("enter", "2")
        await says(pilot, stage, "etl-prod has no Synapse role")


async def test_everything_is_read_again_after_a_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = tmp_path / "requests.jsonl"
    choice = SignInChoice(SignInMethod.ENVIRONMENT)
    with Served("--requests", str(noted)) as served:
        set_application(served, monkeypatch)
        operations = Operations(lambda: AzureCloud.signed_in_by(choice, options(served)), WallClock(), Journal)
        operations.start()
        try:
            for reads in (1, 1, 2):
                if reads == 2:
                    signed_in = [step async for step in operations.steps(lambda azure: azure.sign_in.sign_in(choice))]
                    assert isinstance(signed_in[-1], SignedIn)
                await operations.call(lambda azure: azure.subscription(served.subscription))
                assert noted.read_text().count(f"/subscriptions/{served.subscription}?") == reads
        finally:
            operations.stop()


async def test_the_azure_roles_of_each_principal_are_read_once_and_for_that_principal(stage: Stage) -> None:
    lake = next(one["id"] for one in stage.box.world.storage_accounts if one["name"] == "synprodlake")
    scope = AzureScope.parse(lake)
    holders = sorted({one["properties"]["principalId"] for one in stage.box.world.azure_roles})
    found = {}
    for turn in range(2):
        before = len(stage.box.log)
        for holder in holders:
            roles, _ = await stage.operations.call(partial(_azure_roles, scope=scope, holder=holder))
            found[holder] = {one.id for one in roles}
        assert (len(stage.box.log) == before) is bool(turn)
    for holder in holders:
        mine = (one for one in stage.box.world.azure_roles if one["properties"]["principalId"] == holder)
        assert {one["name"] for one in mine if reaches(one["properties"]["scope"], scope)} <= found[holder]
    assert len(set(map(frozenset, found.values()))) > 1


def _azure_roles(azure: Azure, scope: AzureScope, holder: str) -> Any:
    return read_all(azure.azure_role_assignments(scope, holder))
