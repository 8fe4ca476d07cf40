"""A sample of each type that the journal stores, with every member set, for the stored records of the tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tui.domain.attachment import Attachment
from tui.domain.azure_grants import AzureGrant, AzureGrants
from tui.domain.azure_roles import AzureRole
from tui.domain.chain_steps import IDENTITY_FOUND
from tui.domain.compute import Compute, ProvisioningError
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind, RequestIds, Retry
from tui.domain.identity import Identity, IdentityChoice, IdentityKind, UserAssignedIdentity
from tui.domain.identity_creation import IdentityCreation
from tui.domain.operation import RESUMED, Event, Failed, Progress, Started, Succeeded, Unwatched, Waited
from tui.domain.plan import Detachment, Request
from tui.domain.pool_change import PoolChange, PoolEdit
from tui.domain.pool_creation import PoolCreation
from tui.domain.principals import Principal
from tui.domain.resource_id import ResourceId, ml_workspace_id
from tui.domain.role_change import Grant, Removal, RoleChange, RoleMove
from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope
from tui.domain.spark import AutoPause, Autoscale, DynamicExecutors, SparkPool, SparkSettings
from tui.domain.states import ProvisioningState, Tone
from tui.domain.workspaces import SynapseWorkspace, Workspace
from tui.operations.resume_point import ATTACHED, DETACHED, GRANTING, REMOVING, SENDING, UPDATED

AT = datetime(2026, 11, 23, 9, 12, 3, 250_000, tzinfo=UTC)
_SUBSCRIPTION = "516fb186-8a84-47a1-a265-6acb72ebb746"
_ML = ml_workspace_id(_SUBSCRIPTION, "rg-ml", "aml-prod")
_SYNAPSE = ResourceId.parse(
    f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/rg-data/providers/Microsoft.Synapse/workspaces/syn-prod"
)
_POOL = _SYNAPSE.child("bigDataPools", "adhocpool")
_OWN = ResourceId.parse(
    f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/rg-ml/providers/"
    "Microsoft.ManagedIdentity/userAssignedIdentities/id-adhoc"
)
_LAKE = ResourceId.parse(
    f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/synprodlake"
)
_RAW: dict[str, Any] = {
    "id": str(_ML.child("computes", "adhoc")),
    "location": "eastus2",
    "properties": {
        "computeType": "SynapseSpark",
        "is": "a member of Azure's",
        "unknown": [1, 2.5, None, True, {"é": ""}],
    },
}


def problem(kind: ProblemKind = ProblemKind.FAILED) -> Problem:
    """A failure with every member set."""
    return Problem(
        kind,
        "Could not attach adhocpool.",
        cause="Azure's words: “no”.",
        advice="Try again.",
        code="PoolNotAllowed",
        status=409,
        ids=_ids(),
        outcome_unknown=True,
        command="az login",
    )


def _ids() -> RequestIds:
    return RequestIds("client-1", "request-2", "correlation-3")


def _role() -> RoleDefinition:
    return RoleDefinition("6e4bf58a-b8e1-4cc3-bbf9-d73143322b78", "Custom", True, frozenset({"b/read", "a/*"}), False)


def _synapse() -> SynapseWorkspace:
    return SynapseWorkspace(_SYNAPSE, "eastus2", "https://syn-prod.dev.azuresynapse.net", "object-9", "Disabled")


def _principal() -> Principal:
    return Principal("object-1", "id-adhoc", "user-assigned identity", ("adhoc in aml-prod", "etl in aml-prod"))


def _grant(*, is_held: bool = True) -> Grant:
    return Grant("22222222-2222-4222-8222-222222222222", _role(), _principal(), RoleScope.of_pool(_POOL), is_held)


def _removal() -> Removal:
    assignment = RoleAssignment("assignment-7", "role-8", "object-2", RoleScope("syn-prod"), "ServicePrincipal")
    return Removal(assignment, "id-old", shared=True)


def compute(kind: IdentityKind = IdentityKind.SYSTEM_AND_USER) -> Compute:
    """A compute with every member set."""
    return Compute(
        name="adhoc",
        id=_ML.child("computes", "adhoc"),
        type="SynapseSpark",
        state=ProvisioningState("Succeeded"),
        location="eastus2",
        compute_location="eastus",
        description="for ad-hoc jobs",
        tags={"owner": "ana", "is": "document"},
        created=AT - timedelta(days=3),
        modified=AT - timedelta(hours=2),
        identity=Identity(
            kind, "object-3", "tenant-4", (UserAssignedIdentity(_OWN, "object-1", "app-1", "eastus2", "t"),)
        ),
        attached_to=_POOL,
        settings=SparkSettings("3.4", 5, "Medium", "MemoryOptimized", Autoscale(True, 3, 10), AutoPause(True, 15)),
        nodes="3–10",
        size="Medium Memory",
        errors=(ProvisioningError("Outer", "outer words", (ProvisioningError("Inner", "inner words"),)),),
        is_attached=True,
        unreadable="no reason",
        raw=_RAW,
    )


def requests() -> dict[str, Request]:
    """One of each request, and an attachment with each kind of identity."""
    change = RoleChange(_synapse(), _POOL, (_grant(),), (_removal(),), _ML.child("computes", "adhoc"))
    workspace = Workspace(_ML, "eastus2", "Default", "AML prod", "object-5", "tenant-4")
    move = RoleMove(_synapse(), _POOL, _role(), (_grant(is_held=False),), True, (_removal(),))
    choice = IdentityChoice(IdentityKind.SYSTEM_AND_USER, (_OWN,))
    edit = Edit(choice, "new words", {"owner": "bob", "team": None})
    made: dict[str, Request] = {
        "edit": ComputeEdit(compute(), edit, move, _role()),
        "detachment": Detachment(compute(), (_POOL, _OWN)),
        "role change": change,
    }
    for kind in IdentityKind:
        tags, identity = {"owner": "ana"}, IdentityChoice(kind, (_OWN,) if kind.has_user else ())
        made[f"attachment, identity {kind.name}"] = Attachment(
            workspace, "adhoc", _POOL, identity, "words", tags, _role()
        )
    return made


def events() -> dict[str, Event]:
    """One of each event, a failure of each kind, and each status that the program itself reads back."""
    made: dict[str, Event] = {
        "started": Started(AT, _RAW, {"tags": {"a": "b"}}),
        "progress": Progress(
            AT, "InProgress", "a sentence", 42.5, AT + timedelta(seconds=9), "token-6", _ids(), "attach", compute()
        ),
        "waited": Waited(AT, "throttled", AT + timedelta(seconds=30), "grant"),
        "succeeded": Succeeded(AT, compute()),
        "unwatched": Unwatched(AT),
        "failed": Failed(AT, problem(), compute(), requests()["role change"]),
    }
    for kind in ProblemKind:
        made[f"failed, {kind.name}"] = Failed(AT, problem(kind))
    statuses = {
        "sending": SENDING,
        "attached": ATTACHED,
        "updated": UPDATED,
        "granting": GRANTING,
        "removing": REMOVING,
    }
    for name, status in statuses.items():
        made[f"status {name}"] = Progress(AT, status)
    return made


def pool() -> SparkPool:
    """A Spark pool with every member set."""
    return SparkPool(
        _POOL,
        "eastus2",
        ProvisioningState("Succeeded"),
        SparkSettings("3.5", 3, "Small", "MemoryOptimized", Autoscale(True, 3, 10), AutoPause(True, 15)),
        {"team": "data"},
        created=AT,
        changed=AT + timedelta(minutes=1),
        executors=DynamicExecutors(True, 1, 4),
        is_isolated=False,
        has_session_packages=True,
        cache=50,
        requirements="requirements.txt",
        libraries=("own.jar",),
        configuration="spark.conf",
        raw={"id": str(_POOL), "properties": {"sparkVersion": "3.5", "unknown": [1, None]}},
    )


def _pool_edit() -> PoolEdit:
    return PoolEdit("3.5", 5, Autoscale(False, 3, 10), AutoPause(True, 20), {"team": None, "cost": "42"})


def identity() -> UserAssignedIdentity:
    """A new identity with every member set."""
    raw = {"id": str(_OWN), "tags": {"team": "data"}, "properties": {"unknown": [1, None]}}
    return UserAssignedIdentity(_OWN, "object-1", "app-1", "eastus2", "tenant-4", raw)


def _azure_grants() -> AzureGrants:
    role = AzureRole("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor")
    grant = AzureGrant("33333333-3333-4333-8333-333333333333", role, replace(_principal(), source=_OWN))
    return AzureGrants(_LAKE, (grant,), _ML.child("computes", "adhoc"))


def later() -> dict[str, Request | Event]:
    """Requests and events that need record format 2 or later."""
    principal = replace(_principal(), source=_OWN)
    grant = replace(_grant(), principal=principal)
    removal = replace(_removal(), source=_ML.child("computes", "adhoc"))
    change = RoleChange(_synapse(), _POOL, (grant,), (removal,), _ML.child("computes", "adhoc"))
    made: dict[str, Request | Event] = {
        "detachment with roles": Detachment(compute(), (_POOL,), change),
        "status detached": Progress(AT, DETACHED, step="detach"),
        "pool change": PoolChange(pool(), _pool_edit()),
        "pool creation": PoolCreation(_synapse(), "newpool", pool().settings, {"team": "data"}),
        "pool found": Progress(AT, SENDING, found=pool()),
        "pool succeeded": Succeeded(AT, pool()),
        "pool overtaken": Failed(AT, problem(), pool()),
        "identity creation": IdentityCreation(_SUBSCRIPTION, "rg-ml", "id-adhoc", "eastus2", {"team": "data"}),
        "grants of Azure roles": _azure_grants(),
        "grants of Azure roles left": Failed(AT, problem(), rest=_azure_grants()),
        "attachment with a known storage account": Attachment(
            Workspace(_ML, "eastus2", storage=_LAKE), "adhoc", _POOL, IdentityChoice(IdentityKind.SYSTEM)
        ),
        "pool creation with a known data lake": PoolCreation(
            replace(_synapse(), lake_name=_LAKE.name, lake=_LAKE), "newpool", pool().settings
        ),
        "identity succeeded": Succeeded(AT, identity()),
        "identity overtaken": Failed(AT, problem(), identity()),
        "result": Progress(AT, "verified", "a sentence", step="verify", tone=Tone.GOOD),
        "status resumed": Progress(AT, RESUMED),
        "status identity found": Progress(AT, IDENTITY_FOUND, step="identity", tone=Tone.GOOD),
    }
    for retry in Retry:
        failure = problem()
        failure.tenant, failure.retry = "tenant-4", retry
        made[f"failed, retry {retry.name}"] = Failed(AT, failure)
    return made
