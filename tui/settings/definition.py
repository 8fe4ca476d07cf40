"""What a setting is: its type, its names and its purpose, in one place."""

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
    """Checks of values that belong to the screens and to Azure, which the settings do not import.

    The program passes them in; without one, any value is accepted.

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
        kind: Its type.
        default: Its value if nothing sets it.
        doc: Its purpose, as a sentence.
        group: Its heading in `--help` and in the template.
        flags: Its flags; empty if it has none.
        metavar: The name of the flag's value in `--help`.
        environment: Further variables that set it; the first one that is set counts.
        kept: Whether a file and the environment may set it too.
        example: Makes what the template shows, as TOML; empty for the default.
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
        """Its key in the file: its flag without dashes, else its name with dashes."""
        return self.flags[0].lstrip("-") if self.flags else self.name.replace("_", "-")

    @property
    def is_table(self) -> bool:
        """Whether it can only be set in a file."""
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
    """The default of a dataclass field that is a setting.

    The arguments are the attributes of `Definition`; `kind` and `example` may also be functions of the checks.
    """

    def made(name: str, checks: Checks) -> Definition:
        kind_of_it = kind if isinstance(kind, Kind) else kind(checks)
        shown = (lambda: example) if isinstance(example, str) else partial(example, checks)
        return Definition(name, kind_of_it, default, doc, group, flags, metavar, environment, kept, shown)

    # A factory, because a table's default may be a mapping, which a dataclass refuses as a mutable default.
    return dataclasses.field(default_factory=lambda: default, metadata={_METADATA: made})


def definitions_of(settings: type[Any], checks: Checks) -> tuple[Definition, ...]:
    """The settings of a dataclass, in order."""
    return tuple(
        field.metadata[_METADATA](field.name, checks)
        for field in dataclasses.fields(settings)
        if _METADATA in field.metadata
    )
