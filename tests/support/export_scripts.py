"""Exported Python, run against the served sandbox."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.served import Served, raw, request
from tui.domain.azure_grants import AzureGrants, assignment_path
from tui.domain.clouds import CloudProfile
from tui.domain.exports.sdk import code
from tui.domain.plan import Plan, Request

SECONDS = 120

_RUN = """\
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
        puts: The names of what it sent to Azure, in order.
        queries: The queries of the addresses that it sent them to.
        shown: The bodies of reads of the resources then, by their names.
    """

    status: int
    error: str
    puts: list[str]
    queries: set[str]
    shown: Mapping[str, Any]


def run_script(
    folder: Path, requests: list[Request], *rules: Mapping[str, Any], version: str, python: Path = Path(sys.executable)
) -> Script:
    """Run the exported Python of a plan against the served sandbox, with faults.

    Args:
        folder: An empty folder.
        requests: What the plan asks for.
        rules: The faults.
        version: The API version with which the resources are read afterwards.
        python: A Python with the packages that the script needs.
    """
    log, faults, file = folder / "requests", folder / "faults.json", folder / "export.py"
    faults.write_text(json.dumps({"rules": rules}))
    with Served("--speed", "10000", "--requests", str(log), "--faults", str(faults)) as served:
        scope = "https://management.azure.com/.default"
        cloud = CloudProfile("Sandbox", served.login, served.resource_manager, scope, "s", "s", False)
        file.write_text(code(Plan.of(requests), cloud), "utf-8")
        done = subprocess.run(
            [str(python), "-c", _RUN, str(file)],
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
        with served.token() as token:
            written = [id_ for one in requests for id_ in _written(one)]
            shown = {id_.rpartition("/")[2]: _shown(served, token, f"{id_}?api-version={version}") for id_ in written}
    names = [one.path.rpartition("/")[2] for one in puts]
    return Script(done.returncode, done.stderr, names, {one.query for one in puts}, shown)


def _written(asked: Request) -> list[str]:
    """The ids of what a request writes."""
    if isinstance(asked, AzureGrants):
        return [assignment_path(str(asked.id), grant.id) for grant in asked.grants]
    return [str(asked.id)]


def _shown(served: Served, token: str, address: str) -> Any:
    return json.loads(raw(served, request("GET", address, token)).partition(b"\r\n\r\n")[2])
