"""A write of the cloud layer as a stream of all its reports, waits and its end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from tui.domain.ports import Accepted, Azure, Finished, Polled, Report, RequestWait
from tui.domain.request_waits import report_waits_to
from tui.domain.resource_id import ResourceId

Reported = AsyncGenerator[Accepted | Polled | RequestWait | Finished[Any], None]


def putting(
    azure: Azure, compute: ResourceId, document: Mapping[str, Any], doing: str, token: str | None = None
) -> Reported:
    """All reports of `put_compute`; closing the stream cancels a running request."""
    return _reported(lambda report: azure.put_compute(compute, document, doing, report, token))


def putting_pool(
    azure: Azure, pool: ResourceId, document: Mapping[str, Any], doing: str, token: str | None = None
) -> Reported:
    """All reports of `put_spark_pool`; closing the stream cancels a running request."""
    return _reported(lambda report: azure.put_spark_pool(pool, document, doing, report, token))


def detaching(azure: Azure, compute: ResourceId, token: str | None = None) -> Reported:
    """All reports of `detach`; closing the stream cancels a running request."""
    return _reported(partial(azure.detach, compute, token=token))


async def _reported(write: Callable[[Report], Awaitable[Finished[Any]]]) -> Reported:
    heard: asyncio.Queue[Accepted | Polled | RequestWait | Finished[Any] | None] = asyncio.Queue()

    async def work() -> None:
        report_waits_to(heard.put_nowait)
        try:
            await heard.put(await write(heard.put))
        finally:
            heard.put_nowait(None)

    task = asyncio.create_task(work())
    try:
        while (one := await heard.get()) is not None:
            yield one
        await task
    finally:
        task.cancel()
        await asyncio.wait({task})
