"""The flows of line mode: attach, identity, roles and detach, from questions to a plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tui.domain.compute import Compute
from tui.domain.compute_texts import pool_name
from tui.domain.held_roles import HeldRole
from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.names import check_compute_name, propose_compute_name, why_taken
from tui.domain.ordering import by_name
from tui.domain.plan import Detachment
from tui.domain.resource_id import SPARK_POOL_TYPE, InvalidResourceId, ResourceId
from tui.domain.roles import ADMINISTRATOR, BUILT_IN
from tui.domain.spec import Spec
from tui.domain.workspaces import Subscription
from tui.headless.attaching import plan_of_spec
from tui.headless.lines.questions import Questions
from tui.headless.output import print_result
from tui.headless.planned import Inputs, Planned
from tui.headless.planning import completed, make_plan
from tui.headless.reading import Reading
from tui.headless.roles import list_roles, read_roles
from tui.printing import say_sentences
from tui.verbs import ASSIGNED, ASSIGNEE, GRANT, IDENTITY, KEEP_ROLES, ROLE, ROLES, SHARED_ROLES, TABLE

_KINDS = {
    IdentityKind.NONE: "None: no managed identity",
    IdentityKind.SYSTEM: "System-assigned: Azure creates one with the compute",
    IdentityKind.USER: "User-assigned: one or more that exist",
    IdentityKind.SYSTEM_AND_USER: "Both system-assigned and user-assigned",
}
_AFTER = {
    "follow": "follow: the new identity gets the role, and the old system-assigned principal loses it",
    "clean-up": "clean-up: old user-assigned identities that nothing else needs lose it too",
    "stay": "stay: no role is changed",
}


async def subscription(reading: Reading, ask: Questions) -> Subscription:
    """Ask for a subscription; the only one is not asked for."""
    found, _ = await reading.items(lambda azure: azure.subscriptions())
    ordered = sorted(found, key=lambda one: by_name(one.name))
    if len(ordered) == 1:
        return ordered[0]
    known = reading.known_workspace
    return await ask.choose(
        "Which subscription?",
        ordered,
        lambda one: f"{one.name} ({one.id})",
        "You can see no subscription.",
        next((one for one in ordered if known is not None and one.id == known.subscription), None),
    )


async def workspace(reading: Reading, ask: Questions) -> ResourceId:
    """Ask for an Azure ML workspace."""
    where = await subscription(reading, ask)
    found, _ = await reading.items(lambda azure: azure.workspaces(where.id))
    ordered = sorted((one.id for one in found), key=lambda one: by_name(one.name))
    return await ask.choose(
        "Which Azure ML workspace?",
        ordered,
        lambda one: f"{one.name} in {one.resource_group}",
        f"{where.name} has no Azure ML workspaces that you can see.",
    )


async def compute(reading: Reading, ask: Questions, *, is_pool: bool = True) -> Compute:
    """Ask for a compute of the workspace; an attached Spark pool, unless others are asked for too."""
    place = reading.workspace
    found, unreadable = await reading.items(lambda azure: azure.computes(place.id))
    say_sentences(*unreadable)
    fitting = [one for one in found if one.is_spark_pool or not is_pool]
    ordered = sorted(fitting, key=lambda one: (not one.is_spark_pool, by_name(one.name)))
    kind = "attached Spark pools" if is_pool else "computes"
    return await ask.choose("Which compute?", ordered, _compute_words, f"{place.name} has no {kind}.")


def _compute_words(one: Compute) -> str:
    parts = [one.name, one.state.word, pool_name(one) if one.is_spark_pool else one.type_words]
    return ", ".join(part for part in parts if part)


# Attach


async def attach(reading: Reading, ask: Questions) -> Planned:
    """Ask which Spark pool is attached under which name, with which identity."""
    pool = await _pool(reading, ask)
    place = reading.workspace
    computes, _ = await reading.items(lambda azure: azure.computes(place.id))
    taken = {one.name.lower(): one for one in computes}

    def fault(name: str) -> str:
        existing = taken.get(name.lower())
        if existing is not None:
            return why_taken(existing, pool) or f"{existing.name} is attached already; change its identity instead."
        return check_compute_name(name).problem

    name = await ask.text(
        "Name for the compute: letters, digits and dashes.", propose_compute_name(pool.name, taken), fault
    )
    choice = await identity(reading, ask)
    grants = choice.kind is not IdentityKind.NONE and await ask.agree(
        f"Grant its identity {ADMINISTRATOR.name} on {pool.parent.name}/{pool.name}, which jobs need?", default=True
    )
    inputs = Inputs("attach", (), {GRANT: True} if grants else {})
    return await completed(reading, await plan_of_spec(reading, Spec(name, pool, choice), inputs))


async def _pool(reading: Reading, ask: Questions) -> ResourceId:
    """Ask for a Spark pool: by its resource id, or from lists."""
    by_id = "By its resource id"
    how = await ask.choose("How do you name the Spark pool?", ("From lists", by_id), lambda one: one)
    if how == by_id:
        return ResourceId.parse(await ask.text("Resource id of the Spark pool.", fault=_no_pool), SPARK_POOL_TYPE)
    where = await subscription(reading, ask)
    workspaces, _ = await reading.items(lambda azure: azure.synapse_workspaces(where.id))
    synapse = await ask.choose(
        "Which Synapse workspace?",
        sorted((one.id for one in workspaces), key=lambda one: by_name(one.name)),
        lambda one: f"{one.name} in {one.resource_group}",
        f"{where.name} has no Synapse workspaces that you can see.",
    )
    pools, _ = await reading.items(lambda azure: azure.spark_pools(synapse))
    chosen = await ask.choose(
        "Which Spark pool?",
        sorted(pools, key=lambda one: by_name(one.name)),
        lambda one: f"{one.name}, Spark {one.settings.version or 'unknown'}, {one.state}",
        f"{synapse.name} has no Spark pools.",
    )
    return chosen.id


def _no_pool(text: str) -> str:
    try:
        ResourceId.parse(text, SPARK_POOL_TYPE)
    except InvalidResourceId as error:
        return str(error)
    return ""


# Identity


async def identity(reading: Reading, ask: Questions, now: Compute | None = None) -> IdentityChoice:
    """Ask for a managed identity; `now` is the compute that has another one."""
    if now is not None:
        say_sentences(f"Now: {now.identity.summary}.")
    kind = await ask.choose("Which managed identity?", tuple(_KINDS), lambda one: _KINDS[one])
    if not kind.has_user:
        return IdentityChoice(kind)
    found, _ = await reading.items(lambda azure: azure.identities(reading.workspace.id.subscription))
    chosen = await ask.choose_several(
        "Which user-assigned identities? The first one submits jobs by default.",
        sorted((one.id for one in found), key=lambda one: by_name(one.name)),
        lambda one: f"{one.name} in {one.resource_group}",
        "The subscription has no user-assigned identities that you can see.",
    )
    return IdentityChoice(kind, tuple(chosen))


async def change_identity(reading: Reading, ask: Questions) -> Planned:
    """Ask for the new identity of a compute, and what happens to the Synapse role."""
    chosen = await compute(reading, ask)
    choice = await identity(reading, ask, chosen)
    options: dict[str, Any] = {IDENTITY: choice.kind.value, ASSIGNED: [str(one) for one in choice.user_assigned]}
    options[ROLES] = await ask.choose("What happens to the Synapse role?", tuple(_AFTER), lambda one: _AFTER[one])
    return await make_plan(reading, Inputs("update", (chosen.name,), options))


# Roles


async def change_roles(reading: Reading, ask: Questions) -> Planned:
    """Show the roles on the pool behind a compute, and ask for a grant or a removal."""
    chosen = await compute(reading, ask)
    print_result(await list_roles(reading, chosen.name), TABLE, ())
    what = await ask.choose("What do you want to do?", tuple(_ROLE_PLANS), lambda one: one)
    return await _ROLE_PLANS[what](reading, ask, chosen.name)


async def _grant_to_own(reading: Reading, _: Questions, name: str) -> Planned:
    return await make_plan(reading, Inputs("grant", (name,), {}))


async def _grant_to_other(reading: Reading, ask: Questions, name: str) -> Planned:
    role = await ask.choose("Which role?", BUILT_IN, lambda one: one.name)
    holder = await ask.text("Object id of the principal.")
    return await make_plan(reading, Inputs("grant", (name,), {ROLE: role.name, ASSIGNEE: holder}))


async def _revoke(reading: Reading, ask: Questions, name: str) -> Planned:
    roles = await read_roles(reading, name)
    held = await ask.choose("Which role is removed?", roles.held, _held_words, "Nobody has a role there.")
    options = {ROLE: held.assignment.role_id, ASSIGNEE: held.assignment.principal_id}
    return await make_plan(reading, Inputs("revoke", (name,), options))


def _held_words(held: HeldRole) -> str:
    return f"{held.name}, {held.role}, {'inherited' if held.is_inherited else 'on this pool'}"


_ROLE_PLANS: dict[str, Callable[[Reading, Questions, str], Awaitable[Planned]]] = {
    "Grant the role that jobs need to its identities": _grant_to_own,
    "Grant a role to another principal": _grant_to_other,
    "Remove a role": _revoke,
}


# Detach


async def detach(reading: Reading, ask: Questions) -> Planned:
    """Ask which pools are detached, and whether roles are removed that would be left behind."""
    place = reading.workspace
    found, unreadable = await reading.items(lambda azure: azure.computes(place.id))
    say_sentences(*unreadable)
    pools = sorted((one for one in found if one.is_spark_pool), key=lambda one: by_name(one.name))
    chosen = await ask.choose_several(
        "Which computes are detached?", pools, _compute_words, f"{place.name} has no attached Spark pools."
    )
    names = tuple(one.name for one in chosen)
    planned = await make_plan(reading, Inputs("detach", names, {SHARED_ROLES: True}))
    if not _removes_roles(planned):
        return planned
    answer = await ask.choose(
        "What happens to the Synapse roles of their identities?",
        ((), (SHARED_ROLES,), (KEEP_ROLES,)),
        lambda flags: _LEFT[flags],
    )
    return await make_plan(reading, Inputs("detach", names, dict.fromkeys(answer, True)))


_LEFT: dict[Sequence[str], str] = {
    (): "Remove those of system-assigned identities",
    (SHARED_ROLES,): "Remove those of user-assigned identities too, where nothing else needs them",
    (KEEP_ROLES,): "Keep all",
}


def _removes_roles(planned: Planned) -> bool:
    requests = [step.request for step in planned.plan.steps]
    return any(isinstance(request, Detachment) and request.roles is not None for request in requests)
