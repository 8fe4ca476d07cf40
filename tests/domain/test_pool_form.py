"""The form of a Spark pool: text becomes a request, and a field that was not touched changes nothing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tui.domain.difference import Mark
from tui.domain.field_texts import InvalidText
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import DEFAULTS, PoolCreation
from tui.domain.pool_form import ChangeInput, CreationInput
from tui.domain.pool_texts import PoolField, nodes_in, pause_in, size_in, version_in
from tui.domain.resource_id import ResourceId
from tui.domain.spark import AutoPause, Autoscale, SparkPool, SparkSettings
from tui.domain.states import ProvisioningState
from tui.domain.workspaces import SynapseWorkspace

SYNAPSE = SynapseWorkspace(
    ResourceId.parse(
        "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-data/providers/"
        "Microsoft.Synapse/workspaces/syn-prod"
    ),
    "eastus2",
)
SCALING = Autoscale(enabled=True, minimum=3, maximum=10)
TAGS = {"team": "data", "cost": "42"}
VALID = {
    PoolField.NAME: "etlpool",
    PoolField.SIZE: "medium",
    PoolField.VERSION: "3.4",
    PoolField.NODES: "3-10",
    PoolField.PAUSE: "30",
    PoolField.TAGS: "team=data",
}
WRONG = {
    PoolField.NAME: ["", "etl-pool", "1etl", "sixteenletters16", "pool name"],
    PoolField.SIZE: ["", "Huge", "Medium Memory"],
    PoolField.VERSION: ["", "latest", "3", "Spark 3.5", "3.5.", "-3.5", "9999.1"],
    PoolField.NODES: ["", "2", "201", "-5", "3-201", "10-3", "3-", "3--10", "3-5-10", "five", "1e9", "9" * 5000, "٥"],
    PoolField.PAUSE: ["", "4", "10081", "-15", "never", "15 h", "1.5", "9" * 5000],
    PoolField.TAGS: ["=x", 'a="b', "a=1 A=2", f"{'n' * 513}=x", f"a={'v' * 257}", "a?=1"],
}


def pool(tags: dict[str, str] | None = None, **settings: Any) -> SparkPool:
    tags = TAGS if tags is None else tags
    known = replace(DEFAULTS, version="3.4", node_count=5, autoscale=None, auto_pause=None)
    document = {"location": "eastus2", "tags": dict(tags), "properties": {"sparkVersion": "3.4", "nodeCount": 5}}
    return SparkPool(
        SYNAPSE.id.child("bigDataPools", "etlpool"),
        "eastus2",
        ProvisioningState("Succeeded"),
        replace(known, **settings),
        tags=tags,
        raw=document,
    )


def marks(change: PoolChange) -> dict[str, Mark]:
    return {".".join(one.path): one.mark for one in change.changes if one.mark is not Mark.SAME}


# Text


@pytest.mark.parametrize("text", ["3-10", "3–10", "3..10", " 3 - 10 ", "3…10", "3 to 10"])
def test_a_range_of_nodes_scales_however_it_is_written(text: str) -> None:
    assert nodes_in(text) == SCALING


def test_one_number_of_nodes_is_fixed_and_both_limits_are_allowed() -> None:
    assert nodes_in(" 5 ") == 5
    assert nodes_in("3-200") == Autoscale(enabled=True, minimum=3, maximum=200)


@pytest.mark.parametrize(("text", "pause"), [("15", 15), ("15 min", 15), ("5", 5), ("10080 minutes", 10_080)])
def test_auto_pause_is_a_number_of_minutes_or_off(text: str, pause: int) -> None:
    assert pause_in(text) == AutoPause(enabled=True, delay=pause)
    assert not pause_in(" Off ").enabled


def test_a_version_that_is_unknown_or_has_ended_is_accepted_and_a_size_in_any_letter_case() -> None:
    assert [version_in(text) for text in ("2.4", " 3.5 ", "4.1", "3.5.1")] == ["2.4", "3.5", "4.1", "3.5.1"]
    assert size_in(" xxlarge ") == "XXLarge"


@pytest.mark.parametrize(("one", "text"), [(one, text) for one, texts in WRONG.items() for text in texts])
def test_text_that_cannot_be_used_names_its_field_in_one_sentence(one: PoolField, text: str) -> None:
    written = CreationInput(SYNAPSE)
    for other, valid in VALID.items():
        written = written.with_text(other, valid)
    assert written.request.name == "etlpool"
    with pytest.raises(InvalidText) as refused:
        _ = written.with_text(one, text).request
    assert refused.value.field is one
    assert str(refused.value).endswith((".", "?"))
    if one is not PoolField.NAME and one is not PoolField.SIZE:
        with pytest.raises(InvalidText) as refused:
            _ = ChangeInput(pool(auto_pause=AutoPause(enabled=True, delay=15))).with_text(one, text).request
        assert refused.value.field is one


# A change


def test_a_form_that_was_not_touched_changes_nothing_whatever_azure_reports() -> None:
    for known in (pool(), pool({}), pool(version="", node_count=None), pool(version="3.4-preview", auto_pause=None)):
        written = ChangeInput(known)
        for one in written.fields:
            written = written.with_text(one, f" {written.text(one)} ")
        assert written.is_untouched
        assert written.request.edit == PoolEdit()
        assert written.request.changes_nothing


@pytest.mark.parametrize(
    ("one", "text", "wanted"),
    [
        (PoolField.VERSION, "3.5", {"properties.sparkVersion": Mark.CHANGED}),
        (PoolField.NODES, "7", {"properties.nodeCount": Mark.CHANGED}),
        (PoolField.PAUSE, "15", {"properties.autoPause.enabled": Mark.ADDED,
                                 "properties.autoPause.delayInMinutes": Mark.ADDED}),
        (PoolField.TAGS, "team=data owner=ana", {"tags.cost": Mark.REMOVED, "tags.owner": Mark.ADDED}),
        (PoolField.TAGS, "", {"tags.team": Mark.REMOVED, "tags.cost": Mark.REMOVED}),
        (PoolField.TAGS, "cost=42 team=data", {}),
    ],
)  # fmt: skip
def test_a_field_changes_its_own_member_and_no_other(one: PoolField, text: str, wanted: dict[str, Mark]) -> None:
    assert marks(ChangeInput(pool()).with_text(one, text).request) == wanted


def test_a_fixed_number_turns_autoscale_off_only_where_it_is_on() -> None:
    scaling, fixed = pool(autoscale=SCALING), pool(autoscale=Autoscale(enabled=False, minimum=0, maximum=0))
    edits = [ChangeInput(one).with_text(PoolField.NODES, "7").request.edit for one in (scaling, fixed)]
    assert [edit.nodes for edit in edits] == [7, 7]
    assert edits[0].autoscale is not None
    assert not edits[0].autoscale.enabled
    assert edits[1].autoscale is None


def test_text_put_back_as_it_was_is_not_touched() -> None:
    written = ChangeInput(pool()).with_text(PoolField.NODES, "7").with_text(PoolField.NODES, "5")
    assert written.is_untouched


@pytest.mark.parametrize(
    "edit",
    [
        PoolEdit(),
        PoolEdit(version="3.5"),
        PoolEdit(autoscale=SCALING),
        PoolEdit(nodes=7, autoscale=Autoscale(enabled=False, minimum=0, maximum=0)),
        PoolEdit(auto_pause=AutoPause(enabled=True, delay=20)),
        PoolEdit(auto_pause=AutoPause(enabled=False, delay=0)),
        PoolEdit(tags={"team": None, "owner": "two words"}),
    ],
)
def test_a_failed_change_comes_back_as_it_was_asked(edit: PoolEdit) -> None:
    known = pool(autoscale=Autoscale(enabled=True, minimum=4, maximum=9), auto_pause=AutoPause(enabled=True, delay=15))
    change = PoolChange(known, edit)
    again = ChangeInput.of(change).request
    assert again.document() == change.document()


# What someone else does meanwhile


def test_untouched_fields_follow_azure_and_typed_ones_stay() -> None:
    written = ChangeInput(pool()).with_text(PoolField.NODES, "7")
    after = written.on(pool(version="3.5"))
    assert after.text(PoolField.VERSION) == "3.5"
    assert after.text(PoolField.NODES) == "7"
    assert after.on(pool(version="3.5", node_count=7)).is_untouched


def test_a_tag_that_someone_else_sets_is_neither_removed_nor_hidden() -> None:
    written = ChangeInput(pool()).with_text(PoolField.TAGS, "team=mine cost=42")
    after = written.on(pool({**TAGS, "owner": "ana"}))
    assert after.text(PoolField.TAGS) == "team=mine cost=42 owner=ana"
    assert after.request.edit.tags == {"team": "mine"}


def test_a_tag_that_someone_else_sets_stays_even_if_the_typed_tags_cannot_be_read_yet() -> None:
    written = ChangeInput(pool()).with_text(PoolField.TAGS, 'team="mine cost=42')
    after = written.on(pool({**TAGS, "owner": "ana"}))
    assert after.text(PoolField.TAGS) == 'team="mine cost=42'
    fixed = after.with_text(PoolField.TAGS, 'team="mine" cost=42')
    assert fixed.request.edit.tags == {"team": "mine"}


@pytest.mark.parametrize(("name", "value"), [("a=b", "1"), ("note", "two\nlines"), ("bell", "\a")])
def test_a_tag_that_a_field_cannot_show_stays_as_it_is(name: str, value: str) -> None:
    written = ChangeInput(pool({**TAGS, name: value}))
    assert written.hidden_tags == (name,)
    assert name not in written.text(PoolField.TAGS)
    assert written.with_text(PoolField.TAGS, "").request.edit.tags == {"team": None, "cost": None}
    if "=" not in name:
        with pytest.raises(InvalidText, match="stays as it is"):
            _ = written.with_text(PoolField.TAGS, f"{name.upper()}=x").request


# A new Spark pool


def test_a_new_pool_needs_only_a_name() -> None:
    written = CreationInput(SYNAPSE).with_text(PoolField.NAME, " adhoc ")
    assert written.request == PoolCreation(SYNAPSE, "adhoc")


def test_a_new_pool_has_what_was_typed() -> None:
    written = CreationInput(SYNAPSE)
    for one, text in {**VALID, PoolField.NODES: "5", PoolField.PAUSE: "off"}.items():
        written = written.with_text(one, text)
    assert written.request.document() == {
        "location": "eastus2",
        "properties": {
            "sparkVersion": "3.4",
            "nodeSize": "Medium",
            "nodeSizeFamily": "MemoryOptimized",
            "nodeCount": 5,
            "autoScale": {"enabled": False},
            "autoPause": {"enabled": False},
        },
        "tags": {"team": "data"},
    }


@pytest.mark.parametrize(
    "settings",
    [
        DEFAULTS,
        replace(DEFAULTS, node_count=7, autoscale=Autoscale(enabled=False, minimum=0, maximum=0)),
        replace(DEFAULTS, version="3.4", node_size="XLarge", auto_pause=AutoPause(enabled=False, delay=0)),
    ],
)
def test_a_failed_creation_comes_back_as_it_was_asked(settings: SparkSettings) -> None:
    creation = PoolCreation(SYNAPSE, "adhoc", settings, {"note": "two words"})
    assert CreationInput.of(creation).request.document() == creation.document()


def test_a_name_that_is_taken_is_refused_in_any_letter_case() -> None:
    written = CreationInput(SYNAPSE).with_text(PoolField.NAME, "ADHOC")
    assert "already a Spark pool adhoc in syn-prod" in written.name_problem(["etlpool", "adhoc"])
    assert written.name_problem(["etlpool"]) == ""


AGAIN = {
    "nothing known": (SparkSettings(), {}),
    "all of it": (
        SparkSettings("3.5", 5, "Medium", autoscale=SCALING, auto_pause=AutoPause(enabled=False, delay=0)),
        {PoolField.SIZE: "Medium", PoolField.NODES: "3-10", PoolField.PAUSE: "off"},
    ),
    "a fixed number of nodes": (SparkSettings("3.5", 7), {PoolField.NODES: "7"}),
    "an ended runtime": (SparkSettings("3.3", 5), {PoolField.NODES: "5"}),
    "an unknown runtime": (SparkSettings("9.9", 5), {PoolField.NODES: "5"}),
    "a size that is none": (SparkSettings("3.5", 5, "[/red]Medium\x1b[31m"), {PoolField.NODES: "5"}),
    "too few nodes": (SparkSettings("3.5", 0, "Large"), {PoolField.SIZE: "Large"}),
    "a pause that is too long": (SparkSettings("3.5", auto_pause=AutoPause(enabled=True, delay=99_999)), {}),
}


@pytest.mark.parametrize("case", AGAIN)
def test_a_deleted_pool_is_created_again_with_what_is_known_and_possible(case: str) -> None:
    settings, wanted = AGAIN[case]
    gone = SparkPool(SYNAPSE.id.child("bigDataPools", "etlpool"), "", ProvisioningState(""), settings)
    made = CreationInput.again(SYNAPSE, gone, date(2026, 11, 23))
    assert dict(made.typed) == {PoolField.NAME: "etlpool", **wanted}
    assert made.request.problem == ""
