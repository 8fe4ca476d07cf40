"""A pipeline in `sh`, without a terminal, against a served sandbox: plan, apply, a kill, resume, drift and detach."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.patience import PATIENCE_SECONDS
from tests.support.served import Served
from tests.support.served_program import workspace_flags, write_settings
from tui.sandbox.names import spark_pool_id

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("pipeline.sh")


def test_a_pipeline_survives_a_kill_and_every_step_ends_with_its_status(tmp_path: Path) -> None:
    requests = tmp_path / "requests"
    # The first question about the attach is answered with a wait that only a kill ends.
    faults = tmp_path / "faults.toml"
    faults.write_text('[[rules]]\nfault = "throttled"\nretry_after = 120\npath = "/computeOperationsStatus/"\n')
    with Served("--speed", "20", "--requests", str(requests), "--faults", str(faults)) as served:
        write_settings(served, tmp_path)
        folder = tmp_path / "bin"
        folder.mkdir()
        command = shlex.join([sys.executable, "-m", "tui", *workspace_flags(served)])
        (folder / "sparkpool").write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (folder / "sparkpool").chmod(0o755)
        pool = spark_pool_id(served.subscription, "rg-data", "syn-prod", "adhocpool")
        (tmp_path / "pools").mkdir()
        (tmp_path / "pools" / "adhoc.yml").write_text(
            f"name: adhoc\ntype: synapsespark\nresource_id: {pool}\n"
            "identity:\n  type: system_assigned\ntags:\n  team: data\n"
        )
        own = {
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "PYTHONPATH": str(ROOT),
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "AZURE_TENANT_ID": served.tenant,
            "AZURE_CLIENT_ID": served.client_id,
            "AZURE_CLIENT_SECRET": served.client_secret,
        }
        done = subprocess.run(
            ["sh", str(SCRIPT)],
            cwd=tmp_path,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS * 2,
        )
    assert (done.returncode, done.stderr) == (0, "")
    sent = [json.loads(line) for line in requests.read_text().splitlines()]
    changing = [one for one in sent if one["method"] in ("PUT", "PATCH", "DELETE")]
    writes = [f"{one['method']} {one['url'].partition('?')[0].rsplit('/', 1)[-1]}" for one in changing]
    # The attach, the tag, the tags of the file and the identity; no write is there twice because of the kill.
    assert writes.count("PUT adhoc") == 4
    assert writes.count("DELETE adhoc") == 1
