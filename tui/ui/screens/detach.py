"""The question before a detach, and the detach."""

from tui.domain.compute import Compute
from tui.domain.errors import Problem
from tui.ui.screens.base import HouseScreen
from tui.ui.screens.confirm import ConfirmScreen, Question
from tui.ui.screens.error import ErrorScreen


def question(compute: Compute) -> Question:
    """What is asked before a compute is detached: what stays, and what goes."""
    pool = compute.attached_to
    pool_words = f"The Spark pool {pool.parent.name}/{pool.name}" if pool else "The Spark pool"
    goes = [f"What goes: the attachment {compute.name}. Jobs that name it as their compute will fail."]
    identity = compute.identity
    if identity.kind.has_system:
        principal = identity.principal_id or "unknown"
        goes.append(
            f"Also goes: its system-assigned principal {principal}. Roles granted to it stay behind and serve nobody; "
            "attaching again makes another principal."
        )
    if identity.kind.has_user:
        names = ", ".join(assigned.name for assigned in identity.user_assigned)
        goes.append(f"The user-assigned identities stay, with their roles: {names}.")
    return Question(
        title=f"Detach {compute.name}?",
        lines=(f"What stays: {pool_words} itself, with its data and its settings.", *goes),
        yes="detach",
        no="keep it",
    )


async def ask_and_detach(screen: HouseScreen, compute: Compute) -> None:
    """Ask on top of a screen; on yes, start the detach."""

    def decided(yes: bool | None) -> None:
        if not yes:
            return
        try:
            screen.session.operations.detach(compute)
        except Problem as problem:
            screen.app.push_screen(ErrorScreen(problem))

    await screen.app.push_screen(ConfirmScreen(question(compute)), decided)
