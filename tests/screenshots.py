"""Draws `screenshots/` anew: `python -m tests.screenshots`."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.scenes import SCENES, staged
from tests.support.screen import TWO_FRAMES, settled
from tests.support.stage import same_ids

FOLDER = Path(__file__).parent.parent / "screenshots"
SIZES = ((120, 40), (80, 24))


async def draw(name: str, size: tuple[int, int], state: Path) -> str:
    """One scene as SVG."""
    scene, _ = SCENES[name]
    stage = staged(name, state)
    stage.operations.start()
    try:
        with same_ids():
            async with stage.app.run_test(size=size) as pilot:
                await scene(stage, pilot)
                await settled(pilot, stage, TWO_FRAMES)
                return stage.app.export_screenshot(title="sparkpool")
    finally:
        stage.operations.stop()


def main() -> int:
    """Draw every scene in every size."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    for name in SCENES:
        for width, height in SIZES:
            with TemporaryDirectory() as state:
                picture = asyncio.run(draw(name, (width, height), Path(state)))
            (FOLDER / f"{name}-{width}x{height}.svg").write_text(picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
