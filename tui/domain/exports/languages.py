"""The languages in the order in which the screens offer them."""

from collections.abc import Callable
from dataclasses import dataclass

from tui.domain.clouds import CloudProfile
from tui.domain.exports.az import commands, specification
from tui.domain.exports.bicep import template
from tui.domain.exports.rest import requests
from tui.domain.exports.sdk import code
from tui.domain.exports.terraform import configuration
from tui.domain.plan import Plan


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        id: Its name in the code.
        title: Its name for people.
        suffix: How its files end.
        write: Makes the text of a plan, for one cloud.
    """

    id: str
    title: str
    suffix: str
    write: Callable[[Plan, CloudProfile], str]


LANGUAGES = (
    Language("yaml", "YAML", ".yml", lambda plan, _: specification(plan)),
    Language("az", "az", ".sh", commands),
    Language("python", "Python", ".py", code),
    Language("rest", "REST", ".http", requests),
    Language("bicep", "Bicep", ".bicep", lambda plan, _: template(plan)),
    Language("terraform", "Terraform", ".tf", configuration),
)
