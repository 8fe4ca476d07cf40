"""Changes of a Spark pool, and new ones: what is sent of its document, and what the plan says about it."""

from dataclasses import replace
from typing import Any

import pytest

from tui.cloud.mapping import spark_pool_from
from tui.domain.phrases import runtime_sentence
from tui.domain.plan import Plan
from tui.domain.pool_change import PoolChange, PoolEdit, pool_body
from tui.domain.pool_creation import DEFAULTS, PoolCreation
from tui.domain.resource_id import ResourceId
from tui.domain.runtimes import AS_OF, NEWEST, support
from tui.domain.spark import AutoPause, SparkPool
from tui.domain.workspaces import SynapseWorkspace

SYNAPSE = SynapseWorkspace(
    ResourceId.parse(
        "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-data/providers/"
        "Microsoft.Synapse/workspaces/syn-prod"
    ),
    "eastus2",
)
IDLE, JOBS, BUSY, AGAIN = "idle nodes", "force=false", "until that has ended", "is sent again"
NO_PAUSE = AutoPause(False, 0)


def pool(**properties: Any) -> SparkPool:
    usual = {"provisioningState": "Succeeded", "sparkVersion": "3.4", "nodeCount": 5, "nodeSize": "Small"}
    target = str(SYNAPSE.id.child("bigDataPools", "etlpool"))
    found = spark_pool_from({"id": target, "location": "eastus2", "properties": {**usual, **properties}})
    assert found is not None
    return found


def warnings(request: PoolChange | PoolCreation) -> tuple[str, ...]:
    return Plan.of([request]).steps[0].warnings


def said(request: PoolChange | PoolCreation) -> set[str]:
    """Which of the known consequences a plan names."""
    text = "\n".join(warnings(request))
    return {words for words in (IDLE, JOBS, BUSY, AGAIN) if words in text}


def doubt(version: str) -> str:
    return runtime_sentence(support(version, AS_OF))


def test_a_spark_pool_is_sent_without_what_only_azure_writes_and_with_all_else() -> None:
    unknown = {"memberOfTomorrow": {"time": "kept"}}
    requirements, configuration = ({"filename": "f", "content": "c"} for _ in range(2))
    library = {"name": "own.jar", "path": "a/own.jar", "containerName": "c", "type": "jar", "later": 1}
    own = {"creatorId": "x", "provisioningStatus": "Succeeded", "uploadedTimestamp": "2026"}
    kept = {"sparkVersion": "3.4", "nodeCount": 5, **unknown}
    raw = {
        **dict.fromkeys(("id", "name", "type", "systemData", "etag"), "x"),
        "location": "eastus2",
        "tags": {"id": "a tag", "etag": "another"},
        "identity": None,
        "properties": {
            **dict.fromkeys(("provisioningState", "creationDate", "lastSucceededTimestamp"), "x"),
            **kept,
            "libraryRequirements": {**requirements, "time": "2026"},
            "sparkConfigProperties": {**configuration, "time": "2026"},
            "customLibraries": [{**library, **own}, None, "odd"],
        },
    }

    assert pool_body(raw) == {
        "location": "eastus2",
        "tags": {"id": "a tag", "etag": "another"},
        "identity": None,
        "properties": {
            **kept,
            "libraryRequirements": requirements,
            "sparkConfigProperties": configuration,
            "customLibraries": [library, None, "odd"],
        },
    }


def test_what_is_on_keeps_the_members_that_this_program_does_not_know() -> None:
    known = pool(autoPause={"enabled": False, "delayInMinutes": 5, "later": 1})
    document = PoolChange(known, PoolEdit(auto_pause=AutoPause(True, 20))).document()
    assert document["properties"]["autoPause"] == {"enabled": True, "delayInMinutes": 20, "later": 1}


def test_tags_are_counted_with_those_that_stay() -> None:
    raw = {**pool().raw, "tags": {f"tag-{number}": "x" for number in range(50)}}
    full = spark_pool_from(raw)
    assert full is not None
    assert "51 tags" in Plan.of([PoolChange(full, PoolEdit(tags={"one-more": "x"}))]).problem
    assert Plan.of([PoolChange(full, PoolEdit(tags={"tag-1": None, "one-more": "x"}))]).problem == ""


def test_a_change_says_that_running_jobs_are_not_stopped_and_one_of_nothing_says_nothing() -> None:
    assert said(PoolChange(pool(), PoolEdit(nodes=7))) == {JOBS}
    assert warnings(PoolChange(pool(), PoolEdit(nodes=5))) == ()


def test_a_change_of_a_busy_spark_pool_and_a_repeated_one_say_so() -> None:
    assert said(PoolChange(pool(provisioningState="Provisioning"), PoolEdit(nodes=7))) == {JOBS, BUSY}
    failed = pool(provisioningState="Failed")
    assert said(PoolChange(failed, PoolEdit())) == {JOBS, AGAIN}
    assert said(PoolChange(failed, PoolEdit(nodes=7))) == {JOBS}


def test_nodes_that_stay_idle_are_named_by_a_change_and_by_a_new_spark_pool() -> None:
    assert said(PoolChange(pool(), PoolEdit(auto_pause=NO_PAUSE))) == {JOBS, IDLE}
    assert said(PoolChange(pool(), PoolEdit(auto_pause=AutoPause(True, 15)))) == {JOBS}
    assert said(PoolCreation(SYNAPSE, "fresh")) == set()
    assert said(PoolCreation(SYNAPSE, "fresh", replace(DEFAULTS, auto_pause=NO_PAUSE))) == {IDLE}


def test_a_new_version_names_what_comes_with_both_and_asks_for_a_test() -> None:
    (sentence, *_) = warnings(PoolChange(pool(sparkVersion="3.4.1"), PoolEdit(version="3.5")))
    assert "Spark 3.5 (Python 3.11, Java 17) instead of Spark 3.4.1 (Python 3.10, Java 11)" in sentence
    (sentence, *_) = warnings(PoolChange(pool(sparkVersion="2.4"), PoolEdit(version="3.5")))
    assert "Spark 3.5 instead of Spark 2.4" in sentence


def test_a_new_version_names_the_libraries_that_stay() -> None:
    files = {"libraryRequirements": {"filename": "requirements.txt"}, "customLibraries": [{"name": "a"}, {"name": "b"}]}
    change = PoolEdit(version="3.5")
    assert "(requirements.txt and 2 workspace packages)" in "".join(warnings(PoolChange(pool(**files), change)))
    assert "libraries" not in "".join(warnings(PoolChange(pool(), change)))
    assert "libraries" not in "".join(warnings(PoolChange(pool(**files), PoolEdit(version="3.4"))))


@pytest.mark.parametrize("version", ["3.3", "9.9"])
def test_a_version_that_azure_may_not_support_is_doubted_before_it_is_sent(version: str) -> None:
    assert doubt(version) in warnings(PoolChange(pool(), PoolEdit(version=version)))
    assert doubt(version) in warnings(PoolCreation(SYNAPSE, "fresh", replace(DEFAULTS, version=version)))
    assert doubt(NEWEST) not in warnings(PoolChange(pool(), PoolEdit(version=NEWEST)))
