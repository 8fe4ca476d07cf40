"""Exported az commands do what the plan does: they send the same writes, and stop or continue at the same step."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.az_program import AzProgram
from tests.support.export_runs import OLD, Azure, Make, attach, check_same, check_stops
from tui.domain.clouds import CHINA, PUBLIC, US_GOVERNMENT
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.exports.az import commands
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.plan import Detachment, Plan
from tui.domain.role_change import RoleChange, RoleMove
from tui.domain.roles import ADMINISTRATOR
from tui.sandbox.faults import Answer, Rule

FIRST, SECOND = (f"bbbbbbbb-0000-4000-8000-00000000000{number}" for number in (1, 2))


def move(azure: Azure, *, mints: bool) -> RoleMove:
    grants = (azure.grant(FIRST, "id-adhoc", "churnpool"), azure.grant(SECOND, "id-scoring", "churnpool"))
    return RoleMove(azure.synapse(), azure.pool("churnpool"), ADMINISTRATOR, grants, mints, (azure.removal(),))


def changed(azure: Azure, kind: IdentityKind, **properties: Any) -> ComputeEdit:
    names = ("id-adhoc", "id-scoring") if kind.has_user else ()
    choice = IdentityChoice(kind, tuple(map(azure.identity, names)))
    return ComputeEdit(azure.compute("churn", **properties), Edit(identity=choice), move(azure, mints=kind.has_system))


def edited(azure: Azure, name: str, **properties: Any) -> ComputeEdit:
    return ComputeEdit(azure.compute(name, **properties), Edit(description="", tags={"owner": "ana", "team": None}))


def roles(azure: Azure) -> RoleChange:
    grants = (azure.grant(FIRST, "id-adhoc", "churnpool"), azure.grant(SECOND, "id-scoring", "churnpool"))
    return RoleChange(azure.synapse(), azure.pool("churnpool"), grants, (azure.removal(),))


def bare(azure: Azure, name: str) -> ComputeEdit:
    return ComputeEdit(azure.compute(name), Edit(identity=IdentityChoice(IdentityKind.NONE)))


PLANS: dict[str, Make] = {
    "attach": lambda azure: [replace(attach(azure, IdentityKind.NONE), role=None)],
    "attach and grant": lambda azure: [attach(azure, IdentityKind.SYSTEM)],
    "attach with both and grant": lambda azure: [attach(azure, IdentityKind.SYSTEM_AND_USER, "id-adhoc", "id-scoring")],
    "identity with its roles": lambda azure: [changed(azure, IdentityKind.USER)],
    "identity that mints": lambda azure: [changed(azure, IdentityKind.SYSTEM)],
    "both that mint": lambda azure: [changed(azure, IdentityKind.SYSTEM_AND_USER)],
    "identity of one without local authentication": lambda azure: [
        changed(azure, IdentityKind.USER, disableLocalAuth=True)
    ],
    "failed attach sent again": lambda azure: [
        ComputeEdit(azure.compute("scoring"), Edit(identity=IdentityChoice(IdentityKind.SYSTEM)), role=ADMINISTRATOR)
    ],
    "no identity": lambda azure: [bare(azure, "churn")],
    "tags and description": lambda azure: [edited(azure, "churn")],
    "tags of one without local authentication": lambda azure: [edited(azure, "churn", disableLocalAuth=True)],
    "detach": lambda azure: [Detachment(azure.compute("churn"))],
    "roles": lambda azure: [roles(azure)],
    "several": lambda azure: [
        edited(azure, "etl-prod"),
        changed(azure, IdentityKind.USER),
        Detachment(azure.compute("churn-old")),
        attach(azure, IdentityKind.SYSTEM),
    ],
}


@pytest.mark.parametrize("plan", PLANS)
def test_the_az_commands_send_the_same_writes_as_the_plan(tmp_path: Path, plan: str) -> None:
    check_same(tmp_path, PLANS, plan)


@pytest.mark.parametrize("plan", PLANS)
def test_the_az_commands_stop_where_the_plan_stops(tmp_path: Path, plan: str) -> None:
    check_stops(tmp_path, PLANS[plan])


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Answer(409, "RoleAssignmentAlreadyExists", "There is one."), "PUT", "/roleAssignments/"),
        Rule(Answer(400, "InvalidPrincipalId", "Not known."), "PUT", "/roleAssignments/", times=3),
        None,
    ],
    ids=["held already", "not known yet", "gone already"],
)
@pytest.mark.parametrize("plan", ["identity with its roles", "identity that mints", "roles"])
def test_the_az_commands_continue_where_the_plan_continues(tmp_path: Path, plan: str, rule: Rule | None) -> None:
    azure, other = Azure(), Azure()
    for one in (azure, other):
        if rule is None:
            one.box.world.roles.remove("syn-prod", OLD)
        else:
            one.box.faults.add(rule)
    azure.run(Plan.of(PLANS[plan](azure)))
    with AzProgram(tmp_path, other.box) as program:
        done = program.run(commands(Plan.of(PLANS[plan](other))))
    assert (done.returncode, done.stderr) == (0, "")
    assert other.state() == azure.state()


def test_the_az_commands_detach_a_compute_that_is_already_gone_without_an_error(tmp_path: Path) -> None:
    azure = Azure()
    plan = Plan.of(PLANS["detach"](azure))
    azure.box.world.computes.remove(str(plan.steps[0].target))
    with AzProgram(tmp_path, azure.box) as program:
        done = program.run(commands(plan))
    assert (done.returncode, done.stderr) == (0, "")
    assert [one.name for one in program.commands] == ["ml compute detach"]


def test_az_commands_that_find_no_principal_stop_and_remove_no_role(tmp_path: Path) -> None:
    azure = Azure()
    plan = Plan.of(PLANS["identity that mints"](azure))
    with AzProgram(tmp_path) as program:
        program.run(commands(plan).replace("--query identity.principal_id", ""))
    assert [one.name for one in program.commands][-1] == "ml compute show"


@pytest.mark.parametrize("cloud", [PUBLIC, US_GOVERNMENT, CHINA], ids=lambda cloud: cloud.name)
def test_the_az_commands_select_their_cloud_first(tmp_path: Path, cloud: Any) -> None:
    azure = Azure()
    with AzProgram(tmp_path) as program:
        done = program.run(commands(Plan.of(PLANS["several"](azure)), cloud))
    assert (done.returncode, program.mistakes) == (0, [])
    first = program.commands[0]
    assert (first.name == "cloud set" and first["--name"] == cloud.name) is not cloud.is_public
    assert all(one.name != "cloud set" for one in program.commands[1:])


def test_az_commands_for_a_cloud_unknown_to_az_send_nothing(tmp_path: Path) -> None:
    azure = Azure()
    text = commands(Plan.of(PLANS["several"](azure)), CHINA).replace("az cloud set --name", "az cloud set --names")
    with AzProgram(tmp_path, azure.box) as program:
        assert program.run(text).returncode != 0
    assert azure.writes() == []
