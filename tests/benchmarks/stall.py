"""How long the interface stalls while thousands of computes are loaded."""

import asyncio
import time

from tests.support.screen import screen_text
from tests.support.stage import Stage

_BEAT_SECONDS = 0.001


async def longest_stall(computes: int) -> float:
    """Open the list of a workspace with that many computes.

    Returns:
        The longest pause of the app's event loop in seconds, from the first frame to the last row.
    """
    stage = Stage(size=computes)
    stage.operations.start()
    longest = 0.0
    try:
        async with stage.app.run_test(size=(120, 40)):
            while f"{computes} computes" not in screen_text(stage.app) or "as of" not in screen_text(stage.app):
                last = time.perf_counter()
                await asyncio.sleep(_BEAT_SECONDS)
                longest = max(longest, time.perf_counter() - last - _BEAT_SECONDS)
    finally:
        stage.operations.stop()
    return longest
