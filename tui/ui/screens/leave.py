"""The question before leaving while operations run."""

from collections.abc import Sequence

from tui.domain.operation import Operation
from tui.ui.screens.confirm import Question
from tui.ui.session import Session


def leave_question(session: Session, running: Sequence[Operation]) -> Question:
    """What is asked.

    Args:
        session: The run.
        running: The operations that run.
    """
    names = ", ".join(f"{operation.verb.value} {operation.target.name}" for operation in running)
    if session.lasting and not session.operations.journal_problem:
        rest = "The next start offers to follow it, and to go on with the steps that were not begun."
    else:
        rest = "It is not recorded here: nobody follows it any more, and steps that were not begun are not done."
    return Question(
        title="Leave while operations run?",
        lines=(f"Still running: {names}.", f"What Azure has accepted goes on without sparkpool. {rest}"),
        yes="leave",
        no="stay",
    )
