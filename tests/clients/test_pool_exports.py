"""Exported commands for Spark pools run with the Azure CLI against the served sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.shells import Shell, signed_in
from tests.operations.test_pool_exports_run import POOL_PLANS, STOPPED, UPDATED
from tests.support.export_runs import Azure
from tui.domain.plan import Plan
from tui.domain.pool_change import pool_body

pytestmark = pytest.mark.clients


@pytest.fixture
def shell(az_python: Path, tmp_path: Path) -> Iterator[Shell]:
    with signed_in(az_python, tmp_path) as found:
        yield found


@pytest.mark.parametrize("plan", ["new Spark pool with a number of nodes", "Spark version", "tags", *UPDATED])
def test_the_shell_export_writes_a_spark_pool_as_the_plan_does(shell: Shell, plan: str) -> None:
    azure = Azure()
    requests = POOL_PLANS[plan](azure)
    done = shell.run(requests)
    assert done.returncode == 0, done.stderr
    azure.run(Plan.of(requests))
    (one,) = requests
    assert shell.puts == [one.name]
    wanted = next(pool for pool in azure.box.world.spark_pools if pool["name"] == one.name)
    assert pool_body(shell.shown(str(one.id), "2021-06-01")) == pool_body(wanted)


@pytest.mark.parametrize("plan", ["a new Spark pool whose name is taken"])
def test_the_shell_export_sends_nothing_where_the_plan_sends_nothing(shell: Shell, plan: str) -> None:
    done = shell.run(STOPPED[plan](Azure()))
    assert done.returncode != 0
    assert shell.puts == []
