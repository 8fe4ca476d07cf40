"""The dialog with a code that the user types on another device."""

from collections.abc import Iterable
from datetime import timedelta

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.domain.sign_in import DeviceCode
from tui.operations.service import Operations
from tui.ui.clipboard import copy
from tui.ui.dialogs import DialogScreen, KeyHint
from tui.ui.keys import bindings, key_name
from tui.ui.text import Parts, content, duration, line

_TICK_SECONDS = 1.0
_MAX_TILES = 12
_TILE = "bold $block-cursor-foreground on $block-cursor-background"


class DeviceCodeScreen(DialogScreen[bool]):
    """Shows the code until the sign-in ends; returns True if the user gives up.

    Args:
        code: The code, its page and its end.
    """

    WHERE = "sign-in-code"
    BINDINGS = bindings(WHERE)

    def __init__(self, operations: Operations, code: DeviceCode) -> None:
        super().__init__()
        self._operations = operations
        self._code = code

    @property
    def heading(self) -> Content:
        """The title."""
        return content(("Sign in with a code", "bold"))

    def body(self) -> Iterable[Widget]:
        """Show the two instructions and the remaining time."""
        code = line(self._code.code)
        gap = " " * len(code)
        tiles: Parts = []
        for row in (gap, code, gap) if len(code) <= _MAX_TILES else ():
            tiles.append("  ")
            for character in row:
                tiles += [(f"  {character}  ", _TILE), " "]
            tiles.append("\n")
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

    def key_hints(self) -> Iterable[KeyHint]:
        """Name the keys that copy and that give up."""
        yield KeyHint(key_name("device-code.code"), "copy the code")
        yield KeyHint(key_name("device-code.address"), "copy the address")
        yield KeyHint(key_name("device-code.give-up"), "give up")

    def on_mount(self) -> None:
        """Count down the remaining time."""
        self._count()
        self.set_interval(_TICK_SECONDS, self._count)

    def _count(self) -> None:
        left = self._code.expires_at - self._operations.now()
        words = f"{duration(left)} left" if left > timedelta(0) else "the code has expired"
        self.query_one("#left", Static).update(content("Waiting until you have signed in there … ", (words, "bold")))

    async def action_copy_code(self) -> None:
        """Copy the code."""
        await self._copy(self._code.code, "the code")

    async def action_copy_address(self) -> None:
        """Copy the page's address."""
        await self._copy(self._code.address, "the address")

    async def _copy(self, text: str, what: str) -> None:
        self.notice(await copy(self.app, text, what), "$accent")

    def action_give_up(self) -> None:
        """Stop the sign-in."""
        self.dismiss(True)
