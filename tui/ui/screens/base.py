"""What all full screens share: the frame, the reads, and the reasons for disabled keys."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key, Resize
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.actions import PLACES, confirming, writing
from tui.domain.operation import Operation
from tui.files import write_new
from tui.home import current_folder
from tui.terminal_size import LEAST_COLUMNS, LEAST_ROWS, is_too_small
from tui.ui.clipboard import copied, copy, is_too_long, why_too_long
from tui.ui.containment import is_taken_apart
from tui.ui.internals import bindings_of
from tui.ui.key_guard import Guarded
from tui.ui.keys import LAST, bindings, in_order, is_primary, key_name
from tui.ui.ports import Flow
from tui.ui.reads import Reads
from tui.ui.session import Session
from tui.ui.stack import OwnScreen
from tui.ui.text import Part, content
from tui.ui.widgets.field import Field
from tui.ui.widgets.lines import HeaderLine, KeyLine, Line
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.strip import OperationStrip

MessageParts = tuple[Part, ...]
"""The parts of a message, with their styles."""

ALERT_STYLES = ("$error", "$warning")
_STATUS_LINES, _REMARK_LINES = 6, 3
_TOO_SMALL = "-too-small"
_WORKS_UNSEEN = ("leave", "suspend_process")
_TOO_EARLY = "That key came too early and was ignored. Nothing was sent; press it again."


class BaseScreen(Guarded, OwnScreen[None]):
    """A full screen inside the common frame: header, status, content, strip, keys.

    Attributes:
        IN_WORKSPACE: Whether the screen shows something of the open workspace.
        opened_by: The app's action that opens this screen; it does nothing while the screen is in front.
        remark: A warning about the selection that is easily overlooked, in one sentence; may be empty.
    """

    opened_by: ClassVar[str] = ""
    WHERE: ClassVar[str] = "screen"
    BINDINGS: ClassVar[list[BindingType]] = bindings(WHERE)
    IN_WORKSPACE: ClassVar[bool] = True
    AUTO_FOCUS = "ResourceTable"

    def __init__(self, session: Session, flow: Flow) -> None:
        super().__init__()
        self.session = session
        self.flow = flow
        self.reads = Reads(self)
        self._has_begun = False
        self._are_keys_due = False
        self._account = ""
        self._last_message: MessageParts = ()
        self._message_below: MessageParts | None = None
        self.keys_come = 0
        """How many keys and pastes have come while this screen was in front; late answers check it."""
        self._reports_result = False
        self._message_when_back: MessageParts = ()
        self._results: dict[str, tuple[str, Callable[[], object]]] = {}
        self._calls_when_back: list[Callable[[], object]] = []
        self.remark = ""
        self._offered_text = ""

    # Overridden by each screen

    def content(self) -> Iterable[Widget]:
        """Create the widgets between the status line and the strip."""
        raise NotImplementedError

    @property
    def place(self) -> str:
        """Where the user is, for the header."""
        return ""

    @property
    def unsent(self) -> str:
        """What the user entered but did not send, such as `the tags of etl-prod`; may be empty."""
        return ""

    def why_not(self, action: str) -> str | None:
        """Why an action is not available now, in one sentence; None if it is."""
        return None

    def reason_against(self, action: str) -> str | None:
        """Why an action is not available now: read-only mode, or a reason of this screen; None if it is."""
        read_only = self.session.guard.why_read_only if action in writing(self.WHERE) else None
        return read_only or self.why_not(action)

    def label(self, binding: Binding) -> str:
        """The label of a key in the key line; empty to leave the key out."""
        if binding.action == "submit" and self.focused is not None and self.focused.id == "filter":
            return "to the list"
        return binding.description.lower()

    def begin(self) -> None:
        """Start reading; called after the first frame, because the imports for it take time."""

    def fit(self) -> None:
        """Write again what was written for another width; called after the terminal has a new size."""

    @property
    def has_frame(self) -> bool:
        """Whether the frame exists; news of operations can still come while a screen closes."""
        return self.is_mounted and any(isinstance(child, OperationStrip) for child in self.children)

    @property
    def has_way_back(self) -> bool:
        """Whether there is a screen to go back to."""
        return self.app.screen_stack[0] is not self

    def operation_changed(self, operation: Operation) -> None:
        """Handle a new event of an operation."""

    def reports(self, operation: Operation) -> bool:
        """Whether this screen reports how an operation failed; if not, the strip does until the user has seen it."""
        return False

    def account_changed(self) -> None:
        """Read again what is shown, because another account may be signed in."""
        self.call_next(self.action_refresh)

    def tick(self) -> None:
        """Update the screen, once a second while operations run."""

    # The frame

    def compose(self) -> ComposeResult:
        """Put the frame around the content."""
        yield HeaderLine(id="header")
        yield Line(id="status", most=_STATUS_LINES)
        remark = Line(id="remark", most=_REMARK_LINES)
        remark.display = bool(self.remark)
        remark.say((self.remark, "$warning"))
        yield remark
        with Vertical(id="content"):
            yield from self.content()
        yield OperationStrip(id="strip")
        yield KeyLine(id="keys")
        yield Static("", id="too-small", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the back key where it would do nothing, and leave its letter to the field that has the focus.

        The filter key has priority, so that letters typed right after it go to the filter.
        """
        if action == "filter" and isinstance(self.focused, Input):
            return False
        if action == "scroll_message":
            return self._long_problem is not None
        return action != "back" or self.has_way_back

    def say(self, *parts: Part) -> None:
        """Show a message on the status line, which grows for a long one."""
        self._last_message, self._message_below, self._reports_result = parts, None, False
        self.query_one("#status", Line).say(*parts)

    def say_until_key(self, *parts: Part, over: MessageParts = ()) -> None:
        """Show why a key did nothing, until the user goes on.

        Args:
            parts: The message's parts, with their styles.
            over: The message to show afterwards; empty for the current one.
        """
        before = over or self._message_below or self._last_message
        self.say(*parts)
        self._message_below = before

    def say_progress(self, *parts: Part) -> None:
        """Show what changes by itself; below a message that lasts until the next key."""
        if self._message_below is None:
            self.say(*parts)
        else:
            self._message_below = parts

    def say_done(self, *parts: Part) -> None:
        """Show what a key did, until the next key."""
        before = self._message_below or self._last_message
        self.say(*parts)
        self._message_below, self._reports_result = before, True

    def say_when_back(self, *parts: Part) -> None:
        """Show a message on the status line as soon as the dialog in front closes."""
        self._message_when_back = parts

    async def copy(self, text: str, what: str, *, is_document: bool = False) -> None:
        """Copy a text and report it; offer a file for a text that is too long for a terminal.

        Args:
            text: The text.
            what: Its name for the message.
            is_document: Whether it is a document for another program, whose words stay as they are.
        """
        text = copied(text, is_document=is_document)
        if not text.strip():
            self.say_until_key(("There is nothing to copy here yet.", "$warning"))
        elif not is_too_long(text):
            self.say_done((await copy(self.app, text, what, is_document=is_document), "$accent"))
        elif self._offered_text != text:
            self._offered_text = text
            again = "Copy it again to write it to a new file in the current folder."
            self.say((f"{why_too_long(text, what)} {again}", "$warning"))
        else:
            self._offered_text = ""
            await self._write_copy(text, what)

    async def _write_copy(self, text: str, what: str) -> None:
        path = current_folder() / f"sparkpool-{self.session.operations.now():%Y%m%d-%H%M%S}.txt"
        try:
            await asyncio.to_thread(write_new, path, text.encode(), 0o600)
        except FileExistsError:
            self.say((f"{path} already exists and was not overwritten. Try again in a second.", "$warning"))
        except OSError as error:
            self.say((f"{path} cannot be written: {error.strerror or error}.", "$error"))
        else:
            self.say_done((f"Wrote {what} to {path}.", "$success"))

    def on_mount(self) -> None:
        """Keep the key line in step with the bindings."""
        self.bindings_updated_signal.subscribe(self, lambda _: self.show_keys())
        self.show_frame()
        self.show_strip()

    def on_unmount(self) -> None:
        """Stop all reads of this screen."""
        self.reads.cancel_all()

    def on_screen_resume(self) -> None:
        """Show what happened while another screen was in front; the first time, start reading."""
        self.show_frame()
        self.show_strip()
        if self._message_when_back:
            self.say(*self._message_when_back)
            self._message_when_back = ()
        for action, (what, _) in self._results.items():
            self._announce_result(action, what)
        if self._calls_when_back:
            self.call_next(self._make_waiting_calls)
        if not self._has_begun:
            self._has_begun = True
            self.call_next(self.begin)

    @on(Resize)
    def _fit_frame(self, event: Resize) -> None:
        small = is_too_small(event.size.width, event.size.height)
        self.set_class(small, _TOO_SMALL)
        if small:
            self.query_one("#too-small", Static).update(
                content(
                    ("Too small.", "bold"),
                    f" This terminal is {event.size.width}×{event.size.height}; "
                    f"sparkpool needs {LEAST_COLUMNS}×{LEAST_ROWS}. Enlarge it, or make its font smaller. "
                    f"Until then keys do nothing; {key_name('app.quit-always')} quits.",
                )
            )
        elif self._has_begun:
            self.call_after_refresh(self.fit)

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Keep the focus while the terminal is too small, so that it is there when the terminal is larger."""
        if widget is not None or not self.has_class(_TOO_SMALL):
            super().set_focus(widget, scroll_visible, from_app_focus)

    @property
    def is_too_small(self) -> bool:
        """Whether the terminal is too small to show this screen."""
        return self.has_class(_TOO_SMALL)

    def ignores(self, event: Key) -> bool:
        """Whether a key does nothing, because its effect could not be seen."""
        if not self.has_class(_TOO_SMALL):
            return False
        active = self.active_bindings.get(event.key)
        typed = event.is_printable and isinstance(self.focused, Input)
        return typed or active is None or active.binding.action not in _WORKS_UNSEEN

    def show_frame(self) -> None:
        """Update the header and the key line."""
        session, where = self.session, self.session.where
        self._account = session.account_now
        badges = session.badges_in(where.workspace if self.IN_WORKSPACE else None)
        subscription = where.subscription_name if self.IN_WORKSPACE else ""
        self.query_one(HeaderLine).show_place(self.place, self._account, badges, subscription)
        self.show_keys()

    def show_strip(self) -> None:
        """Update the strip."""
        operations = self.session.operations
        strip = self.query_one(OperationStrip)
        recorded = not operations.journal_problem
        strip.show_operations(
            operations.running(),
            operations.interrupted(),
            [operation for operation in operations.unreadable() if operation.is_interrupted],
            tuple(self.session.unseen_failures.values()),
            operations.now(),
            recorded=recorded,
        )

    def show_keys(self) -> None:
        """Update the key line at the end of the current handler, once however often that is asked for."""
        if self.is_current and not self._are_keys_due:
            self._are_keys_due = True
            self.call_next(self._show_keys)

    def _show_keys(self) -> None:
        self._are_keys_due = False
        if not self.is_current or is_taken_apart(self):
            return
        keys: list[tuple[str, str, bool, bool]] = []
        seen = set()
        typing = isinstance(self.focused, Input)
        for active in in_order(self.active_bindings.values(), self, PLACES[self.WHERE].first):
            binding = active.binding
            shown = self.app.get_key_display(binding)
            if (typing and len(shown) == 1) or not binding.show or not binding.description:
                continue
            label = self.label(binding)
            if label and binding.action not in seen:
                seen.add(binding.action)
                counts = binding.action not in confirming(self.WHERE) or self.takes_answers
                enabled = active.enabled and counts and self.reason_against(binding.action) is None
                stays = binding.id in LAST or (not keys and is_primary(active))
                keys.append((shown, label, enabled, stays))
        self.query_one(KeyLine).show_keys(keys)

    def refused(self, action: str) -> bool:
        """Show why an action is not available.

        Returns:
            Whether it is not available.
        """
        reason = self.reason_against(action)
        if reason is not None:
            self.say_until_key((reason, "$warning"))
        return reason is not None

    @property
    def is_temporary(self) -> bool:
        """Whether the message on the status line lasts only until the next key."""
        return self._message_below is not None

    def restore_message(self) -> None:
        """Handle that a key has come: restore the message that was shown before a key did nothing."""
        self.keys_come += 1
        if self._message_below is not None:
            self.say(*self._message_below)

    @on(Field.PasteChanged)
    def _paste_changed(self, event: Field.PasteChanged) -> None:
        event.stop()
        self.say_until_key((event.text, "$accent"))

    def on_worker_state_changed(self) -> None:
        """Show the account after a read starts or ends."""
        self.show_account()

    def show_account(self) -> None:
        """Show who is signed in, which is unknown before the first token."""
        if self.session.account_now != self._account:
            self.show_frame()

    @property
    def _long_problem(self) -> ProblemPanel | None:
        # Called for every key of the key line; a query would match a selector with every widget.
        return next((panel for panel in self.walk_children(ProblemPanel) if panel.scrolls), None)

    def action_scroll_message(self, pages: int) -> None:
        """Scroll a message that is longer than its space."""
        panel = self._long_problem
        if panel is not None:
            panel.scroll_message(pages)

    # Late results

    def show_result(self, action: str, what: str, show: Callable[[], object]) -> None:
        """Show a key's result: now if this screen is in front, else when the user presses the key again.

        Args:
            action: The key's action.
            what: The name of the result, such as `the plan for churn`.
            show: Shows it, over this screen.
        """
        if self.is_active:
            show()
            return
        self._results[action] = (what, show)
        front = front_of(self.app)
        if front is self:
            self._announce_result(action, what)
        elif front is not None and front.has_frame:
            words = f"{_capital(what)} is ready: go back to {self.place}, and {self._key_name_of(action)} opens it."
            front.say((words, "$accent"))

    def shows_result(self, action: str) -> bool:
        """Show the result that arrived for a key while another screen was in front.

        Returns:
            Whether there was one.
        """
        if action not in self._results:
            return False
        _, show = self._results.pop(action)
        show()
        return True

    def drop_result(self, action: str) -> None:
        """Forget the result for a key, because it is out of date."""
        self._results.pop(action, None)

    def _announce_result(self, action: str, what: str) -> None:
        self.say((f"{_capital(what)} is ready: {self._key_name_of(action)} opens it.", "$accent"))

    def _key_name_of(self, action: str) -> str:
        found = (one for _, one in bindings_of(self) if one.action == action)
        binding = next(found, None)
        return self.app.get_key_display(binding) if binding is not None else action

    def say_ignored(self) -> None:
        """Say that a key came too early to be meant as a confirmation."""
        if self.has_frame:
            self.say_until_key((_TOO_EARLY, "$warning"))

    def guard_changed(self) -> None:
        """Show whether the confirming keys work now."""
        if self.has_frame:
            self.show_keys()

    def show_when_back(self, show: Callable[[], object]) -> None:
        """Call a function as soon as the dialog in front closes."""
        self._calls_when_back.append(show)

    def _make_waiting_calls(self) -> None:
        shows, self._calls_when_back = self._calls_when_back, []
        for show in shows:
            show()

    def action_refresh(self) -> None:
        """Read again what is shown."""

    def action_back(self) -> None:
        """Go back to the screen before this one."""
        self.dismiss()


def front_of(app: App[Any]) -> BaseScreen | None:
    """The full screen in front, even if a dialog covers it; None before there is one."""
    return next((screen for screen in reversed(app.screen_stack) if isinstance(screen, BaseScreen)), None)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
