"""Clients of Microsoft write Spark pools, firewall rules and identities in the served sandbox: JavaScript, az."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.running import run_javascript
from tests.clients.test_azure_cli import Az
from tests.support.served import Served

pytestmark = pytest.mark.clients

JAVASCRIPT = ("@azure/arm-msi@2.2.0", "@azure/arm-synapse@8.0.0", "@azure/identity@4.14.1")
WHERE = ("--workspace-name", "syn-prod", "--resource-group", "rg-data")


def test_the_javascript_clients_write_and_delete_pools_firewall_rules_and_identities(
    served: Served, tmp_path: Path
) -> None:
    asked = {"pool": "jspool", "rule": "js-rule", "identity": "id-js"}
    shown = run_javascript(served, tmp_path, "resources.mjs", JAVASCRIPT, asked)
    assert shown["made"] == ["jspool", "Succeeded", 4, {"team": "data"}]
    assert shown["changed"] == [6, "3.5"]
    assert {"jspool", "etlpool"} <= set(shown["pools"])
    assert shown["no_pool"] == "ResourceNotFound"
    assert shown["rule"] == ["js-rule", "192.0.2.1", "192.0.2.9"]
    assert shown["wider"] == "192.0.2.99"
    assert shown["rules"] == ["allowAll", "js-rule"]
    assert shown["no_rule"] == "IpFirewallRuleNotFound"
    assert shown["identity"] == ["id-js", {"it's": "é"}, True]
    assert shown["retagged"] == [{"a": "b"}, True]
    assert shown["client"] is True
    assert {"id-js", "id-adhoc"} <= set(shown["identities"])
    assert shown["no_identity"] == "ResourceNotFound"


@pytest.fixture(scope="module")
def az(az_python: Path, served: Served, tmp_path_factory: pytest.TempPathFactory) -> Az:
    found = Az(az_python, served, tmp_path_factory.mktemp("az-resources"))
    found.register(served)
    found.sign_in(served)
    return found


def test_the_cli_creates_changes_lists_and_deletes_a_firewall_rule(az: Az) -> None:
    def rule(verb: str, *words: str) -> Any:
        return az("synapse", "workspace", "firewall-rule", verb, *WHERE, *words)

    name = ("--name", "cli-rule")
    made = rule("create", *name, "--start-ip-address", "192.0.2.1", "--end-ip-address", "192.0.2.9")
    assert (made["name"], made["startIpAddress"], made["endIpAddress"]) == ("cli-rule", "192.0.2.1", "192.0.2.9")
    assert made["provisioningState"] == "Succeeded"
    assert rule("update", *name, "--end-ip-address", "192.0.2.99")["endIpAddress"] == "192.0.2.99"
    shown = rule("show", *name)
    assert (shown["startIpAddress"], shown["endIpAddress"]) == ("192.0.2.1", "192.0.2.99")
    assert [one["name"] for one in rule("list")] == ["allowAll", "cli-rule"]
    rule("delete", *name, "--yes")
    assert [one["name"] for one in rule("list")] == ["allowAll"]


def test_the_cli_is_told_why_a_firewall_rule_is_not_created(az: Az) -> None:
    words = ("--name", "cli-rule", "--start-ip-address", "192.0.2.9", "--end-ip-address", "192.0.2.1")
    found = az.run("synapse", "workspace", "firewall-rule", "create", *WHERE, *words)
    assert found.returncode != 0
    assert "(InvalidIpFirewallRule)" in found.stderr
