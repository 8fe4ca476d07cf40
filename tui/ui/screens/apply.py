"""Apply a plan that was confirmed, and show what becomes of it."""

from tui.domain.errors import Problem, ProblemKind
from tui.domain.operation import Operation
from tui.domain.plan import Plan
from tui.ui.screens.base import HouseScreen
from tui.ui.screens.error import ErrorScreen


def begin(screen: HouseScreen, plan: Plan) -> tuple[Operation, ...]:
    """Apply a plan, and say why what could not begin did not.

    Args:
        screen: The screen that the person is on.
        plan: A plan that the person has confirmed.

    Returns:
        The operations that began.
    """
    try:
        outcomes = screen.session.operations.apply(plan)
    except Problem as problem:
        outcomes = (problem,)
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    if problems:
        screen.app.push_screen(ErrorScreen(_together(problems)))
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Operation))


def apply_plan(screen: HouseScreen, plan: Plan) -> bool:
    """Apply a plan and put the operations in the place of the screen.

    Args:
        screen: The screen that the person is on, in front.
        plan: A plan that the person has confirmed.

    Returns:
        Whether anything began; if not, the screen stays with all that was typed.
    """
    from tui.ui.screens.operations import OperationsScreen

    before = screen.app.screen
    operations = begin(screen, plan)
    if not operations:
        return False
    if screen.app.screen is before:
        screen.app.switch_screen(OperationsScreen(screen.session, operations[0].id))
    return True


def _together(problems: list[Problem]) -> Problem:
    if len(problems) == 1:
        return problems[0]
    return Problem(
        ProblemKind.REFUSED,
        f"{len(problems)} of the writes did not begin.",
        cause="\n".join(problem.title for problem in problems),
        advice="The others have begun; o shows them.",
    )
