"""Resource ids: parsing and comparison regardless of letter case, construction, and helpful refusals."""

import pytest

from tui.domain.resource_id import (
    COMPUTE_TYPE,
    ML_WORKSPACE_TYPE,
    SPARK_POOL_TYPE,
    USER_ASSIGNED_IDENTITY_TYPE,
    InvalidResourceId,
    ResourceId,
    ml_workspace_id,
)

GUID = "516fb186-8a84-47a1-a265-6acb72ebb746"
GROUP = f"/subscriptions/{GUID}/resourceGroups/rg-data"
POOL = f"{GROUP}/providers/Microsoft.Synapse/workspaces/syn-prod/bigDataPools/etlpool"


def test_an_id_is_parsed_into_its_parts() -> None:
    pool = ResourceId.parse(POOL, SPARK_POOL_TYPE)
    assert (pool.subscription, pool.resource_group, pool.provider) == (GUID, "rg-data", "Microsoft.Synapse")
    assert pool.segments == (("workspaces", "syn-prod"), ("bigDataPools", "etlpool"))
    assert (pool.name, pool.type) == ("etlpool", SPARK_POOL_TYPE)
    assert str(pool) == POOL
    assert str(pool.parent) == POOL.rsplit("/", 2)[0]


@pytest.mark.parametrize("text", [POOL.upper(), POOL.lower(), f"  {POOL}\n", f"{POOL}/"])
def test_letter_case_whitespace_and_a_trailing_slash_make_no_difference(text: str) -> None:
    pool = ResourceId.parse(text, SPARK_POOL_TYPE)
    assert pool == ResourceId.parse(POOL)
    assert hash(pool) == hash(ResourceId.parse(POOL))
    assert pool.key == POOL.lower()
    assert {pool: "found"}[ResourceId.parse(POOL)] == "found"


def test_ids_of_different_resources_differ_and_an_id_does_not_equal_its_text() -> None:
    pool = ResourceId.parse(POOL)
    assert pool != ResourceId.parse(POOL + "2")
    assert pool != pool.parent
    assert pool != POOL


def test_an_id_is_built_from_its_parent_and_refers_back_to_it() -> None:
    workspace = ml_workspace_id(GUID, "rg-ml", "aml-prod")
    compute = workspace.child("computes", "etl")
    assert str(compute) == f"{workspace}/computes/etl"
    assert compute.type == COMPUTE_TYPE
    assert compute.parent == workspace
    assert ResourceId.parse(str(compute), COMPUTE_TYPE) == compute
    with pytest.raises(ValueError, match="has no parent resource"):
        _ = workspace.parent


@pytest.mark.parametrize("name", ["a.b", "a_b-c", "(a)", "a~b", "構成", "[red]", "a@b=c$d"])
def test_a_name_can_have_any_character_that_a_path_can_carry(name: str) -> None:
    assert ResourceId.parse(f"{GROUP}/providers/Microsoft.Synapse/workspaces/{name}").name == name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Nothing was given."),
        ("   ", "Nothing was given."),
        ("etlpool", "A resource id starts with /subscriptions/."),
        (POOL[1:], "A resource id starts with /subscriptions/."),
        (f"https://management.azure.com{POOL}", "This is a web address, not a resource id."),
        ("/", "This is not a whole resource id."),
        (GROUP, "This is not a whole resource id."),
        (f"{GROUP}/providers/Microsoft.Synapse/workspaces", "This is not a whole resource id."),
        (f"{GROUP}/providers/Microsoft.Synapse/workspaces/", "This is not a whole resource id."),
        (POOL.replace("resourceGroups", "groups"), "This is not a whole resource id."),
        (POOL.replace("syn-prod", ""), "This is not a whole resource id."),
        (POOL.replace("etlpool", "<pool>"), "<pool> is still a placeholder: replace it with the real name."),
        (POOL.replace(GUID, "<subscription>"), "<subscription> is still a placeholder"),
        (POOL.replace(GUID, "Contoso"), '"Contoso" is not a subscription id: a subscription id is a GUID'),
        (POOL.replace("etlpool", "etl pool"), '"etl pool" cannot be part of a resource id'),
        (POOL.replace("etlpool", "etl%20pool"), '"etl%20pool" cannot be part of a resource id'),
        (POOL.replace("etlpool", "etl?x=1"), '"etl?x=1" cannot be part of a resource id'),
        (POOL.replace("etlpool", "etl\x1b[2J"), "cannot be part of a resource id: it has a character"),
        (
            GROUP + "/providers/Microsoft.Synapse/workspaces/w",
            f"Microsoft.Synapse/workspaces, not of a {SPARK_POOL_TYPE}",
        ),
        (
            POOL.replace("Microsoft.Synapse", "Microsoft.Fabric"),
            f"This is the id of a Microsoft.Fabric/workspaces/bigDataPools, not of a {SPARK_POOL_TYPE}.",
        ),
    ],
)
def test_text_that_is_not_a_spark_pool_id_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidResourceId) as refused:
        ResourceId.parse(text, SPARK_POOL_TYPE)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("wanted", "example"),
    [
        (SPARK_POOL_TYPE, "A Spark pool's id looks like"),
        (ML_WORKSPACE_TYPE, "A workspace's id looks like"),
        (USER_ASSIGNED_IDENTITY_TYPE, "An identity's id looks like"),
        (COMPUTE_TYPE, "A resource id looks like"),
        (None, "A resource id looks like"),
    ],
)
def test_a_refusal_shows_an_example_of_the_expected_kind_of_id(wanted: str | None, example: str) -> None:
    with pytest.raises(InvalidResourceId) as refused:
        ResourceId.parse("/subscriptions/x", wanted)
    sentence = str(refused.value)
    assert example in sentence
    assert (wanted or "PROVIDER").split("/", maxsplit=1)[0] in sentence or wanted == COMPUTE_TYPE
