"""Garbage collection that nobody has to wait for."""

import gc
import time

from textual.app import App

_EVERY_SECONDS = 30.0
_QUIET_SECONDS = 2.0
_NEVER = 1_000_000


class IdleCollector:
    """Leaves full collections to moments in which nobody presses a key.

    With thousands of computes a full one stops every thread for a tenth of a second, and Python begins it when
    much has been allocated: just while a list comes in.

    Args:
        app: The program; its timers run the collections.
    """

    def __init__(self, app: App[None]) -> None:
        self._before = gc.get_threshold()
        self._busy_at = time.monotonic()
        gc.set_threshold(*self._before[:2], _NEVER)
        self._timer = app.set_interval(_EVERY_SECONDS, self._collect)

    def busy(self) -> None:
        """A key was pressed."""
        self._busy_at = time.monotonic()

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.set_threshold(*self._before)

    def _collect(self) -> None:
        if time.monotonic() - self._busy_at >= _QUIET_SECONDS:
            gc.collect()
