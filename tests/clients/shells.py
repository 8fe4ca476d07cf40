"""A shell with the Azure CLI for exported commands, signed in to a sandbox of its own."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.clients.test_azure_cli import Az
from tests.support.served import Served, raw, request
from tui.domain.exports.az import commands
from tui.domain.plan import Plan, Request

SECONDS = 300


@dataclass
class Shell:
    """A shell with the Azure CLI, signed in to a sandbox of its own."""

    served: Served
    az: Az
    folder: Path
    log: Path

    def run(self, requests: list[Request]) -> "subprocess.CompletedProcess[str]":
        """Run the exported commands of a plan."""
        return self.execute(commands(Plan.of(requests)))

    def execute(self, text: str) -> "subprocess.CompletedProcess[str]":
        """Run a text."""
        return subprocess.run(
            ["sh", "-c", text],
            capture_output=True,
            text=True,
            env={**self.az.environment, "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"},
            cwd=self.folder,
            timeout=SECONDS,
            check=False,
        )

    @property
    def puts(self) -> list[str]:
        """The names of what was sent to Azure, in order."""
        told = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [urlsplit(one["url"]).path.rpartition("/")[2] for one in told if one["method"] == "PUT"]

    def shown(self, id_: str, version: str) -> Any:
        """What the sandbox shows of a resource."""
        with self.served.token() as token:
            answer = raw(self.served, request("GET", f"{id_}?api-version={version}", token))
        return json.loads(answer.partition(b"\r\n\r\n")[2])


@contextmanager
def signed_in(az_python: Path, folder: Path) -> Iterator[Shell]:
    """The shell, for as long as its sandbox runs."""
    program, log = folder / "az", folder / "requests"
    program.write_text(f'#!/bin/sh\nexec "{az_python}" -m azure.cli "$@"\n')
    program.chmod(0o755)
    with Served("--speed", "10000", "--requests", str(log)) as served:
        az = Az(az_python, served, folder / "config")
        az.register(served)
        az.sign_in(served)
        yield Shell(served, az, folder, log)
