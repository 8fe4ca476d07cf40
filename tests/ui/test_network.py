"""The network page of a Spark pool: shown and explained in the real app, and never changed."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support import scenes
from tests.support.screen import on_row, says, screen_text, sentences, settled, shown
from tests.support.stage import Stage, writes
from tui.domain.resource_id import ResourceId
from tui.sandbox import documents
from tui.sandbox.faults import Answer, Forbidden, Rule, Slow, Throttled

LARGE, SMALL = (120, 40), (80, 24)
RULES, ENDPOINTS, SETTINGS = "/firewallRules$", "/managedPrivateEndpoints$", "/workspaces/syn-prod$"


def network_reads(stage: Stage) -> list[str]:
    return [one.url for one in stage.box.log if "firewallRules" in one.url or "managedPrivateEndpoints" in one.url]


def alter(stage: Stage, name: str, how: Callable[[Any], None]) -> None:
    """Change a Synapse workspace as another user would."""
    workspace = copy.deepcopy(stage.box.world.synapse_workspace_named(name) or {})
    how(workspace)
    stage.box.world.synapse_workspaces.put(workspace)


async def of_churn(stage: Stage, pilot: Pilot[None], key: str = "n") -> None:
    """Open the Spark pool of the compute churn, and press a key."""
    await scenes.pool(stage, pilot)
    await pilot.press(key)


async def test_the_page_is_read_when_it_is_first_shown_and_not_with_the_pool(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool(stage, pilot)
        await pilot.press("right")
        await says(pilot, stage, "churn ● Succeeded")
        assert network_reads(stage) == []
        await pilot.press("right")
        await says(pilot, stage, "[Network]", "The network of syn-prod, the Synapse workspace of churnpool.")
        assert len(network_reads(stage)) == 1
        await pilot.press("n", "n", "left", "right")
        await settled(pilot, stage)
        assert len(network_reads(stage)) == 1
    assert writes(stage) == []


async def test_a_managed_network_is_explained_with_its_pending_approval(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool_network(stage, pilot)
        await says(
            pilot,
            stage,
            "! syn-private has data-exfiltration protection",
            "! Private endpoint sales-dfs to dfs of storage account contososales waits for approval.",
            "An owner of storage account contososales (resource group rg-sales",
            "● Approved private endpoints lead to dfs of storage account synprivatelake.",
            "Exfiltration protection on",
            "Approved tenants its own",
            "sales-dfs ! Pending",
            "lake-dfs ● Approved",
            "made by Synapse itself",
        )
        text = screen_text(stage.app)
        assert text.index("sales-dfs  !") < text.index("lake-dfs  ●") < text.index("synapse-ws-sql--")
    assert writes(stage) == []


async def test_closed_public_access_is_explained_with_the_firewall_that_it_overrules(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool_network(stage, pilot, "syn-closed")
        await says(
            pilot,
            stage,
            "Public network access of syn-closed is Disabled: attached pools cannot reach it.",
            "Azure does not apply the firewall rules",
            "Private connections office-dev (Approved)",
            "No approved private endpoint leads to a storage account.",
            "office 203.0.113.0 – 203.0.113.255",
        )


async def test_a_compute_leads_to_the_network_from_its_readiness(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.readiness(stage, pilot)
        await pilot.press("end")
        await says(pilot, stage, "Its firewall and private endpoints are not checked here: n shows them.")
        await pilot.press("n")
        await says(pilot, stage, "[Network]", "The firewall of syn-prod lets in every address (allowAll)")
        await pilot.press("escape")
        await says(pilot, stage, "[Readiness]")


@pytest.mark.parametrize("name", ["cpu-cluster", "half-written"])
async def test_the_key_says_why_a_compute_has_no_network(stage: Stage, name: str) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        await on_row(stage, pilot, name)
        await pilot.press("enter", "n")
        await says(pilot, stage, f"{name} is not an attached Spark pool.")


async def test_a_firewall_that_lets_in_only_some_addresses_is_a_warning(stage: Stage) -> None:
    def office(rule: Any) -> None:
        rule["properties"].update(startIpAddress="203.0.113.0", endIpAddress="203.0.113.255")

    (rule,) = [one for one in stage.box.world.firewall_rules if "/syn-prod/" in one["id"]]
    office(rule)
    async with stage.app.run_test(size=LARGE) as pilot:
        await of_churn(stage, pilot)
        await says(pilot, stage, "! The firewall of syn-prod lets in 1 range of addresses, but no Azure services")
        stage.box.world.firewall_rules.remove(rule["id"])
        await pilot.press("ctrl+r")
        await says(pilot, stage, "lets in no public address", "Firewall rules none")


async def test_a_rule_whose_addresses_azure_does_not_report_is_not_shown_as_open(stage: Stage) -> None:
    (rule,) = [one for one in stage.box.world.firewall_rules if "/syn-prod/" in one["id"]]
    rule["properties"] = {}
    async with stage.app.run_test(size=LARGE) as pilot:
        await of_churn(stage, pilot)
        await says(pilot, stage, "allowAll addresses not reported", "jobs on attached pools may be kept out")
        assert "every address" not in sentences(stage.app)


# What cannot be read


async def test_rules_that_may_not_be_read_are_not_shown_as_none_and_name_the_missing_role(stage: Stage) -> None:
    stage.fault(Rule(Forbidden(), "GET", RULES, times=None))
    async with stage.app.run_test(size=LARGE) as pilot:
        await of_churn(stage, pilot)
        await says(pilot, stage, "Could not list the firewall rules of syn-prod", "the role Reader", "not read")
        assert "Firewall rules not read" in sentences(stage.app)
        assert "lets in" not in sentences(stage.app)


async def test_endpoints_that_need_a_synapse_role_name_it(stage: Stage) -> None:
    alter(stage, "syn-lab", lambda one: one["properties"].update(managedVirtualNetwork="default"))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        lab = next(one for one in stage.box.world.spark_pools if one["name"] == "labpool")
        stage.app.flow.pools.open(ResourceId.parse(lab["id"]), page="network")
        await says(
            pilot,
            stage,
            "Could not list the private endpoints of syn-lab",
            "Ask a Synapse Administrator of syn-lab for any Synapse role",
            "Private endpoints not read",
            "Exfiltration protection not reported",
        )


async def test_a_workspace_that_cannot_be_read_is_read_again_on_demand(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool(stage, pilot)
        stage.fault(Rule(Answer(503, "ServerBusy", "It is busy."), "GET", SETTINGS, times=5))
        await pilot.press("n")
        await says(pilot, stage, "Could not read the network settings of syn-prod", "ctrl+r reads it again.")
        assert "lets in" not in sentences(stage.app)
        await pilot.press("ctrl+r")
        await says(pilot, stage, "The firewall of syn-prod lets in every address")
        assert "Could not read" not in sentences(stage.app)


async def test_a_failed_refresh_keeps_what_was_read_before(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await of_churn(stage, pilot)
        await says(pilot, stage, "lets in every address")
        stage.fault(Rule(Forbidden(), "GET", SETTINGS, times=None))
        await pilot.press("ctrl+r")
        await says(pilot, stage, "below is what was read before", "lets in every address")


async def test_a_slow_or_throttled_read_says_so(stage: Stage) -> None:
    stage.fault(Rule(Slow(30), "GET", RULES))
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.pool(stage, pilot)
        stage.clock.hold()
        await pilot.press("n")
        await says(pilot, stage, "Reading the network of syn-prod …")
        stage.clock.release()
        await says(pilot, stage, "lets in every address")
        stage.fault(Rule(Throttled(20), "GET", RULES))
        stage.clock.hold()
        await pilot.press("ctrl+r")
        await says(pilot, stage, "Reading the network of syn-prod …", "waiting, throttled", "lets in every address")
        stage.clock.release()
        await says(pilot, stage, "The network of syn-prod")


# Size


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=str)
async def test_very_many_rules_are_shown_up_to_a_limit_and_copied_completely(
    stage: Stage, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    workspace = next(one["id"] for one in stage.box.world.synapse_workspaces if one["name"] == "syn-prod")
    for number in range(3000):
        rule = documents.firewall_rule(f"{workspace}/firewallRules/rule{number:04}", "203.0.113.1", "203.0.113.9")
        stage.box.world.firewall_rules.put(rule)

    async def copy_to(_: object, text: str, *__: object, **___: object) -> None:
        copied.append(text)

    async with stage.app.run_test(size=size) as pilot:
        await of_churn(stage, pilot)
        await says(pilot, stage, "The network of syn-prod")
        monkeypatch.setattr(type(stage.app.screen), "copy", copy_to)
        await pilot.press("end")
        await says(pilot, stage, "… 2,873 more; c copies all")
        await pilot.press("c")
        await settled(pilot, stage)
    assert copied[0].count("203.0.113.1 – 203.0.113.9") == 3000


async def test_the_whole_page_is_reached_in_a_small_terminal(stage: Stage) -> None:
    async with stage.app.run_test(size=SMALL) as pilot:
        await scenes.pool_network(stage, pilot)
        await shown(pilot, stage, "has data-exfiltration protection")
        await pilot.press("end")
        await shown(pilot, stage, "synapse-ws-sqlOnDemand--syn-private")
        assert all(len(row) <= SMALL[0] for row in screen_text(stage.app).split("\n"))
