"""All sources of settings, in order of precedence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.domain.phrases import suggestion
from tui.domain.resource_id import is_guid
from tui.domain.unusable import UnusableError, quoted
from tui.home import current_folder, settings_file
from tui.settings.command_line import CommandLine
from tui.settings.context import PLACE, SUBSCRIPTION, Context, Part, find_context
from tui.settings.definition import Checks
from tui.settings.model import Origin, Settings, definitions


class UnusableSettingsError(Exception):
    """Settings that the program cannot start with; `problems` has a sentence for each fault, with its position."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def gather(
    said: CommandLine,
    environment: Mapping[str, str],
    here: Path | None = None,
    file: Path | None = None,
    *,
    checks: Checks,
) -> Settings:
    """Combine flags, environment and file; the first of them that sets a value counts.

    The workspace may also come from Azure's other tools. A sandbox has its own workspaces, so only flags name one
    there.

    Args:
        said: What the command line says.
        environment: The environment's variables.
        here: The current folder; None for that of the process.
        file: The settings file; None for the user's own.
        checks: Checks the values that belong to other packages.

    Raises:
        UnusableSettingsError: If anything in the environment or the file cannot be used.
    """
    values, origins, problems = _from_file(file or settings_file(), checks)
    own = _part("file", values, origins)
    in_environment: dict[str, Any] = {}
    for definition in definitions(checks):
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
        context = Context()
        place, passed_over = context.complete([flags], Part({}, "", {}))
    else:
        context = find_context(environment, here or current_folder(), values.get("cloud"))
        if "cloud" not in values and context.cloud:
            values["cloud"], origins["cloud"] = _cloud_of_az(context, values), Origin("az", context.cloud_file)
        given = [_by_guid(flags, context), _by_guid(environments, context)]
        place, passed_over = context.complete(given, _by_guid(own, context))
    for name, (value, part) in place.items():
        values[name], origins[name] = value, Origin(part.source, part.place(name))
    return Settings(**values, origins=origins, context=replace(context, passed_over=passed_over))


def _cloud_of_az(context: Context, values: Mapping[str, Any]) -> str:
    """The cloud that `az` is set to, as this program spells it.

    Raises:
        UnusableSettingsError: If only `az` knows that cloud: a workspace in it must not be looked up in another
            cloud.
    """
    from tui.domain.clouds import KNOWN

    known: dict[str, str] = {profile.name.lower(): profile.name for profile in KNOWN}
    known |= {name.lower(): name for name in values.get("clouds", {})}
    if context.cloud.lower() not in known:
        raise UnusableSettingsError(
            f"{context.cloud_file}: az is set to the cloud {quoted(context.cloud)}, which sparkpool does not know. "
            f"Describe it in [clouds.{context.cloud}] of the settings file, or choose another one with --cloud."
        )
    return known[context.cloud.lower()]


def _by_guid(part: Part, context: Context) -> Part:
    """A source with the GUID of its subscription in place of the name.

    Raises:
        UnusableSettingsError: If `az` knows no such subscription, or several.
    """
    name = part.values.get(SUBSCRIPTION, "")
    if not name or is_guid(name):
        return part
    try:
        return replace(part, values={**part.values, SUBSCRIPTION: context.subscription_named(name)})
    except LookupError as error:
        near = suggestion(name, [known.lower() for known in context.names.values()])
        raise UnusableSettingsError(
            f"{part.place(SUBSCRIPTION)}: {quoted(name)} is not a GUID, and {error.args[0]}.{near} Give its GUID."
        ) from None


def _part(source: str, values: Mapping[str, Any], origins: Mapping[str, Origin]) -> Part:
    named = {name: values[name] for name in PLACE if values.get(name)}
    return Part(named, source, {name: origins[name].where for name in named})


def _from_file(path: Path, checks: Checks) -> tuple[dict[str, Any], dict[str, Origin], list[str]]:
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}, {}, []
    except OSError as error:
        return {}, {}, [f"{path} cannot be read: {error.strerror}"]
    # The TOML reader is only imported if there is a file, so that the first frame comes sooner.
    from tui.settings.file import read_file

    return read_file(path, data, checks)
