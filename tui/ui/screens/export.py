"""Attached pools in the languages of other tools, to copy or to keep as files."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.exports.languages import LANGUAGES
from tui.domain.exports.quoting import symbol
from tui.domain.plan import Plan
from tui.domain.text import clean_lines
from tui.domain.workspaces import Workspace
from tui.files import write_new
from tui.home import current_folder
from tui.ui.keys import key_name
from tui.ui.screens.base import HouseScreen
from tui.ui.session import Session
from tui.ui.widgets.pages import Pages
from tui.ui.widgets.plan import language_pages


class ExportScreen(HouseScreen):
    """Shows what would make these attached pools what they are.

    Args:
        session: The run.
        workspace: The workspace that holds them.
        computes: The attached pools.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,ctrl+y", "copy", "Copy", key_display="c", id="export.copy", tooltip="Copy the page that is shown"),
        Binding("s", "save", "Save", id="export.save", tooltip="Write the page to a new file in the current folder"),
    ]
    AUTO_FOCUS = "#page"

    def __init__(self, session: Session, workspace: Workspace, computes: Sequence[Compute]) -> None:
        super().__init__(session)
        self._workspace = workspace
        self._pools = tuple(computes)
        self._plan = Plan.of(ComputeEdit(compute, Edit()) for compute in computes)

    def content(self) -> Iterable[Widget]:
        """One page for each language."""
        yield Pages(language_pages(lambda: self._plan, self.session.cloud, key_name("export.copy", "c")))

    @property
    def place(self) -> str:
        """What is exported."""
        return f"{self._workspace.name} › {self._names} › export"

    @property
    def _names(self) -> str:
        return self._pools[0].name if len(self._pools) == 1 else f"{len(self._pools)} Spark pools"

    def on_mount(self) -> None:
        """Say what these pages are."""
        what = f"{self._names} in other tools' languages."
        self.say((what, "bold"), "  ←→ turns the page.", whole=True)

    async def action_copy(self) -> None:
        """Copy the page that is shown."""
        page = self.query_one(Pages).page
        await self.copy(page.copy(), f"the {page.title} of {self._names}", is_document=True)

    async def action_save(self) -> None:
        """Write the page to a new file; an old one is never written over."""
        page = self.query_one(Pages).page
        suffix = next(language.suffix for language in LANGUAGES if language.id == page.id)
        stem = symbol(self._pools[0].name if len(self._pools) == 1 else self._workspace.name, "-")
        path = current_folder() / f"{stem}{suffix}"
        instead = f"copy the page with {key_name('export.copy', 'c')}"
        try:
            await asyncio.to_thread(write_new, path, clean_lines(page.copy()).encode())
        except FileExistsError:
            self.say((f"{path} is there already, and is not written over. Move it, or {instead}.", "$warning"))
        except OSError as error:
            self.say((f"{path} cannot be written: {error.strerror or error}. You can {instead}.", "$error"))
        else:
            self.say((f"Written to {path}.", "$success"))
