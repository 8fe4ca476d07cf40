"""Exported az commands grant Azure roles as the plan does, and stop where it stops."""

from pathlib import Path

import pytest

from tests.support.export_runs import Azure, Make, applied, attach, check_same, check_stops, exported
from tui.domain.azure_grants import AzureGrant, AzureGrants
from tui.domain.azure_roles import BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR
from tui.domain.identity import IdentityKind
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.sandbox.faults import Answer, Rule
from tui.sandbox.names import storage_account_id

ROLES = (BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR)


def granted(azure: Azure, principal: Principal, number: int = 1, account: str = "amlprodsa") -> AzureGrants:
    """Both roles for a principal on a storage account; different numbers make different ids."""
    group = "rg-ml" if account == "amlprodsa" else "rg-data"
    ids = (f"cccccccc-000{number}-4000-8000-00000000000{role}" for role in range(len(ROLES)))
    grants = (AzureGrant(id_, role, principal) for id_, role in zip(ids, ROLES, strict=True))
    return AzureGrants(ResourceId.parse(storage_account_id(azure.subscription, group, account)), tuple(grants))


AZURE_ROLE_PLANS: dict[str, Make] = {
    "roles of an identity": lambda azure: [granted(azure, azure.principal("id-adhoc"))],
    "roles of a principal of an unknown kind": lambda azure: [
        granted(azure, Principal.typed(azure.principal("id-adhoc").object_id))
    ],
    "roles that are already held": lambda azure: [granted(azure, azure.principal("id-etl-prod"))],
    "several accounts and an attach": lambda azure: [
        granted(azure, azure.principal("id-adhoc")),
        granted(azure, azure.principal("id-churn-b"), 2, "synprodlake"),
        attach(azure, IdentityKind.USER, "id-adhoc"),
    ],
}


@pytest.mark.parametrize("plan", AZURE_ROLE_PLANS)
def test_the_az_commands_grant_azure_roles_as_the_plan_does(tmp_path: Path, plan: str) -> None:
    check_same(tmp_path, AZURE_ROLE_PLANS, plan)


@pytest.mark.parametrize("plan", AZURE_ROLE_PLANS)
def test_the_az_commands_stop_where_the_plan_of_azure_roles_stops(tmp_path: Path, plan: str) -> None:
    check_stops(tmp_path, AZURE_ROLE_PLANS[plan])


@pytest.mark.parametrize("plan", ["roles of an identity", "roles of a principal of an unknown kind"])
def test_the_az_commands_wait_until_azure_knows_the_principal_as_the_plan_does(tmp_path: Path, plan: str) -> None:
    rule = Rule(Answer(400, "PrincipalNotFound", "Not known."), "PUT", "/roleAssignments/", times=3)
    wanted = applied(AZURE_ROLE_PLANS[plan], rule)
    assert len(wanted.writes) == 5
    assert exported(tmp_path / "run", AZURE_ROLE_PLANS[plan], rule) == (wanted, 0)


def test_the_az_commands_do_not_change_roles_that_are_held_under_other_ids(tmp_path: Path) -> None:
    plan = AZURE_ROLE_PLANS["roles that are already held"]
    before = Azure().state()
    found, status = exported(tmp_path / "run", plan)
    assert (found.state, status, len(found.writes)) == (before, 0, 2)
