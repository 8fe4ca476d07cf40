"""A plan for a new identity keeps its region and tags in each language, and is not applied to one that exists."""

import ast
import shlex
from dataclasses import replace
from typing import Any

import hcl2
import pycep
import pytest
from azure.identity import DefaultAzureCredential
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.msi.v2024_11_30.operations import UserAssignedIdentitiesOperations

from tests.domain.test_edits import POOL
from tests.domain.test_pool_exports import attachment
from tests.support.export_texts import (
    CLOUDS,
    check_calls,
    read_bicep,
    read_body,
    read_here_document,
    read_rest,
    read_terraform_value,
)
from tui.domain.clouds import CHINA, PUBLIC, CloudProfile
from tui.domain.exports.az import commands
from tui.domain.exports.bicep import template
from tui.domain.exports.languages import LANGUAGES, Language
from tui.domain.exports.rest import requests
from tui.domain.exports.sdk import code
from tui.domain.exports.specification import specification
from tui.domain.exports.terraform import configuration
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId
from tui.domain.roles import ADMINISTRATOR

SUBSCRIPTION = ResourceId.parse(POOL).subscription
PLAIN = {"team": "data", "cost-center": "42", "Owner_2": "ana.b"}
HARD = {"it's": 'a "tag" $(id) `id`', "${x}": "%{y} {{z}}", "null": "null", "構成": "a\nb"}


def creation(tags: dict[str, str] | None = None, **more: Any) -> IdentityCreation:
    return replace(IdentityCreation(SUBSCRIPTION, "rg-ml", "id-new", "eastus2", tags or {}), **more)


REQUESTS = {"no tags": creation(), "plain tags": creation(PLAIN), "hard tags": creation(HARD)}
EVERY = pytest.mark.parametrize("request_", REQUESTS.values(), ids=list(REQUESTS))


@EVERY
@CLOUDS
def test_the_rest_export_looks_first_and_sends_the_whole_document(
    request_: IdentityCreation, cloud: CloudProfile
) -> None:
    text = requests(Plan.of([request_]), cloud)
    found = read_rest(text)
    assert [(one[0], one[3]) for one in found] == [("GET", None), ("PUT", request_.document())]
    address = f"{cloud.resource_manager}{request_.id}?api-version=2024-11-30"
    lines = [line for line in text.splitlines() if line.startswith(("GET ", "PUT "))]
    assert lines == [f"GET {address}", f"PUT {address}"]
    assert "go on only if the answer is 404\n" in text


@EVERY
def test_bicep_has_the_region_and_the_tags(request_: IdentityCreation) -> None:
    text = template(Plan.of([request_]))
    (identity,) = read_bicep(text)
    assert identity["type"] == "Microsoft.ManagedIdentity/userAssignedIdentities"
    assert identity["api_version"] == "2024-11-30"
    assert identity["config"] == {"name": "id-new", **request_.document()}
    assert f"to subscription {SUBSCRIPTION}, resource group rg-ml." in text
    assert "Deploying it replaces the tags of an identity that already has this name." in text


@EVERY
def test_terraform_has_the_documented_arguments(request_: IdentityCreation) -> None:
    text = configuration(Plan.of([request_]))
    parsed = hcl2.loads(text)
    assert "import" not in parsed
    ((_, labelled),) = parsed["resource"][0].items()
    (body,) = labelled.values()
    body = {key: read_terraform_value(value) for key, value in body.items() if not key.startswith("__")}
    tags = {key: value for key, value in (body.pop("tags", None) or {}).items() if not key.startswith("__")}
    assert body == {"name": "id-new", "resource_group_name": "rg-ml", "location": "eastus2"}
    assert tags == request_.tags
    assert f'subscription_id = "{SUBSCRIPTION}"' in text


@EVERY
@CLOUDS
def test_python_sends_the_whole_document_with_calls_that_its_package_provides(
    request_: IdentityCreation, cloud: CloudProfile
) -> None:
    tree = ast.parse(code(Plan.of([request_]), cloud))
    assert read_body(tree) == request_.document()
    known: dict[str, Any] = {
        "ManagedServiceIdentityClient": ManagedServiceIdentityClient.__init__,
        "get": UserAssignedIdentitiesOperations.get,
        "create_or_update": UserAssignedIdentitiesOperations.create_or_update,
        "DefaultAzureCredential": DefaultAzureCredential.__init__,
    }
    given = check_calls(tree, known, keywords_of="identities.create_or_update")
    assert (given["api_version"], given["retry_on_methods"]) == ("2024-11-30", ["GET"])
    assert ("base_url=" in ast.unparse(tree)) is not cloud.is_public


@EVERY
@CLOUDS
def test_az_looks_first_and_uses_the_create_command_only_where_that_sends_the_same(
    request_: IdentityCreation, cloud: CloudProfile
) -> None:
    text = commands(Plan.of([request_]), cloud)
    is_plain = cloud.is_public and request_.tags is not HARD
    assert ("\naz identity create --name id-new " in text) is is_plain
    assert ("so az rest sends the whole document." in text) is not is_plain
    assert text.index("\nabsent 'an identity' az ") < text.index("az identity create" if is_plain else "--method put")
    if is_plain:
        words = shlex.split(text.partition("\naz identity create ")[2].replace("\\\n", ""))
        tags = words[words.index("--tags") + 1 : words.index("--output")] if request_.tags else []
        assert dict(tag.split("=") for tag in tags) == request_.tags
        assert words[words.index("--location") + 1] == "eastus2"
    else:
        assert read_here_document(text) == request_.document()


SHORTHAND = {
    "name": ("a.b", "-a", "a b", "[0]", "'a'", "a=b", "é"),
    "value": ("null", "", "{a:b}", "[a]", "'a'", "a b", "a=b", "-a", "a\nb", "é", "$(id)", "??"),
}
"""What the shorthand syntax of `az` reads as something else, or may."""


@pytest.mark.parametrize(
    "tags",
    [*({name: "x"} for name in SHORTHAND["name"]), *({"x": value} for value in SHORTHAND["value"])],
    ids=repr,
)
def test_a_tag_that_the_create_command_may_read_otherwise_is_sent_as_a_document(tags: dict[str, str]) -> None:
    written = commands(Plan.of([creation({"team": "data", **tags})]))
    assert "\naz identity create " not in written
    assert read_here_document(written)["tags"] == {"team": "data", **tags}


def test_a_spec_file_is_said_not_to_describe_an_identity() -> None:
    text = specification(Plan.of([creation()]))
    assert text == (
        "# id-new: A spec file of az ml describes an attached pool, not a managed identity; the other pages do.\n"
    )


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.id)
def test_an_export_of_an_identity_that_cannot_be_created_says_so(language: Language) -> None:
    for wrong in (creation(name="x"), creation(location="East US 2"), creation({"a/b": "c"})):
        assert "his plan cannot be applied" in language.write(Plan.of([wrong]), PUBLIC)
    assert "cannot be applied" not in language.write(Plan.of([creation()]), PUBLIC)
    assert language.remarks(Plan.of([creation(HARD)])) == ()


@pytest.mark.parametrize("language", ["bicep", "terraform"])
def test_half_a_surrogate_pair_in_an_identity_is_said_to_be_replaced(language: str) -> None:
    write = next(one.write for one in LANGUAGES if one.id == language)
    assert "U+FFFD replaces" in write(Plan.of([creation({"a": "\ud800"})]), PUBLIC)
    assert "U+FFFD replaces" not in write(Plan.of([creation(HARD)]), PUBLIC)


def attached_with(identity: IdentityCreation, group: str = "rg-ml") -> Plan:
    """A plan that creates an identity and attaches a Spark pool with it, and with another one."""
    choice = IdentityChoice(IdentityKind.USER, (identity.id, replace(identity, name="id-old").id))
    return Plan.of([replace(attachment(ResourceId.parse(POOL), group), identity=choice, role=ADMINISTRATOR), identity])


def test_bicep_and_terraform_attach_with_the_identity_of_the_same_text_by_reference() -> None:
    plan = attached_with(creation(name="for"))
    resources = pycep.BicepParser().parse(text=template(plan))["resources"]
    (compute,) = [one for one in resources.values() if one["type"].endswith("/computes")]
    assigned = [key.strip("'") for key in compute["config"]["identity"]["userAssignedIdentities"]]
    assert assigned == ["${spark_for.id}", str(creation(name="id-old").id)]
    assert "spark_for" in resources
    text = configuration(plan)
    assert (
        f"""
    identity_ids = [
      azurerm_user_assigned_identity.for.id,
      "{creation(name="id-old").id}",
    ]
"""
        in text
    )
    assert "  principal_id          = azurerm_user_assigned_identity.for.principal_id\n" in text
    assert text.count('data "azurerm_user_assigned_identity"') == 1


def test_bicep_attaches_with_the_id_of_an_identity_that_another_deployment_creates() -> None:
    identity = creation(resource_group="rg-elsewhere")
    assert f"      '{identity.id}': {{}}\n" in template(attached_with(identity))


def test_terraform_does_not_read_the_identity_that_it_creates_in_another_subscription() -> None:
    other = "99999999-2222-4333-8444-555555555555"
    text = configuration(attached_with(creation(subscription=other)))
    assert f"id-old is in subscription {other}: its data block needs a provider of its own." in text
    assert "id-new is in subscription" not in text


def test_in_another_cloud_each_text_is_for_that_cloud() -> None:
    plan = Plan.of([creation()])
    assert "In this cloud: az cloud set --name AzureChinaCloud" in template(plan, CHINA)
    assert "az cloud set --name AzureChinaCloud" in commands(plan, CHINA)
    assert 'environment = "china"' in configuration(plan, CHINA)
