"""New identities: what can be asked for, what is sent, and what the plan says about it."""

from dataclasses import replace
from typing import Any

import pytest

from tui.cloud.mapping import user_assigned_identity_from
from tui.domain.difference import Mark
from tui.domain.identity import UserAssignedIdentity
from tui.domain.identity_creation import IdentityCreation, region_in
from tui.domain.operation import Verb
from tui.domain.plan import Effect, Plan
from tui.domain.resource_id import ResourceId
from tui.domain.states import Tone

SUBSCRIPTION = "516fb186-8a84-47a1-a265-6acb72ebb746"
CREATION = IdentityCreation(SUBSCRIPTION, "rg-ml", "id-new", "eastus2", {"team": "data"})


def problem(**members: Any) -> str:
    return Plan.of([replace(CREATION, **members)]).problem


def test_the_id_is_that_of_a_user_assigned_identity() -> None:
    expected = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ml/providers/"
        "Microsoft.ManagedIdentity/userAssignedIdentities/id-new"
    )
    assert str(CREATION.id) == expected
    assert CREATION.id == ResourceId.parse(expected.lower())


def test_only_the_region_and_the_tags_are_sent() -> None:
    assert CREATION.document() == {"location": "eastus2", "tags": {"team": "data"}}
    assert replace(CREATION, tags={}).document() == {"location": "eastus2"}


def test_the_plan_shows_what_is_set_what_azure_decides_and_what_follows() -> None:
    plan = Plan.of([CREATION])
    (step,) = plan.steps
    assert (step.effect, step.name, step.target) == (Effect.CREATE_IDENTITY, "id-new", CREATION.id)
    assert {(one.path, one.after) for one in step.changes if one.mark is Mark.ADDED} == {
        (("location",), "eastus2"),
        (("tags", "team"), "data"),
    }
    assert step.known_after == (("properties", "principalId"), ("properties", "clientId"))
    assert step.summary == "2 set, 0 changed, 0 removed, 0 unchanged, 2 known after apply"
    assert "id-new has no roles yet" in step.warnings[0]
    assert step.harms == ()
    assert plan.to_send == (CREATION,)
    assert plan.problem == ""


def test_the_plan_of_several_identities_counts_them() -> None:
    assert Plan.of([CREATION]).doing == "creates the identity id-new"
    other = replace(CREATION, name="id-other")
    assert Plan.of([CREATION, other]).doing == "creates 2 identities"
    assert Plan.of([CREATION, other]).summary == "Plan: 2 to create identity."
    assert Plan.of([CREATION]).verb == "create identity"


@pytest.mark.parametrize("name", ["abc", "a" * 128, "1-2_3", "A_b-C", "0__"])
def test_a_name_that_azure_takes_is_accepted(name: str) -> None:
    assert problem(name=name) == ""


NAMES = {
    "": "An identity needs a name.",
    "ab": "has 2 characters",
    "a": "has 1 character.",
    "a" * 129: "has 129 characters",
    "-abc": 'starts with "-"',
    "_abc": 'starts with "_"',
    "a.bc": "has a dot",
    "a b": "has a blank",
    "ünder": 'has "ü"',
    "abc\n": "has the character U+000A",
    "abc\x1b": "has the character U+001B",
    "abc\u3164": "has the character U+3164",
    "a/bc": "has a slash",
    "構成テスト": 'has "構"',
}


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_name_that_no_identity_can_have_is_refused_and_the_rule_said(name: str) -> None:
    said = problem(name=name)
    assert NAMES[name] in said
    assert said.endswith("Use 3 to 128 letters, digits, - and _, starting with a letter or digit.")


@pytest.mark.parametrize("group", ["rg", "r", "a" * 90, "rg (ml)".replace(" ", "_"), "構成-1.2", "_a", "(x)", "a.b"])
def test_a_resource_group_that_can_exist_is_accepted(group: str) -> None:
    assert problem(resource_group=group) == ""


GROUPS = {
    "": "write the name of one that exists",
    "a" * 91: "more than 90 characters",
    "rg.": "ends with a full stop",
    "a b": "has a blank",
    "a/b": "has a slash",
    "a&b": 'has "&"',
    "rg\x00": "has the character U+0000",
}


@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_a_resource_group_that_cannot_exist_is_refused(group: str) -> None:
    assert GROUPS[group] in problem(resource_group=group)


@pytest.mark.parametrize("typed", ["East US 2", "eastus2", "EASTUS2", " east us2 ", "EastUS\u00a02"])
def test_a_region_is_read_as_it_is_said_and_sent_as_azure_names_it(typed: str) -> None:
    assert region_in(typed) == "eastus2"
    assert problem(location=region_in(typed)) == ""


@pytest.mark.parametrize("region", ["", "East US 2", "2east", "east-us", "ost.us", "eastus2\n", "東"])
def test_a_text_that_cannot_be_a_region_is_refused(region: str) -> None:
    assert "region" in problem(location=region)


@pytest.mark.parametrize("tags", [{"": "x"}, {"a/b": "x"}, {"a": "x" * 257}, {f"t{n}": "x" for n in range(51)}])
def test_tags_that_azure_does_not_take_are_refused(tags: dict[str, str]) -> None:
    assert problem(tags=tags).endswith(".")
    assert problem(tags={f"t{n}": "x" * 256 for n in range(50)}) == ""


def identity(**members: Any) -> UserAssignedIdentity:
    found = user_assigned_identity_from({"id": str(CREATION.id), **CREATION.document(), **members})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("members", "differences"),
    [
        ({}, ()),
        ({"location": "East US 2"}, ()),
        ({"tags": {"team": "data", "added": "by a policy"}}, ()),
        ({"location": "westeurope"}, ("its region is westeurope",)),
        ({"location": None}, ("its region is unknown",)),
        ({"tags": {}}, ('its tag team is not "data"',)),
        ({"tags": None}, ('its tag team is not "data"',)),
        ({"tags": "odd"}, ('its tag team is not "data"',)),
        ({"tags": {"team": 7}, "location": "x"}, ("its region is x", 'its tag team is not "data"')),
    ],
    ids=str,
)
def test_an_identity_matches_if_it_has_the_region_and_the_tags(
    members: dict[str, Any], differences: tuple[str, ...]
) -> None:
    assert CREATION.differences(identity(**members)) == differences


def test_an_identity_that_exists_is_complete_and_keeps_what_azure_sent() -> None:
    found = identity(properties={"principalId": "p", "isolationScope": "Regional"})
    assert found.state.tone is Tone.GOOD
    assert found.raw is not None
    assert found.raw["properties"]["isolationScope"] == "Regional"
    assert UserAssignedIdentity(CREATION.id).tags == {}
    assert found == replace(found, raw=None), "what a compute says of it is the same identity"


def test_only_writes_of_computes_are_of_computes() -> None:
    assert not Verb.CREATE_IDENTITY.is_of_compute
    assert not Verb.CREATE_IDENTITY.is_of_pool
    of_computes = [Verb.ATTACH, Verb.UPDATE, Verb.DETACH, Verb.ROLES, Verb.AZURE_ROLES]
    assert [verb for verb in Verb if verb.is_of_compute] == of_computes
