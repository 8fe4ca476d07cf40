"""Checks before anything is written: the pool, and whether the user may attach it and grant roles on it."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date

from tui.domain.errors import Problem, ProblemKind
from tui.domain.fitness import fitness_of
from tui.domain.permissions import ATTACH, allowed
from tui.domain.phrases import doubts, pool_sentence, pool_status, runtime_status
from tui.domain.ports import AzureReads
from tui.domain.resource_id import ResourceId
from tui.domain.roles import GRANT, RoleScope
from tui.domain.states import Tone


@dataclass(frozen=True, slots=True)
class Finding:
    """A result of the preflight.

    Attributes:
        status: The result in a few words.
        note: The same as a sentence, with what to do.
        tone: What it means for the plan.
        is_about_grants: Whether it only matters if a role is granted.
    """

    status: str
    note: str
    tone: Tone
    is_about_grants: bool = False


async def preflight(azure: AzureReads, workspace: ResourceId, pool: ResourceId, today: date) -> tuple[Finding, ...]:
    """Check what may fail later: the permission to attach, the pool, and the permission to grant, in that order.

    Nothing here forbids anything, because Azure may decide otherwise. `today` is the day by which the runtime is
    judged.
    """
    attach, fit, grant = await asyncio.gather(
        right_to_attach(azure, workspace), _fitness(azure, pool, today), right_to_grant(azure, pool)
    )
    return attach, fit, replace(grant, is_about_grants=True)


async def right_to_attach(azure: AzureReads, workspace: ResourceId) -> Finding:
    """Whether the user may write computes in a workspace."""
    try:
        permissions = await azure.permissions(workspace)
    except Problem as problem:
        return Finding("attach not checked", problem.title, Tone.WARNING)
    if allowed(permissions, ATTACH):
        return Finding("you may attach", f"your Azure roles allow you to write computes in {workspace.name}", Tone.GOOD)
    note = (
        f"none of your Azure roles allows you to write computes in {workspace.name}: ask its owner for the role "
        "AzureML Compute Operator or Contributor"
    )
    return Finding("the attach will fail", note, Tone.BAD)


async def _fitness(azure: AzureReads, pool: ResourceId, today: date) -> Finding:
    """Whether a Spark pool and its runtime can run jobs."""
    try:
        spark_pool = await azure.spark_pool(pool)
    except Problem as problem:
        # A user who may attach need not be allowed to read the pool; the attach reads it again and decides.
        return Finding("pool not checked", problem.title, Tone.WARNING)
    fitness = fitness_of(spark_pool, today)
    doubtful = doubts(fitness)
    if not doubtful:
        return Finding(pool_status(fitness), pool_sentence(fitness, is_attached=False), Tone.GOOD)
    status = pool_status(fitness) if fitness.state_tone is not Tone.GOOD else runtime_status(fitness.runtime)
    tones = [tone for tone, _ in doubtful]
    sentences = " ".join(sentence for _, sentence in doubtful)
    return Finding(status, sentences, Tone.BAD if Tone.BAD in tones else Tone.WARNING)


async def right_to_grant(azure: AzureReads, pool: ResourceId) -> Finding:
    """Whether the user may grant roles on a pool."""
    try:
        synapse = await azure.synapse_workspace(pool.parent)
        caller = await azure.caller()
        if caller is None:
            return Finding("grant not checked", "who is signed in is unknown here", Tone.WARNING)
        if await azure.allows(synapse, caller.object_id, RoleScope.of_pool(pool), GRANT):
            return Finding("you may grant", f"{caller.text} may grant roles on {pool.name}", Tone.GOOD)
    except Problem as problem:
        words = f"{problem.title} {problem.advice}"
        if problem.kind is ProblemKind.FORBIDDEN:
            words = (
                f"Whether you may grant roles on {pool.name} could not be checked: you may not read them. "
                f"Ask a Synapse Administrator of {pool.parent.name} for the grant."
            )
        return Finding("the grant may fail", words, Tone.WARNING)
    note = (
        f"{caller.text} holds no Synapse role that may grant on {pool.name}; the attach continues: "
        f"ask a Synapse Administrator of {pool.parent.name} for the grant"
    )
    return Finding("the grant will fail", note, Tone.BAD)
