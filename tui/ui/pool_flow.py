"""Opens the screens of Spark pools."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui.domain.errors import Problem
from tui.domain.ordering import by_name

if TYPE_CHECKING:
    from textual.app import App

    from tui.domain.compute import Compute
    from tui.domain.pool_change import PoolChange, PoolEdit
    from tui.domain.pool_creation import PoolCreation
    from tui.domain.pool_form import PoolInput
    from tui.domain.ports import RequestWait
    from tui.domain.resource_id import ResourceId
    from tui.domain.spark import SparkPool
    from tui.domain.workspaces import SynapseWorkspace, Workspace
    from tui.operations.bridge import OnWait
    from tui.ui.ports import Flow
    from tui.ui.screens.base import BaseScreen
    from tui.ui.session import Session


class PoolFlow:
    """The part of the flow that concerns Spark pools; each method opens its screen over the one in front."""

    def __init__(self, app: App[None], session: Session, flow: Flow) -> None:
        self._app = app
        self._session = session
        self._flow = flow

    def open(self, pool: ResourceId, known: SparkPool | None = None, page: str = "overview") -> None:
        """Show a Spark pool.

        Args:
            pool: Its resource id.
            known: The Spark pool as a list showed it; None if only its id is known.
            page: The id of the page that is shown first.
        """
        from tui.ui.screens.pool import PoolScreen

        self._app.push_screen(PoolScreen(self._session, self._flow, pool, known, page))

    def change(self, pool: SparkPool) -> None:
        """Open the form that changes a Spark pool."""
        from tui.domain.pool_form import ChangeInput

        self._form(ChangeInput(pool))

    def create(self, workspace: SynapseWorkspace) -> None:
        """Open the form for a new Spark pool of a Synapse workspace."""
        from tui.domain.pool_form import CreationInput

        self._form(CreationInput(workspace))

    def fix(self, screen: BaseScreen, workspace: Workspace, compute: Compute, pool: ResourceId, edit: PoolEdit) -> None:
        """Read a Spark pool, and show the plan of the change that fixes a failed check of its compute."""
        if not screen.shows_result("fix"):
            screen.say_until_key((f"Reading the Spark pool {pool.name} …", "$dim"))
            screen.reads.start("fix", self._read_and_fix, screen, workspace, compute, pool, edit)

    async def _read_and_fix(
        self, screen: BaseScreen, workspace: Workspace, compute: Compute, pool: ResourceId, edit: PoolEdit
    ) -> None:
        from tui.domain.plan import Plan
        from tui.domain.pool_change import PoolChange

        def wait(request_wait: RequestWait) -> None:
            screen.say_until_key((f"Reading the Spark pool {pool.name}: waiting, {request_wait.text}", "$dim"))

        show: Callable[[], None]
        try:
            found = await self._session.operations.call(lambda azure: azure.spark_pool(pool), wait, fresh=True)
        except Problem as problem:
            show, what = partial(self._flow.error, problem), f"why {compute.name} cannot be fixed from here"
        else:
            change = PoolChange(found, edit)
            plan = Plan.of([change])
            if not change.changes_nothing:
                plan = plan.with_warnings([(change.id, await self._affected(found, workspace, wait))])
            show, what = partial(self._flow.plan, plan), f"the plan for {pool.name}"
        screen.restore_message()
        screen.show_result("fix", what, show)

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

    def correct(self, request: PoolChange | PoolCreation, found: object) -> None:
        """Open the form of a failed request, based on what Azure shows now if that was read."""
        from tui.domain.pool_creation import PoolCreation
        from tui.domain.pool_form import ChangeInput, CreationInput
        from tui.domain.spark import SparkPool

        if isinstance(request, PoolCreation):
            self._form(CreationInput.of(request))
        else:
            known = ChangeInput.of(request)
            self._form(known.on(found) if isinstance(found, SparkPool) else known)

    def _form(self, known: PoolInput) -> None:
        from tui.ui.screens.pool_form import PoolFormScreen

        self._app.push_screen(PoolFormScreen(self._session, self._flow, known))
