"""The flags of verbs that say what a compute is to be: its identity and its tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.domain.identity import IdentityChoice, IdentityKind
from tui.domain.resource_id import USER_ASSIGNED_IDENTITY_TYPE, InvalidResourceId, ResourceId
from tui.headless.failures import Failed, Failure
from tui.verbs import ASSIGNED, IDENTITY, REMOVED_TAG, TAG


def identity_of(options: Mapping[str, Any]) -> IdentityChoice | None:
    """The managed identity that flags name; None if they do not.

    Raises:
        Failed: If it cannot be one.
    """
    words = [word for part in options.get(ASSIGNED, ()) for word in part.split(",") if word.strip()]
    if IDENTITY not in options:
        if words:
            raise Failed(Failure.unusable("--user-assigned-identities needs --identity, such as UserAssigned."))
        return None
    try:
        kind = IdentityKind.parse(options[IDENTITY])
        assigned = dict.fromkeys(ResourceId.parse(word.strip(), USER_ASSIGNED_IDENTITY_TYPE) for word in words)
    except (ValueError, InvalidResourceId) as error:
        raise Failed(Failure.unusable(str(error))) from None
    if assigned and not kind.has_user:
        raise Failed(Failure.unusable(f"--identity {kind.value} has no user-assigned identities, but some are given."))
    choice = IdentityChoice(kind, tuple(assigned))
    if choice.problem is not None:
        raise Failed(Failure.unusable(choice.problem, "Give --user-assigned-identities and their resource ids."))
    return choice


def tags_of(options: Mapping[str, Any]) -> dict[str, str | None]:
    """The tags to set, and with None those to remove.

    Raises:
        Failed: If one is not KEY=VALUE, or both set and removed.
    """
    tags: dict[str, str | None] = {}
    for word in options.get(TAG, ()):
        key, found, value = word.partition("=")
        if not found:
            raise Failed(
                Failure.unusable(f'--tag "{word}" has no "=".', "Write --tag KEY=VALUE; the value may be empty.")
            )
        tags[key] = value
    for key in options.get(REMOVED_TAG, ()):
        if any(key.lower() == other.lower() for other in tags):
            raise Failed(Failure.unusable(f"The tag {key} is both set and removed."))
        tags[key] = None
    return tags
