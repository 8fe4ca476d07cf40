"""Facts about a compute as words, the same for lists on the screen and for verbs."""

from tui.domain.compute import Compute

_TYPE_NAMES = {"synapsespark": "Spark pool"}


def type_name(compute: Compute) -> str:
    """The type in words; an unknown one has a question mark."""
    known = _TYPE_NAMES.get(compute.type.lower(), compute.type)
    return known if compute.is_known_type else f"{known or 'unknown'} ?"


def pool_name(compute: Compute) -> str:
    """The Spark pool behind a compute, as `syn-prod/etlpool`; empty for other computes."""
    pool = compute.attached_to
    return f"{pool.parent.name}/{pool.name}" if pool is not None and compute.is_spark_pool else ""
