"""Opening a spec file: read it, show all its errors, or the plan that it leads to."""

import asyncio
import os
from collections.abc import Callable, Iterable

from textual import on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.ordering import by_name
from tui.domain.phrases import did_you_mean, plural
from tui.domain.plan import Plan
from tui.domain.ports import AzureReads
from tui.domain.spec import Spec, SpecProblem
from tui.domain.states import Tone
from tui.domain.workspaces import Workspace
from tui.home import expanded
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.screens.base import BaseScreen
from tui.ui.session import Session
from tui.ui.text import Parts, content, glyph, wrap
from tui.ui.widgets.field import Field
from tui.ui.widgets.problem import ProblemPanel

_MAX_CANDIDATES = 6
_MARGINS = 6


class SpecScreen(BaseScreen):
    """Reads the file format of `az ml compute attach --file`.

    Args:
        path: The file to read at once; empty to ask for it.
        back: Returns to the screen that this one replaced; None if it replaced none.
    """

    WHERE = "spec"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "#path"

    def __init__(
        self,
        session: Session,
        flow: Flow,
        workspace: Workspace,
        path: str = "",
        back: Callable[[BaseScreen], None] | None = None,
    ) -> None:
        super().__init__(session, flow)
        self._back = back
        self._workspace = workspace
        self._path = path
        self._mistakes: tuple[SpecProblem, ...] = ()

    def content(self) -> Iterable[Widget]:
        """Create the field for the file, the problem panel and the errors."""
        yield Static(
            content(("Spec file, in the format of az ml compute attach --file", "$dim")), id="path-label", markup=False
        )
        yield Field(f"name of a YAML file; {key_name('spec.complete')} completes it", id="path")
        yield ProblemPanel(id="problem")
        with VerticalScroll(id="mistakes-scroll", can_focus=False):
            yield Static("", id="mistakes", markup=False)

    @property
    def place(self) -> str:
        """The workspace, and what is opened."""
        return f"{self._workspace.name} › spec file"

    def on_mount(self) -> None:
        """Show the given file name, and the scrolling keys whenever the errors overflow."""
        self.watch(self._scroll, "show_vertical_scrollbar", lambda _: self.refresh_bindings(), init=False)
        self._field.value = self._path
        self.say(("Which file? ", "bold"), "It is read and checked; the plan is shown before anything is sent.")

    def begin(self) -> None:
        """Read the given file."""
        if self._path:
            self.call_next(self.action_read)

    @property
    def _field(self) -> Input:
        return self.query_one("#path", Input)

    @on(Input.Submitted, "#path")
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        await self.action_read()

    def label(self, binding: Binding) -> str:
        """Name the submit key by what it does with the file."""
        return "read" if binding.action == "submit" else super().label(binding)

    # Reading

    async def action_read(self) -> None:
        """Read and check the file, then read the compute of that name."""
        from tui.specs.files import read_spec

        if self._field.value.strip() == self._path and self.shows_result("read"):
            return
        self.drop_result("read")
        self._path = self._field.value.strip()
        self._show((), None)
        if not self._path:
            self.say((f"Name a file first; {key_name('spec.complete')} completes it.", "$warning"))
            return
        try:
            spec, problems = await asyncio.to_thread(read_spec, self._path)
        except Problem as problem:
            self._show((), problem)
            return
        self._show(problems, None)
        if spec is not None:
            self.say((f"{self._path} is fine. Reading {spec.name} …", "$dim"))
            self.reads.start("existing", self._read_existing, spec)

    async def _read_existing(self, spec: Spec) -> None:
        operations, workspace = self.session.operations, self._workspace.id
        target = workspace.child("computes", spec.name)

        async def existing(azure: AzureReads) -> Compute | None:
            try:
                return await azure.compute(target)
            except Problem as problem:
                if problem.kind is ProblemKind.NOT_FOUND:
                    return None
                raise

        try:
            self._workspace = await operations.call(lambda azure: azure.workspace(workspace))
            found = await operations.call(existing, fresh=True)
        except Problem as problem:
            self._show((), problem)
        else:
            self._decide(spec, found)

    def _decide(self, spec: Spec, existing: Compute | None) -> None:
        refusals = spec.refusals(existing) if existing is not None else ()
        if refusals:
            self._show(refusals, None)
            return
        request = spec.request(self._workspace, existing)
        plan = Plan.of([request]).with_warnings((request.id, one) for one in spec.remarks(self._workspace, existing))
        self.say((f"{self._path} is fine.", "$success"))
        self.show_result("read", f"the plan of {self._path}", lambda: self.flow.plan(plan, leave_caller=True))

    def _show(self, mistakes: tuple[SpecProblem, ...], problem: Problem | None) -> None:
        self._mistakes = mistakes
        self.fit()
        self._scroll.scroll_home(animate=False)
        again, copies = key_name("spec.again"), key_name("spec.copy")
        hint = f"Fix the name, or {again} reads the file again · {copies} copies this"
        self.query_one(ProblemPanel).show_problem(problem, hint)
        if mistakes:
            number, them = plural(len(mistakes), "error"), "it" if len(mistakes) == 1 else "them"
            words = f"{self._path} has {number}. Nothing was sent. Fix {them}, then press {again}."
            self.say((words, "$error"))
        elif problem is not None:
            self.say((f"{self._path} could not be checked.", "$error"))

    def fit(self) -> None:
        """Wrap the errors for the width."""
        width = max(40, self.query_one("#mistakes-scroll").scrollable_content_region.width - _MARGINS)
        parts: Parts = []
        for one in self._mistakes:
            parts += [
                (f"{glyph(Tone.BAD)} line {one.line}, column {one.column}\n", "bold"),
                (f"  {wrap(one.found, width, 2)}\n", "$error"),
                (f"  {wrap(one.expected, width, 2)}\n", "$dim"),
            ]
            if one.suggestion:
                parts.append((f"  {did_you_mean(wrap(one.suggestion, width, 4))}\n", "$accent"))
        self.query_one("#mistakes", Static).update(content(*parts))

    # Keys

    @property
    def _scroll(self) -> VerticalScroll:
        return self.query_one("#mistakes-scroll", VerticalScroll)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the scrolling keys where everything is visible."""
        if action in ("scroll", "step"):
            return self.is_mounted and self._scroll.show_vertical_scrollbar
        return super().check_action(action, parameters)

    def action_scroll(self, by: int) -> None:
        """Scroll the errors by a page."""
        if by > 0:
            self._scroll.scroll_page_down(animate=False)
        else:
            self._scroll.scroll_page_up(animate=False)

    def action_step(self, by: int) -> None:
        """Scroll the errors by a line."""
        self._scroll.scroll_relative(y=by, animate=False)

    def action_back(self) -> None:
        """Go back; nothing is sent."""
        if self._back is not None:
            self._back(self)
        else:
            super().action_back()

    def action_complete(self) -> None:
        """Complete the file name as a shell does."""
        typed = self._field.value
        try:
            candidates = _completions(typed)
        except OSError as error:
            self.say((f"That folder cannot be read: {error.strerror or error}.", "$warning"))
            return
        if not candidates:
            self.say(
                (
                    f'No folder or YAML file starts with "{typed}".' if typed else "There are no YAML files here.",
                    "$warning",
                )
            )
            return
        self._field.value = os.path.commonprefix(candidates)  # noqa: RUF071 - letter by letter, as a shell does
        self._field.cursor_position = len(self._field.value)
        if len(candidates) > 1:
            names = "  ".join(one.rstrip("/").rpartition("/")[2] for one in candidates[:_MAX_CANDIDATES])
            more = (
                f"  and {plural(len(candidates) - _MAX_CANDIDATES, 'other')}"
                if len(candidates) > _MAX_CANDIDATES
                else ""
            )
            self.say((f"{names}{more}", "$dim"))

    async def action_copy(self) -> None:
        """Copy the problem or the errors."""
        problem = self.query_one(ProblemPanel).problem
        text = problem.report if problem else "\n".join(f"{self._path}: {one}" for one in self._mistakes)
        if text:
            await self.copy(text, "the errors")


def _completions(typed: str) -> list[str]:
    """The folders and YAML files that begin with the typed text, as the user would type them."""
    folder, _, start = typed.rpartition("/")
    shown = f"{folder}/" if "/" in typed else ""
    base = expanded(shown or ".")
    found = []
    for path in sorted(base.iterdir(), key=lambda one: by_name(one.name)):
        if not path.name.startswith(start) or (path.name.startswith(".") and not start):
            continue
        if path.is_dir():
            found.append(f"{shown}{path.name}/")
        elif path.suffix.lower() in (".yml", ".yaml"):
            found.append(f"{shown}{path.name}")
    return found
