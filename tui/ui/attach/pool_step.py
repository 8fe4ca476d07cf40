"""Step 1: the Spark pool, by subscription and Synapse workspace, or by its resource id."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from tui.domain.errors import Problem, ProblemKind
from tui.domain.fitness import fitness_of
from tui.domain.ordering import by_name
from tui.domain.pasted import resource_id_in
from tui.domain.phrases import doubts
from tui.domain.ports import RequestWait
from tui.domain.resource_id import SPARK_POOL_TYPE, InvalidResourceId, ResourceId
from tui.domain.spark import SparkPool
from tui.domain.states import Tone
from tui.domain.workspaces import Subscription, SynapseWorkspace
from tui.operations.service import Operations
from tui.ui.attach.attached import AttachedPools
from tui.ui.attach.form import Form
from tui.ui.attach.step import Step
from tui.ui.keys import key_name
from tui.ui.reads import Reads
from tui.ui.resource_lists import CachedList, ResourceLists
from tui.ui.text import Parts, content, dash, glyph, state, style
from tui.ui.widgets.chooser import Chooser
from tui.ui.widgets.columns import NO_SUBSCRIPTION, SUBSCRIPTION_COLUMNS, Cell, Column, toned
from tui.ui.widgets.table import ResourceTable

_HINT = "type to search, or paste the pool's resource id"
_PREFETCHED_WORKSPACES = 5


@dataclass(frozen=True, slots=True)
class _PoolRow:
    pool: SparkPool
    attached: str
    doubts: tuple[tuple[Tone, str], ...] = ()
    has_ended: bool = False


_SYNAPSE_COLUMNS: tuple[Column[SynapseWorkspace], ...] = (
    Column("SYNAPSE WORKSPACE", lambda workspace: Cell(workspace.name), 0, most=40),
    Column("RESOURCE GROUP", lambda workspace: Cell(workspace.id.resource_group), 1, most=40),
    Column("REGION", lambda workspace: Cell(workspace.location, "dim"), 2),
)


def _version(row: _PoolRow) -> Cell:
    if row.has_ended:
        return Cell(f"{row.pool.settings.version} {glyph(Tone.BAD)}", "bad")
    return Cell(row.pool.settings.version or dash())


_POOL_COLUMNS: tuple[Column[_PoolRow], ...] = (
    Column("POOL", lambda row: Cell(row.pool.name), 0, most=24),
    Column("SPARK", _version, 2, most=8),
    Column("NODES", lambda row: Cell(row.pool.settings.nodes or dash()), 4, right=True),
    Column("SIZE", lambda row: Cell(row.pool.settings.size or dash()), 5, most=18, is_list=True),
    Column("AUTO-PAUSE", lambda row: Cell(row.pool.settings.pause or dash(), "dim"), 6, most=14, is_words=True),
    Column("STATE", lambda row: toned(state(row.pool.state), row.pool.state.tone), 1, most=14, is_words=True),
    Column("ATTACHED", lambda row: Cell(row.attached, "dim"), 3, most=34, is_list=True),
)


class PoolStep(Step):
    """Three lists, one after the other, each of which starts to load before it is needed.

    Args:
        attached: Knows where pools are already attached.
    """

    title = "Pool"

    def __init__(
        self, form: Form, lists: ResourceLists, reads: Reads, operations: Operations, attached: AttachedPools
    ) -> None:
        super().__init__(form, lists, id="pool-step")
        self._reads = reads
        self._operations = operations
        self._subscription: Subscription | None = None
        self._synapse: SynapseWorkspace | None = None
        self._attached = attached
        self._wanted: ResourceId | None = None
        self._typed_at_choice: dict[str | None, str] = {}

    def compose(self) -> ComposeResult:
        """Create the three lists, of which one is visible."""
        own = self.form.workspace.id.subscription.lower()
        yield Chooser(
            SUBSCRIPTION_COLUMNS,
            lambda one: one.id,
            lambda one: (one.id.lower() != own, not one.usable, by_name(one.name)),
            hint=_HINT,
            id="pool-subscriptions",
        )
        yield Chooser(_SYNAPSE_COLUMNS, lambda one: one.id.key, lambda one: by_name(one.name), hint=_HINT, id="synapse")
        yield Chooser(
            _POOL_COLUMNS, lambda row: row.pool.id.key, lambda row: by_name(row.pool.name), hint=_HINT, id="pools"
        )
        yield Static("", id="pool-facts", markup=False)

    def on_mount(self) -> None:
        """Start to read what the user is likely to need."""
        own = self.form.workspace.id.subscription
        self._show("pool-subscriptions")
        self._chooser("pool-subscriptions").follow(
            self.lists.subscriptions(), lambda one: one, "subscription", NO_SUBSCRIPTION
        )
        likely = self.lists.synapse_workspaces(own)
        likely.watchers.append(lambda: self._prefetch(likely))
        self._attached.watchers.append(self._attached_changed)

    # Called by the screen

    @property
    def answer(self) -> str:
        """The pool's name."""
        return self.form.pool.name if self.form.pool else ""

    def open(self) -> None:
        """Show the current list."""
        self._current.take_focus()
        if self._current.id == "pool-subscriptions":
            self._say("Which subscription holds the Synapse workspace? Or paste the pool's id.")
        elif self._current.id == "synapse" and self._subscription is not None:
            self._say(f"Which Synapse workspace of {self._subscription.name}?")
        elif self._synapse is not None:
            self._say(f"Which Spark pool of {self._synapse.name}?")

    def accept(self) -> None:
        """Keep the pool chosen before, unless the user has typed or pasted something else since."""
        current = self._current
        typed = current.typed.strip()
        is_new = bool(typed) and typed != self._typed_at_choice.get(current.id, "").strip()
        take = key_name("field.submit")
        if is_new and current.is_id(typed):
            self._read_typed(typed)
        elif self.form.pool is None:
            self._say(f"Choose a Spark pool first: {take} chooses the row under the cursor.", "$warning")
        elif is_new:
            words = f'"{typed}" is only a search. {take} chooses the row under the cursor; clear the field to keep'
            self._say(f"{words} {self.form.pool.name}.", "$warning")
        else:
            self.post_message(self.Done())

    def back(self) -> bool:
        """Go from the pools to the Synapse workspaces, from there to the subscriptions."""
        if self._current.id == "pool-subscriptions":
            return False
        self._show("synapse" if self._current.id == "pools" else "pool-subscriptions")
        self.open()
        return True

    def refresh_list(self) -> None:
        """Read the visible list again."""
        listed = self._current.listed
        if listed is not None:
            self.lists.read_again(listed)

    @property
    def synapse(self) -> SynapseWorkspace | None:
        """The Synapse workspace whose Spark pools are listed; None on the lists before."""
        return self._synapse if self._current.id == "pools" else None

    @property
    def pool_under_cursor(self) -> SparkPool | None:
        """The Spark pool under the cursor; None if there is none."""
        row = self._chooser("pools").table.current if self.synapse is not None else None
        return row.pool if isinstance(row, _PoolRow) else None

    @property
    def why_no_pool(self) -> str | None:
        """Why no Spark pool can be shown, in one sentence; None if one can."""
        if self.synapse is None:
            return "Choose a Synapse workspace first; then its Spark pools are listed."
        return None if self.pool_under_cursor is not None else "There is no Spark pool here."

    @property
    def why_no_new_pool(self) -> str | None:
        """Why no Spark pool can be created, in one sentence; None if one can."""
        return None if self.synapse is not None else "Choose the Synapse workspace of the new Spark pool first."

    def pool_written(self, pool: ResourceId, *, is_wanted: bool) -> None:
        """Read the listed Spark pools again because one was created or changed.

        Args:
            pool: The Spark pool.
            is_wanted: Whether to put the cursor on it; the cursor and the text of a user who is choosing stay.
        """
        if self._synapse is None or not pool.is_in(self._synapse.id):
            return
        pools, is_in_front = self._chooser("pools"), self.screen.is_active
        if is_wanted and not (is_in_front and pools.table.items):
            self._wanted = pool
            if not is_in_front:
                pools.clear()
        self.lists.read_again(self.lists.spark_pools(self._synapse.id))

    def _find_wanted(self) -> None:
        """Put the cursor on the wanted Spark pool once it is listed."""
        table = self._chooser("pools").table
        if self._wanted is not None and table.get(self._wanted.key) is not None:
            table.select(self._wanted.key)
            self._wanted = None

    @property
    def copyable(self) -> tuple[str, str]:
        """The visible problem."""
        return self._current.problem_text, "the problem"

    # Internals

    def _chooser(self, name: str) -> Chooser[object]:
        return self.query_one(f"#{name}", Chooser)

    @property
    def _current(self) -> Chooser[object]:
        return next(chooser for chooser in self.query(Chooser) if chooser.display)

    def _show(self, name: str) -> None:
        for chooser in self.query(Chooser):
            chooser.display = chooser.id == name
        self._show_facts()

    def _say(self, text: str, tone: str = "bold") -> None:
        self.post_message(self.Said(text, tone))

    def _prefetch(self, listed: CachedList[SynapseWorkspace]) -> None:
        if listed.complete and len(listed.items) <= _PREFETCHED_WORKSPACES:
            for workspace in listed.items:
                self.lists.spark_pools(workspace.id)

    def _attached_changed(self) -> None:
        pools = self._chooser("pools")
        if pools.display:
            pools.show_again()
            self._show_facts()

    def _row(self, pool: SparkPool) -> _PoolRow:
        fitness = fitness_of(pool, self._operations.now().date())
        return _PoolRow(pool, self._attached.text(pool.id), tuple(doubts(fitness)), fitness.runtime.ended)

    @on(Chooser.Narrowed)
    @on(ResourceTable.Highlighted)
    def _show_facts(self) -> None:
        """Show all properties of the pool under the cursor, because a narrow table hides some."""
        row = self._chooser("pools").table.current if self._current.id == "pools" else None
        facts = content(*self._facts(row)) if isinstance(row, _PoolRow) else ""
        self.query_one("#pool-facts", Static).update(facts)

    def _facts(self, row: _PoolRow) -> Parts:
        pool, settings = row.pool, row.pool.settings
        properties = [
            f"Spark {settings.version}" if settings.version else "",
            f"{settings.nodes} nodes" if settings.nodes else "",
            settings.size,
            f"auto-pause {settings.pause}" if settings.pause else "",
            str(pool.state),
        ]
        parts: Parts = [
            (f"{pool.name}  ", "bold"),
            (f"{' · '.join(one for one in properties if one)}\n", "$dim"),
        ]
        if row.attached:
            parts.append((f"{glyph(Tone.WARNING)} already attached {row.attached}\n", "$warning"))
        parts += [(f"{glyph(tone)} {sentence}\n", style(tone)) for tone, sentence in row.doubts]
        return parts

    def _choose(self, pool: ResourceId, facts: SparkPool | None) -> None:
        self._typed_at_choice = {chooser.id: chooser.typed for chooser in self.query(Chooser)}
        self.form.choose_pool(pool, facts, self._attached.own.items)
        self.post_message(self.Done())

    @on(Chooser.Chosen, "#pool-subscriptions")
    def _subscription_chosen(self, event: Chooser.Chosen) -> None:
        event.stop()
        self._subscription = event.item
        synapse = self._chooser("synapse")
        synapse.clear()
        workspaces = self.lists.synapse_workspaces(event.item.id)
        synapse.follow(
            workspaces,
            lambda one: one,
            "Synapse workspace",
            f"{key_name('attach.back')} goes back to the subscriptions",
        )
        self._show("synapse")
        self.open()

    @on(Chooser.Chosen, "#synapse")
    def _synapse_chosen(self, event: Chooser.Chosen) -> None:
        event.stop()
        self._synapse = event.item
        pools = self._chooser("pools")
        pools.clear()
        listed = self.lists.spark_pools(event.item.id)
        pools.follow(
            listed,
            self._row,
            "Spark pool",
            f"{key_name('attach.back')} goes back to the workspaces",
            empty=f"No Spark pools in {event.item.name} yet. {key_name('attach.new')} creates one.",
        )
        # After the table has taken the new rows.
        if self._find_wanted not in listed.watchers:
            listed.watchers.append(self._find_wanted)
        self._show("pools")
        self.open()

    @on(Chooser.Chosen, "#pools")
    def _pool_chosen(self, event: Chooser.Chosen) -> None:
        event.stop()
        self._choose(event.item.pool.id, event.item.pool)

    @on(Chooser.Typed)
    def _id_typed(self, event: Chooser.Typed) -> None:
        event.stop()
        self._read_typed(event.text)

    def _read_typed(self, text: str) -> None:
        try:
            pool = resource_id_in(text, SPARK_POOL_TYPE)
        except InvalidResourceId as error:
            self._say(str(error), "$error")
            return
        self._say(f"Reading {pool.parent.name}/{pool.name} …", "$dim")
        self._reads.start("typed pool", self._read_pool, pool)

    async def _read_pool(self, pool: ResourceId) -> None:
        def wait(request_wait: RequestWait) -> None:
            self._say(f"Reading {pool.parent.name}/{pool.name}: waiting, {request_wait.text}", "$dim")

        try:
            facts = await self._operations.call(lambda azure: azure.spark_pool(pool), wait, fresh=True)
        except Problem as problem:
            self._read_failed(pool, problem)
        else:
            self._choose(facts.id, facts)

    def _read_failed(self, pool: ResourceId, problem: Problem) -> None:
        if problem.kind is ProblemKind.FORBIDDEN:
            self._say(f"You may not read {pool.name}, so it cannot be checked here; Azure decides.", "$warning")
            self._choose(pool, None)
        elif problem.is_denied:
            self._say(f"{problem.title} The pool cannot be checked here; Azure decides.", "$warning")
            self._choose(pool, None)
        elif problem.kind is ProblemKind.NOT_FOUND:
            self._say(f"There is no Spark pool {pool.name} in {pool.parent.name}. Check the id.", "$error")
        else:
            self._say(f"{problem.title} {problem.advice}", "$error")
