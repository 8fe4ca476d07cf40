"""The preflight of a screen's writes: read once they are known, and again when they change."""

from collections.abc import Callable, Iterable, Sequence

from tui.domain.errors import Problem
from tui.domain.needs import Needs, needs_of
from tui.domain.plan import Plan, Request
from tui.domain.ports import RequestWait
from tui.domain.preflight import Finding
from tui.domain.states import Tone
from tui.operations.service import Operations
from tui.ui.reads import Reads
from tui.ui.text import Parts, glyph, style, wrap

_ORDER = (Tone.BAD, Tone.WARNING, Tone.NEUTRAL)
_NOTHING = Finding("Nothing known stands against it.", "", Tone.GOOD)


class Preflight:
    """What stands against some writes, as far as it is known; it forbids nothing.

    Args:
        reads: Holds the read, and ends it with the screen.
        operations: Reads from Azure.

    Attributes:
        findings: All findings; None while they are read.
        shown: How many of the results have room below the plan; None for all.
        watchers: Are called when any of it changes.
    """

    def __init__(self, reads: Reads, operations: Operations) -> None:
        self._reads = reads
        self._operations = operations
        self._needs: tuple[Needs, ...] = ()
        self._known: frozenset[str] = frozenset()
        self._waiting = ""
        self.findings: tuple[Finding, ...] | None = None
        self.shown: int | None = None
        self.watchers: list[Callable[[], None]] = []

    def check(self, requests: Iterable[Request], known: Iterable[str] = (), *, again: bool = False) -> None:
        """Check writes, unless the same were checked already.

        Args:
            requests: The writes.
            known: Sentences that the screen shows anyway.
            again: Whether to read everything again.
        """
        asked, self._known = tuple(requests), frozenset(known)
        needs = tuple(map(needs_of, asked))
        if needs == self._needs and not again:
            return
        # With other roles for the same targets, what was read a moment ago still counts.
        is_fresh = again or [one.target for one in needs] != [one.target for one in self._needs]
        self._needs, self.findings, self._waiting = needs, None, ""
        self._reads.start("preflight", self._read, asked, is_fresh)
        self._changed()

    def check_plan(self, plan: Plan | None, *, again: bool = False) -> None:
        """Check the writes of a plan, if it can be sent."""
        if plan is not None and not plan.problem:
            self.check(plan.to_send, (one for step in plan.steps for one in (*step.warnings, *step.harms)), again=again)

    @property
    def is_needed(self) -> bool:
        """Whether there are writes to check."""
        return bool(self._needs)

    @property
    def waiting(self) -> str:
        """That it is being checked, and what it waits for; empty once it is known."""
        if self.findings is not None or not self.is_needed:
            return ""
        return f"Checking locks and permissions{f': waiting, {self._waiting}' if self._waiting else ' …'}"

    @property
    def against(self) -> tuple[Finding, ...]:
        """What stands against the writes and what could not be determined, the most serious first."""
        found = [one for one in self.findings or () if one.tone in _ORDER and one.note not in self._known]
        return tuple(sorted(found, key=lambda one: _ORDER.index(one.tone)))

    @property
    def result(self) -> tuple[Finding, ...]:
        """The same, or that nothing stands against them; empty while it is read."""
        if self.findings is None:
            return ()
        against = self.against
        return against if any(one.counts for one in against) else (_NOTHING, *against)

    @property
    def left_out(self) -> tuple[Finding, ...]:
        """The results that have no room below the plan."""
        return self.result[self.shown :] if self.shown is not None else ()

    async def _read(self, requests: Sequence[Request], fresh: bool) -> None:
        from tui.operations.preflight import preflight

        def wait(request_wait: RequestWait) -> None:
            self._waiting = request_wait.text
            self._changed()

        today = self._operations.now().date()
        try:
            found = await self._operations.call(lambda azure: preflight(azure, requests, today), wait, fresh=fresh)
        except Problem as problem:
            found = (Finding("not determined", problem.title, Tone.WARNING),)
        self.findings = found
        self._changed()

    def _changed(self) -> None:
        for watcher in tuple(self.watchers):
            watcher()


def finding_lines(findings: Iterable[Finding], width: int) -> Parts:
    """Findings as text, each with the sign and the colour of its tone."""
    return [(f"{glyph(one.tone)} {wrap(one.sentence, width, 2)}\n", style(one.tone)) for one in findings]
