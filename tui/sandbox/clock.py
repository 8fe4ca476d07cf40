"""The sandbox's time: real time, optionally accelerated, or time that a test controls."""

import asyncio
import math
import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Protocol

START = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
"""The start of virtual time, so that every test and screenshot shows the same moment."""


class Clock(Protocol):
    """What the sandbox and its transport need of time; all seconds are simulated seconds."""

    def now(self) -> datetime:
        """The current simulated time, aware and in UTC."""

    def monotonic(self) -> float:
        """The seconds since the clock was created; it never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Wait until that many simulated seconds have passed."""

    def jump(self, seconds: float) -> None:
        """Move the current simulated time forward or back, as when a clock is set; running sleeps are not affected."""


class RealClock:
    """Simulated time that follows real time, `speed` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be positive, not {speed}")
        self._speed = speed
        self._start = datetime.now(UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """The current simulated time, aware and in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """The simulated seconds since the clock was created."""
        return (time.monotonic() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        """Wait for that many simulated seconds."""
        await asyncio.sleep(seconds / self._speed)

    def jump(self, seconds: float) -> None:
        """Move the current simulated time forward or back."""
        self._start += timedelta(seconds=seconds)


class VirtualClock:
    """Simulated time that never waits: each sleep uses one permit, then moves time on by its seconds.

    Permits are unlimited until `hold`. `hold`, `step` and `release` may be called from any thread; a permit given
    before its sleeper arrives is kept for it. `start` is the first moment, aware and in UTC.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._elapsed = 0.0
        self._permits = math.inf
        self._sleepers: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()

    @property
    def waiting(self) -> int:
        """How many sleepers wait for a permit."""
        with self._lock:
            return len(self._sleepers)

    def now(self) -> datetime:
        """The current simulated time, aware and in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """The simulated seconds since the clock was created."""
        with self._lock:
            return self._elapsed

    def jump(self, seconds: float) -> None:
        """Move the current simulated time forward or back; sleepers and `monotonic` do not notice."""
        with self._lock:
            self._start += timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        """Move time on without any sleeper, as when the user takes a break."""
        with self._lock:
            self._elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        """Wait for a permit, then move time on by that many seconds."""
        sleeper = self._take_permit(asyncio.get_running_loop())
        if sleeper is None:
            await asyncio.sleep(0)
        else:
            try:
                await sleeper[1]
            except asyncio.CancelledError:
                self._give_back(sleeper)
                raise
        self.advance(seconds)

    def hold(self) -> None:
        """Stop all sleepers until `step` or `release`."""
        with self._lock:
            self._permits = 0

    def step(self, n: int = 1) -> None:
        """Let `n` sleeps continue: waiting ones first, then later ones."""
        with self._lock:
            woken = min(n, len(self._sleepers))
            self._permits += n - woken
            self._wake(woken)

    def release(self) -> None:
        """Let every sleep continue, waiting and later ones."""
        with self._lock:
            self._permits = math.inf
            self._wake(len(self._sleepers))

    def _take_permit(
        self, loop: asyncio.AbstractEventLoop
    ) -> tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None:
        with self._lock:
            if self._permits > 0:
                self._permits -= 1
                return None
            sleeper = (loop, loop.create_future())
            self._sleepers.append(sleeper)
            return sleeper

    def _give_back(self, sleeper: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]) -> None:
        with self._lock:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)
                return
        # Its permit was already given when it was cancelled: another sleeper may have it.
        self.step()

    def _wake(self, count: int) -> None:
        for _ in range(count):
            loop, future = self._sleepers.popleft()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, future)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
