"""The pages of a plan: its changes, and the same in each export language."""

from collections.abc import Callable, Iterable

from rich.cells import cell_len
from textual.content import Content

from tui.domain.clouds import CloudProfile
from tui.domain.difference import Change, Mark
from tui.domain.exports.languages import LANGUAGES, Language
from tui.domain.plan import Detachment, Plan, Step
from tui.domain.plan_texts import effective_changes, member_name, place_of, step_title, values_of
from tui.domain.preflight import Finding
from tui.domain.states import Tone
from tui.domain.text import clean
from tui.ui.preflight import Preflight, finding_lines
from tui.ui.text import WHOLE, Parts, content, fold_code, glyph, line, wrap
from tui.ui.widgets.pages import Page

_INDENT = 4
_STYLES = {Mark.ADDED: "$success", Mark.CHANGED: "$warning", Mark.REMOVED: "$error", Mark.SAME: "$dim"}
_UNANSWERED = "Choose a pool and a name first."


def plan_pages(
    plan: Callable[[], Plan | None],
    cloud: CloudProfile,
    copy_key: str,
    preflight: Preflight,
    missing: str = _UNANSWERED,
) -> tuple[Page, ...]:
    """The plan and every export language, as pages.

    Args:
        plan: Makes the current plan; None while there is none.
        cloud: The cloud of the plan.
        copy_key: The key that copies a page.
        preflight: What stands against the plan, which is copied with it.
        missing: What to show while there is no plan.
    """

    def checked(width: int, findings: Iterable[Finding]) -> Content:
        lines = finding_lines(findings, width)
        return content(plan_content(plan(), width, copy_key, missing), *(["\n"] if lines else []), *lines)

    return (
        Page(
            "plan",
            "Plan",
            lambda width: checked(width, preflight.left_out),
            lambda: checked(WHOLE, preflight.against).plain,
        ),
        *language_pages(plan, cloud, copy_key),
    )


def language_pages(plan: Callable[[], Plan | None], cloud: CloudProfile, copy_key: str) -> tuple[Page, ...]:
    """One page for each export language."""
    return tuple(_language_page(language, plan, cloud, copy_key) for language in LANGUAGES)


def _language_page(language: Language, plan: Callable[[], Plan | None], cloud: CloudProfile, copy_key: str) -> Page:
    def text() -> str:
        now = plan()
        return language.write(now, cloud) if now is not None else ""

    def shown(width: int) -> Content:
        now = plan()
        remarks = language.remarks(now) if now is not None else ()
        lines: Parts = [(f"{glyph(Tone.WARNING)} {wrap(remark, width, 2)}\n", "$warning") for remark in remarks]
        return content(*lines, *(["\n"] if lines else []), fold_code(text(), width, copy_key=copy_key))

    return Page(language.id, language.title, shown, text, is_document=True)


def plan_content(plan: Plan | None, width: int, copy_key: str = "", missing: str = _UNANSWERED) -> Content:
    """A plan as text, changes first.

    Args:
        plan: The plan; None while there is none.
        width: Cells of a line; `WHOLE` for copied text.
        copy_key: The key that copies all of it.
        missing: What to show while there is no plan.
    """
    if plan is None:
        return content((wrap(missing, width), "$warning"))
    parts: Parts = []
    alone = len(plan.steps) == 1
    if not alone:
        parts.append((f"{wrap(plan.summary, width)}\n\n", "bold"))
    for step in plan.steps:
        parts += [(step_title(step), "bold"), f"  {place_of(step)}\n"]
        parts += _members(step, width, copy_key)
        if not alone:
            parts.append((f"  {wrap(step.summary, width, 2)}\n", "$dim"))
            parts += [*_remarks(step, width), "\n"]
    if alone:
        parts.append((f"{wrap(plan.summary, width)}\n", "bold"))
        parts += _remarks(plan.steps[0], width)
        parts += _unchanged(plan.steps[0], width, copy_key)
    return content(*parts)


def _members(step: Step, width: int, copy_key: str) -> Parts:
    lines: Parts = []
    for change in effective_changes(step):
        lines += _line(change, width, copy_key)
    for path in step.known_after:
        lines += [(f"{Mark.ADDED.value} {member_name(path)}", _STYLES[Mark.ADDED]), ("  known after apply\n", "$dim")]
    return [*lines, "\n"] if lines else []


def _remarks(step: Step, width: int) -> Parts:
    remarks: Parts = []
    if step.problem:
        remarks.append((f"{glyph(Tone.BAD)} {wrap(step.problem, width, 2)}\n", "$error"))
    for harm in step.harms:
        remarks.append((f"{glyph(Tone.BAD)} {wrap(harm, width, 2)}\n", "$error"))
    for warning in step.warnings:
        remarks.append((f"{glyph(Tone.WARNING)} {wrap(warning, width, 2)}\n", "$warning"))
    return remarks


def _unchanged(step: Step, width: int, copy_key: str) -> Parts:
    if isinstance(step.request, Detachment):
        return []
    same = [change for change in step.changes if change.mark is Mark.SAME]
    lines: Parts = [("\nUnchanged:\n", "$dim")] if same else []
    for change in same:
        lines += _line(change, width, copy_key)
    return lines


def _line(change: Change, width: int, copy_key: str) -> Parts:
    name = line(f"{change.mark.value} {member_name(change.path)}")
    values, beside = clean(values_of(change)), cell_len(name) + 2
    if beside <= width // 2 or (len(values) <= width and beside + cell_len(values) <= width):
        return [(f"{name}  ", _STYLES[change.mark]), wrap(values, width, beside, copy_key=copy_key), "\n"]
    # A long value is shown below its name, where it has the whole width.
    indented = wrap(values, width, _INDENT, copy_key=copy_key)
    return [(f"{name}\n", _STYLES[change.mark]), " " * _INDENT, indented, "\n"]
