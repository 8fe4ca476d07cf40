"""Operations that the journal holds and this program cannot read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tui.domain.resource_id import InvalidResourceId, ResourceId


@dataclass(frozen=True, slots=True)
class UnreadOperation:
    """What is known of an operation whose record a newer program wrote, or that is damaged; it is left as it is.

    Attributes:
        id: Unique within the journal.
        verb: What it does, in the word of the program that wrote it.
        target: The id of the resource that it concerns, in small letters, as the journal keeps it.
        why: Why it cannot be read, to follow "because".
        kind: What was asked for, in the word of the program that wrote it; empty where that cannot be read.
        began: When it began; None where that cannot be read.
        has_ended: Whether it came to an end, or was let go.
        watcher: The live program that follows it, in a few words; empty where there is none.
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
        """The name of the resource that it concerns."""
        return self.target.rstrip("/").rsplit("/", 1)[-1]

    @property
    def holder(self) -> str:
        """The name of the workspace that holds that resource; empty where the id does not say."""
        try:
            return ResourceId.parse(self.target).holder
        except InvalidResourceId:
            return ""

    @property
    def is_left(self) -> bool:
        """Whether it has not ended and nobody follows it, so that it stands in the way of other writes."""
        return not self.has_ended and not self.watcher

    @property
    def why_kept(self) -> str | None:
        """Why it cannot be let go, in one sentence; None if it can."""
        if self.has_ended:
            return "It has ended, or was let go."
        return f"{self.watcher} watches it." if self.watcher else None
