"""Step 4: what will be sent, as a difference, and the same in other tools' languages."""

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from tui.domain.attachment import Attachment, writable
from tui.domain.difference import Change, Mark, compare, count
from tui.domain.exports import attachment_yaml, az_command, python_code, rest_call
from tui.domain.states import Tone
from tui.ui.attach.form import Form
from tui.ui.attach.step import Step
from tui.ui.catalog import Catalog
from tui.ui.text import content, fold, glyph
from tui.ui.widgets.pages import Page, Pages

_COPY_CELLS = 10_000
_STYLES = {Mark.ADDED: "$success", Mark.CHANGED: "$warning", Mark.REMOVED: "$error", Mark.SAME: "$dim"}


class ReviewStep(Step):
    """The request, before it is sent."""

    title = "Review"

    def __init__(self, form: Form, catalog: Catalog) -> None:
        super().__init__(form, catalog, id="review-step")

    def compose(self) -> ComposeResult:
        """The plan, and the request in four languages."""
        yield Pages(
            (
                Page("plan", "Plan", self._plan, lambda: self._plan(_COPY_CELLS).plain),
                Page(
                    "yaml", "YAML", lambda width: content(fold(self._text("yaml"), width)), lambda: self._text("yaml")
                ),
                Page("az", "az", lambda width: content(fold(self._text("az"), width)), lambda: self._text("az")),
                Page(
                    "python",
                    "Python",
                    lambda width: content(fold(self._text("python"), width)),
                    lambda: self._text("python"),
                ),
                Page(
                    "rest", "REST", lambda width: content(fold(self._text("rest"), width)), lambda: self._text("rest")
                ),
            )
        )

    def open(self) -> None:
        """Show the request as it now is."""
        pages = self.query_one(Pages)
        pages.refresh_page()
        self.query_one("#page").focus()
        attachment = self.form.attachment
        if attachment is not None:
            verb = f"updates {attachment.name}" if attachment.is_update else f"attaches {attachment.pool.name}"
            self.post_message(self.Said(f"Nothing has been sent yet. enter {verb}; esc goes back.", "bold"))

    def accept(self) -> None:
        """Send it, unless it would change nothing."""
        attachment = self.form.attachment
        if attachment is None:
            self.post_message(self.Said("Choose a pool and a name first."))
        elif attachment.identity.problem:
            self.post_message(self.Said(attachment.identity.problem))
        elif _is_idle(attachment):
            self.post_message(self.Said(f"Nothing would change: {attachment.name} is so already.", "$warning"))
        else:
            self.post_message(self.Done())

    @property
    def copyable(self) -> tuple[str, str]:
        """The page that is shown."""
        page = self.query_one(Pages).page
        return page.copy(), f"the {page.title}"

    @on(Pages.Turned)
    def _turned(self, event: Pages.Turned) -> None:
        event.stop()

    def _text(self, language: str) -> str:
        attachment = self.form.attachment
        if attachment is None:
            return ""
        makers = {"yaml": attachment_yaml, "az": az_command, "python": python_code, "rest": rest_call}
        return makers[language](attachment)

    def _plan(self, width: int) -> Content:
        attachment = self.form.attachment
        if attachment is None:
            return content(("Choose a pool and a name first.", "$warning"))
        verb = "update" if attachment.is_update else "attach"
        where = f"{attachment.workspace.name} ({attachment.workspace.location or 'region not read yet'})"
        pool = f"{attachment.pool.parent.name}/{attachment.pool.name}"
        parts: list[object | tuple[object, str]] = [
            (f"{verb} {attachment.name}", "bold"),
            f"  {pool} in {where}\n\n",
        ]
        changes = _changes(attachment)
        for change in changes:
            name = f"{change.mark.value} {'.'.join(_short(change.path))}"
            values = fold(_values(change), width, len(name) + 2)
            parts += [(f"{name}  ", _STYLES[change.mark]), f"{values}\n"]
        if attachment.identity.kind.has_system and not _keeps_principal(attachment):
            parts += [("+ identity.principalId", "$success"), ("  known after apply\n", "$dim")]
        numbers = count(changes)
        parts.append(
            (
                f"\nPlan: {numbers[Mark.ADDED]} set, {numbers[Mark.CHANGED]} changed, {numbers[Mark.REMOVED]} removed, "
                f"{numbers[Mark.SAME]} unchanged.\n",
                "bold",
            )
        )
        for warning in self._warnings(attachment):
            parts.append((f"{glyph(Tone.WARNING)} {warning}\n", "$warning"))
        return content(*parts)

    def _warnings(self, attachment: Attachment) -> list[str]:
        warnings = []
        facts = self.form.pool_facts
        if facts is not None and facts.state.tone is not Tone.GOOD:
            warnings.append(f"The pool is {facts.state} now; Azure may refuse it.")
        if facts is None and not attachment.is_update:
            warnings.append("The pool has not been read here; it is checked again before sending.")
        existing = attachment.existing
        if existing is not None and existing.identity.kind.has_system and not attachment.identity.kind.has_system:
            principal = existing.identity.principal_id or ""
            warnings.append(f"The system-assigned principal {principal} goes away; roles granted to it stay behind.")
        return warnings


def _changes(attachment: Attachment) -> tuple[Change, ...]:
    before = writable(attachment.existing.raw) if attachment.existing else {}
    return compare(before, attachment.document())


def _is_idle(attachment: Attachment) -> bool:
    """Whether sending it would do nothing; a compute that failed may be sent again as it is."""
    existing = attachment.existing
    if existing is None or existing.state.tone is Tone.BAD:
        return False
    return all(change.mark is Mark.SAME for change in _changes(attachment))


def _keeps_principal(attachment: Attachment) -> bool:
    return attachment.existing is not None and attachment.existing.identity.kind.has_system


def _short(path: tuple[str, ...]) -> list[str]:
    return [part.rsplit("/", 1)[-1] if part.startswith("/") else part for part in path]


def _values(change: Change) -> str:
    if change.mark is Mark.CHANGED:
        return f"{_value(change.before)} → {_value(change.after)}"
    value = change.before if change.mark is Mark.REMOVED else change.after
    return _value(value)


def _value(value: Any) -> str:
    return str(value) if value not in ({}, None) else ""
