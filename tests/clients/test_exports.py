"""Exports run with their clients against the served sandbox, also when a step fails."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.clients.environments import python_with
from tests.clients.requirements import AZURE_AI_ML
from tests.clients.test_azure_ai_ml import SCRIPT
from tests.clients.test_azure_cli import RESOLVER
from tests.operations.test_exports_run import FIRST, PLANS, SECOND
from tests.support.export_runs import OLD, Azure
from tests.support.served import Served, raw, request
from tui.domain.clouds import CloudProfile
from tui.domain.exports.az import commands
from tui.domain.exports.sdk import code
from tui.domain.plan import Plan
from tui.domain.roles import ADMINISTRATOR, RoleScope

pytestmark = pytest.mark.clients

SECONDS = 300
VERSION = "2023-04-01"
ROLES_VERSION = "2020-12-01"
COMPUTE = "identity of one without local authentication"


def cloud_of(served: Served, name: str) -> CloudProfile:
    suffix = f"synapse.localhost:{urlsplit(served.resource_manager).port}"
    scope, synapse = "https://management.azure.com/.default", "https://dev.azuresynapse.net/.default"
    return CloudProfile(name, served.login, served.resource_manager, scope, suffix, synapse, False)


@dataclass
class World:
    """A served sandbox with the role that the plans remove, and the writes that it received."""

    served: Served
    log: Path

    def writes(self) -> list[tuple[str, str]]:
        found = []
        for line in self.log.read_text().splitlines():
            told = json.loads(line)
            path = urlsplit(told["url"]).path
            if told["method"] in ("PUT", "DELETE") and ("/computes/" in path or "/roleAssignments/" in path):
                found.append((told["method"], path.rpartition("/")[2]))
        return found[2:]

    def ask(self, method: str, url: str, body: Any = None, scope: str = "https://management.azure.com") -> bytes:
        path = url.removeprefix(self.served.resource_manager)
        with self.served.token(f"{scope}/.default") as token:
            sent = json.dumps(body).encode() if body is not None else b""
            headers = {"Content_Type": "application/json"} if sent else {}
            return raw(self.served, request(method, path, token, sent, **headers))


@pytest.fixture(params=[None, "PUT /roleAssignments/", "PUT /computes/churn$", "DELETE /roleAssignments/"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A sandbox that refuses one kind of write, or none."""
    log, faults = tmp_path / "requests", tmp_path / "faults.json"
    rules = []
    if request.param:
        method, _, path = request.param.partition(" ")
        # The first write of each kind prepares the sandbox.
        rules = [
            {
                "fault": "answer",
                "status": 403,
                "code": "AuthorizationFailed",
                "message": "No.",
                "method": method,
                "path": path,
                "after": 0 if method == "DELETE" else 1,
                "times": "all",
            }
        ]
    faults.write_text(json.dumps({"rules": rules}))
    with Served("--speed", "10000", "--requests", str(log), "--faults", str(faults)) as served:
        world = World(served, log)
        azure = Azure()
        compute = azure.compute("churn")
        document = compute.raw["properties"]
        body = {
            "location": compute.location,
            "identity": {
                "type": "UserAssigned",
                "userAssignedIdentities": {str(one.id): {} for one in compute.identity.user_assigned},
            },
            "properties": {
                "computeType": "SynapseSpark",
                "resourceId": document["resourceId"],
                "disableLocalAuth": True,
            },
        }
        made = world.ask("PUT", f"{compute.id}?api-version={VERSION}", body)
        assert made.startswith(b"HTTP/1.1 201 "), made
        scope = str(RoleScope.of_pool(azure.pool("churnpool")))
        held = {"roleId": ADMINISTRATOR.id, "principalId": azure.principal("id-churn-b").object_id, "scope": scope}
        place = f"/synapse/syn-prod/roleAssignments/{OLD}?api-version={ROLES_VERSION}"
        granted = world.ask("PUT", place, held, "https://dev.azuresynapse.net")
        assert granted.startswith(b"HTTP/1.1 200 "), granted
        yield world


def expected(param: str | None) -> list[tuple[str, str]]:
    """The writes that reach Azure: two grants, the compute and the removal, up to the first refusal."""
    whole = [("PUT", FIRST), ("PUT", SECOND), ("PUT", "churn"), ("DELETE", OLD)]
    stops = {None: 4, "PUT /roleAssignments/": 1, "PUT /computes/churn$": 3, "DELETE /roleAssignments/": 4}
    return whole[: stops[param]]


def plan(name: str) -> Plan:
    return Plan.of(PLANS[name](Azure()))


def param_of(request: pytest.FixtureRequest) -> str | None:
    found: str | None = request.node.callspec.params["world"]
    return found


def test_the_shell_export_runs_with_the_azure_cli(
    az_python: Path, world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    served = world.served
    program = tmp_path / "bin" / "az"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{az_python}" -m azure.cli "$@"\n')
    program.chmod(0o755)
    environment = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AZURE_CONFIG_DIR": str(tmp_path / "az"),
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "AZURE_CORE_INSTANCE_DISCOVERY": "false",
        "REQUESTS_CA_BUNDLE": served.ca_file,
        "PYTHONPATH": str(RESOLVER),
    }

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=SECONDS, check=False
        )

    run("az", "cloud", "register", "--name", "Sandbox", "--endpoint-resource-manager", served.resource_manager)
    run("az", "cloud", "set", "--name", "Sandbox")
    secret = f"--password={served.client_secret}"
    run("az", "login", "--service-principal", "-u", served.client_id, secret, "--tenant", served.tenant)
    done = run("sh", "-c", commands(plan(COMPUTE), cloud_of(served, "Sandbox")))
    assert world.writes() == expected(param_of(request)), done.stderr
    assert (done.returncode == 0) is (param_of(request) is None), done.stderr


@pytest.mark.parametrize("name", ["identity with its roles"])
def test_the_python_export_runs_with_azure_ai_ml(world: World, tmp_path: Path, name: str, request: Any) -> None:
    served = world.served
    python = python_with(
        AZURE_AI_ML, "azure-identity==1.27.0", "azure-mgmt-msi==7.1.0", "azure-synapse-accesscontrol==0.7.0"
    )
    file = tmp_path / "export.py"
    file.write_text(code(plan(name), cloud_of(served, "SparkpoolSandbox")), "utf-8")
    where = {key: served.told[key] for key in ("subscription", "resource_group", "workspace")}
    done = subprocess.run(
        [str(python), str(SCRIPT)],
        input=json.dumps([where, [{"do": "run", "file": str(file)}]]),
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AZURE_TENANT_ID": served.tenant,
            "AZURE_CLIENT_ID": served.client_id,
            "AZURE_CLIENT_SECRET": served.client_secret,
            "REQUESTS_CA_BUNDLE": served.ca_file,
            "ARM_CLOUD_METADATA_URL": served.cloud_metadata,
            "PYTHONPATH": str(RESOLVER),
        },
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    assert world.writes() == expected(param_of(request)), told
    assert ("gave" in told) is (param_of(request) is None), told
