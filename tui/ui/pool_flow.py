"""Opens the screens of Spark pools."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui.domain.errors import Problem

if TYPE_CHECKING:
    from textual.app import App

    from tui.domain.pool_change import PoolChange
    from tui.domain.pool_creation import PoolCreation
    from tui.domain.pool_form import PoolInput
    from tui.domain.ports import RequestWait
    from tui.domain.resource_id import ResourceId
    from tui.domain.spark import SparkPool
    from tui.domain.workspaces import SynapseWorkspace
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

    def create_again(self, screen: BaseScreen, pool: SparkPool) -> None:
        """Read the Synapse workspace of a deleted Spark pool, and open the form that creates it again."""
        workspace = pool.id.parent
        if not screen.shows_result("again"):
            screen.say_until_key((f"Reading the Synapse workspace {workspace.name} …", "$dim"))
            screen.reads.start("again", self._read_and_create, screen, pool)

    async def _read_and_create(self, screen: BaseScreen, pool: SparkPool) -> None:
        from tui.domain.pool_form import CreationInput

        workspace, operations = pool.id.parent, self._session.operations

        def wait(request_wait: RequestWait) -> None:
            words = f"Reading the Synapse workspace {workspace.name}: waiting, {request_wait.text}"
            screen.say_until_key((words, "$dim"))

        show: Callable[[], None]
        try:
            found = await operations.call(lambda azure: azure.synapse_workspace(workspace), wait, fresh=True)
        except Problem as problem:
            show, what = partial(self._flow.error, problem), f"why {pool.name} cannot be created again"
        else:
            known = CreationInput.again(found, pool, operations.now().date())
            show, what = partial(self._form, known), f"the form for {pool.name}"
        screen.restore_message()
        screen.show_result("again", what, show)

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
