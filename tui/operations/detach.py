"""Detach an attached Spark pool; the pool itself stays."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.domain.operation import Event, Failed, Progress, Started
from tui.domain.ports import Azure, Clock
from tui.domain.resource_id import ResourceId
from tui.domain.states import Tone
from tui.operations.progress import told
from tui.operations.reconcile import Standing, reconcile


async def detach(
    azure: Azure, clock: Clock, target: ResourceId, before: Mapping[str, Any]
) -> AsyncGenerator[Event, None]:
    """Run one detach to its end.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        target: The compute.
        before: Its document, for the record.

    Yields:
        `Started`, progress, and one end; a compute that is gone already is a success.
    """
    yield Started(clock.now(), before, None)
    try:
        yield Progress(clock.now(), "sending", note="the one write is on its way")
        async with aclosing(told(azure.detach(target), clock)) as events:
            async for event in events:
                yield event
    except Problem as problem:
        if not problem.outcome_unknown:
            yield Failed(clock.now(), problem)
            return
        async for event in reconcile(azure, clock, target, _judge, problem):
            yield event


def _judge(found: Compute | None) -> Standing:
    if found is None:
        return Standing.DONE
    return Standing.UNDER_WAY if found.state.tone is Tone.BUSY else Standing.NOT_DONE
