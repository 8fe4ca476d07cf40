"""Which cloud: one of Azure's own by name, or a private one from a table of the settings file."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from tui.domain.clouds import KNOWN, PUBLIC, CloudProfile

__all__ = ["BadProfile", "CloudProfile", "find_profile", "profile_from"]

_ADDRESSES = ("authority", "resource_manager")
_SCOPES = ("scope", "synapse_scope")
_KEYS = (*_ADDRESSES, "scope", "synapse_suffix", "synapse_scope", "validates_authority")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")


class BadProfile(ValueError):
    """A cloud that cannot be used.

    Attributes:
        problems: What is wrong with it, one sentence each.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def find_profile(name: str, tables: Mapping[str, Any]) -> CloudProfile:
    """The cloud of a name.

    Args:
        name: One of Azure's own clouds in any letter case, or one of the tables; empty for the public cloud.
        tables: The tables `[clouds.NAME]` of the settings file.

    Raises:
        BadProfile: If there is none of that name, or its table makes no sense.
    """
    if not name:
        return PUBLIC
    known = next((cloud for cloud in KNOWN if cloud.name.lower() == name.lower()), None)
    if known is not None:
        return known
    own = next((key for key in tables if key.lower() == name.lower()), None)
    if own is None:
        names = [*(cloud.name for cloud in KNOWN), *tables]
        near = get_close_matches(name, names, 1)
        meant = f' Did you mean "{near[0]}"?' if near else ""
        raise BadProfile(f'There is no cloud "{name}"; known are {", ".join(names)}.{meant}')
    return profile_from(own, tables[own])


def profile_from(name: str, table: Any) -> CloudProfile:
    """A private cloud from a table.

    Only the two addresses are needed. A token of Azure Resource Manager is asked for at its own address unless
    `scope` says otherwise, and Synapse is taken to be the public one unless the table says otherwise.

    Args:
        name: The cloud's name.
        table: Its members, as TOML gives them.

    Raises:
        BadProfile: With everything that is wrong with it.
    """
    where = f"[clouds.{name}]"
    if not isinstance(table, Mapping):
        raise BadProfile(f"{where} must be a table with {' and '.join(_ADDRESSES)}.")
    problems = [*_unknown(where, table), *_missing(where, table)]
    for key in table:
        if key in _KEYS:
            problems += _wrong(f"{where} {key}", key, table[key])
    if problems:
        raise BadProfile(*problems)
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


def _unknown(where: str, table: Mapping[Any, Any]) -> list[str]:
    problems = []
    for key in table:
        if key not in _KEYS:
            near = get_close_matches(str(key), _KEYS, 1)
            meant = f' Did you mean "{near[0]}"?' if near else f" It has {', '.join(_KEYS)}."
            problems.append(f'{where} has no key "{key}".{meant}')
    return problems


def _missing(where: str, table: Mapping[Any, Any]) -> list[str]:
    return [f'{where} needs "{key}", an address such as {_EXAMPLES[key]}.' for key in _ADDRESSES if key not in table]


def _wrong(what: str, key: str, value: Any) -> list[str]:
    if key == "validates_authority":
        return [] if isinstance(value, bool) else [f"{what} must be true or false."]
    if not isinstance(value, str):
        return [f'{what} must be a text, such as "{_EXAMPLES[key]}".']
    if key == "synapse_suffix":
        fine = _HOST.fullmatch(value.lstrip(".")) is not None
    elif key in _SCOPES:
        fine = _is_address(value) and value.endswith("/.default")
    else:
        fine = _is_address(value)
    return [] if fine else [f'{what} is "{value}", and must be like "{_EXAMPLES[key]}".']


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not parts.query and (port is None or port > 0)


_EXAMPLES = {
    "authority": "https://login.contoso.example",
    "resource_manager": "https://management.contoso.example",
    "scope": "https://management.contoso.example/.default",
    "synapse_suffix": "dev.synapse.contoso.example",
    "synapse_scope": "https://dev.synapse.contoso.example/.default",
}
