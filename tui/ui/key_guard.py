"""Ignores a key that confirms something if it was pressed before that could be read."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast
from weakref import WeakSet

from textual.events import Event, Key, Paste
from textual.screen import Screen

from tui.actions import ACTIONS, confirming
from tui.ui.containment import is_taken_apart

if TYPE_CHECKING:
    from textual.app import App

    from tui.ui.app import SparkpoolApp
    from tui.ui.session import Session

LEAVING = frozenset(action.action for action in ACTIONS.values() if action.leaves)
"""The actions that send nothing and always work: an ignored esc would be worse than an early one."""

_LOOK_SECONDS = 0.01


@dataclass(slots=True)
class Pauses:
    """Pauses around keys that confirm, in seconds.

    Attributes:
        settle: How long a screen that writes must be readable before a key on it counts.
        alone: How long before and after a key that confirms no other key may be typed.
    """

    settle: float = 0.3
    alone: float = 0.08


class Guarded:
    """Mixin for screens on which keys confirm something.

    Keys are ignored until the content is on the screen, and for a moment after. A key that came too early restarts that
    moment, so that neither a held key nor a paste gets through.

    Attributes:
        WHERE: Its place in the table of actions, which says what confirms there.
        GUARDS_ALL: Whether other keys are ignored too while those that confirm do not count.
        SETTLES: Whether keys count only some time after the terminal has shown the content; otherwise as soon as it is
            drawn.
    """

    WHERE: ClassVar[str]
    GUARDS_ALL: ClassVar[bool] = True
    SETTLES: ClassVar[bool] = True

    _painted_at: float | None = None
    _too_early_at: float = 0.0
    _guard_round: int = 0

    @property
    def is_guarding(self) -> bool:
        """Whether a key confirms anything now."""
        return bool(confirming(self.WHERE))

    @property
    def has_content(self) -> bool:
        """Whether the content that a key confirms is complete."""
        return True

    @property
    def is_painting(self) -> bool:
        """Whether the content to confirm is not on the screen yet."""
        return self.is_guarding and self._painted_at is None

    @property
    def takes_answers(self) -> bool:
        """Whether a key that confirms counts now."""
        return self.takes_answer_of(time.monotonic())

    def takes_answer_of(self, moment: float) -> bool:
        """Whether a key pressed at a moment, in seconds of the monotonic clock, could be meant for this content."""
        if not self.is_guarding:
            return True
        return self._painted_at is not None and moment >= self._counts_from(self._painted_at)

    def _counts_from(self, painted: float) -> float:
        seconds = self._guarded_session.pauses.settle if self.SETTLES else 0.0
        return max(painted, self._too_early_at) + seconds

    def was_too_early(self, moment: float) -> None:
        """Say that a key came too early, and start waiting again from that moment."""
        self._too_early_at = max(moment, self._too_early_at)
        self.say_ignored()
        self.guard_changed()
        self._wait_to_settle()

    def guard_content(self) -> None:
        """Wait until new content is on the screen before keys confirm it."""
        self._painted_at = None
        self._guard_round += 1
        self.guard_changed()
        if self.is_guarding:
            self._guarded_screen.call_after_refresh(self._when_painted, self._guard_round)

    def on_screen_resume(self) -> None:
        """Wait for the content, because the screen has come to the front."""
        self.guard_content()

    def say_ignored(self) -> None:
        """Say that a key was ignored."""

    def guard_changed(self) -> None:
        """Show whether keys count now."""

    def _when_painted(self, number: int) -> None:
        if number != self._guard_round or is_taken_apart(self._guarded_screen):
            return
        if not self.has_content:
            self._guarded_screen.set_timer(
                _LOOK_SECONDS, lambda: self._guarded_screen.call_after_refresh(self._when_painted, number)
            )
            return
        if self.SETTLES:
            self._guarded_app.when_seen(lambda moment: self._note_seen(number, moment))
        else:
            self._note_seen(number, time.monotonic())

    def _note_seen(self, number: int, moment: float) -> None:
        if number == self._guard_round and not is_taken_apart(self._guarded_screen):
            self._painted_at = moment
            self._wait_to_settle()

    def _wait_to_settle(self) -> None:
        if self._painted_at is None:
            return
        number, left = self._guard_round, self._counts_from(self._painted_at) - time.monotonic()

        def settled() -> None:
            if number == self._guard_round and not is_taken_apart(self._guarded_screen):
                if self.takes_answers:
                    self.guard_changed()
                else:
                    self._wait_to_settle()

        if left <= 0:
            self.guard_changed()
        else:
            self._guarded_screen.set_timer(left, settled)

    def closes_by_itself(self) -> None:
        """Ignore keys for a moment, because something in front closes without a key."""
        self._guarded_app.guard.moved()

    @property
    def _guarded_screen(self) -> Screen[Any]:
        return cast("Screen[Any]", self)

    @property
    def _guarded_app(self) -> SparkpoolApp:
        return cast("SparkpoolApp", self._guarded_screen.app)

    @property
    def _guarded_session(self) -> Session:
        return self._guarded_app.session


class KeyGuard:
    """Stops keys that confirm something unread, or that come from a paste.

    A key that confirms must come alone: in a paste without brackets, other keys come right before or after it.
    """

    def __init__(self, app: App[None], session: Session) -> None:
        self._app = app
        self._session = session
        self._pending: tuple[Key, Guarded] | None = None
        self._released: WeakSet[Event] = WeakSet()
        self._typed_at = self._typed_before = float("-inf")
        self._ignores_until = float("-inf")

    def moved(self) -> None:
        """Ignore keys for a moment, because a screen has closed by itself."""
        self._ignores_until = time.monotonic() + self._session.pauses.alone

    @property
    def was_alone(self) -> bool:
        """Whether the last printing key, or enter, came alone."""
        return self._typed_at - self._typed_before >= self._session.pauses.alone

    async def stops(self, event: Event) -> bool:
        """Whether an event, from the terminal or back from a screen, is ignored or waits to be known as alone."""
        if not isinstance(event, Key | Paste) or event in self._released:
            return False
        if not event.is_forwarded:
            if event.time < self._ignores_until:
                self._say_ignored()
                return True
            await self._note(event)
        screen = self._app.screen
        return isinstance(screen, Guarded) and screen.is_guarding and self._is_stopped(event, screen)

    def _say_ignored(self) -> None:
        if isinstance(screen := self._app.screen, Guarded):
            screen.say_ignored()

    async def _note(self, event: Key | Paste) -> None:
        """Note a new key, which decides whether the key before it came alone."""
        if isinstance(event, Key) and _is_typed(event) and event.time > self._typed_at:
            self._typed_before, self._typed_at = self._typed_at, event.time
        if self._pending is not None:
            await self._settle_pending(event, self._app.screen)

    def _is_stopped(self, event: Key | Paste, screen: Guarded) -> bool:
        action = _action(screen, event)
        confirms = action in confirming(screen.WHERE)
        if action in LEAVING or not (confirms or screen.GUARDS_ALL):
            return False
        if not screen.takes_answer_of(event.time):
            event.stop()
            screen.was_too_early(event.time)
            return True
        return confirms and not event.is_forwarded and isinstance(event, Key) and self._waits(event, screen)

    def _waits(self, event: Key, screen: Guarded) -> bool:
        seconds = self._session.pauses.alone
        if seconds <= 0:
            return False
        is_on_it = self._typed_before >= (screen._painted_at or 0.0)
        if _is_typed(event) and not self.was_alone and is_on_it:
            # The key before it was for this screen too; the key that opened the screen is not part of a burst.
            screen.was_too_early(event.time)
            return True
        self._pending = event, screen
        self._app.set_timer(seconds, lambda: self._release(event))
        return True

    async def _settle_pending(self, event: Key | Paste, screen: Screen[Any]) -> None:
        """Decide about the waiting key: another key right after it means a paste."""
        pending, self._pending = self._pending, None
        if pending is None:
            return
        is_leaving = _action(screen, event) in LEAVING
        if (isinstance(event, Key) and _is_typed(event)) or is_leaving:
            if isinstance(screen, Guarded):
                screen.was_too_early(event.time)
        else:
            await self._dispatch(*pending)

    async def _release(self, event: Key) -> None:
        if self._pending is not None and self._pending[0] is event:
            (_, screen), self._pending = self._pending, None
            await self._dispatch(event, screen)

    async def _dispatch(self, event: Key, screen: Guarded) -> None:
        """Run a key that has waited, unless the screen or its content has changed."""
        if self._app.screen is not screen._guarded_screen:
            return
        if not screen.takes_answer_of(event.time):
            screen.was_too_early(event.time)
            return
        self._released.add(event)
        await self._app.on_event(event)


def _is_typed(event: Key) -> bool:
    """Whether a paste without brackets can contain such a key."""
    return event.is_printable or event.key in ("enter", "tab", "ctrl+j", "space")


def _action(screen: object, event: Key | Paste) -> str:
    active = screen.active_bindings.get(event.key) if isinstance(event, Key) and isinstance(screen, Screen) else None
    return active.binding.action if active is not None else ""
