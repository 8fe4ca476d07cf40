"""Limits on what is read of Azure's answers: the size of one body, and the pages of one list."""

import asyncio
import zlib
from collections.abc import Sized
from typing import Any

from azure.core.exceptions import DecodeError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy

MOST_BYTES = 32 * 1024 * 1024
"""Of one body; a page of a thousand computes has two megabytes."""
MOST_PAGES = 2_000
MOST_ITEMS = 200_000
MOST_SECONDS = 1_800.0
"""Wall-clock time for one list; longer than the longest throttling of a large one."""


class BodyLimitPolicy(SansIOHTTPPolicy[Any, Any]):
    """Refuses answers that are larger than any of Azure's."""

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Check the size of a body before it is parsed.

        Raises:
            DecodeError: If it is too large, or cannot be decompressed.
        """
        answer = response.http_response
        try:
            size = len(answer.body())
        except zlib.error as error:
            raise DecodeError(f"The body cannot be decompressed: {error}", error=error) from error
        check_size(size)


def check_size(size: int) -> None:
    """Refuse a body that is larger than any of Azure's; `size` is in bytes, so far.

    Raises:
        DecodeError: If it is too large.
    """
    if size > MOST_BYTES:
        raise DecodeError(f"The answer is larger than {MOST_BYTES // 1024**2} MB.")


class ListLimit:
    """Counts what was read of one list."""

    def __init__(self) -> None:
        self._pages = self._items = 0
        self._began = asyncio.get_running_loop().time()

    def count(self, items: Sized) -> None:
        """Count one more page.

        Raises:
            DecodeError: If the list is longer than any plausible one.
        """
        self._pages += 1
        self._items += len(items)
        if self._pages > MOST_PAGES:
            raise DecodeError(f"The list does not end: {MOST_PAGES} pages were read.")
        if self._items > MOST_ITEMS:
            raise DecodeError(f"The list does not end: {MOST_ITEMS} items were read.")
        if asyncio.get_running_loop().time() - self._began > MOST_SECONDS:
            raise DecodeError(f"The list did not end within {MOST_SECONDS / 60:.0f} minutes.")
