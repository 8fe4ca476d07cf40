"""A plan for Spark pools keeps every member in each language, or says what the language cannot express."""

import ast
import copy
from dataclasses import replace
from typing import Any

import hcl2
import pycep
import pytest
import yaml
from azure.identity import DefaultAzureCredential
from azure.mgmt.synapse import SynapseManagementClient
from azure.mgmt.synapse.operations import BigDataPoolsOperations

from tests.domain.test_edits import POOL, WORKSPACE
from tests.support.export_texts import CLOUDS, check_calls, read_bicep, read_body, read_here_document, read_rest
from tui.cloud.mapping import spark_pool_from
from tui.domain.attachment import Attachment
from tui.domain.clouds import PUBLIC, CloudProfile
from tui.domain.exports.az import commands
from tui.domain.exports.bicep import template
from tui.domain.exports.languages import LANGUAGES, Language
from tui.domain.exports.rest import requests
from tui.domain.exports.sdk import code
from tui.domain.exports.specification import specification, specifications
from tui.domain.exports.terraform import configuration
from tui.domain.identity import IdentityChoice
from tui.domain.plan import Plan
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import DEFAULTS, PoolCreation
from tui.domain.resource_id import ResourceId
from tui.domain.spark import AutoPause, Autoscale
from tui.domain.workspaces import SynapseWorkspace, Workspace

SYNAPSE = SynapseWorkspace(ResourceId.parse(POOL).parent, "eastus2")
RAW: dict[str, Any] = {
    "id": POOL,
    "name": "etlpool",
    "type": "Microsoft.Synapse/workspaces/bigDataPools",
    "location": "eastus2",
    "tags": {"team": "data"},
    "properties": {
        "creationDate": "2026-03-02T08:15:00Z",
        "provisioningState": "Succeeded",
        "sparkVersion": "3.4",
        "nodeCount": 5,
        "nodeSize": "Medium",
        "nodeSizeFamily": "MemoryOptimized",
        "autoScale": {"enabled": False, "minNodeCount": 0, "maxNodeCount": 0},
        "autoPause": {"enabled": True, "delayInMinutes": 15},
        "isComputeIsolationEnabled": False,
        "isAutotuneEnabled": False,
        "sessionLevelPackagesEnabled": True,
        "cacheSize": 50,
        "dynamicExecutorAllocation": {"enabled": True, "minExecutors": 1, "maxExecutors": 4},
        "libraryRequirements": {"filename": "requirements.txt", "content": "xgboost==2.0.3", "time": "2026"},
        "sparkConfigProperties": {"filename": "etl.txt", "content": "a b", "configurationType": "File", "time": "2026"},
    },
}
UNKNOWN = {"releaseChannel": {"name": "later"}, "isFast": False, "levels": [1, {"deep": None}]}


def change(edit: PoolEdit, **properties: Any) -> PoolChange:
    """Return a change of a Spark pool with other properties; one that is None is absent."""
    raw = copy.deepcopy(RAW)
    raw["properties"] |= properties
    raw["properties"] = {key: value for key, value in raw["properties"].items() if value is not None}
    pool = spark_pool_from(raw)
    assert pool is not None
    return PoolChange(pool, edit)


def creation(name: str = "fresh", **more: Any) -> PoolCreation:
    return PoolCreation(SYNAPSE, name, **more)


def attachment(pool: ResourceId, group: str = "rg-ml") -> Attachment:
    workspace = replace(ResourceId.parse(WORKSPACE), resource_group=group)
    return Attachment(Workspace(workspace, "eastus2"), "etl-prod", pool, IdentityChoice())


REQUESTS: dict[str, PoolChange | PoolCreation] = {
    "creation": creation(),
    "creation without autoscale": creation(
        settings=replace(DEFAULTS, autoscale=Autoscale(False, 0, 0), auto_pause=AutoPause(False, 0)), tags={"a": "b"}
    ),
    "version": change(PoolEdit(version="3.5")),
    "tags": change(PoolEdit(tags={"team": None})),
    "scaling": change(PoolEdit(autoscale=Autoscale(True, 3, 9), auto_pause=AutoPause(False, 0))),
    "unknown members": change(PoolEdit(nodes=6), **UNKNOWN),
}
EVERY = pytest.mark.parametrize("request_", REQUESTS.values(), ids=list(REQUESTS))


@EVERY
@CLOUDS
def test_the_rest_export_looks_first_then_sends_the_whole_document_and_waits(
    request_: PoolChange | PoolCreation, cloud: CloudProfile
) -> None:
    text = requests(Plan.of([request_]), cloud)
    found = read_rest(text)
    assert [one[0] for one in found] == ["GET", "PUT", "GET"]
    assert found[1][3] == request_.document()
    address = f"{cloud.resource_manager}{request_.id}?api-version=2021-06-01"
    assert [line for line in text.splitlines() if line.startswith(("GET ", "PUT "))] == [
        f"GET {address}",
        f"PUT {address}&force=false",
        f"GET {address}",
    ]
    assert f"go on only if the answer is {404 if isinstance(request_, PoolCreation) else 200}\n" in text


@EVERY
def test_bicep_has_every_member_of_the_document(request_: PoolChange | PoolCreation) -> None:
    workspace, pool = read_bicep(template(Plan.of([request_])))
    assert (workspace["type"], workspace["existing"]) == ("Microsoft.Synapse/workspaces", True)
    assert (pool["type"], pool["api_version"]) == ("Microsoft.Synapse/workspaces/bigDataPools", "2021-06-01")
    config = pool["config"]
    assert (config.pop("parent"), config.pop("name")) == ("workspace", request_.id.name)
    assert config == request_.document()


@EVERY
@CLOUDS
def test_python_sends_the_whole_document_with_calls_that_its_package_provides(
    request_: PoolChange | PoolCreation, cloud: CloudProfile
) -> None:
    tree = ast.parse(code(Plan.of([request_]), cloud))
    assert read_body(tree) == request_.document()
    known: dict[str, Any] = {
        "SynapseManagementClient": SynapseManagementClient.__init__,
        "get": BigDataPoolsOperations.get,
        "begin_create_or_update": BigDataPoolsOperations.begin_create_or_update,
        "DefaultAzureCredential": DefaultAzureCredential.__init__,
    }
    given = check_calls(tree, known, keywords_of="pools.begin_create_or_update")
    assert (given["force"], given["api_version"], given["retry_on_methods"]) == (False, "2021-06-01", ["GET"])
    assert ("base_url=" in ast.unparse(tree)) is not cloud.is_public


TERRAFORM = {
    # registry.terraform.io/providers/hashicorp/azurerm: the required arguments, then the optional ones.
    "": (
        {"name", "synapse_workspace_id", "node_size_family", "node_size", "spark_version"},
        {"node_count", "auto_scale", "auto_pause", "cache_size", "compute_isolation_enabled", "min_executors"}
        | {"dynamic_executor_allocation_enabled", "max_executors", "library_requirement", "spark_config", "tags"}
        | {"session_level_packages_enabled", "spark_log_folder", "spark_events_folder"},
    ),
    "auto_scale": ({"min_node_count", "max_node_count"}, set[str]()),
    "auto_pause": ({"delay_in_minutes"}, set[str]()),
    "library_requirement": ({"filename", "content"}, set[str]()),
    "spark_config": ({"filename", "content"}, set[str]()),
}


def terraform_pool(request_: PoolChange | PoolCreation) -> dict[str, Any]:
    parsed = hcl2.loads(configuration(Plan.of([request_])))
    ((_, labelled),) = parsed["resource"][0].items()
    (body,) = labelled.values()
    assert ("import" in parsed) is isinstance(request_, PoolChange)
    return {key: value for key, value in body.items() if not key.startswith("__")}


@EVERY
def test_terraform_uses_the_documented_arguments_of_a_spark_pool(request_: PoolChange | PoolCreation) -> None:
    body = terraform_pool(request_)
    for block, (required, optional) in TERRAFORM.items():
        for one in [body] if not block else body.get(block, []):
            given = {key for key in one if not key.startswith("__")}
            assert required <= given <= required | optional, block
    # The provider takes exactly one of these.
    assert ("node_count" in body) is not ("auto_scale" in body)


def test_terraform_gives_the_values_of_the_spark_pool() -> None:
    body = terraform_pool(REQUESTS["scaling"])
    assert (body["spark_version"], body["node_size"], body["cache_size"]) == ('"3.4"', '"Medium"', 50)
    assert (body["min_executors"], body["max_executors"]) == (1, 4)
    assert body["dynamic_executor_allocation_enabled"] is True
    assert body["session_level_packages_enabled"] is True
    (scale,), (requirements,), (configured,) = (
        body[one] for one in ("auto_scale", "library_requirement", "spark_config")
    )
    assert (scale["min_node_count"], scale["max_node_count"]) == (3, 9)
    assert requirements["content"] == '"xgboost==2.0.3"'
    assert configured["filename"] == '"etl.txt"'
    assert "auto_pause" not in body


def test_terraform_says_what_its_arguments_lack_and_whether_that_is_kept() -> None:
    libraries = [{"name": "a.whl", "path": "p", "containerName": "c", "type": "whl"}]
    kept = configuration(Plan.of([change(PoolEdit(version="3.5"), customLibraries=libraries, isAutotuneEnabled=True)]))
    sentence = "so the provider keeps what is there: properties.isAutotuneEnabled, properties.customLibraries."
    assert sentence in kept
    assert "drops it" not in kept
    off = configuration(Plan.of([change(PoolEdit(auto_pause=AutoPause(False, 0)))]))
    assert "so applying a change drops it: properties.autoPause.delayInMinutes." in off
    usual = configuration(Plan.of([change(PoolEdit(version="3.5"))]))
    assert "Without an argument" not in usual
    assert "it may refuse" not in usual
    assert 'it may refuse "3.3".' in configuration(Plan.of([change(PoolEdit(version="3.3"))]))


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.id)
def test_no_export_of_a_spark_pool_drops_a_member_silently(language: Language) -> None:
    plan = Plan.of([change(PoolEdit(version="3.5", tags={"a": "b"}), **UNKNOWN)])
    text, said = language.write(plan, PUBLIC), " ".join(language.remarks(plan))
    if language.id == "yaml":
        assert all(line.startswith("#") for line in text.splitlines())
        assert said in text
        return
    for member in UNKNOWN:
        assert member in text, member
    if language.id in ("bicep", "terraform"):
        assert "properties.releaseChannel, properties.isFast, properties.levels" in said
        assert said in text


def test_a_spec_file_is_said_not_to_describe_a_spark_pool() -> None:
    plan = Plan.of([creation(), attachment(ResourceId.parse(POOL))])
    assert [file.stem for file in specifications(plan)] == ["fresh", "etl-prod"]
    (compute,) = yaml.safe_load_all(specification(plan))
    assert compute["name"] == "etl-prod"
    assert "# fresh: A spec file of az ml describes an attached pool, not the Spark pool itself" in specification(plan)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.id)
def test_a_change_of_a_spark_pool_that_changes_nothing_sends_nothing(language: Language) -> None:
    plan = Plan.of([change(PoolEdit(version="3.4"))])
    text = language.write(plan, PUBLIC)
    if language.id in ("az", "python", "rest"):
        assert text == "# etlpool: no changes, so nothing is sent.\n"
    else:
        assert "etlpool" in text


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.id)
def test_the_region_of_a_spark_pool_is_asked_for_where_the_export_needs_it(language: Language) -> None:
    unread = Plan.of([PoolCreation(SynapseWorkspace(SYNAPSE.id), "fresh")])
    is_needed = language.id not in ("yaml", "terraform")
    for said in (language.write(unread, PUBLIC), " ".join(language.remarks(unread))):
        assert ("The region has not been read yet: fill in the region of the Synapse workspace." in said) is is_needed
    assert "region has not been read" not in language.write(Plan.of([creation()]), PUBLIC)


def test_terraform_asks_for_what_azure_did_not_report() -> None:
    plan = Plan.of([change(PoolEdit(version="3.5"), nodeSize=None, nodeCount=None)])
    text = configuration(plan)
    assert "Azure did not report its nodeSize: fill in node_size." in text
    assert "Azure did not report its nodes: fill in node_count or auto_scale." in text
    assert "fill in" not in configuration(Plan.of([change(PoolEdit(version="3.5"))]))


def test_a_plan_that_cannot_be_applied_says_so_in_each_language() -> None:
    plan = Plan.of([creation("no-dashes")])
    for language in LANGUAGES:
        assert "his plan cannot be applied" in language.write(plan, PUBLIC), language.id


@pytest.mark.parametrize("language", ["az", "python", "rest"])
def test_a_spark_pool_is_written_before_the_compute_that_attaches_it(language: str) -> None:
    pool = creation()
    write = next(one.write for one in LANGUAGES if one.id == language)
    text = write(Plan.of([pool, attachment(pool.id)]), PUBLIC)
    first, second = {
        "az": ("az rest --method put", "az ml compute attach --file"),
        "python": ("pools.begin_create_or_update", "client.compute.begin_create_or_update"),
        "rest": ("/bigDataPools/fresh?api-version=2021-06-01&force=false", "/computes/etl-prod?"),
    }[language]
    assert 0 < text.index(first) < text.index(second)


def test_bicep_and_terraform_attach_the_spark_pool_of_the_same_text_by_reference() -> None:
    pool = creation("for")
    plan = Plan.of([attachment(pool.id), pool])
    parsed = pycep.BicepParser().parse(text=template(plan))["resources"]
    assert "spark_for" in parsed
    assert "    resourceId: spark_for.id\n" in template(plan)
    assert "  synapse_spark_pool_id         = azurerm_synapse_spark_pool.for.id\n" in configuration(plan)
    other = Plan.of([attachment(ResourceId.parse(POOL)), pool])
    assert f"    resourceId: '{POOL}'\n" in template(other)
    assert f'  synapse_spark_pool_id         = "{POOL}"\n' in configuration(other)


def test_bicep_attaches_by_id_what_another_deployment_creates() -> None:
    pool = creation()
    text = template(Plan.of([pool, attachment(pool.id, group="rg-elsewhere")]))
    assert f"    resourceId: '{pool.id}'\n" in text


@pytest.mark.parametrize("language", ["bicep", "terraform"])
def test_half_a_surrogate_pair_in_a_spark_pool_is_said_to_be_replaced(language: str) -> None:
    write = next(one.write for one in LANGUAGES if one.id == language)
    assert "U+FFFD replaces" in write(Plan.of([creation(tags={"a": "\ud800"})]), PUBLIC)
    assert "U+FFFD replaces" not in write(Plan.of([creation(tags={"a": "b"})]), PUBLIC)


def test_an_overwriting_export_of_a_spark_pool_says_so_and_the_update_command_does_not_overwrite() -> None:
    overwrites = "this overwrites whatever others have changed since it was read."
    version, nodes = Plan.of([change(PoolEdit(version="3.5"))]), Plan.of([change(PoolEdit(nodes=7))])
    for write in (commands, code, requests):
        assert overwrites in write(version)
        assert overwrites not in write(Plan.of([creation()]))
    assert overwrites not in commands(nodes)
    assert "az synapse spark pool update --name etlpool \\\n  --node-count 7 \\\n" in commands(nodes)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"isAutotuneEnabled": True}, "would drop properties.isAutotuneEnabled"),
        ({"releaseChannel": "x"}, "would drop properties.releaseChannel"),
        ({"sparkConfigProperties": {"configurationType": "Artifact"}}, "sparkConfigProperties.configurationType"),
        ({"libraryRequirements": {"filename": "a", "later": 1}}, "would drop properties.libraryRequirements.later"),
        ({"dynamicExecutorAllocation": None}, "would add members"),
    ],
)
def test_the_update_command_is_not_used_where_it_would_change_something_else(
    properties: dict[str, Any], reason: str
) -> None:
    request_ = change(PoolEdit(nodes=7), **properties)
    text = commands(Plan.of([request_]))
    assert reason in text
    assert "az synapse spark pool update --name" not in text
    assert read_here_document(text) == request_.document()
