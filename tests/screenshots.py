"""Draws the pictures that the README shows into `screenshots/`: `python -m tests.screenshots`."""

import asyncio
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.scenes import SCENES, staged
from tests.support.screen import TWO_FRAMES, settled
from tests.support.stage import same_ids

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "screenshots"
_PICTURE = re.compile(r"screenshots/(?P<scene>[a-z-]+)-(?P<width>\d+)x(?P<height>\d+)\.svg")


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
    """Draw each picture that the README shows, and remove all others."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    for found in _PICTURE.finditer((ROOT / "README.md").read_text(encoding="utf-8")):
        size = int(found["width"]), int(found["height"])
        with TemporaryDirectory() as state:
            picture = asyncio.run(draw(found["scene"], size, Path(state)))
        (ROOT / found[0]).write_text(picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
