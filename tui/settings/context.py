"""Where other tools of Azure are at work: what fills in the workspace that nobody has named to sparkpool.

- `.azureml/config.json`, `aml_config/config.json` or `config.json`, here or up to five folders above, as azure-ai-ml's
  `MLClient.from_config` looks for it; `project.json` in their place (its source).
- `~/.azure/config`, section `defaults`, as `az configure --defaults group=… workspace=…` writes it, and
  `~/.azure/azureProfile.json`, which begins with a byte order mark, with the subscription that `az account set` chose;
  in `AZURE_CONFIG_DIR` instead where that is set (documentation and source of the Azure CLI).

A place is never put together from parts that contradict one another: a file that names another workspace, group or
subscription than what goes before it is passed over as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.domain.resource_id import ML_WORKSPACE_TYPE, InvalidResourceId, ResourceId
from tui.home import home_folder
from tui.settings.kinds import is_guid

SUBSCRIPTION, GROUP, WORKSPACE = "subscription", "resource_group", "workspace_name"
PLACE = (SUBSCRIPTION, GROUP, WORKSPACE)

_FOLDERS = (".azureml", "aml_config", "")
_FILES = ("config.json", "project.json")
_LEVELS = 5
_MOST_BYTES = 5_000_000
"""az's profile of a thousand subscriptions has half a megabyte."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one source says of the place.

    Attributes:
        values: Parts of the place, by the names of settings.
        source: What kind of source it is.
        where: Where each part stands, by the names of settings; the whole source's place under an empty name.
    """

    values: Mapping[str, str]
    source: str
    where: Mapping[str, str]

    def place(self, name: str) -> str:
        """Where a part stands."""
        return self.where.get(name) or self.where.get("", "")


_NOTHING = Part({}, "", {})


@dataclass(frozen=True, slots=True)
class Context:
    """What other tools have left on this machine.

    Attributes:
        project: What the project's own file says.
        defaults: The defaults of `az`.
        subscription: The GUID of az's current subscription; empty where there is none.
        names: The names of the subscriptions that `az` knows, by their GUIDs in lower case.
        unclear: Why the file of a project here names no workspace, as a sentence; empty where it does or there is none.
        notes: What could not be read, a sentence each.
    """

    project: Part | None = None
    defaults: Part | None = None
    subscription: str = ""
    profile: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    unclear: str = ""
    notes: tuple[str, ...] = ()

    def complete(self, told: list[Part], own: Part) -> dict[str, tuple[str, Part]]:
        """The place, from what was told and what is lying about.

        Args:
            told: What the command line and the environment say, the first of them first.
            own: What sparkpool's settings file says.

        Returns:
            Each part of the place that is known, with the source that gave it.
        """
        known: dict[str, tuple[str, Part]] = {}
        for part in told:
            _fill(known, part)
        if self.unclear and WORKSPACE not in known:
            # This folder belongs to some workspace, and any that others name would probably be another one.
            return known
        if self.project is not None and _agrees(known, self.project):
            _fill(known, self.project)
        # A default group alone is for all of az; it names no place, and only completes one.
        if self.defaults is not None and (WORKSPACE in known or WORKSPACE in self.defaults.values):
            _fill(known, self.defaults if _agrees(known, self.defaults) else _NOTHING)
        if WORKSPACE in known and SUBSCRIPTION not in known and self.subscription:
            _fill(known, Part({SUBSCRIPTION: self.subscription}, "az", {"": self.profile}))
        if _agrees(known, own):
            _fill(known, own)
        return known


def find_context(environment: Mapping[str, str], here: Path, cloud: str) -> Context:
    """Look for what other tools have left.

    Args:
        environment: The environment's variables.
        here: The current folder.
        cloud: The name of the cloud; az's current subscription in another one does not count.
    """
    notes: list[str] = []
    folder = Path(environment.get("AZURE_CONFIG_DIR") or home_folder() / ".azure")
    subscription, names = _profile(folder / "azureProfile.json", cloud, notes)
    project, unclear = _project(here)
    return Context(
        project=project,
        defaults=_defaults(folder / "config", notes),
        subscription=subscription,
        profile=str(folder / "azureProfile.json"),
        names=names,
        unclear=unclear,
        notes=((unclear,) if unclear else ()) + tuple(notes),
    )


def agrees(known: Mapping[str, str], workspace: ResourceId) -> bool:
    """Whether a workspace is one that known parts of a place, those that are not empty, may mean."""
    parts = {SUBSCRIPTION: workspace.subscription, GROUP: workspace.resource_group, WORKSPACE: workspace.name}
    return all(not value or value.lower() == parts[name].lower() for name, value in known.items())


def _agrees(known: Mapping[str, tuple[str, Part]], part: Part) -> bool:
    return all(value.lower() == known[name][0].lower() for name, value in part.values.items() if name in known)


def _fill(known: dict[str, tuple[str, Part]], part: Part) -> None:
    for name, value in part.values.items():
        if value:
            known.setdefault(name, (value, part))


def _project(here: Path) -> tuple[Part | None, str]:
    """What the nearest file of a project says; where that is no workspace, the sentence why."""
    for folder in _FOLDERS:
        for name in _FILES:
            for level in (here, *list(here.parents)[:_LEVELS]):
                path = level / folder / name
                notes: list[str] = []
                document = _json(path, notes)
                place, wrong = _place_of(document)
                if place:
                    return Part(place, "Azure ML", {"": str(path)}), ""
                if document is not None:
                    notes.append(f"{path} names no workspace: {wrong}.")
                if folder and notes:
                    # Outside of these folders it is another tool's file.
                    return None, notes[0]
    return None, ""


def _place_of(document: Any) -> tuple[dict[str, str], str]:
    """The place that a project's file names, or as a clause why it names none."""
    if not isinstance(document, dict):
        return {}, "it holds no JSON object"
    scope = document.get("Scope") or document.get("Id")
    if isinstance(scope, str):
        try:
            found = ResourceId.parse(scope, ML_WORKSPACE_TYPE)
        except InvalidResourceId:
            return {}, "its Scope or Id is not the resource id of one"
        return {SUBSCRIPTION: found.subscription, GROUP: found.resource_group, WORKSPACE: found.name}, ""
    keys = {SUBSCRIPTION: "subscription_id", GROUP: "resource_group", WORKSPACE: "workspace_name"}
    parts = {name: document.get(key) for name, key in keys.items()}
    found_parts = {name: value for name, value in parts.items() if isinstance(value, str) and _is_plain(value)}
    missing = [key for name, key in keys.items() if name not in found_parts]
    if missing:
        return {}, f"not in it as text are {', '.join(missing)}"
    if not is_guid(found_parts[SUBSCRIPTION]):
        return {}, "subscription_id is no GUID"
    return found_parts, ""


def _defaults(path: Path, notes: list[str]) -> Part | None:
    text = _text(path, notes)
    if not text:
        return None
    # Imported here, because only those who use az need pay for it.
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error:
        notes.append(f"{path} cannot be read as az's settings.")
        return None
    found = {
        name: value
        for name, option in ((GROUP, "group"), (WORKSPACE, "workspace"))
        if _is_plain(value := parser.get("defaults", option, fallback="").strip())
    }
    return Part(found, "az", {"": str(path)}) if found else None


def _profile(path: Path, cloud: str, notes: list[str]) -> tuple[str, dict[str, str]]:
    """The current subscription, and the names of all."""
    document = _json(path, notes)
    listed = document.get("subscriptions") if isinstance(document, dict) else None
    current, names = "", {}
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or not is_guid(str(one.get("id", ""))):
            continue
        name = one.get("name")
        if isinstance(name, str):
            names[one["id"].lower()] = name
        if one.get("isDefault") is True and str(one.get("environmentName", cloud)).lower() == cloud.lower():
            current = one["id"]
    return current, names


def _json(path: Path, notes: list[str]) -> Any:
    text = _text(path, notes)
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        notes.append(f"{path} is no JSON.")
        return None


def _text(path: Path, notes: list[str]) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            notes.append(f"{path} is too large to be read.")
            return ""
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        notes.append(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.")
        return ""


def _is_plain(value: str) -> bool:
    return bool(value) and value.isprintable()
