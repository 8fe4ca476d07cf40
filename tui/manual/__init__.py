"""The manual: Markdown files in this folder, shown in the program and at the command line."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

TOPICS = (
    "start",
    "computes",
    "readiness",
    "attach",
    "identity",
    "tags",
    "spark-pools",
    "roles",
    "detach",
    "plans",
    "exports",
    "operations",
    "verbs",
    "line-mode",
    "read-only",
    "sign-in",
    "networks",
    "settings",
    "keys",
    "terminals",
    "files",
    "troubleshooting",
    "sandbox",
    "served-sandbox",
)
"""The pages, in reading order for newcomers."""


class Page(NamedTuple):
    """A page of the manual.

    Attributes:
        topic: Its name at the command line, which is also the name of its file.
        title: Its heading.
        summary: Its first paragraph, which says in one sentence what it is about.
        text: The whole page, as Markdown.
    """

    topic: str
    title: str
    summary: str
    text: str


def read_page(topic: str) -> Page:
    """Read a page.

    Args:
        topic: One of `TOPICS`.

    Raises:
        OSError: If the installation lacks the page.
    """
    text = Path(__file__).with_name(f"{topic}.md").read_text(encoding="utf-8")
    title, summary, *_ = text.split("\n\n", 2)
    return Page(topic, title.removeprefix("# "), " ".join(summary.split()), text)


def read_pages() -> list[Page]:
    """Read all pages, in the order of `TOPICS`.

    Raises:
        OSError: If the installation lacks one.
    """
    return [read_page(topic) for topic in TOPICS]
