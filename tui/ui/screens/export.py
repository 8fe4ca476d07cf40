"""Attached pools as other tools' files and commands, to copy or to save."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

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
from tui.ui.keys import bindings, key_name
from tui.ui.ports import Flow
from tui.ui.screens.base import BaseScreen
from tui.ui.session import Session
from tui.ui.widgets.pages import Pages
from tui.ui.widgets.plan import language_pages


class ExportScreen(BaseScreen):
    """Shows the definitions of attached pools in other tools' languages."""

    WHERE = "export"
    BINDINGS = bindings(WHERE)
    AUTO_FOCUS = "#page"

    def __init__(self, session: Session, flow: Flow, workspace: Workspace, computes: Sequence[Compute]) -> None:
        super().__init__(session, flow)
        self._workspace = workspace
        self._pools = tuple(computes)
        self._plan = Plan.of(ComputeEdit(compute, Edit()) for compute in computes)

    def content(self) -> Iterable[Widget]:
        """Create one page for each language."""
        yield Pages(language_pages(lambda: self._plan, self.session.cloud, key_name("export.copy")))

    @property
    def place(self) -> str:
        """What is exported."""
        return f"{self._workspace.name} › {self._names} › export"

    @property
    def _names(self) -> str:
        return self._pools[0].name if len(self._pools) == 1 else f"{len(self._pools)} Spark pools"

    def on_mount(self) -> None:
        """Say what the pages are."""
        what = f"{self._names} in other tools' languages."
        self.say((what, "bold"), "  ←→ turns the page.")

    async def action_copy(self) -> None:
        """Copy the page that is shown."""
        page = self.query_one(Pages).page
        await self.copy(page.copy(), f"the {page.title} of {self._names}", is_document=True)

    async def action_save(self) -> None:
        """Write the page to new files, one for each pool if the language needs it; never overwrite a file."""
        page = self.query_one(Pages).page
        language = next(language for language in LANGUAGES if language.id == page.id)
        if language.files is not None:
            texts = {f"{file.stem}{language.suffix}": file.text for file in language.files(self._plan)}
        else:
            stem = symbol(self._pools[0].name if len(self._pools) == 1 else self._workspace.name, "-")
            texts = {f"{stem}{language.suffix}": page.copy()}
        instead = f"copy the page with {key_name('export.copy')}"
        try:
            folder = await asyncio.to_thread(_write_new, texts)
        except FileExistsError as error:
            self.say_until_key(
                (f"{error.filename} already exists and is not overwritten. Move it, or {instead}.", "$warning")
            )
        except OSError as error:
            where = error.filename or "The current folder"
            self.say_until_key((f"{where} cannot be written: {error.strerror or error}. You can {instead}.", "$error"))
        else:
            names = next(iter(texts)) if len(texts) == 1 else f"{len(texts)} files: {', '.join(texts)}"
            self.say_done((f"Written to {folder / names if len(texts) == 1 else f'{folder}, {names}'}.", "$success"))


def _write_new(texts: Mapping[str, str]) -> Path:
    """Write all files to the current folder, or none.

    Args:
        texts: The content by file name.

    Returns:
        The folder.

    Raises:
        FileExistsError: If one of them exists.
        OSError: If one cannot be written.
    """
    folder = current_folder()
    written: list[Path] = []
    for name, text in texts.items():
        path = folder / name
        try:
            write_new(path, clean_lines(text).encode())
        except OSError as error:
            for other in written:
                with suppress(OSError):
                    other.unlink()
            # The error of a full disk does not name the file.
            error.filename = str(path) if isinstance(error, FileExistsError) or not error.filename else error.filename
            raise
        written.append(path)
    return folder
