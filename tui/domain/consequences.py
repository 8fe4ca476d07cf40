"""What follows from a change of identity or from a detach, said before it happens."""

from collections.abc import Iterable

from tui.domain.compute import Compute
from tui.domain.identity import Identity, IdentityChoice
from tui.domain.principals import lost_principals
from tui.domain.resource_id import ResourceId
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


def detach_consequences(compute: Compute) -> tuple[str, ...]:
    """What stays and what goes when a compute is detached."""
    pool = compute.attached_to
    pool_words = f"the Spark pool {pool.parent.name}/{pool.name}" if pool else "the Spark pool"
    sentences = [
        f"What stays: {pool_words} itself, with its data and its settings.",
        f"What goes: the attachment {compute.name}. Jobs that name it as their compute will fail.",
    ]
    identity = compute.identity
    if identity.kind.has_system:
        principal = identity.principal_id or "unknown"
        sentences.append(
            f"Also goes: its system-assigned principal {principal}. Roles granted to it stay behind and serve nobody; "
            "attaching again makes another principal."
        )
    if identity.kind.has_user:
        names = ", ".join(assigned.name for assigned in identity.user_assigned)
        sentences.append(f"The user-assigned identities stay, with their roles: {names}.")
    return tuple(sentences)


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
