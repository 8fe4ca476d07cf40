"""The workspace of a folder: what azure-ai-ml and the Azure CLI use in the cases that test the settings."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.workspace_cases import AZ, ML_CLIENT, Case

pytestmark = pytest.mark.clients

SECONDS = 240

ML = """
import json
from azure.ai.ml import MLClient
try:
    client = MLClient.from_config(credential=object())
except Exception as error:
    print(json.dumps(["", "", ""]))
else:
    print(json.dumps([client.subscription_id, client.resource_group_name, client.workspace_name]))
"""

CLI = """
import json
from azure.cli.core import get_default_cli
from azure.cli.core.cloud import get_active_cloud_name
from azure.cli.core._profile import Profile
from azure.cli.core._session import ACCOUNT
import os
cli = get_default_cli()
cloud = get_active_cloud_name(cli)
ACCOUNT.load(os.path.join(cli.config.config_dir, "azureProfile.json"))
cli.config.set_to_use_local_config(True)
default = {name: cli.config.get("defaults", name, "") for name in ("subscription", "group", "workspace")}
subscription = Profile(cli_ctx=cli).get_subscription_id(default["subscription"] or None)
print(json.dumps([subscription, default["group"], default["workspace"], cloud]))
"""


def printed(python: Path, script: str, case: Case, home: Path) -> list[str]:
    """The values that a script prints in the folder of a case."""
    here = case.lay(home)
    done = subprocess.run(
        [str(python), "-c", script],
        cwd=here,
        env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "ignore", **case.variables(home)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("case", ML_CLIENT, ids=lambda case: case.name)
def test_azure_ai_ml_uses_the_workspace_of_the_folder(case: Case, ml_python: Path, tmp_path: Path) -> None:
    assert printed(ml_python, ML, case, tmp_path / "home") == list(case.expected)


@pytest.mark.parametrize("case", AZ, ids=lambda case: case.name)
def test_az_uses_the_workspace_and_the_cloud_of_the_folder(case: Case, az_python: Path, tmp_path: Path) -> None:
    assert printed(az_python, CLI, case, tmp_path / "home") == [*case.expected, case.cloud]
