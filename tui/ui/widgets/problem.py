"""Shows a problem: what happened, why, what to do, and the ids that support asks for."""

from textual.content import Content
from textual.geometry import clamp
from textual.widgets import Static

from tui.domain.errors import Problem, ProblemKind
from tui.domain.phrases import plural
from tui.domain.redaction import redacted
from tui.domain.states import Tone
from tui.domain.text import beginning
from tui.ui.containment import Contained
from tui.ui.fitting import fit_lines
from tui.ui.keys import key_name
from tui.ui.text import Parts, content, glyph, part_of, wrap

_PART_OF_CONTAINER = 0.9
_DIALOG_FRAME = 6
"""Lines of a dialog for border, padding and keys."""

_LEAST_LINES = 3
_MOST_LINES, _MOST_LETTERS = 1_000, 30_000
_TITLE_LINES, _ADVICE_LINES, _COMMAND_LINES, _HINT_LINES = 3, 5, 3, 2


class ProblemPanel(Contained, Static):
    """Shows one problem, or nothing.

    Title, advice and keys are always in view; the cause scrolls if it is too long for that.
    """

    DEFAULT_CSS = """
    ProblemPanel { display: none; height: auto; padding: 1 3; max-height: 90%; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__("", id=id, markup=False)
        self.problem: Problem | None = None
        self._hint = ""
        self._first = 0
        self._rows = 0
        self._cause: list[str] = []
        self._drawn: tuple[object, ...] = ()

    def show_problem(self, problem: Problem | None, hint: str = "", *, offers_sign_in: bool = True) -> None:
        """Show a problem, or hide the panel.

        Args:
            problem: What went wrong; None if nothing did.
            hint: The keys that help here.
            offers_sign_in: Whether the sign-in key works here.
        """
        self.problem = problem
        self.display = problem is not None
        if problem is None:
            return
        if problem.kind is ProblemKind.NOT_SIGNED_IN and offers_sign_in:
            hint = f"{key_name('app.sign-in-always')} signs in{f' · {hint}' if hint else ''}"
        self._hint, self._first, self._drawn = hint, 0, ()
        self._draw()

    @property
    def scrolls(self) -> bool:
        """Whether the cause is longer than its room."""
        return self.display and self.problem is not None and 0 < self._rows < len(self._cause)

    def scroll_message(self, pages: int) -> None:
        """Scroll the cause by a number of screenfuls, backwards if negative."""
        self._first = clamp(self._first + pages * self._rows, 0, max(0, len(self._cause) - self._rows))
        self._draw()

    def on_resize(self) -> None:
        """Draw it for the new size."""
        self._draw()

    def _draw(self) -> None:
        problem = self.problem
        width, height = self._room()
        if problem is None or (self.problem, self._hint, self._first, width, height) == self._drawn:
            return
        self._drawn = (self.problem, self._hint, self._first, width, height)
        head = _first_lines(f"{glyph(Tone.BAD)} {problem.title}", width, _TITLE_LINES)
        tail: Parts = []
        if problem.advice:
            tail.append((f"\n{_first_lines(problem.advice, width, _ADVICE_LINES)}", "bold"))
        if problem.command:
            tail.append((f"\n{_first_lines(problem.command, width, _COMMAND_LINES)}", "bold $accent"))
        if self._hint:
            tail.append((f"\n{_first_lines(self._hint, width, _HINT_LINES)}", "$dim"))
        reference = problem.reference
        self._cause = _words(problem.cause, width)
        taken = head.count("\n") + 1 + sum(str(part[0]).count("\n") for part in tail if isinstance(part, tuple))
        self._rows = max(_LEAST_LINES, height - taken) if height else len(self._cause)
        parts: Parts = [(head, "bold $error")]
        if len(self._cause) > self._rows:
            # One line shows the scroll position.
            self._rows = max(_LEAST_LINES, self._rows - 1)
            self._first = clamp(self._first, 0, len(self._cause) - self._rows)
            parts += ["\n", "\n".join(self._cause[self._first : self._first + self._rows])]
            parts.append((f"\n{self._position()}", "$dim"))
            reference = ""
        elif self._cause:
            parts += ["\n", "\n".join(self._cause)]
        parts += tail
        if reference:
            # Last, because it matters least if a small terminal cuts the panel; copying includes it.
            parts.append((f"\n\n{reference}", "$dim"))
        self.update(content(*parts))

    def _position(self) -> str:
        last = self._first + self._rows
        down, up = key_name("screen.scroll-down"), key_name("screen.scroll-up")
        left = len(self._cause) - last
        more = f"{plural(left, 'more line')}, {down} shows them" if left else "the end"
        return f"… {more}{f'; {up} goes back' if self._first else ''}"

    def _room(self) -> tuple[int, int]:
        """The cells of a line, and the maximum height; 0 while its container has no size."""
        parent = self.parent
        size = getattr(parent, "size", self.app.size)
        if not size.width or not size.height:
            size = self.app.size
        width = self.content_size.width or size.width - self.gutter.width
        if getattr(parent, "has_class", lambda _: False)("dialog"):
            height = int(self.app.size.height * _PART_OF_CONTAINER) - _DIALOG_FRAME
        else:
            height = int(size.height * _PART_OF_CONTAINER)
        return max(1, width), max(0, height - self.gutter.height)


def _words(cause: str, width: int) -> list[str]:
    """The cause, wrapped to lines; very long ones are cut."""
    if not cause:
        return []
    read, more = beginning(cause, _MOST_LINES, _MOST_LETTERS)
    broken = wrap(part_of(redacted(read), page=True), width).split("\n")
    return [*broken, f"… {more}"] if more else broken


def _first_lines(text: str, width: int, most: int) -> str:
    """A sentence in at most `most` lines, because it may quote text of any length."""
    return "\n".join(part.plain for part in fit_lines(Content(part_of(text)), max(1, width), most))
