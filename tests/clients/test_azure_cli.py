"""The Azure CLI signs in to the served sandbox, registered as a cloud, and manages Synapse roles there.

`az ml` is not tested: its extension is not on the package index, and it wraps azure-ai-ml, which is tested.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import Served
from tui.sandbox.names import USER_NAME, USER_OBJECT_ID, identity_id
from tui.sandbox.seed import make_world
from tui.sandbox.synapse_roles import ADMINISTRATOR

pytestmark = pytest.mark.clients

SECONDS = 120

RESOLVER = Path(__file__).parent / "resolver"

WORLD = make_world()
ADHOC = WORLD.identities.get(identity_id(WORLD.default.subscription_id, "rg-ml", "id-adhoc"))
assert ADHOC is not None
PRINCIPAL = ADHOC["properties"]["principalId"]


class Az:
    """The Azure CLI with its own configuration."""

    def __init__(self, python: Path, served: Served, folder: Path) -> None:
        self._python = python
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AZURE_CONFIG_DIR": str(folder),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_CORE_INSTANCE_DISCOVERY": "false",
            "REQUESTS_CA_BUNDLE": served.ca_file,
            "PYTHONPATH": str(RESOLVER),
        }

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self._python), "-m", "azure.cli", *words, "--output", "json"],
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=SECONDS,
            check=False,
        )

    def __call__(self, *words: str) -> Any:
        """Run a command that must succeed, and return its output."""
        found = self.run(*words)
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout) if found.stdout.strip() else None

    def register(self, served: Served) -> None:
        """Make the sandbox the cloud that it uses."""
        self("cloud", "register", "--name", "Sandbox", "--endpoint-resource-manager", served.resource_manager)
        self("cloud", "set", "--name", "Sandbox")

    def sign_in(self, served: Served) -> Any:
        """Sign in as the sandbox's application, and return its subscriptions."""
        secret = f"--password={served.client_secret}"
        return self("login", "--service-principal", "-u", served.client_id, secret, "--tenant", served.tenant)


@pytest.fixture(scope="module")
def unsigned(az_python: Path, served: Served, tmp_path_factory: pytest.TempPathFactory) -> Az:
    """The Azure CLI with the sandbox registered as its cloud, not signed in."""
    az = Az(az_python, served, tmp_path_factory.mktemp("az"))
    az.register(served)
    return az


@pytest.fixture(scope="module")
def az(unsigned: Az, served: Served) -> Az:
    assert "Contoso Prod" in {subscription["name"] for subscription in unsigned.sign_in(served)}
    return unsigned


def roles(az: Az, *words: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = az("synapse", "role", "assignment", "list", "--workspace-name", "syn-prod", *words)
    return found


def test_spark_pools_and_identities_are_listed(az: Az) -> None:
    pools = az("synapse", "spark", "pool", "list", "--workspace-name", "syn-prod", "--resource-group", "rg-data")
    assert {(pool["name"], pool["sparkVersion"]) for pool in pools} >= {("etlpool", "3.5"), ("churnpool", "3.4")}
    identities = az("identity", "list")
    assert PRINCIPAL in {identity["principalId"] for identity in identities}


def test_a_role_is_granted_by_name_listed_by_scope_and_removed(az: Az) -> None:
    grant = (
        "synapse", "role", "assignment", "create", "--workspace-name", "syn-prod", "--role", "Synapse Administrator",
        "--assignee-object-id", PRINCIPAL, "--item-type", "bigDataPools", "--item", "etlpool",
    )  # fmt: skip
    made = az(*grant)
    scope = "workspaces/syn-prod/bigDataPools/etlpool"
    assert (made["scope"], made["roleDefinitionId"], made["principalId"]) == (scope, ADMINISTRATOR, PRINCIPAL)
    again = az.run(*grant)
    # The CLI means to accept a duplicate, but looks for a different code than Synapse sends.
    assert again.returncode != 0
    assert "RoleAssignmentAlreadyExists" in again.stderr
    assert made["id"] in {one["id"] for one in roles(az, "--scope", scope)}
    assert {one["scope"] for one in roles(az, "--scope", scope)} == {"workspaces/syn-prod", scope}
    assert [one["id"] for one in roles(az, "--assignee-object-id", PRINCIPAL)] == [made["id"]]
    az("synapse", "role", "assignment", "delete", "--workspace-name", "syn-prod", "--ids", made["id"], "--yes")
    assert roles(az, "--assignee-object-id", PRINCIPAL) == []


def test_the_built_in_roles_and_their_scopes_are_listed(az: Az) -> None:
    found = az("synapse", "role", "definition", "list", "--workspace-name", "syn-prod")
    assert len(found) == 11
    scopes = az("synapse", "role", "scope", "list", "--workspace-name", "syn-prod")
    assert "workspaces/{workspaceName}/bigDataPools/{bigDataPoolName}" in scopes


def test_without_a_synapse_role_the_cli_shows_the_missing_permission(az: Az) -> None:
    found = az.run("synapse", "role", "assignment", "list", "--workspace-name", "syn-lab")
    assert found.returncode != 0
    assert "(Unauthorized)" in found.stderr
    assert "Microsoft.Synapse/workspaces/read, Scope: workspaces/syn-lab/*" in found.stderr


def test_a_user_signs_in_with_a_device_code(
    az_python: Path, served: Served, tmp_path_factory: pytest.TempPathFactory
) -> None:
    az = Az(az_python, served, tmp_path_factory.mktemp("az-person"))
    az.register(served)
    found = az("login", "--use-device-code", "--tenant", served.tenant)
    assert {subscription["user"]["name"] for subscription in found} == {USER_NAME}
    assert USER_OBJECT_ID in {one["principalId"] for one in roles(az, "--role", ADMINISTRATOR)}


def test_a_virtual_machine_signs_in_with_its_identity(
    az_python: Path, served: Served, tmp_path_factory: pytest.TempPathFactory
) -> None:
    az = Az(az_python, served, tmp_path_factory.mktemp("az-machine"))
    az.environment |= {"IDENTITY_ENDPOINT": served.identity_endpoint, "IDENTITY_HEADER": served.identity_header}
    az.register(served)
    found = az("login", "--identity")
    assert {subscription["user"]["type"] for subscription in found} == {"servicePrincipal"}
