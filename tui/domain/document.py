"""Azure's JSON documents, kept in little room."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Self


class Document(Mapping[str, Any]):
    """A JSON object that is kept as text and read anew each time it is looked into.

    As text it takes a third of the memory, which counts for thousands of computes, and nobody can change it.

    Args:
        text: The object's JSON.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Self:
        """The document with these members.

        Raises:
            TypeError: If one of them is not JSON.
        """
        return cls(json.dumps(members, separators=(",", ":")))

    def __getitem__(self, member: str) -> Any:
        return self._read()[member]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Document) and self._text == other._text:
            return True
        return isinstance(other, Mapping) and self._read() == dict(other)

    __hash__ = None  # type: ignore[assignment] # like every mapping that compares by its members

    def __repr__(self) -> str:
        return f"Document({self._text!r})"

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._text)
        return found
