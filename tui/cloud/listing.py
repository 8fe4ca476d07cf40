"""Lists of Azure's as pages of domain objects; what cannot be read is counted, and never left out in silence."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, aclosing
from typing import Any, TypeVar

from tui.cloud.described import Asked, why_not_trusted
from tui.cloud.raw_pages import RawPage
from tui.domain.ports import Listing, Page

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Unreadable(str):
    """Why an item of a list cannot be read, as a sentence."""

    __slots__ = ()


def readable(convert: Callable[[Any], T | None]) -> Callable[[Any], T | Unreadable]:
    """The conversion of the items of a list that say by themselves whether they can be read."""

    def converted(raw: Any) -> T | Unreadable:
        found = convert(raw)
        return Unreadable("Its ids cannot be read, or contradict one another.") if found is None else found

    return converted


def described(asked: Asked, convert: Callable[[Any], T | None]) -> Callable[[Any], T | Unreadable]:
    """The conversion of the items of a list, each of which must describe one of what was asked for."""

    def converted(raw: Any) -> T | Unreadable:
        reason = why_not_trusted(raw, asked)
        found = None if reason else convert(raw)
        return Unreadable(reason) if found is None else found

    return converted


async def listing(
    doing: str,
    raw_pages: AsyncGenerator[RawPage, None],
    convert: Callable[[Any], T | Unreadable],
    problems: Callable[[str], AbstractContextManager[None]],
) -> Listing[T]:
    """A list of Azure's as pages of what could be read, each with why the rest could not.

    Args:
        doing: What is being done, to follow "Could not".
        raw_pages: The raw pages.
        convert: Makes an item of its JSON, or says why there is none.
        problems: Raises every failure as a problem.
    """
    with problems(doing):
        async with aclosing(raw_pages) as pages:
            async for raw_items, last in pages:
                items: list[T] = []
                unreadable: list[str] = []
                for found in map(convert, raw_items):
                    if isinstance(found, Unreadable):
                        _log.warning("%s: an item cannot be read. %s", doing, found)
                        unreadable.append(str(found))
                    else:
                        items.append(found)
                yield Page(tuple(items), last, tuple(unreadable))
