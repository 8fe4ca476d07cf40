"""What follows from a change of identity or from a detach, said before it happens."""

from collections.abc import Collection, Iterable, Sequence

from tui.domain.compute import Compute
from tui.domain.identity import Identity, IdentityChoice
from tui.domain.principals import lost_principals
from tui.domain.resource_id import SPARK_POOL_TYPE, ResourceId
from tui.domain.roles import RoleAssignment, role_of

_ROLE = "Synapse Administrator"


def attach_consequences(choice: IdentityChoice, pool: ResourceId) -> tuple[str, ...]:
    """What follows from attaching a pool with an identity.

    Args:
        choice: The identity.
        pool: The Spark pool.
    """
    return _needs(choice, pool) if choice.kind.has_system or choice.kind.has_user else ()


def identity_consequences(
    before: Identity, after: IdentityChoice, pool: ResourceId | None, *, moves: bool = False, grants: bool = False
) -> tuple[str, ...]:
    """What follows from giving a compute another identity.

    Args:
        before: The identity that it has.
        after: The identity that it is to have.
        pool: The Spark pool behind it, if that is known.
        moves: Whether the roles on the pool follow, so that nothing need be said of them.
        grants: Whether who comes is granted its role with the change.

    Returns:
        One sentence for each thing that a person may not expect.
    """
    if IdentityChoice.of(before) == after:
        return ()
    sentences = []
    if before.kind.has_system and not after.kind.has_system:
        principal = before.principal_id or "(id unknown)"
        left = ";" if moves else f". Role assignments to it{_on(pool)} are left behind and serve nobody;"
        sentences.append(
            f"The system-assigned principal {principal} goes away{left} "
            "choosing system-assigned again makes another principal."
        )
    gone = [one for one in before.user_assigned if one.id not in after.user_assigned]
    if gone:
        names = _enumerated([f"{one.name} ({one.principal_id or 'principal unknown'})" for one in gone])
        whose = "Its" if len(gone) == 1 else "Their"
        left = "" if moves else f" {whose} role assignments{_on(pool)} are left behind."
        sentences.append(f"Jobs can no longer run as {names}.{left}")
    new = IdentityChoice(
        after.kind, tuple(one for one in after.user_assigned if one not in {kept.id for kept in before.user_assigned})
    )
    mints = after.kind.has_system and not before.kind.has_system
    if pool is not None and not (moves or grants) and (mints or new.user_assigned):
        sentences += _needs(new, pool, mints=mints)
    if before.user_assigned and after.user_assigned and before.user_assigned[0].id != after.user_assigned[0]:
        sentences.append(
            f"By default jobs are submitted as {after.user_assigned[0].name} from then on, "
            f"no longer as {before.user_assigned[0].name}."
        )
    return tuple(sentences)


def left_behind(before: Identity, after: IdentityChoice, assignments: Iterable[RoleAssignment]) -> tuple[str, ...]:
    """The role assignments that stay with principals which the compute loses.

    Args:
        before: The identity that the compute has.
        after: The identity that it is to have.
        assignments: The role assignments that reach its Spark pool.

    Returns:
        One sentence for each.
    """
    lost = lost_principals(before, after)
    return tuple(
        f"Left behind: {role_of(one.role_id).name} on {one.scope.words}, held by {lost[one.principal_id.lower()]}."
        for one in assignments
        if one.principal_id.lower() in lost
    )


def detach_consequences(computes: Sequence[Compute], gone: Collection[ResourceId] = ()) -> tuple[str, ...]:
    """What stays and what goes when computes are detached.

    Args:
        computes: The computes, at least one.
        gone: The Spark pools and identities that are known to be gone already.

    Returns:
        One sentence for each thing, about all of the computes together.
    """
    is_one = len(computes) == 1
    pools = [compute.attached_to for compute in computes if compute.attached_to is not None]
    identities = [assigned.id for compute in computes for assigned in compute.identity.user_assigned]
    lost = [one for one in dict.fromkeys(one for compute in computes for one in named_by(compute)) if one in gone]
    them = "it" if is_one else "them"
    sentences = [
        f"What goes: the {_form('attachment', len(computes))} {_enumerated([compute.name for compute in computes])}. "
        f"Jobs that name {them} as their compute will fail."
    ]
    if not pools or any(pool not in gone for pool in pools):
        sentences.insert(0, _pools_stay([pool for pool in dict.fromkeys(pools) if pool not in gone], is_one=is_one))
    sentences += _principals_go(computes)
    staying = [one.name for one in dict.fromkeys(identities) if one not in gone]
    if staying:
        whose = "its roles" if len(staying) == 1 else "their roles"
        verb = "stays" if len(staying) == 1 else "stay"
        sentences.append(
            f"The user-assigned {_form('identity', len(staying))} {_enumerated(staying)} {verb}, with {whose}."
        )
    if lost:
        verb = "is" if len(lost) == 1 else "are"
        sentences.append(f"{_enumerated([_called(one) for one in lost])} {verb} gone already.")
    return tuple(sentence[0].upper() + sentence[1:] for sentence in sentences)


def named_by(compute: Compute) -> tuple[ResourceId, ...]:
    """What a compute names and what stays when it is detached: its Spark pool and its user-assigned identities."""
    pool = () if compute.attached_to is None else (compute.attached_to,)
    return (*pool, *(assigned.id for assigned in compute.identity.user_assigned))


def _pools_stay(pools: list[ResourceId], *, is_one: bool) -> str:
    names = _enumerated([f"{pool.parent.name}/{pool.name}" for pool in pools]) if pools else ""
    if is_one or len(pools) == 1:
        return f"What stays: the Spark pool{' ' if names else ''}{names} itself, with its data and its settings."
    return f"What stays: the Spark pools{' ' if names else ''}{names} themselves, with their data and their settings."


def _principals_go(computes: Sequence[Compute]) -> list[str]:
    having = [compute for compute in computes if compute.identity.kind.has_system]
    if not having:
        return []
    ids = [compute.identity.principal_id or "unknown" for compute in having]
    if len(computes) == 1:
        whose = f"its system-assigned principal {ids[0]}"
    else:
        of = [f"{one.name} ({principal})" for one, principal in zip(having, ids, strict=True)]
        whose = f"the system-assigned {_form('principal', len(having))} of {_enumerated(of)}"
    goes, them, other = ("goes", "it", "another principal") if len(having) == 1 else ("go", "them", "other principals")
    return [
        f"Also {goes}: {whose}. Roles granted to {them} stay behind and serve nobody; attaching again makes {other}."
    ]


def _called(resource: ResourceId) -> str:
    if resource.type.lower() == SPARK_POOL_TYPE.lower():
        return f"the Spark pool {resource.parent.name}/{resource.name}"
    return f"the user-assigned identity {resource.name}"


def _form(word: str, number: int) -> str:
    if number == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _needs(choice: IdentityChoice, pool: ResourceId, *, mints: bool | None = None) -> tuple[str, ...]:
    system = choice.kind.has_system if mints is None else mints
    who = ["the new system-assigned principal"] if system else []
    who += [one.name for one in choice.user_assigned]
    verb = "needs" if len(who) == 1 else "need"
    where = f"{pool.parent.name}/{pool.name}"
    sentence = f"{_enumerated(who)} {verb} the role {_ROLE} on {where}, or jobs fail with 403."
    return (sentence[0].upper() + sentence[1:] if system else sentence,)


def _enumerated(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _on(pool: ResourceId | None) -> str:
    return f", on {pool.parent.name}/{pool.name} or elsewhere," if pool else ""
