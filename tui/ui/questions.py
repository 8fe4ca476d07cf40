"""What is asked before something is left, stopped or abandoned."""

from collections.abc import Iterable, Sequence

from tui.domain.operation import Operation
from tui.domain.operation_unread import UnreadOperation
from tui.domain.ordering import by_name
from tui.domain.phrases import enumerated
from tui.domain.resource_id import ResourceId
from tui.ui.dialogs import Question
from tui.ui.keys import key_name
from tui.ui.session import Session

_FORMS = {"words": "tags and description", "identity": "identity"}


def unsent_question(unsent: Sequence[str]) -> Question:
    """What is asked where something was filled in and not sent.

    Args:
        unsent: What it is about, such as `the tags of etl-prod`; at least one.
    """
    return Question(title="Leave without sending?", lines=(_lost(unsent),), yes="leave", no="stay")


def unsent_forms(open_forms: Iterable[str], drafts: Iterable[tuple[str, frozenset[ResourceId | None]]]) -> list[str]:
    """What was filled in and not sent, in the forms that are open and in those that were left.

    Args:
        open_forms: What each open screen says of itself; empty for nothing.
        drafts: The forms that were left, each with its computes.
    """
    left = [f"the {_FORMS.get(form, form)} of {_names(computes)}" for form, computes in drafts]
    return list(dict.fromkeys(words for words in (*open_forms, *left) if words))


def _names(computes: Iterable[ResourceId | None]) -> str:
    return enumerated(sorted((compute.name for compute in computes if compute is not None), key=by_name))


def _lost(unsent: Sequence[str]) -> str:
    return f"Not sent, and lost when you leave: {', '.join(unsent)}."


def leave_question(session: Session, running: Sequence[Operation], unsent: Sequence[str] = ()) -> Question:
    """What is asked while operations run.

    Args:
        session: The run.
        running: The operations that run.
        unsent: What was filled in and not sent.
    """
    names = ", ".join(f"{operation.verb.value} {operation.target.name}" for operation in running)
    # What runs was recorded before it began, whatever the journal's state is now.
    if session.lasting:
        rest = "The next start offers to follow it, and to go on with the steps that were not begun."
    else:
        rest = "It is not recorded here: nobody follows it any more, and steps that were not begun are not done."
    return Question(
        title="Leave while operations run?",
        lines=(
            f"Still running: {names}.",
            f"What Azure has accepted goes on without sparkpool. {rest}",
            *((_lost(unsent),) if unsent else ()),
        ),
        yes="leave",
        no="stay",
    )


def stop_question(operation: Operation) -> Question:
    """What is asked before an operation of several steps is left.

    Args:
        operation: The operation.
    """
    again = key_name("operations.continue")
    return Question(
        title=f"Stop watching the {operation.verb.value} of {operation.target.name}?",
        lines=(
            "What Azure has accepted goes on without sparkpool.",
            f"The steps after it are not done until {again} goes on with it, which reads first what is done already.",
        ),
        yes="stop watching",
        no="keep watching",
    )


def release_question(one: UnreadOperation) -> Question:
    """What is asked before it is let go."""
    return Question(
        title=f"Let go of the {one.verb} of {one.name}?",
        lines=(
            f"This sparkpool cannot read what was begun: {one.why}.",
            f"It may still be under way at Azure, or half done: look how {one.name} stands before you change it again.",
            "If a newer sparkpool began it, let that one go on with it instead.",
            "Its record stays in the journal, and other writes can begin.",
        ),
        yes="let it go",
        no="keep it",
    )
