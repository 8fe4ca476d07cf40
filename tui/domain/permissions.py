"""What Azure roles allow: actions with wildcards, less the actions that are taken out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

ATTACH = "Microsoft.MachineLearningServices/workspaces/computes/write"
"""What an attach, and every change of an attached pool, needs on the workspace (documentation)."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What one role allows.

    Attributes:
        actions: Actions, in which `*` stands for anything.
        not_actions: Actions that are taken out of those.
    """

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether it allows an action; letter case does not matter."""
        return _matches(self.actions, action) and not _matches(self.not_actions, action)


def allowed(permissions: Iterable[Permission], action: str) -> bool:
    """Whether any of several roles allows an action; what one takes out another may allow."""
    return any(permission.allows(action) for permission in permissions)


def _matches(patterns: Iterable[str], action: str) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), action, re.IGNORECASE) for pattern in patterns
    )
