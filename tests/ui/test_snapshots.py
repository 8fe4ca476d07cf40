"""Every screen matches its reviewed snapshot at two sizes, and its text in small terminals."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.scenes import SCENES, staged
from tests.support.screen import TWO_FRAMES, screen_text, settled
from tests.support.stage import same_ids


@pytest.fixture
def numbered() -> Iterator[None]:
    with same_ids():
        yield


@pytest.mark.usefixtures("numbered")
@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
@pytest.mark.parametrize("name", sorted(SCENES))
def test_a_screen_looks_as_it_did(
    name: str, size: tuple[int, int], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    scene, _ = SCENES[name]
    stage = staged(name, tmp_path)
    snap_compare = request.getfixturevalue("snap_compare")

    async def act(pilot: Pilot[None]) -> None:
        await scene(stage, pilot)
        await settled(pilot, stage, TWO_FRAMES)

    stage.operations.start()
    try:
        assert snap_compare(stage.app, terminal_size=size, run_before=act)
    finally:
        stage.operations.stop()


_SMALL = [(name, (78, 20)) for name in sorted(SCENES)]
_NEARLY = [
    (name, size) for size in ((80, 23), (79, 24)) for name in ("computes", "confirm", "detail", "identity", "plan")
]


@pytest.mark.usefixtures("numbered")
@pytest.mark.parametrize(("name", "size"), _SMALL + _NEARLY, ids=lambda part: str(part).replace(", ", "x"))
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
