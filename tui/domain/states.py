"""Provisioning states: Azure's word, and what it means to a person."""

from dataclasses import dataclass
from enum import Enum

_GOOD = frozenset({"succeeded"})
_BAD = frozenset({"failed", "canceled"})
_BUSY = frozenset({"creating", "updating", "deleting", "provisioning", "accepted", "inprogress", "running", "resizing"})


class Tone(Enum):
    """How a state bears on the person who reads it."""

    GOOD = "good"
    BUSY = "busy"
    WARNING = "warning"
    BAD = "bad"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class ProvisioningState:
    """The state that Azure gives for a resource.

    Attributes:
        word: Azure's own word, as sent; empty if it sent none. New words appear over time, so this
            is not an enumeration.
    """

    word: str

    @property
    def tone(self) -> Tone:
        """What the word means; a word that nobody knows is neutral."""
        word = self.word.lower()
        if word in _GOOD:
            return Tone.GOOD
        if word in _BAD:
            return Tone.BAD
        return Tone.BUSY if word in _BUSY else Tone.NEUTRAL

    def __str__(self) -> str:
        return self.word or "Unknown"
