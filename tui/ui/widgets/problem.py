"""A failure on the screen: what, why, what to do, and the ids that support asks for."""

from textual.widgets import Static

from tui.domain.errors import Problem, ProblemKind
from tui.domain.states import Tone
from tui.ui.containment import Contained
from tui.ui.keys import key_name
from tui.ui.text import content, glyph


class ProblemPanel(Contained, Static):
    """Shows one problem, or nothing."""

    DEFAULT_CSS = """
    ProblemPanel { display: none; height: auto; padding: 1 3; max-height: 90%; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__("", id=id, markup=False)
        self.problem: Problem | None = None

    def show_problem(self, problem: Problem | None, hint: str = "", *, offers_sign_in: bool = True) -> None:
        """Show a problem, or hide the panel.

        Args:
            problem: What went wrong; None if nothing did.
            hint: Which keys help here.
            offers_sign_in: Whether the key that signs in works here.
        """
        self.problem = problem
        self.display = problem is not None
        if problem is None:
            return
        parts: list[object | tuple[object, str]] = [(f"{glyph(Tone.BAD)} {problem.title}", "bold $error")]
        if problem.cause:
            parts.append(f"\n{problem.cause}")
        if problem.advice:
            parts.append((f"\n{problem.advice}", "bold"))
        if problem.command:
            parts.append((f"\n{problem.command}", "bold $accent"))
        if problem.kind is ProblemKind.NOT_SIGNED_IN and offers_sign_in:
            hint = f"{key_name('app.sign-in-always', 'ctrl+l')} signs in{f' · {hint}' if hint else ''}"
        if hint:
            parts.append((f"\n{hint}", "$dim"))
        if problem.reference:
            # Last, because it is the least that is lost where a small terminal cuts the panel: copying has it all.
            parts.append((f"\n\n{problem.reference}", "$dim"))
        self.update(content(*parts))
