"""Tags and a description that were typed and not sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WordsDraft:
    """What was changed and typed in a form that was left unsent.

    Attributes:
        description: The new description; None where it was left.
        changes: The changes of tags.
        text: What an editor had left that could not be taken.
        name: What stood in the field of a tag's name.
        value: What stood in the field of its value.
    """

    description: str | None = None
    changes: Mapping[str, str | None] = field(default_factory=dict)
    text: str | None = None
    name: str = ""
    value: str = ""
