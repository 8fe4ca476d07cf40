"""Synapse role assignments, over the data plane of a Synapse workspace."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import DecodeError

from tui.cloud import advice, reading
from tui.cloud.arm import Arm
from tui.cloud.bounds import ListLimit
from tui.cloud.described import AnotherResource
from tui.cloud.errors import Stage
from tui.cloud.listing import listing, readable
from tui.cloud.raw_pages import RawPage, raw_answer
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ports import Listing
from tui.domain.resource_id import is_guid
from tui.domain.roles import BUILT_IN, RoleAssignment, RoleDefinition, RoleScope
from tui.domain.workspaces import SynapseWorkspace

if TYPE_CHECKING:
    from azure.synapse.accesscontrol.aio import AccessControlClient

_CONTINUATION = "x-ms-continuation"
_EXISTS = "RoleAssignmentAlreadyExists"


class SynapseRoles:
    """The part of `tui.domain.ports.Azure` that the data plane of a Synapse workspace answers."""

    _arm: Arm

    def role_assignments(self, workspace: SynapseWorkspace, scope: RoleScope | None = None) -> Listing[RoleAssignment]:
        """The role assignments of a Synapse workspace, or those that reach a scope, including inherited ones."""
        return listing(
            f"list the Synapse roles of {workspace.name}",
            self._pages(workspace, scope),
            readable(partial(assignment_from, workspace=workspace.name, asked=scope)),
            self._arm.problems,
        )

    async def _pages(self, workspace: SynapseWorkspace, scope: RoleScope | None) -> AsyncGenerator[RawPage, None]:
        """Page through the assignments; those of a pool's scope include the workspace's (recorded).

        The generated client returns one page and never follows the header `x-ms-continuation`. A `scope` of None reads
        all.

        Raises:
            AzureError: If a page cannot be fetched or read.
        """
        client = await self._arm.access_control(workspace)
        token: str | None = None
        limit, seen = ListLimit(), set[str]()
        while True:
            call = client.role_assignments.list_role_assignments
            page = partial(call, scope=str(scope) if scope else None, continuation_token_parameter=token)
            answer = await raw_answer(page)
            values = reading.at(answer.document, "value")
            if not isinstance(values, list):
                raise DecodeError("The page has no list of values.")
            following = answer.headers.get(_CONTINUATION) or ""
            if following in seen:
                raise DecodeError("The list is circular: Azure's next page has already been read.")
            seen.update(filter(None, [following]))
            limit.count(values)
            yield values, not following
            if not following:
                return
            token = following

    async def role_definitions(self, workspace: SynapseWorkspace) -> tuple[RoleDefinition, ...]:
        """All roles of a Synapse workspace, including custom ones."""
        with self._arm.problems(f"list the role definitions of {workspace.name}"):
            client = await self._arm.access_control(workspace)
            document = (await raw_answer(client.role_definitions.list_role_definitions)).document
            if not isinstance(document, list):
                raise DecodeError("The role definitions are not a list.")
            return tuple(definition for raw in document if (definition := _definition(raw)) is not None)

    async def grant(self, workspace: SynapseWorkspace, wanted: RoleAssignment) -> bool:
        """Create an assignment under its own id; if the answer does not confirm it, read whether it exists.

        Returns:
            False if the principal already held that role at that scope.

        Raises:
            Problem: If Azure refuses it, or nothing shows that it was created.
        """
        _refuse_odd(workspace, wanted)
        client = await self._client(workspace)
        create = client.role_assignments.create_role_assignment
        try:
            with self._arm.problems(f"grant the role on {wanted.scope.text}", Stage.SENDING):
                sent = partial(create, wanted.id, wanted.role_id, wanted.principal_id, str(wanted.scope))
                answer = await raw_answer(sent)
                if not _is_same(answer.document, workspace, wanted):
                    raise AnotherResource("Azure's answer describes another role assignment.")
        except Problem as problem:
            if problem.status == 409 and problem.code == _EXISTS:
                return False
            if not problem.outcome_unknown or not await self._is_there(workspace, wanted):
                raise
        return True

    async def revoke(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> None:
        """Delete an assignment, and check that it is gone; one that was already gone is a success.

        Raises:
            Problem: If Azure refuses it, or it still exists.
        """
        if not is_guid(assignment.id):
            raise _odd(workspace, assignment)
        client = await self._client(workspace)
        doing = f"remove the role on {assignment.scope.text}"
        refused: Problem | None = None
        try:
            with self._arm.problems(doing, Stage.SENDING):
                await client.role_assignments.delete_role_assignment_by_id(assignment.id)
        except Problem as problem:
            if not problem.outcome_unknown and problem.status != 404:
                raise
            refused = problem
        is_there = await self._is_there(workspace, assignment)
        if refused is not None and is_there is not False:
            raise refused
        if is_there:
            raise Problem(
                ProblemKind.UNREADABLE,
                f"Could not {doing}: Azure reported success, but the role still exists.",
                advice=advice.TRY_AGAIN,
                outcome_unknown=True,
            )

    async def allows(self, workspace: SynapseWorkspace, principal_id: str, scope: RoleScope, action: str) -> bool:
        """Ask Synapse whether a principal may do something at a scope; `principal_id` is its object id.

        Raises:
            Problem: If Synapse does not say.
        """
        with self._arm.problems(f"check the permissions of {principal_id} on {scope.text}"):
            from azure.synapse.accesscontrol.models import RequiredAction, SubjectInfo

            client = await self._arm.access_control(workspace)
            subject, required = SubjectInfo(principal_id=principal_id), [RequiredAction(id=action, is_data_action=True)]
            check = client.role_assignments.check_principal_access
            document = (await raw_answer(partial(check, subject, required, str(scope)))).document
            # The specification spells the member with a capital, the client without.
            decisions = reading.items(document, "AccessDecisions") or reading.items(document, "accessDecisions")
            if not decisions:
                raise DecodeError("The answer has no decision.")
            if any(reading.text(one, "actionId").lower() not in ("", action.lower()) for one in decisions):
                raise AnotherResource("Azure's answer is about another action.")
            return all(reading.text(one, "accessDecision").lower() == "allowed" for one in decisions)

    async def _client(self, workspace: SynapseWorkspace) -> "AccessControlClient":
        with self._arm.problems(f"reach {workspace.name}"):
            return await self._arm.access_control(workspace)

    async def _is_there(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> bool | None:
        """Whether an assignment exists, after an unclear answer; None if that is unknown."""
        try:
            return await self.is_held(workspace, assignment)
        except Problem:
            return None

    async def is_held(self, workspace: SynapseWorkspace, assignment: RoleAssignment) -> bool:
        """Whether an assignment exists, with the id, role, principal and scope that were seen.

        Raises:
            Problem: If that cannot be read, or it is another one.
        """
        _refuse_odd(workspace, assignment)
        client = await self._client(workspace)
        try:
            with self._arm.problems(f"read the role on {assignment.scope.text}"):
                answer = await raw_answer(partial(client.role_assignments.get_role_assignment_by_id, assignment.id))
                if not _is_same(answer.document, workspace, assignment):
                    raise AnotherResource("Azure's answer describes another role assignment.")
        except Problem as problem:
            if problem.kind is ProblemKind.NOT_FOUND:
                return False
            raise
        return True


def assignment_from(raw: Any, workspace: str = "", asked: RoleScope | None = None) -> RoleAssignment | None:
    """A role assignment (recorded: requested with `roleId`, answered with `roleDefinitionId`).

    `workspace` is the name of its Synapse workspace (empty for any), and `asked` the scope that it must reach (None for
    any). Returns None if its ids cannot be read, or belong to another workspace or scope.
    """
    try:
        scope = RoleScope.parse(reading.text(raw, "scope"))
    except ValueError:
        return None
    assignment = RoleAssignment(
        id=reading.text(raw, "id"),
        role_id=reading.text(raw, "roleDefinitionId") or reading.text(raw, "roleId"),
        principal_id=reading.text(raw, "principalId"),
        scope=scope,
        principal_type=reading.text(raw, "principalType"),
    )
    is_elsewhere = bool(workspace) and scope.workspace.lower() != workspace.lower()
    if is_elsewhere or (asked is not None and not scope.covers(asked)):
        return None
    return assignment if all(map(is_guid, (assignment.id, assignment.role_id, assignment.principal_id))) else None


def _is_same(raw: Any, workspace: SynapseWorkspace, expected: RoleAssignment) -> bool:
    """Whether an answer describes the same assignment in every respect."""
    actual = assignment_from(raw, workspace.name)
    return actual is not None and _identity(actual) == _identity(expected)


def _identity(assignment: RoleAssignment) -> tuple[object, ...]:
    return (*(text.lower() for text in (assignment.id, assignment.role_id, assignment.principal_id)), assignment.scope)


def _refuse_odd(workspace: SynapseWorkspace, assignment: RoleAssignment) -> None:
    """Refuse an assignment whose ids are not GUIDs, or that does not belong to the workspace.

    Raises:
        Problem: If so.
    """
    ids = (assignment.id, assignment.role_id, assignment.principal_id)
    if not all(map(is_guid, ids)) or assignment.scope.workspace.lower() != workspace.name.lower():
        raise _odd(workspace, assignment)


def _odd(workspace: SynapseWorkspace, assignment: RoleAssignment) -> Problem:
    return Problem(
        ProblemKind.REFUSED,
        f"The role on {assignment.scope.text} cannot be changed: its ids do not belong to {workspace.name}.",
        advice="Nothing was sent. Refresh the roles before you retry.",
    )


def _definition(raw: Any) -> RoleDefinition | None:
    guid, name = reading.text(raw, "id"), reading.text(raw, "name")
    if not is_guid(guid):
        return None
    if name and any((one.id == guid.lower()) != (one.name.lower() == name.lower()) for one in BUILT_IN):
        # A built-in Synapse role under the name or id of another.
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
