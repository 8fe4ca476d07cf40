"""The exported Python creates and changes Spark pools as the plan does; it runs against the served sandbox."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.operations.test_exports_run import Azure
from tests.operations.test_pool_exports_run import POOL_PLANS, STOPPED, spark_pool
from tests.support.served import Served, raw, request
from tui.domain.clouds import CloudProfile
from tui.domain.exports.sdk import code
from tui.domain.plan import Plan, Request
from tui.domain.pool_change import PoolChange, PoolEdit, pool_body

SECONDS = 120

RUN = """\
import functools, runpy, sys
import azure.identity
# The authority of the sandbox is not known to Microsoft.
azure.identity.DefaultAzureCredential = functools.partial(
    azure.identity.DefaultAzureCredential, disable_instance_discovery=True
)
runpy.run_path(sys.argv[1])
"""


@dataclass(frozen=True)
class Script:
    """An exported script after it ran.

    Attributes:
        status: Its exit status.
        error: What it wrote to its error output.
        puts: The names of the Spark pools that it sent to Azure, in order.
        pools: The Spark pools that it wrote, as Azure shows them then.
    """

    status: int
    error: str
    puts: list[str]
    pools: Mapping[str, Any]


def run_script(folder: Path, requests: list[Request], *rules: Mapping[str, Any]) -> Script:
    """Run the exported Python of a plan against the served sandbox, with faults."""
    log, faults, file = folder / "requests", folder / "faults.json", folder / "export.py"
    faults.write_text(json.dumps({"rules": rules}))
    with Served("--speed", "10000", "--requests", str(log), "--faults", str(faults)) as served:
        scope = "https://management.azure.com/.default"
        cloud = CloudProfile("Sandbox", served.login, served.resource_manager, scope, "s", "s", False)
        plan = Plan.of(requests)
        file.write_text(code(plan, cloud), "utf-8")
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
        assert all(one.query == "api-version=2021-06-01&force=false" for one in puts), puts
        with served.token() as token:
            pools = {one.name: shown(served, token, str(one.id)) for one in requests}
    return Script(done.returncode, done.stderr, [one.path.rpartition("/")[2] for one in puts], pools)


def shown(served: Served, token: str, id_: str) -> Any:
    answer = raw(served, request("GET", f"{id_}?api-version=2021-06-01", token))
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def test_the_python_script_writes_spark_pools_as_the_plan_does(tmp_path: Path) -> None:
    def both(azure: Azure) -> list[Request]:
        return [*POOL_PLANS["new Spark pool with a number of nodes"](azure), *POOL_PLANS["Spark version"](azure)]

    azure = Azure()
    script = run_script(tmp_path, both(azure))
    assert (script.status, script.error) == (0, "")
    assert script.puts == ["fresh", "etlpool"]
    azure.run(Plan.of(both(azure)))
    for name, found in script.pools.items():
        wanted = next(one for one in azure.box.world.spark_pools if one["name"] == name)
        assert pool_body(found) == pool_body(wanted)
        assert found["properties"]["provisioningState"] == "Succeeded"


def test_the_python_script_does_not_send_a_write_again_whose_answer_is_lost(tmp_path: Path) -> None:
    lost = {"fault": "response-lost", "method": "PUT", "path": "/bigDataPools/", "times": "all"}
    script = run_script(tmp_path, POOL_PLANS["Spark version"](Azure()), lost)
    assert script.puts == ["etlpool"]
    assert script.status != 0


def test_the_python_script_sends_nothing_where_the_name_is_taken(tmp_path: Path) -> None:
    script = run_script(tmp_path, STOPPED["a new Spark pool whose name is taken"](Azure()))
    assert script.puts == []
    assert script.status != 0
    assert "There is already a Spark pool with this name" in script.error


def test_a_step_of_the_python_script_that_finds_no_spark_pool_does_not_stop_the_others(tmp_path: Path) -> None:
    azure = Azure()
    missing = replace(spark_pool(azure, "etlpool"), id=azure.pool("gonepool"))
    requests: list[Request] = [PoolChange(missing, PoolEdit(version="3.4")), *POOL_PLANS["nodes"](azure)]
    script = run_script(tmp_path, requests)
    assert (script.puts, script.status) == (["churnpool"], 1)
    assert script.error.startswith("gonepool: ")


def test_the_python_script_fails_where_azure_reports_a_failed_write(tmp_path: Path) -> None:
    fails = {"fault": "outcome", "status": "Failed", "code": "Refused", "message": "No.", "method": "PUT"}
    script = run_script(tmp_path, POOL_PLANS["nodes"](Azure()), {**fails, "path": "/bigDataPools/"})
    assert script.puts == ["churnpool"]
    assert script.status != 0
    assert "Refused" in script.error
