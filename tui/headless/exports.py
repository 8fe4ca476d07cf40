"""The verb `export`: attached Spark pools in another tool's language."""

from __future__ import annotations

from collections.abc import Sequence

from tui.domain.compute import Compute
from tui.domain.edit import ComputeEdit, Edit
from tui.domain.errors import Problem, ProblemKind
from tui.domain.exports.languages import LANGUAGES
from tui.domain.plan import Plan
from tui.headless.failures import Failed, Failure
from tui.headless.reading import Reading


async def export_pools(reading: Reading, names: Sequence[str], language: str) -> tuple[str, tuple[str, ...]]:
    """Attached Spark pools in another tool's language: the text, and what it leaves out, one sentence each.

    Raises:
        Problem: If one cannot be read, or not completely.
        Failed: If one is not an attached Spark pool.
    """
    computes: list[Compute] = []
    for name in names:
        compute = await reading.compute(name)
        why_not = compute.why_not_exportable
        if why_not is not None:
            if compute.is_spark_pool:
                raise Problem(ProblemKind.UNREADABLE, why_not)
            raise Failed(Failure.unusable(why_not))
        computes += [compute] if all(compute.id != one.id for one in computes) else []
    plan = Plan.of(ComputeEdit(compute, Edit()) for compute in computes)
    written = next(one for one in LANGUAGES if one.id == language)
    return written.write(plan, reading.cloud), written.remarks(plan)
