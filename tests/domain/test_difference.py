"""The difference between two documents, and the request bodies of an attach and an update."""

from typing import Any

import pytest

from tui.domain.attachment import Attachment
from tui.domain.difference import Change, Mark, compare, count
from tui.domain.edit import Edit, put_body
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.workspaces import Workspace
from tui.sandbox.seed import make_world

GUID = "516fb186-8a84-47a1-a265-6acb72ebb746"
IDENTITIES = f"/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
POOL = ResourceId.parse(
    f"/subscriptions/{GUID}/resourceGroups/g/providers/Microsoft.Synapse/workspaces/s/bigDataPools/p"
)
WORKSPACE = Workspace(ml_workspace_id(GUID, "rg-ml", "aml"), "eastus2")


def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [
        f"{one.mark.value}{'.'.join(one.path)}: {one.before!r} > {one.after!r}".strip()
        for one in compare(before, after)
    ]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({}, {"a": 1}, ["+a: None > 1"]),
        ({"a": 1}, {}, ["-a: 1 > None"]),
        ({"a": 1}, {"a": 1}, ["a: 1 > 1"]),
        ({"a": 1}, {"a": 2}, ["~a: 1 > 2"]),
        ({"a": None}, {"a": {}}, ["~a: None > {}"]),
        ({"a": {}}, {"a": {}}, ["a: {} > {}"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, ["~a.c: 2 > 3", "-a.b: 1 > None"]),
        ({"a": {"b": 1}}, {"a": "text"}, ["~a: {'b': 1} > 'text'"]),
        ({"a": "text"}, {"a": {"b": 1}}, ["~a: 'text' > {'b': 1}"]),
        ({}, {"a": {"b": {"c": 1}}, "d": {}}, ["+a.b.c: None > 1", "+d: None > {}"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["~a: [1, 2] > [2, 1]"]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, ["b: 2 > 2", "a: 1 > 1"]),
        ({"A": 1}, {"a": 1}, ["+a: None > 1", "-A: 1 > None"]),
        ({"/Sub/X": {}}, {"/sub/x": {}}, ["/sub/x: {} > {}"]),
    ],
)
def test_documents_are_compared_leaf_by_leaf_in_the_order_of_the_new_document(
    before: dict[str, Any], after: dict[str, Any], lines: list[str]
) -> None:
    assert told(before, after) == lines


def test_each_kind_of_change_is_counted() -> None:
    changes = compare({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 2, "d": {"e": 1, "f": 1}})
    assert count(changes) == {Mark.ADDED: 2, Mark.CHANGED: 1, Mark.REMOVED: 1, Mark.SAME: 1}
    assert count(()) == dict.fromkeys(Mark, 0)
    assert Change(Mark.ADDED, ("d", "e"), None, 1) in changes


def etl_prod() -> dict[str, Any]:
    document = next(one for one in make_world().computes if one["name"] == "etl-prod")
    document["properties"]["futureSetting"] = {"x": None}
    document["sku"] = {"name": "Basic"}
    return document


def test_an_identity_update_changes_only_the_identity() -> None:
    raw = etl_prod()
    choice = IdentityChoice(IdentityKind.USER, (ResourceId.parse(f"{IDENTITIES}/one"),))
    changes = compare(put_body(raw), Edit(identity=choice).apply(raw))
    assert {change.path[0] for change in changes if change.mark is not Mark.SAME} == {"identity"}
    assert Edit(identity=choice).apply(raw)["properties"]["futureSetting"] == {"x": None}
    assert Edit(identity=choice).apply(raw)["sku"] == {"name": "Basic"}


def test_read_only_members_are_not_sent_and_the_original_document_is_unchanged() -> None:
    raw = etl_prod()
    document = put_body(raw)
    assert not {"id", "name", "type", "systemData"} & document.keys()
    assert not {"createdOn", "modifiedOn", "provisioningState", "isAttachedCompute"} & document["properties"].keys()
    assert document["identity"] == {"type": "SystemAssigned"}
    document["properties"]["futureSetting"]["x"] = "changed"
    assert raw["properties"]["futureSetting"] == {"x": None}
    assert raw["identity"]["principalId"]


def test_removing_an_identity_is_sent_explicitly_but_attaching_without_one_is_not() -> None:
    assert Edit(identity=IdentityChoice()).apply(etl_prod())["identity"] == {"type": "None"}
    assert "identity" not in Attachment(WORKSPACE, "adhoc", POOL).document()


def test_an_attach_request_has_what_the_cli_sends_and_no_empty_members() -> None:
    attachment = Attachment(WORKSPACE, "adhoc", POOL, IdentityChoice(IdentityKind.SYSTEM))
    assert attachment.document() == {
        "location": "eastus2",
        "properties": {"computeType": "SynapseSpark", "resourceId": str(POOL)},
        "identity": {"type": "SystemAssigned"},
    }
    assert str(attachment.id) == f"{WORKSPACE.id}/computes/adhoc"


def test_identities_are_sent_in_the_chosen_order() -> None:
    chosen = tuple(ResourceId.parse(f"{IDENTITIES}/{name}") for name in ("zeta", "alpha", "mid"))
    document = IdentityChoice(IdentityKind.SYSTEM_AND_USER, chosen).document()
    assert document is not None
    assert document["type"] == "SystemAssigned,UserAssigned"
    assert [one.rsplit("/", 1)[-1] for one in document["userAssignedIdentities"]] == ["zeta", "alpha", "mid"]
