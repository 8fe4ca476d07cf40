"""Keys that confirm: none counts that was pressed before what it confirms could be read."""

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
"""The actions that send nothing, and so work at any moment: an ignored esc would be worse than an early one."""

_LOOK_SECONDS = 0.01


@dataclass(slots=True)
class Pauses:
    """How long keys that confirm have to be waited for, in seconds.

    Attributes:
        settle: How long a screen that writes has been readable before a key on it counts.
        alone: How long before and behind a key that confirms no other may be typed.
    """

    settle: float = 0.3
    alone: float = 0.08


class Guarded:
    """What makes a screen one on which keys confirm something; for a class that is a screen, too.

    While its content is not on the screen, and for a moment after, it ignores keys. A key that came too early begins
    that moment again, so that neither a held key nor a paste gets through.

    Attributes:
        WHERE: Its place in the table of actions, which says what confirms there.
        GUARDS_ALL: Whether other keys are ignored, too, while those do not count.
        SETTLES: Whether they count only when the terminal has shown the content, and some time after that; otherwise
            as soon as it is drawn.
    """

    WHERE: ClassVar[str]
    GUARDS_ALL: ClassVar[bool] = True
    SETTLES: ClassVar[bool] = True

    _painted_at: float | None = None
    _too_early_at: float = 0.0
    _guard_round: int = 0

    @property
    def is_guarding(self) -> bool:
        """Whether there is anything to confirm now."""
        return bool(confirming(self.WHERE))

    @property
    def has_content(self) -> bool:
        """Whether what is to be read before a key confirms it is there, as far as this screen makes it."""
        return True

    @property
    def is_painting(self) -> bool:
        """Whether what is to be confirmed is not on the screen yet."""
        return self.is_guarding and self._painted_at is None

    @property
    def takes_answers(self) -> bool:
        """Whether a key that confirms counts, if it is pressed now."""
        return self.takes_answer_of(time.monotonic())

    def takes_answer_of(self, moment: float) -> bool:
        """Whether a key that was pressed at a moment could be meant for what is on the screen.

        Args:
            moment: Seconds of the monotonic clock.
        """
        if not self.is_guarding:
            return True
        return self._painted_at is not None and moment >= self._counts_from(self._painted_at)

    def _counts_from(self, painted: float) -> float:
        seconds = self._guarded_session.pauses.settle if self.SETTLES else 0.0
        return max(painted, self._too_early_at) + seconds

    def was_too_early(self, moment: float) -> None:
        """A key came too early: begin to wait again, and say so.

        Args:
            moment: When it was pressed.
        """
        self._too_early_at = max(moment, self._too_early_at)
        self.say_ignored()
        self.guard_changed()
        self._wait_to_settle()

    def guard_content(self) -> None:
        """Something is to be confirmed that nobody has read yet: wait until it is on the screen."""
        self._painted_at = None
        self._guard_round += 1
        self.guard_changed()
        if self.is_guarding:
            self._guarded_screen.call_after_refresh(self._when_painted, self._guard_round)

    def on_screen_resume(self) -> None:
        """The screen comes to the front."""
        self.guard_content()

    def say_ignored(self) -> None:
        """Say that a key was ignored."""

    def guard_changed(self) -> None:
        """Keys count now that did not, or do not any more: show them so."""

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
        """Something in front closes without a key: for a moment, keys are still meant for it."""
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
    """Stops keys that would confirm what nobody can have read, or that something other than a person has pressed.

    A key that confirms has to stand alone: in a paste without brackets, others are right before it or right behind it.

    Args:
        app: The program.
        session: The run.
    """

    def __init__(self, app: App[None], session: Session) -> None:
        self._app = app
        self._session = session
        self._pending: tuple[Key, Guarded] | None = None
        self._released: WeakSet[Event] = WeakSet()
        self._typed_at = self._typed_before = float("-inf")
        self._deaf_until = float("-inf")

    def moved(self) -> None:
        """A screen has closed by itself: for a moment, keys were meant for what was there."""
        self._deaf_until = time.monotonic() + self._session.pauses.alone

    @property
    def was_alone(self) -> bool:
        """Whether the last key that prints, or enter, was not one of several at once."""
        return self._typed_at - self._typed_before >= self._session.pauses.alone

    async def stops(self, event: Event) -> bool:
        """Whether a key or a paste is ignored, or waits until it is known that it stands alone.

        Args:
            event: What has come to the application, from the terminal or back from a screen.
        """
        if not isinstance(event, Key | Paste) or event in self._released:
            return False
        if not event.is_forwarded:
            if event.time < self._deaf_until:
                return True
            await self._note(event)
        screen = self._app.screen
        return isinstance(screen, Guarded) and screen.is_guarding and self._is_stopped(event, screen)

    async def _note(self, event: Key | Paste) -> None:
        """Note a new key, which tells whether the one before it stands alone."""
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
            # The key before it was for this screen, too; one that opened the screen is none of a burst on it.
            screen.was_too_early(event.time)
            return True
        self._pending = event, screen
        self._app.set_timer(seconds, lambda: self._release(event))
        return True

    async def _settle_pending(self, event: Key | Paste, screen: Screen[Any]) -> None:
        """Another key behind the one that waits: both are of a paste, or it is the next of a person."""
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
        """Let a key that has waited do its work, unless something else is in front or to be confirmed by now."""
        if self._app.screen is not screen._guarded_screen:
            return
        if not screen.takes_answer_of(event.time):
            screen.was_too_early(event.time)
            return
        self._released.add(event)
        await self._app.on_event(event)


def _is_typed(event: Key) -> bool:
    """Whether a text that is pasted without brackets can hold such a key."""
    return event.is_printable or event.key in ("enter", "tab", "ctrl+j", "space")


def _action(screen: object, event: Key | Paste) -> str:
    active = screen.active_bindings.get(event.key) if isinstance(event, Key) and isinstance(screen, Screen) else None
    return active.binding.action if active is not None else ""
