"""Which Azure lock forbids which write, where locks have to be read, and how a scope is read."""

import pytest

from tui.domain.azure_scope import AzureScope, InvalidScope
from tui.domain.locks import REMOVED_BY, Lock, Write, lock_scopes, locks_sentence
from tui.domain.resource_id import ResourceId, ml_workspace_id

SUBSCRIPTION = "/subscriptions/516fb186-8a84-47a1-a265-6acb72ebb746"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-ml"
WORKSPACE = ml_workspace_id(SUBSCRIPTION.rpartition("/")[2], "rg-ml", "aml-prod")
COMPUTE = WORKSPACE.child("computes", "etl-prod")
IDENTITY = ResourceId.parse(f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-etl")
ABOVE = {"subscription": SUBSCRIPTION, "group": GROUP, "workspace": str(WORKSPACE), "compute": str(COMPUTE)}


def lock(scope: str, level: str) -> Lock:
    return Lock(AzureScope.parse(scope), "keep", level)


@pytest.mark.parametrize("scope", ABOVE)
@pytest.mark.parametrize(
    ("level", "write", "forbids"),
    [
        ("CanNotDelete", Write.PUT, False),
        ("CanNotDelete", Write.DELETE, True),
        ("cannotdelete", Write.PUT, False),
        ("ReadOnly", Write.PUT, True),
        ("READONLY", Write.DELETE, True),
        ("NotSpecified", Write.PUT, True),
        ("", Write.DELETE, True),
    ],
)
def test_a_lock_at_or_above_a_resource_forbids_what_its_level_says(
    scope: str, level: str, write: Write, forbids: bool
) -> None:
    assert lock(ABOVE[scope].upper().replace("/SUBSCRIPTIONS", "/subscriptions"), level).forbids(COMPUTE, write) is (
        forbids
    )


@pytest.mark.parametrize(("level", "is_known"), [("ReadOnly", True), ("CanNotDelete", True), ("Gentle", False)])
def test_only_the_documented_levels_are_known(level: str, is_known: bool) -> None:
    assert lock(GROUP, level).is_known is is_known


@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
@pytest.mark.parametrize(("write", "forbids"), [(Write.PUT, False), (Write.DELETE, True)])
def test_a_lock_below_a_resource_forbids_to_delete_it_only(level: str, write: Write, forbids: bool) -> None:
    assert lock(str(COMPUTE), level).forbids(WORKSPACE, write) is forbids


@pytest.mark.parametrize("other", [f"{GROUP}-2", f"{WORKSPACE}/computes/etl-prod-2", str(IDENTITY)])
@pytest.mark.parametrize("write", Write)
def test_a_lock_elsewhere_forbids_nothing_although_its_name_begins_alike(other: str, write: Write) -> None:
    assert not lock(other, "ReadOnly").forbids(COMPUTE, write)


@pytest.mark.parametrize(
    ("target", "is_new", "scopes"),
    [
        (COMPUTE, True, [SUBSCRIPTION, GROUP, str(WORKSPACE)]),
        (COMPUTE, False, [SUBSCRIPTION, GROUP, str(WORKSPACE)]),
        (IDENTITY, False, [SUBSCRIPTION, GROUP, str(IDENTITY)]),
        (IDENTITY, True, [SUBSCRIPTION, GROUP]),
    ],
)
def test_locks_are_read_at_every_level_up_to_what_contains_the_resource(
    target: ResourceId, is_new: bool, scopes: list[str]
) -> None:
    assert [str(one) for one in lock_scopes(target, is_new=is_new)] == scopes


def test_locks_are_named_with_their_scopes_levels_and_notes_and_who_can_remove_them() -> None:
    noted = Lock(AzureScope.parse(GROUP), "freeze", "ReadOnly", "n" * 600)
    text = locks_sentence([noted, lock(SUBSCRIPTION, "CanNotDelete")])
    assert text.startswith(f'resource group rg-ml is locked by freeze (ReadOnly, "{"n" * 79}…"); subscription 516fb186')
    assert text.endswith(f"is locked by keep (CanNotDelete). {REMOVED_BY}s; waiting does not help.")
    many = locks_sentence([Lock(AzureScope.parse(GROUP), name, "ReadOnly") for name in "abcde"])
    assert "by c (ReadOnly) and 2 more. " in many


@pytest.mark.parametrize(
    "text",
    ["", "/", "/providers/Microsoft.Management/managementGroups/root", "/subscriptions/not-a-guid", f"{SUBSCRIPTION}/",
     f"{SUBSCRIPTION}/resourceGroups", f"{SUBSCRIPTION}/other/rg", f"{GROUP}/../x/y", SUBSCRIPTION.lstrip("/"),
     f"{GROUP}/providers/Microsoft.X/a b/c"],
)  # fmt: skip
def test_a_text_that_is_not_a_scope_in_a_subscription_is_refused(text: str) -> None:
    with pytest.raises(InvalidScope):
        AzureScope.parse(text)


def test_scopes_are_equal_and_covered_in_any_letter_case() -> None:
    upper = AzureScope.parse(str(WORKSPACE).upper().replace("/SUBSCRIPTIONS", "/subscriptions"))
    assert upper == AzureScope.of(WORKSPACE)
    assert len({upper, AzureScope.of(WORKSPACE)}) == 1
    assert upper.covers(AzureScope.of(COMPUTE))
    assert not upper.covers(AzureScope.of_group(COMPUTE))
    assert AzureScope.of_subscription(COMPUTE).covers(AzureScope.of_group(COMPUTE))
