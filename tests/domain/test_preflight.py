"""What each request needs, and what the preflight says of what was read."""

from dataclasses import replace
from datetime import date
from typing import Any, TypeVar, get_args

import pytest

from tests.support.samples import compute, requests
from tui.domain.attachment import Attachment
from tui.domain.azure_scope import AzureScope
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.identity_creation import NO_GROUP, IdentityCreation
from tui.domain.locks import Lock, Write, lock_scopes
from tui.domain.needs import TABLE, Needs, needs_of
from tui.domain.permissions import ASSIGN_IDENTITY, ATTACH, DETACH, WRITE_IDENTITY, WRITE_POOL, Permission
from tui.domain.plan import Detachment, Request
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import PoolCreation
from tui.domain.preflight import Facts, Finding, FoundLocks, judge
from tui.domain.resource_id import ResourceId
from tui.domain.role_change import RoleChange
from tui.domain.roles import GRANT, REMOVE
from tui.domain.spark import SparkPool, SparkSettings
from tui.domain.states import ProvisioningState, Tone

TODAY = date(2026, 11, 23)
SAMPLES = requests()
T = TypeVar("T")


def sample(name: str, kind: type[T]) -> T:
    found = SAMPLES[name]
    assert isinstance(found, kind)
    return found


ATTACHMENT = sample("attachment, identity USER", Attachment)
CHANGE = sample("role change", RoleChange)
SYNAPSE = CHANGE.synapse
POOL = ATTACHMENT.pool
WORKSPACE = ATTACHMENT.workspace.id
SPARK_POOL = SparkPool(POOL, "eastus2", ProvisioningState("Succeeded"), SparkSettings("3.5"), raw={"properties": {}})
OWN = ATTACHMENT.identity.user_assigned[0]
OTHER = ResourceId(OWN.subscription, OWN.resource_group, OWN.provider, (("userAssignedIdentities", "id-other"),))
IDENTITY = IdentityCreation(OWN.subscription, "rg-ml", "id-new", "eastus2")
TAGS = ComputeEdit(compute(), Edit(tags={"owner": "bob"}))
DETACH_ROLES = Detachment(compute(), roles=replace(CHANGE, grants=()))
DENIED, ALLOWED = (Permission(("*/read",)),), (Permission(("*",)),)


def edit(*identities: ResourceId) -> ComputeEdit:
    return ComputeEdit(compute(), Edit(identity=IdentityChoice(IdentityKind.USER, identities)))


def problem(kind: ProblemKind, code: str = "", title: str = "It failed.") -> Problem:
    return Problem(kind, title, code=code)


def test_every_kind_of_request_has_a_row() -> None:
    assert set(TABLE) == set(get_args(Request))


@pytest.mark.parametrize(
    ("request_", "write", "is_new", "azure", "synapse"),
    [
        (ATTACHMENT, Write.PUT, True, [(ATTACH, WORKSPACE, True), (ASSIGN_IDENTITY, OWN, True)], [GRANT]),
        (replace(ATTACHMENT, role=None, identity=IdentityChoice()), Write.PUT, True, [(ATTACH, WORKSPACE, True)], []),
        (TAGS, Write.PUT, False, [(ATTACH, WORKSPACE, True), (ASSIGN_IDENTITY, OWN, False)], []),
        (edit(OTHER, OWN), Write.PUT, False,
         [(ATTACH, WORKSPACE, True), (ASSIGN_IDENTITY, OTHER, True), (ASSIGN_IDENTITY, OWN, False)], []),
        (SAMPLES["edit"], Write.PUT, False, [(ATTACH, WORKSPACE, True), (ASSIGN_IDENTITY, OWN, False)],
         [GRANT, GRANT, REMOVE]),
        (Detachment(compute()), Write.DELETE, False, [(DETACH, WORKSPACE, True)], []),
        (DETACH_ROLES, Write.DELETE, False, [(DETACH, WORKSPACE, True)], [REMOVE]),
        (CHANGE, None, False, [], [REMOVE]),
        (replace(CHANGE, grants=(replace(CHANGE.grants[0], is_held=False),), removals=()), None, False, [], [GRANT]),
        (PoolCreation(SYNAPSE, "newpool"), Write.PUT, True, [(WRITE_POOL, SYNAPSE.id, True)], []),
        (PoolChange(SPARK_POOL, PoolEdit(version="3.5")), Write.PUT, False,
         [(WRITE_POOL, POOL, True)], []),
        (IDENTITY, Write.PUT, True, [(WRITE_IDENTITY, None, True)], []),
    ],
    ids=["attach", "attach bare", "tags", "identity", "move", "detach", "detach roles", "roles held", "grant",
         "new pool", "pool", "new identity"],
)  # fmt: skip
def test_each_request_needs_its_actions_at_their_scopes(
    request_: Request, write: Write | None, is_new: bool, azure: list[Any], synapse: list[str]
) -> None:
    needs = needs_of(request_)
    assert (needs.target, needs.write, needs.is_new) == (request_.id, write, is_new)
    rows = [(one.action, one.scope, one.is_certain) for one in needs.azure]
    group = AzureScope.of_group(request_.id)
    assert rows == [(action, AzureScope.of(at) if at is not None else group, sure) for action, at, sure in azure]
    assert [one.action for one in needs.synapse] == synapse


def test_a_quota_that_cannot_be_read_is_named_for_a_pool_that_grows_and_for_no_other() -> None:
    grows: list[Request] = [PoolCreation(SYNAPSE, "newpool"), PoolChange(SPARK_POOL, PoolEdit(nodes=9))]
    for request_ in grows:
        (words,) = needs_of(request_).unreadable
        assert "vCore quota of Synapse workspace syn-prod" in words
    others: list[Request] = [PoolChange(SPARK_POOL, PoolEdit(version="3.5")), IDENTITY, TAGS, ATTACHMENT, CHANGE]
    assert [needs_of(one).unreadable for one in others] == [()] * len(others)
    assert len(judged(*grows)) == 1


def judged(*some: Request, **facts: Any) -> tuple[Finding, ...]:
    return judge([needs_of(one) for one in some], Facts(**facts), TODAY)


def locked(target: Needs, *locks: Lock) -> dict[AzureScope, FoundLocks]:
    return {scope: FoundLocks(locks) for scope in lock_scopes(target.target, is_new=target.is_new)}


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (ATTACHMENT, "attach"),
        (TAGS, "update"),
        (Detachment(compute()), "detach"),
        (PoolCreation(SYNAPSE, "newpool"), "creation"),
        (PoolChange(SPARK_POOL, PoolEdit(version="3.5")), "change"),
        (IDENTITY, "creation"),
    ],
)
@pytest.mark.parametrize(("level", "tone"), [("ReadOnly", Tone.BAD), ("CanNotDelete", None), ("Gentle", Tone.WARNING)])
def test_a_lock_of_the_group_stands_against_each_write_through_resource_manager(
    request_: Request, word: str, level: str, tone: Tone | None
) -> None:
    needs = needs_of(request_)
    lock = Lock(AzureScope.of_group(needs.target), "keep", level)
    found = [one for one in judged(request_, locks=locked(needs, lock)) if one.tone is not Tone.NEUTRAL]
    if tone is None and needs.write is Write.DELETE:
        tone = Tone.BAD
    verb = {Tone.BAD: "will", Tone.WARNING: "may", None: ""}[tone]
    status = f"the {word} {verb} fail" if tone is not None else "no lock"
    assert [(one.status, one.tone) for one in found] == [(status, tone or Tone.GOOD)]
    assert tone is None or f"locked by keep ({level})" in found[0].note


def test_no_lock_concerns_synapse_roles() -> None:
    lock = Lock(AzureScope.of_subscription(CHANGE.id), "keep", "ReadOnly")
    assert judged(CHANGE, locks={lock.scope: FoundLocks((lock,))}) == ()


def test_one_lock_of_many_writes_is_said_once_with_the_writes_that_it_forbids() -> None:
    some = [replace(ATTACHMENT, name=name, role=None) for name in ("a1", "b2", "c3", "d4", "e5")]
    needs = needs_of(some[0])
    every = judged(*some, locks=locked(needs, Lock(AzureScope.of(WORKSPACE), "keep", "ReadOnly")))
    assert [one.status for one in every] == ["every attach will fail"]
    one_only = judged(*some, locks=locked(needs, Lock(AzureScope.of(some[1].id), "keep", "ReadOnly")))
    assert [one.status for one in one_only] == ["the attach of b2 will fail", "no lock"]
    mixed = judged(some[0], Detachment(compute()), locks=locked(needs, Lock(AzureScope.of(WORKSPACE), "k", "ReadOnly")))
    assert mixed[0].status == "every write will fail"


def test_missing_locks_are_not_claimed_while_a_level_could_not_be_read() -> None:
    locks: dict[AzureScope, FoundLocks | Problem] = {**locked(needs_of(TAGS))}
    assert [one.status for one in judged(TAGS, locks=locks)] == ["no lock"]
    top = next(iter(locks))
    locks[top] = problem(ProblemKind.FORBIDDEN)
    (found,) = judged(TAGS, locks=locks)
    assert (found.status, found.tone) == ("not determined", Tone.WARNING)
    assert "the locks of subscription" in found.note
    assert "Microsoft.Authorization/locks/read, which the role Reader includes" in found.note
    locks[top] = FoundLocks((), ("One cannot be read.",))
    (found,) = judged(TAGS, locks=locks)
    assert (found.tone, found.note.startswith("some locks of subscription")) == (Tone.WARNING, True)


@pytest.mark.parametrize(
    ("request_", "action", "role"),
    [
        (ATTACHMENT, ATTACH, "AzureML Compute Operator or Contributor"),
        (Detachment(compute()), DETACH, "AzureML Compute Operator or Contributor"),
        (PoolCreation(SYNAPSE, "newpool"), WRITE_POOL, "Contributor"),
        (IDENTITY, WRITE_IDENTITY, "Managed Identity Contributor"),
    ],
)
def test_a_missing_permission_is_named_with_its_scope_a_role_that_includes_it_and_who_can_grant_it(
    request_: Request, action: str, role: str
) -> None:
    right = needs_of(request_).azure[0]
    (found, *_) = judged(request_, permissions={right.scope: DENIED})
    assert (found.tone, found.status.endswith(" will fail")) == (Tone.BAD, True)
    assert f"allows {action} on {right.scope.place}. Ask an Owner or a User Access Administrator" in found.note
    assert found.note.endswith(f"for the role {role}.")
    (good, *_) = judged(request_, permissions={right.scope: ALLOWED})
    assert (good.tone, good.status.startswith("you may ")) == (Tone.GOOD, True)


def test_the_right_to_assign_an_identity_counts_for_sure_only_where_the_identity_is_new() -> None:
    scopes = {AzureScope.of(WORKSPACE): ALLOWED, AzureScope.of(OWN): DENIED, AzureScope.of(OTHER): DENIED}
    new = [one for one in judged(edit(OTHER), permissions=scopes) if one.counts]
    assert [(one.tone, "id-other" in one.note) for one in new] == [(Tone.BAD, True)]
    assert "for the role Managed Identity Operator" in new[0].note
    old = [one for one in judged(TAGS, permissions=scopes) if one.counts]
    assert [(one.tone, one.status) for one in old] == [(Tone.WARNING, "the update may fail")]


@pytest.mark.parametrize("request_", [ATTACHMENT, PoolCreation(SYNAPSE, "newpool"), IDENTITY])
def test_a_taken_name_stands_against_a_creation(request_: Request) -> None:
    (taken, *_) = judged(request_, taken={request_.id: True})
    assert (taken.status, taken.tone) == (f"the name {request_.name} is taken", Tone.BAD)
    (free, *_) = judged(request_, taken={request_.id: False})
    assert (free.status, free.tone) == ("name is free", Tone.GOOD)


def test_a_missing_resource_group_is_said_once() -> None:
    missing = problem(ProblemKind.NOT_FOUND, NO_GROUP)
    group = AzureScope.of_group(IDENTITY.id)
    found = judged(IDENTITY, taken={IDENTITY.id: missing}, locks={group: missing}, permissions={group: missing})
    assert [one.sentence for one in found] == [
        "The creation will fail: there is no resource group rg-ml in this subscription."
    ]


def test_what_could_not_be_read_is_named_once_for_each_reason() -> None:
    lost = problem(ProblemKind.CONNECTION)
    needs = needs_of(ATTACHMENT)
    facts = {
        "locks": dict.fromkeys(lock_scopes(needs.target, is_new=True), lost),
        "permissions": {right.scope: lost for right in needs.azure},
        "taken": {needs.target: lost},
        "pools": {POOL: lost},
        "synapse": {needs.synapse[0]: lost},
    }
    (found,) = judged(ATTACHMENT, **facts)
    assert (found.status, found.tone) == ("not determined", Tone.WARNING)
    for words in (
        "the locks of subscription",
        "your permissions on Azure ML workspace aml-prod",
        "whether there is a c",
    ):
        assert words in found.note
    assert found.sentence.endswith("Azure cannot be reached.")


@pytest.mark.parametrize(
    ("may", "tone", "words"),
    [
        (True, Tone.GOOD, "ana may remove roles on workspace syn-prod"),
        (False, Tone.BAD, "ask a Synapse Administrator of syn-prod for the removal"),
        (None, Tone.WARNING, "who is signed in is unknown here"),
        (
            problem(ProblemKind.FORBIDDEN),
            Tone.WARNING,
            "you may not read them; ask a Synapse Administrator of syn-prod",
        ),
        (problem(ProblemKind.THROTTLED), Tone.WARNING, "Azure does not accept so many requests now"),
    ],
)
def test_the_right_to_remove_roles_is_synapses_own(may: Any, tone: Tone, words: str) -> None:
    (right,) = needs_of(CHANGE).synapse
    (found,) = judged(CHANGE, synapse={right: may}, caller="ana")
    assert (found.tone, words in found.note) == (tone, True)


def test_an_attach_without_the_right_to_grant_is_told_that_the_attach_itself_does_not_need_it() -> None:
    needs = needs_of(ATTACHMENT)
    (found,) = judged(ATTACHMENT, synapse={needs.synapse[0]: False})
    assert "; the attach itself does not need it; ask" in found.note
    assert found.is_about_grants
