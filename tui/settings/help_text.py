"""The texts of `sparkpool --help` and `sparkpool VERB --help`: examples first."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence

from tui.verbs import VERBS, Example, Verb

_WIDTH = 100
_SCREEN = (
    Example("", "the full screen"),
    Example("--sandbox", "the same against a simulated Azure, without an account"),
    Example("list -o json", "the computes as JSON, without a screen"),
    Example("check etl-prod", "whether jobs can run on a pool"),
)
_MOST_CELLS = 44
"""The longest command that has its explanation on the same line."""


def usage(verb: Verb | None) -> str:
    """One line that says what may stand where."""
    if verb is None:
        return "sparkpool [VERB] [FLAG ...]   (sparkpool --help lists them)"
    words = f" {words_of(verb)}".rstrip()
    return f"sparkpool {verb.name}{words} [FLAG ...]   (sparkpool {verb.name} --help explains it)"


def words_of(verb: Verb) -> str:
    """What stands behind a verb, such as `NAME` or `[NAME ...]`; empty for nothing."""
    words = verb.words
    if words is None:
        return "-f FILE" if verb.needs_file else ""
    name = words.metavar if words.most == 1 else f"{words.metavar} ..."
    return name if words.least else f"[{name}]"


def description(verb: Verb | None) -> str:
    """What it does, with examples."""
    if verb is None:
        lines = ["Attach and manage Azure Synapse Spark pools in Azure Machine Learning workspaces.", ""]
        lines += ["examples:", *_examples(_SCREEN), "", "verbs:"]
        return "\n".join([*lines, *_table([(one.name, one.summary) for one in VERBS.values()])])
    lines = [f"{verb.summary}.", "", "examples:", *_examples(verb.examples)]
    if verb.words is not None:
        choices = f": {', '.join(verb.words.choices)}" if verb.words.choices else ""
        lines += ["", *_table([(verb.words.metavar, f"{verb.words.help}{choices}")])]
    if verb.fields:
        lines += ["", *_wrapped(f"fields: {', '.join(verb.fields)}")]
    for note in verb.notes:
        lines += ["", *_wrapped(note)]
    return "\n".join(lines)


def ending(verb: Verb | None) -> str:
    """Where to read on."""
    if verb is None:
        text = (
            "Without --sandbox the program signs in with the method of --auth; press L inside to change it. "
            "Press ? inside for the keys; sparkpool help lists the pages of the manual."
        )
    else:
        text = (
            "All other flags work with every verb, before or behind it, such as --subscription, -g and -w for the "
            "workspace, --auth and --sandbox: sparkpool --help lists them. sparkpool help verbs explains output and "
            "exit statuses."
        )
    return "\n".join(_wrapped(text))


def _width() -> int:
    return max(40, min(_WIDTH, shutil.get_terminal_size().columns - 2))


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, _width(), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def _examples(examples: Sequence[Example]) -> list[str]:
    commands = [f"sparkpool {example.command}".rstrip() for example in examples]
    cells = max([len(command) for command in commands if len(command) <= _MOST_CELLS], default=0)
    lines = []
    for command, example in zip(commands, examples, strict=True):
        if len(command) <= cells and cells + len(example.what) + 4 <= _width():
            lines.append(f"  {command:<{cells}}  {example.what}")
        else:
            lines += [f"  {command}", *_wrapped(example.what, " " * 6)]
    return lines


def _table(rows: Iterable[tuple[str, str]]) -> list[str]:
    listed = list(rows)
    cells = max(len(name) for name, _ in listed) + 2
    lines: list[str] = []
    for name, words in listed:
        first, *more = textwrap.wrap(words, max(20, _width() - cells - 2), break_on_hyphens=False)
        lines += [f"  {name:<{cells}}{first}", *(" " * (cells + 2) + line for line in more)]
    return lines
