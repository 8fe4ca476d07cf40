"""Where Spark pools are already attached: in the wizard's workspace, and in others of its subscription."""

from collections.abc import Callable

from tui.domain.compute import Compute
from tui.domain.constants import OTHER_WORKSPACES
from tui.domain.resource_id import ResourceId
from tui.domain.workspaces import Workspace
from tui.ui.attach.form import Form
from tui.ui.resource_lists import CachedList, ResourceLists


class AttachedPools:
    """The computes of the workspaces that have been read, by Spark pool.

    Args:
        form: Names the wizard's workspace.

    Attributes:
        watchers: Called whenever more is known.
    """

    def __init__(self, form: Form, lists: ResourceLists) -> None:
        self._form = form
        self._lists = lists
        self._elsewhere: list[tuple[Workspace, CachedList[Compute]]] = []
        self.watchers: list[Callable[[], None]] = []

    def read(self) -> None:
        """Start to read the computes of the workspace and of the others in its subscription."""
        self.own.watchers.append(self._notify)
        siblings = self._lists.workspaces(self._form.workspace.id.subscription)
        siblings.watchers.append(lambda: self._read_siblings(siblings))

    @property
    def own(self) -> CachedList[Compute]:
        """The computes of the wizard's workspace."""
        return self._lists.computes(self._form.workspace.id)

    def text(self, pool: ResourceId) -> str:
        """The computes that a pool is attached as, such as `as etl-prod, etl in aml-dev`; empty if there are none."""
        here = [one.name for one in self.own.items if one.attached_to == pool and one.is_spark_pool]
        there = [
            f"{one.name} in {workspace.name}"
            for workspace, listed in self._elsewhere
            for one in listed.items
            if one.attached_to == pool and one.is_spark_pool
        ]
        return f"as {', '.join((*here, *there))}" if here or there else ""

    def remark(self) -> str:
        """A warning that the chosen pool is already attached; empty if it is not."""
        pool = self._form.pool
        words = self.text(pool) if pool is not None and self._form.existing is None else ""
        return f"{pool.name} is already attached {words}. This attaches it again." if words and pool else ""

    def _read_siblings(self, listed: CachedList[Workspace]) -> None:
        known = {workspace.id for workspace, _ in self._elsewhere} | {self._form.workspace.id}
        for workspace in listed.items[:OTHER_WORKSPACES]:
            if workspace.id not in known:
                computes = self._lists.computes(workspace.id)
                computes.watchers.append(self._notify)
                self._elsewhere.append((workspace, computes))

    def _notify(self) -> None:
        for watcher in list(self.watchers):
            watcher()
