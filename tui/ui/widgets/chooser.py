"""A list that is filtered by typing; enter chooses a row."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.domain.filters import Fields
from tui.domain.pasted import looks_like_id
from tui.domain.phrases import plural
from tui.ui.containment import Contained
from tui.ui.key_guard import Guarded
from tui.ui.keys import bindings, key_name, key_on_screen
from tui.ui.resource_lists import CachedList
from tui.ui.widgets.columns import Column
from tui.ui.widgets.field import Field
from tui.ui.widgets.lines import Line
from tui.ui.widgets.problem import ProblemPanel
from tui.ui.widgets.table import ResourceTable

R = TypeVar("R")


class Chooser(Contained, Vertical, Generic[R]):
    """A field with a table below it: typing filters the table, the arrows move in it, enter chooses.

    Args:
        columns: The table's columns.
        key: The key of a row.
        order: The sort key of a row; None keeps the order of arrival.
        hint: The placeholder of the field.
        is_id: Whether a typed text is an id, which is used as it is instead of the row under the cursor.
        id_of: The id by which a row is found when one is typed; None if ids do not filter.
        read_id: The id in a typed text, as rows have it; empty if there is none.
    """

    DEFAULT_CSS = """
    Chooser > Line { color: $dim; }
    Chooser > ProblemPanel { padding: 0 1; }
    """
    BINDINGS = bindings("chooser")

    class Chosen(Message):
        """Enter was pressed on a row."""

        def __init__(self, chooser: "Chooser[Any]", item: Any) -> None:
            super().__init__()
            self.chooser = chooser
            self.item = item

        @property
        def control(self) -> "Chooser[Any]":
            """The chooser, for selecting its messages."""
            return self.chooser

    class Narrowed(Message):
        """The text has changed, and the table with it; the field's own message does not bubble further."""

    class Typed(Message):
        """Enter was pressed on a text that is an id."""

        def __init__(self, chooser: "Chooser[Any]", text: str) -> None:
            super().__init__()
            self.chooser = chooser
            self.text = text

        @property
        def control(self) -> "Chooser[Any]":
            """The chooser, for selecting its messages."""
            return self.chooser

    def __init__(
        self,
        columns: Sequence[Column[R]],
        key: Callable[[R], str],
        order: Callable[[R], Any] | None = None,
        *,
        hint: str,
        is_id: Callable[[str], bool] = looks_like_id,
        id_of: Callable[[R], str] | None = None,
        read_id: Callable[[str], str] = lambda text: text.strip("{}"),
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self._table: ResourceTable[R] = ResourceTable(columns, key, order, Fields(more=id_of) if id_of else None)
        self._table.can_focus = False
        self._field = Field(hint)
        self.is_id = is_id
        self._finds_ids = id_of is not None
        self._read_id = read_id
        self._list: CachedList[Any] | None = None
        self._make: Callable[[Any], R | None] = lambda item: item
        self._word = "item"
        self._advice = ""
        self._empty = ""
        self._more: Callable[[], Iterable[R]] = tuple

    def compose(self) -> ComposeResult:
        """Field, status, problem, table."""
        yield self._field
        yield Line(id="chooser-status", most=3)
        yield ProblemPanel()
        yield self._table

    @property
    def table(self) -> ResourceTable[R]:
        """The table."""
        return self._table

    @property
    def typed(self) -> str:
        """The text in the field."""
        return self._field.value

    @property
    def problem_text(self) -> str:
        """The whole shown problem, for copying; empty if there is none."""
        problem = self.query_one(ProblemPanel).problem
        return problem.report if problem else ""

    def take_focus(self) -> None:
        """Put the cursor into the field."""
        self._field.focus()

    def clear(self, text: str = "") -> None:
        """Empty the field, or suggest a text in it."""
        self._field.suggest(text)

    def follow(
        self,
        listed: CachedList[Any],
        make: Callable[[Any], R | None],
        word: str,
        advice: str,
        more: Callable[[], Iterable[R]] = tuple,
        *,
        empty: str = "",
    ) -> None:
        """Show a list, and items that are added later.

        Args:
            listed: The list.
            make: Makes the row of an item; None omits it.
            word: The word for one item.
            advice: What to do if the list is empty.
            more: Makes extra rows that are not in the list.
            empty: The sentence in place of rows if the list is empty; a common one without it.
        """
        if self._list is not None and self._watch in self._list.watchers:
            self._list.watchers.remove(self._watch)
        self._list, self._make, self._word, self._advice, self._more = listed, make, word, advice, more
        self._empty = empty or f"No {word} found."
        listed.watchers.append(self._watch)
        self._watch()

    def show_again(self) -> None:
        """Make all rows again, because what they show besides the list has changed."""
        self._watch()

    def _watch(self) -> None:
        listed = self._list
        if listed is None:
            return
        rows = [row for row in map(self._make, listed.items) if row is not None]
        rows += self._more()
        self._table.replace(rows)
        panel = self.query_one(ProblemPanel)
        panel.show_problem(listed.problem, self._helpful_keys())
        self._table.display = listed.problem is None or bool(rows)
        self._table.say(self._placeholder())
        self._show_status()

    def _helpful_keys(self) -> str:
        """The keys of the screen that help if the list cannot be read."""
        screen = self.screen
        if not isinstance(screen, Guarded):
            return ""
        helps = {"refresh": "tries again", "back": "goes back", "copy": "copies this"}
        keys = {action: key_on_screen(screen.WHERE, action) for action in helps}
        if not screen.check_action("back", ()):
            del keys["back"]
        return " · ".join(f"{key} {helps[action]}" for action, key in keys.items() if key)

    def _show_status(self) -> None:
        listed, status = self._list, self.query_one(Line)
        if listed is None:
            return
        number = plural(len(self._table.items), self._word)
        if listed.waiting:
            status.say((listed.waiting, "$warning"))
        elif not listed.complete and listed.problem is None:
            status.say(f"reading … {number} so far")
        elif listed.problem is not None:
            status.say("")
        elif listed.unreadable:
            shown = f"{self._table.shown} of {number}" if self._table.shown < len(self._table.items) else number
            status.say(f"{shown} · ", (listed.unread_words, "$warning"))
        elif self._table.shown < len(self._table.items):
            status.say(f"{self._table.shown} of {number}")
        else:
            status.say(number if self._table.items else self._advice)

    def _placeholder(self) -> str:
        listed = self._list
        if listed is None or not listed.complete:
            return ""
        if self._finds_ids and self.is_id(self.typed.strip()) and not self._read_id(self.typed.strip()):
            return "This text contains no id that can be read."
        if self._finds_ids and self.is_id(self.typed.strip()):
            return f"No known {self._word} has this id. {key_name('field.submit')} uses the id."
        return f"No {self._word} matches." if self._table.items else self._empty

    @property
    def listed(self) -> CachedList[Any] | None:
        """The list that is shown."""
        return self._list

    def action_move(self, how: str) -> None:
        """Move the table's cursor while the field has the focus."""
        moves = {
            "cursor_up": self._table.action_cursor_up,
            "cursor_down": self._table.action_cursor_down,
            "page_up": self._table.action_page_up,
            "page_down": self._table.action_page_down,
        }
        moves[how]()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        typed = event.value.strip()
        self._table.filter(
            ("" if not self._finds_ids else self._read_id(typed) or typed) if self.is_id(typed) else typed
        )
        self._table.say(self._placeholder())
        self._show_status()
        self.post_message(self.Narrowed())

    @on(Input.Submitted)
    def _choose(self, event: Input.Submitted) -> None:
        event.stop()
        if self.is_id(event.value.strip()):
            self.post_message(self.Typed(self, event.value))
        else:
            self.choose()

    def choose(self) -> None:
        """Choose the row under the cursor, if there is one."""
        if self._table.current is not None:
            self.post_message(self.Chosen(self, self._table.current))
