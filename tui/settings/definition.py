"""What a setting is: its kind, its names and what it is for, in one place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from tui.settings.kinds import Kind

T = TypeVar("T")

_METADATA = "setting"
ENVIRONMENT_PREFIX = "SPARKPOOL_"


@dataclass(frozen=True, slots=True)
class Checks:
    """Checks of values that belong to the screens and to Azure, of which the settings know nothing.

    The program hands them in. Without one, any value is taken as it is.

    Attributes:
        theme: Whether a theme has this name.
        keys: Makes the keys of the table `[keys]`; raises `UnusableError`.
        key_table: Makes the table `[keys]` with every key's default.
        clouds: Makes the clouds of the tables `[clouds.NAME]`; raises `UnusableError`.
    """

    theme: Callable[[str], bool] = lambda _: True
    keys: Callable[[dict[str, Any]], Mapping[str, str]] = dict
    key_table: Callable[[], str] = lambda: "[keys]"
    clouds: Callable[[dict[str, Any]], Mapping[str, Any]] = dict


UNCHECKED = Checks()


@dataclass(frozen=True, slots=True)
class Definition:
    """One setting.

    Attributes:
        name: Its name in the code.
        kind: What its value may be.
        default: Its value where nobody says anything.
        doc: What it is for, as a sentence.
        group: The heading that it stands under in `--help` and in the template.
        flags: Its flags; empty if it has none.
        metavar: What the word behind its flag is called in `--help`.
        environment: Further variables that set it, the first one that is set counts.
        kept: Whether a file and the environment may set it, and not the command line alone.
        example: Makes what the template shows, as TOML; that is empty for the default.
    """

    name: str
    kind: Kind[Any]
    default: object
    doc: str
    group: str
    flags: tuple[str, ...]
    metavar: str
    environment: tuple[str, ...]
    kept: bool
    example: Callable[[], str]

    @property
    def key(self) -> str:
        """Its key in the file: its flag without the dashes, else its name with dashes."""
        return self.flags[0].lstrip("-") if self.flags else self.name.replace("_", "-")

    @property
    def is_table(self) -> bool:
        """Whether only a file can hold it."""
        return self.kind.convert is None

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that set it, its own first."""
        if not self.kept or self.is_table:
            return ()
        return ENVIRONMENT_PREFIX + self.key.upper().replace("-", "_"), *self.environment


def setting(
    default: T,
    kind: Kind[Any] | Callable[[Checks], Kind[Any]],
    doc: str,
    *,
    group: str,
    flags: tuple[str, ...] = (),
    metavar: str = "",
    environment: tuple[str, ...] = (),
    kept: bool = True,
    example: str | Callable[[Checks], str] = "",
) -> T:
    """The default of a dataclass's field that is a setting.

    Args:
        default: As in `Definition`, and so are the others.
        kind: What its value may be, or what makes that of the checks.
        doc: What it is for.
        group: Its heading.
        flags: Its flags, the long one first.
        metavar: What the word behind its flag is called.
        environment: Further variables that set it.
        kept: Whether a file and the environment may set it.
        example: What the template shows, or what makes that of the checks.
    """

    def made(name: str, checks: Checks) -> Definition:
        kind_of_it = kind if isinstance(kind, Kind) else kind(checks)
        shown = (lambda: example) if isinstance(example, str) else partial(example, checks)
        return Definition(name, kind_of_it, default, doc, group, flags, metavar, environment, kept, shown)

    # A factory, because a table's default may be a mapping, which a dataclass takes for one that is shared by mistake.
    return dataclasses.field(default_factory=lambda: default, metadata={_METADATA: made})


def definitions_of(settings: type[Any], checks: Checks) -> tuple[Definition, ...]:
    """The settings that a dataclass has, in its order.

    Args:
        settings: The dataclass.
        checks: Checks the values that belong to other packages.
    """
    return tuple(
        field.metadata[_METADATA](field.name, checks)
        for field in dataclasses.fields(settings)
        if _METADATA in field.metadata
    )
