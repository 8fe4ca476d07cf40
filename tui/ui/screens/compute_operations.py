"""The operations on a workspace's computes, shown on their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.domain.azure_roles import EFFECT_MINUTES
from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.operation import Failed, Operation, Progress, Succeeded, Verb, Watch
from tui.domain.ordering import by_name
from tui.domain.phrases import enumerated, plural
from tui.domain.states import Tone
from tui.ui.keys import key_name
from tui.ui.screens.compute_rows import ComputeRow, placeholder
from tui.ui.text import duration

if TYPE_CHECKING:
    from tui.domain.resource_id import ResourceId
    from tui.ui.readiness_store import ReadinessStore
    from tui.ui.reads import Reads
    from tui.ui.session import Session
    from tui.ui.widgets.table import ResourceTable

_DONE = {Verb.ATTACH: "attached", Verb.UPDATE: "updated", Verb.DETACH: "detached"}


class ComputeOperations:
    """Shows running operations on their rows, and the result when they end.

    Args:
        readiness_store: Knows the readiness of attached pools.
        table: Returns the list; only valid after it is mounted.
        read_again: Called after a compute was read again because of a failure.
    """

    def __init__(
        self,
        session: Session,
        workspace: ResourceId,
        reads: Reads,
        readiness_store: ReadinessStore,
        table: Callable[[], ResourceTable[ComputeRow]],
        read_again: Callable[[], None],
    ) -> None:
        self._operations = session.operations
        self._workspace = workspace
        self._reads = reads
        self._readiness_store = readiness_store
        self._table = table
        self._after_read_again = read_again
        self._running: set[int] = set()
        self._ended: list[Operation] = []

    def concerns(self, operation: Operation) -> bool:
        """Whether an operation belongs to this workspace."""
        return operation.target.is_in(self._workspace) and not operation.other_cloud

    def open(self) -> dict[str, Operation]:
        """The operations that have not ended, by compute name in lower case; interrupted ones included.

        Role changes are included only if another program makes them; nothing else here shows those.
        """
        found = [one for one in self._operations.operations() if one.end is None]
        roles = (one for one in found if one.verb.is_of_roles and one.is_watched_elsewhere and not one.other_cloud)
        pairs = ((one.compute, one) for one in roles)
        changed = {to.name.lower(): one for to, one in pairs if to is not None and to.is_in(self._workspace)}
        return changed | {
            one.target.name.lower(): one for one in found if not one.verb.is_of_roles and self.concerns(one)
        }

    def keeps_row(self, name: str) -> bool:
        """Whether an operation creates or follows a compute, so that its row stays although Azure does not list it."""
        operation = self.open().get(name)
        return operation is not None and (operation.is_running or operation.verb is Verb.ATTACH)

    def row(self, compute: Compute, open_operations: dict[str, Operation]) -> ComputeRow:
        """The row of a compute, with its open operation."""
        operation = open_operations.get(compute.name.lower())
        if operation is None:
            return ComputeRow(compute, readiness=self._readiness_store.of(compute))
        elapsed = duration(operation.elapsed(self._operations.now())) if operation.is_running else ""
        return ComputeRow(compute, operation, elapsed)

    def show(self) -> None:
        """Show the open operations and their elapsed time."""
        open_operations, table = self.open(), self._table()
        rows = []
        for key, operation in open_operations.items():
            row = table.get(key)
            if row is not None or operation.is_running or operation.verb is Verb.ATTACH:
                rows.append(self.row(row.compute if row else placeholder(operation), open_operations))
        if rows:
            table.put(rows)

    def show_progress(self, operation: Operation) -> None:
        """Show that an operation has started or progressed."""
        if operation.is_running:
            self._running.add(operation.id)
        self.show()

    def follow_roles(self, operation: Operation) -> None:
        """Show on its row that another program changes roles, or no longer does."""
        row = self._table().get(operation.compute.name.lower()) if operation.compute is not None else None
        if row is not None and row.operation is not None and row.operation.id == operation.id:
            self._table().put([self.row(row.compute, self.open())])
        self.show()

    def end(self, operation: Operation) -> None:
        """Show the result of an operation on its row."""
        key, table = operation.target.name.lower(), self._table()
        if isinstance(operation.end, Succeeded) and operation.watch is not Watch.ELSEWHERE:
            table.unmark([key])
        match operation.end:
            case Succeeded(resource=Compute() as compute):
                table.put([ComputeRow(compute)])
            case Succeeded() if operation.verb is Verb.DETACH:
                table.drop([key])
            case _:
                self._read_again(operation)

    def outcome(self, operation: Operation) -> tuple[str, str] | None:
        """What to report about an operation that has ended, with its style; None for nothing."""
        if operation.watch is Watch.ELSEWHERE:
            return _outcome_elsewhere(operation)
        marked = len(self._table().marked)
        rest = f" {marked} still marked." if marked else ""
        together = self._ended_together(operation)
        if len(together) > 1:
            return f"{_total(together)}{rest}", "$error" if any(_failed(one) for one in together) else "$success"
        if isinstance(operation.end, Failed):
            return f"{operation.end.problem.title} {key_name('app.operations')} shows it.{rest}", "$error"
        if isinstance(operation.end, Succeeded) and operation.verb.is_of_roles:
            words, style = _roles_changed(self._operations.operations(), operation)
            return f"{words}{rest}", style
        if isinstance(operation.end, Succeeded):
            return f"{operation.target.name} is {_DONE[operation.verb]}.{rest}", "$success"
        return None

    def _ended_together(self, operation: Operation) -> list[Operation]:
        """The operations of the same kind that ended since the list was last idle, this one last."""
        if not self.concerns(operation):
            return [operation]
        self._ended.append(operation)
        together = [one for one in self._ended if one.verb is operation.verb]
        self._running.discard(operation.id)
        if not self._running:
            self._ended = []
        return together

    def _read_again(self, operation: Operation) -> None:
        self._reads.start(f"again:{operation.target.name.lower()}", self._read_and_show, operation.target)

    async def _read_and_show(self, target: ResourceId) -> None:
        key, table = target.name.lower(), self._table()
        try:
            compute = await self._operations.call(lambda azure: azure.compute(target), fresh=True)
        except Problem:
            row = table.get(key)
            if row is not None and row.compute.raw:
                table.put([replace(row, operation=None)])
            else:
                table.drop([key])
        else:
            table.put([ComputeRow(compute)])
            self._after_read_again()


def _roles_changed(operations: Iterable[Operation], last: Operation) -> tuple[str, str]:
    """On what an operation, and those that ran at the same time, changed roles; with the style of these words."""
    changed = [one for one in operations if one.verb.is_of_roles and one.compute == last.compute and _met(one, last)]
    names = enumerated(sorted({one.target.name for one in changed}, key=by_name))
    if any(map(_has_warning, changed)):
        return f"The roles on {names} may not be as planned; {key_name('app.operations')} shows why.", "$warning"
    is_azure = any(one.verb is Verb.AZURE_ROLES for one in changed)
    effect = f" Azure can need {EFFECT_MINUTES} minutes to apply them." if is_azure else ""
    return f"The roles on {names} are as planned.{effect}", "$success"


def _has_warning(operation: Operation) -> bool:
    """Whether a step found something that the user has to look at."""
    return any(isinstance(event, Progress) and event.tone is Tone.WARNING for event in operation.events)


def _met(one: Operation, other: Operation) -> bool:
    """Whether an operation succeeded that ran at the same time as another."""
    if not isinstance(one.end, Succeeded) or other.end is None:
        return False
    return one.events[0].at <= other.end.at and one.end.at >= other.events[0].at


def _outcome_elsewhere(operation: Operation) -> tuple[str, str] | None:
    name, verb = operation.target.name, operation.verb
    if isinstance(operation.end, Failed):
        shows = key_name("app.operations")
        return f"The {verb.noun} of {name} in another sparkpool failed; {shows} shows why.", "$warning"
    if isinstance(operation.end, Succeeded):
        done = f"changed the roles on {name}" if verb.is_of_roles else f"{_DONE[verb]} {name}"
        return f"Another sparkpool {done}.", "$success"
    return None


def _failed(operation: Operation) -> bool:
    return isinstance(operation.end, Failed)


def _total(operations: list[Operation]) -> str:
    """A summary of several operations, such as `6 Spark pools are detached. 1 failed; o shows why`."""
    sentences = []
    for verb, done in _DONE.items():
        number = sum(one.verb is verb and isinstance(one.end, Succeeded) for one in operations)
        if number:
            sentences.append(f"{plural(number, 'Spark pool')} {'is' if number == 1 else 'are'} {done}.")
    failed = sum(_failed(one) for one in operations)
    if failed:
        sentences.append(f"{failed} failed; {key_name('app.operations')} shows why.")
    return " ".join(sentences)
