"""The firewall of Synapse workspaces behind Resource Manager: its rules are kept, but keep nobody out here."""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import AddressValueError, IPv4Address

from tui.sandbox import documents, versions
from tui.sandbox.errors import arm_error
from tui.sandbox.http import Document, Request, Response, empty_response, json_response
from tui.sandbox.operations import Kind, Operation, Operations
from tui.sandbox.routing import Call, Route, page
from tui.sandbox.synapse import HEADERS, IN_GROUP, no_workspace, workspace_id
from tui.sandbox.synapse_operations import location, status_link
from tui.sandbox.world import World

MOST_RULES = 128
"""How many rules a workspace can have (documentation)."""


class FirewallRules:
    """The firewall rules of the Synapse resource provider; codes and sentences of refusals are chosen.

    `page_size` is the number of items on one page of a list.
    """

    api_versions = versions.SYNAPSE

    def __init__(self, world: World, operations: Operations, page_size: int) -> None:
        self.headers: Mapping[str, str] = HEADERS
        self._world = world
        self._operations = operations
        self._page_size = page_size
        rules = f"{IN_GROUP}/workspaces/{{workspace}}/firewallRules"
        self.routes = (
            Route(f"{rules}/{{rule}}", {"GET": self._get, "PUT": self._put, "DELETE": self._delete}),
            Route(rules, {"GET": self._list}),
        )

    def _list(self, call: Call) -> Response:
        if self._workspace(call) is None:
            return no_workspace(call)
        return page(call, self._rules(call), self._page_size)

    def _get(self, call: Call) -> Response:
        rule = self._rule(call)
        return json_response(200, rule) if rule else _no_rule(call)

    def _put(self, call: Call) -> Response:
        workspace = self._workspace(call)
        if workspace is None:
            return no_workspace(call)
        sent = _addresses(call.request)
        if sent is None:
            message = "The start and end IP addresses must be IPv4 addresses, and the start not after the end."
            return arm_error(400, "InvalidIpFirewallRule", message)
        existing = self._rule(call)
        if existing is None and len(self._rules(call)) >= MOST_RULES:
            return arm_error(400, "TooManyIpFirewallRules", f"A workspace can have at most {MOST_RULES} rules.")
        arm_id = existing["id"] if existing else f"{workspace['id']}/firewallRules/{call.names['rule']}"
        rule = documents.firewall_rule(arm_id, *sent, state="Provisioning")
        self._world.firewall_rules.put(rule)
        # 201 also for a change (recorded).
        return json_response(201, rule, self._started(call, "put", arm_id))

    def _delete(self, call: Call) -> Response:
        if self._workspace(call) is None:
            return no_workspace(call)
        rule = self._rule(call)
        if rule is None:
            return Response(204)  # one of the specification's answers; which one is unrecorded
        self._show(rule, "Deleting")
        return empty_response(202, self._started(call, "delete", rule["id"]))

    def _started(self, call: Call, kind: Kind, arm_id: str) -> Mapping[str, str]:
        """Start the operation of a write, and return the headers that announce it."""
        operation = self._operations.start(kind, arm_id, call.outcome, self._end)
        return {**status_link(call, operation), **location(call, operation)}

    def _end(self, operation: Operation, _: datetime) -> None:
        """Remove the rule, or show how the operation ended."""
        rule = self._world.firewall_rules.get(operation.resource_id)
        if rule is None:
            return
        if operation.has_removed:
            self._world.firewall_rules.remove(operation.resource_id)
        elif not self._operations.running_on(operation.resource_id):
            succeeded = operation.outcome.status == "Succeeded"
            failed = "DeleteError" if operation.kind == "delete" else "Failed"  # the specification's words
            self._show(rule, "Succeeded" if succeeded else failed)

    def _show(self, rule: Document, state: str) -> None:
        self._world.firewall_rules.put({**rule, "properties": {**rule["properties"], "provisioningState": state}})

    def _workspace(self, call: Call) -> Document | None:
        return self._world.synapse_workspaces.get(workspace_id(call))

    def _rules(self, call: Call) -> list[Document]:
        return self._world.firewall_rules.under(workspace_id(call))

    def _rule(self, call: Call) -> Document | None:
        return self._world.firewall_rules.get(f"{workspace_id(call)}/firewallRules/{call.names['rule']}")


def _addresses(request: Request) -> tuple[str, str] | None:
    """The first and the last address that the body names; None if they are not a range."""
    try:
        sent = request.json()
        told = (sent.get("properties") or {}) if isinstance(sent, dict) else {}
        start, end = (IPv4Address(told.get(member)) for member in ("startIpAddress", "endIpAddress"))
    except (ValueError, AddressValueError, AttributeError):
        return None
    return (str(start), str(end)) if start <= end else None


def _no_rule(call: Call) -> Response:
    """The 404 for a missing rule (recorded)."""
    return arm_error(404, "IpFirewallRuleNotFound", f"{call.names['workspace']}/{call.names['rule']}")
