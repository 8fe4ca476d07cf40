"""What a plan is made from, and a plan with all that is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.plan import Plan
from tui.domain.preflight import Finding

STANDARD_INPUT_WORDS = "standard input"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a plan is made from, besides what Azure says.

    Attributes:
        verb: The name of the verb.
        words: What stands behind it, such as the names of computes.
        options: Its flags that say what to do, by their names in `tui.verbs.FLAGS`.
        spec: The bytes of the spec file; None for a verb that has none.
        place: Where the spec file is, in words.
    """

    verb: str
    words: tuple[str, ...]
    options: Mapping[str, Any]
    spec: bytes | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, with all that is said about it.

    Attributes:
        plan: The plan, with the harm that it does to other computes.
        why_unchanged: Why there is nothing to send, where the plan itself does not know; else empty.
        findings: What stands against it.
    """

    plan: Plan
    why_unchanged: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether there is nothing to send, and that is no fault."""
        return not self.plan.to_send and not any(step.problem for step in self.plan.steps)
