"""The application: its keys, its screens, and the events of operations."""

import logging
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar
from weakref import WeakSet

from rich.console import RenderableType
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.events import Compose, Event, InputEvent, Key, Mount, Paste
from textual.message import Message
from textual.message_pump import MessagePump
from textual.messages import TerminalSupportsSynchronizedOutput
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from tui.actions import PLACES, confirming
from tui.domain.errors import Problem
from tui.domain.operation import Failed, Operation, Watch
from tui.operations.boundary import as_problem
from tui.ui.ascii import Palette, draw_frames
from tui.ui.containment import Contained
from tui.ui.flow import ScreenFlow
from tui.ui.idle_gc import IdleCollector
from tui.ui.internals import answers_queries, driver_of, is_exiting, let_be_replaced
from tui.ui.key_guard import Guarded, KeyGuard
from tui.ui.keys import bindings, key_name, only_moves, use_keys
from tui.ui.messages import JournalRead, OperationChanged
from tui.ui.screens.base import BaseScreen, front_of
from tui.ui.session import Session
from tui.ui.terminal_driver import TerminalDriver
from tui.ui.text import line
from tui.ui.theme import SPARKPOOL
from tui.ui.typed_ahead import KeyFence, TypedAhead
from tui.ui.widgets.problem import ProblemPanel

_log = logging.getLogger(__name__)

_TICK_SECONDS = 1.0
_JOURNAL_SECONDS = 0.3
_DRAIN_SECONDS, _SIGN_SECONDS = 0.02, 3.0
_MOST_FAILURES, _FAILURES_SECONDS = 20, 10.0


class SparkpoolApp(Contained, App[None]):
    """sparkpool's full-screen application.

    Attributes:
        flow: Opens the screens.
        alt_keys: The keys with alt that the user has bound.
    """

    TITLE = "sparkpool"
    CSS_PATH: ClassVar[Any] = [
        "styles/app.tcss",
        "styles/attach.tcss",
        "styles/operations.tcss",
        "styles/edit.tcss",
        "styles/sign_in.tcss",
        "styles/ascii.tcss",
    ]
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS = bindings("app")
    # Styles omit what a screen can do without on a low terminal; Textual declares this as an instance variable.
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-high")]  # noqa: RUF012

    def __init__(self, session: Session) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.session = session
        self.flow = ScreenFlow(self, session)
        keys = (key for bound in session.keys.values() for key in bound.split(","))
        self.alt_keys = frozenset(key for key in keys if key.startswith("alt+"))
        self.register_theme(SPARKPOOL)
        self.theme = session.theme
        self._styled_with = self.get_css_variables()
        self.stylesheet.set_variables(self._styled_with)
        self.set_keymap(dict(session.keys))
        use_keys(session.keys)
        draw_frames(self)
        self._stop_listening: Callable[[], None] | None = None
        self._stop_following: Callable[[], None] | None = None
        self._ticking: Timer | None = None
        self._collector: IdleCollector | None = None
        self._typed_ahead = TypedAhead(self, _takes_text)
        self.guard = KeyGuard(self, session)
        self._waiting_for_sight: deque[Callable[[float], object]] = deque()
        self._broken: WeakSet[Screen[Any]] = WeakSet()
        self._failures: deque[float] = deque(maxlen=_MOST_FAILURES)

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, with our own where the theme lacks them."""
        variables = super().get_css_variables()
        return {"dim": variables["foreground-muted"], "border": variables["panel"]} | variables

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything again, but only if the theme has changed, which Textual does not check at the start."""
        variables = self.get_css_variables()
        if variables != self._styled_with:
            self._styled_with = variables
            super().refresh_css(animate)

    # Start and end

    def get_default_screen(self) -> Screen[None]:
        """The list of computes, or the picker if no workspace is known."""
        first = self.flow.first()
        let_be_replaced(first)
        return first

    def on_mount(self) -> None:
        """Start listening to operations."""
        self._collector = IdleCollector(self)
        self._stop_listening = self.session.operations.listen(self._operation_has_changed)
        # The journal is read a little later, because the user looks at the list first.
        self.set_timer(_JOURNAL_SECONDS, self._recall)
        if self.session.sign_in_first:
            self.flow.sign_in(at_once=True)
        # After ctrl+z and fg the shell's lines are on the screen, and Textual only draws changes.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    def on_unmount(self) -> None:
        """Stop listening."""
        if self._collector is not None:
            self._collector.stop()
        if self._stop_listening is not None:
            self._stop_listening()
        if self._stop_following is not None:
            self._stop_following()

    async def on_event(self, event: Event) -> None:
        """Handle an event, unless its key is held back, ignored or too late."""
        if self._collector is not None and isinstance(event, InputEvent):
            self._collector.busy()
        if is_exiting(self) and isinstance(event, (InputEvent, Paste)):
            return
        if self._typed_ahead.holds(event) or await self.guard.stops(event):
            return
        if isinstance(event, (Key, Paste)) and not event.is_forwarded and isinstance(self.screen, BaseScreen):
            self.screen.restore_message()
            if isinstance(event, Key) and self.screen.ignores(event):
                return
        is_key = isinstance(event, (Key, Paste)) and not event.is_forwarded
        if isinstance(event, Paste) and isinstance(self.screen, Palette):
            event.text = self.screen.on_one_line(event.text)
        await super().on_event(event)
        if is_key:
            self._typed_ahead.dispatched()

    def on_paste(self) -> None:
        """Say that nothing was pasted, because no field had the focus."""
        if isinstance(self.screen, BaseScreen):
            self.screen.say_until_key(("Nothing was pasted: no text field has the focus.", "$accent"))

    def on_key_fence(self, fence: KeyFence) -> None:
        """Let the next key through."""
        self._typed_ahead.arrived(fence)

    def on_terminal_gone(self) -> None:
        """Exit as on a hangup."""
        self.exit(return_code=128 + signal.SIGHUP)

    def hurry(self) -> None:
        """Stop waiting for a terminal that accepts nothing; may be called from a signal handler."""
        driver = driver_of(self)
        if isinstance(driver, TerminalDriver):
            driver.hurry()

    # What the terminal has shown

    def when_seen(self, then: Callable[[float], object]) -> None:
        """Call something when the terminal has shown what was drawn so far, as far as that can be known.

        Args:
            then: Called with the moment, in seconds of the monotonic clock.
        """
        driver = driver_of(self)
        if not isinstance(driver, TerminalDriver):
            then(time.monotonic())
        elif answers_queries(self):
            self._waiting_for_sight.append(then)
            driver.ask_for_sign()
            # The terminal that answered at the start may have been replaced since, as under tmux.
            self.set_timer(_SIGN_SECONDS, lambda: self._seen(then, time.monotonic()))
        elif driver.has_written_all:
            then(time.monotonic())
        else:
            self.set_timer(_DRAIN_SECONDS, lambda: self.when_seen(then))

    def on_terminal_supports_synchronized_output(self, message: TerminalSupportsSynchronizedOutput) -> None:
        """The terminal has answered, so it has shown what was drawn before the query."""
        if self._waiting_for_sight:
            # The time at which the answer was read, because keys behind it are newer, however late it is handled.
            self._seen(self._waiting_for_sight[0], message.time)

    def _seen(self, then: Callable[[float], object], moment: float) -> None:
        if then in self._waiting_for_sight:
            self._waiting_for_sight.remove(then)
            then(moment)

    # Failures of the program

    @property
    def is_leaving(self) -> bool:
        """Whether the program is about to end, so that failures no longer matter."""
        return is_exiting(self) or self._closing or self._closed

    def report_failure(self, node: MessagePump, error: Exception, message: Message) -> None:
        """Report a failure of the program itself; everything else continues.

        Args:
            node: The part that failed.
            error: The failure.
            message: The message that it was handling.
        """
        self._failures.append(time.monotonic())
        is_lost = len(self._failures) == _MOST_FAILURES and self._failures[-1] - self._failures[0] < _FAILURES_SECONDS
        if is_lost or self._is_first(node, message):
            self._handle_exception(error)
            return
        problem = as_problem(error)
        screen = node.screen if isinstance(node, Widget) and isinstance(message, (Compose, Mount)) else None
        if screen is not None:
            if screen not in self._broken:
                self._broken.add(screen)
                self.call_later(self._close_broken, screen, problem)
        elif isinstance(node, Widget) and node.screen in self._broken:
            return  # its cause is already reported
        elif isinstance(message, InputEvent):
            self.flow.error(problem)
        elif self._front is not None and self._front.has_frame:
            where = f" See {self.session.log_file}." if self.session.log_file else ""
            self._front.say((f"{problem.title}{where} What you typed is still here.", "$error"))

    def _is_first(self, node: MessagePump, message: Message) -> bool:
        """Whether the first screen could not be built, so that nothing can show the failure."""
        is_built = not isinstance(message, (Compose, Mount))
        return not self.screen_stack or (
            not is_built and (node is self or (isinstance(node, Widget) and node.screen is self.screen_stack[0]))
        )

    def _close_broken(self, screen: Screen[Any], problem: Problem) -> None:
        """Close a screen that could not be built, and show the problem over the one below."""
        if screen.is_active and len(self.screen_stack) > 1:
            self.pop_screen()
        self.flow.error(problem)

    def _handle_exception(self, error: Exception) -> None:
        """End the program, unless it is exiting anyway."""
        if is_exiting(self):
            _log.info("failed while leaving", exc_info=error)
            return
        super()._handle_exception(error)

    def panic(self, *renderables: RenderableType) -> None:
        """End like any other failure: Textual's own report prints local variables."""
        self._return_code = 1
        if self._exception is None:
            _log.critical("unexpected failure", exc_info=sys.exc_info()[1])
        self._fatal_error()

    def _fatal_error(self) -> None:
        """Print one sentence: Textual's report prints local variables, perhaps with a token."""
        if self._exception is not None:
            _log.critical("unexpected failure", exc_info=self._exception)
        self._exit_renderables = [failure_words(self.session.log_file)]
        self._close_messages_no_wait()

    # Operations

    def _operation_has_changed(self, operation: Operation) -> None:
        self.post_message(OperationChanged(operation))

    def _recall(self) -> None:
        operations = self.session.operations
        operations.recall(partial(self.post_message, JournalRead()), resume=self.session.resume)
        # The user should see another program's operation before starting one on the same compute.
        self._stop_following = operations.follow_others(partial(self.post_message, JournalRead()))

    def on_journal_read(self) -> None:
        """Show interrupted operations, and whether operations are recorded."""
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen) and screen.has_frame:
                screen.show_strip()

    def on_operation_changed(self, message: OperationChanged) -> None:
        """Update every screen, note an unseen failure, and tick while an operation runs."""
        self._note_failure(message.operation)
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen) and screen.has_frame:
                screen.operation_changed(message.operation)
                screen.show_strip()
        running = bool(self.session.operations.running())
        if running and self._ticking is None:
            self._ticking = self.set_interval(_TICK_SECONDS, self._tick)
        elif not running and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    def _note_failure(self, operation: Operation) -> None:
        unseen_failures = self.session.unseen_failures
        if not isinstance(operation.end, Failed):
            unseen_failures.pop(operation.id, None)
        elif operation.watch is not Watch.ELSEWHERE and not (self._front and self._front.reports(operation)):
            unseen_failures[operation.id] = operation

    @property
    def _front(self) -> BaseScreen | None:
        """The full screen in front, even behind a dialog."""
        return front_of(self)

    def _tick(self) -> None:
        if isinstance(self.screen, BaseScreen) and self.screen.has_frame:
            self.screen.show_strip()
            self.screen.tick()

    # Commands

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands of the palette: all keys of ours that work here, and the pages of the manual."""
        seen = {"command_palette"}
        for active in screen.active_bindings.values():
            binding = active.binding
            if not binding.id or only_moves(binding.id) or binding.action in seen:
                continue
            seen.add(binding.action)
            run = partial(self._run_binding, binding.action, active.node)
            words = line(f"{self.get_key_display(binding)} · {binding.tooltip or binding.description}")
            yield SystemCommand(binding.description, words, run)
        if screen is self._front and self.check_action("manual", ()):
            from tui.manual import read_pages

            yield SystemCommand("Manual", "All pages of the manual", self.action_manual)
            for page in read_pages():
                # Found by typing only, so that the full list holds commands alone.
                show = partial(self.flow.manual_page, page)
                yield SystemCommand(f"Manual: {page.title}", page.summary, show, discover=False)

    def action_command_palette(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def get_key_display(self, binding: Binding) -> str:
        """Name a key as sentences do."""
        return super().get_key_display(binding).replace("⏎", "enter").replace("⌫", "backspace")

    async def _run_binding(self, action: str, node: object) -> None:
        screen = self.screen
        if isinstance(screen, Guarded) and action in confirming(screen.WHERE) and not self.guard.was_alone:
            screen.say_ignored()
        else:
            await self.run_action(action, node)  # type: ignore[arg-type]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the key that opens the screen in front."""
        return self._front is None or action != self._front.opened_by

    def action_help(self) -> None:
        """Show the keys that work here."""
        self.flow.help()

    def action_manual(self) -> None:
        """Show the pages of the manual."""
        self.flow.manual()

    def action_operations(self) -> None:
        """Show running and past operations."""
        self.flow.operations()

    def action_sign_in(self) -> None:
        """Show who is signed in, and the sign-in methods."""
        screen = self.screen
        if isinstance(screen, BaseScreen):
            shown = (panel.problem for panel in screen.query(ProblemPanel) if panel.display)
            self.flow.sign_in(next(shown, None))

    def action_switch_workspace(self) -> None:
        """Ask for another workspace."""
        self.flow.switch_workspace()

    async def action_leave(self) -> None:
        """Quit; ask first while operations run or a form is unsent."""
        await self.flow.leave()

    def action_how_to_leave(self) -> None:
        """Copy the selection of a field, else say which key quits, because ctrl+c quits other programs."""
        field = self.screen.focused
        if isinstance(field, Input) and field.selected_text:
            field.action_copy()
        elif self._front is not None and self._front.has_frame:
            key = key_name("app.quit-always")
            self._front.say_until_key((f"{key} quits sparkpool.", "bold"))


def _takes_text(screen: Screen[object]) -> bool:
    """Whether the letters typed on a screen go to a field."""
    return isinstance(screen, Palette) or (isinstance(screen, Guarded) and PLACES[screen.WHERE].typing)


def failure_words(log_file: str) -> str:
    """What the shell shows after a failure; `log_file` is empty if there is none."""
    where = f"; see {log_file}" if log_file else ""
    return f"sparkpool failed unexpectedly and stopped{where}."
