"""What the end of a long-running operation does to its compute."""

from collections.abc import Mapping
from datetime import datetime

from tui.sandbox.choices import Choices
from tui.sandbox.echo import echo_of
from tui.sandbox.http import Document
from tui.sandbox.managed_computes import MANAGED_TYPES, provisioned
from tui.sandbox.names import offset_time
from tui.sandbox.operations import Operation
from tui.sandbox.world import World


def end_on_compute(
    operation: Operation, moment: datetime, *, world: World, choices: Choices, asked: Mapping[str, object]
) -> None:
    """Remove the compute, or show how the operation ended.

    `choices` decides where Azure's behaviour is unrecorded; `asked` are the inner properties that a write of a managed
    compute requested.
    """
    compute = world.computes.get(operation.resource_id)
    if compute is None:
        return
    if operation.has_removed:
        world.computes.remove(operation.resource_id)
        return
    properties = compute["properties"]
    if properties is None:
        return
    properties["provisioningState"] = operation.outcome.status
    # As quoted in public issues.
    properties["provisioningErrors"] = [{"error": operation.error()}] if operation.outcome.status == "Failed" else None
    properties["modifiedOn"] = offset_time(moment)
    properties.setdefault("provisioningWarnings", {})
    compute["tags"] = compute["tags"] or {}
    if operation.outcome.status == "Succeeded":
        _provision(compute, asked, moment, world, choices)


def _provision(
    compute: Document, asked: Mapping[str, object], moment: datetime, world: World, choices: Choices
) -> None:
    """Fill in what a compute has after its creation."""
    properties = compute["properties"]
    properties.setdefault("computeLocation", compute["location"])
    if properties["computeType"] in MANAGED_TYPES.values():
        properties["resourceId"] = None
        properties["properties"] = provisioned(compute, asked, moment)
    if properties["computeType"] != "SynapseSpark":
        return
    pool = world.spark_pools.get(properties["resourceId"])
    if pool is not None:
        if choices.compute_location == "pool":
            properties["computeLocation"] = pool["location"]
        properties["properties"] = echo_of(pool, compute["id"], choices)
