"""The consequences of a change of identity or of a detach, shown before it happens."""

from collections.abc import Collection, Iterable, Sequence

from tui.domain.compute import Compute
from tui.domain.identity import Identity, IdentityChoice
from tui.domain.phrases import enumerated, form_of
from tui.domain.principals import lost_principals
from tui.domain.resource_id import SPARK_POOL_TYPE, ResourceId
from tui.domain.role_change import Removal
from tui.domain.roles import RoleAssignment, role_of

_ROLE = "Synapse Administrator"


def attach_consequences(choice: IdentityChoice, pool: ResourceId) -> tuple[str, ...]:
    """The consequences of attaching a pool with an identity."""
    return _needs(choice, pool) if choice.kind.has_system or choice.kind.has_user else ()


def identity_losses(
    before: Identity,
    after: IdentityChoice,
    pool: ResourceId | None,
    *,
    moves: bool = False,
    removed: Collection[str] = (),
) -> tuple[str, ...]:
    """What a compute loses with a change of identity, one sentence for each principal or group.

    `moves` is whether the role of a system-assigned principal on the pool is removed as well; `removed` names the
    user-assigned identities whose roles on the pool are removed.
    """
    sentences = []
    if before.kind.has_system and not after.kind.has_system:
        principal = before.principal_id or "(id unknown)"
        if moves:
            rest = "; its roles elsewhere remain. A new system-assigned identity is a new principal."
        else:
            rest = (
                f". Role assignments to it{_on(pool)} remain but become useless; "
                "choosing system-assigned again creates a new principal."
            )
        sentences.append(f"The system-assigned principal {principal} is deleted{rest}")
    gone = [one for one in before.user_assigned if one.id not in after.user_assigned]
    if gone:
        names = enumerated([f"{one.name} ({one.principal_id or 'principal unknown'})" for one in gone])
        staying = [one.name for one in gone if one.name not in removed]
        kept = f" {enumerated(staying)} {_keep_roles(staying)}." if staying else ""
        sentences.append(f"Jobs can no longer run as {names}.{kept}")
    return tuple(sentences)


def identity_consequences(
    before: Identity, after: IdentityChoice, pool: ResourceId | None, *, moves: bool = False, grants: bool = False
) -> tuple[str, ...]:
    """Other consequences of a change of identity that the user may not expect, one sentence each.

    `moves` is whether the roles on the pool follow, so that they need no sentence; `grants` is whether the new identity
    is granted its role with the change.
    """
    if IdentityChoice.of(before) == after:
        return ()
    sentences: list[str] = []
    new = IdentityChoice(
        after.kind, tuple(one for one in after.user_assigned if one not in {kept.id for kept in before.user_assigned})
    )
    mints = after.kind.has_system and not before.kind.has_system
    if pool is not None and not (moves or grants) and (mints or new.user_assigned):
        sentences += _needs(new, pool, mints=mints)
    if before.user_assigned and after.user_assigned and before.user_assigned[0].id != after.user_assigned[0]:
        sentences.append(
            f"By default, jobs run as {after.user_assigned[0].name} from then on, "
            f"not as {before.user_assigned[0].name}."
        )
    return tuple(sentences)


def left_behind(
    before: Identity, after: IdentityChoice, assignments: Iterable[RoleAssignment], removed: Collection[str] = ()
) -> tuple[str, ...]:
    """The role assignments that stay with principals which the compute loses, one sentence each.

    `assignments` are those that reach its Spark pool; `removed` are the ids, in lower case, of those that the change
    removes.
    """
    lost, own = lost_principals(before, after), (before.principal_id or "").lower()
    sentences = []
    for one in assignments:
        holder = one.principal_id.lower()
        if holder not in lost or one.id.lower() in removed:
            continue
        role = f"{role_of(one.role_id).name} on {one.scope.text}"
        if holder == own:
            sentences.append(f"Stray role afterwards: {role}, held by {lost[holder]}.")
        else:
            sentences.append(f"{lost[holder]} keeps {role}.")
    return tuple(sentences)


def detach_facts(
    computes: Sequence[Compute], gone: Collection[ResourceId] = (), removed: Sequence[Removal] = ()
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What stays and what is lost when computes are detached.

    `gone` are the Spark pools and identities that no longer exist; `removed` are the roles that are removed as well.

    Returns:
        Sentences about all of the computes together: the Spark pools that stay, what is lost, and other facts.
    """
    is_one = len(computes) == 1
    pools = [compute.attached_to for compute in computes if compute.attached_to is not None]
    identities = [assigned.id for compute in computes for assigned in compute.identity.user_assigned]
    lost = [one for one in dict.fromkeys(one for compute in computes for one in named_by(compute)) if one in gone]
    stays: list[str] = []
    if not pools or any(pool not in gone for pool in pools):
        stays.append(_pools_stay([pool for pool in dict.fromkeys(pools) if pool not in gone], is_one=is_one))
    them = "it" if is_one else "them"
    losses = [
        f"What goes: the {form_of('compute', len(computes))} {enumerated([compute.name for compute in computes])}. "
        f"Jobs that use {them} will fail.",
        *_principals_go(computes, removed),
    ]
    others: list[str] = []
    emptied = {one.name for one in removed}
    staying = [one.name for one in dict.fromkeys(identities) if one not in gone and one.name not in emptied]
    if staying:
        whose = "its roles" if len(staying) == 1 else "their roles"
        verb = "stays" if len(staying) == 1 else "stay"
        others.append(
            f"The user-assigned {form_of('identity', len(staying))} {enumerated(staying)} {verb}, with {whose}."
        )
    if lost:
        verb = "is" if len(lost) == 1 else "are"
        names = enumerated([_called(one, is_first=not number) for number, one in enumerate(lost)])
        others.append(f"{names} {verb} already gone.")
    return tuple(stays), tuple(losses), tuple(others)


def named_by(compute: Compute) -> tuple[ResourceId, ...]:
    """What a compute refers to and what stays when it is detached: its Spark pool and its user-assigned identities."""
    pool = () if compute.attached_to is None else (compute.attached_to,)
    return (*pool, *(assigned.id for assigned in compute.identity.user_assigned))


def _pools_stay(pools: list[ResourceId], *, is_one: bool) -> str:
    names = enumerated([f"{pool.parent.name}/{pool.name}" for pool in pools]) if pools else ""
    if is_one or len(pools) == 1:
        return f"What stays: the Spark pool{' ' if names else ''}{names} with its data and settings."
    return f"What stays: the Spark pools{' ' if names else ''}{names} with their data and settings."


def _principals_go(computes: Sequence[Compute], removed: Sequence[Removal]) -> list[str]:
    having = [compute for compute in computes if compute.identity.kind.has_system]
    if not having:
        return []
    ids = [compute.identity.principal_id or "unknown" for compute in having]
    if len(computes) == 1:
        whose = f"its system-assigned principal {ids[0]}"
    else:
        of = [f"{one.name} ({principal})" for one, principal in zip(having, ids, strict=True)]
        whose = f"the system-assigned {form_of('principal', len(having))} of {enumerated(of)}"
    goes, them, other = ("goes", "it", "a new principal") if len(having) == 1 else ("go", "them", "new principals")
    own = {one.lower() for one in ids}
    others = "Other roles" if any(one.assignment.principal_id.lower() in own for one in removed) else "Roles"
    return [
        f"Also {goes}: {whose}. {others} granted to {them} remain but become useless; attaching again creates {other}."
    ]


def _called(resource: ResourceId, *, is_first: bool) -> str:
    the = "The" if is_first else "the"
    if resource.type.lower() == SPARK_POOL_TYPE.lower():
        return f"{the} Spark pool {resource.parent.name}/{resource.name}"
    return f"{the} user-assigned identity {resource.name}"


def _keep_roles(names: Sequence[str]) -> str:
    return "keeps its roles" if len(names) == 1 else "keep their roles"


def _needs(choice: IdentityChoice, pool: ResourceId, *, mints: bool | None = None) -> tuple[str, ...]:
    system = choice.kind.has_system if mints is None else mints
    who = ["The new system-assigned principal"] if system else []
    who += [one.name for one in choice.user_assigned]
    verb = "needs" if len(who) == 1 else "need"
    where = f"{pool.parent.name}/{pool.name}"
    return (f"{enumerated(who)} {verb} the role {_ROLE} on {where}, or jobs fail with 403.",)


def _on(pool: ResourceId | None) -> str:
    return f", on {pool.parent.name}/{pool.name} or elsewhere," if pool else ""
