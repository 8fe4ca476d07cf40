"""The exported Python creates and changes Spark pools as the plan does; it runs against the served sandbox."""

from dataclasses import replace
from pathlib import Path

from tests.operations.test_pool_exports_run import POOL_PLANS, STOPPED, spark_pool
from tests.support.export_runs import Azure
from tests.support.export_scripts import run_script
from tui.domain.plan import Plan, Request
from tui.domain.pool_change import PoolChange, PoolEdit, pool_body

VERSION = "2021-06-01"


def test_the_python_script_writes_spark_pools_as_the_plan_does(tmp_path: Path) -> None:
    def both(azure: Azure) -> list[Request]:
        return [*POOL_PLANS["new Spark pool with a number of nodes"](azure), *POOL_PLANS["Spark version"](azure)]

    azure = Azure()
    script = run_script(tmp_path, both(azure), version=VERSION)
    assert (script.status, script.error) == (0, "")
    assert script.puts == ["fresh", "etlpool"]
    assert script.queries == {f"api-version={VERSION}&force=false"}
    azure.run(Plan.of(both(azure)))
    for name, found in script.shown.items():
        wanted = next(one for one in azure.box.world.spark_pools if one["name"] == name)
        assert pool_body(found) == pool_body(wanted)
        assert found["properties"]["provisioningState"] == "Succeeded"


def test_the_python_script_does_not_send_a_write_again_whose_answer_is_lost(tmp_path: Path) -> None:
    lost = {"fault": "response-lost", "method": "PUT", "path": "/bigDataPools/", "times": "all"}
    script = run_script(tmp_path, POOL_PLANS["Spark version"](Azure()), lost, version=VERSION)
    assert script.puts == ["etlpool"]
    assert script.status != 0


def test_the_python_script_sends_nothing_where_the_name_is_taken(tmp_path: Path) -> None:
    script = run_script(tmp_path, STOPPED["a new Spark pool whose name is taken"](Azure()), version=VERSION)
    assert script.puts == []
    assert script.status != 0
    assert "There is already a Spark pool with this name" in script.error


def test_a_step_of_the_python_script_that_finds_no_spark_pool_does_not_stop_the_others(tmp_path: Path) -> None:
    azure = Azure()
    missing = replace(spark_pool(azure, "etlpool"), id=azure.pool("gonepool"))
    requests: list[Request] = [PoolChange(missing, PoolEdit(version="3.4")), *POOL_PLANS["nodes"](azure)]
    script = run_script(tmp_path, requests, version=VERSION)
    assert (script.puts, script.status) == (["churnpool"], 1)
    assert script.error.startswith("gonepool: ")


def test_the_python_script_fails_where_azure_reports_a_failed_write(tmp_path: Path) -> None:
    fails = {"fault": "outcome", "status": "Failed", "code": "Refused", "message": "No.", "method": "PUT"}
    script = run_script(tmp_path, POOL_PLANS["nodes"](Azure()), {**fails, "path": "/bigDataPools/"}, version=VERSION)
    assert script.puts == ["churnpool"]
    assert script.status != 0
    assert "Refused" in script.error
