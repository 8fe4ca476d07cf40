"""Decisions where Azure's behaviour is unrecorded: each is a question with the sandbox's answer."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Choices:
    """One answer per open question; none of these behaviours is in a recording, the documentation or an issue.

    Attributes:
        gone_pool: What a compute shows once its Spark pool was deleted: the last known echo of the pool, null, or that
            it has failed. Nothing says that the service notices, so it does not.
        pool_change: Whether the echo of an attached pool follows later changes of the pool. A read-only copy that is
            taken when the attach ends is the simplest service that fits the documented outputs.
        missing_pool: How an attach to a pool that does not exist is refused: at the PUT, or by its operation.
        echo_while_creating: Whether a new compute has the echo before it is provisioned. Readers of
            azure-ai-ml's source know that null happens, so the sandbox shows it.
        echo_workspace: Which workspace the echo names. The specification says the AML workspace, and lists it between
            the pool's subscription, group and name; the one public template that sends it names the Synapse workspace.
        compute_location: Whose region an attached pool's `computeLocation` is; the specification has the location of
            the underlying compute.
        attach_status: The status of a PUT of an attached pool. Every other type of compute answers 201, and the
            specification also has 200.
        failed_poll: What the last poll of a failed operation says: the error as well, as the SDK understands it, or the
            status alone, so that only the compute's `provisioningErrors` know why; a Spark pool has none.
        poll_after_detach: What a poll says once the compute is gone: its status, or 404, as a public issue has it of
            an older service.
        identity_order: In which order user-assigned identities come back: as they were sent, or by name. A JSON object
            has no order, and services in .NET keep the one that they read.
        identity_shown_after: For how many world seconds a compute does not show the principal of a new system-assigned
            identity. The specification does not promise that the answer to the PUT has it.
        identity_left_out: What a PUT without `identity` does to the identity the compute has. A PUT replaces.
        other_pool: What a PUT that names another pool for an existing compute gets. The documentation lists the
            identity and the tags as all that can change.
        remove_missing_role: The status of a DELETE for a role assignment that does not exist.
        access_refused: The word of an access check that is not `Allowed`; the specification has no list.
        access_member: How an access check spells the member that holds its decisions: with a capital as the
            specification has it, or as the models of azure-synapse-accesscontrol 0.7.0 read it.
        owner_grants: Whether a user without a Synapse role may add and remove role assignments because they own
            the workspace in Azure. The documentation says yes, and public issues say both.
        empty_segments: What becomes of empty segments of a path, as in `//subscriptions/…`: they are dropped, as
            clients in use rely on, or there is no such path.
        detach_missing: The status of a DELETE for a compute that does not exist; the specification has 200 and 204.
        pool_busy: Whether a Spark pool with a running operation refuses another write with 409, as computes do here, or
            accepts it: then both operations run, and the later values count.
        unknown_principal: What an Azure role assignment that says the kind of an unknown principal gets. The refusal
            of one that does not say it recommends to say it.
        inherited_locks: Whether a list of locks also has those above its scope.
    """

    gone_pool: Literal["echo", "null", "failed"] = "echo"
    pool_change: Literal["frozen", "followed"] = "frozen"
    missing_pool: Literal["refused", "operation fails"] = "refused"
    echo_while_creating: bool = False
    echo_workspace: Literal["synapse", "machine learning"] = "synapse"
    compute_location: Literal["pool", "workspace"] = "pool"
    attach_status: Literal[201, 200] = 201
    failed_poll: Literal["error", "status alone"] = "error"
    poll_after_detach: Literal["status", "404"] = "status"
    identity_order: Literal["as sent", "by name"] = "as sent"
    identity_shown_after: float = 0.0
    identity_left_out: Literal["dropped", "kept"] = "dropped"
    other_pool: Literal["refused", "accepted"] = "refused"
    empty_segments: Literal["dropped", "refused"] = "dropped"
    detach_missing: Literal[200, 204] = 204
    remove_missing_role: Literal[200, 204, 404] = 204
    access_refused: Literal["NotAllowed", "Denied"] = "NotAllowed"
    access_member: Literal["AccessDecisions", "accessDecisions"] = "AccessDecisions"
    owner_grants: Literal["refused", "allowed"] = "refused"
    pool_busy: Literal["refused", "accepted"] = "refused"
    unknown_principal: Literal["accepted with its type", "refused"] = "accepted with its type"
    inherited_locks: Literal["left out", "listed"] = "left out"
