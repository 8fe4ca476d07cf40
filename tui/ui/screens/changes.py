"""The actions on existing attached pools, shared by the list and the detail screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui.domain.phrases import enumerated
from tui.ui.keys import key_name

if TYPE_CHECKING:
    from tui.domain.compute import Compute
    from tui.domain.readiness import Readiness
    from tui.domain.resource_id import ResourceId
    from tui.ui.screens.base import BaseScreen

ACTIONS = ("identity", "roles", "edit", "export", "detach")


def why_not(screen: BaseScreen, action: str, computes: Sequence[Compute]) -> str | None:
    """Why an action is not available for some computes, in one sentence; None if it is."""
    if not computes:
        return "There is no compute here."
    if action == "roles":
        return _why_no_roles(computes)
    if action != "export":
        for compute in computes:
            if compute.id is not None and (reason := why_busy(screen, compute.id)) is not None:
                return reason
    reasons = {
        "detach": lambda one: one.why_not_detachable,
        "export": lambda one: one.why_not_exportable,
    }
    reason_of: Callable[[Compute], str | None] = reasons.get(action, lambda one: one.why_not_editable)
    return next((reason for one in computes if (reason := reason_of(one)) is not None), None)


def why_busy(screen: BaseScreen, target: ResourceId, *, elsewhere: bool = False) -> str | None:
    """Why nothing can be written to a resource until another operation on it ends; None if it can.

    Args:
        screen: The screen.
        target: The resource.
        elsewhere: Whether only operations of other programs count.
    """
    reason = screen.session.operations.why_busy(target, elsewhere=elsewhere)
    return f"{reason} {key_name('app.operations')} shows it." if reason is not None else None


def why_no_pool(compute: Compute) -> str | None:
    """Why a compute's Spark pool cannot be shown, in one sentence; None if it can."""
    if not compute.is_spark_pool:
        return f"{compute.name} is not an attached Spark pool."
    return None if compute.attached_to else f"Azure did not say which Spark pool {compute.name} is attached to."


def why_no_fix(compute: Compute, readiness: Readiness | None, why_unchecked: str = "") -> str | None:
    """Why nothing of a compute can be fixed, in one sentence; None if something can.

    Args:
        compute: The compute.
        readiness: Its readiness; None if it is not known.
        why_unchecked: Why it is not known, as a sentence; empty if nothing is known about that either.
    """
    from tui.domain.fixes import next_fix

    if not compute.is_spark_pool:
        return "Only attached Spark pools are checked."
    if readiness is None:
        return why_unchecked or "Readiness has not been checked yet."
    return None if next_fix(readiness) else f"Nothing to fix from here: {readiness.summary}."


def message_of(computes: Sequence[tuple[Compute, Readiness | None]]) -> str:
    """A message to those who can make attached pools ready; empty if there is nothing to ask of anyone."""
    from tui.domain.exports.requests import ask_for_fixes

    texts = {compute.name: ask_for_fixes(compute, readiness) for compute, readiness in computes}
    asked = {name: text for name, text in texts.items() if text}
    if len(asked) == 1:
        return next(iter(asked.values()))
    return "\n".join(f"For the compute {name}:\n\n{text}" for name, text in asked.items())


def why_no_message(computes: Sequence[tuple[Compute, Readiness | None]]) -> str | None:
    """Why there is nothing to ask of anyone, in one sentence; None if there is."""
    if not any(compute.is_spark_pool for compute, _ in computes):
        return "Only attached Spark pools are checked."
    if all(readiness is None for _, readiness in computes):
        return "Readiness has not been checked yet."
    names = enumerated([compute.name for compute, _ in computes])
    return None if message_of(computes) else f"Nothing of {names} is known to need someone else."


def _why_no_roles(computes: Sequence[Compute]) -> str | None:
    if len(computes) > 1:
        return f"Roles are shown for one Spark pool at a time: {key_name('computes.clear')} clears the marks."
    compute = computes[0]
    if not compute.is_spark_pool:
        return f"{compute.name} is not an attached Spark pool, so it has no Synapse roles."
    if compute.id is None and compute.unreadable:
        return compute.why_not_detachable
    return None if compute.attached_to else f"Azure did not say which Spark pool {compute.name} is attached to."


def hidden_warning(number: int, hidden: Sequence[str], beside: str) -> str:
    """A warning that marked computes are out of sight; empty if they are not.

    Args:
        number: How many computes are marked.
        hidden: The names of those that a filter hides.
        beside: The name of the compute under the cursor if it is not marked.
    """
    names = ", ".join(hidden)
    if not hidden:
        sentences = []
    elif number == 1:
        sentences = [f"{names} is marked but hidden by the filter."]
    else:
        sentences = [f"{names} {'is' if len(hidden) == 1 else 'are'} among them, marked but hidden by the filter."]
    if beside:
        sentences.append(f"{beside}, under the cursor, is not {'it' if number == 1 else 'one of them'}.")
    return " ".join(sentences)
