"""Waiting until the programs under test have nothing left to do, in slices that are far shorter than Textual's."""

import asyncio
import time
import weakref
from concurrent.futures import Future

import textual.app
import textual.pilot
from textual.app import App

from tui.operations.worker import Worker, WorkerStopped

_SLICE_SECONDS = 0.002
_IDLE_SECONDS = 0.0006
"""Processor time of all threads in a slice, above which the program counts as busy; a wake-up takes a third of it."""

_apps: "weakref.WeakSet[App[None]]" = weakref.WeakSet()
_workers: "weakref.WeakSet[Worker]" = weakref.WeakSet()
_start = Worker.start


def _start_noted(worker: Worker) -> None:
    _workers.add(worker)
    _start(worker)


async def _turn() -> None:
    """Do nothing, once everything that was waiting before has had its turn."""


def watch(app: App[None]) -> None:
    """Count the frames of an app as its work."""
    _apps.add(app)


async def wait_for_rest(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until neither the event loop nor any worker has work, and draw the frames that are due.

    A worker that does not get a processor at the moment is waited for, so that a busy computer changes nothing.

    Args:
        min_sleep: Seconds to wait at least.
        max_sleep: Seconds after which a program counts as one that never rests.
    """
    began = time.monotonic()
    while True:
        used = time.process_time()
        await asyncio.sleep(_SLICE_SECONDS)
        for worker in list(_workers):
            await _had_its_turn(worker, max_sleep)
        for app in list(_apps):
            if app.is_running and app.screen_stack:
                app.screen._on_timer_update()
        waited = time.monotonic() - began
        if waited >= max_sleep or (waited >= min_sleep and time.process_time() - used < _IDLE_SECONDS):
            return


async def _had_its_turn(worker: Worker, patience: float) -> None:
    try:
        turn: Future[None] = worker.submit(_turn())
    except WorkerStopped:
        _workers.discard(worker)
        return
    await asyncio.wait({asyncio.wrap_future(turn)}, timeout=patience)


Worker.start = _start_noted  # type: ignore[method-assign, assignment]
# Textual's own wait lasts 20 ms and more, twice for each key: half of the time of all tests of screens.
textual.app.wait_for_idle = textual.pilot.wait_for_idle = wait_for_rest  # type: ignore[attr-defined]
