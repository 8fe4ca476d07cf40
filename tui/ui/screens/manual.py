"""The manual on the screen: the list of its pages, and one page."""

from collections.abc import Iterable

from textual import on
from textual.content import Content
from textual.widget import Widget

from tui.manual import TOPICS, Page, read_pages
from tui.manual.rendering import CODE, HEADING, STRONG, plain, render
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.resource_lists import complete_list
from tui.ui.screens.base import BaseScreen
from tui.ui.session import Session
from tui.ui.text import content, lines
from tui.ui.widgets import pages
from tui.ui.widgets.chooser import Chooser
from tui.ui.widgets.columns import Cell, Column
from tui.ui.widgets.pages import Pages

_LINE_CELLS = 100
_STYLES = {HEADING: "bold", STRONG: "bold", CODE: "$accent", "": ""}
_COLUMNS: tuple[Column[Page], ...] = (
    Column("PAGE", lambda page: Cell(page.title), 0, most=36),
    Column("ABOUT", lambda page: Cell(page.summary, "dim"), 1, most=120, is_words=True),
)


class ManualScreen(BaseScreen):
    """The pages of the manual; typing searches them."""

    opened_by = "manual"
    IN_WORKSPACE = False
    WHERE = "manual"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = ""

    def content(self) -> Iterable[Widget]:
        """Create the list, in the order of the manual."""
        yield Chooser(
            _COLUMNS,
            lambda page: page.topic,
            hint="type to search all pages",
            is_id=lambda _: False,
            id_of=lambda page: f"{page.topic} {page.text}",
            id="manual",
        )

    @property
    def place(self) -> str:
        """The name of the screen."""
        return "manual"

    def on_mount(self) -> None:
        """Show the list, and put the cursor into the search field."""
        chooser = self.query_one(Chooser)
        chooser.follow(complete_list(read_pages()), lambda page: page, "page", "")
        chooser.take_focus()
        self.say(
            ("Which page?", "bold"),
            (f"  Type what you are looking for, {key_name('field.submit')} opens a page.", "$dim"),
        )

    @on(Chooser.Narrowed)
    def _put_titles_first(self) -> None:
        """Put pages with the words in their titles before pages that only mention them."""
        chooser = self.query_one(Chooser)
        words = chooser.typed.lower().split()

        def is_mentioned_only(page: Page) -> bool:
            return not all(word in f"{page.topic} {page.title}".lower() for word in words)

        chooser.table.reorder(lambda page: (is_mentioned_only(page), TOPICS.index(page.topic)))
        chooser.table.action_first()

    @on(Chooser.Chosen)
    def _page_chosen(self, event: Chooser.Chosen) -> None:
        if self.is_active:
            self.flow.manual_page(event.item)

    def action_choose(self) -> None:
        """Put the cursor into the search field."""
        self.query_one(Chooser).take_focus()


class ManualPageScreen(BaseScreen):
    """One page of the manual."""

    opened_by = "manual"
    IN_WORKSPACE = False
    WHERE = "manual-page"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "#page"

    def __init__(self, session: Session, flow: Flow, page: Page) -> None:
        super().__init__(session, flow)
        self._page = page

    def content(self) -> Iterable[Widget]:
        """Create the page."""
        page = self._page
        yield Pages((pages.Page(page.topic, page.title, self._shown, lambda: plain(render(page.text, _LINE_CELLS))),))

    @property
    def place(self) -> str:
        """The page in the manual."""
        return f"manual › {self._page.topic}"

    def on_mount(self) -> None:
        """Say how to read the page without the screen."""
        self.say((f"sparkpool help {self._page.topic} prints this page.", "$dim"))

    def _shown(self, width: int) -> Content:
        """The page without its heading, which is shown above it."""
        # Clean first: the ASCII form of a sign may be wider and would shift a table's columns.
        text = str(lines(self._page.text)).partition("\n\n")[2]
        rendered = render(text, min(width, _LINE_CELLS))
        return Content("\n").join(content(*((span.text, _STYLES[span.style]) for span in line)) for line in rendered)

    async def action_copy(self) -> None:
        """Copy the page as plain text."""
        await self.copy(self.query_one(Pages).page.copy(), "the page")
