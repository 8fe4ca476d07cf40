"""A terminal that supports only ASCII receives only ASCII."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.scenes import SCENES, computes, staged
from tests.support.screen import screen_text, shown
from tui.ui.text import use_ascii


@pytest.fixture(autouse=True)
def ascii_only() -> Iterator[None]:
    use_ascii(True)
    yield
    use_ascii(False)


@pytest.mark.parametrize("name", ["export", "filter", "identity-gone", "plan", "tags", "unlock"])
async def test_a_screen_is_drawn_in_ascii(name: str, tmp_path: Path) -> None:
    stage = staged(name, tmp_path)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await SCENES[name][0](stage, pilot)
            assert beyond(screen_text(stage.app)) == ""
    finally:
        stage.operations.stop()


async def test_help_and_palette_are_drawn_in_ascii(tmp_path: Path) -> None:
    stage = staged("computes", tmp_path)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await computes(stage, pilot)
            await pilot.press("question_mark")
            await shown(pilot, stage, "Keys that work here", "+---")
            assert beyond(screen_text(stage.app)) == ""
            await pilot.press("escape", "colon")
            await shown(pilot, stage, "Search for commands", "a | Attach a Spark pool")
            assert beyond(screen_text(stage.app)) == ""
    finally:
        stage.operations.stop()


def beyond(text: str) -> str:
    """The characters that are not ASCII."""
    return "".join(one for one in text if not one.isascii())
