"""Azure's lists as pages of domain objects; unreadable items are counted, never dropped silently."""

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
    """Convert items that report by themselves whether they can be read."""

    def converted(raw: Any) -> T | Unreadable:
        item = convert(raw)
        return Unreadable("Its ids cannot be read, or contradict each other.") if item is None else item

    return converted


def described(asked: Asked, convert: Callable[[Any], T | None]) -> Callable[[Any], T | Unreadable]:
    """Convert items that must each describe one of the requested resources."""

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
    """A list as pages of readable items, each with why the others could not be read.

    Args:
        doing: What is being done, to follow "Could not".
        raw_pages: The raw pages.
        convert: Makes an item from its JSON, or says why it cannot.
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
