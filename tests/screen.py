"""What stands on the screen of an app under test: reading it, waiting for it, typing into it."""

import time
from collections.abc import Callable

from textual._context import visible_screen_stack
from textual.events import Paste
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from tests.stage import Stage
from tui.ui.app import SparkpoolApp
from tui.ui.widgets.table import ResourceTable

TWO_FRAMES = 1 / 30
"""Seconds; what changes is drawn sixty times a second at the most, however idle the app looks."""

_PATIENCE_SECONDS = 20.0


def screen_strips(app: SparkpoolApp) -> list[Strip]:
    """What a reader sees, line by line, with its colours."""
    # A dialog that is drawn without knowing what it lies on would keep its lines so.
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


def screen_text(app: SparkpoolApp) -> str:
    """What a reader sees, line by line."""
    return "\n".join(strip.text.rstrip() for strip in screen_strips(app))


def sentences(app: SparkpoolApp) -> str:
    """What a reader reads: the screen without line breaks, frames and the wizard's list of steps."""
    step = next((step.region for step in app.screen.query("#step")), Region())
    lines = screen_text(app).split("\n")
    seen = [line[step.x :] if number in step.line_range else line for number, line in enumerate(lines)]
    return " ".join(" ".join(seen).replace("│", " ").split())


async def painted(pilot: Pilot[None], stage: Stage) -> None:
    """Wait until what is to be confirmed on the screen in front is on it, before which it ignores keys."""
    while getattr(stage.app.screen, "is_painting", False):
        await pilot.pause()


async def paste(pilot: Pilot[None], text: str) -> None:
    """Paste a text into what has the focus, as a terminal does."""
    pilot.app.post_message(Paste(text))
    await pilot.pause()


async def told(pilot: Pilot[None], stage: Stage, *texts: str) -> None:
    """Wait until all of these can be read on the screen, however its lines are broken."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not all(text in sentences(stage.app) for text in texts):
        if time.monotonic() > deadline:
            raise AssertionError(f"{texts} never came to the screen:\n{screen_text(stage.app)}")
        await pilot.pause()
    await painted(pilot, stage)
    await pilot.pause()


async def shown(pilot: Pilot[None], stage: Stage, *texts: str) -> None:
    """Wait until all of these texts are on the screen and nothing is left to be drawn."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not all(text in screen_text(stage.app) for text in texts):
        if time.monotonic() > deadline:
            raise AssertionError(f"{texts} never came to the screen:\n{screen_text(stage.app)}")
        await pilot.pause()
    await settled(pilot, stage)


async def gone(pilot: Pilot[None], stage: Stage, *texts: str) -> None:
    """Wait until none of these texts is on the screen."""
    await happened(pilot, lambda: not any(text in sentences(stage.app) for text in texts))


async def settled(pilot: Pilot[None], stage: Stage, delay: float | None = None) -> None:
    """Wait until two pauses in a row change nothing any more, not even a colour.

    Args:
        pilot: Drives the app.
        stage: The app.
        delay: How many seconds each pause lasts; None for as long as the app is busy.
    """
    before: list[Strip] = []
    same = 0
    while same < 2:
        await pilot.pause(delay)
        after = screen_strips(stage.app)
        same = same + 1 if after == before and not getattr(stage.app.screen, "is_painting", False) else 0
        before = after


async def happened(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it never happened")
        await pilot.pause()
    while getattr(pilot.app.screen, "is_painting", False):
        await pilot.pause()
    await pilot.pause()


async def on_row(stage: Stage, pilot: Pilot[None], name: str) -> None:
    """Put the cursor of the list on a compute."""
    stage.app.screen.query_one("#computes", ResourceTable).select(name)
    await pilot.pause()


async def set_tag(pilot: Pilot[None], name: str, value: str) -> None:
    """Fill in the fields of a tag, from the first of them."""
    await paste(pilot, name)
    await pilot.press("enter")
    await paste(pilot, value)
    await pilot.press("enter")
