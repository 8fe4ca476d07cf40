"""The sandbox's clocks: an accelerated real one, and a virtual one that other threads can step."""

import asyncio
import threading

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tui.sandbox.clock import RealClock, VirtualClock


async def until_waiting(clock: VirtualClock, count: int) -> None:
    for _ in range(1000):
        if clock.waiting == count:
            return
        await asyncio.sleep(0)
    pytest.fail(f"{clock.waiting} sleepers wait, not {count}")


async def test_a_virtual_sleep_advances_time_without_waiting() -> None:
    clock = VirtualClock()
    await asyncio.gather(clock.sleep(86_400), clock.sleep(5))
    assert clock.monotonic() == 86_405
    assert clock.now().isoformat() == "2026-11-24T09:12:05+00:00"


async def test_a_held_clock_wakes_one_sleeper_per_step() -> None:
    clock = VirtualClock()
    clock.hold()
    sleepers = [asyncio.create_task(clock.sleep(10)) for _ in range(3)]
    await until_waiting(clock, 3)
    clock.step(2)
    await until_waiting(clock, 1)
    await asyncio.gather(*sleepers[:2])
    assert clock.monotonic() == 20
    assert not sleepers[2].done()
    clock.release()
    await sleepers[2]
    assert clock.monotonic() == 30


async def test_a_permit_given_before_its_sleeper_is_kept() -> None:
    clock = VirtualClock()
    clock.hold()
    clock.step()
    await clock.sleep(1)
    late = asyncio.create_task(clock.sleep(1))
    await until_waiting(clock, 1)
    assert clock.monotonic() == 1
    clock.release()
    await late


async def test_a_cancelled_sleeper_passes_its_permit_to_the_next() -> None:
    clock = VirtualClock()
    clock.hold()
    first = asyncio.create_task(clock.sleep(1))
    await until_waiting(clock, 1)
    clock.step()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await clock.sleep(3)
    assert clock.monotonic() == 3


async def test_a_sleeper_cancelled_while_waiting_leaves_the_queue() -> None:
    clock = VirtualClock()
    clock.hold()
    sleeper = asyncio.create_task(clock.sleep(1))
    await until_waiting(clock, 1)
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper
    assert clock.waiting == 0
    assert clock.monotonic() == 0


def test_stepping_from_another_thread_loses_no_permit() -> None:
    clock = VirtualClock()
    clock.hold()

    async def sleep_often() -> None:
        for _ in range(500):
            await clock.sleep(1)

    loop = threading.Thread(target=asyncio.run, args=(sleep_often(),))
    loop.start()
    for _ in range(500):
        clock.step()
    loop.join(timeout=PATIENCE_SECONDS)
    assert not loop.is_alive()
    assert clock.monotonic() == 500


async def test_a_fast_clock_runs_ahead_of_real_time() -> None:
    clock = RealClock(speed=100_000)
    before = clock.now()
    await clock.sleep(100)
    assert clock.monotonic() >= 100
    assert (clock.now() - before).total_seconds() >= 100


def test_a_clock_speed_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="speed must be positive"):
        RealClock(speed=0)
