"""The checks of settings that belong to the screens and to Azure; each imports what it needs when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tui.domain.unusable import Fault, UnusableError
from tui.settings.definition import UNCHECKED, Checks


def _is_theme(name: str) -> bool:
    from tui.ui.theme import is_theme

    return is_theme(name)


def _check_keys(table: dict[str, Any]) -> Mapping[str, str]:
    from tui.ui.keymap import check_keys

    return check_keys(table)


def _key_table() -> str:
    from tui.actions import ACTIONS

    return "\n".join(["[keys]", *(f'{name} = "{action.keys}"  # {action.help}' for name, action in ACTIONS.items())])


def _check_clouds(tables: dict[str, Any]) -> Mapping[str, Any]:
    from tui.cloud.profile import BadProfile, profile_from

    faults = []
    for name, table in tables.items():
        try:
            profile_from(name, table)
        except BadProfile as error:
            faults += [Fault(one.found, (name, one.key) if one.key else (name,)) for one in error.faults]
    if faults:
        raise UnusableError(*faults)
    return tables


CHECKS = Checks(_is_theme, _check_keys, _key_table, _check_clouds)
WITHOUT_SCREEN = replace(UNCHECKED, clouds=_check_clouds)
"""For runs without a screen: they need neither keys nor a theme, and their checks import Textual."""
