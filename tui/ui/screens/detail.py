"""One compute: all its fields, its JSON and YAML, and its operations."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from textual.content import Content
from textual.widget import Widget

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.exports.jobs import use_it, use_serverless
from tui.domain.exports.quoting import comment
from tui.domain.exports.rest import pretty_json
from tui.domain.exports.specification import specification
from tui.domain.exports.target import described
from tui.domain.fixes import fix_of
from tui.domain.merge import is_another
from tui.domain.operation import Operation, Succeeded, Verb
from tui.domain.readiness import Readiness
from tui.domain.resource_id import ResourceId
from tui.domain.states import ProvisioningState
from tui.domain.workspaces import Workspace
from tui.operations.readiness import Assessed
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.readiness_store import ReadinessStore
from tui.ui.screens import changes
from tui.ui.screens.base import BaseScreen
from tui.ui.screens.compute_rows import ONGOING
from tui.ui.screens.computes_reload import another_since
from tui.ui.screens.overview_page import overview_content
from tui.ui.screens.readiness_page import readiness_content, verdict_parts
from tui.ui.session import Session
from tui.ui.text import (
    WHOLE,
    Parts,
    clock,
    content,
    dash,
    dated,
    fold,
    fold_code,
    line,
    shorten,
    state,
    style,
    wrap,
)
from tui.ui.widgets.pages import Page, Pages
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.strip import progress_words

_NAME_CELLS = 32
_SAME_TIME = timedelta(seconds=1)


class DetailScreen(BaseScreen):
    """Shows one compute.

    Args:
        compute: The compute from the list; it is read again at once.
        page: The first page: `overview`, `readiness`, `json`, `yaml`, `use` or `activity`.
    """

    WHERE = "detail"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "#page"

    def __init__(
        self, session: Session, flow: Flow, workspace: Workspace, compute: Compute, page: str = "overview"
    ) -> None:
        super().__init__(session, flow)
        self._workspace = workspace
        self._compute = compute
        self._first_page = page
        self._read_at: datetime | None = None
        self._why_unchecked = ""
        self._readiness_store = ReadinessStore(session, self.reads, self._show_assessed, self._assessment_waits)

    def content(self) -> Iterable[Widget]:
        """Create the problem panel and the pages."""
        copies = key_name("detail.copy")

        def code(write: Callable[[], str]) -> Callable[[int], Content]:
            return lambda width: content(fold_code(write(), width, copy_key=copies))

        def json_page(width: int) -> Content:
            return content(fold(self._json(), width, copy_key=copies))

        def use() -> str:
            return self._use(use_it)

        def serverless() -> str:
            return self._use(use_serverless)

        yield ProblemPanel(id="problem")
        yield Pages(
            (
                Page("overview", "Overview", self._overview, lambda: self._overview(WHOLE).plain),
                Page("readiness", "Readiness", self._readiness, lambda: self._readiness(WHOLE).plain),
                Page("json", "JSON", json_page, self._json, is_document=True),
                Page("yaml", "YAML", code(self._yaml), self._yaml, is_document=True),
                Page("use", "Job", code(use), use, is_document=True),
                Page("serverless", "Serverless", code(serverless), serverless, is_document=True),
                Page("activity", "Activity", self._activity, lambda: self._activity(WHOLE).plain),
            ),
            self._first_page,
        )

    @property
    def place(self) -> str:
        """Resource group, workspace and compute."""
        return f"{self._workspace.id.resource_group} › {self._workspace.name} › {self._compute.name}"

    def on_mount(self) -> None:
        """Read the compute again."""
        self._read()

    def _read(self) -> None:
        compute_id = self._compute.id
        if compute_id is None:
            self._show_status("as listed; it has no resource id to read it again")
            self._assess_again()
            return
        self._show_status("reading …")
        self.reads.start("compute", self._read_again, compute_id)

    async def _read_again(self, compute_id: ResourceId) -> None:
        operations, problem = self.session.operations, None
        try:
            compute = await operations.call(
                lambda azure: azure.compute(compute_id),
                lambda request_wait: self._show_status(f"waiting, {request_wait.text}", is_progress=True),
                fresh=True,
            )
        except Problem as failure:
            problem = failure
        else:
            if self._compute.raw and is_another(self._compute, compute):
                # Keys act on the compute that the user opened, as it was shown.
                problem = another_since(compute)
            else:
                if self._compute.raw and self._compute.modified != compute.modified:
                    # Whoever changed it since the list was read may also have changed its pool and its roles.
                    operations.forget_reads()
                self._compute = compute
                self._assess_again()
                self.query_one(Pages).refresh_page()
                self.show_keys()
        self.query_one(ProblemPanel).show_problem(
            problem, f"{key_name('detail.refresh')} tries again · below is what the list showed"
        )
        if problem is not None:
            self._assess_as_listed(problem)
        self._read_at = operations.now() if problem is None else None
        self._show_status(f"as of {clock(self._read_at)}" if self._read_at is not None else "could not be read")

    def _assess_as_listed(self, problem: Problem) -> None:
        """Check what the list showed, because the page still shows that; unless that compute no longer exists."""
        if problem.kind in (ProblemKind.CHANGED, ProblemKind.NOT_FOUND) or not self._compute.raw:
            self._why_unchecked = f"Not checked: {problem.title}"
            self.query_one(Pages).refresh_page()
        elif self._readiness_store.assessor is None:
            self._assess_again()

    def _assess_again(self) -> None:
        self._why_unchecked = ""
        self._readiness_store.invalidate(self._workspace, None)
        self._readiness_store.request([self._compute])

    def _show_assessed(self, assessed: Assessed) -> None:
        self.drop_result("fix")
        self.query_one(Pages).refresh_page()
        self.show_keys()

    def _assessment_waits(self) -> None:
        self.query_one(Pages).refresh_page()

    def _readiness(self, width: int) -> Content:
        if not self._compute.is_spark_pool:
            return content(("Only attached Spark pools are checked.", "$dim"))
        if self._why_not_checked:
            return content((wrap(self._why_not_checked, width), "$dim"))
        readiness = self._readiness_store.of(self._compute)
        as_of, read_at = self._readiness_store.as_of, self._read_at
        is_older = as_of is not None and (read_at is None or read_at - as_of >= _SAME_TIME)
        return readiness_content(
            readiness,
            width,
            self._readiness_store.waiting,
            as_of=clock(as_of) if as_of is not None and is_older else "",
        )

    @property
    def _why_not_checked(self) -> str:
        """Why there is no readiness, in a sentence; empty if there is one, or will be soon."""
        operation = self._open_operation
        if operation is not None:
            state_words = "was interrupted" if operation.is_interrupted else "is running"
            return (
                f"The {operation.verb.noun} of {self._compute.name} {state_words}; readiness is checked after it ends."
            )
        return self._why_unchecked if self._readiness_store.of(self._compute) is None else ""

    @property
    def _open_operation(self) -> Operation | None:
        """The operation on this compute that has not ended; until then there is nothing to check."""
        mine = (one for one in self.session.operations.operations() if one.target == self._compute.id)
        return next((one for one in mine if one.end is None and not one.other_cloud), None)

    def _show_status(self, note: str, *, is_progress: bool = False) -> None:
        compute, operation = self._compute, self._open_operation
        if operation is not None and operation.is_watched_elsewhere:
            note = f"another sparkpool is {ONGOING[operation.verb]} it · {note}"
        kind = "Spark pool attached to" if compute.is_spark_pool else f"{compute.type or 'compute of unknown type'} in"
        say = self.say_progress if is_progress else self.say
        say(
            (shorten(line(compute.name), _NAME_CELLS), "bold"),
            f" · {kind} {self._workspace.name} · ",
            (state(compute.state), style(compute.state.tone)),
            (f" · {note}", "$dim"),
        )

    # Pages

    def _json(self) -> str:
        return pretty_json(self._compute.raw)

    def _yaml(self) -> str:
        if not self._compute.is_spark_pool:
            words = f"{self._compute.name} is {self._compute.type_words}"
            return f"# {comment(words)}; only attached Spark pools can be written as a spec file.\n"
        if self._compute.id is None:
            return f"# {comment(self._compute.name)} has no resource id.\n"
        return specification(described(self._compute))

    def _use(self, write: Callable[[Compute], str]) -> str:
        if not self._compute.is_spark_pool:
            return "# Only attached Spark pools run Spark jobs.\n"
        return write(self._compute)

    def _overview(self, width: int) -> Content:
        return overview_content(
            self._compute, self._verdict(width), width, self.session.operations.now(), key_name("detail.copy")
        )

    def _verdict(self, width: int) -> Parts:
        """The verdict, its reasons and the fix; nothing for computes that are not checked."""
        if not self._compute.is_spark_pool:
            return []
        readiness = self._readiness_store.of(self._compute)
        why_not_checked = self._why_not_checked or ("" if readiness is not None else self._readiness_store.waiting)
        return verdict_parts(readiness, width, why_not_checked)

    def _activity(self, width: int) -> Content:
        now = self.session.operations.now()
        mine = [
            one
            for one in self.session.operations.operations()
            if one.compute is not None and one.compute == self._compute.id and not one.other_cloud
        ]
        if not mine:
            return content(("No operations from sparkpool on this compute yet.", "$dim"))
        parts: Parts = []
        for operation in reversed(mine):
            started = dated(operation.events[0].at, now) if operation.events else dash()
            parts += [f"{started}  {operation.verb.value}  {progress_words(operation, now)}\n"]
        return content(*parts)

    # Events and keys

    def operation_changed(self, operation: Operation) -> None:
        """Show what an operation does to this compute."""
        if (operation.verb.is_of_roles or not operation.verb.is_of_compute) and operation.end is not None:
            self._assess_again()
        if operation.target != self._compute.id or operation.other_cloud:
            if operation.compute is not None and operation.compute == self._compute.id:
                # A change of roles on its pool concerns it too.
                words = progress_words(operation, self.session.operations.now())
                self._show_status(f"{operation.verb.value} {words}", is_progress=operation.end is None)
                self.query_one(Pages).refresh_page()
            return
        match operation.end:
            case Succeeded(resource=Compute() as compute):
                self._compute = compute
                self._assess_again()
                self._show_status("as of now")
            case Succeeded() if operation.verb is Verb.DETACH:
                self._compute = replace(self._compute, state=ProvisioningState("Detached"))
                self._show_status("detached; this is its last known state")
            case None:
                self._show_status(progress_words(operation, self.session.operations.now()), is_progress=True)
            case _:
                self._read()
        self.query_one(Pages).refresh_page()
        self.show_keys()

    def why_not(self, action: str) -> str | None:
        """Why a key is not available for this compute."""
        if action == "fix":
            is_unread = self._compute.id is None and self._compute.unreadable
            return self._compute.why_not_detachable if is_unread else self._why_no_fix
        if action == "message":
            return changes.why_no_message(self._assessed)
        if action in ("open_pool", "open_network"):
            return changes.why_no_pool(self._compute)
        if action not in changes.ACTIONS:
            return None
        if str(self._compute.state) == "Detached" and action != "export":
            return f"{self._compute.name} is detached already."
        return changes.why_not(self, action, [self._compute])

    async def action_identity(self) -> None:
        """Change the managed identity."""
        await self.flow.act(self, "identity", self._workspace, [self._compute])

    async def action_roles(self) -> None:
        """Show the Synapse roles on the Spark pool."""
        await self.flow.act(self, "roles", self._workspace, [self._compute])

    def action_open_pool(self) -> None:
        """Open the Spark pool."""
        pool = self._compute.attached_to
        if not self.refused("open_pool") and pool is not None:
            self.flow.pools.open(pool)

    def action_open_network(self) -> None:
        """Open the network of the Spark pool's Synapse workspace."""
        pool = self._compute.attached_to
        if not self.refused("open_network") and pool is not None:
            self.flow.pools.open(pool, page="network")

    async def action_edit(self) -> None:
        """Edit tags and description."""
        await self.flow.act(self, "edit", self._workspace, [self._compute])

    async def action_export(self) -> None:
        """Export this Spark pool as other tools' files and commands."""
        await self.flow.act(self, "export", self._workspace, [self._compute])

    async def action_detach(self) -> None:
        """Detach this Spark pool after a question."""
        readiness = self._readiness_store.of(self._compute)
        gone = readiness.gone if readiness is not None else ()
        await self.flow.act(self, "detach", self._workspace, [self._compute], gone=gone)

    @property
    def _why_no_fix(self) -> str | None:
        readiness = self._readiness_store.of(self._compute) if self._open_operation is None else None
        return changes.why_no_fix(self._compute, readiness, self._why_unchecked)

    @property
    def _assessed(self) -> list[tuple[Compute, Readiness | None]]:
        return [(self._compute, self._readiness_store.of(self._compute))]

    async def action_fix(self) -> None:
        """Fix the most serious problem, with a plan of roles or the form that changes the cause."""
        fix = fix_of(self._compute, self._readiness_store.of(self._compute))
        if not self.refused("fix") and fix is not None:
            await self.flow.fixes.fix(self, self._workspace, [fix])

    async def action_message(self) -> None:
        """Copy a message to those who can make this Spark pool ready."""
        if not self.refused("message"):
            await self.copy(changes.message_of(self._assessed), "a message to those who can fix it")

    def action_turn_yaml(self) -> None:
        """Show the YAML, or the JSON if the YAML is shown."""
        pages = self.query_one(Pages)
        pages.show("json" if pages.page.id == "yaml" else "yaml")

    async def action_copy(self) -> None:
        """Copy the page that is shown."""
        page = self.query_one(Pages).page
        await self.copy(page.copy(), f"the {page.title} of {self._compute.name}", is_document=page.is_document)

    def action_refresh(self) -> None:
        """Read this compute again, and everything that its readiness depends on."""
        self.session.operations.forget_reads()
        self._read()
