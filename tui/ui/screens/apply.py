"""Apply a plan that was confirmed, and show what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Operation
from tui.domain.plan import Plan
from tui.domain.resource_id import ResourceId
from tui.ui.keys import key_name
from tui.ui.screens.base import HouseScreen
from tui.ui.screens.error import ErrorScreen
from tui.ui.screens.unlock import unlocked
from tui.ui.session import Session

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.ui.screens.operations import OperationsScreen


def start(
    session: Session, plan: Plan, named: Collection[ResourceId] = ()
) -> tuple[tuple[Operation, ...], Problem | None]:
    """Apply a plan.

    Args:
        session: The run.
        plan: A plan that the person has confirmed.
        named: What is locked and was named for it.

    Returns:
        The operations that began, and why others did not, or None if all did.
    """
    try:
        outcomes = session.operations.apply(plan, named)
    except Problem as problem:
        return (), problem
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    operations = tuple(outcome for outcome in outcomes if isinstance(outcome, Operation))
    return operations, _together(problems) if problems else None


def apply_plan(
    screen: HouseScreen, plan: Plan, *, leave_caller: bool = False, began: Callable[[], None] = lambda: None
) -> None:
    """Apply a plan and put the operations in the place of the screen, when what is locked has been named.

    Where nothing begins, the screen stays with all that was typed.

    Args:
        screen: The screen that the person is on, in front.
        plan: A plan that the person has confirmed.
        leave_caller: Whether the screen below is left too, because what was filled in there is done.
        began: Called if anything began.
    """

    def apply(named: tuple[ResourceId, ...]) -> None:
        from tui.ui.screens.operations import OperationsScreen

        app = screen.app
        operations, problem = start(screen.session, plan, named)
        if operations:
            began()
            caller = screen.below if leave_caller else None
            followed = OperationsScreen(screen.session, operations[0].id)
            if not screen.is_active:
                # Something lies over it by now: it shows what has begun as soon as that has gone.
                screen.show_when_back(lambda: _follow(screen, caller, followed))
            else:
                _follow(screen, caller, followed)
        if problem is not None:
            app.push_screen(ErrorScreen(problem))

    unlocked(screen, plan, apply)


def _follow(screen: HouseScreen, caller: Screen[object] | None, followed: OperationsScreen) -> None:
    """Put the operations in the place of a screen that is in front, and of the one from which it was opened."""
    app = screen.app
    if caller is not None and caller is screen.below and caller is not app.screen_stack[0]:
        app.pop_screen()
    *_, below, _ = (None, *app.screen_stack)
    if isinstance(below, type(followed)):
        # What was corrected from there is followed there, and not on a second one over it.
        app.pop_screen()
    app.switch_screen(followed)


def _together(problems: list[Problem]) -> Problem:
    if len(problems) == 1:
        return problems[0]
    return Problem(
        ProblemKind.REFUSED,
        f"{len(problems)} of the writes did not begin.",
        cause="\n".join(problem.title for problem in problems),
        advice=f"The others have begun; {key_name('app.operations', 'o')} shows them.",
    )
