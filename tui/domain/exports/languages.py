"""The export languages, in the order in which the screens offer them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from tui.domain.clouds import CloudProfile
from tui.domain.exports import pool_bicep, pool_terraform
from tui.domain.exports.az import commands
from tui.domain.exports.bicep import template
from tui.domain.exports.omissions import AZ_ML, BICEP, TERRAFORM, omissions, sentences
from tui.domain.exports.pool_members import unread
from tui.domain.exports.quoting import named
from tui.domain.exports.rest import requests
from tui.domain.exports.sdk import code
from tui.domain.exports.specification import File, specification, specifications
from tui.domain.exports.steps import ExportStep, PoolRequest, export_steps
from tui.domain.exports.terraform import configuration
from tui.domain.plan import Plan


@dataclass(frozen=True, slots=True)
class Language:
    """An export language.

    Attributes:
        id: Its name in the code.
        title: Its name on the screen.
        suffix: The file name extension.
        write: Makes the text of a plan for one cloud.
        remarks: What the text of a plan leaves out or what has to be filled in, one sentence each.
        files: Makes the files of a plan; None where one file holds all of it.
    """

    id: str
    title: str
    suffix: str
    write: Callable[[Plan, CloudProfile], str]
    remarks: Callable[[Plan], tuple[str, ...]]
    files: Callable[[Plan], tuple[File, ...]] | None = None


PoolRemarks = Callable[[PoolRequest], tuple[str, ...]]


def _remarks(
    language: str, properties: Collection[str], pools: PoolRemarks, *, needs_region: bool = True
) -> Callable[[Plan], tuple[str, ...]]:
    """What a language cannot express, one sentence each, with the name of the resource where there are several."""

    def of_step(step: ExportStep) -> tuple[str, ...]:
        if step.pool is not None:
            return pools(step.pool)
        if step.target is None:
            return ()
        return sentences(omissions(step.target, properties, needs_region=needs_region), language)

    def remarks(plan: Plan) -> tuple[str, ...]:
        steps = export_steps(plan)
        return tuple(
            f"{named(step.name)}: {sentence}" if len(steps) > 1 else sentence
            for step in steps
            for sentence in of_step(step)
        )

    return remarks


def _unknown(plan: Plan, *, needs_region: bool = True) -> tuple[str, ...]:
    """What Azure did not report and a text therefore lacks, for a language that can express every member."""
    steps = export_steps(plan)
    return tuple(
        sentence
        for step in steps
        for sentence in (
            *(omissions(step.target, (), needs_region=needs_region).unknown if step.target is not None else ()),
            *(unread(step.pool) if step.pool is not None else ()),
        )
    )


LANGUAGES = (
    Language(
        "yaml",
        "YAML",
        ".yml",
        lambda plan, _: specification(plan),
        _remarks("az ml", AZ_ML, lambda _: (), needs_region=False),
        specifications,
    ),
    Language("az", "az", ".sh", commands, partial(_unknown, needs_region=False)),
    Language("python", "Python", ".py", code, _remarks("azure-ai-ml", AZ_ML, unread, needs_region=False)),
    Language("rest", "REST", ".http", requests, _unknown),
    Language("bicep", "Bicep", ".bicep", template, _remarks("Bicep", BICEP, pool_bicep.remarks)),
    Language("terraform", "Terraform", ".tf", configuration, _remarks("Terraform", TERRAFORM, pool_terraform.remarks)),
)
