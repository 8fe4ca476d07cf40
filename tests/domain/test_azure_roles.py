"""Which Azure roles reach a storage account, and what they say about those that Spark jobs need."""

from dataclasses import replace

import pytest

from tui.domain.azure_grants import AzureGrants, azure_grants
from tui.domain.azure_roles import (
    BLOB_DATA_CONTRIBUTOR,
    BLOB_DATA_OWNER,
    BLOB_DATA_READER,
    CONTRIBUTOR,
    OWNER,
    STORAGE_ROLES,
    AzureRole,
    AzureRoleAssignment,
    holding,
    reaches,
)
from tui.domain.azure_scope import AzureScope
from tui.domain.checks import Remedy, Verdict
from tui.domain.errors import Problem, ProblemKind
from tui.domain.plan import Plan
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.domain.storage_readiness import AccountFacts, UnknownAccount, storage_checks

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
ACCOUNT = ResourceId.parse(f"{SUBSCRIPTION}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/lake")
IDENTITY = Principal("11111111-1111-4111-8111-111111111111", "id-etl", "user-assigned identity")
USER = Principal("22222222-2222-4222-8222-222222222222", "ana@contoso.com", "you")
READER = AzureRole("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader")
CUSTOM = AzureRole("33333333-3333-4333-8333-333333333333", "Custom")

REACHING = {
    "/": True,
    "/providers/Microsoft.Management/managementGroups/contoso": True,
    SUBSCRIPTION: True,
    f"{SUBSCRIPTION}/resourceGroups/rg-data": True,
    f"{SUBSCRIPTION}/resourcegroups/RG-DATA/": True,
    str(ACCOUNT): True,
    str(ACCOUNT).upper(): True,
    "": False,
    "/providers/Microsoft.Management/managementGroups/": False,
    "/providers/Microsoft.Management/managementGroups/contoso/subscriptions/x": False,
    "/subscriptions/00000000-0000-0000-0000-00000000000": False,
    "/subscriptions/00000000-0000-0000-0000-000000000002": False,
    f"{SUBSCRIPTION}/resourceGroups/rg-dat": False,
    f"{SUBSCRIPTION}/resourceGroups/rg-data2": False,
    str(ACCOUNT)[:-1]: False,
    f"{ACCOUNT}2": False,
    f"{ACCOUNT}/blobServices/default/containers/x": False,
}


@pytest.mark.parametrize("scope", REACHING)
def test_a_role_reaches_an_account_from_the_account_and_what_contains_it(scope: str) -> None:
    assert reaches(scope, AzureScope.of(ACCOUNT)) is REACHING[scope]


def held(*roles: AzureRole, has_condition: bool = False) -> tuple[AzureRoleAssignment, ...]:
    return tuple(
        AzureRoleAssignment("a", role.id, IDENTITY.object_id, str(ACCOUNT), has_condition=has_condition)
        for role in roles
    )


HELD: dict[str, tuple[tuple[AzureRoleAssignment, ...], list[AzureRole], Verdict]] = {
    "nothing": ((), [BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR], Verdict.PROBLEM),
    "both": (held(BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR), [], Verdict.OK),
    "greater ones": (held(BLOB_DATA_OWNER, OWNER), [], Verdict.OK),
    "in capitals": (
        tuple(replace(one, role_id=one.role_id.upper()) for one in held(BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR)),
        [],
        Verdict.OK,
    ),
    "data only": (held(BLOB_DATA_CONTRIBUTOR), [CONTRIBUTOR], Verdict.WARNING),
    "owner without data": (held(OWNER), [BLOB_DATA_CONTRIBUTOR], Verdict.PROBLEM),
    "reader of data": (held(CONTRIBUTOR, BLOB_DATA_READER), [BLOB_DATA_CONTRIBUTOR], Verdict.PROBLEM),
    "reader of the account": (held(READER), [BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR], Verdict.PROBLEM),
    "a custom role": (held(CUSTOM, CONTRIBUTOR), [BLOB_DATA_CONTRIBUTOR], Verdict.UNKNOWN),
    "under a condition": (
        (*held(BLOB_DATA_CONTRIBUTOR, has_condition=True), *held(CONTRIBUTOR)),
        [BLOB_DATA_CONTRIBUTOR],
        Verdict.UNKNOWN,
    ),
    "with and without a condition": (
        (*held(BLOB_DATA_CONTRIBUTOR, has_condition=True), *held(BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR)),
        [],
        Verdict.OK,
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_the_roles_that_an_identity_holds_decide_what_is_missing_and_how_serious_that_is(name: str) -> None:
    assignments, missing, verdict = HELD[name]
    assert list(holding(assignments).missing) == missing

    facts = AccountFacts(ACCOUNT, "the data lake of syn-prod", {IDENTITY.object_id: assignments})
    (check,) = storage_checks([facts], [IDENTITY], None)

    assert check.verdict is verdict
    assert list(check.roles) == missing
    assert (check.remedy, check.account) == ((Remedy.STORAGE, ACCOUNT) if missing else (None, None))
    for role in missing:
        assert role.name in check.text
    assert ACCOUNT.name in check.text


def test_a_plan_says_that_contributor_allows_more_than_data() -> None:
    grants = azure_grants(STORAGE_ROLES, IDENTITY)
    (step,) = Plan.of([AzureGrants(ACCOUNT, grants)]).steps
    assert [one for one in step.warnings if "id-etl" in one and "keys" in one]
    (step,) = Plan.of([AzureGrants(ACCOUNT, azure_grants([BLOB_DATA_CONTRIBUTOR], IDENTITY))]).steps
    assert step.warnings == ()


def test_the_user_is_only_warned_about_missing_roles() -> None:
    facts = AccountFacts(ACCOUNT, "the data lake of syn-prod", {})
    identity, user = storage_checks([facts], [IDENTITY], USER)
    assert (identity.verdict, user.verdict) == (Verdict.PROBLEM, Verdict.WARNING)
    assert (identity.principal, user.principal) == (IDENTITY, USER)


def test_roles_that_may_not_be_read_name_the_missing_permission() -> None:
    denied = Problem(ProblemKind.FORBIDDEN, "Could not list the Azure roles on lake.", status=403)
    facts = AccountFacts(ACCOUNT, "the data lake of syn-prod", {IDENTITY.object_id: denied})
    (check,) = storage_checks([facts], [IDENTITY], None)
    assert (check.verdict, check.remedy) == (Verdict.UNKNOWN, None)
    assert "Microsoft.Authorization/roleAssignments/read" in check.help


def test_an_account_without_a_known_id_is_one_check_that_says_why() -> None:
    unknown = UnknownAccount("the data lake of syn-prod", "Azure did not report its resource id.")
    (check,) = storage_checks([unknown], [IDENTITY], USER)
    assert check.verdict is Verdict.UNKNOWN
    assert "did not report" in check.text
