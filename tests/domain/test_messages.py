"""The message to others has everything that they can do for an attached pool, and nothing that they cannot."""

from datetime import date

import pytest

from tests.support import samples
from tui.domain.azure_roles import BLOB_DATA_CONTRIBUTOR, STORAGE_ROLES
from tui.domain.checks import Check, Remedy, Verdict
from tui.domain.compute import Compute
from tui.domain.exports.requests import ask_for_fixes
from tui.domain.principals import Directory, Principal
from tui.domain.readiness import Facts, Readiness, assess
from tui.domain.resource_id import ResourceId
from tui.domain.runtimes import NEWEST
from tui.domain.workspaces import SynapseWorkspace

PRINCIPAL = Principal("11111111-1111-4111-8111-111111111111", "id-etl", "user-assigned identity")
ACCOUNT = ResourceId.parse(
    "/subscriptions/516fb186-8a84-47a1-a265-6acb72ebb746/resourceGroups/rg-data"
    "/providers/Microsoft.Storage/storageAccounts/synprodlake"
)


def message(*checks: Check) -> str:
    return ask_for_fixes(samples.compute(), Readiness(checks))


GRANT = Check("Synapse role", Verdict.PROBLEM, "", remedy=Remedy.GRANT, principal=PRINCIPAL)
STORAGE = Check(
    "Storage", Verdict.PROBLEM, "", remedy=Remedy.STORAGE, principal=PRINCIPAL, account=ACCOUNT, roles=STORAGE_ROLES
)
RUNTIME = Check("Spark runtime", Verdict.PROBLEM, "Spark 3.3 has ended.", remedy=Remedy.RUNTIME)
PAUSE = Check("Auto-pause", Verdict.WARNING, "Off.", remedy=Remedy.AUTO_PAUSE)
NETWORK = Check("Synapse network", Verdict.PROBLEM, "It is closed.", help="Ask an owner.", needs_others=True)
OWN = {
    "all well": Check("Synapse role", Verdict.OK, "Fine."),
    "pool gone": Check("Spark pool", Verdict.PROBLEM, "Gone.", remedy=Remedy.DETACH, help="Detach it."),
    "identity gone": Check("Identity", Verdict.PROBLEM, "Gone.", remedy=Remedy.IDENTITY),
    "stray role": Check("Stray role", Verdict.WARNING, "Left.", help="It goes with the identity."),
    "not checked": Check("Auto-pause", Verdict.UNKNOWN, "Not checked.", help="Ask."),
}


@pytest.mark.parametrize("name", OWN)
def test_there_is_no_message_about_what_only_the_user_can_decide(name: str) -> None:
    assert message(OWN[name]) == ""


def test_missing_azure_roles_are_named_with_their_scope_holder_granters_and_commands() -> None:
    text = message(STORAGE)
    for role in STORAGE_ROLES:
        assert f"- {role.name} on the storage account synprodlake to id-etl (object id {PRINCIPAL.object_id})" in text
        assert role.id in text
    assert text.count("az role assignment create") == len(STORAGE_ROLES)
    assert text.count(f"--scope {ACCOUNT}") == len(STORAGE_ROLES)
    assert "User Access Administrator" in text


def test_one_message_has_all_that_others_can_do() -> None:
    text = message(GRANT, STORAGE, RUNTIME, PAUSE, NETWORK, *OWN.values())
    positions = [
        text.index(part)
        for part in (
            "az synapse role assignment create",
            BLOB_DATA_CONTRIBUTOR.name,
            f"upgrade it to Spark {NEWEST} and turn its auto-pause on",
            "It is closed. Ask an owner.",
        )
    ]
    assert positions == sorted(positions)
    assert "Gone." not in text
    assert "Left." not in text


def test_a_closed_network_of_a_real_assessment_is_asked_about() -> None:
    compute: Compute = samples.compute()
    assert compute.attached_to is not None
    closed = SynapseWorkspace(compute.attached_to.parent, public_network="Disabled")
    facts = Facts(compute, samples.pool(), closed, (), (), Directory(), date(2026, 11, 23))
    assert "enable public network access" in ask_for_fixes(compute, assess(facts))
