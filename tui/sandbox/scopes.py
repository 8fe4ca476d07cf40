"""Scopes: what an Azure role, a lock or a permission is on, from a resource up to the whole tenant."""

ROOT = "/"
"""The scope above all subscriptions, as Azure writes it (recorded)."""


def is_within(narrow: str, wide: str) -> bool:
    """Whether a scope is the wide one or below it, in any letter case."""
    return f"{narrow.lower().rstrip('/')}/".startswith(f"{wide.lower().rstrip('/')}/")


def depth(scope: str) -> int:
    """How far below the root a scope is."""
    return len([part for part in scope.split("/") if part])


def subscription_of(scope: str) -> str:
    """The ARM id of the scope's subscription, or empty at the root."""
    return "/".join(scope.split("/")[:3]) if scope.lower().startswith("/subscriptions/") else ""
