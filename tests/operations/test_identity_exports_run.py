"""Exported az commands and Python create identities as the plan does, and stop where it stops."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.operations.test_exports_run import Azure, Make, applied, attach, exported, failing, together
from tests.operations.test_pool_scripts_run import RUN, SECONDS
from tests.support.az_program import AzProgram
from tests.support.served import Served, raw, request
from tui.domain.clouds import CloudProfile
from tui.domain.exports.az import commands
from tui.domain.exports.sdk import code
from tui.domain.identity import IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Plan, Request

HARD = {"team": "data", "it's": 'a "tag" $(id) `id`', "null": "null", "a.b": "{c:d}"}


def creation(azure: Azure, name: str = "id-new", **more: Any) -> IdentityCreation:
    return replace(IdentityCreation(azure.subscription, "rg-ml", name, "eastus2"), **more)


IDENTITY_PLANS: dict[str, Make] = {
    "new identity": lambda azure: [creation(azure)],
    "new identity with tags": lambda azure: [creation(azure, tags={"team": "data", "cost-center": "4.2"})],
    "new identity with hard tags": lambda azure: [creation(azure, tags=HARD)],
    "several identities and an attach": lambda azure: [
        creation(azure, tags=HARD),
        creation(azure, "id-other", location="westeurope"),
        attach(azure, IdentityKind.USER, "id-adhoc"),
    ],
}
STOPPED: dict[str, Make] = {
    "an identity whose name is taken": lambda azure: [creation(azure, "id-adhoc")],
    "one with hard tags whose name is taken": lambda azure: [creation(azure, "id-adhoc", tags=HARD)],
    "an identity in a resource group that is missing": lambda azure: [creation(azure, resource_group="rg-gone")],
    "one with hard tags in such a group": lambda azure: [creation(azure, resource_group="rg-gone", tags=HARD)],
}


def is_parallel(plan: str) -> bool:
    return plan.startswith("several")


@pytest.mark.parametrize("plan", IDENTITY_PLANS)
def test_the_az_commands_create_identities_as_the_plan_does(tmp_path: Path, plan: str) -> None:
    wanted = applied(IDENTITY_PLANS[plan])
    shell = ("sh", "bash")[list(IDENTITY_PLANS).index(plan) % 2]
    found, status = exported(tmp_path / shell, IDENTITY_PLANS[plan], shell=shell)
    assert status == 0
    parallel = is_parallel(plan)
    assert together(found, is_parallel=parallel) == together(wanted, is_parallel=parallel)
    assert found.state == wanted.state


@pytest.mark.parametrize("plan", IDENTITY_PLANS)
def test_the_az_commands_stop_where_the_plan_of_identities_stops(tmp_path: Path, plan: str) -> None:
    parallel = is_parallel(plan)
    cases = list(failing(IDENTITY_PLANS[plan], is_parallel=parallel))
    assert cases
    for number, (case, rule) in enumerate(cases):
        wanted = applied(IDENTITY_PLANS[plan], rule)
        found, status = exported(tmp_path / str(number), IDENTITY_PLANS[plan], rule)
        assert status != 0, case
        assert together(found, is_parallel=parallel) == together(wanted, is_parallel=parallel), case
        assert found.state == wanted.state, case


@pytest.mark.parametrize("plan", list(STOPPED))
def test_the_az_commands_send_nothing_where_the_plan_sends_nothing(tmp_path: Path, plan: str) -> None:
    wanted = applied(STOPPED[plan])
    found, status = exported(tmp_path / "run", STOPPED[plan])
    assert status != 0
    assert found == wanted
    assert wanted.writes == []


def test_the_az_commands_say_what_there_is_already(tmp_path: Path) -> None:
    azure = Azure()
    with AzProgram(tmp_path, azure.box) as program:
        done = program.run(commands(Plan.of(STOPPED["an identity whose name is taken"](azure))))
    assert done.stderr == "There is already an identity with this name; nothing was sent.\n"


@dataclass(frozen=True)
class Script:
    """An exported Python script after it ran.

    Attributes:
        status: Its exit status.
        error: What it wrote to its error output.
        puts: The names of the identities that it sent to Azure, in order.
        shown: The status and the body of a read of the first identity then.
    """

    status: int
    error: str
    puts: list[str]
    shown: tuple[bytes, Any]


def run_script(folder: Path, requests: list[Request], *rules: Mapping[str, Any]) -> Script:
    """Run the exported Python of a plan against the served sandbox, with faults."""
    log, faults, file = folder / "requests", folder / "faults.json", folder / "export.py"
    faults.write_text(json.dumps({"rules": rules}))
    with Served("--requests", str(log), "--faults", str(faults)) as served:
        scope = "https://management.azure.com/.default"
        cloud = CloudProfile("Sandbox", served.login, served.resource_manager, scope, "s", "s", False)
        file.write_text(code(Plan.of(requests), cloud), "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(file)],
            capture_output=True,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "AZURE_TENANT_ID": served.tenant,
                "AZURE_CLIENT_ID": served.client_id,
                "AZURE_CLIENT_SECRET": served.client_secret,
                "REQUESTS_CA_BUNDLE": served.ca_file,
            },
            timeout=SECONDS,
            check=False,
        )
        told = [json.loads(line) for line in log.read_text().splitlines()]
        puts = [urlsplit(one["url"]) for one in told if one["method"] == "PUT"]
        assert all(one.query == "api-version=2024-11-30" for one in puts), puts
        with served.token() as token:
            answer = raw(served, request("GET", f"{requests[0].id}?api-version=2024-11-30", token))
    head, _, body = answer.partition(b"\r\n\r\n")
    names = [one.path.rpartition("/")[2] for one in puts]
    return Script(done.returncode, done.stderr, names, (head.split()[1], json.loads(body)))


def test_the_python_script_creates_an_identity_as_the_plan_does(tmp_path: Path) -> None:
    azure = Azure()
    requests = IDENTITY_PLANS["new identity with hard tags"](azure)
    script = run_script(tmp_path, requests)
    assert (script.status, script.error, script.puts) == (0, "", ["id-new"])
    status, found = script.shown
    azure.run(Plan.of(requests))
    wanted = azure.box.world.identities.get(str(requests[0].id))
    assert status == b"200"
    assert wanted is not None
    assert {key: found[key] for key in ("id", "location", "tags")} == {
        key: wanted[key] for key in ("id", "location", "tags")
    }


def test_the_python_script_does_not_send_an_identity_again_whose_answer_is_lost(tmp_path: Path) -> None:
    lost = {"fault": "response-lost", "method": "PUT", "path": "/userAssignedIdentities/", "times": "all"}
    script = run_script(tmp_path, IDENTITY_PLANS["new identity"](Azure()), lost)
    assert script.puts == ["id-new"]
    assert script.status != 0


def test_a_step_of_the_python_script_whose_name_is_taken_does_not_stop_the_others(tmp_path: Path) -> None:
    azure = Azure()
    requests: list[Request] = [creation(azure, "id-adhoc", tags={"a": "b"}), creation(azure)]
    script = run_script(tmp_path, requests)
    assert (script.puts, script.status) == (["id-new"], 1)
    assert script.error == "id-adhoc: There is already an identity with this name; nothing was sent.\n"
    assert script.shown[1]["tags"] == {}
