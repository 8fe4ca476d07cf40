"""`sparkpool help`: the manual at the command line, for a jump box without a browser."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable

from tui.domain.phrases import suggestion
from tui.domain.text import cut
from tui.exit_status import ExitStatus
from tui.manual import TOPICS, Page, read_page, read_pages
from tui.manual.rendering import plain, render
from tui.printing import complain, say
from tui.verbs import VERBS

_WIDTH = 78


def print_help(topic: str = "") -> int:
    """Print a page of the manual, or the list of pages.

    Args:
        topic: The page; empty for the list.

    Returns:
        The exit status: `UNUSABLE` if there is no such page.

    Raises:
        OSError: If standard output cannot be written.
    """
    if not topic:
        say(*_contents(read_pages()))
        return 0
    name = topic.lower().removesuffix(".md").replace("_", "-")
    if name in TOPICS:
        say(*plain(render(read_page(name).text, _width())).split("\n"))
        return 0
    complain(f'sparkpool: there is no manual page "{cut(topic, 60)}".{_advice(name)}')
    return ExitStatus.UNUSABLE


def _width() -> int:
    """The width of the terminal, up to that of a page; where there is no terminal, that of a page."""
    return max(20, min(_WIDTH, shutil.get_terminal_size().columns - 1))


def _contents(pages: Iterable[Page]) -> list[str]:
    cells = max(map(len, TOPICS)) + 2
    lines = ["The manual of sparkpool. In the program, press ? and then m.", "", "sparkpool help TOPIC prints a page:"]
    for page in pages:
        lines += textwrap.wrap(
            page.summary,
            max(_width(), 2 * cells),
            initial_indent=f"  {page.topic:<{cells}}",
            subsequent_indent=" " * (cells + 2),
            break_on_hyphens=False,
        )
    return [*lines, "", "sparkpool --help lists the flags. sparkpool doctor shows what works here."]


def _advice(name: str) -> str:
    """Which page is probably meant, else which pages mention the word."""
    if name in VERBS:
        return f' "sparkpool {name} --help" explains the verb, and "sparkpool help verbs" all of them.'
    advice = suggestion(name, TOPICS)
    if not advice:
        pages = [page.topic for page in read_pages() if name in page.text.lower()] if name.strip() else []
        advice = f" Pages that mention it: {', '.join(pages)}." if pages else ""
    return f'{advice} "sparkpool help" lists all pages.'
