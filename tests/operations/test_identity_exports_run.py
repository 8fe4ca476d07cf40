"""Exported az commands and Python create identities as the plan does, and stop where it stops."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.az_program import AzProgram
from tests.support.export_runs import Azure, Make, applied, attach, check_same, check_stops, exported
from tests.support.export_scripts import run_script
from tui.domain.exports.az import commands
from tui.domain.identity import IdentityKind
from tui.domain.identity_creation import IdentityCreation
from tui.domain.plan import Plan, Request

VERSION = "2024-11-30"
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


@pytest.mark.parametrize("plan", IDENTITY_PLANS)
def test_the_az_commands_create_identities_as_the_plan_does(tmp_path: Path, plan: str) -> None:
    check_same(tmp_path, IDENTITY_PLANS, plan)


@pytest.mark.parametrize("plan", IDENTITY_PLANS)
def test_the_az_commands_stop_where_the_plan_of_identities_stops(tmp_path: Path, plan: str) -> None:
    check_stops(tmp_path, IDENTITY_PLANS[plan])


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


def test_the_python_script_creates_an_identity_as_the_plan_does(tmp_path: Path) -> None:
    azure = Azure()
    requests = IDENTITY_PLANS["new identity with hard tags"](azure)
    script = run_script(tmp_path, requests, version=VERSION)
    assert (script.status, script.error, script.puts) == (0, "", ["id-new"])
    assert script.queries == {f"api-version={VERSION}"}
    (found,) = script.shown.values()
    azure.run(Plan.of(requests))
    wanted = azure.box.world.identities.get(str(requests[0].id))
    assert wanted is not None
    assert {key: found[key] for key in ("id", "location", "tags")} == {
        key: wanted[key] for key in ("id", "location", "tags")
    }


def test_the_python_script_does_not_send_an_identity_again_whose_answer_is_lost(tmp_path: Path) -> None:
    lost = {"fault": "response-lost", "method": "PUT", "path": "/userAssignedIdentities/", "times": "all"}
    script = run_script(tmp_path, IDENTITY_PLANS["new identity"](Azure()), lost, version=VERSION)
    assert script.puts == ["id-new"]
    assert script.status != 0


def test_a_step_of_the_python_script_whose_name_is_taken_does_not_stop_the_others(tmp_path: Path) -> None:
    azure = Azure()
    requests: list[Request] = [creation(azure, "id-adhoc", tags={"a": "b"}), creation(azure)]
    script = run_script(tmp_path, requests, version=VERSION)
    assert (script.puts, script.status) == (["id-new"], 1)
    assert script.error == "id-adhoc: There is already an identity with this name; nothing was sent.\n"
    assert script.shown["id-adhoc"]["tags"] == {}
