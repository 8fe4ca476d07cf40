"""Attach a Spark pool, or change the identity of an attached one."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from tui.domain.attachment import Attachment, writable
from tui.domain.compute import Compute
from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import IdentityChoice
from tui.domain.operation import Event, Failed, Progress, Started
from tui.domain.ports import Azure, Clock
from tui.domain.states import Tone
from tui.operations.progress import told
from tui.operations.reconcile import Standing, reconcile


async def attach(azure: Azure, clock: Clock, attachment: Attachment) -> AsyncGenerator[Event, None]:
    """Run one attach, or one update, to its end.

    Before the one write, the pool and the compute are read again: a pool may have gone, and someone
    else may have taken the name or changed the compute, since the user looked.

    Args:
        azure: Runs the calls.
        clock: Gives the times.
        attachment: What was asked for.

    Yields:
        `Started`, progress, and one end.
    """
    before = attachment.existing.raw if attachment.existing else None
    yield Started(clock.now(), before, attachment.document())
    try:
        yield Progress(clock.now(), "checking", note="the pool and the compute are read again before anything is sent")
        await _check_pool(azure, attachment)
        fresh = await _checked_compute(azure, attachment)
        yield Progress(clock.now(), "sending", note="the one write is on its way")
        doing = f"update {attachment.name}" if attachment.is_update else f"attach {attachment.pool.name}"
        writing = azure.put_compute(attachment.id, fresh.document(), doing)
        async with aclosing(told(writing, clock)) as events:
            async for event in events:
                yield event
    except Problem as problem:
        if not problem.outcome_unknown:
            yield Failed(clock.now(), problem)
            return
        async for event in reconcile(azure, clock, attachment.id, lambda found: _judge(attachment, found), problem):
            yield event


async def _check_pool(azure: Azure, attachment: Attachment) -> None:
    if attachment.is_update:
        return
    try:
        await azure.spark_pool(attachment.pool)
    except Problem as problem:
        if problem.kind is ProblemKind.FORBIDDEN:
            # Whoever may attach need not be allowed to read the pool, so Azure decides.
            return
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        raise Problem(
            ProblemKind.NOT_FOUND,
            f"The Spark pool {attachment.pool.name} is not in {attachment.pool.parent.name} any more.",
            cause=problem.cause,
            advice="Nothing was sent. Choose another pool, or create this one again.",
            code=problem.code,
            status=problem.status,
            ids=problem.ids,
        ) from problem


async def _checked_compute(azure: Azure, attachment: Attachment) -> Attachment:
    """The attachment on top of what Azure shows at this moment."""
    try:
        found = await azure.compute(attachment.id)
    except Problem as problem:
        if problem.kind is not ProblemKind.NOT_FOUND:
            raise
        if attachment.existing is None:
            return attachment
        raise Problem(
            ProblemKind.CHANGED,
            f"{attachment.name} is not in {attachment.workspace.name} any more.",
            advice="Nothing was sent. Refresh the list; attach the pool again if that is what you want.",
            ids=problem.ids,
        ) from problem
    if attachment.existing is None:
        raise Problem(
            ProblemKind.CHANGED,
            f"Someone else has created {attachment.name} in {attachment.workspace.name} meanwhile.",
            advice="Nothing was sent. Choose another name, or refresh the list and update that compute.",
        )
    if _essence(writable(found.raw)) != _essence(writable(attachment.existing.raw)):
        raise Problem(
            ProblemKind.CHANGED,
            f"Someone else has changed {attachment.name} since you opened it.",
            advice="Nothing was sent. Refresh the list, look at the change, and try again.",
        )
    return replace(attachment, existing=found)


def _essence(value: Any) -> Any:
    """A document without nulls and empty maps, which Azure adds and drops between two answers."""
    if not isinstance(value, Mapping):
        return value
    inner = {key: _essence(member) for key, member in value.items()}
    return {key: member for key, member in inner.items() if member is not None and member != {}}


def _judge(attachment: Attachment, found: Compute | None) -> Standing:
    if found is None or found.attached_to != attachment.pool or not _has_identity(found, attachment.identity):
        return Standing.NOT_DONE
    if found.state.tone is Tone.GOOD:
        return Standing.DONE
    return Standing.NOT_DONE if found.state.tone is Tone.BAD else Standing.UNDER_WAY


def _has_identity(found: Compute, wanted: IdentityChoice) -> bool:
    assigned = {identity.id for identity in found.identity.user_assigned}
    return found.identity.kind is wanted.kind and assigned == set(wanted.user_assigned)
