"""Garbage collection while the user is idle."""

import gc
import time

from textual.app import App

_INTERVAL_SECONDS = 30.0
_QUIET_SECONDS = 2.0
_STARTUP_SECONDS = 0.5
_NEVER = 1_000_000


class IdleCollector:
    """Runs no collection during the start, and full ones only while no key is pressed.

    With thousands of computes, a full collection stops all threads for a tenth of a second, and Python starts one after
    many allocations, which is while a list is read.
    """

    def __init__(self, app: App[None]) -> None:
        self._before = gc.get_threshold()
        self._busy_at = time.monotonic()
        gc.set_threshold(*self._before[:2], _NEVER)
        self._timer = app.set_interval(_INTERVAL_SECONDS, self._collect)
        self._start = app.set_timer(_STARTUP_SECONDS, gc.enable)

    def busy(self) -> None:
        """Note that a key was pressed."""
        self._busy_at = time.monotonic()

    def stop(self) -> None:
        """Restore Python's own collections."""
        self._timer.stop()
        self._start.stop()
        gc.enable()
        gc.set_threshold(*self._before)

    def _collect(self) -> None:
        if time.monotonic() - self._busy_at >= _QUIET_SECONDS:
            gc.collect()
