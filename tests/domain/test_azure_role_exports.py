"""A plan that grants Azure roles sends the same assignments in each language, to the account that it is about."""

import ast
import shlex
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import hcl2
import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential

from tests.domain.test_edits import POOL
from tests.domain.test_pool_exports import attachment
from tests.support.az_reference import parse
from tests.support.export_texts import (
    CLOUDS,
    check_calls,
    read_bicep,
    read_body,
    read_here_document,
    read_rest,
    read_terraform_value,
)
from tui.domain.azure_grants import AzureGrant, AzureGrants
from tui.domain.azure_roles import BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR
from tui.domain.clouds import CHINA, PUBLIC, CloudProfile
from tui.domain.exports.az import commands
from tui.domain.exports.azure_role_az import azure_role_command
from tui.domain.exports.bicep import template
from tui.domain.exports.languages import LANGUAGES, Language
from tui.domain.exports.rest import requests
from tui.domain.exports.sdk import code
from tui.domain.exports.specification import specification
from tui.domain.exports.terraform import configuration
from tui.domain.plan import Plan
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId

OTHER = "99999999-2222-4333-8444-555555555555"
ACCOUNT = ResourceId(OTHER, "rg-lake", "Microsoft.Storage", (("storageAccounts", "lake"),))
ID = "0b1e2c3d-1111-4222-8333-44445555666"
IDENTITY = Principal(f"{ID}1", "id-etl", "user-assigned identity")
OWN = Principal(f"{ID}2", "etl", "system-assigned identity")
PERSON = Principal(f"{ID}3", "ana@contoso.com", "you")
GRANTS = {one.name: AzureGrant(f"{ID}4", BLOB_DATA_CONTRIBUTOR, one) for one in (IDENTITY, OWN, PERSON)}
EVERY = pytest.mark.parametrize("grant", GRANTS.values(), ids=list(GRANTS))
ASSIGNMENT = f"{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/{ID}4"
DEFINITION = (
    f"/subscriptions/{OTHER}/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe"
)


def plan(*grants: AzureGrant, scope: ResourceId = ACCOUNT) -> Plan:
    return Plan.of([AzureGrants(scope, grants)])


def wanted(grant: AzureGrant) -> dict[str, Any]:
    """The properties of the assignment; only an identity is known to be a service principal."""
    kind = {"principalType": "ServicePrincipal"} if grant.principal is not PERSON else {}
    return {"roleDefinitionId": DEFINITION, "principalId": grant.principal.object_id, **kind}


@EVERY
@CLOUDS
def test_the_rest_export_puts_the_assignment_under_its_own_id(grant: AzureGrant, cloud: CloudProfile) -> None:
    text = requests(plan(grant), cloud)
    ((method, headers, _, body),) = read_rest(text)
    assert (method, headers, body) == ("PUT", ["Content-Type: application/json"], {"properties": wanted(grant)})
    assert f"PUT {cloud.resource_manager}{ASSIGNMENT}?api-version=2022-04-01\n" in text


@EVERY
def test_bicep_grants_the_role_on_the_existing_account(grant: AzureGrant) -> None:
    text = template(plan(grant))
    account, role = read_bicep(text)
    assert (account["type"], account["existing"]) == ("Microsoft.Storage/storageAccounts", True)
    assert account["config"] == {"name": "lake"}
    assert (role["type"], role["api_version"]) == ("Microsoft.Authorization/roleAssignments", "2022-04-01")
    assert role["config"] == {"scope": "account", "name": f"{ID}4", "properties": wanted(grant)}
    assert f"to subscription {OTHER}, resource group rg-lake." in text
    assert "Deploying it fails if that is already granted under another id." in text


@EVERY
def test_terraform_has_the_documented_arguments(grant: AzureGrant) -> None:
    text = configuration(plan(grant))
    ((kind, labelled),) = hcl2.loads(text)["resource"][0].items()
    (body,) = labelled.values()
    told = wanted(grant)
    optional = {"principal_type": told["principalType"]} if "principalType" in told else {}
    assert kind.strip('"') == "azurerm_role_assignment"
    assert {key: read_terraform_value(value) for key, value in body.items() if not key.startswith("__")} == {
        "name": f"{ID}4",
        "scope": str(ACCOUNT),
        "role_definition_id": DEFINITION,
        "principal_id": told["principalId"],
        **optional,
    }
    assert f'subscription_id = "{OTHER}"' in text


@EVERY
@CLOUDS
def test_python_sends_the_whole_document_to_the_subscription_of_the_account(
    grant: AzureGrant, cloud: CloudProfile
) -> None:
    text = code(plan(grant), cloud)
    tree = ast.parse(text)
    assert read_body(tree) == {"properties": wanted(grant)}
    known = {"DefaultAzureCredential": DefaultAzureCredential.__init__}
    given = check_calls(tree, known, keywords_of="azure_roles.create")
    assert given == {"content_type": "application/json", "api_version": "2022-04-01"}
    (client,) = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "AuthorizationManagementClient"
    ]
    assert ast.literal_eval(client.args[1]) == OTHER
    assert ("base_url" in {one.arg for one in client.keywords}) is not cloud.is_public
    assert text.startswith("# Needs: pip install azure-identity==1.27.0 azure-mgmt-authorization==4.0.0\n")


@pytest.mark.parametrize(
    ("code_", "calls", "waits", "raises"),
    [
        ("RoleAssignmentExists", 1, 0, False),
        ("PrincipalNotFound", 20, 19, True),
        ("AuthorizationFailed", 1, 0, True),
    ],
)
def test_python_accepts_a_role_that_is_held_and_waits_only_for_a_new_principal(
    code_: str, calls: int, waits: int, raises: bool
) -> None:
    tree = ast.parse(code(plan(GRANTS["etl"])))
    helper = next(one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "grant")
    slept: list[float] = []
    scope: dict[str, Any] = {"HttpResponseError": HttpResponseError, "time": SimpleNamespace(sleep=slept.append)}
    exec(compile(ast.Module([helper], []), "export", "exec"), scope)  # noqa: S102 - the exported text itself
    called = []

    def create() -> None:
        called.append(code_)
        raise HttpResponseError(f"({code_}) Azure says no.")

    with pytest.raises(HttpResponseError) if raises else nullcontext():
        scope["grant"](create)
    assert (len(called), len(slept)) == (calls, waits)


@EVERY
@CLOUDS
def test_az_sends_the_whole_document_without_microsoft_graph(grant: AzureGrant, cloud: CloudProfile) -> None:
    text = commands(plan(grant), cloud)
    assert read_here_document(text) == {"properties": wanted(grant)}
    words = shlex.split(text.rpartition("\nonce ")[2].replace("\\\n", "").removesuffix(")\n"))
    assert words[:4] == ["az", "rest", "--method", "put"]
    assert words[words.index("--url") + 1] == f"{ASSIGNMENT}?api-version=2022-04-01"
    assert "az role" not in text


@EVERY
def test_the_command_for_someone_who_may_grant_is_one_documented_command(grant: AzureGrant) -> None:
    (program, *words) = shlex.split(azure_role_command(grant, ACCOUNT).replace("\\\n", ""))
    command = parse(words)
    kind = {"--assignee-principal-type": ("ServicePrincipal",)} if grant.principal is not PERSON else {}
    assert (program, command.name) == ("az", "role assignment create")
    assert command.options == {
        "--name": (f"{ID}4",),
        "--assignee-object-id": (grant.principal.object_id,),
        "--role": (BLOB_DATA_CONTRIBUTOR.id,),
        "--scope": (str(ACCOUNT),),
        **kind,
    }


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one.id != "yaml"], ids=lambda one: one.id)
def test_every_grant_of_a_plan_is_in_its_export_and_named(language: Language) -> None:
    grants = (GRANTS["id-etl"], AzureGrant(f"{ID}5", CONTRIBUTOR, PERSON))
    text = language.write(plan(*grants), PUBLIC)
    for grant in grants:
        for said in (
            grant.id,
            grant.role.id,
            grant.principal.object_id,
            f"{grant.role.name} to {grant.principal.name}",
        ):
            assert text.count(said) == 1, said
    assert language.remarks(plan(*grants)) == ()


def test_a_spec_file_is_said_not_to_describe_azure_roles() -> None:
    assert specification(plan(GRANTS["etl"])) == (
        "# lake: A spec file of az ml describes an attached pool, not Azure roles; the other pages do.\n"
    )


def test_bicep_has_each_account_once_and_says_where_each_is_deployed() -> None:
    other = ResourceId(OTHER, "rg-ml", "Microsoft.Storage", (("storageAccounts", "home"),))
    both = Plan.of([AzureGrants(ACCOUNT, tuple(GRANTS.values())), AzureGrants(other, (GRANTS["etl"],))])
    text = template(both)
    found = read_bicep(text)
    assert [one["config"]["name"] for one in found if one.get("existing")] == ["lake", "home"]
    scopes = [one["config"]["scope"] for one in found if not one.get("existing")]
    assert scopes == ["account", "account", "account", "account_2"]
    for group in ("rg-lake", "rg-ml"):
        assert text.count(f"to subscription {OTHER}, resource group {group}.") == 1
    assert "In this cloud: az cloud set --name AzureChinaCloud" in template(both, CHINA)


def test_terraform_names_the_subscription_of_the_account_beside_that_of_a_compute() -> None:
    pool = ResourceId.parse(POOL)
    text = configuration(Plan.of([attachment(pool), AzureGrants(ACCOUNT, (GRANTS["etl"],))]))
    assert f'needs subscription_id = "{pool.subscription}", another one with "{OTHER}".' in text


@pytest.mark.parametrize("language", ["bicep", "terraform"])
def test_half_a_surrogate_pair_in_a_grant_is_said_to_be_replaced(language: str) -> None:
    write = next(one.write for one in LANGUAGES if one.id == language)
    odd = ResourceId(OTHER, "rg\ud800", "Microsoft.Storage", ACCOUNT.segments)
    assert "U+FFFD replaces" in write(plan(GRANTS["etl"], scope=odd), PUBLIC)
    assert "U+FFFD replaces" not in write(plan(GRANTS["etl"]), PUBLIC)
