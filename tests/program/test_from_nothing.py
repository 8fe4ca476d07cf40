"""From a workspace without a Spark pool to a compute that is ready, key by key as a new user."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.served import Served, raw, request
from tests.support.served_program import served_sparkpool
from tests.support.terminal import Terminal

MOST_KEYS = 30
"""How many keys the journey may take, beside those that type names."""

ARM, SYNAPSE = "https://management.azure.com/.default", "https://dev.azuresynapse.net/.default"

# Time passes faster for Azure only, so that the program never waits longer than its own first poll.
_SPEED = "100"


class Azure:
    """The empty world, served, and what has changed in it since the start.

    Args:
        served: The served sandbox.
        requests: The file with its requests.
    """

    def __init__(self, served: Served, requests: Path) -> None:
        self._served = served
        self._requests = requests
        self._before = {**self._azure_roles(), **self._synapse_roles()}

    def asked(self, *methods: str) -> list[str]:
        """The paths of the requests with these methods, in order."""
        noted = map(json.loads, self._requests.read_text().splitlines())
        return [urlsplit(one["url"]).path for one in noted if one["method"] in methods]

    def granted_azure_roles(self) -> list[str]:
        """The scopes of the new Azure roles."""
        return sorted(scope for id_, scope in self._azure_roles().items() if id_ not in self._before)

    def granted_synapse_roles(self) -> list[str]:
        """The scopes of the new Synapse roles."""
        return sorted(scope for id_, scope in self._synapse_roles().items() if id_ not in self._before)

    def _azure_roles(self) -> dict[str, str]:
        path = f"/subscriptions/{self._served.subscription}/providers/Microsoft.Authorization/roleAssignments"
        found = self._read(f"{path}?api-version=2022-04-01", ARM)
        return {one["name"]: one["properties"]["scope"] for one in found}

    def _synapse_roles(self) -> dict[str, str]:
        path = urlsplit(self._served.synapse.format(workspace=self._served.synapse_workspace)).path
        return {
            one["id"]: one["scope"] for one in self._read(f"{path}/roleAssignments?api-version=2020-12-01", SYNAPSE)
        }

    def _read(self, target: str, scope: str) -> list[dict[str, Any]]:
        with self._served.token(scope) as token:
            found: list[dict[str, Any]] = json.loads(
                raw(self._served, request("GET", target, token)).partition(b"\r\n\r\n")[2]
            )["value"]
        return found


def _new_pool(terminal: Terminal) -> None:
    """Create the first Spark pool where one is to be chosen, and choose it."""
    terminal.shows("No computes in", "Press a to attach")
    terminal.press("a")
    terminal.shows("1 subscription")
    terminal.press("enter")
    terminal.shows("1 Synapse workspace")
    terminal.press("enter")
    terminal.shows("No Spark pools in")
    terminal.press("ctrl+n")
    terminal.shows("A new Spark pool in", "is supported until")
    terminal.press("jobs", "ctrl+s")
    terminal.shows("Nothing has been sent yet", "create pool")
    terminal.confirm("enter", "create pool jobs · Succeeded")
    terminal.press("esc")
    terminal.shows("1 Spark pool", "▌ jobs")
    terminal.press("enter")
    terminal.shows("Valid and available")
    terminal.press("enter")
    terminal.shows("Which managed identity", "▌ system-assigned")


def _system_assigned(terminal: Terminal) -> None:
    terminal.press("enter")


def _new_identity(terminal: Terminal) -> None:
    terminal.press("down", "enter")
    terminal.shows("2 user-assigned identities")
    terminal.press("ctrl+n")
    terminal.shows("A new managed identity in", "Resource groups with identities")
    terminal.press("id-jobs", "ctrl+s")
    terminal.shows("Nothing has been sent yet", "create identity")
    terminal.confirm("enter", "create identity id-jobs · Succeeded")
    terminal.press("esc")
    terminal.shows("Chosen, in this order: 1 id-jobs")
    terminal.press("tab")


def _attach_and_fix(terminal: Terminal) -> None:
    """Attach the Spark pool with the documented role, and grant the storage roles that are then missing."""
    terminal.shows("▌ grant Synapse Administrator", "you may grant")
    terminal.press("enter")
    terminal.shows("Nothing has been sent yet", "+ attach jobs")
    terminal.confirm("enter", "attach jobs · Succeeded")
    terminal.press("esc")
    terminal.shows("✖ no storage role")
    terminal.press("f")
    terminal.shows("Nothing has been sent yet", "2 storage accounts")
    terminal.confirm("enter", "Azure roles", "sparkpool  operations")
    terminal.press("esc")
    terminal.shows("● ready")


@pytest.mark.parametrize(
    ("choose_identity", "size"),
    [
        pytest.param(_system_assigned, (120, 40), id="system-assigned-120x40"),
        pytest.param(_new_identity, (80, 24), id="new-identity-80x24"),
    ],
)
def test_a_new_user_goes_from_nothing_to_ready_in_few_keys_and_grants_no_more_than_jobs_need(
    choose_identity: Callable[[Terminal], None], size: tuple[int, int], tmp_path: Path
) -> None:
    requests = tmp_path / "requests"
    with Served("--world", "empty", "--speed", _SPEED, "--requests", str(requests)) as served:
        azure = Azure(served, requests)
        with served_sparkpool(served, tmp_path, size=size) as terminal:
            _new_pool(terminal)
            choose_identity(terminal)
            _attach_and_fix(terminal)
            assert terminal.keys_pressed <= MOST_KEYS
            terminal.press("q")
            assert terminal.ended() == 0
        groups = f"/subscriptions/{served.subscription}/resourceGroups"
        accounts = [
            f"{groups}/{group}/providers/Microsoft.Storage/storageAccounts/{account}"
            for group, account in (("rg-data", "synprodlake"), ("rg-ml", "amlprodsa"))
        ]
        assert azure.granted_synapse_roles() == [f"workspaces/{served.synapse_workspace}/bigDataPools/jobs"]
        assert azure.granted_azure_roles() == sorted(3 * accounts)
        # A firewall rule or anything else of a network would be of another type.
        types = {path.split("/")[-2] for path in azure.asked("PUT")} - {"userAssignedIdentities"}
        assert types == {"bigDataPools", "computes", "roleAssignments"}
        assert azure.asked("PATCH", "DELETE") == []
        # A POST that only reads checks what the user may do in Synapse.
        assert {path.rpartition("/")[2] for path in azure.asked("POST")} <= {"checkAccessSynapseRbac"}
