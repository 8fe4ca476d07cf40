"""All places that settings come from, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui.home import current_folder, home_folder
from tui.settings.command_line import CommandLine
from tui.settings.context import PLACE, Context, Part, find_context
from tui.settings.kinds import UnusableError
from tui.settings.model import DEFAULT_CLOUD, Origin, Settings, definitions


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
    return (Path(base) if base.startswith("/") else home_folder() / ".config") / "sparkpool" / "settings.toml"


def gather(said: CommandLine, environment: Mapping[str, str], here: Path | None = None) -> Settings:
    """Join flags, environment and file; the first of them that knows a value gives it.

    The workspace is looked for further, where Azure's other tools keep theirs. A sandbox has workspaces of its own,
    so that only flags name one there.

    Args:
        said: What the command line says.
        environment: The environment's variables.
        here: The current folder; None for that of the process.

    Returns:
        The settings.

    Raises:
        UnusableSettingsError: If anything in the environment or the file cannot be used.
    """
    values, origins, problems = _from_file(settings_file(environment))
    own = _part("file", values, origins)
    in_environment: dict[str, Any] = {}
    for definition in definitions():
        variable = next((name for name in definition.variables if environment.get(name)), None)
        if variable is not None:
            try:
                in_environment[definition.name] = definition.kind.read(environment[variable])
                origins[definition.name] = Origin("environment", variable)
            except UnusableError as error:
                problems.append(f"{variable}: {error}")
    if problems:
        raise UnusableSettingsError(*problems)
    environments = _part("environment", in_environment, origins)
    origins |= {one.name: Origin("flag", one.flags[0]) for one in definitions() if one.name in said.values}
    flags = _part("flag", said.values, origins)
    values |= in_environment | dict(said.values)
    for name in PLACE:
        values.pop(name, None)
        origins.pop(name, None)
    if values.get("sandbox"):
        place, context = Context().complete([flags], Part({}, "", {})), Context()
    else:
        cloud = values.get("cloud", DEFAULT_CLOUD)
        context = find_context(environment, here or current_folder(), cloud)
        place = context.complete([flags, environments], own)
    for name, (value, part) in place.items():
        values[name], origins[name] = value, Origin(part.source, part.place(name))
    return Settings(**values, origins=origins, context=context)


def _part(source: str, values: Mapping[str, Any], origins: Mapping[str, Origin]) -> Part:
    named = {name: values[name] for name in PLACE if values.get(name)}
    return Part(named, source, {name: origins[name].where for name in named})


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
