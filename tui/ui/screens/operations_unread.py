"""What is said of an operation that this program cannot read, and what is asked before it is let go."""

from textual.content import Content

from tui.domain.operation_unread import UnreadOperation
from tui.ui.screens.confirm import Question
from tui.ui.text import absolute, content


def unread_words(one: UnreadOperation) -> Content:
    """All that is known of it, line by line."""
    kind = f" ({one.kind})" if one.kind else ""
    lines = [
        ("operation", f"{one.verb}{kind}"),
        ("resource", one.target),
        ("began", absolute(one.began) if one.began else "not known"),
        ("watched by", one.watcher or "nobody"),
        ("unreadable", f"{one.why}."),
        ("record", f"number {one.id} in the journal; it is left as it is"),
    ]
    told = [part for name, words in lines for part in ((f"{name:<12}", "$dim"), f"{words}\n")]
    if one.why_kept is None:
        told.append(f"\nUntil it ends or is let go, sparkpool begins no other write of {one.name}.")
    return content(*told)


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
