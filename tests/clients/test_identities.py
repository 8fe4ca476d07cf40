"""The Azure CLI and Microsoft's package for Python create, show and delete identities in the served sandbox."""

from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.msi.v2024_11_30.models import Identity

from tests.clients.test_azure_cli import Az
from tests.support.served import Served
from tui.sandbox.names import TENANT_ID, identity_id

pytestmark = pytest.mark.clients

GROUP = ("--resource-group", "rg-ml")


@pytest.fixture(scope="module")
def az(az_python: Path, served: Served, tmp_path_factory: pytest.TempPathFactory) -> Az:
    """The Azure CLI, signed in to the sandbox."""
    az = Az(az_python, served, tmp_path_factory.mktemp("az-identities"))
    az.register(served)
    az.sign_in(served)
    return az


def test_the_cli_creates_shows_lists_and_deletes_an_identity(az: Az, served: Served) -> None:
    made = az("identity", "create", *GROUP, "--name", "id-cli", "--location", "eastus2", "--tags", "team=data", "x=y z")
    assert made["id"] == identity_id(served.subscription, "rg-ml", "id-cli")
    assert (made["location"], made["tags"], made["tenantId"]) == ("eastus2", {"team": "data", "x": "y z"}, TENANT_ID)
    assert az("identity", "show", *GROUP, "--name", "id-cli") == made
    assert az("identity", "show", "--ids", made["id"])["principalId"] == made["principalId"]
    assert made["clientId"] in {one["clientId"] for one in az("identity", "list", *GROUP)}
    again = az("identity", "create", *GROUP, "--name", "id-cli", "--location", "eastus2")
    assert (again["principalId"], again["tags"]) == (made["principalId"], {})
    az("identity", "delete", *GROUP, "--name", "id-cli")
    gone = az.run("identity", "show", *GROUP, "--name", "id-cli")
    assert gone.returncode == 3
    assert "(ResourceNotFound)" in gone.stderr


def test_the_cli_is_told_why_an_identity_is_not_created(az: Az) -> None:
    for words, code in (
        (("--resource-group", "rg-gone", "--name", "id-cli"), "ResourceGroupNotFound"),
        ((*GROUP, "--name", "id-adhoc", "--location", "westeurope"), "InvalidResourceLocation"),
    ):
        found = az.run("identity", "create", "--location", "eastus2", *words)
        assert found.returncode != 0
        assert f"({code})" in found.stderr


def test_a_role_is_granted_to_an_identity_that_the_cli_has_just_created(az: Az) -> None:
    made = az("identity", "create", *GROUP, "--name", "id-granted", "--location", "eastus2")
    role = az(
        *("synapse", "role", "assignment", "create", "--workspace-name", "syn-prod", "--role", "Synapse Administrator"),
        *("--assignee-object-id", made["principalId"], "--item-type", "bigDataPools", "--item", "churnpool"),
    )
    assert role["principalId"] == made["principalId"]


def test_microsofts_package_creates_reads_lists_and_deletes_an_identity(served: Served) -> None:
    credential = ClientSecretCredential(
        served.tenant,
        served.client_id,
        served.client_secret,
        authority=served.login,
        disable_instance_discovery=True,
        connection_verify=served.ca_file,
    )
    scope = f"{served.resource_manager}/.default"
    client = ManagedServiceIdentityClient(
        credential,
        served.subscription,
        base_url=served.resource_manager,
        credential_scopes=[scope],
        connection_verify=served.ca_file,
    )
    with client:
        identities = client.user_assigned_identities
        made = identities.create_or_update("rg-ml", "id-package", Identity(location="eastus2", tags={"it's": "é"}))
        assert made.id == identity_id(served.subscription, "rg-ml", "id-package")
        assert made.tags == {"it's": "é"}
        assert identities.get("rg-ml", "ID-PACKAGE").principal_id == made.principal_id
        assert "id-package" in [one.name for one in identities.list_by_subscription()]
        with pytest.raises(HttpResponseError, match="InvalidResourceLocation"):
            identities.create_or_update("rg-ml", "id-package", Identity(location="westeurope"))
        identities.delete("rg-ml", "id-package")
        with pytest.raises(ResourceNotFoundError):
            identities.get("rg-ml", "id-package")
        identities.delete("rg-ml", "id-package")
