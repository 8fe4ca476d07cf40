"""The verbs `grant` and `revoke`: Synapse roles on the Spark pool behind a compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui.domain.errors import Problem, ProblemKind
from tui.domain.held_roles import HeldRole
from tui.domain.phrases import enumerated, suggestion
from tui.domain.plan import Plan
from tui.domain.principals import Principal, principals_of
from tui.domain.resource_id import is_guid
from tui.domain.role_change import Grant, RoleChange, grant_of
from tui.domain.role_plans import removal_plan
from tui.domain.roles import ADMINISTRATOR, BUILT_IN, RoleDefinition, RoleScope
from tui.exit_status import ExitStatus
from tui.headless.failures import Failed, Failure
from tui.headless.planned import Inputs, Planned
from tui.headless.reading import Reading
from tui.headless.roles import PoolRoles, read_roles
from tui.verbs import ASSIGNEE, ROLE


async def grant_plan(reading: Reading, inputs: Inputs) -> Planned:
    """The plan that grants a role on the pool behind a compute: to its identities that lack one, or to someone else.

    Raises:
        Problem: If the roles cannot be read.
        Failed: If a flag cannot be used.
    """
    options, (name,) = inputs.options, inputs.words
    role, roles = _role(options), await read_roles(reading, name)
    if roles.unreadable:
        raise Problem(ProblemKind.UNREADABLE, "Some roles cannot be read.", cause=" ".join(roles.unreadable))
    grantees = _grantees(roles, options)
    if not grantees:
        return Planned(Plan(()), f"every identity of {roles.compute.name} has a role that lets its jobs run.")
    scope = RoleScope.of_pool(roles.pool)
    grants = tuple(_grant(roles, grant_of(role, principal, scope)) for principal in grantees)
    return Planned(Plan.of([RoleChange(roles.synapse, roles.pool, grants, compute=roles.compute.id)]))


def _grant(roles: PoolRoles, grant: Grant) -> Grant:
    """A grant that knows whether it is held already."""
    role, holder = grant.role.id.lower(), grant.principal.object_id
    held = (one for one in roles.assignments if one.held_by(holder) and one.scope.covers(grant.scope))
    return replace(grant, is_held=any(one.role_id.lower() == role for one in held))


async def revoke_plan(reading: Reading, inputs: Inputs) -> Planned:
    """The plan that removes a role that reaches the Spark pool behind a compute.

    Raises:
        Problem: If the roles cannot be read.
        Failed: If no role or more than one is meant.
    """
    options, (name,) = inputs.options, inputs.words
    if ASSIGNEE not in options:
        advice = f"sparkpool roles {name} shows them."
        raise Failed(Failure.unusable("revoke needs --assignee and an object id or a name.", advice))
    role, roles = _role(options), await read_roles(reading, name)
    held = _meant(roles, str(options[ASSIGNEE]), role)
    holder = roles.directory.find(held.assignment.principal_id)
    return Planned(removal_plan(roles.compute, roles.pool, roles.synapse, held, holder, roles.assignments))


def _role(options: Mapping[str, Any]) -> RoleDefinition:
    """The role that a flag names; Synapse Administrator by default.

    Raises:
        Failed: If there is none of that name.
    """
    word = str(options.get(ROLE, ADMINISTRATOR.name))
    found = next((one for one in BUILT_IN if word.lower() in (one.name.lower(), one.id.lower())), None)
    if found is None:
        names = [one.name for one in BUILT_IN]
        raise Failed(Failure.unusable(f'"{word}" is not a Synapse role.{suggestion(word, names)}', _known(names)))
    return found


def _known(names: Sequence[str]) -> str:
    return f"Roles: {', '.join(names)}."


def _grantees(roles: PoolRoles, options: Mapping[str, Any]) -> tuple[Principal, ...]:
    """Who gets the role: the identities of the compute that lack one that lets jobs run, unless flags say otherwise.

    Raises:
        Failed: If nobody can.
    """
    word = options.get(ASSIGNEE)
    if word is None:
        own = tuple(principals_of(roles.compute))
        if not own:
            advice = "Give --assignee and an object id, or give the compute an identity."
            raise Failed(Failure.unusable(f"{roles.compute.name} has no identity with a known principal.", advice))
        return own if ROLE in options else roles.missing
    if not is_guid(word):
        advice = '"az ad signed-in-user show --query id" and "az identity show --query principalId" print object ids.'
        raise Failed(Failure.unusable(f'"{word}" is not an object id.', advice))
    return (roles.directory.find(word) or Principal.typed(word),)


def _meant(roles: PoolRoles, word: str, role: RoleDefinition) -> HeldRole:
    """The role to remove, by its holder's object id or name.

    Raises:
        Failed: If there is none, or more than one.
    """
    known = [one for one in roles.held if one.assignment.role_id.lower() == role.id.lower()]
    found = [one for one in known if word.lower() in (one.name.lower(), one.assignment.principal_id.lower())]
    direct = [one for one in found if not one.is_inherited]
    if len(found) == 1 or len(direct) == 1:
        return (direct or found)[0]
    names = [one.name for one in known]
    holders = f"{enumerated(names)} hold it." if len(names) > 1 else f"{names[0]} holds it." if names else ""
    if not found:
        title = f"{word} does not have the role {role.name} on {roles.pool.name}.{suggestion(word, names)}"
        raise Failed(Failure("not_found", title, ExitStatus.NOT_FOUND, advice=holders))
    several = ", ".join(f"{one.assignment.principal_id} on {one.assignment.scope.text}" for one in found)
    raise Failed(Failure.unusable(f"{word} has the role more than once: {several}.", "Give the object id."))
