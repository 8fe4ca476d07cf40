"""The output of `sparkpool settings`: the settings and their sources, or a file to edit."""

from __future__ import annotations

import errno
import json
import textwrap
from collections.abc import Mapping
from pathlib import Path

from tui.domain.text import clean
from tui.files import write_new
from tui.settings.definition import Checks, Definition
from tui.settings.model import GROUPS, Settings, definitions

_WIDTH = 100
_HEAD = """\
# Settings of sparkpool.
#
# A flag takes precedence over an environment variable, that over az's and Azure ML's own defaults, and these over this
# file; only a cloud in this file takes precedence over the one that az is set to. Every setting below is commented out
# and shows its default or an example. Text is in quotes. Tables, which begin with a name in brackets, stay at the end.
# "sparkpool settings" checks the file and shows the settings in effect.
"""


def page(settings: Settings, file: Path) -> str:
    """All settings, their values and where each comes from, as lines of text."""
    there = "" if file.exists() else "   (missing; sparkpool settings --init writes one)"
    notes = [f"! {clean(note)}" for note in settings.context.notes]
    notes += [f"- {clean(note)}" for note in settings.context.passed_over]
    return "\n".join([f"settings file  {file}{there}", "", *lines(settings), *([""] if notes else []), *notes])


def lines(settings: Settings) -> list[str]:
    """A line for each setting: its name, its value, and where that comes from."""
    rows = []
    for definition in definitions():
        value = getattr(settings, definition.name)
        rows.append((definition.key, written(value) or "(not set)", str(settings.origin(definition.name))))
    name = max(len(row[0]) for row in rows)
    value = min(max(len(row[1]) for row in rows), 44)
    return [f"{row[0]:<{name}}  {row[1]:<{value}}  {row[2]}" for row in rows]


def written(value: object) -> str:
    """A value as TOML; empty for none."""
    if value in (None, "", ()):
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {written(one)}" for key, one in value.items())
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False)


def template(checks: Checks) -> str:
    """A settings file that explains every setting and changes none."""
    kept = [definition for definition in definitions(checks) if definition.kept]
    parts = [_HEAD]
    for group in GROUPS:
        plain = [one for one in kept if one.group == group and not one.is_table]
        if plain:
            parts.append(f"# ── {group} {'─' * (_WIDTH - len(group))}\n")
            parts += [_entry(definition) for definition in plain]
    tables = [definition for definition in kept if definition.is_table]
    if tables:
        parts.append(f"# ── tables {'─' * (_WIDTH - len('tables'))}\n")
        parts += [_entry(definition) for definition in tables]
    return "\n".join(parts)


def write_template(file: Path, checks: Checks) -> None:
    """Write the template if there is no settings file yet.

    Raises:
        FileExistsError: If there is one; it stays unchanged.
        OSError: If it cannot be written.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, f"{file.parent} is not a folder") from error
    write_new(file, template(checks).encode())


def _adds(definition: Definition) -> bool:
    """Whether the kind of a setting says more than its description."""
    return definition.kind.text != "text" and definition.kind.text.lower() not in definition.doc.lower()


def _entry(definition: Definition) -> str:
    means = [*definition.flags[:1], *definition.variables]
    words = definition.doc + (f" Also {', '.join(means)}." if means else "")
    if not definition.is_table and not definition.kind.is_flag and _adds(definition):
        words = f"{definition.doc} It is {definition.kind.text}.{words[len(definition.doc) :]}"
    example = definition.example() or f"{definition.key} = {written(definition.default)}"
    return "\n".join(
        [
            *textwrap.wrap(words, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False),
            *_comment(example),
            "",
        ]
    )


def _comment(example: str) -> list[str]:
    return [f"#{line}" for line in example.splitlines()]
