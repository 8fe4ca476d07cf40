"""The rules of Spark pools: names, sizes and limits.

Sources: the article "Apache Spark pool configurations", and Terraform's `synapse_spark_pool`, whose limits are those of
the service.
"""

import re

from tui.domain.spark import AutoPause, Autoscale
from tui.domain.text import described

NODE_SIZES = {
    "Small": (4, 32),
    "Medium": (8, 64),
    "Large": (16, 128),
    "XLarge": (32, 256),
    "XXLarge": (64, 432),
    "XXXLarge": (80, 504),
}
"""The sizes of memory-optimized nodes: virtual cores and GB of memory."""

FEWEST_NODES, MOST_NODES = 3, 200
SHORTEST_PAUSE, LONGEST_PAUSE = 5, 10_080
"""The limits of auto-pause, in minutes."""

_LONGEST_NAME = 15


def pool_name_problem(name: str) -> str:
    """Why a Spark pool cannot have a name, in one sentence; empty if it can."""
    rule = f"Use up to {_LONGEST_NAME} letters and digits, starting with a letter."
    if not name:
        return f"A Spark pool needs a name. {rule}"
    odd = re.search(r"[^A-Za-z0-9]", name)
    if odd is not None:
        return f'Not the name of a Spark pool: "{name}" has {described(odd.group())}. {rule}'
    if not re.match(r"[A-Za-z]", name):
        return f'Not the name of a Spark pool: "{name}" starts with "{name[0]}". {rule}'
    if len(name) > _LONGEST_NAME:
        return f'Not the name of a Spark pool: "{name}" has {len(name)} characters. {rule}'
    return ""


def nodes_problem(nodes: int) -> str:
    """Why a Spark pool cannot have so many nodes, in one sentence; empty if it can."""
    if FEWEST_NODES <= nodes <= MOST_NODES:
        return ""
    return f"A Spark pool has {FEWEST_NODES} to {MOST_NODES} nodes, not {nodes}."


def autoscale_problem(autoscale: Autoscale) -> str:
    """Why a Spark pool cannot scale like that, in one sentence; empty if it can."""
    if not autoscale.enabled:
        return ""
    problem = nodes_problem(autoscale.minimum) or nodes_problem(autoscale.maximum)
    if problem:
        return problem
    if autoscale.minimum > autoscale.maximum:
        return f"Autoscale to at most {autoscale.maximum} nodes is below its minimum of {autoscale.minimum}."
    return ""


def auto_pause_problem(auto_pause: AutoPause) -> str:
    """Why a Spark pool cannot pause like that, in one sentence; empty if it can."""
    if not auto_pause.enabled or SHORTEST_PAUSE <= auto_pause.delay <= LONGEST_PAUSE:
        return ""
    return f"Auto-pause waits {SHORTEST_PAUSE} to {LONGEST_PAUSE} minutes, not {auto_pause.delay}."
