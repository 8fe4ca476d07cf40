"""A change of a compute changes only what was requested."""

import copy
from typing import Any

import pytest

from tui.cloud.mapping import compute_from
from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit, put_body
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.merge import Whose, divergences, has_changed, is_overtaken
from tui.domain.plan import Detachment, Effect, Plan
from tui.domain.resource_id import ResourceId
from tui.domain.tags import tag_edit, tag_problem

GROUP = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-ml"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/aml-prod"
POOL = f"{GROUP}/providers/Microsoft.Synapse/workspaces/syn-prod/bigDataPools/etlpool"


def identity_id(name: str) -> ResourceId:
    return ResourceId.parse(f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}")


RAW: dict[str, Any] = {
    "id": f"{WORKSPACE}/computes/etl-prod",
    "name": "etl-prod",
    "type": "Microsoft.MachineLearningServices/workspaces/computes",
    "location": "eastus2",
    "tags": {"team": "data", "cost": "42", "odd": 7},
    "sku": {"name": "later"},
    "systemData": {"createdBy": "ana"},
    "identity": {
        "type": "SystemAssigned",
        "principalId": "p-1",
        "tenantId": "t-1",
        "delegated": {"kept": [1, 2]},
    },
    "properties": {
        "createdOn": "2022-12-01T17:39:41.8474963+00:00",
        "modifiedOn": "2022-12-01T19:39:41.8474963+02:00",
        "description": "Nightly ETL",
        "resourceId": POOL,
        "computeType": "SynapseSpark",
        "computeLocation": "eastus2",
        "disableLocalAuth": True,
        "provisioningState": "Succeeded",
        "provisioningErrors": None,
        "isAttachedCompute": True,
        "notKnownYet": {"deep": [{"er": None}]},
        "properties": {"sparkVersion": "3.5", "unknownEcho": True},
    },
}


def compute(**changes: Any) -> Compute:
    raw = copy.deepcopy(RAW)
    raw.update(changes)
    return compute_from(raw)


def users(*names: str) -> IdentityChoice:
    return IdentityChoice(IdentityKind.USER, tuple(identity_id(name) for name in names))


def with_users(*names: str, resource_groups: str = "resourcegroups") -> dict[str, Any]:
    ids = {str(identity_id(name)).replace("resourceGroups", resource_groups): {"principalId": name} for name in names}
    return {"type": "UserAssigned", "userAssignedIdentities": ids}


def test_an_identity_change_keeps_all_other_members_known_or_unknown() -> None:
    document = ComputeEdit(compute(), Edit(identity=users("id-a"))).document()
    before = put_body(RAW)
    assert document.pop("identity") == {
        "type": "UserAssigned",
        "userAssignedIdentities": {str(identity_id("id-a")): {}},
        "delegated": {"kept": [1, 2]},
    }
    before.pop("identity")
    assert document == before
    assert document["properties"]["disableLocalAuth"] is True
    assert document["properties"]["computeLocation"] == "eastus2"
    assert document["properties"]["notKnownYet"] == {"deep": [{"er": None}]}


def test_an_empty_edit_sends_the_compute_without_its_read_only_members() -> None:
    edit = ComputeEdit(compute(), Edit())
    assert edit.changes_nothing
    document = edit.document()
    assert not {"id", "name", "type", "systemData"} & set(document)
    assert not {"createdOn", "provisioningState"} & set(document["properties"])


def test_a_tag_change_changes_nothing_else_and_keeps_values_that_are_not_text() -> None:
    document = ComputeEdit(compute(), Edit(tags={"team": "ml", "cost": None, "new": "1"})).document()
    assert document["tags"] == {"team": "ml", "odd": 7, "new": "1"}
    document.pop("tags")
    before = put_body(RAW)
    before.pop("tags")
    assert document == before


def test_tag_names_are_case_insensitive() -> None:
    document = ComputeEdit(compute(), Edit(tags={"TEAM": "ml", "Cost": None})).document()
    assert document["tags"] == {"TEAM": "ml", "odd": 7}


def test_a_description_is_changed_or_removed() -> None:
    changed = ComputeEdit(compute(), Edit(description="Weekly")).document()
    assert changed["properties"]["description"] == "Weekly"
    gone = ComputeEdit(compute(), Edit(description="")).document()
    assert "description" not in gone["properties"]


@pytest.mark.parametrize("shown", [None, ""])
def test_the_removal_of_a_description_that_is_empty_already_changes_nothing(shown: str | None) -> None:
    edit = ComputeEdit(compute(properties={**RAW["properties"], "description": shown}), Edit(description=""))
    assert edit.changes_nothing


def test_the_difference_between_two_sets_of_tags_is_an_edit() -> None:
    assert tag_edit({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "x", "d": "4"}) == {"c": None, "b": "x", "d": "4"}


def test_reordering_identities_is_a_change_but_another_letter_case_is_not() -> None:
    before = compute(identity=with_users("id-a", "id-b"))
    assert ComputeEdit(before, Edit(identity=users("id-a", "id-b"))).changes_nothing
    swapped = ComputeEdit(before, Edit(identity=users("id-b", "id-a")))
    assert not swapped.changes_nothing
    assert [(one.before, one.after) for one in swapped.changes if "(order)" in one.path] == [
        ("id-a, id-b", "id-b, id-a")
    ]
    assert list(swapped.document()["identity"]["userAssignedIdentities"]) == [
        str(identity_id("id-b")),
        str(identity_id("id-a")),
    ]


def test_read_only_members_and_letter_case_are_not_a_change_by_someone_else() -> None:
    seen = compute(identity=with_users("id-a"))
    found = compute(identity=with_users("id-a", resource_groups="resourceGroups"))
    found.raw["properties"]["modifiedOn"] = "2026-01-01T00:00:00+00:00"
    found.raw["properties"]["provisioningWarnings"] = {}
    assert not has_changed(seen, found)


def test_an_identity_added_by_someone_else_is_a_change() -> None:
    assert has_changed(compute(identity=with_users("id-a")), compute(identity=with_users("id-a", "id-b")))


def test_concurrent_changes_are_distinguished_member_by_member() -> None:
    edit = ComputeEdit(compute(), Edit(identity=users("id-a"), tags={"team": "ml", "both": "same", "cost": "43"}))
    found = compute(tags={"team": "theirs", "odd": 7, "both": "same", "cost": "42", "more": "x"})
    told = {one.path[-1]: one for one in divergences(edit, found)}
    assert told["team"].whose is Whose.BOTH
    assert (told["team"].base, told["team"].theirs, told["team"].mine) == ("data", "theirs", "ml")
    assert told["both"].whose is Whose.BOTH_ALIKE
    assert told["more"].whose is Whose.THEIRS
    assert told["cost"].whose is Whose.MINE
    assert told["id-a".join((str(identity_id("id-a"))[: -len("id-a")], ""))].whose is Whose.MINE
    assert "odd" not in told


def test_applying_an_edit_to_a_newer_version_keeps_the_changes_of_others() -> None:
    found = compute(tags={"team": "theirs", "more": "x"})
    document = ComputeEdit(compute(), Edit(tags={"cost": "43"})).on(found).document()
    assert document["tags"] == {"team": "theirs", "more": "x", "cost": "43"}


def test_a_plan_names_the_deleted_principal_and_its_stray_roles() -> None:
    (step,) = Plan.of([ComputeEdit(compute(), Edit(identity=users("id-a")))]).steps
    assert step.effect is Effect.UPDATE
    assert step.harms[0].startswith("The system-assigned principal p-1 is deleted. Role assignments to it")
    assert "syn-prod/etlpool" in step.harms[0]
    assert step.warnings[0] == "id-a needs the role Synapse Administrator on syn-prod/etlpool, or jobs fail with 403."
    assert step.known_after == ()


def test_a_plan_lists_values_that_are_known_only_after_apply() -> None:
    plan = Plan.of([ComputeEdit(compute(identity=None), Edit(identity=IdentityChoice(IdentityKind.SYSTEM)))])
    assert plan.steps[0].known_after == (("identity", "principalId"),)
    assert plan.summary == "Plan: 1 set, 0 changed, 0 removed, 13 unchanged, 1 known after apply."


def test_a_plan_for_several_computes_has_one_summary_line_and_skips_unchanged_ones() -> None:
    same = ComputeEdit(compute(), Edit(description="Nightly ETL"))
    other = ComputeEdit(compute(name="b", id=f"{WORKSPACE}/computes/b"), Edit(description="new"))
    plan = Plan.of([same, other, Detachment(compute(name="c", id=f"{WORKSPACE}/computes/c"))])
    assert plan.summary == "Plan: 1 to update, 1 to detach, 1 unchanged."
    assert [request.name for request in plan.to_send] == ["b", "c"]
    assert plan.problem == ""
    assert Plan.of([same]).problem == "No changes: etl-prod already matches."


def test_a_failed_compute_can_be_sent_again_unchanged() -> None:
    failed = compute()
    raw = copy.deepcopy(dict(failed.raw))
    raw["properties"]["provisioningState"] = "Failed"
    assert not ComputeEdit(compute_from(raw), Edit()).changes_nothing


def test_an_empty_list_of_identities_cannot_be_sent() -> None:
    plan = Plan.of([ComputeEdit(compute(), Edit(identity=IdentityChoice(IdentityKind.USER)))])
    assert plan.problem.startswith("No user-assigned identity is chosen")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("", "x", "needs a name"),
        ("k" * 513, "x", "513 characters; Azure allows at most 512"),
        ("k", "v" * 257, "257 characters; Azure allows at most 256"),
        ("a/b", "x", 'has "/"'),
    ],
)
def test_a_tag_that_breaks_azures_limits_is_reported(name: str, value: str, said: str) -> None:
    assert said in tag_problem(name, value)
    assert said in Plan.of([ComputeEdit(compute(), Edit(tags={name: value}))]).problem


def test_a_tag_at_azures_limits_is_accepted() -> None:
    assert tag_problem("k" * 512, "v" * 256) == ""


def test_the_fifty_first_tag_is_refused() -> None:
    full = compute(tags={f"t{number}": "x" for number in range(50)})
    assert Plan.of([ComputeEdit(full, Edit(tags={"t0": "y"}))]).problem == ""
    assert "There would be 51 tags" in Plan.of([ComputeEdit(full, Edit(tags={"more": "y"}))]).problem


def test_an_identical_change_by_someone_else_does_not_block_an_edit() -> None:
    edit = ComputeEdit(compute(), Edit(tags={"team": "ml"}))
    assert not is_overtaken(edit, compute(tags={"team": "ml", "cost": "42", "odd": 7}))
    assert is_overtaken(edit, compute(tags={"team": "ml", "cost": "43", "odd": 7}))
    assert is_overtaken(edit, compute(tags={"team": "x", "cost": "42", "odd": 7}))


def test_a_tag_renamed_only_in_letter_case_keeps_its_value() -> None:
    edit = tag_edit({"team": "data"}, {"Team": "data"})
    assert ComputeEdit(compute(), Edit(tags=edit)).document()["tags"] == {"cost": "42", "odd": 7, "Team": "data"}
