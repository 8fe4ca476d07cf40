"""Every screen matches its reviewed snapshot at two sizes, and its text in small terminals."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.scenes import SCENES, staged
from tests.support.screen import TWO_FRAMES, screen_text, settled
from tests.support.stage import Stage, same_ids

MEDIUM, SMALL = (80, 24), (78, 20)


@pytest.fixture
def numbered() -> Iterator[None]:
    with same_ids():
        yield


@pytest.mark.usefixtures("numbered")
@pytest.mark.parametrize("size", [(120, 40), MEDIUM], ids=["120x40", "80x24"])
@pytest.mark.parametrize("name", sorted(SCENES))
def test_a_screen_looks_as_it_did(
    name: str, size: tuple[int, int], tmp_path: Path, request: pytest.FixtureRequest, snapshot: object
) -> None:
    """The text of a small terminal is taken on the way, so that no scene is played three times."""
    scene, _ = SCENES[name]
    stage = staged(name, tmp_path)
    snap_compare = request.getfixturevalue("snap_compare")
    texts: list[str] = []

    async def act(pilot: Pilot[None]) -> None:
        await scene(stage, pilot)
        await settled(pilot, stage, TWO_FRAMES)
        if size == MEDIUM:
            texts.append(await _text_at(stage, pilot, SMALL))
            await _text_at(stage, pilot, size)

    stage.operations.start()
    try:
        assert snap_compare(stage.app, terminal_size=size, run_before=act)
    finally:
        stage.operations.stop()
    assert all(text == snapshot for text in texts)


async def _text_at(stage: Stage, pilot: Pilot[None], size: tuple[int, int]) -> str:
    await pilot.resize_terminal(*size)
    await settled(pilot, stage, TWO_FRAMES)
    return screen_text(stage.app)


@pytest.mark.usefixtures("numbered")
@pytest.mark.parametrize("size", [(80, 23), (79, 24), SMALL], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("name", ["computes", "confirm", "detail", "identity", "plan"])
async def test_a_screen_reads_as_it_did_in_a_small_terminal(
    name: str, size: tuple[int, int], tmp_path: Path, snapshot: object
) -> None:
    stage = staged(name, tmp_path)
    stage.operations.start()
    try:
        async with stage.app.run_test(size=size) as pilot:
            await SCENES[name][0](stage, pilot)
            await settled(pilot, stage, TWO_FRAMES)
            assert screen_text(stage.app) == snapshot
    finally:
        stage.operations.stop()
