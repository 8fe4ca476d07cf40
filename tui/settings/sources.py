"""All places that settings come from, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui.settings.command_line import CommandLine
from tui.settings.kinds import UnusableError
from tui.settings.model import Origin, Settings, definitions


class UnusableSettingsError(Exception):
    """Settings that the program cannot start with.

    Attributes:
        problems: Everything that is wrong, a sentence each, with its place.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def settings_file(environment: Mapping[str, str]) -> Path:
    """The settings file by the XDG rule: in `$XDG_CONFIG_HOME/sparkpool`, else in `~/.config/sparkpool`.

    Args:
        environment: The environment's variables.
    """
    base = environment.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".config") / "sparkpool" / "settings.toml"


def gather(said: CommandLine, environment: Mapping[str, str]) -> Settings:
    """Join flags, environment and file; the first of them that knows a value gives it.

    Args:
        said: What the command line says.
        environment: The environment's variables.

    Returns:
        The settings.

    Raises:
        UnusableSettingsError: If anything in the environment or the file cannot be used.
    """
    values, origins, problems = _from_file(settings_file(environment))
    for definition in definitions():
        variable = next((name for name in definition.variables if environment.get(name)), None)
        if variable is not None:
            try:
                values[definition.name] = definition.kind.read(environment[variable])
                origins[definition.name] = Origin("environment", variable)
            except UnusableError as error:
                problems.append(f"{variable}: {error}")
        if definition.name in said.values:
            values[definition.name] = said.values[definition.name]
            origins[definition.name] = Origin("flag", definition.flags[0])
    if problems:
        raise UnusableSettingsError(*problems)
    return Settings(**values, origins=origins)


def _from_file(path: Path) -> tuple[dict[str, Any], dict[str, Origin], list[str]]:
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}, {}, []
    except OSError as error:
        return {}, {}, [f"{path}: it cannot be read: {error.strerror}"]
    # The reader of TOML is off the path to the first frame where there is no file.
    from tui.settings.file import read_file

    return read_file(path, data)
