"""The cloud layer reads recorded Azure responses correctly: resources, progress in order, and errors."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from tests.conformance import expected
from tests.conformance.deviations import known
from tests.conformance.recordings import NO_RECORDINGS, Exchange, every_exchange, recordings
from tests.conformance.replay import Case, ReplayTransport, cases, goes_on
from tests.conformance.rules import STAND_INS, UnknownInteractionError, rule_of
from tests.conformance.specification import FOLDER, request_deviations
from tests.support.jitter import even
from tests.support.reported import detaching, putting
from tui.cloud.azure import AzureCloud
from tui.domain.azure_roles import AzureRoleAssignment
from tui.domain.azure_scope import AzureScope
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Accepted, Finished, Page, Polled, RequestWait
from tui.domain.request_waits import report_waits_to
from tui.domain.resource_id import ResourceId
from tui.domain.roles import BUILT_IN, RoleAssignment, RoleScope
from tui.domain.synapse_network import NetworkSettings
from tui.domain.workspaces import SynapseWorkspace
from tui.sandbox.transport import SandboxCredential

pytestmark = pytest.mark.skipif(not recordings(), reason=NO_RECORDINGS)

GUID = "11111111-2222-4333-8444-555555555555"
GROUP = f"/subscriptions/{GUID}/resourceGroups/rg"
COMPUTE = ResourceId.parse(f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/aml-prod/computes/spark")


@cache
def found_cases() -> list[Case]:
    """Return every case of every file; another test reports unclassified interactions."""
    found = []
    for exchanges in recordings().values():
        try:
            found += cases(exchanges)
        except UnknownInteractionError:
            continue
    return found


@dataclass(frozen=True)
class Question:
    """A recorded request, to be sent by the product's cloud layer."""

    cloud: AzureCloud
    url: str
    sent: Any
    answered: Any = None

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.url).path)

    @property
    def subscription(self) -> str:
        return self.path.split("/")[2]

    @property
    def resource(self) -> ResourceId:
        return ResourceId.parse(self.path)

    @property
    def parent(self) -> ResourceId:
        return ResourceId.parse(self.path.rpartition("/")[0])

    @property
    def azure_scope(self) -> AzureScope:
        return AzureScope.parse(self.path.rpartition("/providers/")[0])

    @property
    def azure_assignment(self) -> AzureRoleAssignment:
        """The Azure role that a recorded request grants."""
        sent = self.sent["properties"]
        role = sent["roleDefinitionId"].rpartition("/")[2]
        kind = sent.get("principalType", "")
        return AzureRoleAssignment(self.path.rpartition("/")[2], role, sent["principalId"], str(self.azure_scope), kind)

    @property
    def synapse(self) -> SynapseWorkspace:
        host = urlsplit(self.url).netloc
        arm_id = f"{GROUP}/providers/Microsoft.Synapse/workspaces/{host.partition('.')[0]}"
        return SynapseWorkspace(ResourceId.parse(arm_id), dev_endpoint=f"https://{host}")

    @property
    def network(self) -> NetworkSettings:
        """The network settings of the workspace whose private endpoints are listed; only their ids say its group."""
        listed = self.answered.get("value") or [{}] if isinstance(self.answered, dict) else [{}]
        arm_id = listed[0].get("id", "").partition("/managedVirtualNetworks/")[0] or str(self.synapse.id)
        synapse = replace(self.synapse, id=ResourceId.parse(arm_id))
        return NetworkSettings(synapse, self.path.split("/")[2])

    @property
    def scope(self) -> RoleScope | None:
        asked = dict(parse_qsl(urlsplit(self.url).query)).get("scope") or (self.sent or {}).get("scope")
        return RoleScope.parse(asked) if asked else None

    @property
    def assignment(self) -> RoleAssignment:
        sent = self.sent or {"roleId": "", "principalId": ""}
        scope = self.scope or RoleScope(self.synapse.name)
        return RoleAssignment(self.path.rpartition("/")[2], sent["roleId"], sent["principalId"], scope)


async def one(reading: Awaitable[Any]) -> AsyncIterator[Any]:
    yield await reading


LISTS: dict[str, Callable[[Question], AsyncIterator[Any]]] = {
    "subscriptions": lambda asked: asked.cloud.subscriptions(),
    "tenants": lambda asked: asked.cloud.tenants(),
    "workspaces": lambda asked: asked.cloud.workspaces(asked.subscription),
    "computes": lambda asked: asked.cloud.computes(asked.parent),
    "synapse workspaces": lambda asked: asked.cloud.synapse_workspaces(asked.subscription),
    "spark pools": lambda asked: asked.cloud.spark_pools(asked.parent),
    "identities": lambda asked: asked.cloud.identities(asked.subscription),
    "role assignments": lambda asked: asked.cloud.role_assignments(asked.synapse, asked.scope),
    "azure role assignments": lambda asked: asked.cloud.azure_role_assignments(asked.azure_scope),
    "firewall rules": lambda asked: asked.cloud.firewall_rules(asked.parent),
    "private endpoints": lambda asked: asked.cloud.private_endpoints(asked.network),
    "locks": lambda asked: asked.cloud.locks(asked.azure_scope),
}
WRITES: dict[str, Callable[[Question], AsyncIterator[Any]]] = {
    "put compute": lambda asked: putting(asked.cloud, asked.resource, asked.sent, "attach it"),
    "detach": lambda asked: detaching(asked.cloud, asked.resource),
}
READS: dict[str, Callable[[Question], AsyncIterator[Any]]] = {
    "workspace": lambda asked: one(asked.cloud.workspace(asked.resource)),
    "compute": lambda asked: one(asked.cloud.compute(asked.resource)),
    "spark pool": lambda asked: one(asked.cloud.spark_pool(asked.resource)),
    "synapse workspace": lambda asked: one(asked.cloud.synapse_workspace(asked.resource)),
    "identity": lambda asked: one(asked.cloud.identity(asked.resource)),
    "put identity": lambda asked: one(asked.cloud.put_identity(asked.resource, asked.sent, "create it")),
    "permissions": lambda asked: one(asked.cloud.permissions(asked.azure_scope)),
    "azure role grant": lambda asked: one(asked.cloud.grant_azure_role(asked.azure_assignment)),
    "role definitions": lambda asked: one(asked.cloud.role_definitions(asked.synapse)),
    "role grant": lambda asked: one(asked.cloud.grant(asked.synapse, asked.assignment)),
    "role removal": lambda asked: one(asked.cloud.revoke(asked.synapse, asked.assignment)),
}
ASKED = {**LISTS, **WRITES, **READS}


def ask(cloud: AzureCloud, case: Case) -> AsyncIterator[Any]:
    """Make the product's cloud layer send the recorded request."""
    first = case.exchanges[0]
    if case.operation in ASKED:
        return ASKED[case.operation](Question(cloud, first.url, first.sent, first.body))
    # The product's own operation with the same method gets the other operation's error.
    own_path = f"{COMPUTE.parent}/computes" if first.method == "GET" else str(COMPUTE)
    return ASKED[STAND_INS[first.method]](Question(cloud, f"https://management.azure.com{own_path}", {}))


class Heard:
    """Everything that the cloud layer reported about one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.transport = ReplayTransport(case.exchanges)
        self.told: list[Any] = []
        self.problem: Problem | None = None

    async def listen(self) -> "Heard":
        """Run the case and collect the results."""
        cloud = AzureCloud(SandboxCredential(), transport=self.transport, jitter=even)
        report_waits_to(self.told.append)
        answers = ask(cloud, self.case)
        while True:
            try:
                self.told.append(await anext(answers))
            except StopAsyncIteration:
                break
            except Problem as problem:
                self.problem = problem
                break
        await cloud.close()
        # No sandbox checks these requests against the specification.
        found = [one for asked in self.transport.asked if FOLDER.is_dir() for one in request_deviations(*asked)]
        assert [str(deviation) for deviation in found if known(deviation) is None] == []
        return self

    @property
    def request_waits(self) -> list[RequestWait]:
        """The reported waits."""
        return [told for told in self.told if isinstance(told, RequestWait)]


def is_held_already(case: Case) -> bool:
    """Return whether Azure refuses a grant because the role is held already, which the product takes for a success."""
    (answer, *_) = case.exchanges
    is_grant = case.operation == "azure role grant" and answer.status == 409
    return is_grant and answer.body["error"]["code"] == "RoleAssignmentExists"


def only(*operations: str, failing: bool = False) -> pytest.MarkDecorator:
    """Run a test for each case of these operations, whose first response is an error if `failing`, else a success."""
    picked = [
        case
        for case in found_cases()
        if (case.operation in operations or (failing and case.operation not in ASKED))
        and (case.exchanges[0].status >= 400 and not is_held_already(case)) == failing
    ]
    return pytest.mark.parametrize("case", picked, ids=map(str, picked))


@pytest.mark.parametrize("exchange", every_exchange(), ids=map(str, every_exchange()))
def test_every_recorded_interaction_is_classified(exchange: Exchange) -> None:
    assert rule_of(exchange)


@only(*LISTS)
async def test_a_recorded_list_is_read_page_by_page(case: Case) -> None:
    heard = await Heard(case).listen()

    pages = [page for page in heard.told if isinstance(page, Page)]
    wanted = [[expected.item(case.operation, item) for item in page.body["value"]] for page in case.exchanges]
    assert [[expected.told_of_item(item) for item in page.items] for page in pages] == wanted
    is_whole = not goes_on(case.exchanges[-1])
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [is_whole]
    assert (heard.problem is None) == is_whole


@only("compute")
async def test_a_recorded_compute_is_read_completely(case: Case) -> None:
    heard = await Heard(case).listen()

    assert heard.problem is None
    assert expected.told_of_compute(heard.told[0]) == expected.compute(case.exchanges[0].body)


@only("workspace", "spark pool", "synapse workspace", "identity")
async def test_recorded_resources_other_than_computes_are_read(case: Case) -> None:
    heard = await Heard(case).listen()

    assert heard.problem is None
    assert expected.told_of_item(heard.told[0]) == expected.item(case.operation, case.exchanges[0].body)


@only("put identity")
async def test_a_recorded_identity_is_created_with_the_recorded_request_and_read_from_the_answer(case: Case) -> None:
    (write,) = case.exchanges

    heard = await Heard(case).listen()

    assert heard.problem is None
    (finished,) = heard.told
    assert not finished.is_inferred
    assert finished.resource.raw == write.body
    assert expected.told_of_item(finished.resource) == expected.item("identity", write.body)
    ((method, url, body),) = heard.transport.asked
    assert (method, urlsplit(url).path.lower()) == ("PUT", write.path.lower())
    assert json.loads(body) == write.sent


@only("synapse workspace")
async def test_the_network_settings_of_a_recorded_workspace_are_read(case: Case) -> None:
    first = case.exchanges[0]
    cloud = AzureCloud(SandboxCredential(), transport=ReplayTransport(case.exchanges), jitter=even)

    found = await cloud.network_settings(Question(cloud, first.url, None).resource)
    await cloud.close()

    told = first.body["properties"]
    protection = told.get("managedVirtualNetworkSettings") or {}
    assert (found.managed, found.prevents_exfiltration) == (
        told.get("managedVirtualNetwork", ""),
        protection.get("preventDataExfiltration"),
    )
    assert found.workspace.public_network == told.get("publicNetworkAccess", "")
    assert f"https://{found.workspace.lake_name}.dfs.core.windows.net" == told["defaultDataLakeStorage"]["accountUrl"]
    assert len(found.connections) == len(told["privateEndpointConnections"])


@only("role definitions")
async def test_recorded_role_definitions_are_read_completely_and_match_the_built_in_ones(case: Case) -> None:
    heard = await Heard(case).listen()

    (found,) = heard.told
    assert [expected.told_of_role(role) for role in found] == [expected.role(body) for body in case.exchanges[0].body]
    known = {role.id: (role.name, role.on_pools, role.uses_compute, role.grants) for role in BUILT_IN}
    assert {role.id: (role.name, role.on_pools, role.uses_compute, role.grants) for role in found} == known


@only("permissions")
async def test_recorded_permissions_are_read_completely(case: Case) -> None:
    heard = await Heard(case).listen()

    (found,) = heard.told
    assert [(list(one.actions), list(one.not_actions)) for one in found] == [
        (permission["actions"], permission["notActions"]) for permission in case.exchanges[0].body["value"]
    ]


@only("role grant")
async def test_a_grant_sends_the_recorded_request_and_accepts_the_recorded_response(case: Case) -> None:
    heard = await Heard(case).listen()

    assert heard.told == [True]
    ((method, url, body),) = heard.transport.asked
    assert (method, urlsplit(url).path) == ("PUT", case.exchanges[0].path)
    assert json.loads(body) == case.exchanges[0].sent


@only("azure role grant")
async def test_a_recorded_azure_role_is_granted_or_held_already(case: Case) -> None:
    (answer,) = case.exchanges

    heard = await Heard(case).listen()

    if answer.sent["properties"].get("condition"):
        # The product grants without a condition, so this answer is about another assignment.
        assert heard.problem is not None
        assert heard.problem.outcome_unknown
    else:
        assert heard.told == [not is_held_already(case)]
    method, url, body = heard.transport.asked[0]
    assert (method, urlsplit(url).path) == ("PUT", answer.path)
    assert json.loads(body)["properties"].items() <= answer.sent["properties"].items()


@only("role removal")
async def test_a_role_removal_sends_the_recorded_request_and_accepts_the_recorded_response(case: Case) -> None:
    heard = await Heard(case).listen()

    assert heard.told == [None]
    ((method, url, _),) = heard.transport.asked
    assert (method, urlsplit(url).path) == ("DELETE", case.exchanges[0].path)


@only(*WRITES)
async def test_a_recorded_operation_is_followed_step_by_step(case: Case) -> None:
    write, *answers = case.exchanges
    polls = [answer for answer in answers if answer.path != write.path]
    reads = [answer for answer in answers if answer.path == write.path]

    heard = await Heard(case).listen()

    accepted = heard.told[0]
    assert isinstance(accepted, Accepted)
    assert accepted.document == write.body
    assert accepted.status == (write.body["properties"]["provisioningState"] if write.body else "InProgress")
    assert accepted.ids.request == write.headers.get("x-ms-request-id", "")
    steps = [told for told in heard.told if isinstance(told, Polled)]
    assert [(step.status, step.percent, step.ids.request) for step in steps] == [
        (poll.body["status"], poll.body.get("percentComplete"), poll.headers.get("x-ms-request-id", ""))
        for poll in polls
    ]
    is_over = bool(polls) and polls[-1].body["status"] == "Succeeded"
    assert all(step.next_poll for step in steps[:-1])
    assert [step.next_poll is None for step in steps[-1:]] == [is_over] * len(polls[-1:])
    finished = [told for told in heard.told if isinstance(told, Finished)]
    if not is_over or (write.method == "DELETE" and not reads):
        # Azure's report of success is checked against the compute, which not every recording contains.
        assert heard.problem is not None
        assert heard.problem.kind is ProblemKind.CONNECTION
        assert heard.problem.outcome_unknown
        assert finished == []
    elif write.method == "DELETE":
        assert [end.resource for end in finished] == [None]
    elif reads:
        assert [expected.told_of_compute(end.resource) for end in finished if end.resource] == [
            expected.compute(reads[0].body)
        ]


@only(*WRITES)
async def test_a_write_sends_the_recorded_requests(case: Case) -> None:
    write, *answers = case.exchanges

    heard = await Heard(case).listen()

    method, url, _ = heard.transport.asked[0]
    assert (method, urlsplit(url).path.lower()) == (write.method, write.path.lower())
    polled = [url for _, url, _ in heard.transport.asked[1:] if "/computeOperationsStatus/" in url]
    assert set(polled) == {write.headers["azure-asyncoperation"]}
    ends = [url for _, url, _ in heard.transport.asked if answers and urlsplit(url).path == answers[-1].path]
    assert len(ends) >= len([answer for answer in answers if answer.path == write.path])


@only(*ASKED, failing=True)
async def test_a_recorded_error_is_reported_in_azures_words_with_its_code_and_ids(case: Case) -> None:
    (answer,) = case.exchanges
    error: dict[str, Any] = answer.body["error"] if answer.body else {"code": "", "message": ""}

    heard = await Heard(case).listen()

    assert heard.told == expected.waits(answer)
    problem = heard.problem
    assert problem is not None
    # Neither goes away by waiting, whatever their status says.
    lasts = error["code"] in ("MissingSubscriptionRegistration", "ScopeLocked")
    assert problem.kind is (ProblemKind.REFUSED if lasts else expected.KINDS[answer.status])
    assert problem.status == answer.status
    # These two only wrap the actual error code.
    is_wrapper = error["code"] in ("UserError", "RetryableError")
    assert problem.code == error["code"] or (is_wrapper and problem.code in str(error))
    assert " ".join(error["message"].split()) in problem.cause
    assert all(detail["message"] in problem.cause for detail in error.get("details") or ())
    assert problem.cause
    assert problem.advice
    assert problem.ids.request == answer.headers.get("x-ms-request-id", "")
    assert problem.ids.correlation == answer.headers.get("x-ms-correlation-request-id", "")
    assert problem.ids.client == heard.transport.client_ids[-1]
    accepted_perhaps = answer.method != "GET" and answer.status in (408, 500, 502, 504)
    assert problem.outcome_unknown == accepted_perhaps


def test_an_unclassified_interaction_fails_with_a_message_that_says_so() -> None:
    new = replace(
        every_exchange()[0], url="https://management.azure.com/subscriptions/x/providers/Microsoft.Synapse/new"
    )

    with pytest.raises(UnknownInteractionError, match=r"GET management\.azure\.com.* matches no rule: say in"):
        rule_of(new)
