"""Every screen matches its reviewed picture in a large terminal, and its reviewed text in small ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.sampling import WHOLE
from tests.support.scenes import SCENES, staged
from tests.support.screen import TWO_FRAMES, screen_text, settled
from tests.support.stage import Stage, same_ids

LARGE = (120, 40)
SMALL = ((80, 24), (80, 23), (79, 24), (78, 20))
_ONE_IN = 5


@pytest.fixture
def _numbered() -> Iterator[None]:
    with same_ids():
        yield


@pytest.mark.usefixtures("_numbered")
@pytest.mark.parametrize("name", sorted(SCENES))
def test_a_screen_looks_as_it_did(name: str, tmp_path: Path, request: pytest.FixtureRequest, snapshot: object) -> None:
    """The texts are taken on the way to the picture, so that no scene is played twice."""
    stage = staged(name, tmp_path)
    snap_compare = request.getfixturevalue("snap_compare")
    texts: list[str] = []

    async def act(pilot: Pilot[None]) -> None:
        await SCENES[name][0](stage, pilot)
        texts.extend([await _text_at(stage, pilot, size) for size in SMALL])
        await _text_at(stage, pilot, LARGE)

    stage.operations.start()
    try:
        assert snap_compare(stage.app, terminal_size=LARGE, run_before=act)
    finally:
        stage.operations.stop()
    for text in texts:
        assert text == snapshot


@pytest.mark.parametrize("name", sorted(SCENES)[:: 1 if WHOLE else _ONE_IN])
@pytest.mark.parametrize("size", [SMALL[0], SMALL[-1]], ids=lambda size: "x".join(map(str, size)))
async def test_a_screen_reads_the_same_whichever_size_its_terminal_had_before(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    texts = []
    for first in (size, LARGE):
        folder = tmp_path / f"{first[0]}"
        folder.mkdir()
        stage = staged(name, folder)
        stage.operations.start()
        try:
            with same_ids():
                async with stage.app.run_test(size=first) as pilot:
                    await SCENES[name][0](stage, pilot)
                    texts.append(await _text_at(stage, pilot, size))
        finally:
            stage.operations.stop()
    assert texts[0] == texts[1]


async def _text_at(stage: Stage, pilot: Pilot[None], size: tuple[int, int]) -> str:
    await pilot.resize_terminal(*size)
    await settled(pilot, stage, TWO_FRAMES)
    return screen_text(stage.app)
