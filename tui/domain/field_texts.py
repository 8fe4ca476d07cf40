"""Forms as texts of fields: what every form's input can do, and why a text cannot be used."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Protocol, Self

from tui.domain.tags import InvalidTags, parse_tags, tags_problem


class InvalidText(ValueError):
    """The text of a field cannot be used; the message says why, in one sentence.

    Attributes:
        field: The field.
    """

    def __init__(self, field: Enum, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class FieldInput(Protocol):
    """What the user has typed into the fields of a form; each field is a member of an enumeration of labels."""

    @property
    def fields(self) -> tuple[Enum, ...]:
        """The fields of the form, in order."""
        ...

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was typed."""
        ...

    def before(self, one: Any) -> str:
        """The text of a field before anything is typed."""
        ...

    def text(self, one: Any) -> str:
        """The text of a field."""
        ...

    def with_text(self, one: Any, text: str) -> Self:
        """The input after a text was typed."""
        ...


def tags_in(text: str, field: Enum) -> dict[str, str]:
    """The tags in the text of a field; Azure's limits are not checked.

    Raises:
        InvalidText: If they cannot be read.
    """
    try:
        return parse_tags(text)
    except InvalidTags as error:
        raise InvalidText(field, str(error)) from error


def new_tags_in(text: str, field: Enum) -> Mapping[str, str]:
    """The tags of a new resource in the text of a field.

    Raises:
        InvalidText: If they cannot be read, or Azure does not allow them.
    """
    tags = tags_in(text, field)
    problem = tags_problem(tags, tags)
    if problem:
        raise InvalidText(field, problem)
    return tags
