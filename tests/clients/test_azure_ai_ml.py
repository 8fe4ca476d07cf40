"""azure-ai-ml's MLClient runs every Python example of the documentation against the served sandbox."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import Served, raw, request, workspace
from tui.cloud.mapping import compute_from
from tui.domain.attachment import Attachment
from tui.domain.exports.az import specification
from tui.domain.exports.sdk import code
from tui.domain.exports.target import described
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.workspaces import Workspace
from tui.sandbox.names import identity_id, spark_pool_id
from tui.sandbox.seed import make_world

pytestmark = pytest.mark.clients

SCRIPT = Path(__file__).parent / "scripts" / "ml_client.py"

WORLD = make_world()
PROD = WORLD.default.subscription_id
POOL = spark_pool_id(PROD, "rg-data", "syn-prod", "adhocpool")
READER, WRITER = (identity_id(PROD, "rg-ml", name) for name in ("id-etl-read", "id-etl-prod"))
SECONDS = 240

PLAIN = {"do": "put", "pool": POOL}
SYSTEM = {**PLAIN, "kind": "SystemAssigned"}
USER = {**PLAIN, "kind": "UserAssigned", "user_assigned": [READER, WRITER]}


class Client:
    """azure-ai-ml in its own process."""

    def __init__(self, python: Path, served: Served, where: dict[str, str] | None = None) -> None:
        self._python = python
        self._served = served
        told = served.told
        self.where = {key: told[key] for key in ("subscription", "resource_group", "workspace")} | (where or {})

    def does(self, *steps: dict[str, Any]) -> list[dict[str, Any]]:
        """Run the steps, and return what each returned or raised."""
        told = self._served.told
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "AZURE_TENANT_ID": told["tenant"],
            "AZURE_CLIENT_ID": told["client_id"],
            "AZURE_CLIENT_SECRET": told["client_secret"],
            "AZURE_AUTHORITY_HOST": told["login"],
            "REQUESTS_CA_BUNDLE": told["ca_file"],
            "ARM_CLOUD_METADATA_URL": told["cloud_metadata"],
        }
        found = subprocess.run(
            [str(self._python), str(SCRIPT)],
            input=json.dumps([self.where, steps]),
            capture_output=True,
            text=True,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
        assert found.returncode == 0, found.stderr
        given: list[dict[str, Any]] = json.loads(found.stdout)
        return given


@pytest.fixture
def client(ml_python: Path, served: Served) -> Client:
    return Client(ml_python, served)


def stored(served: Served, name: str) -> tuple[int, Any]:
    """The status and the body with which the sandbox answers for a compute."""
    with served.token() as token:
        answer = raw(served, request("GET", f"{workspace(served)}/computes/{name}?api-version=2023-04-01", token))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body else None


def test_a_spark_pool_is_attached_without_an_identity_read_and_detached(client: Client, served: Served) -> None:
    attached, read = client.does({**PLAIN, "name": "ml-plain"}, {"do": "get", "name": "ml-plain"})
    assert attached == read
    assert attached["gave"] | {"type": "synapsespark", "name": "ml-plain", "identity": None} == attached["gave"]
    assert (attached["gave"]["spark_version"], attached["gave"]["node_count"]) == ("3.5", 3)
    compute = stored(served, "ml-plain")[1]
    assert "identity" not in compute
    assert compute["properties"]["resourceId"] == POOL
    detached, gone = client.does({"do": "detach", "name": "ml-plain"}, {"do": "get", "name": "ml-plain"})
    assert detached == {"gave": None}
    assert gone["raised"] == "ResourceNotFoundError"
    assert stored(served, "ml-plain") == (404, None)


def test_a_system_assigned_identity_is_accepted_in_the_clients_own_spelling(client: Client, served: Served) -> None:
    (attached,) = client.does({**SYSTEM, "name": "ml-system"})
    assert attached["gave"]["identity"] == "system_assigned"
    identity = stored(served, "ml-system")[1]["identity"]
    assert identity["type"] == "SystemAssigned"
    assert identity["principalId"]


def test_user_assigned_identities_need_a_different_class_than_documented(client: Client, served: Served) -> None:
    documented, attached = client.does({"do": "documented import"}, {**USER, "name": "ml-user"})
    # The documentation imports a class that the package does not have.
    assert documented["raised"] == "ImportError"
    assert attached["gave"]["identity"] == "user_assigned"
    identity = stored(served, "ml-user")[1]["identity"]
    assert identity["type"] == "UserAssigned"
    assert {arm_id.lower() for arm_id in identity["userAssignedIdentities"]} == {READER.lower(), WRITER.lower()}


def test_the_same_call_updates_the_identity_of_an_attached_pool(client: Client, served: Served) -> None:
    name = {"name": "ml-update"}
    given = client.does({**PLAIN, **name}, {**SYSTEM, **name}, {**USER, **name})
    assert [one["gave"]["identity"] for one in given] == [None, "system_assigned", "user_assigned"]
    compute = stored(served, "ml-update")[1]
    assert compute["identity"]["type"] == "UserAssigned"
    assert compute["properties"]["createdOn"] < compute["properties"]["modifiedOn"]


def test_the_client_replaces_a_given_location_with_the_workspaces_location(client: Client, served: Served) -> None:
    (attached,) = client.does({**PLAIN, "name": "ml-location", "location": "westeurope"})
    assert attached["gave"]["location"] == "eastus2"


def test_computes_of_all_types_are_listed(ml_python: Path, served: Served) -> None:
    dev = next(found for found in WORLD.subscriptions if found["displayName"] == "Contoso Dev")
    where = {"subscription": dev["subscriptionId"], "resource_group": "rg-dev", "workspace": "aml-dev"}
    (listed,) = Client(ml_python, served, where).does({"do": "list"})
    assert {(one["name"], one["type"]) for one in listed["gave"]} == {
        ("dev", "synapsespark"),
        ("dev-cluster", "amlcompute"),
    }


def test_one_failed_attach_breaks_the_clients_whole_list_because_of_a_client_bug(client: Client) -> None:
    listed, read = client.does({"do": "list"}, {"do": "get", "name": "scoring"})
    # It reads the Spark pool's properties, which a failed attach does not have.
    assert listed["raised"] == read["raised"] == "AttributeError"
    assert "auto_scale_properties" in read["message"]


def test_a_long_list_is_read_with_the_clients_own_api_version(ml_python: Path) -> None:
    with Served("--size", "250", "--speed", "10000") as large:
        # The two computes that the client cannot read are detached first.
        with large.token() as token:
            for name in ("scoring", "half-written"):
                target = f"{workspace(large)}/computes/{name}?api-version=2023-04-01&underlyingResourceAction=Detach"
                assert raw(large, request("DELETE", target, token)).startswith(b"HTTP/1.1 202 ")
        (listed,) = Client(ml_python, large).does({"do": "list"})
    assert "gave" in listed, listed
    assert len(listed["gave"]) == 248
    assert len({one["name"] for one in listed["gave"]}) == 248


def attachment(served: Served, name: str, kind: IdentityKind) -> Attachment:
    identities = tuple(ResourceId.parse(arm_id) for arm_id in (READER, WRITER)) if kind.has_user else ()
    where = ml_workspace_id(served.subscription, served.resource_group, served.workspace)
    return Attachment(
        workspace=Workspace(id=where, location="eastus2"),
        name=name,
        pool=ResourceId.parse(POOL),
        identity=IdentityChoice(kind, identities),
        description='Nightly: "etl" #1 — 構成',
        tags={"team": "data", "cost": "42", "yes": "no"},
    )


@pytest.mark.parametrize("kind", list(IdentityKind))
@pytest.mark.parametrize("language", ["yaml", "python"])
def test_an_export_of_the_wizard_attaches_the_same_compute_as_the_wizard(
    client: Client, served: Served, tmp_path: Path, kind: IdentityKind, language: str
) -> None:
    name = f"ml-{language[0]}-{kind.name.lower()[:8]}".rstrip("_").replace("_", "-")
    wanted = attachment(served, name, kind)
    file = tmp_path / ("spec.yml" if language == "yaml" else "attach.py")
    write = specification if language == "yaml" else code
    file.write_text(write(Plan.of([wanted])), encoding="utf-8")
    (done,) = client.does({"do": "load" if language == "yaml" else "run", "file": str(file)})
    assert "gave" in done, done
    compute = stored(served, name)[1]
    sent = wanted.document()
    identity = compute.get("identity") or {}
    assert identity.get("type") == sent.get("identity", {}).get("type")
    assert {arm_id.lower() for arm_id in identity.get("userAssignedIdentities", {})} == {
        arm_id.lower() for arm_id in sent.get("identity", {}).get("userAssignedIdentities", {})
    }
    assert compute["properties"]["resourceId"] == sent["properties"]["resourceId"]
    assert compute["properties"]["description"] == sent["properties"]["description"]
    assert (compute["location"], compute["tags"]) == (sent["location"], sent["tags"])


def test_attaching_the_spec_file_of_an_attached_pool_again_changes_nothing(
    client: Client, served: Served, tmp_path: Path
) -> None:
    (attached,) = client.does({**USER, "name": "ml-again"})
    assert "gave" in attached, attached
    before = stored(served, "ml-again")[1]
    file = tmp_path / "again.yml"
    file.write_text(specification(described(compute_from(before))), encoding="utf-8")
    (again,) = client.does({"do": "load", "file": str(file)})
    assert "gave" in again, again
    after = stored(served, "ml-again")[1]
    before["properties"].pop("modifiedOn")
    after["properties"].pop("modifiedOn")
    assert after == before
