"""Synapse role assignments, over the data plane of a Synapse workspace."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from azure.core.exceptions import DecodeError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import ContentDecodePolicy

from tui.cloud import advice, reading
from tui.cloud.answers import body_json
from tui.cloud.arm import Arm, RawPage
from tui.cloud.errors import Stage, problems
from tui.domain.errors import Problem, ProblemKind
from tui.domain.roles import RoleAssignment, RoleDefinition, RoleScope
from tui.domain.workspaces import SynapseWorkspace

if TYPE_CHECKING:
    from azure.synapse.accesscontrol.aio import AccessControlClient

_CONTINUATION = "x-ms-continuation"
_EXISTS = "RoleAssignmentAlreadyExists"
_MOST_PAGES = 1000
_MODEL_ERRORS = (ValueError, TypeError, AttributeError)
"""What generated models raise on JSON that they do not expect; that JSON is judged here instead."""


class _Answer(NamedTuple):
    """What came through the generated client.

    Attributes:
        document: The body's JSON, unchanged.
        headers: The headers, in any letter case.
    """

    document: Any
    headers: Mapping[str, str]


class SynapseRoles:
    """The roles of Synapse workspaces.

    Args:
        arm: Holds the shared connection and the sign-in.
    """

    def __init__(self, arm: Arm) -> None:
        self._arm = arm

    async def assignments(self, workspace: SynapseWorkspace, scope: RoleScope | None) -> AsyncIterator[RawPage]:
        """Page through the assignments; those of a pool's scope include the workspace's (recorded).

        The generated client returns one page and never follows the header `x-ms-continuation`.

        Args:
            workspace: The Synapse workspace.
            scope: The scope that they are to reach; None for all.

        Yields:
            Each page as raw JSON.

        Raises:
            AzureError: If a page cannot be had or read.
        """
        client = await self._arm.access_control(workspace)
        token: str | None = None
        for _ in range(_MOST_PAGES):
            call = client.role_assignments.list_role_assignments
            answer = await _ask(partial(call, scope=str(scope) if scope else None, continuation_token_parameter=token))
            values = reading.at(answer.document, "value")
            if not isinstance(values, list):
                raise DecodeError("The page has no list of values.")
            following = answer.headers.get(_CONTINUATION) or ""
            if following and following == token:
                raise DecodeError("The list goes in a circle: Azure names the page that was read as the next.")
            yield values, not following
            if not following:
                return
            token = following

    async def definitions(self, workspace: SynapseWorkspace) -> tuple[RoleDefinition, ...]:
        """All role definitions, custom ones included.

        Raises:
            AzureError: If they cannot be had or read.
        """
        client = await self._arm.access_control(workspace)
        found = (await _ask(client.role_definitions.list_role_definitions)).document
        if not isinstance(found, list):
            raise DecodeError("The role definitions are not a list.")
        return tuple(definition for raw in found if (definition := _definition(raw)) is not None)

    async def grant(self, workspace: SynapseWorkspace, wanted: RoleAssignment) -> bool:
        """Create an assignment under the id that it bears; read whether it is there where the answer does not say so.

        Returns:
            False if the principal held that role at that scope already.

        Raises:
            Problem: If Azure refuses it, or nothing shows that it was made.
        """
        client = await self._client(workspace)
        doing = f"grant the role on {wanted.scope.words}"
        answers: list[PipelineResponse[Any, Any]] = []
        try:
            with problems(doing, Stage.SENDING):
                await client.role_assignments.create_role_assignment(
                    wanted.id,
                    wanted.role_id,
                    wanted.principal_id,
                    str(wanted.scope),
                    raw_response_hook=answers.append,
                )
                made = assignment_from(body_json(answers[-1].http_response))
                if made is None or not _is_same(made, wanted):
                    raise DecodeError("The answer does not describe the role that was granted.")
        except Problem as problem:
            if problem.status == 409 and problem.code == _EXISTS:
                return False
            if not problem.outcome_unknown or not await self._is_there(workspace, wanted.id):
                raise
        return True

    async def revoke(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> None:
        """Delete an assignment, and see that it is gone; one that was gone already is a success.

        Raises:
            Problem: If Azure refuses it, or it is there all the same.
        """
        client = await self._client(workspace)
        doing = f"remove the role on {assignment.scope.words}"
        refused: Problem | None = None
        try:
            with problems(doing, Stage.SENDING):
                await client.role_assignments.delete_role_assignment_by_id(assignment.id)
        except Problem as problem:
            if not problem.outcome_unknown and problem.status != 404:
                raise
            refused = problem
        is_there = await self._is_there(workspace, assignment.id)
        if refused is not None and is_there is not False:
            raise refused
        if is_there:
            raise Problem(
                ProblemKind.UNREADABLE,
                f"Could not {doing}: Azure said that it was done, and the role is still there.",
                advice=advice.TRY_AGAIN,
                outcome_unknown=True,
            )

    async def allows(self, workspace: SynapseWorkspace, principal_id: str, scope: RoleScope, action: str) -> bool:
        """Ask Synapse whether a principal may do something.

        Args:
            workspace: The Synapse workspace.
            principal_id: The principal's object id.
            scope: Where.
            action: The action, such as `tui.domain.roles.USE_COMPUTE`.

        Raises:
            AzureError: If Synapse does not say.
        """
        from azure.synapse.accesscontrol.models import RequiredAction, SubjectInfo

        client = await self._arm.access_control(workspace)
        subject, required = SubjectInfo(principal_id=principal_id), [RequiredAction(id=action, is_data_action=True)]
        call = partial(client.role_assignments.check_principal_access, subject, required, str(scope))
        document = (await _ask(call)).document
        # The specification spells the member with a capital, the client without.
        decisions = reading.items(document, "AccessDecisions") or reading.items(document, "accessDecisions")
        if not decisions:
            raise DecodeError("The answer has no decision.")
        return all(reading.text(one, "accessDecision").lower() == "allowed" for one in decisions)

    async def _client(self, workspace: SynapseWorkspace) -> "AccessControlClient":
        with problems(f"reach {workspace.name}"):
            return await self._arm.access_control(workspace)

    async def _is_there(self, workspace: SynapseWorkspace, assignment_id: str) -> bool | None:
        """Whether an assignment exists, after an answer that left it open; None where that cannot be known."""
        client = await self._client(workspace)
        try:
            with problems(f"read the role assignment {assignment_id}"):
                await _ask(partial(client.role_assignments.get_role_assignment_by_id, assignment_id))
        except Problem as problem:
            return False if problem.kind is ProblemKind.NOT_FOUND else None
        return True


def assignment_from(raw: Any) -> RoleAssignment | None:
    """A role assignment (recorded: asked for with `roleId`, answered with `roleDefinitionId`); None without its ids."""
    try:
        scope = RoleScope.parse(reading.text(raw, "scope"))
    except ValueError:
        return None
    found = RoleAssignment(
        id=reading.text(raw, "id"),
        role_id=reading.text(raw, "roleDefinitionId") or reading.text(raw, "roleId"),
        principal_id=reading.text(raw, "principalId"),
        scope=scope,
        principal_type=reading.text(raw, "principalType"),
    )
    return found if found.id and found.role_id and found.principal_id else None


def _is_same(made: RoleAssignment, wanted: RoleAssignment) -> bool:
    """Whether an answer describes the assignment that was asked for."""
    return (made.id.lower(), made.principal_id.lower(), made.role_id.lower(), made.scope) == (
        wanted.id.lower(),
        wanted.principal_id.lower(),
        wanted.role_id.lower(),
        wanted.scope,
    )


def _definition(raw: Any) -> RoleDefinition | None:
    guid = reading.text(raw, "id")
    if not guid:
        return None
    scopes = [one for one in reading.items(raw, "scopes") if isinstance(one, str)]
    actions = [
        action
        for permission in reading.items(raw, "permissions")
        for action in reading.items(permission, "dataActions")
        if isinstance(action, str)
    ]
    return RoleDefinition(
        id=guid,
        name=reading.text(raw, "name") or guid,
        on_pools=any("/bigdatapools/" in one.lower() for one in scopes),
        actions=frozenset(actions),
        is_built_in=reading.flag(raw, "isBuiltIn"),
    )


async def _ask(call: Callable[..., Awaitable[Any]]) -> _Answer:
    """Ask once through the generated client, for raw JSON; of several answers the earlier were followed by a retry.

    Args:
        call: The client's method, which is given a hook for the raw answer.

    Raises:
        AzureError: If it cannot be had or read.
    """
    answers: list[PipelineResponse[Any, Any]] = []
    with suppress(*_MODEL_ERRORS):
        await call(raw_response_hook=answers.append)
    last = answers[-1]
    return _Answer(last.context[ContentDecodePolicy.CONTEXT_NAME], last.http_response.headers)
