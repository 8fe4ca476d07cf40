"""The language of filters: several words, `!word`, `column:value`, `tag:key=value`, and quotes around blanks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from tui.domain.phrases import suggestion
from tui.domain.text import clean
from tui.domain.unusable import quoted

R_contra = TypeVar("R_contra", contravariant=True)

TAG, TAGS = "tag", "tags"
"""The names of the column that searches tags: the common one, and the one of its terms."""

_WORD = re.compile(r'(?:"[^"]*"?|[^\s"])+')
_UNQUOTED = {mark: re.compile(rf'^((?:"[^"]*"|[^"{mark}])*){mark}(.*)$', re.DOTALL) for mark in (":", "=")}


def folded(text: str) -> str:
    """A text as filters compare it: as it is shown, in one letter case."""
    return clean(text).casefold()


@dataclass(frozen=True, slots=True)
class Field(Generic[R_contra]):
    """A column that can be searched, whether a list shows it or not.

    Attributes:
        name: Its name in a filter, in lower case.
        text: Its text for an item; lines are several values.
        others: Other names of it.
        is_explained: Whether a match in it that cannot be seen must be shown; not for words that a list shows as a
            sign.
    """

    name: str
    text: Callable[[R_contra], str]
    others: tuple[str, ...] = ()
    is_explained: bool = True


class Searched(Protocol):
    """An item with its text from `Fields.text`, made once because that takes far longer than a search."""

    @property
    def item(self) -> Any:
        """The item."""

    @property
    def text(self) -> str:
        """Its text."""


S = TypeVar("S", bound=Searched)


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a filter.

    Attributes:
        text: The text to be found, folded; may be empty.
        column: The name of the only column to search; empty for all.
        key: The folded key of the tag whose value is searched; empty for every tag; None if keys are searched.
        is_negated: Whether it must not be found.
    """

    text: str
    column: str = ""
    key: str | None = None
    is_negated: bool = False


class Fields(Generic[R_contra]):
    """What filters can search in items of one kind.

    Args:
        fields: The columns, without tags.
        tags: The tags of an item; None if items have none.
        more: Further text of an item, which only words without a column search.
    """

    def __init__(
        self,
        fields: Iterable[Field[R_contra]] = (),
        tags: Callable[[R_contra], Mapping[str, str]] | None = None,
        more: Callable[[R_contra], str] = lambda _: "",
    ) -> None:
        self._fields = tuple(fields)
        self._tags = tags
        self._more = more
        self._by_name = {name: one for one in self._fields for name in (one.name, *one.others)}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (*(one.name for one in self._fields), *((TAG,) if self._tags is not None else ()))

    def text(self, item: R_contra) -> str:
        """Everything that words without a column search, folded."""
        return folded_lines((*(one.text(item) for one in self._fields), *self._tag_texts(item), self._more(item)))

    def parse(self, typed: str) -> Filter[R_contra]:
        """Read a filter; what cannot be read becomes its `faults`, and the rest still filters."""
        terms, faults = [], []
        for word in _WORD.findall(typed):
            is_negated = word.startswith("!")
            body = word[1:] if is_negated else word
            term, fault = self._term(body, is_negated=is_negated)
            if fault:
                faults.append(fault)
            elif term is not None and (term.text or term.key):
                terms.append(term)
        return Filter(tuple(terms), tuple(faults), self)

    def places(self, item: R_contra, term: Term) -> Iterator[tuple[Field[R_contra] | None, str]]:
        """Where a term is found: the column, None for a tag, and the value."""
        if term.column != TAGS:
            fields = (self._by_name[term.column],) if term.column else self._fields
            for one in fields:
                for value in one.text(item).split("\n"):
                    if term.text in folded(value):
                        yield one, value
        if term.column in ("", TAGS):
            for key, value in self._tags(item).items() if self._tags is not None else ():
                if _is_in_tag(term, folded(key), folded(value)):
                    yield None, f"{key}={value}"

    def _tag_texts(self, item: R_contra) -> Iterator[str]:
        if self._tags is not None:
            for key, value in self._tags(item).items():
                yield f"{key}={value}"

    def _term(self, body: str, *, is_negated: bool) -> tuple[Term | None, str]:
        split = _UNQUOTED[":"].match(body) if self.names else None
        if split is None:
            return Term(_plain(body), is_negated=is_negated), ""
        column, value = _plain(split[1]), split[2]
        if column in (TAG, TAGS) and self._tags is not None:
            pair = _UNQUOTED["="].match(value)
            if pair is None:
                return Term(_plain(value), TAGS, is_negated=is_negated), ""
            return Term(_plain(pair[2]), TAGS, _plain(pair[1]), is_negated), ""
        known = self._by_name.get(column)
        if known is None:
            return None, self._unknown(split[1].strip('"'), body)
        return Term(_plain(value), known.name, is_negated=is_negated), ""

    def _unknown(self, column: str, body: str) -> str:
        """Why a column cannot be searched, and what can be done."""
        meant = suggestion(column, self.names) or f" The columns are {', '.join(self.names)}."
        return f"{quoted(column)} is not a column.{meant} To search for the text, put it in quotes."


@dataclass(frozen=True, slots=True)
class Filter(Generic[R_contra]):
    """A filter as it was typed.

    Attributes:
        terms: What must be found, and what must not.
        faults: What could not be read, as sentences; a command refuses them, a list shows them.
    """

    terms: tuple[Term, ...] = ()
    faults: tuple[str, ...] = ()
    _fields: Fields[R_contra] = field(default_factory=Fields, repr=False)

    def __bool__(self) -> bool:
        """Whether it hides anything."""
        return bool(self.terms)

    @property
    def wanted(self) -> tuple[Term, ...]:
        """The terms that must be found."""
        return tuple(term for term in self.terms if not term.is_negated)

    def passing(self, searched: Sequence[S]) -> list[S]:
        """Those of some items that have everything that must be found, and nothing else.

        There is one pass for each term, because calls for each item take far longer.
        """
        passing = list(searched)
        for term in self.terms:
            found = [one for one in passing if term.text in one.text]
            if term.column:
                found = [one for one in found if any(True for _ in self._fields.places(one.item, term))]
            if term.is_negated:
                hidden = {id(one) for one in found}
                found = [one for one in passing if id(one) not in hidden]
            passing = found
        return passing

    def places(self, item: R_contra, term: Term) -> Iterator[tuple[str, str]]:
        """Where a term is found: the names of columns, and the values; those that need no explanation are omitted."""
        for one, value in self._fields.places(item, term):
            if one is None or one.is_explained:
                yield TAG if one is None else one.name, value


def folded_lines(texts: Iterable[str]) -> str:
    """Several texts, folded, each once, as lines of one text, so that no word is found across two of them."""
    return "\n".join(dict.fromkeys(folded(part) for text in texts if text for part in text.split("\n")))


def spans_of(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where folded words are in a shown text: merged, ordered pairs of the first letter and the one after the last."""
    low = text.casefold()
    if len(low) == len(text):
        starts: Iterable[int] = range(len(text) + 1)
    else:
        # One letter can become several, such as ß.
        starts = [number for number, letter in enumerate(text) for _ in letter.casefold()] + [len(text)]
    places = list(starts)
    found = []
    for word in words:
        at = low.find(word) if word else -1
        while at >= 0:
            found.append((places[at], max(places[at] + 1, places[at + len(word)])))
            at = low.find(word, at + len(word))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return merged


def _plain(body: str) -> str:
    return folded(body.replace('"', ""))


def _is_in_tag(term: Term, key: str, value: str) -> bool:
    if term.column != TAGS:
        return term.text in f"{key}={value}"
    if term.key is None:
        return term.text in key
    return term.key in ("", key) and term.text in value
