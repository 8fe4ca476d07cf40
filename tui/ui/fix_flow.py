"""Opens the form, question or plan that fixes what is wrong with attached pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui.domain.errors import Problem
from tui.domain.ordering import by_name

if TYPE_CHECKING:
    from tui.domain.fixes import Fix
    from tui.domain.plan import Request
    from tui.domain.pool_change import PoolChange, PoolEdit
    from tui.domain.ports import RequestWait
    from tui.domain.resource_id import ResourceId
    from tui.domain.role_change import Grant, RoleChange
    from tui.domain.spark import SparkPool
    from tui.domain.workspaces import Workspace
    from tui.operations.bridge import OnWait
    from tui.ui.ports import Flow
    from tui.ui.screens.base import BaseScreen
    from tui.ui.session import Session


class FixFlow:
    """The part of the flow that fixes attached pools."""

    def __init__(self, session: Session, flow: Flow) -> None:
        self._session = session
        self._flow = flow

    async def fix(self, screen: BaseScreen, workspace: Workspace, fixes: Sequence[Fix], remark: str = "") -> None:
        """Open what makes fixes that can be made together.

        Args:
            screen: The screen in front.
            workspace: The workspace that holds the attached pools.
            fixes: One or more fixes.
            remark: What is easily overlooked about the selection, in one or two sentences; may be empty.
        """
        from tui.domain.checks import Remedy
        from tui.domain.fixes import PLANNED, strays_in

        first, computes = fixes[0], [one.compute for one in fixes]
        match first.remedy:
            case Remedy.IDENTITY:
                await self._flow.act(screen, "identity", workspace, computes, remark=remark)
            case Remedy.DETACH:
                gone = {one for fix in fixes for one in fix.readiness.gone}
                await self._flow.act(screen, "detach", workspace, computes, gone=gone, remark=remark)
            case Remedy.ROLES:
                await self._flow.act(
                    screen, "roles", workspace, computes, remark=remark, about=strays_in(first.readiness)
                )
            case Remedy.ATTACH:
                self._flow.attach_again(workspace, first.pool, first.compute.name)
            case remedy if remedy in PLANNED and not screen.shows_result("fix"):
                screen.say_until_key((f"Reading {_read_words(fixes)} …", "$dim"))
                screen.reads.start("fix", self._read_and_plan, screen, workspace, fixes, remark)

    async def _read_and_plan(self, screen: BaseScreen, workspace: Workspace, fixes: Sequence[Fix], remark: str) -> None:
        """Read what the plan of fixes needs, and show it; what cannot be read is left out of it."""
        from tui.domain.fixes import pool_edits, pool_grants, storage_grants
        from tui.domain.plan import Plan

        def wait(request_wait: RequestWait) -> None:
            screen.say_until_key((f"Reading {_read_words(fixes)}: waiting, {request_wait.text}", "$dim"))

        requests: list[Request] = list(storage_grants(fixes))
        warnings: list[tuple[ResourceId, str]] = []
        failed: list[tuple[ResourceId, Problem]] = []
        for pool, grants in pool_grants(fixes).items():
            alone = [one.compute for one in fixes if one.pool == pool]
            try:
                compute = alone[0].id if len(alone) == 1 else None
                requests.insert(0, await self._grants(pool, grants, compute, wait))
            except Problem as problem:
                failed.append((pool, problem))
        for pool, edit in pool_edits(fixes).items():
            try:
                change, affected = await self._change(pool, edit, workspace, wait)
            except Problem as problem:
                failed.append((pool, problem))
            else:
                requests.append(change)
                warnings += affected
        names = fixes[0].compute.name if len(fixes) == 1 else f"{len(fixes)} attached pools"
        show: Callable[[], None]
        if requests:
            left = (f"{pool.name} is left out. {problem.title}" for pool, problem in failed)
            words = " ".join(filter(None, (remark, *left)))
            plan = Plan.of(requests).with_warnings(warnings)
            show, what = partial(self._flow.plan, plan, remark=words), f"the plan for {names}"
        else:
            show, what = partial(self._flow.error, failed[0][1]), f"why {names} cannot be fixed from here"
        screen.restore_message()
        screen.show_result("fix", what, show)

    async def _grants(
        self, pool: ResourceId, grants: tuple[Grant, ...], compute: ResourceId | None, wait: OnWait
    ) -> RoleChange:
        """The change of roles on a Spark pool, for which its Synapse workspace is read.

        Raises:
            Problem: If that cannot be read.
        """
        from tui.domain.role_change import RoleChange

        synapse = await self._session.operations.call(lambda azure: azure.synapse_workspace(pool.parent), wait)
        return RoleChange(synapse, pool, grants, compute=compute)

    async def _change(
        self, pool: ResourceId, edit: PoolEdit, workspace: Workspace, wait: OnWait
    ) -> tuple[PoolChange, list[tuple[ResourceId, str]]]:
        """The change of a Spark pool, which is read first, and the warnings about it.

        Raises:
            Problem: If it cannot be read.
        """
        from tui.domain.pool_change import PoolChange

        found = await self._session.operations.call(lambda azure: azure.spark_pool(pool), wait, fresh=True)
        change = PoolChange(found, edit)
        if change.changes_nothing:
            return change, []
        return change, [(change.id, await self._affected(found, workspace, wait))]

    async def _affected(self, pool: SparkPool, workspace: Workspace, wait: OnWait) -> str:
        """Which computes of a workspace a change of the Spark pool also changes, as a sentence."""
        from tui.domain.pool_consequences import attached_sentence, unknown_computes_sentence

        names = []
        try:
            async for page in self._session.operations.pages(lambda azure: azure.computes(workspace.id), wait):
                names += [one.name for one in page.items if one.is_spark_pool and one.attached_to == pool.id]
        except Problem:
            return unknown_computes_sentence(pool, workspace.name)
        return attached_sentence(pool, workspace.name, sorted(names, key=by_name))


def _read_words(fixes: Sequence[Fix]) -> str:
    """What is read for fixes, in a few words."""
    from tui.domain.fixes import GRANTED

    if len(fixes) > 1:
        return f"what {len(fixes)} attached pools need"
    (fix,) = fixes
    is_grant = fix.remedy in GRANTED
    return f"the Synapse workspace {fix.pool.parent.name}" if is_grant else f"the Spark pool {fix.pool.name}"
