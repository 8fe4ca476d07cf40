"""Compares `sparkpool list -o json` with a script on `MLClient`, over TLS: `python -m tests.benchmarks.ml_client`.

Both list the computes of a served sandbox, as programs of their own and in turn. Figures are medians; what counts are
the ratios. It installs azure-ai-ml into `$SPARKPOOL_CLIENTS`, else the user's cache.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.verbs import Cost, cost_of
from tests.clients.environments import python_with
from tests.clients.requirements import AZURE_AI_ML, AZURE_IDENTITY
from tests.support.served import Served
from tests.support.served_program import workspace_flags, write_settings

_RUNS = 5
_SIZES = (20, 2000)
_SCRIPT = """
import json, sys
from azure.ai.ml import MLClient
from azure.ai.ml.entities import Compute
from azure.identity import EnvironmentCredential

read = Compute._from_rest_object

def read_if_possible(found):
    # By itself, it cannot list a workspace with a pool whose attach has failed.
    try:
        return read(found)
    except AttributeError:
        return None

Compute._from_rest_object = read_if_possible
client = MLClient(EnvironmentCredential(disable_instance_discovery=True), *sys.argv[1:])
found = [one for one in client.compute.list() if one is not None]
print(json.dumps([{"name": one.name, "type": one.type, "state": one.provisioning_state} for one in found]))
"""


def main() -> None:
    """Print the figures for each number of computes."""
    python = python_with(AZURE_AI_ML, AZURE_IDENTITY)
    for size in _SIZES:
        with Served("--size", str(size)) as served, tempfile.TemporaryDirectory() as folder:
            ours, theirs = _compare(served, python, Path(folder))
        print(f"{size} computes:")
        print(f"  sparkpool  {ours.seconds:6.2f} s  {ours.megabytes:6.0f} MB")
        print(f"  MLClient   {theirs.seconds:6.2f} s  {theirs.megabytes:6.0f} MB")
        print(f"  ratio      {ours.seconds / theirs.seconds:6.2f}    {ours.megabytes / theirs.megabytes:6.2f}")


def _compare(served: Served, python: Path, folder: Path) -> tuple[Cost, Cost]:
    told = served.told
    write_settings(served, folder)
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "AZURE_TENANT_ID": told["tenant"],
        "AZURE_CLIENT_ID": told["client_id"],
        "AZURE_CLIENT_SECRET": told["client_secret"],
        "AZURE_AUTHORITY_HOST": told["login"],
        "REQUESTS_CA_BUNDLE": told["ca_file"],
        "ARM_CLOUD_METADATA_URL": told["cloud_metadata"],
    }
    place = [told["subscription"], told["resource_group"], told["workspace"]]
    ours = [sys.executable, "-m", "tui", "list", "-o", "json", *workspace_flags(served)]
    theirs = [str(python), "-c", _SCRIPT, *place]
    rounds = [(cost_of(ours, environment), cost_of(theirs, environment)) for _ in range(_RUNS)]
    mine, other = ([one[number] for one in rounds] for number in (0, 1))
    return _median(mine), _median(other)


def _median(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(cost.seconds for cost in costs), statistics.median(cost.megabytes for cost in costs))


if __name__ == "__main__":
    main()
