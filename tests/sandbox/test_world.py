"""The contents of the simulated Azure and its lists."""

import json
from typing import Any

import pytest

from tests.support.sandbox_box import GROUP, PROD, WORKSPACE, Box, ask, computes_url
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.names import spark_pool_id
from tui.sandbox.seed import make_world


async def test_a_compute_list_is_followed_to_its_last_page(box: Box) -> None:
    azure = box(make_world(25), page_size=10)
    ml = await azure.ml()
    names = [compute.name async for compute in ml.compute.list(GROUP, WORKSPACE)]
    assert len(names) == len(set(names)) == 25
    asked = [entry.url for entry in azure.sandbox.log]
    assert len(asked) == 3
    assert "skip=20" in asked[-1]


async def test_every_list_is_paged_and_its_last_page_has_no_next_link(box: Box) -> None:
    azure = box(page_size=2)
    synapse, msi, subscriptions = await azure.synapse(), await azure.identities(), await azure.subscriptions()
    ml = await azure.ml()
    workspaces = [workspace.name async for workspace in synapse.workspaces.list()]
    assert workspaces == ["syn-prod", "syn-lab", "syn-empty"]
    pools = [pool.name async for pool in synapse.big_data_pools.list_by_workspace("rg-data", "syn-prod")]
    assert pools == ["etlpool", "churnpool", "adhocpool", "gpupool", "etlold"]
    assert [pool async for pool in synapse.big_data_pools.list_by_workspace("rg-lab", "syn-empty")] == []
    identities = [found.name async for found in msi.user_assigned_identities.list_by_subscription()]
    assert len(identities) == 12
    assert sum(name.startswith("id-e") for name in identities) == 4
    in_group = [found.name async for found in msi.user_assigned_identities.list_by_resource_group("RG-DATA")]
    assert in_group == ["id-lake-read", "id-lake-write"]
    assert len([found async for found in subscriptions.subscriptions.list()]) == 5
    aml = [found.name async for found in ml.workspaces.list_by_subscription()]
    assert aml == ["aml-prod", "aml-features", "aml-eu"]
    last = await ask(Sandbox(), computes_url())
    assert "nextLink" not in json.loads(last.body)


async def test_names_and_paths_are_case_insensitive() -> None:
    response = await ask(Sandbox(), computes_url(compute="churn").upper().replace("API-VERSION", "api-version"))
    assert json.loads(response.body)["name"] == "churn"


async def test_the_default_world_is_reproducible_and_another_seed_makes_another_world() -> None:
    bodies = [(await ask(Sandbox(make_world()), computes_url())).body for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert make_world(seed=1).default.subscription_id != PROD


def test_a_change_in_one_world_does_not_affect_another() -> None:
    pool_id = spark_pool_id(PROD, "rg-data", "syn-prod", "etlpool")
    one, other = make_world().spark_pools.get(pool_id), make_world().spark_pools.get(pool_id)
    assert one is not None
    assert other is not None
    one["properties"]["autoPause"]["enabled"] = False
    assert other["properties"]["autoPause"]["enabled"] is True


def test_a_large_world_has_the_requested_number_of_computes_with_valid_unique_names() -> None:
    world = make_world(5000)
    scope = (
        f"/subscriptions/{PROD}/resourceGroups/rg-ml/providers/Microsoft.MachineLearningServices/workspaces/aml-prod"
    )
    names = [compute["name"] for compute in world.computes.under(scope)]
    assert len(names) == len(set(names)) == 5000
    assert max(map(len, names)) <= 16
    assert len(world.identities) > 200
    assert len(make_world(3).computes.under(scope)) == 3


@pytest.mark.parametrize(("choice", "shown"), [("echo", True), ("null", False)])
async def test_a_compute_whose_pool_is_gone_shows_its_settings_or_null_as_configured(
    box: Box, choice: Any, shown: bool
) -> None:
    compute = await box(choices=Choices(gone_pool=choice)).get("orphan-1")
    assert (compute["properties"]["properties"] is not None) is shown


@pytest.mark.parametrize(("choice", "version"), [("frozen", "3.5"), ("followed", "4.0")])
async def test_a_compute_shows_the_old_or_new_settings_of_its_pool_as_configured(
    box: Box, choice: Any, version: str
) -> None:
    azure = box(choices=Choices(pool_change=choice))
    pool = azure.sandbox.world.spark_pools.get(spark_pool_id(PROD, "rg-data", "syn-prod", "etlpool"))
    assert pool is not None
    pool["properties"]["sparkVersion"] = "4.0"
    assert (await azure.get("etl-prod"))["properties"]["properties"]["sparkVersion"] == version
