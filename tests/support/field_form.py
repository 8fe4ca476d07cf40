"""A form of text fields under test, and the writes of Spark pools and identities that Azure has received."""

from typing import Any

from textual.pilot import Pilot

from tests.support.screen import paste
from tests.support.stage import Stage
from tui.ui.screens.field_form import FieldFormScreen
from tui.ui.widgets.field import Field


def sent(stage: Stage, kind: str = "bigDataPools") -> list[Any]:
    """The bodies of the PUTs of a kind of resource, in order."""
    return [one.body for one in stage.box.log if one.method == "PUT" and f"/{kind}/" in one.url]


def field(stage: Stage, name: str) -> Field:
    """A field of the form in front."""
    screen = stage.app.screen
    assert isinstance(screen, FieldFormScreen)
    return screen.query_one(f"#{screen.PREFIX}-{name}", Field)


async def typed(stage: Stage, pilot: Pilot[None], **texts: str) -> None:
    """Replace the text of fields of the form."""
    for name, text in texts.items():
        field(stage, name).focus()
        await pilot.pause()
        await pilot.press("ctrl+u")
        await paste(pilot, text)
