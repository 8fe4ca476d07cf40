"""The cloud: one of Azure's own by name, or a private one from a table in the settings file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tui.domain.clouds import KNOWN, PUBLIC, CloudProfile
from tui.domain.phrases import suggestion
from tui.domain.text import is_shown

__all__ = ["BadProfile", "CloudProfile", "ProfileFault", "find_profile", "profile_from"]

_ADDRESSES = ("authority", "resource_manager")
_SCOPES = ("scope", "synapse_scope")
_KEYS = (*_ADDRESSES, "scope", "synapse_suffix", "synapse_scope", "validates_authority")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")
_ADDRESS = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class ProfileFault:
    """A fault in a table: what is there and why it cannot be used, as a sentence, and its key (empty for the table)."""

    found: str
    key: str = ""


class BadProfile(ValueError):
    """A cloud that cannot be used, with everything that is wrong with it."""

    def __init__(self, *faults: ProfileFault) -> None:
        super().__init__(" ".join(fault.found for fault in faults))
        self.faults = faults


def find_profile(name: str, tables: Mapping[str, Any]) -> CloudProfile:
    """Find a cloud by name: one of Azure's own in any letter case, or one of the tables `[clouds.NAME]`.

    An empty name is the public cloud.

    Raises:
        BadProfile: If there is none of that name, or its table is invalid.
    """
    if not name:
        return PUBLIC
    profile = next((cloud for cloud in KNOWN if cloud.name.lower() == name.lower()), None)
    if profile is not None:
        return profile
    own = next((key for key in tables if key.lower() == name.lower()), None)
    if own is None:
        names = [*(cloud.name for cloud in KNOWN), *tables]
        raise BadProfile(
            ProfileFault(f'There is no cloud "{name}"; known clouds: {", ".join(names)}.{suggestion(name, names)}')
        )
    return profile_from(own, tables[own])


def profile_from(name: str, table: Any) -> CloudProfile:
    """A private cloud from a table.

    Only the two addresses are required. By default, a token of Azure Resource Manager is requested for its own address,
    and Synapse is the public one.

    Raises:
        BadProfile: With everything that is wrong with it.
    """
    if not isinstance(table, Mapping):
        raise BadProfile(ProfileFault(f"a cloud is a table with {' and '.join(_ADDRESSES)}"))
    if not _NAME.fullmatch(name):
        raise BadProfile(ProfileFault("a cloud's name has letters, digits, dots, dashes and underscores only"))
    faults = [ProfileFault(f'the cloud "{name}" needs {key} = "{_EXAMPLES[key]}"') for key in _missing(table)]
    faults += [fault for key, value in table.items() for fault in _wrong(str(key), value)]
    if any(name.lower() == profile.name.lower() for profile in KNOWN):
        faults.append(ProfileFault(f"{name} is one of Azure's own clouds; choose another name"))
    if faults:
        raise BadProfile(*faults)
    manager = str(table["resource_manager"]).rstrip("/")
    suffix = str(table.get("synapse_suffix", PUBLIC.synapse_suffix)).lstrip(".")
    own_synapse = f"https://{suffix}/.default" if "synapse_suffix" in table else PUBLIC.synapse_scope
    return CloudProfile(
        name=name,
        authority=str(table["authority"]).rstrip("/"),
        resource_manager=manager,
        scope=str(table.get("scope", f"{manager}/.default")),
        synapse_suffix=suffix,
        synapse_scope=str(table.get("synapse_scope", own_synapse)),
        validates_authority=table.get("validates_authority", False) is True,
    )


def _missing(table: Mapping[Any, Any]) -> list[str]:
    return [key for key in _ADDRESSES if key not in table]


def _wrong(key: str, value: Any) -> list[ProfileFault]:
    if key not in _KEYS:
        meant = suggestion(key, _KEYS) or f" A cloud has {', '.join(_KEYS)}."
        return [ProfileFault(f'"{key}" is not one of its keys.{meant}', key)]
    if key == "validates_authority":
        return [] if isinstance(value, bool) else [ProfileFault(f"{key} is not true or false", key)]
    example = f'such as "{_EXAMPLES[key]}"'
    if not isinstance(value, str):
        return [ProfileFault(f"{key} is not text, {example}", key)]
    if key == "synapse_suffix":
        fine = _HOST.fullmatch(value.lstrip(".")) is not None
    else:
        fine = _is_address(value) and (key not in _SCOPES or value.endswith("/.default"))
    shown = "".join(one if is_shown(one) else "\ufffd" for one in value[:60])
    return [] if fine else [ProfileFault(f'{key}: "{shown}" is not a valid address, {example}', key)]


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    is_plain = _ADDRESS.fullmatch(text) is not None
    return is_plain and bool(parts.hostname) and not parts.query and (port is None or port > 0)


_EXAMPLES = {
    "authority": "https://login.contoso.example",
    "resource_manager": "https://management.contoso.example",
    "scope": "https://management.contoso.example/.default",
    "synapse_suffix": "dev.synapse.contoso.example",
    "synapse_scope": "https://dev.synapse.contoso.example/.default",
}
