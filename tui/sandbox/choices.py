"""The switches for what nobody has recorded: each names a question about Azure and the answer the sandbox picks."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Choices:
    """One answer per open question; none of these behaviours is in a recording, the documentation or an issue.

    Attributes:
        gone_pool: What a compute shows once its Spark pool was deleted: the last known echo of the pool, or null.
        pool_change: Whether the echo of an attached pool follows later changes of the pool. A read-only copy that is
            taken when the attach ends is the simplest service that fits the documented outputs.
        missing_pool: How an attach to a pool that does not exist is refused: at the PUT, or by its operation.
        echo_while_creating: Whether a new compute has the echo before it is provisioned. Readers of
            azure-ai-ml's source know that null happens, so the sandbox shows it.
        identity_left_out: What a PUT without ``identity`` does to the identity the compute has. A PUT replaces.
        other_pool: What a PUT that names another pool for an existing compute gets. The documentation lists the
            identity and the tags as all that can change.
        remove_missing_role: The status of a DELETE for a role assignment that does not exist.
        access_refused: The word of an access check that is not ``Allowed``; the specification has no list.
        access_member: How an access check spells the member that holds its decisions: with a capital as the
            specification has it, or as the models of azure-synapse-accesscontrol 0.7.0 read it.
        owner_grants: Whether somebody without a Synapse role may add and remove role assignments because they own
            the workspace in Azure. The documentation says yes, and public issues say both.
        detach_missing: The status of a DELETE for a compute that does not exist; the specification has 200 and 204.
    """

    gone_pool: Literal["echo", "null"] = "echo"
    pool_change: Literal["frozen", "followed"] = "frozen"
    missing_pool: Literal["refused", "operation fails"] = "refused"
    echo_while_creating: bool = False
    identity_left_out: Literal["dropped", "kept"] = "dropped"
    other_pool: Literal["refused", "accepted"] = "refused"
    detach_missing: Literal[200, 204] = 204
    remove_missing_role: Literal[200, 204, 404] = 204
    access_refused: Literal["NotAllowed", "Denied"] = "NotAllowed"
    access_member: Literal["AccessDecisions", "accessDecisions"] = "AccessDecisions"
    owner_grants: Literal["refused", "allowed"] = "refused"
