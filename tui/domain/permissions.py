"""What Azure roles allow: actions with wildcards, without the excluded actions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

ATTACH = "Microsoft.MachineLearningServices/workspaces/computes/write"
"""What an attach, and every change of an attached pool, needs on the workspace (documentation)."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What one role allows: actions with `*` wildcards, without the excluded ones."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether it allows an action, in any letter case."""
        return _matches(self.actions, action) and not _matches(self.not_actions, action)


def allowed(permissions: Iterable[Permission], action: str) -> bool:
    """Whether any of several roles allows an action; an exclusion counts only within its role."""
    return any(permission.allows(action) for permission in permissions)


def _matches(patterns: Iterable[str], action: str) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), action, re.IGNORECASE) for pattern in patterns
    )
