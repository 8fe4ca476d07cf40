"""The worlds that a sandbox can start with, by name."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from tui.sandbox import seed as default
from tui.sandbox import seed_empty as empty
from tui.sandbox.world import World


class Beginning(NamedTuple):
    """What a world starts with.

    Attributes:
        make: Makes it of a size, which an empty world ignores, a seed, and the current time.
        subscriptions: The names of its subscriptions.
    """

    make: Callable[[int | None, int, datetime], World]
    subscriptions: tuple[str, ...]


WORLDS: Mapping[str, Beginning] = {
    "default": Beginning(lambda size, seed, now: default.make_world(size, seed, now=now), tuple(default.SUBSCRIPTIONS)),
    "empty": Beginning(lambda _, seed, now: empty.make_empty_world(seed, now=now), tuple(empty.SUBSCRIPTIONS)),
}
