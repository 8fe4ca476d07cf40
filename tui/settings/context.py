"""The context that Azure's other tools have left on this machine: it fills in the workspace and the cloud.

- `.azureml/config.json`, `aml_config/config.json` or `config.json`, here or up to twenty folders above, as
  `MLClient.from_config` of azure-ai-ml 1.35 looks for it; `project.json` in their place. `Scope` in such a file takes
  precedence over its other members, and what follows the workspace in it does not count (its source).
- `config` in `~/.azure`: section `defaults`, as `az configure --defaults group=… workspace=…` writes it, and section
  `cloud`, as `az cloud set` writes it. A folder `.azure` here or above takes precedence for `defaults`, each option on
  its own, as `az configure --scope local` writes it; the search ends at the folder that holds az's own (source of
  knack 0.14).
- `azureProfile.json` in `~/.azure`, which begins with a byte order mark, with the subscriptions of `az account list`
  and the one that `az account set` chose; those of another cloud than the one in use do not count (source of
  azure-cli-core 2.91).

`AZURE_CONFIG_DIR` names another folder than `~/.azure`; the local folders then have its name.

A location is never combined from parts that contradict each other: a source that names another workspace, group or
subscription than one with precedence is ignored completely, and reported.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.domain.clouds import PUBLIC
from tui.domain.resource_id import ML_WORKSPACE_TYPE, InvalidResourceId, ResourceId, is_guid, why_no_segment
from tui.domain.unusable import quoted
from tui.home import home_folder

if TYPE_CHECKING:
    from configparser import ConfigParser

SUBSCRIPTION, GROUP, WORKSPACE = "subscription", "resource_group", "workspace_name"
PLACE = (SUBSCRIPTION, GROUP, WORKSPACE)

_FOLDERS = (".azureml", "aml_config", "")
_FILES = ("config.json", "project.json")
_LEVELS = 20
_SEGMENTS = 9
"""The number of parts of a workspace's id between slashes, including the empty first one."""
_FREE_TEXTS = ("subscription", "name")
"""The options of `az` whose values are not segments of a resource id."""
_LABELS = {SUBSCRIPTION: "subscription", GROUP: "resource group", WORKSPACE: "workspace"}
_MOST_BYTES = 5_000_000
"""az's profile of a thousand subscriptions has half a megabyte."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one source says about the workspace.

    Attributes:
        values: Parts of the location, by the names of settings.
        source: The kind of source.
        where: Where each part is set, by the names of settings; the whole source under an empty name.
    """

    values: Mapping[str, str]
    source: str
    where: Mapping[str, str]

    def place(self, name: str) -> str:
        """Where a part is set."""
        return self.where.get(name) or self.where.get("", "")


@dataclass(frozen=True, slots=True)
class Context:
    """What other tools have stored on this machine.

    Attributes:
        project: The location in the project's own file.
        defaults: The defaults of `az`.
        subscription: The GUID of az's current subscription; empty without one.
        elsewhere: Why az's current subscription is not used, as a sentence; else empty.
        profile: The file with az's subscriptions.
        names: The names of the subscriptions that `az` knows in the current cloud, by their GUIDs in lower case.
        cloud: The cloud that `az` is set to; empty without one.
        cloud_file: The file that says so.
        unclear: Why a project's file here names no workspace, as a sentence; else empty.
        notes: What could not be read or is not used, one sentence each.
        passed_over: What is not used because a source with precedence contradicts it, one sentence each.
    """

    project: Part | None = None
    defaults: Part | None = None
    subscription: str = ""
    elsewhere: str = ""
    profile: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    cloud: str = ""
    cloud_file: str = ""
    unclear: str = ""
    notes: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()

    def complete(self, given: list[Part], own: Part) -> tuple[dict[str, tuple[str, Part]], tuple[str, ...]]:
        """The location, from what was given and what other tools stored.

        `given` is what the command line and the environment say, highest precedence first; `own` is sparkpool's
        settings file.

        Returns:
            Each known part of the location, with its source; and a sentence for each source that is ignored because
                one with precedence contradicts it.
        """
        known: dict[str, tuple[str, Part]] = {}
        passed_over: list[str] = []
        for part in given:
            _fill(known, part)
        if self.unclear and WORKSPACE not in known:
            # This folder belongs to some workspace, and other sources would probably name a different one.
            return known, ()
        if self.project is not None:
            _fill_if_agreed(known, self.project, passed_over)
        # A default group alone applies to all of az; it only completes a location.
        if self.defaults is not None and (WORKSPACE in known or WORKSPACE in self.defaults.values):
            _fill_if_agreed(known, self.defaults, passed_over)
        if WORKSPACE in known and SUBSCRIPTION not in known and self.subscription:
            _fill(known, Part({SUBSCRIPTION: self.subscription}, "az", {"": self.profile}))
        _fill_if_agreed(known, own, passed_over)
        return known, tuple(passed_over)

    def subscription_named(self, name: str) -> str:
        """The GUID of the one subscription that `az` knows by a name, in any letter case.

        Raises:
            LookupError: If it knows none or several of that name; it says which.
        """
        return _guid_of(name, self.names)


def find_context(environment: Mapping[str, str], here: Path, cloud: str | None = None) -> Context:
    """Find what other tools have stored; `cloud` is the current one, None for the one that `az` is set to."""
    notes: list[str] = []
    folder = environment.get("AZURE_CONFIG_DIR") or str(home_folder() / ".azure")
    main = Path(folder) / "config"
    parsers = {path: _ini(path, notes) for path in (*_local_files(folder, here), main)}
    az_cloud = _option(parsers[main], "cloud", "name", main, notes) or ""
    in_use = cloud if cloud is not None else az_cloud or PUBLIC.name
    if cloud is not None and az_cloud and az_cloud.lower() not in (cloud.lower(), PUBLIC.name.lower()):
        notes.append(f"{main} sets az to the cloud {quoted(az_cloud)}; sparkpool uses {cloud}.")
    profile = Path(folder) / "azureProfile.json"
    subscription, names, elsewhere = _profile(profile, in_use, notes)
    defaults = _defaults(parsers, names, notes)
    project, unclear = _project(here, notes)
    return Context(
        project=project,
        defaults=defaults,
        subscription=(defaults.values.get(SUBSCRIPTION) if defaults is not None else "") or subscription,
        elsewhere=elsewhere,
        profile=str(profile),
        names=names,
        cloud=az_cloud,
        cloud_file=str(main),
        unclear=unclear,
        notes=tuple(note for note in (unclear, elsewhere) if note) + tuple(notes),
    )


def agrees(known: Mapping[str, str], workspace: ResourceId) -> bool:
    """Whether a workspace matches the known parts of a location, ignoring empty ones."""
    parts = {SUBSCRIPTION: workspace.subscription, GROUP: workspace.resource_group, WORKSPACE: workspace.name}
    return all(not value or value.lower() == parts[name].lower() for name, value in known.items())


def _fill_if_agreed(known: dict[str, tuple[str, Part]], part: Part, passed_over: list[str]) -> None:
    """Complete the location from a source, unless one with precedence contradicts it."""
    for name, value in part.values.items():
        if name in known and value.lower() != known[name][0].lower():
            precedent = known[name][1]
            passed_over.append(
                f"{part.place(name)} says {quoted(value)} for the {_LABELS[name]} and is ignored: "
                f"{precedent.place(name)} says {quoted(known[name][0])} and takes precedence."
            )
            return
    _fill(known, part)


def _fill(known: dict[str, tuple[str, Part]], part: Part) -> None:
    for name, value in part.values.items():
        if value:
            known.setdefault(name, (value, part))


def _project(here: Path, notes: list[str]) -> tuple[Part | None, str]:
    """The location in the nearest file of a project; if that names no workspace, a sentence that says why."""
    for folder in _FOLDERS:
        for name in _FILES:
            for level in (here, *list(here.parents)[:_LEVELS]):
                path = level / folder / name
                if not os.path.isfile(path):  # noqa: PTH113 - False in a folder that may not be read
                    continue
                wrong: list[str] = []
                document = _json(path, wrong)
                place, why = _place_of(document)
                if place:
                    return Part(place, "Azure ML", {"": str(path)}), ""
                sentence = wrong[0] if wrong else f"{path} names no workspace: {why}."
                if folder:
                    return None, sentence
                # Outside these folders it is another tool's file.
                notes.append(f"Ignored: {sentence}")
    return None, ""


def _place_of(document: Any) -> tuple[dict[str, str], str]:
    """The location that a project's file names, or a clause that says why it names none."""
    if not isinstance(document, dict):
        return {}, "it is not a JSON object"
    # azure-ai-ml reads only Scope; older files of the first SDK have the same under Id.
    scope = document.get("Scope") or document.get("Id")
    if scope:
        workspace = _workspace_in(scope) if isinstance(scope, str) else None
        if workspace is None:
            return {}, "its Scope or Id is not the resource id of an Azure ML workspace"
        return {SUBSCRIPTION: workspace.subscription, GROUP: workspace.resource_group, WORKSPACE: workspace.name}, ""
    keys = {SUBSCRIPTION: "subscription_id", GROUP: "resource_group", WORKSPACE: "workspace_name"}
    parts = {name: document.get(key) for name, key in keys.items()}
    found_parts = {name: value for name, value in parts.items() if isinstance(value, str) and _is_plain(value)}
    missing = [key for name, key in keys.items() if name not in found_parts]
    if missing:
        return {}, f"not in it as text: {', '.join(missing)}"
    if not is_guid(found_parts[SUBSCRIPTION]):
        return {}, "subscription_id is not a GUID"
    return found_parts, ""


def _workspace_in(scope: str) -> ResourceId | None:
    """The workspace of a scope: `/projects/…` or `/experiments/…` may follow it."""
    try:
        return ResourceId.parse("/".join(scope.split("/")[:_SEGMENTS]), ML_WORKSPACE_TYPE)
    except InvalidResourceId:
        return None


def _local_files(folder: str, here: Path) -> Iterator[Path]:
    """The files `config` that take precedence over az's own, nearest first, by knack's case-sensitive rule."""
    name = os.path.basename(folder)  # noqa: PTH119 - of "x/" it is empty, as for knack
    for level in (here, *here.parents):
        local = os.path.join(level, name)  # noqa: PTH118 - with an empty name too
        if os.path.normpath(local) == os.path.normpath(folder):
            return
        if os.path.isdir(local):  # noqa: PTH112 - as above
            yield Path(local) / "config"


def _defaults(parsers: Mapping[Path, ConfigParser | None], names: Mapping[str, str], notes: list[str]) -> Part | None:
    """The defaults of `az`: each option from the first file that has it."""
    values, where = {}, {}
    for name, option in ((SUBSCRIPTION, "subscription"), (GROUP, "group"), (WORKSPACE, "workspace")):
        for path, parser in parsers.items():
            value = _option(parser, "defaults", option, path, notes)
            if value is None:
                continue
            if name == SUBSCRIPTION and value and not is_guid(value):
                try:
                    value = _guid_of(value, names)
                except LookupError as error:
                    notes.append(f"{path} says {quoted(value)} for the subscription and is ignored: {error.args[0]}.")
                    value = ""
            if value:
                values[name], where[name] = value, str(path)
            break
    return Part(values, "az", where) if values else None


def _guid_of(name: str, names: Mapping[str, str]) -> str:
    guids = [guid for guid, known in names.items() if known.lower() == name.lower()]
    if not guids:
        raise LookupError("az knows no subscription of that name")
    if len(guids) > 1:
        raise LookupError("az knows several subscriptions of that name")
    return guids[0]


def _ini(path: Path, notes: list[str]) -> ConfigParser | None:
    text = _text(path, notes)
    if not text:
        return None
    # Imported here, because only users of az need it.
    from configparser import ConfigParser, Error

    parser = ConfigParser()
    try:
        parser.read_string(text)
    except Error:
        notes.append(f"{path} cannot be read as az's settings.")
        return None
    return parser


def _option(parser: ConfigParser | None, section: str, option: str, path: Path, notes: list[str]) -> str | None:
    """The value of an option; None if missing, and empty if it cannot be used."""
    if parser is None:
        return None
    from configparser import Error, InterpolationError

    try:
        value = parser.get(section, option).strip()
    except InterpolationError:
        notes.append(f"{path}: {option} in [{section}] is ignored; az cannot read a value with a percent sign.")
        return ""
    except Error:
        return None
    if value and not (value.isprintable() if option in _FREE_TEXTS else _is_plain(value)):
        notes.append(f"{path}: {option} in [{section}] is ignored; it has characters that a name cannot have.")
        return ""
    return value


def _profile(path: Path, cloud: str, notes: list[str]) -> tuple[str, dict[str, str], str]:
    """The current subscription, the names of all subscriptions in a cloud, and why the current one is not in it."""
    document = _json(path, notes)
    listed = document.get("subscriptions") if isinstance(document, dict) else None
    current, names, why_not = "", {}, ""
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict) or not is_guid(str(entry.get("id", ""))):
            continue
        name = entry.get("name")
        its_cloud = str(entry.get("environmentName", cloud))
        if its_cloud.lower() != cloud.lower():
            if entry.get("isDefault") is True:
                label = quoted(name) if isinstance(name, str) else entry["id"]
                why_not = (
                    f"The current subscription of az, {label}, is in {quoted(its_cloud)} and not in {cloud}; "
                    "set the cloud with --cloud."
                )
            continue
        if isinstance(name, str):
            names[entry["id"].lower()] = name
        if entry.get("isDefault") is True:
            current = entry["id"]
    return current, names, why_not


def _json(path: Path, notes: list[str]) -> Any:
    text = _text(path, notes)
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        notes.append(f"{path} is not JSON.")
        return None


def _text(path: Path, notes: list[str]) -> str:
    try:
        if not path.is_file():
            return ""
        if path.stat().st_size > _MOST_BYTES:
            notes.append(f"{path} is too large to be read.")
            return ""
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as error:
        notes.append(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.")
        return ""


def _is_plain(value: str) -> bool:
    return not why_no_segment(value)
