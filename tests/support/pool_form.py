"""The form of a Spark pool under test, and the writes of Spark pools that Azure has received."""

from typing import Any

from textual.pilot import Pilot

from tests.support.screen import paste
from tests.support.stage import Stage
from tui.ui.widgets.field import Field


def sent(stage: Stage) -> list[Any]:
    """The bodies of the PUTs of Spark pools, in order."""
    return [one.body for one in stage.box.log if one.method == "PUT" and "/bigDataPools/" in one.url]


def field(stage: Stage, name: str) -> Field:
    """A field of the form in front."""
    return stage.app.screen.query_one(f"#pool-{name}", Field)


async def typed(stage: Stage, pilot: Pilot[None], **texts: str) -> None:
    """Replace the text of fields of the form."""
    for name, text in texts.items():
        field(stage, name).focus()
        await pilot.pause()
        await pilot.press("ctrl+u")
        await paste(pilot, text)
