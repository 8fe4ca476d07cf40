"""Azure in a box: the REST services that the product's Azure clients talk to, simulated in process.

The simulation sits below the SDK, as HTTP requests and responses, so that real clients run against it unchanged.
Everything here is standard library only, but for two modules that nobody here imports at the start:
``tui.sandbox.transport`` alone knows azure-core, for whoever builds SDK clients, and ``tui.sandbox.served`` alone knows
a web server, for ``python -m tui.sandbox``.
"""

from tui.sandbox.box import LoggedRequest, Sandbox
from tui.sandbox.choices import Choices
from tui.sandbox.clock import Clock, RealClock, VirtualClock
from tui.sandbox.faults import (
    Answer,
    Faults,
    Forbidden,
    NotJson,
    Outcome,
    RequestLost,
    RequestLostError,
    ResponseLost,
    ResponseLostError,
    Rule,
    Slow,
    Throttled,
    Truncated,
)
from tui.sandbox.seed import make_world
from tui.sandbox.world import DefaultWorkspace, World

__all__ = [
    "Answer",
    "Choices",
    "Clock",
    "DefaultWorkspace",
    "Faults",
    "Forbidden",
    "LoggedRequest",
    "NotJson",
    "Outcome",
    "RealClock",
    "RequestLost",
    "RequestLostError",
    "ResponseLost",
    "ResponseLostError",
    "Rule",
    "Sandbox",
    "Slow",
    "Throttled",
    "Truncated",
    "VirtualClock",
    "World",
    "make_world",
]
