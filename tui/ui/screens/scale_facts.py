"""How large a Spark pool is, in the same words for the pool and for the computes that attach it."""

from tui.domain.pool_rules import NODE_SIZES
from tui.domain.spark import SparkSettings


def scale_facts(settings: SparkSettings) -> list[tuple[str, str]]:
    """Labels and values; a value is empty where Azure did not report it."""
    autoscale, nodes = settings.autoscale, settings.node_count
    if autoscale is not None and autoscale.enabled:
        scale = f"{autoscale.minimum} to {autoscale.maximum}, autoscale"
    elif nodes is None:
        scale = ""
    else:
        scale = f"{nodes}, no autoscale" if autoscale is not None else str(nodes)
    known = next((each for size, each in NODE_SIZES.items() if size.lower() == settings.node_size.lower()), None)
    is_plain = settings.node_size_family.lower() == "memoryoptimized"
    each = f", {known[0]} vCores and {known[1]} GB each" if known is not None and is_plain else ""
    return [
        ("Nodes", scale),
        ("Node size", f"{settings.node_size}{each}" if settings.node_size else ""),
        ("Node family", settings.node_size_family),
        ("Auto-pause", settings.pause),
    ]
