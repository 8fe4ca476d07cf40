"""The sandbox's time: either the wall's, made faster, or one that a test turns by hand."""

import asyncio
import math
import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Protocol

START = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
"""Where virtual time begins, so that every test and screenshot shows the same moment."""


class Clock(Protocol):
    """What the sandbox and its transport ask of time; all seconds are seconds of the simulated world."""

    def now(self) -> datetime:
        """Return the world's present moment, aware and in UTC."""

    def monotonic(self) -> float:
        """Return the seconds since the clock was made; it never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Return when that many seconds of the world's time have passed."""

    def jump(self, seconds: float) -> None:
        """Set the world's present moment forward or back, as somebody sets a clock; what was slept stays as it is."""


class RealClock:
    """World time that follows the wall.

    Args:
        speed: How many seconds of the world pass in one second of the wall.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be positive, not {speed}")
        self._speed = speed
        self._start = datetime.now(UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the world's present moment, aware and in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the world's seconds since the clock was made."""
        return (time.monotonic() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        """Wait for that many of the world's seconds."""
        await asyncio.sleep(seconds / self._speed)

    def jump(self, seconds: float) -> None:
        """Set the world's present moment forward or back."""
        self._start += timedelta(seconds=seconds)


class VirtualClock:
    """World time that never waits for the wall: each sleep uses one permit, then moves time on by its seconds.

    Permits are unlimited until ``hold``. ``hold``, ``step`` and ``release`` may be called from any thread; a permit
    given before its sleeper arrives is kept for it.

    Args:
        start: The world's first moment, aware and in UTC.
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
        """Return the world's present moment, aware and in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the world's seconds since the clock was made."""
        with self._lock:
            return self._elapsed

    def jump(self, seconds: float) -> None:
        """Set the world's present moment forward or back; sleepers and ``monotonic`` do not notice."""
        with self._lock:
            self._start += timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        """Move time on without any sleeper, as when the person has gone for a coffee."""
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
        """Let no sleeper go on until ``step`` or ``release``."""
        with self._lock:
            self._permits = 0

    def step(self, n: int = 1) -> None:
        """Let ``n`` sleeps go on: those that wait first, then those still to come."""
        with self._lock:
            woken = min(n, len(self._sleepers))
            self._permits += n - woken
            self._wake(woken)

    def release(self) -> None:
        """Let every sleep go on, those that wait and those to come."""
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
        # Its permit was already under way when it was cancelled: another sleeper may have it.
        self.step()

    def _wake(self, count: int) -> None:
        for _ in range(count):
            loop, future = self._sleepers.popleft()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, future)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
