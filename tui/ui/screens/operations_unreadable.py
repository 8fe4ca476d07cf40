"""The text for an operation that this program cannot read."""

from textual.content import Content

from tui.domain.unreadable_operation import UnreadableOperation
from tui.ui.text import absolute, content


def unreadable_text(one: UnreadableOperation) -> Content:
    """All that is known of it, line by line."""
    kind = f" ({one.kind})" if one.kind else ""
    lines = [
        ("operation", f"{one.verb}{kind}"),
        ("resource", one.target),
        ("began", absolute(one.began) if one.began else "unknown"),
        ("watched by", one.watcher or "nobody"),
        ("unreadable", f"{one.why}."),
        ("record", f"number {one.id} in the journal; it stays unchanged"),
    ]
    parts = [part for name, words in lines for part in ((f"{name:<12}", "$dim"), f"{words}\n")]
    if one.why_kept is None:
        parts.append(f"\nUntil it ends or is abandoned, sparkpool starts no other write to {one.name}.")
    return content(*parts)
