"""Clients of Microsoft grant, list and remove Azure roles and locks in the served sandbox: Python, JavaScript, az."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import python_with
from tests.clients.running import SCRIPTS, run, run_javascript
from tests.clients.test_azure_cli import Az
from tests.support.authorization import GUIDS, HOME, LAKE, SUBSCRIPTION, principal_named
from tests.support.served import Served
from tui.sandbox.azure_roles import BLOB_DATA_CONTRIBUTOR, CONTRIBUTOR
from tui.sandbox.box import Sandbox

pytestmark = pytest.mark.clients

PYTHON = ("azure-mgmt-authorization==4.0.0", "azure-mgmt-resource-locks==1.0.0", "azure-identity==1.27.0")
JAVASCRIPT = ("@azure/arm-authorization@9.0.0", "@azure/arm-locks@2.1.0", "@azure/identity@4.14.1")

PRINCIPAL = principal_named(Sandbox(), "id-adhoc")


ASKED = {
    "scope": HOME,
    "principal": PRINCIPAL,
    "role": "storage blob data contributor",
    "name": GUIDS[0],
    "other_name": GUIDS[1],
}


def check(shown: dict[str, Any]) -> None:
    assert shown["role"] == BLOB_DATA_CONTRIBUTOR
    assert shown["made"] == [GUIDS[0], "ServicePrincipal", HOME]
    assert shown["again"] == "RoleAssignmentExists"
    assert shown["held"] == [[HOME, True]]
    assert {HOME, SUBSCRIPTION} <= set(shown["inherited"])
    assert shown["read"] == PRINCIPAL
    assert shown["removed"] == GUIDS[0]
    assert shown["missing"] == "RoleAssignmentNotFound"
    assert shown["actions"] == [["*"]]
    assert shown["locks"] == ["gpu-freeze", "keep-lab"]
    assert shown["lock"] == ["keep", "ReadOnly"]
    assert shown["locked"] == "ScopeLocked"


def test_the_python_clients_grant_lock_and_clean_up(served: Served) -> None:
    command = [str(python_with(*PYTHON)), str(SCRIPTS / "authorization.py")]
    check(run(command, {**served.told, **ASKED}, REQUESTS_CA_BUNDLE=served.ca_file))


def test_the_javascript_clients_grant_lock_and_clean_up(served: Served, tmp_path: Path) -> None:
    check(run_javascript(served, tmp_path, "authorization.mjs", JAVASCRIPT, ASKED))


@pytest.fixture(scope="module")
def az(az_python: Path, served: Served, tmp_path_factory: pytest.TempPathFactory) -> Az:
    found = Az(az_python, served, tmp_path_factory.mktemp("az-roles"))
    found.register(served)
    found.sign_in(served)
    return found


def listed(az: Az, *words: str) -> set[tuple[str, str]]:
    """The scope and role of the principal's assignments; az asks Microsoft Graph for names unless it must not."""
    found = az("role", "assignment", "list", "--fill-principal-name", "false", *words)
    return {(one["scope"], one["roleDefinitionName"]) for one in found if one["principalId"] == PRINCIPAL}


def test_the_cli_grants_by_name_lists_by_scope_and_removes(az: Az) -> None:
    grant = (
        "role", "assignment", "create", "--assignee-object-id", PRINCIPAL, "--assignee-principal-type",
        "ServicePrincipal", "--scope", HOME,
    )  # fmt: skip
    made = az(*grant, "--role", "Storage Blob Data Contributor")
    other = az(*grant, "--role", "Contributor")
    assert (made["scope"], made["principalType"]) == (HOME, "ServicePrincipal")
    assert made["roleDefinitionId"].endswith(f"/{BLOB_DATA_CONTRIBUTOR}")
    assert other["roleDefinitionId"].endswith(f"/{CONTRIBUTOR}")
    both = {(HOME, "Storage Blob Data Contributor"), (HOME, "Contributor")}
    assert listed(az, "--scope", HOME) == both
    assert listed(az, "--all") == both
    assert listed(az, "--scope", LAKE, "--include-inherited") == set()
    az("role", "assignment", "delete", "--ids", made["id"])
    az("role", "assignment", "delete", "--assignee-object-id", PRINCIPAL, "--role", "Contributor", "--scope", HOME)
    assert listed(az, "--all") == set()


def test_the_cli_shows_a_role_by_its_name(az: Az) -> None:
    (role,) = az("role", "definition", "list", "--name", "Storage Blob Data Contributor")
    assert (role["name"], len(role["permissions"][0]["dataActions"])) == (BLOB_DATA_CONTRIBUTOR, 5)


def test_the_cli_lists_locks_and_is_stopped_by_one(az: Az) -> None:
    assert {(lock["name"], lock["level"]) for lock in az("lock", "list")} == {
        ("gpu-freeze", "ReadOnly"),
        ("keep-lab", "CanNotDelete"),
    }
    assert [lock["name"] for lock in az("lock", "list", "--resource-group", "rg-lab")] == ["keep-lab"]
    az("lock", "create", "--name", "keep-data", "--lock-type", "CanNotDelete", "--resource-group", "rg-data")
    pool = ("--name", "etlold", "--workspace-name", "syn-prod", "--resource-group", "rg-data")
    refused = az.run("synapse", "spark", "pool", "delete", *pool, "--yes")
    assert refused.returncode != 0
    assert "ScopeLocked" in refused.stderr
    az("lock", "delete", "--name", "keep-data", "--resource-group", "rg-data")
    assert "keep-data" not in {lock["name"] for lock in az("lock", "list")}
