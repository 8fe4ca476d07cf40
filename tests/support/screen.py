"""The screen of an app under test: reading it, waiting for it, and typing into it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.app import App
from textual.events import Paste
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import OptionList

from tests.support.patience import PATIENCE_SECONDS
from tests.support.rest import wait_for_rest
from tests.support.stage import Stage
from tui.ui.app import SparkpoolApp
from tui.ui.widgets.table import ResourceTable

TWO_FRAMES = 1 / 30
"""Seconds; changes are drawn at most sixty times a second, even if the app looks idle."""


CHECKING = "Checking locks and permissions"
"""What a plan shows until its preflight ends."""


@dataclass
class Frames:
    """The frames of the apps under test.

    Attributes:
        due: How many were due, because something on a screen had changed.
        are_skipped: Whether those are left out that an app without a terminal discards.
    """

    due: int = 0
    are_skipped: bool = False


frames = Frames()
_draw = Compositor.render_update


def _draw_if_needed(compositor: Compositor, full: bool = False, *args: Any, **how: Any) -> object:
    frames.due += 1
    if full or not frames.are_skipped:
        return _draw(compositor, full, *args, **how)
    compositor._dirty_regions.clear()
    return None


Compositor.render_update = _draw_if_needed  # type: ignore[method-assign, assignment]


def screen_strips(app: App[None]) -> list[Strip]:
    """The visible lines with their styles."""
    # A dialog that is drawn without the screens below it would keep lines without them.
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


def screen_text(app: App[None]) -> str:
    """The visible text, line by line."""
    return "\n".join(strip.text.rstrip() for strip in screen_strips(app))


def sentences(app: SparkpoolApp) -> str:
    """The text of the screen without line breaks, frames and the wizard's list of steps."""
    step = next((step.region for step in app.screen.query("#step")), Region())
    lines = screen_text(app).split("\n")
    seen = [line[step.x :] if number in step.line_range else line for number, line in enumerate(lines)]
    return " ".join(" ".join(seen).replace("│", " ").split())


async def painted(pilot: Pilot[None]) -> None:
    """Wait until the screen in front shows what it asks to confirm; before that it ignores keys."""
    await _until(pilot, lambda: not is_painting(pilot.app), "what is to be confirmed was never painted")


async def _asked(pilot: Pilot[None], texts: tuple[str, ...], seen: str) -> None:
    """Wait until the question in front is complete: a key that comes while it changes is ignored, as it should be.

    Whoever waits for what is shown while it is read does not wait.

    Args:
        pilot: Drives the app.
        texts: What was waited for.
        seen: What the screen shows now, so that it is not drawn twice.
    """
    if not any("Reading" in text for text in texts):
        await _until(pilot, lambda: not getattr(pilot.app.screen, "is_reading", False), "the question stays incomplete")
    if CHECKING in seen and not any("Checking" in text for text in texts):
        await _until(pilot, lambda: CHECKING not in screen_text(pilot.app), "the preflight does not end")


def is_painting(app: App[None]) -> bool:
    """Whether the screen in front has not yet shown what it asks to confirm."""
    return bool(getattr(app.screen, "is_painting", False))


async def _until(pilot: Pilot[None], condition: Callable[[], bool], failure: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{failure}:\n{screen_text(pilot.app)}")
        await idle(pilot)


async def idle(pilot: Pilot[None], delay: float | None = None) -> None:
    """Wait until the program has little to do, and draw what is due.

    `Pilot.pause` also sends a message to every widget, which takes a sixth of the time of all tests.

    Args:
        pilot: Drives the app.
        delay: Seconds; None for as long as the app is busy.
    """
    if delay is None:
        await wait_for_rest()
    else:
        await asyncio.sleep(delay)
    pilot.app.screen._on_timer_update()


async def paste(pilot: Pilot[None], text: str) -> None:
    """Paste a text into the focused widget, as a terminal does."""
    pilot.app.post_message(Paste(text))
    await pilot.pause()


async def says(pilot: Pilot[None], stage: Stage, *texts: str) -> None:
    """Wait until all of these texts are on the screen, however its lines wrap, and keys have an effect."""
    seen = await says_already(pilot, stage, *texts)
    await _asked(pilot, texts, seen)
    await painted(pilot)
    await pilot.pause()


async def says_already(pilot: Pilot[None], stage: Stage, *texts: str) -> str:
    """Wait until all of these texts are on the screen; a key that confirms may still be too early.

    Returns:
        All that the screen says.
    """
    return await _read(pilot, lambda: sentences(stage.app), texts)


async def _read(pilot: Pilot[None], look: Callable[[], str], texts: tuple[str, ...]) -> str:
    """Wait until all of these texts are seen; return what was seen with them."""
    seen = ""

    def are_seen() -> bool:
        nonlocal seen
        seen = look()
        return all(text in seen for text in texts)

    await _until(pilot, are_seen, f"{texts} never came to the screen")
    return seen


async def shown(pilot: Pilot[None], stage: Stage, *texts: str) -> None:
    """Wait until all of these texts are on the screen and everything is drawn."""
    seen = await _read(pilot, lambda: screen_text(stage.app), texts)
    await _asked(pilot, texts, seen)
    await settled(pilot, stage)


async def gone(pilot: Pilot[None], stage: Stage, *texts: str) -> None:
    """Wait until none of these texts is on the screen."""

    def are_gone() -> bool:
        seen = sentences(stage.app)
        return not any(text in seen for text in texts)

    await happened(pilot, are_gone)


async def settled(pilot: Pilot[None], stage: Stage, delay: float | None = None) -> None:
    """Wait until no frame is due in two pauses in a row.

    Args:
        pilot: Drives the app.
        stage: The app.
        delay: Length of each pause in seconds; None for as long as the app is busy.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    await pilot.pause(delay)
    before, same = frames.due, 0
    while same < 2:
        if time.monotonic() > deadline:
            raise AssertionError(f"the screen never came to rest:\n{screen_text(stage.app)}")
        await idle(pilot, delay)
        same = same + 1 if frames.due == before and not is_painting(stage.app) else 0
        before = frames.due
        if same == 1 and frames.are_skipped and pilot.app.screen.query(OptionList):
            # It counts its lines when it is drawn, and its scroll bar follows.
            screen_strips(pilot.app)


async def happened(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until a condition is met and keys have an effect on the screen in front."""
    await _until(pilot, condition, "it never happened")
    await painted(pilot)
    await pilot.pause()


async def on_row(stage: Stage, pilot: Pilot[None], name: str) -> None:
    """Move the cursor of the list to a compute."""
    stage.app.screen.query_one("#computes", ResourceTable).select(name)
    await pilot.pause()


async def set_tag(pilot: Pilot[None], name: str, value: str) -> None:
    """Fill in the fields of a tag, starting in the first."""
    await paste(pilot, name)
    await pilot.press("enter")
    await paste(pilot, value)
    await pilot.press("enter")
