"""The creation of identities by the cloud layer: what is sent, and what its answer proves."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.support.jitter import even
from tui.cloud.azure import AzureCloud
from tui.domain.constants import IDENTITIES_API_VERSION
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import UserAssignedIdentity
from tui.domain.resource_id import ResourceId
from tui.sandbox.box import Sandbox
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
from tui.sandbox.names import identity_id
from tui.sandbox.transport import SandboxCredential, SandboxTransport

PATH = "/userAssignedIdentities/"
DOCUMENT = {"location": "eastus2", "tags": {"team": "data", "it's": '"é"'}}


class Scene:
    """A sandbox, the cloud layer connected to it, and the id of a new identity."""

    def __init__(self) -> None:
        self.box = Sandbox(clock=VirtualClock())
        self.cloud = AzureCloud(SandboxCredential(), transport=SandboxTransport(self.box), jitter=even)
        self.subscription = self.box.world.default.subscription_id
        self.identity = ResourceId.parse(identity_id(self.subscription, "rg-ml", "id-new"))

    async def put(self, document: Mapping[str, Any] = DOCUMENT) -> UserAssignedIdentity:
        finished = await self.cloud.put_identity(self.identity, document, "create the identity id-new")
        assert finished.resource is not None
        assert not finished.is_inferred
        return finished.resource

    @property
    def sent(self) -> list[tuple[str, Any]]:
        """The queries and bodies of the PUTs."""
        return [(one.url.partition("?")[2], one.body) for one in self.box.log if one.method == "PUT"]

    @property
    def is_created(self) -> bool:
        return self.box.world.identities.get(str(self.identity)) is not None


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    yield scene
    await scene.cloud.close()


async def failure(scene: Scene) -> Problem:
    with pytest.raises(Problem) as caught:
        await scene.put()
    return caught.value


async def test_a_put_sends_the_document_unchanged_once_and_reads_the_identity_from_the_answer(scene: Scene) -> None:
    found = await scene.put()

    assert scene.sent == [(f"api-version={IDENTITIES_API_VERSION}", DOCUMENT)]
    assert [one.method for one in scene.box.log] == ["PUT"]
    stored = scene.box.world.identities.get(str(scene.identity))
    assert stored is not None
    assert found.raw == stored
    assert (found.id, found.location, found.tags) == (scene.identity, "eastus2", DOCUMENT["tags"])
    assert found.principal_id == stored["properties"]["principalId"]
    assert (found.client_id, found.tenant_id) == (stored["properties"]["clientId"], stored["properties"]["tenantId"])


async def test_an_unknown_member_of_the_answer_is_kept(scene: Scene) -> None:
    told = {"id": str(scene.identity), "location": "eastus2", "properties": {"isolationScope": "Regional"}, "x": [1]}
    scene.box.faults.add(Rule(Garbled(json.dumps(told).encode()), "PUT", PATH))
    assert (await scene.put()).raw == told


SPARE: dict[str, tuple[Fault, ProblemKind, int]] = {
    "refused": (Forbidden(), ProblemKind.FORBIDDEN, 1),
    "conflict": (Answer(409, "InvalidResourceLocation", "It is elsewhere."), ProblemKind.CONFLICT, 1),
    "no such group": (Answer(404, "ResourceGroupNotFound", "No."), ProblemKind.NOT_FOUND, 1),
    "throttled": (Throttled(20), ProblemKind.THROTTLED, 5),
    "never sent": (RequestLost(), ProblemKind.CONNECTION, 0),
}


@pytest.mark.parametrize("name", SPARE)
async def test_a_refusal_proves_that_no_identity_was_created(scene: Scene, name: str) -> None:
    fault, kind, sent = SPARE[name]
    scene.box.faults.add(Rule(fault, "PUT", PATH, times=None))

    problem = await failure(scene)

    assert problem.kind is kind
    assert (problem.outcome_unknown, problem.had_no_effect) == (False, True)
    assert len(scene.sent) == sent
    assert problem.title.startswith("Could not create the identity id-new: ")
    assert not scene.is_created


DOUBTFUL: dict[str, Fault] = {
    "answer lost": ResponseLost(),
    "cut": Truncated(),
    "not JSON": Garbled(),
    "another status": Overruled(Answer(503, "ServerBusy", "Busy.")),
    "an unlisted success": Overruled(Answer(202, "", "")),
    "another identity": Garbled(
        json.dumps({"id": identity_id("11111111-2222-4333-8444-555555555555", "rg-ml", "id-other")}).encode()
    ),
    "a contradiction": Garbled(
        json.dumps(
            {"id": identity_id(Sandbox().world.default.subscription_id, "rg-ml", "id-new"), "name": "id-other"}
        ).encode()
    ),
    "no id": Garbled(b'{"location": "eastus2"}'),
    "a list": Garbled(b"[]"),
}


@pytest.mark.parametrize("name", DOUBTFUL)
async def test_an_answer_that_proves_nothing_leaves_the_outcome_open_and_is_not_asked_for_again(
    scene: Scene, name: str
) -> None:
    scene.box.faults.add(Rule(DOUBTFUL[name], "PUT", PATH, times=None))

    problem = await failure(scene)

    assert (problem.outcome_unknown, problem.had_no_effect) == (True, False)
    assert len(scene.sent) == 1
    assert scene.is_created
    assert problem.advice


async def test_an_identity_that_exists_is_described_with_its_new_tags(scene: Scene) -> None:
    """Whoever calls this looks first; the request itself cannot ask Azure to refuse."""
    first = await scene.put()
    again = await scene.put({"location": "eastus2"})
    assert again.principal_id == first.principal_id
    assert again.tags == {}
