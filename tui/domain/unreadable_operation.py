"""Operations in the journal that this program cannot read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tui.domain.resource_id import InvalidResourceId, ResourceId


@dataclass(frozen=True, slots=True)
class UnreadableOperation:
    """What is known of an operation whose record is damaged or from a newer program; the record is left alone.

    Attributes:
        id: Unique within the journal.
        verb: What it does, in the word of the program that wrote it.
        target: The resource's id in lower case, as the journal keeps it.
        why: Why it cannot be read, to follow "because".
        kind: The kind of request, in the word of the program that wrote it; empty if unreadable.
        began: When it began; None if unreadable.
        has_ended: Whether it ended, or was abandoned.
        watcher: The live program that watches it, in a few words; empty if none does.
    """

    id: int
    verb: str
    target: str
    why: str
    kind: str = ""
    began: datetime | None = None
    has_ended: bool = False
    watcher: str = ""

    @property
    def name(self) -> str:
        """The resource's name."""
        return self.target.rstrip("/").rsplit("/", 1)[-1]

    @property
    def holder(self) -> str:
        """The name of the workspace that contains the resource; empty if the id does not say."""
        try:
            return ResourceId.parse(self.target).holder
        except InvalidResourceId:
            return ""

    @property
    def is_interrupted(self) -> bool:
        """Whether it has not ended and no program watches it, so that it blocks other writes."""
        return not self.has_ended and not self.watcher

    @property
    def why_kept(self) -> str | None:
        """Why it cannot be abandoned, in one sentence; None if it can."""
        if self.has_ended:
            return "It has ended, or was abandoned."
        return f"{self.watcher} watches it." if self.watcher else None
