"""Spark pools are created and changed without losing a member, and never over someone else's change."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import Place
from tui.cloud.mapping import spark_pool_from
from tui.domain.errors import Problem, ProblemKind
from tui.domain.guard import Guard
from tui.domain.operation import Failed, Operation, Started, Succeeded
from tui.domain.plan import Plan, Request
from tui.domain.pool_change import PoolChange, PoolEdit, pool_body
from tui.domain.pool_creation import DEFAULTS, PoolCreation
from tui.domain.spark import AutoPause, Autoscale, SparkPool
from tui.operations.journal import Journal
from tui.operations.service import Operations
from tui.sandbox.faults import Answer, Outcome, Rule


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def run(place: Place, request: Request) -> Operation:
    with place.program() as program:
        return program.wait_for(program.begin(request).id)


def asked(place: Place, kind: str) -> PoolChange | PoolCreation:
    """The request of a kind."""
    return place.pool_change() if kind == "pool_change" else place.pool_creation


def shown(place: Place) -> dict[str, Any]:
    """The Spark pool's document in the world."""
    found = place.box.world.spark_pools.get(str(place.pool))
    assert found is not None
    return found


def alter(place: Place, how: Callable[[dict[str, Any]], None]) -> None:
    """Change the Spark pool as another user would."""
    document = copy.deepcopy(shown(place))
    how(document)
    place.box.world.spark_pools.put(document)


def puts(place: Place) -> list[Any]:
    """The bodies of the PUTs of Spark pools that Azure has received, and their addresses' last parts."""
    return [one.body for one in place.box.log if one.method == "PUT" and "/bigDataPools/" in one.url]


def leaves(document: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if not isinstance(document, dict):
        return {path: document}
    return {key: value for name, inner in document.items() for key, value in leaves(inner, (*path, name)).items()}


EDITS: dict[str, tuple[PoolEdit, dict[tuple[str, ...], Any]]] = {
    "version": (PoolEdit(version="3.4"), {("properties", "sparkVersion"): "3.4"}),
    "nodes": (
        PoolEdit(nodes=7, autoscale=Autoscale(False, 0, 0)),
        {("properties", "nodeCount"): 7, ("properties", "autoScale", "enabled"): False},
    ),
    "autoscale": (
        PoolEdit(autoscale=Autoscale(True, 4, 9)),
        {
            ("properties", "autoScale", "enabled"): True,
            ("properties", "autoScale", "minNodeCount"): 4,
            ("properties", "autoScale", "maxNodeCount"): 9,
        },
    ),
    "auto-pause": (
        PoolEdit(auto_pause=AutoPause(True, 45)),
        {("properties", "autoPause", "enabled"): True, ("properties", "autoPause", "delayInMinutes"): 45},
    ),
    "no auto-pause": (
        PoolEdit(auto_pause=AutoPause(False, 0)),
        {("properties", "autoPause", "enabled"): False},
    ),
    "tags": (PoolEdit(tags={"owner": "ana"}), {("tags", "owner"): "ana"}),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_change_sends_every_member_unchanged_except_what_was_changed(place: Place, name: str) -> None:
    edit, wanted = EDITS[name]

    def own(document: dict[str, Any]) -> None:
        document["properties"] |= {
            "memberOfTomorrow": {"deep": [1, None]},
            "customLibraries": [{"name": "own.jar", "path": "a/own.jar", "creatorId": "x", "provisioningStatus": "y"}],
            "libraryRequirements": {
                "filename": "requirements.txt",
                "content": "numpy\n",
                "time": "2026-01-01T00:00:00Z",
            },
        }

    alter(place, own)
    before = leaves(pool_body(shown(place)))
    operation = run(place, PoolChange(place.spark_pool(), edit))

    assert isinstance(operation.end, Succeeded)
    assert isinstance(operation.end.resource, SparkPool)
    (body,) = puts(place)
    assert leaves(body) == before | wanted
    there = leaves(shown(place))
    assert {path: there[path] for path in wanted} == wanted


def test_a_change_never_asks_azure_to_stop_running_jobs(place: Place) -> None:
    run(place, place.pool_change())
    run(place, place.pool_creation)
    sent = [one.url for one in place.box.log if one.method == "PUT"]
    assert len(sent) == 2
    assert all("force=false" in url.lower() for url in sent)


def test_the_plan_of_a_change_that_changes_nothing_has_nothing_to_send(place: Place) -> None:
    pool = place.spark_pool()
    assert pool.settings.auto_pause is not None
    plan = Plan.of([PoolChange(pool, PoolEdit(version=pool.settings.version, auto_pause=pool.settings.auto_pause))])
    assert plan.to_send == ()
    assert plan.problem


OTHERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "the same member": lambda document: document["properties"]["autoPause"].update(delayInMinutes=33),
    "another member": lambda document: document["properties"].update(cacheSize=77),
    "an unknown member": lambda document: document["properties"].update(memberOfTomorrow=1),
    "the tags": lambda document: document.update(tags={"theirs": "1"}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_is_sent_over_a_change_that_someone_else_has_made_since(place: Place, name: str) -> None:
    change = place.pool_change()
    alter(place, OTHERS[name])
    operation = run(place, change)

    assert isinstance(operation.end, Failed)
    assert operation.end.problem.kind is ProblemKind.CHANGED
    assert isinstance(operation.end.found, SparkPool)
    assert puts(place) == []

    again = run(place, change.on(operation.end.found))
    assert isinstance(again.end, Succeeded)
    assert len(puts(place)) == 1


def test_a_change_of_what_only_azure_writes_is_nobody_elses_change(place: Place) -> None:
    change = place.pool_change()

    def touch(document: dict[str, Any]) -> None:
        document["properties"]["lastSucceededTimestamp"] = "2026-11-30T00:00:00.0000000Z"

    alter(place, touch)
    assert isinstance(run(place, change).end, Succeeded)


def test_a_change_that_someone_else_has_already_made_alike_does_not_stop_the_others(place: Place) -> None:
    change = place.pool_change()
    alter(place, lambda document: document["properties"]["autoPause"].update(delayInMinutes=45))
    assert isinstance(run(place, change).end, Succeeded)
    assert shown(place)["tags"]["owner"] == "ana"


def test_a_spark_pool_whose_time_of_creation_is_not_reported_again_can_still_be_changed(place: Place) -> None:
    change = place.pool_change()
    assert change.pool.created is not None
    alter(place, lambda document: document["properties"].pop("creationDate"))
    assert isinstance(run(place, change).end, Succeeded)


@pytest.mark.parametrize("kind", ["pool_change", "pool_creation"])
def test_what_is_there_and_what_is_sent_are_recorded_before_the_write(place: Place, kind: str) -> None:
    request = asked(place, kind)
    begun = run(place, request).events[0]
    assert isinstance(begun, Started)
    assert begun.before == (request.pool.raw if isinstance(request, PoolChange) else None)
    assert begun.after == puts(place)[0] == request.document()


@pytest.mark.parametrize("is_recreated", [False, True])
def test_a_spark_pool_that_was_deleted_or_created_again_is_not_changed(place: Place, is_recreated: bool) -> None:
    change = place.pool_change()
    if is_recreated:
        alter(place, lambda document: document["properties"].update(creationDate="2026-11-30T01:00:00.0000000Z"))
    else:
        place.box.world.spark_pools.remove(str(place.pool))
    operation = run(place, change)
    assert isinstance(operation.end, Failed)
    assert operation.end.problem.kind is ProblemKind.CHANGED
    assert puts(place) == []


UNREAD = {
    "forbidden": (403, "AuthorizationFailed", ProblemKind.FORBIDDEN),
    # A 404 that says nothing about the Spark pool.
    "subscription out of sight": (404, "SubscriptionNotFound", ProblemKind.NOT_FOUND),
}


@pytest.mark.parametrize("kind", ["pool_change", "pool_creation"])
@pytest.mark.parametrize("name", UNREAD)
def test_a_spark_pool_that_cannot_be_read_is_not_taken_for_gone_and_nothing_is_sent(
    place: Place, kind: str, name: str
) -> None:
    request = asked(place, kind)
    status, code, expected = UNREAD[name]
    place.box.faults.add(Rule(Answer(status, code, "No.", gateway=True), "GET", r"/bigDataPools/", times=None))
    operation = run(place, request)
    assert isinstance(operation.end, Failed)
    assert operation.end.problem.kind is expected
    assert puts(place) == []


def test_a_spark_pool_is_not_created_in_a_workspace_that_cannot_be_read(place: Place) -> None:
    place.box.faults.add(Rule(Answer(404, "ResourceNotFound", "No."), "GET", r"/workspaces/syn-prod$", times=None))
    operation = run(place, place.pool_creation)
    assert isinstance(operation.end, Failed)
    assert operation.end.problem.kind is ProblemKind.NOT_FOUND
    assert puts(place) == []


def test_a_new_spark_pool_has_what_was_asked_for(place: Place) -> None:
    creation = PoolCreation(place.pool_creation.workspace, "fresh", DEFAULTS, {"team": "data"})
    operation = run(place, creation)
    assert isinstance(operation.end, Succeeded)
    pool = operation.end.resource
    assert isinstance(pool, SparkPool)
    assert (pool.name, pool.settings.version, pool.settings.nodes) == ("fresh", DEFAULTS.version, "3–5")
    assert (pool.settings.pause, pool.tags) == ("after 15 min", {"team": "data"})


def test_a_spark_pool_is_not_created_over_another_of_its_name(place: Place) -> None:
    taken = PoolCreation(place.pool_creation.workspace, place.pool.name.upper())
    operation = run(place, taken)
    assert isinstance(operation.end, Failed)
    assert operation.end.problem.kind is ProblemKind.CHANGED
    assert puts(place) == []


def test_a_spark_pool_whose_creation_failed_can_be_created_again(place: Place) -> None:
    place.box.faults.add(Rule(Outcome("Failed", "PoolFailed", "No capacity."), "PUT", r"/bigDataPools/", 0, 1))
    failed = run(place, place.pool_creation)
    assert isinstance(failed.end, Failed)
    assert not failed.is_open
    assert "No capacity." in failed.end.problem.cause
    assert isinstance(run(place, place.pool_creation).end, Succeeded)
    assert len(puts(place)) == 2


def test_a_spark_pool_whose_change_failed_can_be_sent_again_as_it_is(place: Place) -> None:
    place.box.faults.add(Rule(Outcome("Failed", "PoolFailed", "No capacity."), "PUT", r"/bigDataPools/", 0, 1))
    assert isinstance(run(place, place.pool_change()).end, Failed)
    pool = place.spark_pool()
    change = PoolChange(pool, PoolEdit())
    assert change.is_resend
    assert isinstance(run(place, change).end, Succeeded)
    assert str(place.spark_pool().state) == "Succeeded"


@pytest.mark.parametrize("kind", ["pool_change", "pool_creation"])
@pytest.mark.parametrize("pattern", ["syn-prod", "/subscriptions/*/resourcegroups/rg-data"])
def test_a_spark_pool_of_a_locked_workspace_is_written_only_after_its_name_was_typed(
    place: Place, kind: str, pattern: str
) -> None:
    guard, plan = Guard(locked=(pattern,)), Plan.of([asked(place, kind)])
    (lock,) = guard.locks_over(plan)
    with pytest.raises(Problem, match="is locked"):
        guard.check(plan, ())
    guard.check(plan, [lock])


@pytest.mark.parametrize("kind", ["pool_change", "pool_creation"])
def test_a_read_only_run_writes_no_spark_pool(place: Place, kind: str) -> None:
    request = asked(place, kind)
    operations = Operations(place.connect, place.clock, lambda: Journal(place.folder), Guard(read_only="flag"))
    with pytest.raises(Problem, match="read-only"):
        operations.apply(Plan.of([request]))
    assert puts(place) == []


@pytest.mark.parametrize("kind", ["pool_change", "pool_creation"])
def test_a_spark_pool_is_written_by_one_operation_at_a_time(place: Place, kind: str) -> None:
    request = asked(place, kind)
    place.clock.hold()
    with place.program() as program:
        first = program.begin(request)
        program.wait_until(lambda: bool(puts(place)))
        (second,) = program.operations.apply(Plan.of([request]))
        assert isinstance(second, Problem)
        place.clock.release()
        assert isinstance(program.wait_for(first.id).end, Succeeded)
    assert len(puts(place)) == 1


@pytest.mark.parametrize(
    ("edit", "is_refused"),
    [
        (PoolEdit(autoscale=Autoscale(True, 3, 5)), True),
        (PoolEdit(autoscale=Autoscale(True, 3, 6)), False),
        (PoolEdit(nodes=5, autoscale=Autoscale(False, 0, 0)), True),
        (PoolEdit(nodes=6, autoscale=Autoscale(False, 0, 0)), False),
        (PoolEdit(auto_pause=AutoPause(True, 45)), False),
    ],
)
def test_the_plan_says_that_azure_refuses_too_few_nodes_for_the_dynamic_executors(
    place: Place, edit: PoolEdit, is_refused: bool
) -> None:
    executors = {"enabled": True, "minExecutors": 1, "maxExecutors": 5}
    scale = {"enabled": True, "minNodeCount": 3, "maxNodeCount": 10}
    alter(place, lambda document: document["properties"].update(dynamicExecutorAllocation=executors, autoScale=scale))
    change = PoolChange(place.spark_pool(), edit)
    said = [one for one in Plan.of([change]).steps[0].warnings if "at least 6 nodes" in one]
    assert bool(said) is is_refused
    assert isinstance(run(place, change).end, Failed if is_refused else Succeeded)


PROBLEMS = {
    "too few nodes": PoolEdit(nodes=2),
    "too many nodes": PoolEdit(nodes=201),
    "minimum above maximum": PoolEdit(autoscale=Autoscale(True, 9, 4)),
    "minimum too small": PoolEdit(autoscale=Autoscale(True, 2, 4)),
    "pauses too early": PoolEdit(auto_pause=AutoPause(True, 4)),
    "pauses too late": PoolEdit(auto_pause=AutoPause(True, 10_081)),
    "tag without a name": PoolEdit(tags={"": "x"}),
    "too many tags": PoolEdit(tags={f"tag-{number}": "x" for number in range(51)}),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_plan_with_a_value_that_azure_does_not_take_says_why_in_one_sentence(place: Place, name: str) -> None:
    plan = Plan.of([PoolChange(place.spark_pool(), PROBLEMS[name])])
    assert plan.problem.endswith(".")
    assert "\n" not in plan.problem


@pytest.mark.parametrize("properties", [None, [], "odd"])
@pytest.mark.parametrize("edit", [PoolEdit(version="3.5"), PoolEdit(tags={"a": "b"})], ids=["version", "tags"])
def test_a_change_of_a_spark_pool_without_properties_is_refused_instead_of_sent_without_it(
    place: Place, properties: Any, edit: PoolEdit
) -> None:
    alter(place, lambda document: document.update(properties=properties))
    found = spark_pool_from(shown(place))
    assert found is not None
    plan = Plan.of([PoolChange(found, edit)])
    assert "has no properties" in plan.problem


NEW_PROBLEMS: dict[str, dict[str, Any]] = {
    "too few nodes": {"node_count": 2, "autoscale": None},
    "too many nodes": {"node_count": 201, "autoscale": Autoscale(False, 3, 5)},
    "minimum above maximum": {"autoscale": Autoscale(True, 9, 4)},
    "pauses too early": {"auto_pause": AutoPause(True, 4)},
}


@pytest.mark.parametrize("name", NEW_PROBLEMS)
def test_a_plan_for_a_new_spark_pool_with_a_value_that_azure_does_not_take_says_why(place: Place, name: str) -> None:
    wrong = replace(DEFAULTS, **NEW_PROBLEMS[name])
    assert Plan.of([PoolCreation(place.pool_creation.workspace, "fresh", wrong)]).problem.endswith(".")


def test_a_plan_for_a_new_spark_pool_judges_its_tags_and_no_number_of_nodes_that_is_not_sent(place: Place) -> None:
    workspace = place.pool_creation.workspace
    assert Plan.of([PoolCreation(workspace, "fresh", DEFAULTS, {"": "x"})]).problem.endswith(".")
    assert Plan.of([PoolCreation(workspace, "fresh", replace(DEFAULTS, node_count=0))]).problem == ""


def test_a_spark_pool_may_scale_within_a_range_of_one_number(place: Place) -> None:
    assert Plan.of([PoolChange(place.spark_pool(), PoolEdit(autoscale=Autoscale(True, 5, 5)))]).problem == ""


@pytest.mark.parametrize("name", ["", "1pool", "my-pool", "my_pool", "ünder", "a" * 16, "a b", "pool\x1b"])
def test_a_name_that_no_spark_pool_can_have_is_refused_before_anything_is_sent(place: Place, name: str) -> None:
    assert Plan.of([PoolCreation(place.pool_creation.workspace, name)]).problem.endswith(".")


ODD = {" ": "a blank", "-": '"-"', "\x1b": "the character U+001B", "\u3164": "the character U+3164"}


@pytest.mark.parametrize("odd", ODD)
def test_a_character_that_a_name_cannot_have_is_named_even_if_it_is_invisible(place: Place, odd: str) -> None:
    creation = PoolCreation(place.pool_creation.workspace, f"a{odd}")
    assert f" has {ODD[odd]}." in Plan.of([creation]).problem


@pytest.mark.parametrize("name", ["a", "Pool1", "a" * 15])
def test_a_valid_name_of_a_spark_pool_is_accepted(place: Place, name: str) -> None:
    assert Plan.of([PoolCreation(place.pool_creation.workspace, name)]).problem == ""


@pytest.mark.parametrize("kind", ["pool_change", "pool_creation"])
@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("kept", [False, True])
def test_a_program_that_dies_at_any_record_is_followed_by_one_that_finishes_without_a_second_write(
    place: Place, kind: str, at: int, kept: bool
) -> None:
    request = asked(place, kind)
    with place.program(at, kept=kept) as program:
        begun = program.begin(request)
        if not program.wait_for_death():
            assert isinstance(program.one(begun.id).end, Succeeded)
            assert len(puts(place)) == 1
            return
    with place.program() as program:
        (left,) = program.recalled()
        program.operations.resume(left)
        assert isinstance(program.wait_for(left.id).end, Succeeded)
    assert len(puts(place)) == 1
