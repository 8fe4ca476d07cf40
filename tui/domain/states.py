"""Provisioning states: Azure's word, and what it means for the user."""

from dataclasses import dataclass
from enum import Enum

_GOOD = frozenset({"succeeded"})
_BAD = frozenset({"failed", "canceled"})
_BUSY = frozenset({"creating", "updating", "deleting", "provisioning", "accepted", "inprogress", "running", "resizing"})


class Tone(Enum):
    """What a state means for the user."""

    GOOD = "good"
    BUSY = "busy"
    WARNING = "warning"
    BAD = "bad"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class ProvisioningState:
    """The state that Azure reports for a resource; `word` is empty if it sent none.

    New words appear over time, so this is not an enumeration.
    """

    word: str

    @property
    def tone(self) -> Tone:
        """What the word means; an unknown word is neutral."""
        word = self.word.lower()
        if word in _GOOD:
            return Tone.GOOD
        if word in _BAD:
            return Tone.BAD
        return Tone.BUSY if word in _BUSY else Tone.NEUTRAL

    def __str__(self) -> str:
        return self.word or "Unknown"
