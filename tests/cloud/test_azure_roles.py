"""Azure role assignments in the cloud layer: what is read and sent, and what the answers prove."""

import copy
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.cloud.test_azure import everything
from tests.support.jitter import even
from tui.cloud.azure import AzureCloud
from tui.domain.azure_grants import AzureGrant
from tui.domain.azure_roles import BLOB_DATA_CONTRIBUTOR, AzureRoleAssignment
from tui.domain.azure_scope import AzureScope
from tui.domain.errors import Problem, ProblemKind
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId
from tui.sandbox.box import Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.clock import VirtualClock
from tui.sandbox.faults import (
    Answer,
    Fault,
    Forbidden,
    Garbled,
    Overruled,
    RequestLost,
    ResponseLost,
    Rule,
    Throttled,
    Truncated,
)
from tui.sandbox.seed_azure_roles import THROUGH_GROUP
from tui.sandbox.transport import SandboxCredential, SandboxTransport

PATH = "/roleAssignments"


class Scene:
    """A sandbox, the cloud layer connected to it, and a storage account."""

    def __init__(self, choices: Choices | None = None, principal_seconds: float = 0.0) -> None:
        self.box = Sandbox(clock=VirtualClock(), choices=choices or Choices(), principal_seconds=principal_seconds)
        self.cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), jitter=even)
        accounts = {one["name"]: ResourceId.parse(one["id"]) for one in self.box.world.storage_accounts}
        self.home, self.lake = (accounts[name] for name in ("amlprodsa", "synprodlake"))

    def identity(self, name: str) -> Principal:
        found = next(one for one in self.box.world.identities if one["name"] == name)
        return Principal(found["properties"]["principalId"], name, "user-assigned identity")

    def wanted(self, name: str = "id-churn-b") -> AzureRoleAssignment:
        return AzureGrant(str(uuid4()), BLOB_DATA_CONTRIBUTOR, self.identity(name)).assignment(self.lake)

    async def listed(self, account: ResourceId, principal_id: str = "") -> list[AzureRoleAssignment]:
        pages = await everything(self.cloud.azure_role_assignments(AzureScope.of(account), principal_id))
        return [one for page in pages for one in page.items]

    def stored(self, wanted: AzureRoleAssignment) -> dict[str, Any] | None:
        return next((one for one in self.box.world.azure_roles if one["name"] == wanted.id), None)

    @property
    def puts(self) -> list[Any]:
        return [one.body for one in self.box.log if one.method == "PUT"]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    yield scene
    await scene.cloud.close()


async def test_a_list_has_what_is_on_the_account_and_above_it(scene: Scene) -> None:
    found = await scene.listed(scene.lake)
    subscription = f"/subscriptions/{scene.lake.subscription}"
    scopes = {one.scope.lower() for one in found}
    assert scopes == {subscription, f"{subscription}/resourcegroups/rg-data", scene.lake.key}
    assert {one.principal_type for one in found} == {"User", "Group", "ServicePrincipal"}


async def test_a_list_for_a_principal_has_the_roles_of_its_groups(scene: Scene) -> None:
    member = scene.identity(THROUGH_GROUP)
    assert not any(one.held_by(member.object_id) for one in await scene.listed(scene.lake))
    assert {one.principal_type for one in await scene.listed(scene.lake, member.object_id)} == {"Group"}


async def test_a_condition_is_noted(scene: Scene) -> None:
    (raw, *_) = (one for one in scene.box.world.azure_roles if one["properties"]["scope"] == str(scene.lake))
    raw["properties"]["condition"] = "@Resource[Microsoft.Storage/…] stringEquals 'foo'"
    assert [one.id for one in await scene.listed(scene.lake) if one.has_condition] == [raw["name"]]


def _put(*path: str, to: Any) -> Callable[[dict[str, Any]], None]:
    def alter(raw: dict[str, Any]) -> None:
        inner = raw
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = to

    return alter


ELSEWHERE = "/subscriptions/00000000-0000-0000-0000-000000000009"
ODD: dict[str, Callable[[dict[str, Any]], None]] = {
    "no id": lambda raw: raw.pop("id"),
    "the id of something else": _put("id", to="/subscriptions/x/locks/y"),
    "an id at another scope": _put("id", to=f"{ELSEWHERE}/providers/Microsoft.Authorization/roleAssignments/{uuid4()}"),
    "no scope": lambda raw: raw["properties"].pop("scope"),
    "a scope elsewhere": _put("properties", "scope", to=ELSEWHERE),
    "a scope that is no text": _put("properties", "scope", to=["/"]),
    "no principal": lambda raw: raw["properties"].pop("principalId"),
    "a principal that is no GUID": _put("properties", "principalId", to="ana@contoso.com"),
    "a role that is no GUID": _put("properties", "roleDefinitionId", to="Owner"),
    "no properties": _put("properties", to=None),
}


@pytest.mark.parametrize("name", ODD)
async def test_an_assignment_that_contradicts_itself_is_unreadable_and_counted(scene: Scene, name: str) -> None:
    (raw, *_) = (one for one in scene.box.world.azure_roles if one["properties"]["scope"] == str(scene.lake))
    good, odd = copy.deepcopy(raw), copy.deepcopy(raw)
    ODD[name](odd)
    body = json.dumps({"value": [odd, good, 3]}).encode()
    scene.box.faults.add(Rule(Garbled(body), "GET", PATH))
    (page,) = await everything(scene.cloud.azure_role_assignments(AzureScope.of(scene.lake)))
    assert [one.id for one in page.items] == [good["name"]]
    assert len(page.unreadable) == 2


async def test_a_grant_sends_one_assignment_with_its_own_id_and_the_kind_of_its_principal(scene: Scene) -> None:
    wanted = scene.wanted()
    assert await scene.cloud.grant_azure_role(wanted)
    assert scene.puts == [
        {
            "properties": {
                "roleDefinitionId": f"/subscriptions/{scene.lake.subscription}/providers/Microsoft.Authorization"
                f"/roleDefinitions/{BLOB_DATA_CONTRIBUTOR.id}",
                "principalId": wanted.principal_id,
                "principalType": "ServicePrincipal",
            }
        }
    ]
    stored = scene.stored(wanted)
    assert stored is not None
    assert stored["properties"]["scope"] == str(scene.lake)
    assert await scene.cloud.grant_azure_role(wanted), "the same id again is the same grant"


async def test_a_role_that_is_held_under_another_id_is_a_success(scene: Scene) -> None:
    await scene.cloud.grant_azure_role(scene.wanted())
    assert not await scene.cloud.grant_azure_role(scene.wanted())


SPARE: dict[str, tuple[Fault, ProblemKind]] = {
    "forbidden": (Forbidden(), ProblemKind.FORBIDDEN),
    "unknown principal": (Answer(400, "PrincipalNotFound", "Principal x does not exist."), ProblemKind.REFUSED),
    "locked": (Answer(409, "ScopeLocked", "The scope is locked."), ProblemKind.REFUSED),
    "throttled": (Throttled(20), ProblemKind.THROTTLED),
    "never sent": (RequestLost(), ProblemKind.CONNECTION),
}


@pytest.mark.parametrize("name", SPARE)
async def test_a_refusal_proves_that_nothing_was_granted(scene: Scene, name: str) -> None:
    fault, kind = SPARE[name]
    scene.box.faults.add(Rule(fault, "PUT", PATH, times=None))
    wanted = scene.wanted()
    with pytest.raises(Problem) as caught:
        await scene.cloud.grant_azure_role(wanted)
    assert (caught.value.kind, caught.value.had_no_effect) == (kind, True)
    assert scene.stored(wanted) is None


DOUBTFUL: dict[str, Fault] = {
    "answer lost": ResponseLost(),
    "cut": Truncated(),
    "not JSON": Garbled(),
    "about another one": Garbled(json.dumps({"id": "/x", "properties": {}}).encode()),
    "another status": Overruled(Answer(503, "ServerBusy", "Busy.")),
}


@pytest.mark.parametrize("name", DOUBTFUL)
async def test_after_an_unclear_answer_the_assignment_is_read_once(scene: Scene, name: str) -> None:
    scene.box.faults.add(Rule(DOUBTFUL[name], "PUT", PATH))
    wanted = scene.wanted()
    assert await scene.cloud.grant_azure_role(wanted)
    assert [one.method for one in scene.box.log] == ["PUT", "GET"]
    assert scene.stored(wanted) is not None


async def test_an_unclear_answer_without_a_read_leaves_the_outcome_open(scene: Scene) -> None:
    scene.box.faults.add(Rule(ResponseLost(), "PUT", PATH))
    scene.box.faults.add(Rule(Forbidden(), "GET", PATH, times=None))
    with pytest.raises(Problem) as caught:
        await scene.cloud.grant_azure_role(scene.wanted())
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("member", ["id", "role_id", "principal_id", "scope"])
async def test_a_grant_with_an_odd_id_is_not_sent(scene: Scene, member: str) -> None:
    for odd in ("", "ana@contoso.com", "/", "/subscriptions/x", f"{uuid4()}/x"):
        with pytest.raises(Problem) as caught:
            await scene.cloud.grant_azure_role(replace(scene.wanted(), **dict[str, Any]({member: odd})))
        assert caught.value.kind is ProblemKind.REFUSED
    assert scene.puts == []
