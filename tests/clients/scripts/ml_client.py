"""Runs steps with azure-ai-ml, in an environment that has it: steps as JSON in, what each gave as JSON out."""

import functools
import json
import runpy
import sys
from typing import Any
from unittest.mock import patch

import azure.identity
from azure.ai.ml import MLClient, load_compute
from azure.ai.ml.entities import IdentityConfiguration, ManagedIdentityConfiguration, SynapseSparkCompute
from azure.identity import DefaultAzureCredential


def connect(where: dict[str, str]) -> MLClient:
    # The one word that the documented examples do not have: this authority is not known to Microsoft.
    credential = DefaultAzureCredential(disable_instance_discovery=True)
    return MLClient(credential, where["subscription"], where["resource_group"], where["workspace"])


def chosen(kind: str | None, user_assigned: list[str]) -> IdentityConfiguration | None:
    if kind is None:
        return None
    if not user_assigned:
        return IdentityConfiguration(type=kind)
    identities = [ManagedIdentityConfiguration(resource_id=arm_id) for arm_id in user_assigned]
    return IdentityConfiguration(type=kind, user_assigned_identities=identities)


def put(client: MLClient, step: dict[str, Any]) -> Any:
    compute = SynapseSparkCompute(
        name=step["name"],
        resource_id=step["pool"],
        identity=chosen(step.get("kind"), step.get("user_assigned", [])),
        **({"location": step["location"]} if "location" in step else {}),
    )
    return shown(client.begin_create_or_update(compute).result())


def shown(compute: Any) -> Any:
    return {
        "type": compute.type,
        "name": compute.name,
        "location": compute.location,
        "resource_id": getattr(compute, "resource_id", None),
        "provisioning_state": str(compute.provisioning_state),
        "identity": str(identity.type) if (identity := getattr(compute, "identity", None)) else None,
        "spark_version": getattr(compute, "spark_version", None),
        "node_count": getattr(compute, "node_count", None),
    }


def run(_client: MLClient, step: dict[str, Any]) -> Any:
    """Run a script as it is, but for the sign-in, whose authority is not known to Microsoft."""
    credential = functools.partial(DefaultAzureCredential, disable_instance_discovery=True)
    with patch.object(azure.identity, "DefaultAzureCredential", credential):
        runpy.run_path(step["file"])


def documented_import(_client: MLClient, _step: dict[str, Any]) -> Any:
    from azure.ai.ml.entities import UserAssignedIdentity

    return str(UserAssignedIdentity)


STEPS = {
    "put": put,
    "get": lambda client, step: shown(client.compute.get(step["name"])),
    "list": lambda client, _step: [shown(compute) for compute in client.compute.list()],
    "detach": lambda client, step: client.compute.begin_delete(name=step["name"], action="Detach").result(),
    "load": lambda client, step: shown(client.begin_create_or_update(load_compute(step["file"])).result()),
    "run": run,
    "documented import": documented_import,
}


def main() -> None:
    where, steps = json.load(sys.stdin)
    client = connect(where)
    given = []
    for step in steps:
        try:
            given.append({"gave": STEPS[step["do"]](client, step)})
        except Exception as error:  # noqa: BLE001 - which error a client raises is what is asked
            given.append({"raised": type(error).__name__, "message": str(error)})
    json.dump(given, sys.stdout)


main()
