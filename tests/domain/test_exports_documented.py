"""An export contains only what its tool documents."""

import ast
import inspect
import re
from dataclasses import replace
from typing import Any

import hcl2
import pycep
import pytest
from azure.identity import DefaultAzureCredential
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.msi.v2024_11_30.operations import UserAssignedIdentitiesOperations
from azure.synapse.accesscontrol import AccessControlClient
from azure.synapse.accesscontrol.operations import RoleAssignmentsOperations

from tests.domain.test_edits import WORKSPACE, compute
from tests.domain.test_exports import attachment, plain_compute
from tests.operations.test_exports_run import PLANS
from tests.support.export_runs import Azure
from tui.domain.clouds import CHINA, PUBLIC, US_GOVERNMENT, CloudProfile
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.exports.az import commands
from tui.domain.exports.bicep import template
from tui.domain.exports.languages import LANGUAGES
from tui.domain.exports.rest import requests
from tui.domain.exports.sdk import code
from tui.domain.exports.specification import specification
from tui.domain.exports.target import described
from tui.domain.exports.terraform import configuration
from tui.domain.identity import IdentityChoice
from tui.domain.plan import Detachment, Plan
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import Grant, RoleChange
from tui.domain.roles import ADMINISTRATOR, RoleDefinition, RoleScope
from tui.domain.workspaces import SynapseWorkspace, Workspace

CLOUDS = (PUBLIC, US_GOVERNMENT, CHINA)
MADE = [name for name in PLANS if name not in ("detach", "roles")]

AZURE_AI_ML = {
    # The keyword arguments of each (its source, version 1.35).
    "MLClient": {"subscription_id", "resource_group_name", "workspace_name", "cloud"},
    "SynapseSparkCompute": {"name", "resource_id", "identity", "description", "tags"},
    "IdentityConfiguration": {"type", "user_assigned_identities"},
    "ManagedIdentityConfiguration": {"resource_id"},
    "begin_create_or_update": set[str](),
    "begin_delete": {"name", "action"},
}
OTHERS: dict[str, Any] = {
    "create_role_assignment": RoleAssignmentsOperations.create_role_assignment,
    "delete_role_assignment_by_id": RoleAssignmentsOperations.delete_role_assignment_by_id,
    "AccessControlClient": AccessControlClient.__init__,
    "ManagedServiceIdentityClient": ManagedServiceIdentityClient.__init__,
    "DefaultAzureCredential": DefaultAzureCredential.__init__,
    "get": UserAssignedIdentitiesOperations.get,
}
OWN = {"grant", "known", "create", "str", "uuid4", "result", "range", "isinstance", "suppress", "sleep", "RuntimeError"}
OWN |= {"print", "exit", "bool", "append", "any"}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_python_calls_only_what_its_packages_provide(plan: str, cloud: CloudProfile) -> None:
    text = code(Plan.of(PLANS[plan](Azure())), cloud)
    for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func).rpartition(".")[2]
        given = {one.arg for one in call.keywords}
        if name in AZURE_AI_ML:
            assert given <= AZURE_AI_ML[name], name
        elif name in OTHERS:
            signature = inspect.signature(OTHERS[name])
            signature.bind(None, *call.args, **{one: None for one in given if one})
        else:
            assert name in OWN, name
    assert text.count("# Needs: pip install ") == 1
    packages = {line.split()[1] for line in text.splitlines() if line.startswith("from azure.")}
    assert ("azure.synapse.accesscontrol" in packages) is ("azure-synapse-accesscontrol==" in text)
    assert ("azure.mgmt.msi" in packages) is ("azure-mgmt-msi==" in text)


BICEP = {
    # learn.microsoft.com/azure/templates/microsoft.machinelearningservices/2023-04-01/workspaces/computes
    "": {"parent", "name", "location", "tags", "identity", "properties", "sku"},
    "identity": {"type", "userAssignedIdentities"},
    "properties": {"computeType", "resourceId", "description", "disableLocalAuth", "computeLocation"},
}


@pytest.mark.parametrize("plan", MADE)
def test_bicep_uses_only_documented_members(plan: str) -> None:
    azure = Azure()
    parsed = pycep.BicepParser().parse(text=template(Plan.of(PLANS[plan](azure))))
    computes = [one for one in parsed["resources"].values() if one["type"].endswith("/computes")]
    assert computes
    for one in computes:
        assert (one["api_version"], set(one["config"]) - BICEP[""]) == ("2023-04-01", set())
        assert set(one["config"]["properties"]) <= BICEP["properties"]
        assert set(one["config"].get("identity", {})) <= BICEP["identity"]


TERRAFORM = {
    # registry.terraform.io/providers/hashicorp/azurerm: the required arguments, then the optional ones.
    "azurerm_machine_learning_synapse_spark": (
        {"name", "machine_learning_workspace_id", "location", "synapse_spark_pool_id"},
        {"description", "identity", "local_auth_enabled", "tags"},
    ),
    "azurerm_synapse_role_assignment": (
        {"role_name", "principal_id"},
        {"synapse_workspace_id", "synapse_spark_pool_id", "principal_type"},
    ),
    "azurerm_user_assigned_identity": ({"name", "resource_group_name"}, set()),
}


@pytest.mark.parametrize("plan", [*MADE, "roles"])
def test_terraform_uses_the_documented_arguments(plan: str) -> None:
    parsed = hcl2.loads(configuration(Plan.of(PLANS[plan](Azure()))))
    blocks = [*parsed.get("resource", []), *parsed.get("data", [])]
    assert blocks
    for block in blocks:
        for kind, labelled in block.items():
            required, optional = TERRAFORM[kind.strip('"')]
            for body in labelled.values():
                given = {key for key in body if not key.startswith("__")}
                assert required <= given <= required | optional
    for block in parsed.get("import", []):
        assert set(block) - {"__is_block__"} == {"to", "id"}


@pytest.mark.parametrize(
    "name",
    ["true", "false", "null", "az", "sys", "for", "if", "in", "resource", "module", "import", "True", "workspace"],
)
def test_no_bicep_symbol_is_a_reserved_word(name: str) -> None:
    found = described(plain_compute(name=name, id=f"{WORKSPACE}/computes/{name}"))
    parsed = pycep.BicepParser().parse(text=template(found))
    (symbol,) = [key for key, one in parsed["resources"].items() if one["type"].endswith("/computes")]
    assert symbol.lower() != name.lower()
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,100}", symbol)


def test_removing_an_identity_is_explicit_in_every_language() -> None:
    plan = Plan.of([ComputeEdit(plain_compute(), Edit(identity=IdentityChoice()))])
    assert "identity=IdentityConfiguration(type='none')" in code(plan)
    assert "  identity: {\n    type: 'None'\n  }\n" in template(plan)
    assert specification(plan).endswith("identity:\n  type: none\n")
    assert "--identity-type" not in commands(plan)
    assert "type: none\n" in commands(plan)
    assert '"type": "None"' in requests(plan)


@pytest.mark.parametrize("name", ["ab", "a" * 18, "9lives"])
def test_terraform_warns_about_names_that_its_provider_refuses(name: str) -> None:
    found = described(plain_compute(name=name, id=f"{WORKSPACE}/computes/{name}"))
    assert f"# The provider refuses the name {name}:" in configuration(found)
    assert "refuses the name" not in configuration(described(plain_compute()))


def grants(principal: Principal, role: RoleDefinition = ADMINISTRATOR) -> Plan:
    pool = attachment().pool
    grant = Grant("bbbbbbbb-0000-4000-8000-000000000001", role, principal, RoleScope.of_pool(pool))
    return Plan.of([RoleChange(SynapseWorkspace(pool.parent), pool, (grant,))])


def test_a_principal_is_called_a_service_principal_only_if_that_is_known() -> None:
    known = grants(Principal("aaaaaaaa-0000-4000-8000-000000000001", "id-a", "user-assigned identity"))
    typed = grants(Principal.typed("aaaaaaaa-0000-4000-8000-000000000001"))
    for plan, is_said in ((known, True), (typed, False)):
        assert ("--assignee-principal-type ServicePrincipal" in commands(plan)) is is_said
        assert ('principal_type = "ServicePrincipal"' in configuration(plan)) is is_said
    subscription = attachment().pool.subscription
    assert f"--subscription {subscription}" in commands(known)


def test_terraform_says_that_it_cannot_grant_a_custom_role() -> None:
    plan = grants(
        Principal.typed("aaaaaaaa-0000-4000-8000-000000000001"), RoleDefinition("x", "Mine", is_built_in=False)
    )
    assert "resource" not in hcl2.loads(configuration(plan))
    assert "azurerm cannot grant Mine on Spark pool" in configuration(plan)


def test_an_export_states_its_prerequisites() -> None:
    plan = Plan.of([attachment(role=ADMINISTRATOR)])
    assert commands(plan).startswith(
        "# For a POSIX shell such as bash. Needs az, signed in, with its extension: az ext"
    )
    assert "azurerm_synapse_role_assignment, by the id of the pool" in configuration(plan)
    assert requests(plan).count("\n### ") == 6
    assert "###" not in requests(Plan.of([attachment()]))


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.id)
def test_no_export_drops_a_member_silently(language: Any) -> None:
    text = language.write(described(compute()), PUBLIC)
    for member in ("sku", "odd", "notKnownYet", "delegated", "disableLocalAuth", "computeLocation", "eastus2"):
        said = "local_auth_enabled" if (language.id, member) == ("terraform", "disableLocalAuth") else member
        assert said in text, member


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.id)
def test_values_that_azure_did_not_report_are_named(language: Any) -> None:
    raw = dict(plain_compute().raw)
    del raw["location"]
    raw["properties"] = {key: value for key, value in raw["properties"].items() if key != "resourceId"}
    plan = described(plain_compute(location="", properties=raw["properties"]))
    text = language.write(plan, PUBLIC)
    for said in (text, " ".join(language.remarks(plan))):
        assert "Azure did not report its region" in said
        assert "Azure did not report the Spark pool behind this compute: fill in its resource id." in said


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.id)
def test_an_unread_region_is_asked_for_only_where_the_export_needs_it(language: Any) -> None:
    plan = Plan.of([replace(attachment(), workspace=Workspace(attachment().workspace.id))])
    is_needed = language.id in ("rest", "bicep", "terraform")
    for said in (language.write(plan, PUBLIC), " ".join(language.remarks(plan))):
        assert ("The region has not been read yet: fill in the region of the Azure ML workspace." in said) is is_needed
        assert "Azure did not report" not in said


def test_the_data_plane_host_comes_from_the_cloud_and_not_from_azures_response() -> None:
    pool = attachment().pool
    grant = Grant("g", ADMINISTRATOR, Principal.typed("o"), RoleScope.of_pool(pool))
    for said in (
        *("https://evil.example", "http://syn-prod.dev.azuresynapse.net", "https://x@evil.example", ""),
        *("https://evil.example/.dev.azuresynapse.net", "https://syn-prod.dev.azuresynapse.net.evil.example"),
        *("https://evil.example\nDELETE https://management.azure.com", "https://evil.example?.dev.azuresynapse.net"),
    ):
        plan = Plan.of([RoleChange(SynapseWorkspace(pool.parent, dev_endpoint=said), pool, (grant,))])
        for cloud in CLOUDS:
            assert requests(plan, cloud).startswith(f"PUT https://syn-prod.{cloud.synapse_suffix}/roleAssignments/g?")
            assert f"'https://syn-prod.{cloud.synapse_suffix}'" in code(plan, cloud)


def test_an_exported_detach_does_not_ask_for_confirmation() -> None:
    assert "az ml compute detach --name etl-prod" in commands(Plan.of([Detachment(compute())]))
    assert commands(Plan.of([Detachment(compute())])).rstrip(")\n").endswith(" --yes")


def test_an_id_with_a_comma_is_not_put_into_a_comma_separated_list() -> None:
    odd = ResourceId.parse(f"{attachment().identity.user_assigned[0]},x")
    plan = Plan.of([ComputeEdit(plain_compute(), Edit(identity=IdentityChoice(users().kind, (odd,))))])
    assert "--user-assigned-identities" not in commands(plan)
    assert f'- resource_id: "{odd}"' in commands(plan)


def users() -> IdentityChoice:
    return attachment().identity
