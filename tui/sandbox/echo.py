"""What an attached compute shows of its Spark pool, which is unrecorded."""

from tui.sandbox.choices import Choices
from tui.sandbox.documents import spark_echo
from tui.sandbox.http import Document
from tui.sandbox.world import World


def echo_of(pool: Document, compute_id: str, choices: Choices) -> Document:
    """What the compute of that ARM id repeats of its pool."""
    return spark_echo(pool, compute_id.split("/")[8] if choices.echo_workspace == "machine learning" else "")


def shown(compute: Document, world: World, choices: Choices) -> Document:
    """A compute as a GET shows it, after its pool may have changed or been deleted."""
    properties = compute["properties"]
    if properties is None or properties["computeType"] != "SynapseSpark" or properties["properties"] is None:
        return compute
    pool = world.spark_pools.get(properties["resourceId"])
    follows: Document
    if pool is not None:
        follows = {"properties": echo_of(pool, compute["id"], choices)} if choices.pool_change == "followed" else {}
    elif choices.gone_pool == "failed":
        error = {"code": "NotFound", "message": f"The Spark pool '{properties['resourceId']}' was not found."}
        follows = {"provisioningState": "Failed", "provisioningErrors": [{"error": error}]}
    else:
        follows = {"properties": None} if choices.gone_pool == "null" else {}
    return {**compute, "properties": {**properties, **follows}} if follows else compute
