"""The settings file: TOML, whose errors are all reported at once."""

from __future__ import annotations

import logging
import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui.domain.phrases import suggestion
from tui.domain.unusable import Fault, UnusableError
from tui.settings.definition import Checks, Definition
from tui.settings.model import REMOVED, Origin, definitions
from tui.settings.positions import positions_of

_log = logging.getLogger(__name__)

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_file(path: Path, data: bytes, checks: Checks) -> tuple[dict[str, Any], dict[str, Origin], list[str]]:
    """Read a settings file: the values, where each is set, and what is wrong, one sentence each.

    The path is only used in the sentences. `checks` checks the values that belong to other packages.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lines = data[: error.start].decode("utf-8", "replace").split("\n")
        problem = f"the byte 0x{data[error.start]:02X} is here, so the file is not UTF-8; save it as that"
        return {}, {}, [f"{path}:{len(lines)}:{len(lines[-1]) + 1}: {problem}"]
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, {}, [_syntax(path, text, str(error))]
    except RecursionError:
        return {}, {}, [f"{path}:1:1: it is nested too deeply for settings"]
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError, KeyError) as error:
        # The standard library's reader passes on what int() and datetime() raise, without a position.
        _log.debug("settings file: %r", error)
        line = _first_unreadable_line(text)
        return {}, {}, [f"{path}:{line}:1: this line has a value that cannot be read as TOML"]
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    faults: list[Fault] = []
    by_key = {definition.key: definition for definition in definitions(checks) if definition.kept}
    for key, value in document.items():
        definition = by_key.get(key)
        if definition is None:
            faults.append(Fault(_unknown(key, list(by_key)), (key,)))
            continue
        try:
            values[definition.name] = definition.kind.check(value)
            origins[definition.name] = Origin("file", key)
        except UnusableError as error:
            faults += [
                Fault(f"{key}: {fault.found}{_misplaced(fault.path, by_key)}", (key, *fault.path))
                for fault in error.faults
            ]
    positions = positions_of(text)
    placed = {name: Origin("file", f"{path}:{positions[(origin.where,)][0]}") for name, origin in origins.items()}
    # A value inside an array or a table has no position of its own if the table was written with dots.
    places = [(next(positions[part] for part in _outward(fault.path) if part in positions), fault) for fault in faults]
    places.sort(key=lambda one: one[0])
    return values, placed, [f"{path}:{line}:{column}: {fault.found}" for (line, column), fault in places]


def _first_unreadable_line(text: str) -> int:
    """The first line up to which the text cannot be read, whatever the reader raises."""
    lines = text.splitlines(keepends=True)

    def is_unreadable(number: int) -> bool:
        try:
            tomllib.loads("".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            return False  # the text continues
        except (ValueError, OverflowError, TypeError, AttributeError, IndexError, KeyError, RecursionError):
            return True
        return False

    return bisect_left(range(len(lines)), True, key=lambda index: is_unreadable(index + 1)) + 1


def _outward(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (path[:length] for length in range(len(path), 0, -1))


def _unknown(key: str, known: list[str]) -> str:
    flags = {definition.key for definition in definitions() if not definition.kept}
    if key in flags:
        return f'"{key}" is only a flag: sparkpool --{key}'
    if key in REMOVED:
        return f'"{key}" was removed: {REMOVED[key]}; delete this line.'
    return f'"{key}" is not a setting.{suggestion(key, known)}'


def _misplaced(path: tuple[str, ...], known: dict[str, Definition]) -> str:
    if path and path[-1] in known:
        return f' The setting "{path[-1]}" belongs above the first line in brackets.'
    return ""


def _syntax(path: Path, text: str, said: str) -> str:
    match = _AT.search(said)
    words = said[: match.start()] if match else said
    if match is None or match.group(1) is None:
        lines = text.splitlines() or [""]
        return f"{path}:{len(lines)}:{len(lines[-1]) + 1}: this is not valid TOML: {words} at the end of the file"
    return f"{path}:{match.group(1)}:{match.group(2)}: this is not valid TOML: {words}"
