"""Exported commands for Spark pools run with the Azure CLI against the served sandbox."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.clients.test_azure_cli import Az
from tests.operations.test_exports_run import Azure
from tests.operations.test_pool_exports_run import POOL_PLANS, STOPPED, UPDATED
from tests.support.served import Served, raw, request
from tui.domain.exports.az import commands
from tui.domain.plan import Plan, Request
from tui.domain.pool_change import pool_body

pytestmark = pytest.mark.clients

SECONDS = 300


@dataclass
class Shell:
    """A shell with the Azure CLI, signed in to a sandbox of its own."""

    served: Served
    az: Az
    folder: Path
    log: Path

    def run(self, requests: list[Request]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", commands(Plan.of(requests))],
            capture_output=True,
            text=True,
            env={**self.az.environment, "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"},
            cwd=self.folder,
            timeout=SECONDS,
            check=False,
        )

    @property
    def puts(self) -> list[str]:
        told = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [urlsplit(one["url"]).path.rpartition("/")[2] for one in told if one["method"] == "PUT"]

    def shown(self, id_: str) -> Any:
        with self.served.token() as token:
            answer = raw(self.served, request("GET", f"{id_}?api-version=2021-06-01", token))
        return json.loads(answer.partition(b"\r\n\r\n")[2])


@pytest.fixture
def shell(az_python: Path, tmp_path: Path) -> Iterator[Shell]:
    program, log = tmp_path / "az", tmp_path / "requests"
    program.write_text(f'#!/bin/sh\nexec "{az_python}" -m azure.cli "$@"\n')
    program.chmod(0o755)
    with Served("--speed", "10000", "--requests", str(log)) as served:
        az = Az(az_python, served, tmp_path / "config")
        az("cloud", "register", "--name", "Sandbox", "--endpoint-resource-manager", served.resource_manager)
        az("cloud", "set", "--name", "Sandbox")
        secret = f"--password={served.client_secret}"
        az("login", "--service-principal", "-u", served.client_id, secret, "--tenant", served.tenant)
        yield Shell(served, az, tmp_path, log)


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
    assert pool_body(shell.shown(str(one.id))) == pool_body(wanted)


@pytest.mark.parametrize("plan", ["a new Spark pool whose name is taken"])
def test_the_shell_export_sends_nothing_where_the_plan_sends_nothing(shell: Shell, plan: str) -> None:
    done = shell.run(STOPPED[plan](Azure()))
    assert done.returncode != 0
    assert shell.puts == []
