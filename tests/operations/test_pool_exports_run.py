"""Exported az commands create and change Spark pools as the plan does, and stop where it stops."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.az_program import AzProgram
from tests.support.export_runs import Azure, Make, applied, attach, check_same, check_stops, exported
from tui.cloud.mapping import spark_pool_from
from tui.domain.clouds import CHINA, PUBLIC
from tui.domain.exports.az import commands
from tui.domain.identity import IdentityKind
from tui.domain.plan import Plan, Request
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import DEFAULTS, PoolCreation
from tui.domain.spark import AutoPause, Autoscale, SparkPool

FIXED = replace(DEFAULTS, node_count=4, autoscale=Autoscale(False, 0, 0), auto_pause=AutoPause(False, 0))
TAGS = {"team": "data", "it's": 'a "tag" $(id) `id`'}


def spark_pool(azure: Azure, name: str, **properties: Any) -> SparkPool:
    """A Spark pool of the simulated Azure, changed there first."""
    found = next(one for one in azure.box.world.spark_pools if one["name"] == name)
    if properties:
        found = {**found, "properties": {**found["properties"], **properties}}
        azure.box.world.spark_pools.put(found)
    pool = spark_pool_from(found)
    assert pool is not None
    return pool


def change(azure: Azure, name: str, edit: PoolEdit, **properties: Any) -> PoolChange:
    return PoolChange(spark_pool(azure, name, **properties), edit)


POOL_PLANS: dict[str, Make] = {
    "new Spark pool that scales": lambda azure: [PoolCreation(azure.synapse(), "fresh")],
    "new Spark pool with a number of nodes": lambda azure: [PoolCreation(azure.synapse(), "fresh", FIXED, TAGS)],
    "nodes": lambda azure: [change(azure, "churnpool", PoolEdit(nodes=7))],
    "autoscale and auto-pause": lambda azure: [
        change(azure, "churnpool", PoolEdit(autoscale=Autoscale(True, 3, 9), auto_pause=AutoPause(True, 30)))
    ],
    "neither autoscale nor auto-pause": lambda azure: [
        change(azure, "etlpool", PoolEdit(nodes=6, autoscale=Autoscale(False, 0, 0), auto_pause=AutoPause(False, 0)))
    ],
    "Spark version": lambda azure: [change(azure, "etlpool", PoolEdit(version="3.4"))],
    "tags": lambda azure: [change(azure, "etlpool", PoolEdit(tags={**TAGS, "cost": None}))],
    "last tag": lambda azure: [change(azure, "adhocpool", PoolEdit(nodes=4, tags={"team": None}))],
    "nodes of one that tunes itself": lambda azure: [
        change(azure, "churnpool", PoolEdit(nodes=7), isAutotuneEnabled=True)
    ],
    "several Spark pools and an attach": lambda azure: [
        PoolCreation(azure.synapse(), "fresh"),
        change(azure, "churnpool", PoolEdit(nodes=7)),
        change(azure, "etlpool", PoolEdit(version="3.4")),
        attach(azure, IdentityKind.SYSTEM),
    ],
}
UPDATED = ("nodes", "autoscale and auto-pause", "neither autoscale nor auto-pause")
"""The plans for which the update command does the same."""


@pytest.mark.parametrize("plan", POOL_PLANS)
def test_the_az_commands_write_spark_pools_as_the_plan_does(tmp_path: Path, plan: str) -> None:
    check_same(tmp_path, POOL_PLANS, plan)


@pytest.mark.parametrize("plan", POOL_PLANS)
def test_the_az_commands_stop_where_the_plan_of_spark_pools_stops(tmp_path: Path, plan: str) -> None:
    check_stops(tmp_path, POOL_PLANS[plan])


@pytest.mark.parametrize("plan", POOL_PLANS)
def test_az_rest_sends_the_document_of_the_plan_where_the_update_command_would_not(tmp_path: Path, plan: str) -> None:
    azure = Azure()
    asked = Plan.of(POOL_PLANS[plan](azure))
    with AzProgram(tmp_path, azure.box) as program:
        program.run(commands(asked))
    writes = [one for one in azure.box.log if one.method == "PUT" and "/bigDataPools/" in one.url]
    sent = {urlsplit(one.url).path: one.body for one in writes}
    assert all(urlsplit(one.url).query.endswith("&force=false") for one in writes)
    names = [one.name for one in program.commands]
    assert ("synapse spark pool update" in names) is (plan in UPDATED or len(asked.steps) > 1)
    for step in asked.steps:
        if isinstance(step.request, PoolChange | PoolCreation) and f"--name {step.name}" not in commands(asked):
            assert sent[str(step.target)] == step.request.document()


def test_the_update_command_is_only_used_in_the_cloud_that_has_its_api_version() -> None:
    plan = Plan.of([change(Azure(), "churnpool", PoolEdit(nodes=7))])
    assert "az synapse spark pool update --name churnpool" in commands(plan, PUBLIC)
    assert "az synapse spark pool update --name" not in commands(plan, CHINA)
    assert "az rest --method put" in commands(plan, CHINA)


def gone(azure: Azure, requests: list[Request]) -> list[Request]:
    """The requests, after their Spark pools were deleted."""
    for one in requests:
        azure.box.world.spark_pools.remove(str(one.id))
    return requests


STOPPED: dict[str, Make] = {
    "a new Spark pool whose name is taken": lambda azure: [PoolCreation(azure.synapse(), "etlpool")],
    "a new Spark pool in a workspace that is gone": lambda azure: [
        PoolCreation(replace(azure.synapse(), id=replace(azure.synapse().id, resource_group="rg-gone")), "fresh")
    ],
    "a change of a Spark pool that is gone": lambda azure: gone(azure, POOL_PLANS["Spark version"](azure)),
    "nodes of a Spark pool that is gone": lambda azure: gone(azure, POOL_PLANS["nodes"](azure)),
}


@pytest.mark.parametrize("plan", list(STOPPED))
def test_the_az_commands_change_nothing_where_the_plan_changes_nothing(tmp_path: Path, plan: str) -> None:
    wanted = applied(STOPPED[plan])
    found, status = exported(tmp_path / "run", STOPPED[plan])
    assert status != 0
    assert found.state == wanted.state
    assert wanted.writes == []
