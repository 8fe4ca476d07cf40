"""Holds keys that are typed ahead, so that each reaches the screen that the keys before it open."""

import time
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary, WeakSet

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.screen import Screen

_RETRY_SECONDS = 0.005
_TIMEOUT_SECONDS = 0.1
_FOCUS_SECONDS = 2.0
"""How long keys wait for a screen whose letters go to a field to give a widget the focus."""
_ROUNDS = 3
"""How many messages in a row are waited for after a key: its action, and two that follow from it."""


class KeyFence(Message):
    """Bubbles like a key, from the focused widget up to the application."""

    def __init__(self, number: int, rounds: int) -> None:
        super().__init__()
        self.number = number
        self.rounds = rounds


class TypedAhead:
    """Holds keys until the keys before them have taken effect and the screen can take input.

    Textual sends a key to the focused widget at once, but runs bindings when the key has bubbled up. A letter right
    after it would land in the field that the key closes, and a letter for the field of the screen that it opens would
    run as a command, or as nothing where commands are not letters.

    Args:
        app: The application.
        takes_text: Whether the letters typed on a screen go to a field.
    """

    def __init__(self, app: App[None], takes_text: Callable[[Screen[object]], bool]) -> None:
        self._app = app
        self._takes_text = takes_text
        self._ready: WeakSet[Screen[object]] = WeakSet()
        self._mounted_at: WeakKeyDictionary[Screen[object], float] = WeakKeyDictionary()
        self._meant_for: WeakKeyDictionary[Event, Screen[object]] = WeakKeyDictionary()
        self._held: deque[Event] = deque()
        self._is_releasing = False
        self._is_under_way = False
        self._number = 0
        self._next: Event | None = None

    def holds(self, event: Event) -> bool:
        """Whether an event, from the terminal or back from a screen, must wait; it is then sent again later."""
        if not isinstance(event, Key | Paste) or not self._app.screen_stack:
            return False
        screen = self._app.screen
        if event.is_forwarded:
            is_early = self._meant_for.get(event, screen) is not screen
        else:
            is_waiting = event is not self._next and (bool(self._held) or self._is_under_way)
            is_early = not self._is_ready(screen) or is_waiting
            self._meant_for[event] = screen
        if is_early:
            event.stop()
            again = event.copy() if isinstance(event, Key) else Paste(event.text)
            again.time = event.time
            if event.is_forwarded or event is self._next:
                self._held.appendleft(again)
            else:
                self._held.append(again)
            self._release_when_free()
        return is_early

    def dispatched(self) -> None:
        """Wait until the key or paste that was just sent has taken effect."""
        if self._app.screen_stack:
            self._number += 1
            self._is_under_way = True
            self._send_fence(_ROUNDS)

    def arrived(self, fence: KeyFence) -> None:
        """Note that everything before a fence is done, because the fence has bubbled up."""
        if fence.number != self._number or not self._is_under_way:
            return
        if fence.rounds > 1:
            self._send_fence(fence.rounds - 1)
        else:
            self._end(fence.number)

    def _send_fence(self, rounds: int) -> None:
        number = self._number
        (self._app.focused or self._app.screen).post_message(KeyFence(number, rounds))
        # The widget that it was sent to may have been removed.
        self._app.set_timer(_TIMEOUT_SECONDS, lambda: self._end(number))

    def _end(self, number: int) -> None:
        if number == self._number and self._is_under_way:
            self._is_under_way = False
            self._release_when_free()

    def _release_when_free(self) -> None:
        if self._held and not self._is_under_way and not self._is_releasing:
            self._is_releasing = True
            self._release_when_there()

    def _release_when_there(self) -> None:
        if self._is_ready(self._app.screen):
            # A mounted screen has queued its focus in the application; the keys go after that.
            self._app.call_later(self._release)
        else:
            self._app.set_timer(_RETRY_SECONDS, self._release_when_there)

    def _is_ready(self, screen: Screen[object]) -> bool:
        """Whether a screen can take keys: it is mounted, and has had a focus if its letters go to a field.

        The focus is set a moment after it is mounted, which a key may reach first.
        """
        if screen in self._ready or not screen.is_mounted:
            return screen.is_mounted
        since = self._mounted_at.setdefault(screen, time.monotonic())
        is_ready = (
            screen.focused is not None or not self._takes_text(screen) or time.monotonic() - since >= _FOCUS_SECONDS
        )
        if is_ready:
            self._ready.add(screen)
        return is_ready

    async def _release(self) -> None:
        self._is_releasing = False
        if self._held:
            self._next = self._held.popleft()
            await self._app.on_event(self._next)
            self._next = None
            self._release_when_free()
