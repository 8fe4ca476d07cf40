"""Keys that are pressed faster than screens open: each is for the screen that the keys before it have opened."""

from collections import deque
from weakref import WeakKeyDictionary

from textual.app import App
from textual.events import Event, Key, Paste
from textual.screen import Screen

_BREATH_SECONDS = 0.005


class TypedAhead:
    """Holds back keys until the screen that they are for can take them.

    Textual hands a key to what has the focus when it arrives, and lets the application's bindings have it when it
    comes back. If the key before it has opened another screen meanwhile, a letter for that screen's field would be
    taken for a command.

    Args:
        app: The program.
    """

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._meant_for: WeakKeyDictionary[Event, Screen[object]] = WeakKeyDictionary()
        self._held: deque[Event] = deque()
        self._is_releasing = False

    def holds(self, event: Event) -> bool:
        """Whether an event waits for its screen; it then comes again.

        Args:
            event: What has come to the application, from the terminal or back from a screen.
        """
        if not isinstance(event, Key | Paste) or not self._app.screen_stack:
            return False
        screen = self._app.screen
        if event.is_forwarded:
            is_early = self._meant_for.get(event, screen) is not screen
        else:
            is_early = not screen.is_mounted or bool(self._held)
            self._meant_for[event] = screen
        if is_early:
            event.stop()
            again = event.copy() if isinstance(event, Key) else Paste(event.text)
            again.time = event.time
            self._held.append(again)
            if not self._is_releasing:
                self._is_releasing = True
                self._release_when_there()
        return is_early

    def _release_when_there(self) -> None:
        if self._app.screen.is_mounted:
            # A screen that is there has asked for the focus in the application's queue, behind which the keys go.
            self._app.call_later(self._release)
        else:
            self._app.set_timer(_BREATH_SECONDS, self._release_when_there)

    async def _release(self) -> None:
        self._is_releasing = False
        events = tuple(self._held)
        self._held.clear()
        for event in events:
            await self._app.on_event(event)
