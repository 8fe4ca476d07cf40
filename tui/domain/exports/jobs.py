"""Spark jobs for `az ml job create`: one on an attached pool, and the same one on serverless Spark.

Sources: the articles "Submit Spark jobs in Azure Machine Learning" and "Apache Spark in Azure Machine Learning": a job
runs as the user or, with `managed`, as the identity of its compute; serverless Spark takes its size from an instance
type and needs no attached pool.
"""

from tui.domain.compute import Compute
from tui.domain.exports.quoting import comment, shell, yaml
from tui.domain.identity import IdentityKind
from tui.domain.runtimes import AS_OF, support

_SCHEMA = "http://azureml/sdk-2-0/SparkJob.json"
_EXECUTORS = {
    # Node size: cores and gigabytes of an executor that fills a node (Synapse), and the similar serverless instance.
    "small": (4, 28, "standard_e4s_v3"),
    "medium": (8, 56, "standard_e8s_v3"),
    "large": (16, 112, "standard_e16s_v3"),
    "xlarge": (32, 224, "standard_e32s_v3"),
    "xxlarge": (64, 400, "standard_e64s_v3"),
}
_LATEST = "3.5"


def attached_job(compute: Compute) -> str:
    """A job on an attached pool, which runs as the pool's identity where it has one."""
    has_identity = compute.identity.kind is not IdentityKind.NONE
    return _job(compute, f"compute: {yaml(compute.name)}", "managed" if has_identity else "user_identity")


def serverless_job(compute: Compute) -> str:
    """The same job on serverless Spark of a similar size, as the user who submits it.

    A Spark version that has ended is replaced by the latest.
    """
    version = compute.settings.version if compute.settings else ""
    if not version or support(version, AS_OF).ended:
        version = _LATEST
    instance = _size(compute)[2]
    return _job(
        compute, f"resources:\n  instance_type: {instance}\n  runtime_version: {yaml(version)}", "user_identity"
    )


def use_it(compute: Compute) -> str:
    """A job file for an attached pool, with the necessary comments."""
    return "\n".join(
        (
            f"# A Spark job on {comment(compute.name)}. Put the code into ./src, then submit it:",
            _command(compute),
            "# The job's identity also needs Contributor and Storage Blob Data Contributor on the storage it uses.",
            "# A session on an attached pool is not ended by its timeout; the auto-pause of the pool stops it.",
            attached_job(compute),
        )
    )


def use_serverless(compute: Compute) -> str:
    """A job file for serverless Spark of the size and version of an attached pool."""
    return "\n".join(
        (
            "# The same job on serverless Spark. It needs no attached pool and no Synapse role.",
            _command(compute),
            "# It runs as you; you need Contributor and Storage Blob Data Contributor on the storage it uses.",
            serverless_job(compute),
        )
    )


def _command(compute: Compute) -> str:
    where = ""
    if compute.id is not None:
        workspace = compute.id.parent
        where = (
            f" --subscription {shell(workspace.subscription)} --resource-group {shell(workspace.resource_group)}"
            f" --workspace-name {shell(workspace.name)}"
        )
    return f"# az ml job create --file job.yml{comment(where)}"


def _size(compute: Compute) -> tuple[int, int, str]:
    size = compute.settings.node_size.lower() if compute.settings else ""
    return _EXECUTORS.get(size, _EXECUTORS["small"])


def _job(compute: Compute, where: str, identity: str) -> str:
    cores, gigabytes, _ = _size(compute)
    return (
        f"$schema: {_SCHEMA}\n"
        "type: spark\n"
        "code: ./src\n"
        "entry:\n"
        "  file: main.py\n"
        "conf:\n"
        f"  spark.driver.cores: {cores}\n"
        f"  spark.driver.memory: {gigabytes}g\n"
        f"  spark.executor.cores: {cores}\n"
        f"  spark.executor.memory: {gigabytes}g\n"
        "  spark.executor.instances: 2\n"
        "identity:\n"
        f"  type: {identity}\n"
        f"{where}\n"
    )
