"""Exported commands that create identities run with the Azure CLI against the served sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.shells import Shell, signed_in
from tests.operations.test_identity_exports_run import IDENTITY_PLANS, STOPPED
from tests.support.export_runs import Azure
from tui.domain.identity_creation import IdentityCreation

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def shell(az_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with signed_in(az_python, tmp_path_factory.mktemp("identities")) as found:
        yield found


@pytest.mark.parametrize("plan", ["new identity with tags", "new identity with hard tags"])
def test_the_shell_export_creates_an_identity_as_the_plan_does(shell: Shell, plan: str) -> None:
    (asked,) = IDENTITY_PLANS[plan](Azure())
    assert isinstance(asked, IdentityCreation)
    name = f"id-{plan.split()[-2]}"  # one sandbox serves all plans
    named = IdentityCreation(asked.subscription, asked.resource_group, name, asked.location, asked.tags)
    before = shell.puts
    done = shell.run([named])
    assert (done.returncode, done.stderr) == (0, "")
    assert shell.puts == [*before, named.name]
    found = shell.shown(str(named.id), "2024-11-30")
    assert {"location": found["location"], "tags": found["tags"]} == named.document()
    again = shell.run([named])
    assert again.returncode != 0
    assert again.stderr == "There is already an identity with this name; nothing was sent.\n"
    assert shell.puts == [*before, named.name]


@pytest.mark.parametrize("plan", STOPPED)
def test_the_shell_export_sends_nothing_where_the_plan_of_an_identity_sends_nothing(shell: Shell, plan: str) -> None:
    before = shell.puts
    done = shell.run(STOPPED[plan](Azure()))
    assert done.returncode != 0
    assert shell.puts == before
