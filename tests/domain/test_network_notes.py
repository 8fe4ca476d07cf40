"""What a network means is said in plain sentences: only what is documented or reported, and who can change it."""

from dataclasses import replace
from typing import Any

import pytest

from tui.domain.errors import Problem, ProblemKind
from tui.domain.network_notes import NetworkNote, network_notes, public_access
from tui.domain.resource_id import ResourceId
from tui.domain.states import ProvisioningState, Tone
from tui.domain.synapse_network import FirewallRule, Listed, NetworkSettings, PrivateEndpoint, SynapseNetwork
from tui.domain.workspaces import SynapseWorkspace

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-data/providers"
SYNAPSE = SynapseWorkspace(
    ResourceId.parse(f"{GROUP}/Microsoft.Synapse/workspaces/syn-prod"),
    public_network="Enabled",
    lake_name="contosolake",
)
OPEN = NetworkSettings(SYNAPSE)
MANAGED = replace(OPEN, managed="default", prevents_exfiltration=False)
GUARDED = replace(MANAGED, prevents_exfiltration=True)
EVERYONE = FirewallRule("allowAll", "0.0.0.0", "255.255.255.255")  # noqa: S104 - not an address to listen at
AZURE = FirewallRule("azure", "0.0.0.0", "0.0.0.0")  # noqa: S104
OFFICE = FirewallRule("office", "203.0.113.0", "203.0.113.255")
DENIED = Problem(ProblemKind.FORBIDDEN, "Could not list them: forbidden.", advice="Ask for the role Reader.")
SUCCEEDED = ProvisioningState("Succeeded")


def rules(*found: FirewallRule, unreadable: int = 0) -> Listed[FirewallRule]:
    return Listed(found, ("One cannot be read.",) * unreadable)


def endpoint(status: str = "Approved", account: str = "contosolake", **more: Any) -> PrivateEndpoint:
    target = ResourceId.parse(f"{GROUP}/Microsoft.Storage/storageAccounts/{account}")
    return replace(PrivateEndpoint(f"{account}-dfs", target, "dfs", SUCCEEDED, status), **more)


def notes(
    settings: NetworkSettings = OPEN,
    firewall: Listed[FirewallRule] | Problem | None = None,
    endpoints: Listed[PrivateEndpoint] | Problem | None = None,
) -> tuple[NetworkNote, ...]:
    firewall = rules(EVERYONE) if firewall is None else firewall
    return network_notes(SynapseNetwork(settings, firewall, Listed() if endpoints is None else endpoints))


def about(found: tuple[NetworkNote, ...], words: str) -> NetworkNote:
    """The only note with these words."""
    (note,) = [one for one in found if words in one.text]
    return note


# Who can reach it


@pytest.mark.parametrize(
    ("firewall", "tone", "words"),
    [
        (rules(EVERYONE), Tone.GOOD, "lets in every address (allowAll)"),
        (rules(OFFICE, EVERYONE), Tone.GOOD, "lets in every address (allowAll)"),
        (rules(EVERYONE, unreadable=2), Tone.GOOD, "lets in every address (allowAll)"),
        (rules(AZURE), Tone.GOOD, "lets in Azure services (azure), also those of other customers."),
        (rules(OFFICE, AZURE), Tone.GOOD, "other customers, and 1 range of addresses."),
        (rules(OFFICE), Tone.WARNING, "lets in 1 range of addresses, but no Azure services"),
        (rules(OFFICE, OFFICE), Tone.WARNING, "lets in 2 ranges of addresses, but no Azure services"),
        (rules(), Tone.WARNING, "lets in no public address"),
        (rules(unreadable=1), Tone.NEUTRAL, "1 firewall rule cannot be read, so whom"),
        (rules(OFFICE, unreadable=2), Tone.NEUTRAL, "2 firewall rules cannot be read, so whom"),
        (rules(FirewallRule("odd", "somewhere", "")), Tone.WARNING, "lets in 1 range of addresses"),
    ],
)
def test_a_firewall_is_explained_by_whom_it_lets_in(firewall: Listed[FirewallRule], tone: Tone, words: str) -> None:
    found = about(notes(firewall=firewall), words)
    assert found.tone is tone
    assert "jobs on attached pools may be kept out" in found.text or tone is not Tone.WARNING
    assert found.help or tone is Tone.NEUTRAL


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("Succeeded", True),
        ("", True),
        ("DeleteError", True),
        ("Provisioning", False),
        ("Deleting", False),
        ("Failed", False),
    ],
)
def test_a_rule_that_is_not_in_effect_lets_nobody_in(state: str, counts: bool) -> None:
    rule = replace(EVERYONE, state=ProvisioningState(state))
    found = about(notes(firewall=rules(rule)), "The firewall")
    assert (found.tone is Tone.GOOD) is counts


def test_closed_public_access_is_a_problem_and_its_firewall_does_not_matter() -> None:
    closed = replace(OPEN, workspace=replace(SYNAPSE, public_network="Disabled"))
    found = notes(closed, rules())
    assert (found[0].tone, found[0]) == (Tone.BAD, public_access(closed.workspace))
    assert "owner of syn-prod" in found[0].help
    assert about(found, "does not apply the firewall rules").tone is Tone.NEUTRAL
    assert not [one for one in found if "lets in" in one.text]


def test_public_access_that_azure_did_not_report_is_not_said_to_be_off() -> None:
    unknown = replace(OPEN, workspace=replace(SYNAPSE, public_network=""))
    found = notes(unknown)
    assert about(found, "did not report the public network access").tone is Tone.NEUTRAL
    assert not [one for one in found if one.tone in (Tone.BAD, Tone.WARNING)]


# What it can reach


@pytest.mark.parametrize(
    ("settings", "tone", "words"),
    [
        (OPEN, Tone.NEUTRAL, "no managed virtual network"),
        (MANAGED, Tone.NEUTRAL, "without data-exfiltration protection"),
        (replace(MANAGED, prevents_exfiltration=None), Tone.NEUTRAL, "did not report whether syn-prod has data-exfil"),
        (GUARDED, Tone.WARNING, "has data-exfiltration protection"),
    ],
)
def test_each_kind_of_network_is_explained(settings: NetworkSettings, tone: Tone, words: str) -> None:
    assert about(notes(settings), words).tone is tone


def test_a_pending_approval_names_who_approves_it() -> None:
    found = about(notes(MANAGED, endpoints=Listed((endpoint("Pending"),))), "waits for approval")
    assert "contosolake-dfs to dfs of storage account contosolake" in found.text
    for part in ("An owner of storage account contosolake", "rg-data", "00000000-0000-0000-0000-000000000001"):
        assert part in found.help


@pytest.mark.parametrize(
    ("settings", "account", "tone"),
    [
        (GUARDED, "contosolake", Tone.BAD),
        (GUARDED, "CONTOSOLAKE", Tone.BAD),
        (GUARDED, "other", Tone.WARNING),
        (MANAGED, "contosolake", Tone.WARNING),
        (replace(MANAGED, prevents_exfiltration=None), "contosolake", Tone.WARNING),
        (replace(GUARDED, workspace=replace(SYNAPSE, lake_name="")), "other", Tone.WARNING),
    ],
)
@pytest.mark.parametrize("status", ["Pending", "Rejected", "Disconnected"])
def test_only_the_data_lake_behind_exfiltration_protection_is_a_problem(
    settings: NetworkSettings, account: str, tone: Tone, status: str
) -> None:
    found = about(notes(settings, endpoints=Listed((endpoint(status, account),))), "Private endpoint ")
    assert found.tone is tone
    assert found.help


def test_a_data_lake_that_another_endpoint_reaches_is_no_problem() -> None:
    found = about(notes(GUARDED, endpoints=Listed((endpoint("Pending"), endpoint(group="blob")))), "waits for approval")
    assert found.tone is Tone.WARNING


def test_an_endpoint_to_the_data_lake_is_named_before_many_others() -> None:
    others = [endpoint("Pending", f"store{number}") for number in range(50)]
    found = notes(GUARDED, endpoints=Listed((*others, endpoint("Pending"))))
    assert (found[0].tone, "contosolake" in found[0].text) == (Tone.BAD, True)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"status": "Rejected"}, "is Rejected: it carries no traffic"),
        ({"state": ProvisioningState("Failed"), "status": ""}, "its provisioning state is Failed"),
        (
            {"state": ProvisioningState("Provisioning"), "status": ""},
            "is provisioning; then the owner of its target has to approve it",
        ),
        ({"status": ""}, "did not report whether private endpoint"),
        ({"status": "Pending", "target": None}, "to dfs of an unreadable target waits"),
        ({"status": "Pending", "group": ""}, "to storage account contosolake waits"),
    ],
)
def test_every_other_state_of_an_endpoint_is_named(changed: dict[str, Any], words: str) -> None:
    assert about(notes(MANAGED, endpoints=Listed((endpoint(**changed),))), words).tone is not Tone.GOOD


def test_a_managed_network_without_an_approved_way_to_storage_is_a_warning() -> None:
    vault = ResourceId.parse(f"{GROUP}/Microsoft.KeyVault/vaults/secrets")
    to_vault, reserved = endpoint(target=vault, group="vault"), endpoint(is_reserved=True)
    for given in ((), (to_vault,), (reserved,), (endpoint("Pending"),)):
        found = about(
            notes(MANAGED, endpoints=Listed(given)), "No approved private endpoint leads to a storage account"
        )
        assert (found.tone, "A Synapse Administrator" in found.help) == (Tone.WARNING, True)
    enough = notes(MANAGED, endpoints=Listed((endpoint(), to_vault)))
    assert about(enough, "lead to dfs of storage account contosolake and vault of key vault secrets").tone is Tone.GOOD
    assert not [one for one in enough if one.tone is Tone.WARNING]


def test_an_endpoint_that_cannot_be_read_may_be_the_missing_one() -> None:
    found = notes(MANAGED, endpoints=Listed((), ("One cannot be read.",)))
    assert about(found, "1 private endpoint cannot be read").tone is Tone.NEUTRAL
    assert not [one for one in found if one.tone is Tone.WARNING]


def test_many_endpoints_are_named_up_to_a_few_and_counted() -> None:
    pending = [endpoint("Pending", f"store{number}") for number in range(1000)]
    approved = [endpoint("Approved", f"lake{number}") for number in range(1000)]
    found = notes(MANAGED, endpoints=Listed((*pending, *approved)))
    assert len(found) < 12
    assert about(found, "995 more private endpoints")
    assert "and 995 more targets" in about(found, "Approved private endpoints lead to").text


def test_endpoints_without_a_managed_network_are_not_explained() -> None:
    assert not [one for one in notes(OPEN, endpoints=Listed()) if "rivate endpoint" in one.text]


# What could not be read


@pytest.mark.parametrize("part", ["firewall", "endpoints"])
def test_what_could_not_be_read_is_said_with_the_missing_permission_and_never_as_off(part: str) -> None:
    given: dict[str, Any] = {part: DENIED}
    found = about(notes(MANAGED, **given), "Could not list them")
    assert (found.tone, found.help) == (Tone.NEUTRAL, "Ask for the role Reader.")
    others = notes(MANAGED, **given)
    unsaid = "lets in" if part == "firewall" else "storage account"
    assert not [one for one in others if unsaid in one.text]


def test_the_most_serious_note_comes_first() -> None:
    closed = replace(GUARDED, workspace=replace(SYNAPSE, public_network="Disabled"))
    found = [one.tone for one in notes(closed, endpoints=Listed((endpoint(), endpoint("Pending", "other"))))]
    assert found == sorted(found, key=[Tone.BAD, Tone.WARNING, Tone.BUSY, Tone.NEUTRAL, Tone.GOOD].index)
    assert (found[0], found[-1]) == (Tone.BAD, Tone.GOOD)
