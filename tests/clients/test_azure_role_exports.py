"""Exported commands and Python that grant Azure roles run with Microsoft's clients against the served sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import python_with
from tests.clients.shells import Shell, signed_in
from tests.clients.test_authorization import PYTHON
from tests.operations.test_azure_role_exports_run import AZURE_ROLE_PLANS, granted
from tests.support.export_runs import Azure
from tests.support.export_scripts import Script, run_script
from tui.domain.azure_grants import AzureGrants, assignment_path
from tui.domain.exports.azure_role_az import azure_role_command
from tui.domain.plan import Plan, Request
from tui.sandbox.azure_roles import role_id

pytestmark = pytest.mark.clients

VERSION = "2022-04-01"
MEMBERS = ("principalId", "principalType", "roleDefinitionId", "scope")
HELD = "roles that are already held"


def told(assignment: Any) -> list[str]:
    return [assignment["properties"][member] for member in MEMBERS]


def wanted(azure: Azure, request: AzureGrants) -> list[list[str]]:
    """The assignments that the plan makes, as Azure shows them."""
    azure.run(Plan.of([request]))
    made = [azure.box.world.azure_roles.get(assignment_path(str(request.id), one.id)) for one in request.grants]
    found = [told(one) for one in made if one is not None]
    return [
        [*one[:2], role_id(one[2].rpartition("/")[2], f"/subscriptions/{azure.subscription}"), one[3]] for one in found
    ]


def asked(azure: Azure, plan: str) -> AzureGrants:
    (request,) = AZURE_ROLE_PLANS[plan](azure)
    assert isinstance(request, AzureGrants)
    return request


@pytest.fixture
def shell(az_python: Path, tmp_path: Path) -> Iterator[Shell]:
    with signed_in(az_python, tmp_path) as found:
        yield found


def shown(shell: Shell, request: AzureGrants) -> list[list[str]]:
    ids = [assignment_path(str(request.id), one.id) for one in request.grants]
    return [told(shell.shown(id_, VERSION)) for id_ in ids]


@pytest.mark.parametrize("plan", ["roles of an identity", "roles of a principal of an unknown kind"])
def test_the_shell_export_grants_azure_roles_as_the_plan_does_and_may_be_repeated(shell: Shell, plan: str) -> None:
    azure = Azure()
    request = asked(azure, plan)
    for _ in range(2):
        done = shell.run([request])
        assert (done.returncode, done.stderr) == (0, "")
        assert shown(shell, request) == wanted(azure, request)
    assert shell.puts == [one.id for one in request.grants] * 2


def test_the_shell_export_goes_on_where_a_role_is_held_under_another_id(shell: Shell) -> None:
    request = asked(Azure(), HELD)
    done = shell.run([request])
    assert (done.returncode, done.stderr) == (0, "")
    assert shell.puts == [one.id for one in request.grants]


def test_the_command_for_someone_who_may_grant_grants_the_role(shell: Shell) -> None:
    azure = Azure()
    request = asked(azure, "roles of an identity")
    for grant in request.grants:
        done = shell.execute(azure_role_command(grant, request.id))
        assert done.returncode == 0, done.stderr
    assert shown(shell, request) == wanted(azure, request)


def ran(folder: Path, requests: list[Request]) -> Script:
    return run_script(folder, requests, version=VERSION, python=python_with(*PYTHON))


@pytest.mark.parametrize("plan", ["roles of an identity", "roles of a principal of an unknown kind"])
def test_the_python_export_grants_azure_roles_as_the_plan_does(tmp_path: Path, plan: str) -> None:
    azure = Azure()
    request = asked(azure, plan)
    script = ran(tmp_path, [request])
    assert (script.status, script.error) == (0, "")
    assert script.puts == [one.id for one in request.grants]
    assert script.queries == {f"api-version={VERSION}"}
    assert [told(script.shown[one.id]) for one in request.grants] == wanted(azure, request)


def test_the_python_export_goes_on_where_a_role_is_held_under_another_id(tmp_path: Path) -> None:
    azure = Azure()
    requests: list[Request] = [asked(azure, HELD), granted(azure, azure.principal("id-adhoc"), 2)]
    script = ran(tmp_path, requests)
    assert (script.status, script.error, len(script.puts)) == (0, "", 4)
