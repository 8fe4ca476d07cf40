"""The Synapse roles of the default world: most attached pools work, and some show typical problems."""

from collections.abc import Iterable, Iterator

from tui.sandbox.http import Document
from tui.sandbox.names import COLLEAGUE_ID, GROUP_ID, guid
from tui.sandbox.role_assignments import Grant
from tui.sandbox.synapse_roles import COMPUTE_OPERATOR, CONTRIBUTOR

WITHOUT_ROLE = frozenset({"id-churn-b"})
"""User-assigned identities without a role: their computes look fine, but their jobs fail."""


def default_grants(attached: Iterable[tuple[str, Document]], seed: int) -> Iterator[Grant]:
    """Yield the roles besides each Synapse workspace's own administrators.

    Every identity of an attached pool is Synapse Administrator on that pool, except those in `WITHOUT_ROLE`. `attached`
    has each attached Spark pool's ARM id and its compute's identity, as of the creation of the world.
    """
    granted = set()
    for pool_id, identity in attached:
        parts = pool_id.split("/")
        scope = f"workspaces/{parts[8]}/bigDataPools/{parts[10]}"
        for principal_id in _principals(identity):
            if (principal_id, scope.lower()) not in granted:
                granted.add((principal_id, scope.lower()))
                yield Grant(principal_id, scope)
    # A stray role from an earlier attach of this pool: its system-assigned identity was deleted.
    yield Grant(guid("a principal that is gone", seed), "workspaces/syn-prod/bigDataPools/etlpool")
    yield Grant(GROUP_ID, "workspaces/syn-prod", CONTRIBUTOR, "Group")
    yield Grant(COLLEAGUE_ID, "workspaces/syn-prod/bigDataPools/adhocpool", COMPUTE_OPERATOR, "User")


def _principals(identity: Document) -> Iterable[str]:
    if identity.get("principalId"):
        yield identity["principalId"]
    for arm_id, ids in (identity.get("userAssignedIdentities") or {}).items():
        if arm_id.rsplit("/", 1)[-1] not in WITHOUT_ROLE:
            yield ids["principalId"]
