"""A sandbox in the state of Azure when a recording was made, built from the recording's documents."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from tests.conformance.authorization import arrange_authorization
from tests.conformance.making import LISTED, MADE, RUNNING, compute, own_id, told_apart
from tests.conformance.recordings import Exchange
from tests.conformance.replay import body_of, goes_on, operation_id
from tests.conformance.rules import Role, rule_of
from tui.sandbox import documents, names
from tui.sandbox.box import Sandbox
from tui.sandbox.faults import Outcome, RequestLostError, Rule
from tui.sandbox.http import Document, Request, Response
from tui.sandbox.names import DefaultWorkspace
from tui.sandbox.synapse_roles import ADMINISTRATOR
from tui.sandbox.world import ResourceCollection, World

_PLACE = re.compile(r"/providers/Microsoft\.MachineLearningServices/locations/([^/]+)/", re.IGNORECASE)
_OPERATION_SECONDS = 20.0

WRITTEN = ("compute", "spark pool", "firewall rule", "private endpoint")
"""The kinds of resource that recorded PUTs create in the sandbox."""


class Session:
    """A recording replayed to a sandbox.

    Args:
        exchanges: The whole recording.
    """

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._exchanges = exchanges
        first_pages = (len(one.body["value"]) for one in exchanges if goes_on(one))
        self.box = Sandbox(
            World(DefaultWorkspace("", "", "")),
            page_size=next(first_pages, 100),
            operation_seconds=_OPERATION_SECONDS,
        )
        self._polls: dict[tuple[str, str], str] = {}
        # The sandbox's links and tokens to next pages, by the recorded ones.
        self._links: dict[str, str] = {}
        places = (_PLACE.search(text) for one in exchanges for text in (one.url, *one.headers.values()))
        self._place = next((found[1] for found in places if found), "eastus")

    async def answer(self, index: int) -> Response | None:
        """Return the sandbox's response to that request after all earlier ones, or None if it does not serve it."""
        for exchange in self._exchanges[:index]:
            if rule_of(exchange).role in (Role.ASKED, Role.SHOWN, Role.FOLLOWED):
                await self._told(exchange)
        return await self._told(self._exchanges[index])

    async def _told(self, exchange: Exchange) -> Response | None:
        operation = rule_of(exchange).operation
        if operation == "poll":
            return await self._polled(exchange)
        if exchange.url not in self._links and not exchange.continuation:
            await self._arrange(operation, exchange)
        response = await sent(
            self.box,
            exchange.method,
            self._links.get(exchange.url, exchange.url),
            body_of_request(exchange),
            self._links.get(exchange.continuation, ""),
        )
        if response is not None and goes_on(exchange):
            self._note_link(exchange, response)
        if response is not None:
            self._note_polls(exchange, response)
        return response

    def _note_polls(self, exchange: Exchange, response: Response) -> None:
        """Store the links that lead to the operation that the exchange starts."""
        told = {name.lower(): value for name, value in response.headers.items()}
        for name in ("azure-asyncoperation", "location"):
            link = exchange.headers.get(name, "")
            if "operation" in urlsplit(link).path.lower():
                self._polls[_poll(link)] = told.get(name, "")

    def _note_link(self, exchange: Exchange, response: Response) -> None:
        """Store the link or token that leads to the next page."""
        told = {name.lower(): value for name, value in response.headers.items()}.get("x-ms-continuation", "")
        if exchange.headers.get("x-ms-continuation"):
            self._links[exchange.headers["x-ms-continuation"]] = told
        else:
            self._links[exchange.body["nextLink"]] = json.loads(response.body).get("nextLink", "")

    async def _polled(self, exchange: Exchange) -> Response | None:
        url = self._polls.get(_poll(exchange.url)) or await self._some_operation(exchange)
        # The result of an operation that still runs has no body.
        if exchange.status != 202 and (exchange.body or {}).get("status") != "InProgress":
            await self.box.clock.sleep(_OPERATION_SECONDS)
        return await sent(self.box, "GET", url, b"")

    async def _some_operation(self, exchange: Exchange) -> str:
        """Start a detach for the poll of an operation that the sandbox does not have; return the poll URL."""
        assert names.AML in exchange.path, f"{exchange} polls an operation that nothing in the recording starts."
        base = f"/subscriptions/{exchange.path.split('/')[2]}/resourceGroups/polled/providers/{names.AML}/workspaces/ws"
        name = f"{base}/computes/c{operation_id(exchange.url)[:8]}"
        self._stand_by(name)
        if not self.box.world.computes.get(name):
            self.box.world.computes.put(documents.compute(name, "eastus", datetime.now(UTC), "AmlCompute", {}))
        version = exchange.query["api-version"]
        url = f"https://{exchange.host}{name}?api-version={version}&underlyingResourceAction=Delete"
        response = await sent(self.box, "DELETE", url, b"")
        assert response is not None
        self._polls[_poll(exchange.url)] = response.headers["Azure-AsyncOperation"]
        return response.headers["Azure-AsyncOperation"]

    async def _arrange(self, operation: str, exchange: Exchange) -> None:
        """Put the world into the state that the recorded response shows."""
        if exchange.path.lower().startswith("/subscriptions/"):
            self._stand_by(exchange.path)
        if not self._is_under_way(exchange):
            await self.box.clock.sleep(_OPERATION_SECONDS)
            await sent(self.box, "GET", "https://management.azure.com/subscriptions?api-version=2022-12-01", b"")
        for following in self._exchanges[exchange.index :]:
            self._script(exchange, following)
        if operation in LISTED and exchange.status == 200:
            self._put_only(LISTED[operation], [item for page in self._pages(exchange) for item in page], exchange.path)
        elif operation in MADE and exchange.status == 200:
            self._put_only(operation, [exchange.body])
        elif operation in MADE and exchange.status == 404:
            self._collection(operation).remove(exchange.path)
        elif operation in ("put compute", "patch compute", "detach") and exchange.status < 300:
            self._before_write(exchange)
        elif operation in ("put spark pool", "delete spark pool"):
            self._before_write_of("spark pool", exchange)
        elif operation in ("put identity", "delete identity"):
            self._before_write_of("identity", exchange)
        elif operation.startswith("role "):
            self._arrange_roles(exchange)
        arrange_authorization(self.box.world, operation, exchange, self._exchanges)

    def _stand_by(self, path: str) -> None:
        """Create the subscription, the group and the workspaces in the path."""
        world, parts = self.box.world, path.split("/")
        if world.subscription(parts[2]) is None:
            world.subscriptions.put(documents.subscription("Recorded", parts[2]))
        if len(parts) > 4:
            # A group exists as long as it contains something.
            world.identities.put(
                documents.user_assigned_identity(names.identity_id(parts[2], parts[4], "bystander"), "eastus")
            )
        if len(parts) < 10:
            return
        parent = "/".join(parts[:9])
        if parts[6].lower() == names.AML.lower() and not world.aml_workspaces.get(parent):
            world.aml_workspaces.put(documents.aml_workspace(parent, self._place, self.box.clock.now()))
        if parts[6].lower() == names.SYNAPSE.lower() and not world.synapse_workspaces.get(parent):
            world.synapse_workspaces.put(documents.synapse_workspace(parent, "eastus"))

    def _arrange_roles(self, exchange: Exchange) -> None:
        """Create the Synapse workspace, the principals and the role assignments that the exchange mentions."""
        world, name = self.box.world, exchange.host.partition(".")[0]
        if world.synapse_workspace_named(name) is None:
            arm_id = names.synapse_workspace_id("00000000-0000-0000-0000-000000000000", "recorded", name)
            self._stand_by(f"{arm_id}/bigDataPools/any")
        told = exchange.body if isinstance(exchange.body, dict) else {}
        assignments = [one for one in (*told.get("value", ()), told) if "roleDefinitionId" in one]
        for assignment in assignments:
            world.directory[assignment["principalId"].lower()] = assignment.get("principalType", "")
            # A new workspace already has its two administrators.
            of_beginning = (
                assignment["roleDefinitionId"] == ADMINISTRATOR and assignment["scope"] == f"workspaces/{name}"
            )
            if exchange.method == "GET" and not of_beginning and world.roles.get(name, assignment["id"]) is None:
                world.roles.put(name, assignment)
        assignment_id = exchange.path.rpartition("/")[2]
        if exchange.method == "PUT" or (exchange.method == "GET" and exchange.status == 404):
            world.roles.remove(name, assignment_id)
        elif exchange.method == "DELETE" and exchange.status < 300 and world.roles.get(name, assignment_id) is None:
            written = [one.body for one in self._exchanges if one.path == exchange.path and one.status == 200]
            assert written, f"{exchange} removes an assignment that nothing in the recording tells of."
            world.roles.put(name, written[0])

    def _put_only(self, kind: str, recorded: Sequence[Document], scope: str = "") -> None:
        """Create these resources, and remove all others in a list's scope."""
        collection = self._collection(kind)
        wanted = told_apart(recorded)
        listed = {document["id"].lower() for document in wanted}
        for known in list(collection) if scope else []:
            is_within = known["id"].lower().startswith(scope.lower().split("/providers/")[0])
            if is_within and known["id"].lower() not in listed:
                collection.remove(known["id"])
        for document in wanted:
            # What the sandbox created by a recorded PUT stays, so that its own result is compared.
            if kind not in WRITTEN or collection.get(document["id"]) is None:
                collection.put(MADE[kind][0](document))

    def _pages(self, first: Exchange) -> Iterator[list[Document]]:
        """Yield the items of a recorded page and of those that follow it."""
        page: Exchange | None = first
        while page is not None:
            yield page.body["value"]
            link, later = page.body.get("nextLink"), self._exchanges[page.index + 1 :]
            page = next((one for one in later if link and one.url == link), None)

    def _collection(self, kind: str) -> ResourceCollection:
        collection = getattr(self.box.world, MADE[kind][1])
        assert isinstance(collection, ResourceCollection)
        return collection

    def _before_write(self, exchange: Exchange) -> None:
        """Create the compute to change or remove the one to create; create its pool and identities."""
        world, body = self.box.world, exchange.body
        bodies = [other.body for other in self._exchanges if other.path == exchange.path and other.body]
        if exchange.method == "PUT" and body["properties"]["createdOn"] == body["properties"]["modifiedOn"]:
            world.computes.remove(exchange.path)
        elif world.computes.get(exchange.path) is None:
            assert bodies, f"{exchange} writes a compute that nothing in the recording tells of."
            world.computes.put(compute(bodies[-1]))
        if exchange.method != "PUT":
            return
        for arm_id in (exchange.sent.get("identity") or {}).get("userAssignedIdentities") or {}:
            world.identities.put(documents.user_assigned_identity(own_id(arm_id), "eastus"))
        pool = exchange.sent["properties"].get("resourceId") or ""
        if "/bigdatapools/" in pool.lower():
            self._stand_by(pool)
            world.spark_pools.put(documents.spark_pool(pool, "eastus", self.box.clock.now(), {}))

    def _before_write_of(self, kind: str, exchange: Exchange) -> None:
        """Remove the resource that the exchange creates: the first that names it does."""
        earlier = [one for one in self._exchanges[: exchange.index] if one.path == exchange.path and one.status < 300]
        if not earlier:
            self._collection(kind).remove(exchange.path)
        assert earlier or exchange.method == "PUT", f"{exchange} deletes a {kind} that nothing in the recording shows."

    def _script(self, write: Exchange, poll: Exchange) -> None:
        """Make the write's operation end as its recorded poll shows."""
        operation = operation_id(write.headers.get("azure-asyncoperation", ""))
        told = poll.body or {}
        if operation and operation == operation_id(poll.url) and told.get("status") in ("Failed", "Canceled"):
            error = poll.body.get("error") or {"code": "", "message": ""}
            outcome = Outcome(poll.body["status"], error["code"], error["message"])
            self.box.faults.add(Rule(outcome, write.method, re.escape(write.path)))

    def _is_under_way(self, exchange: Exchange) -> bool:
        """Return whether the recorded response shows a resource with a running operation."""
        properties = exchange.body.get("properties") if isinstance(exchange.body, dict) else None
        state = (properties or {}).get("provisioningState")
        return exchange.method == "GET" and state in RUNNING


def body_of_request(exchange: Exchange) -> bytes:
    """Return the recorded request's body as bytes."""
    return body_of(Exchange(**{**vars(exchange), "body": exchange.sent}))


async def sent(box: Sandbox, method: str, url: str, body: bytes, continuation: str = "") -> Response | None:
    """Return the sandbox's response, or None if it has no such host, path or method."""
    headers = {"Authorization": "Bearer not-a-token", "Content-Type": "application/json"}
    if continuation:
        headers["x-ms-continuation"] = continuation
    try:
        response = await box.handle(Request(method, url, headers, body))
    except RequestLostError:
        return None
    is_unknown = response.status == 404 and b"The requested path" in response.body
    return None if is_unknown or response.status == 405 else response


def parts(exchange_operation: str, body: Any) -> list[tuple[str, Any]]:
    """Return the parts of a body, each with a key that is the same for the same kind and state."""
    if exchange_operation in LISTED and isinstance(body, dict) and "value" in body:
        envelope = {**body, "value": []}
        items = [(_key(item), item) for item in body["value"]]
        return [(exchange_operation, envelope), *items]
    return [(_key(body) or exchange_operation, body)]


def _poll(url: str) -> tuple[str, str]:
    """Return what a link to an operation asks for, its status or its result, and the operation's id."""
    *_, kind, operation = urlsplit(url).path.split("/")
    return kind, operation


def _key(document: Any) -> str:
    if not isinstance(document, dict) or "id" not in document or "type" not in document:
        return ""
    told = document.get("properties") or {}
    is_new = "createdOn" in told and told["createdOn"] == told.get("modifiedOn")
    is_new |= "creationDate" in told and "lastSucceededTimestamp" not in told
    state = f"{told.get('provisioningState', '')}{', new' if is_new else ''}"
    return f"{kind_of(document)} {state}".strip()


def kind_of(document: Any) -> str:
    """Return the type and kind of a resource."""
    if not isinstance(document, dict) or "type" not in document:
        return ""
    told = document.get("properties") or {}
    return f"{document['type']} {told.get('computeType') or document.get('kind') or ''}".strip()


def moment_of(exchange: Exchange) -> datetime:
    """Return when the response was recorded."""
    return parsedate_to_datetime(exchange.headers["date"])
