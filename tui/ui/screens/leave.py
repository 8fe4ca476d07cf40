"""The questions before leaving while operations run, and before one of several steps is left."""

from collections.abc import Sequence

from tui.domain.operation import Operation
from tui.ui.keys import key_name
from tui.ui.screens.confirm import Question
from tui.ui.session import Session


def leave_question(session: Session, running: Sequence[Operation]) -> Question:
    """What is asked.

    Args:
        session: The run.
        running: The operations that run.
    """
    names = ", ".join(f"{operation.verb.value} {operation.target.name}" for operation in running)
    # What runs was recorded before it began, whatever the journal's state is now.
    if session.lasting:
        rest = "The next start offers to follow it, and to go on with the steps that were not begun."
    else:
        rest = "It is not recorded here: nobody follows it any more, and steps that were not begun are not done."
    return Question(
        title="Leave while operations run?",
        lines=(f"Still running: {names}.", f"What Azure has accepted goes on without sparkpool. {rest}"),
        yes="leave",
        no="stay",
    )


def stop_question(operation: Operation) -> Question:
    """What is asked before an operation of several steps is left.

    Args:
        operation: The operation.
    """
    again = key_name("operations.continue", "u")
    return Question(
        title=f"Stop watching the {operation.verb.value} of {operation.target.name}?",
        lines=(
            "What Azure has accepted goes on without sparkpool.",
            f"The steps after it are not done until {again} goes on with it, which reads first what is done already.",
        ),
        yes="stop watching",
        no="keep watching",
    )
