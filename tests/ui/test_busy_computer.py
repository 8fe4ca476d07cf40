"""On a computer that is too busy to be on time, what is due happens late, and is never left out."""

import time
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import count
from types import SimpleNamespace

import pytest
from textual.timer import Timer

from tests.support import scenes
from tests.support.screen import happened, screen_strips, shown
from tests.support.stage import Stage

LARGE, SMALL = (120, 40), (80, 24)


@pytest.fixture(autouse=True)
def _busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second pass between any two looks at the clock of a timer that calls once."""
    seconds: ContextVar[Iterator[int] | None] = ContextVar("seconds", default=None)
    run = Timer._run

    async def slowly(timer: Timer) -> None:
        if timer._repeat == 0:
            seconds.set(count())
        await run(timer)

    def now() -> float:
        passed = seconds.get()
        return time.monotonic() if passed is None else next(passed)

    monkeypatch.setattr(Timer, "_run", slowly)
    monkeypatch.setattr("textual.timer._time", SimpleNamespace(get_time=now))


async def test_the_screen_takes_the_new_size_of_the_terminal(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        for size in (SMALL, LARGE, SMALL):
            await pilot.resize_terminal(*size)
            await happened(pilot, lambda: len(screen_strips(stage.app)) == stage.app.size.height)
            assert {strip.cell_length for strip in screen_strips(stage.app)} == {size[0]}


@pytest.mark.parametrize("of_app", [True, False], ids=["app", "screen"])
async def test_what_is_due_in_a_moment_happens(stage: Stage, of_app: bool) -> None:
    called: list[bool] = []
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.computes(stage, pilot)
        node = stage.app if of_app else stage.app.screen
        for delay in (0.001, 0.008, 0.05):
            node.set_timer(delay, lambda: called.append(True))
        await happened(pilot, lambda: len(called) == 3)


async def test_a_write_can_be_confirmed(stage: Stage) -> None:
    async with stage.app.run_test(size=LARGE) as pilot:
        await scenes.tags(stage, pilot)
        await pilot.press("ctrl+s")
        await shown(pilot, stage, "Nothing has been sent yet")
        await pilot.press("enter")
        await happened(pilot, lambda: any(one.method == "PUT" for one in stage.box.log))
