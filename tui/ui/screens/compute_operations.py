"""The operations on a workspace's computes, shown on their rows."""

from __future__ import annotations

from collections.abc import Callable
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
        self._writes, self._roles = _Together(), _Together()

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
            return replace(self._fresh(compute), readiness=self._readiness_store.of(compute))
        elapsed = duration(operation.elapsed(self._operations.now())) if operation.is_running else ""
        return replace(self._fresh(compute), operation=operation, elapsed=elapsed)

    def _fresh(self, compute: Compute) -> ComputeRow:
        """A row of a compute about which only the list is known."""
        before = self._table().get(compute.name.lower())
        return ComputeRow(compute, others=before.others if before is not None else ())

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
        self._writes.note(operation)
        self.show()

    def follow_roles(self, operation: Operation) -> None:
        """Note a change of roles, and show on its row that another program makes it, or no longer does."""
        self._roles.note(operation)
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
                table.put([self._fresh(compute)])
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
        batch = self._roles if operation.verb.is_of_roles else self._writes
        together = [one for one in batch.end(operation) if _is_alike(one, operation)]
        if isinstance(operation.end, Succeeded) and operation.verb.is_of_roles:
            words, style = _roles_total(together)
            return f"{words}{rest}", style
        if len(together) > 1 and not operation.verb.is_of_roles:
            return f"{_total(together)}{rest}", "$error" if any(_failed(one) for one in together) else "$success"
        if isinstance(operation.end, Failed):
            return f"{operation.end.problem.title} {key_name('app.operations')} shows it.{rest}", "$error"
        if isinstance(operation.end, Succeeded):
            return f"{operation.target.name} is {_DONE[operation.verb]}.{rest}", "$success"
        return None

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
            table.put([self._fresh(compute)])
            self._after_read_again()


class _Together:
    """Operations that run at the same time, or one after another without a pause between them."""

    def __init__(self) -> None:
        self._running: set[int] = set()
        self._ended: list[Operation] = []

    def note(self, operation: Operation) -> None:
        """Note that an operation runs, or waits for its turn."""
        if operation.is_running:
            self._running.add(operation.id)

    def end(self, operation: Operation) -> list[Operation]:
        """Those that have ended since none ran, with this one as the last."""
        self._running.discard(operation.id)
        ended = [*self._ended, operation]
        self._ended = ended if self._running else []
        return ended


def _is_alike(one: Operation, other: Operation) -> bool:
    """Whether one sentence can be about two operations."""
    if one.verb.is_of_roles:
        return other.verb.is_of_roles and one.compute == other.compute
    return one.verb is other.verb


def _roles_total(operations: list[Operation]) -> tuple[str, str]:
    """A summary of changes of roles, with its style."""
    done = [one for one in operations if isinstance(one.end, Succeeded)]
    names, shows = enumerated(sorted({one.target.name for one in done}, key=by_name)), key_name("app.operations")
    is_doubtful, failed = any(map(_has_warning, done)), sum(map(_failed, operations))
    words = f"The roles on {names} {'may not be' if is_doubtful else 'are'} as planned"
    if failed:
        return f"{words}. {failed} failed; {shows} shows why.", "$error"
    if is_doubtful:
        return f"{words}; {shows} shows why.", "$warning"
    is_azure = any(one.verb is Verb.AZURE_ROLES for one in done)
    effect = f" Azure can need {EFFECT_MINUTES} minutes to apply them." if is_azure else ""
    return f"{words}.{effect}", "$success"


def _has_warning(operation: Operation) -> bool:
    """Whether a step found something that the user has to look at."""
    return any(isinstance(event, Progress) and event.tone is Tone.WARNING for event in operation.events)


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
