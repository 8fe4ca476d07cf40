"""A code that a person types on another device: large, to copy, with the time that is left."""

from datetime import timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.domain.sign_in import DeviceCode
from tui.operations.service import Operations
from tui.ui.clipboard import copy
from tui.ui.keys import key_name
from tui.ui.stack import OwnScreen
from tui.ui.text import content, duration, line
from tui.ui.widgets.dialog import Dialog

_TICK_SECONDS = 1.0
_MOST_TILES = 12
_TILE = "bold $block-cursor-foreground on $block-cursor-background"


class DeviceCodeScreen(ModalScreen[bool], OwnScreen[bool]):
    """Shows the code until the sign-in ends; answers True where the person gives it up.

    Args:
        operations: Gives the time.
        code: The code, its page, and its end.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Give up", id="device-code.give-up", tooltip="End the sign-in"),
        Binding("c", "copy_code", "Copy the code", id="device-code.code", tooltip="Copy the code"),
        Binding("a", "copy_address", "Copy the address", id="device-code.address", tooltip="Copy the page's address"),
    ]

    def __init__(self, operations: Operations, code: DeviceCode) -> None:
        super().__init__()
        self._operations = operations
        self._code = code

    def compose(self) -> ComposeResult:
        """The two things to do, the time, and the keys."""
        code = line(self._code.code)
        gap = " " * len(code)
        tiles: list[object | tuple[object, str]] = []
        for row in (gap, code, gap) if len(code) <= _MOST_TILES else ():
            tiles.append("  ")
            for character in row:
                tiles += [(f"  {character}  ", _TILE), " "]
            tiles.append("\n")
        with Dialog():
            yield Static(content(("Sign in with a code", "bold")), classes="dialog-title", markup=False)
            yield Static(
                content(
                    "\n1  Open this page on any device that has a browser:\n\n",
                    (f"  {self._code.address}\n", "bold $accent"),
                    f"\n2  Type this code there:   {code}\n",
                ),
                markup=False,
            )
            yield Static(content(*tiles), classes="roomy", markup=False)
            yield Static("", id="left", markup=False)
            yield Static(content(*self._keys()), classes="dialog-keys", id="code-keys", markup=False)

    def on_mount(self) -> None:
        """Count the time that is left."""
        self._count()
        self.set_interval(_TICK_SECONDS, self._count)

    def _count(self) -> None:
        left = self._code.expires_at - self._operations.now()
        words = f"{duration(left)} left" if left > timedelta(0) else "the code has expired"
        self.query_one("#left", Static).update(content("Waiting until you have signed in there … ", (words, "bold")))

    def _keys(self) -> list[object | tuple[object, str]]:
        named = (
            ("device-code.code", "c", "copy the code"),
            ("device-code.address", "a", "copy the address"),
            ("device-code.give-up", "esc", "give up"),
        )
        return [part for name, own, word in named for part in ((key_name(name, own), "bold $accent"), f" {word}    ")]

    async def action_copy_code(self) -> None:
        """Copy the code."""
        await self._copy(self._code.code, "the code")

    async def action_copy_address(self) -> None:
        """Copy the page's address."""
        await self._copy(self._code.address, "the address")

    async def _copy(self, text: str, what: str) -> None:
        said = await copy(self.app, text, what)
        self.query_one("#code-keys", Static).update(content(*self._keys(), (f"\n{said}", "$accent")))

    def action_give_up(self) -> None:
        """End the sign-in."""
        self.dismiss(True)
