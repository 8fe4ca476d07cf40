"""The questions before the user quits, stops watching or abandons something."""

from collections.abc import Iterable, Sequence

from tui.domain.operation import Operation
from tui.domain.ordering import by_name
from tui.domain.phrases import enumerated
from tui.domain.resource_id import ResourceId
from tui.domain.unreadable_operation import UnreadableOperation
from tui.ui.dialogs import Question
from tui.ui.keys import key_name
from tui.ui.session import DraftKey, Session

_FORMS = {
    "tags": "tags and description",
    "identity": "identity",
    "pool": "settings",
    "new pool": "new Spark pool",
}


def unsent_question(unsent: Sequence[str]) -> Question:
    """The question before quitting with unsent forms, each such as `the tags of etl-prod`."""
    return Question(title="Leave without sending?", lines=(_lost(unsent),), yes="leave", no="stay")


def unsent_forms(open_forms: Iterable[str], drafts: Iterable[DraftKey]) -> list[str]:
    """The names of unsent forms.

    Args:
        open_forms: The unsent form of each open screen; empty for none.
        drafts: The forms that were closed without sending.
    """
    left = [f"the {_FORMS.get(form, form)}{_of(resources)}" for form, resources in drafts]
    return list(dict.fromkeys(words for words in (*open_forms, *left) if words))


def _of(resources: Iterable[ResourceId | None]) -> str:
    names = sorted((one.name for one in resources if one is not None), key=by_name)
    return f" of {enumerated(names)}" if names else ""


def _lost(unsent: Sequence[str]) -> str:
    return f"Not sent, and lost when you leave: {', '.join(unsent)}."


def leave_question(session: Session, running: Sequence[Operation], unsent: Sequence[str] = ()) -> Question:
    """The question before quitting while operations run.

    Args:
        session: The run.
        running: The running operations.
        unsent: The names of unsent forms.
    """
    names = ", ".join(f"{operation.verb.value} {operation.target.name}" for operation in running)
    # Running operations were recorded before they began, whatever the journal's state is now.
    if session.lasting:
        rest = "You can resume it after the next start, with its remaining steps."
    else:
        rest = "It is not recorded here, so nothing can resume it: its remaining steps are not done."
    return Question(
        title="Leave while operations run?",
        lines=(
            f"Still running: {names}.",
            f"Azure goes on with what it accepted. {rest}",
            *((_lost(unsent),) if unsent else ()),
        ),
        yes="leave",
        no="stay",
    )


def stop_question(operation: Operation) -> Question:
    """The question before the user stops watching an operation of several steps."""
    again = key_name("operations.continue")
    return Question(
        title=f"Stop watching the {operation.verb.value} of {operation.target.name}?",
        lines=(
            "Azure goes on with what it accepted.",
            f"The remaining steps are not done until {again} resumes it, which first checks what is already done.",
        ),
        yes="stop watching",
        no="keep watching",
    )


def abandon_question(operation: UnreadableOperation) -> Question:
    """The question before the user abandons an operation."""
    return Question(
        title=f"Abandon the {operation.verb} of {operation.name}?",
        lines=(
            f"sparkpool cannot read this operation, because {operation.why}.",
            f"It may still be running in Azure, or be half done: check {operation.name} before you change it again.",
            "If a newer sparkpool began it, resume it with that one instead.",
            "Its record stays in the journal, and other writes can begin.",
        ),
        yes="abandon",
    )
