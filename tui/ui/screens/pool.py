"""One Spark pool: all its settings, the computes that attach it, its network, and its JSON."""

from collections.abc import Iterable
from datetime import datetime

from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget

from tui.domain.errors import Problem
from tui.domain.exports.rest import pretty_json
from tui.domain.operation import Failed, Operation, Succeeded
from tui.domain.resource_id import ResourceId
from tui.domain.spark import SparkPool, SparkSettings
from tui.domain.states import ProvisioningState, Tone
from tui.ui.keys import bindings, key_name
from tui.ui.pool_computes import PoolComputes
from tui.ui.pool_network import PoolNetwork
from tui.ui.ports import Flow
from tui.ui.resource_lists import ResourceLists
from tui.ui.screens.base import BaseScreen
from tui.ui.screens.changes import why_busy
from tui.ui.screens.compute_rows import ONGOING
from tui.ui.screens.network_page import network_content
from tui.ui.screens.pool_page import attached_content, overview_content
from tui.ui.session import Session
from tui.ui.text import WHOLE, Parts, clock, content, fold, glyph, line, shorten, state, style
from tui.ui.widgets.pages import Page, Pages
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.strip import progress_words

_NAME_CELLS = 32


class PoolScreen(BaseScreen):
    """Shows one Spark pool.

    Args:
        pool: Its resource id; it is read at once.
        known: The Spark pool as a list showed it; None if only its id is known.
        page: The first page: `overview`, `attached`, `network` or `json`.
    """

    WHERE = "pool"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "#page"

    def __init__(
        self,
        session: Session,
        flow: Flow,
        pool: ResourceId,
        known: SparkPool | None = None,
        page: str = "overview",
    ) -> None:
        super().__init__(session, flow)
        self._target = pool
        self._pool = known
        self._problem: Problem | None = None
        self._read_at: datetime | None = None
        self._is_reading = False
        self._failure: Problem | None = None
        lists = ResourceLists(self.reads, session.operations)
        self._attaching = PoolComputes(lists, session.where.workspace, pool)
        self._network = PoolNetwork(lists, pool.parent)
        self._first_page = page

    def content(self) -> Iterable[Widget]:
        """Create the problem panel and the pages."""

        def json_page(width: int) -> Content:
            return content(fold(self._json(), width, copy_key=key_name("pool.copy")))

        yield ProblemPanel(id="problem")
        yield Pages(
            (
                Page("overview", "Overview", self._overview, lambda: self._overview(WHOLE).plain),
                Page("attached", "Attached", self._attached, lambda: self._attached(WHOLE).plain),
                Page("network", "Network", self._network_page, lambda: self._network_page(WHOLE).plain),
                Page("json", "JSON", json_page, self._json, is_document=True),
            ),
            self._first_page,
        )

    @property
    def place(self) -> str:
        """Resource group, Synapse workspace and Spark pool."""
        return f"{self._target.resource_group} › {self._target.parent.name} › {self._target.name}"

    def on_mount(self) -> None:
        """Say that it is being read."""
        self._announce()

    def begin(self) -> None:
        """Read the Spark pool, and the computes of the open workspace."""
        self.reads.start("pool", self._read)
        self._attaching.read(self._refresh_page)
        self.on_pages_turned()

    def on_pages_turned(self) -> None:
        """Read the network when its page is first shown: two or three requests that nothing else needs."""
        if self.query_one(Pages).page.id == "network":
            self._network.read(self._refresh_page)

    def _announce(self) -> None:
        self._is_reading = True
        self._show_status("reading …")

    async def _read(self) -> None:
        problem: Problem | None = None
        try:
            self._pool = await self.session.operations.call(
                lambda azure: azure.spark_pool(self._target),
                lambda request_wait: self._show_status(f"waiting, {request_wait.text}", is_progress=True),
                fresh=True,
            )
        except Problem as failure:
            problem = failure
        self._is_reading, self._problem = False, problem
        self._read_at = self.session.operations.now() if problem is None else self._read_at
        self._show_problem()
        if self._failure is None:
            self._show_status(self._age)
        else:
            self.say((f"{self._failure.title} {key_name('app.operations')} shows it.", "$error"))
        self._refresh_page()
        self.show_keys()

    @property
    def _age(self) -> str:
        if self._problem is not None:
            return "is gone" if self._problem.is_missing else "could not be read"
        return f"as of {clock(self._read_at)}" if self._read_at is not None else ""

    def _show_problem(self) -> None:
        hint = f"{key_name('pool.refresh')} tries again · {key_name('pool.copy')} copies this"
        if self._problem is not None and self._pool is not None:
            hint = f"{hint} · below is what was read before"
        self.query_one(ProblemPanel).show_problem(self._problem, hint)

    def _show_status(self, note: str, *, is_progress: bool = False) -> None:
        parts: Parts = [
            (shorten(line(self._target.name), _NAME_CELLS), "bold"),
            f" · Spark pool in {self._target.parent.name}",
        ]
        operation = self._open_operation
        if operation is not None and operation.is_running:
            parts.append((f" · {glyph(Tone.BUSY)} {operation.verb.value}", style(Tone.BUSY)))
        elif self._pool is not None and self._problem is None:
            parts += [" · ", (state(self._pool.state), style(self._pool.state.tone))]
        if operation is not None and operation.is_watched_elsewhere:
            note = f"another sparkpool is {ONGOING[operation.verb]} it · {note}"
        elif operation is not None and operation.is_interrupted:
            note = f"{key_name('app.operations')} shows its interrupted {operation.verb.noun} · {note}"
        say = self.say_progress if is_progress else self.say
        say(*parts, (f" · {note}", "$dim"))

    @property
    def _open_operation(self) -> Operation | None:
        mine = (one for one in self.session.operations.operations() if one.target == self._target)
        return next((one for one in mine if one.end is None and not one.other_cloud), None)

    # Pages

    def _refresh_page(self) -> None:
        self.query_one(Pages).refresh_page()
        self.show_account()

    def _overview(self, width: int) -> Content:
        nothing = "Reading the Spark pool …" if self._is_reading else "Nothing is known of it."
        return overview_content(self._pool, self.session.operations.now(), width, nothing)

    def _attached(self, width: int) -> Content:
        return attached_content(self._attaching, self._target.name, width)

    def _network_page(self, width: int) -> Content:
        return network_content(self._network, self._target.name, width)

    def _json(self) -> str:
        return pretty_json(self._pool.raw) if self._pool is not None else ""

    # Events and keys

    def operation_changed(self, operation: Operation) -> None:
        """Show what an operation does to this Spark pool, and read it again at the end."""
        if operation.target != self._target or operation.other_cloud:
            return
        match operation.end:
            case None:
                self._failure = None
                self._show_status(progress_words(operation, self.session.operations.now()), is_progress=True)
            case Succeeded(resource=SparkPool() as pool):
                self._pool, self._problem, self._read_at = pool, None, self.session.operations.now()
                self._show_problem()
                self._show_status(self._age)
            case end:
                self._failure = end.problem if isinstance(end, Failed) else None
                self._read_again()
        self._refresh_page()
        self.show_keys()

    def reports(self, operation: Operation) -> bool:
        """Whether it writes this Spark pool."""
        return operation.target == self._target and not operation.other_cloud

    def tick(self) -> None:
        """Update the elapsed time of a running operation."""
        operation = self._open_operation
        if operation is not None and operation.is_running:
            self._show_status(progress_words(operation, self.session.operations.now()), is_progress=True)

    def why_not(self, action: str) -> str | None:
        """Why a key is not available for this Spark pool."""
        if action == "turn_json" and self._pool is None:
            return self._why_unknown
        if action != "change":
            return None
        if not self._is_gone and (self._pool is None or self._problem is not None):
            return self._why_unknown
        return why_busy(self, self._target)

    @property
    def _is_gone(self) -> bool:
        """Whether Azure says that there is no such Spark pool."""
        return not self._is_reading and self._problem is not None and self._problem.is_missing

    @property
    def _last_known(self) -> SparkPool:
        """What is known of a deleted Spark pool: as it was read before, or as a compute that attaches it shows it."""
        if self._pool is not None:
            return self._pool
        echoes = (one.settings for one in self._attaching.computes if one.settings is not None)
        return SparkPool(self._target, "", ProvisioningState(""), next(echoes, SparkSettings()))

    def label(self, binding: Binding) -> str:
        """Name the key for changes by what it does with a deleted Spark pool."""
        return "create again" if binding.action == "change" and self._is_gone else super().label(binding)

    @property
    def _why_unknown(self) -> str:
        if self._problem is not None and not self._is_reading:
            return f"{self._problem.title} {key_name('pool.refresh')} reads again."
        return f"{self._target.name} is still being read."

    def action_change(self) -> None:
        """Open the form that changes it, or that creates it again if it is gone."""
        if self.refused("change"):
            return
        if self._is_gone:
            self.flow.pools.create_again(self, self._last_known)
        elif self._pool is not None:
            self.flow.pools.change(self._pool)

    def action_turn_json(self) -> None:
        """Show the JSON, or the overview if the JSON is shown."""
        if not self.refused("turn_json"):
            pages = self.query_one(Pages)
            pages.show("overview" if pages.page.id == "json" else "json")

    def action_turn_network(self) -> None:
        """Show the network, or the overview if the network is shown."""
        pages = self.query_one(Pages)
        pages.show("overview" if pages.page.id == "network" else "network")

    async def action_copy(self) -> None:
        """Copy the page that is shown, or the problem if there is nothing else."""
        page = self.query_one(Pages).page
        if self._problem is not None and (self._pool is None or page.id == "overview"):
            await self.copy(self._problem.report, "the problem")
        else:
            await self.copy(page.copy(), f"the {page.title} of {self._target.name}", is_document=page.is_document)

    def action_refresh(self) -> None:
        """Read the Spark pool again, the computes that attach it, and its network if that was read."""
        self.session.operations.forget_reads()
        self._failure = None
        self._attaching.read_again()
        self._network.read_again()
        self._read_again()

    def _read_again(self) -> None:
        self._announce()
        self.reads.start("pool", self._read)
