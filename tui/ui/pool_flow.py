"""Opens the screens of Spark pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

    from tui.domain.pool_change import PoolChange
    from tui.domain.pool_creation import PoolCreation
    from tui.domain.pool_form import PoolInput
    from tui.domain.resource_id import ResourceId
    from tui.domain.spark import SparkPool
    from tui.domain.workspaces import SynapseWorkspace
    from tui.ui.ports import Flow
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
