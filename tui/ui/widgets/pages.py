"""Pages of text under a line of titles, one of which is visible."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.ui.containment import Contained
from tui.ui.keys import bindings
from tui.ui.text import Parts
from tui.ui.widgets.lines import Line

_PADDING = 3


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        id: Its name in the code.
        title: Its title.
        make: Makes its content for a width in cells, each time it is shown.
        copy: Makes its plain text for copying.
        is_document: Whether that text is a document for another program and keeps its words.
    """

    id: str
    title: str
    make: Callable[[int], Content]
    copy: Callable[[], str]
    is_document: bool = False


class _Scroll(Contained, VerticalScroll, can_focus=True):
    """The part that scrolls and has the focus."""


class Pages(Contained, VerticalScroll, can_focus=False):
    """A line of titles, and the current page below.

    Args:
        pages: The pages, in order.
        first: The id of the first page to show.
    """

    DEFAULT_CSS = """
    Pages { overflow: hidden; }
    Pages > _Scroll { height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; padding: 0 1; }
    Pages > _Scroll > Static { width: 1fr; height: auto; }
    """
    BINDINGS = bindings("pages")

    class Turned(Message):
        """Another page is shown."""

    def __init__(self, pages: Sequence[Page], first: str = "") -> None:
        super().__init__()
        self._pages = tuple(pages)
        self._shown = next((number for number, page in enumerate(pages) if page.id == first), 0)
        self._made_for = 0

    def compose(self) -> ComposeResult:
        """The titles and the page."""
        yield Line(id="titles")
        with _Scroll(id="page"):
            yield Static("", id="text", markup=False)

    def on_mount(self) -> None:
        """Show the first page."""
        self.refresh_page()

    def on_resize(self) -> None:
        """Wrap the page for the new width."""
        self.call_after_refresh(self.refresh_page)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the keys of pages that do not exist, and all if there is only one page."""
        if action == "show" and parameters[0] not in range(1, len(self._pages) + 1):
            return False
        return action not in ("turn", "show") or len(self._pages) > 1

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._pages[self._shown]

    def refresh_page(self) -> None:
        """Make the page again, at its scroll position."""
        titles: Parts = []
        padded = sum(len(page.title) + _PADDING for page in self._pages) <= self.size.width
        for number, page in enumerate(self._pages):
            other = f" {page.title} " if padded else page.title
            titles += [(f"[{page.title}]", "bold $accent") if number == self._shown else (other, "$dim"), " "]
        self.query_one("#titles", Line).say(*titles)
        width = self.query_one("#page").scrollable_content_region.width
        if width > 0:
            self._made_for = width
            self.query_one("#text", Static).update(self.page.make(width))

    def show_new(self) -> None:
        """Make the page for new content, and scroll to its top."""
        self.refresh_page()
        self.query_one("#page").scroll_home(animate=False, immediate=True)

    @property
    def is_filled(self) -> bool:
        """Whether the page was made for its current width."""
        return bool(self._made_for) and self._made_for == self.query_one("#page").scrollable_content_region.width

    def action_turn(self, by: int) -> None:
        """Show the next or the previous page."""
        self._show((self._shown + by) % len(self._pages))

    def action_show(self, number: int) -> None:
        """Show a page by its number, from 1."""
        self._show(number - 1)

    def show(self, name: str) -> None:
        """Show a page by its id."""
        self._show(next(number for number, page in enumerate(self._pages) if page.id == name))

    def _show(self, index: int) -> None:
        self._shown = index
        self.refresh_page()
        self.query_one("#page").scroll_home(animate=False)
        self.post_message(self.Turned())
