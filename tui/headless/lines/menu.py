"""Line mode from start to end: the menu, what it shows, and the confirmation of plans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from tui.domain.errors import Problem
from tui.domain.resource_id import ResourceId
from tui.exit_status import ExitStatus
from tui.headless import failures
from tui.headless.checks import check_pools
from tui.headless.computes import list_computes, show_compute
from tui.headless.failures import Failed, Failure
from tui.headless.following import Until, report_failures
from tui.headless.journal import list_operations
from tui.headless.lines import flows
from tui.headless.lines.questions import Back, Leave, Questions
from tui.headless.output import Result, print_result
from tui.headless.planned import Planned
from tui.headless.reading import Reading
from tui.headless.sending import dispatch, show
from tui.printing import say_sentences
from tui.verbs import TABLE

_HELP = "At each question, ? repeats it, b goes back and q leaves."


class LineMode:
    """The menu of one run.

    Args:
        reading: Reads from Azure.
        questions: Asks the user.
    """

    def __init__(self, reading: Reading, questions: Questions) -> None:
        self._reading = reading
        self._ask = questions

    async def run(self) -> ExitStatus:
        """Ask what to do until the user leaves; returns the exit status.

        Raises:
            OSError: If standard output cannot be written.
        """
        say_sentences("sparkpool in line mode.", _HELP)
        actions: Mapping[str, Callable[[], Awaitable[None]]] = {
            "List the computes": self._list,
            "Show a compute": self._show,
            "Check whether jobs can run on the attached Spark pools": self._check,
            "Attach a Spark pool": lambda: self._change(flows.attach),
            "Change the managed identity of a compute": lambda: self._change(flows.change_identity),
            "Show and change Synapse roles": lambda: self._change(flows.change_roles),
            "Detach Spark pools": lambda: self._change(flows.detach),
            "Show the operations in the journal": self._operations,
            "Open another workspace": self._open,
        }
        try:
            if self._reading.known_workspace is None:
                await self._at_boundary(self._open)
            while True:
                try:
                    chosen = await self._ask.choose(self._where(), tuple(actions), lambda one: one)
                except Back:
                    continue
                await self._at_boundary(actions[chosen])
        except Leave:
            return ExitStatus.DONE

    def _where(self) -> str:
        known = self._reading.known_workspace
        return f"Workspace {known.name} in {known.resource_group}. What next?" if known else "What next?"

    async def _at_boundary(self, action: Callable[[], Awaitable[None]]) -> None:
        """Do something that may fail or be left; both lead back to the menu."""
        try:
            await action()
        except Back:
            say_sentences("Back.")
        except Failed as stopped:
            failures.report(stopped.failure, TABLE)
        except Problem as problem:
            failures.report(Failure.of(problem), TABLE)

    async def _open(self) -> None:
        self._go_to(await self._ask.flow(lambda: flows.workspace(self._reading, self._ask)))

    def _go_to(self, workspace: ResourceId) -> None:
        self._reading = replace(self._reading, known_workspace=workspace)

    # What is shown

    async def _list(self) -> None:
        self._print(await list_computes(self._reading))

    async def _show(self) -> None:
        chosen = await flows.compute(self._reading, self._ask, is_pool=False)
        self._print(await show_compute(self._reading, chosen.name, with_raw=False))

    async def _check(self) -> None:
        result, _ = await check_pools(self._reading, ())
        self._print(result)

    async def _operations(self) -> None:
        self._print(await list_operations(self._reading))

    def _print(self, result: Result) -> None:
        print_result(result, TABLE, ())
        say_sentences(*result.unread)

    # What is changed

    async def _change(self, flow: Callable[[Reading, Questions], Awaitable[Planned]]) -> None:
        planned, named = await self._ask.flow(lambda: self._confirmed(flow))
        if planned.changes_nothing:
            return
        if named is None:
            say_sentences("Nothing was sent.")
            return
        begun, ended = await dispatch(self._reading, planned.plan, named, TABLE, Until())
        for one in begun:
            if isinstance(one, Problem):
                failures.report(Failure.of(one), TABLE)
        report_failures(ended, TABLE)

    async def _confirmed(
        self, flow: Callable[[Reading, Questions], Awaitable[Planned]]
    ) -> tuple[Planned, tuple[ResourceId, ...] | None]:
        """Ask for a plan and whether to send it, with the locked resources whose names were typed; None for no."""
        planned = await flow(self._reading, self._ask)
        show(planned)
        if planned.changes_nothing:
            return planned, None
        named = await self._named(planned)
        if named is None or not await self._ask.confirm("Send this plan?"):
            return planned, None
        return planned, named

    async def _named(self, planned: Planned) -> tuple[ResourceId, ...] | None:
        """The locked resources whose names were typed; None if nothing may be sent."""
        guard = self._reading.guard
        if guard.why_read_only is not None:
            say_sentences(guard.why_read_only)
            return None
        locks = guard.locks_over(planned.plan)
        for lock in locks:
            typed = await self._ask.text(f"{lock.name} is locked. Type its name if you mean it.")
            if typed.lower() != lock.name.lower():
                return None
        return locks
