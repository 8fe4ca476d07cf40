"""The computes of the default world, one for each case of a list, and the many of a large one."""

from datetime import datetime, timedelta

from tui.sandbox import documents, names
from tui.sandbox.http import Document
from tui.sandbox.managed_computes import cluster, compute_instance
from tui.sandbox.names import guid
from tui.sandbox.world import World

HOSTILE_DESCRIPTION = (
    "[/red] [bold]not bold[/bold] [@click=app.quit]x[/] [link=https://example.com]y[/link] "
    "\x1b]52;c;b3duZWQ=\x07 \x1b[2J\x1b[31mred\x1b[0m \x9b1A \u202etxt.exe\u202c \u2066isolated\u2069 "
    "\u200bzero\u200bwidth 構成テスト 数据\nsecond line\ttab"
)
"""Markup, a clipboard write, a cleared screen, reversed and wide text: a screen must show but never obey it."""

HOSTILE_TAGS = {"[/red]": "[@click=app.quit]x[/]", "esc\x1b]0;owned\x07": "\x1b[2K\r", "部門": "\u202e営業"}

LONG_REASON = (
    "Failed to attach the Spark pool: the request to the Synapse workspace endpoint "
    "https://syn-prod.dev.azuresynapse.net timed out after 300 seconds while the managed identity of the compute was "
    "being resolved. Confirm that the Synapse workspace allows connections from Azure services, that its managed "
    "virtual network does not block them, and attach the pool again. If the problem persists, open a support request "
    "and quote the correlation id 7d1f2c40-52b1-4b0a-9b1d-0f3a2f6f9a11."
)


def default_computes(world: World, workspace_id: str, now: datetime) -> list[Document]:
    """The computes of the workspace that the sandbox opens.

    `world` already has the Spark pools and identities; ages count back from `now`.
    """
    subscription = workspace_id.split("/")[2]
    make = _Maker(world, workspace_id, now)

    def identity(name: str) -> Document:
        arm_id = names.identity_id(subscription, "rg-ml", name)
        return world.identities.get(arm_id) or documents.user_assigned_identity(arm_id, "eastus2")

    def pool(name: str) -> str:
        return names.spark_pool_id(subscription, "rg-data", "syn-prod", name)

    churn = make.spark("churn", pool("churnpool"), timedelta(days=180))
    churn["identity"] = documents.user_assigned([identity("id-churn-a"), identity("id-churn-b")])

    etl = make.spark("etl-prod", pool("etlpool"), timedelta(hours=2))
    etl["identity"] = make.own_identity("etl-prod")
    etl["tags"] = {"team": "data", "cost": "42"}
    etl["properties"]["description"] = "Nightly ETL of the sales lake"

    scoring = make.spark("scoring", pool("adhocpool"), timedelta(days=1))
    error = {"code": "InternalServerError", "message": LONG_REASON}
    scoring["properties"].update(provisioningState="Failed", provisioningErrors=[{"error": error}], properties=None)

    # Its pool was deleted after the attach; the compute keeps the echo of the former pool.
    gone = documents.spark_pool(pool("orphanpool"), "eastus2", now, {"sparkVersion": "3.3"})
    orphan = make.spark("orphan-1", gone["id"], timedelta(days=300))
    orphan["properties"].update(properties=documents.spark_echo(gone))
    orphan["identity"] = make.own_identity("orphan-1")

    # Its only identity was deleted after the attach: no list of identities has it any more.
    lost = make.spark("lost-identity", pool("adhocpool"), timedelta(days=60))
    lost["identity"] = documents.user_assigned([identity("id-deleted")])

    hostile = make.spark("markup-lab", pool("etlpool"), timedelta(days=7))
    hostile["properties"]["description"] = HOSTILE_DESCRIPTION
    hostile["properties"]["properties"].update(poolName="[bold]etlpool[/]", nodeSize="[/red]Medium\x1b[31m")
    hostile["tags"] = dict(HOSTILE_TAGS)

    instance = make.plain("ci-ana", "ComputeInstance", compute_instance("ci-ana", now), timedelta(days=20))
    instance["identity"] = make.own_identity("ci-ana")

    # A list item that no model can read: Azure promises `properties`, but a client must survive without it.
    malformed = make.plain("half-written", "AmlCompute", None, timedelta(days=2))
    malformed["properties"] = None

    return [
        churn,
        etl,
        make.spark("churn-old", pool("etlold"), timedelta(days=700)),
        scoring,
        orphan,
        lost,
        hostile,
        make.plain("cpu-cluster", "AmlCompute", cluster("STANDARD_DS3_V2", 8, now), timedelta(days=350)),
        make.plain("gpu-cluster", "AmlCompute", cluster("STANDARD_NC6S_V3", 2, now), timedelta(days=90)),
        instance,
        make.plain("aks-inference", "Kubernetes", kubernetes(), timedelta(days=240)),
        make.plain("vm-legacy", "VirtualMachine", virtual_machine(), timedelta(days=900)),
        make.plain("dbx", "Databricks", databricks(), timedelta(days=500)),
        make.plain("mystery", "QuantumAnnealer", {"qubits": 5000, "topology": "pegasus"}, timedelta(days=5)),
        malformed,
    ]


def dev_computes(world: World, workspace_id: str, now: datetime) -> list[Document]:
    """The few computes of the development workspace."""
    subscription = workspace_id.split("/")[2]
    make = _Maker(world, workspace_id, now)
    dev = make.spark("dev", names.spark_pool_id(subscription, "rg-dev", "syn-dev", "devpool"), timedelta(days=30))
    dev["identity"] = make.own_identity("dev")
    return [dev, make.plain("dev-cluster", "AmlCompute", cluster("STANDARD_DS3_V2", 2, now), timedelta(days=30))]


def generated_computes(world: World, workspace_id: str, count: int, seed: int, now: datetime) -> list[Document]:
    """That many computes with distinct valid names: half are Spark pools, the rest of several types."""
    make = _Maker(world, workspace_id, now)
    parts = workspace_id.split("/")
    pools = [pool["id"] for pool in world.spark_pools.under("/".join(parts[:3]))]
    identities = world.identities.under("/".join(parts[:5]))
    made = []
    for number in range(count):
        pick = int(guid("mix", seed, number)[:8], 16)
        age = timedelta(minutes=pick % 500_000)
        if pick % 2:
            compute = make.spark(f"spark-{number:05d}", pools[pick // 2 % len(pools)], age)
            if pick % 4 == 1:
                compute["identity"] = make.own_identity(compute["name"])
            elif pick % 8 == 3:
                compute["identity"] = documents.user_assigned([identities[pick // 8 % len(identities)]])
        elif pick % 8 == 0:
            name = f"ci-{number:05d}"
            compute = make.plain(name, "ComputeInstance", compute_instance(name, now), age)
        else:
            inner = cluster("STANDARD_DS3_V2", 1 + pick % 16, now)
            compute = make.plain(f"cluster-{number:05d}", "AmlCompute", inner, age)
        made.append(compute)
    return made


class _Maker:
    """Makes the computes of one workspace."""

    def __init__(self, world: World, workspace_id: str, now: datetime) -> None:
        self._world = world
        self._workspace_id = workspace_id
        self._now = now

    def plain(self, name: str, compute_type: str, inner: Document | None, age: timedelta) -> Document:
        """A compute of any type; attached types point at something outside the workspace."""
        arm_id = f"{self._workspace_id}/computes/{name}"
        return documents.compute(arm_id, "eastus2", self._now - age, compute_type, inner)

    def spark(self, name: str, pool_id: str, age: timedelta) -> Document:
        """An attached Spark pool."""
        pool = self._world.spark_pools.get(pool_id)
        compute = self.plain(name, "SynapseSpark", documents.spark_echo(pool) if pool else None, age)
        compute["properties"]["resourceId"] = pool_id
        return compute

    def own_identity(self, name: str) -> Document:
        """A system-assigned identity for the compute of that name."""
        return documents.system_assigned(self._world.mint_principal(f"{self._workspace_id}/computes/{name}"))


def kubernetes() -> Document:
    """The inner properties of an attached Kubernetes cluster (specification)."""
    return {
        "relayConnectionString": None,
        "serviceBusConnectionString": None,
        "extensionPrincipalId": None,
        "extensionInstanceReleaseTrain": "stable",
        "namespace": "azureml-inference",
        "defaultInstanceType": "defaultinstancetype",
        "instanceTypes": {},
    }


def virtual_machine() -> Document:
    """The inner properties of an attached virtual machine (specification)."""
    return {
        "virtualMachineSize": "STANDARD_D4S_V3",
        "sshPort": 22,
        "address": "203.0.113.44",
        "isNotebookInstanceCompute": False,
    }


def databricks() -> Document:
    """The inner properties of an attached Databricks workspace (specification)."""
    return {"workspaceUrl": "adb-1234567890123456.7.azuredatabricks.net"}
