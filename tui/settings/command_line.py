"""The command line: flags from the table of settings, and the commands."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from tui.domain.phrases import suggestion
from tui.domain.unusable import UnusableError, quoted
from tui.printing import complain, say
from tui.settings.definition import Checks, Definition
from tui.settings.model import EMPTY_WORLD, GROUPS, REMOVED, SANDBOX, definitions

_COMMAND, _TOPIC, _INIT = "command", "topic", "init"
_HELP = "help"
COMMANDS = ("settings", "doctor", _HELP)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What the command line says.

    Attributes:
        values: The given values, by the names of settings.
        command: The command; empty for the screen.
        topic: The manual page that `help` prints; empty for the list of pages.
        init: Whether `settings` should write a file.
    """

    values: Mapping[str, Any]
    command: str = ""
    topic: str = ""
    init: bool = False


def read_command_line(arguments: Sequence[str], checks: Checks) -> CommandLine:
    """Read the command line, without adding defaults.

    `checks` checks the values that belong to other packages.

    Raises:
        SystemExit: After `--help`, `--version`, or an invalid word.
    """
    parser = _Parser(
        prog="sparkpool",
        usage="sparkpool [COMMAND] [FLAG ...]   (sparkpool --help lists them)",
        description="Attach and manage Azure Synapse Spark pools in Azure Machine Learning workspaces.",
        epilog="Without --sandbox the program signs in with the method of --auth; press L inside to change it. "
        "Press ? inside for the keys; sparkpool help lists the pages of the manual.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, dest=argparse.SUPPRESS, help="show the version and exit")
    instead = parser.add_argument_group("commands")
    instead.add_argument(
        _COMMAND,
        nargs="?",
        metavar="COMMAND",
        default=None,
        help="settings: show the settings and their sources; doctor: check what works and what does not; "
        "help: print a page of the manual",
    )
    instead.add_argument(
        _TOPIC, nargs="?", metavar="TOPIC", default=None, help="with help: the page; without it, all pages are listed"
    )
    instead.add_argument("--init", action="store_true", dest=_INIT, help="with settings: write a settings file to edit")
    flagged = [definition for definition in definitions(checks) if definition.flags]
    for name, words in GROUPS.items():
        here = [definition for definition in flagged if definition.group == name]
        if here:
            group = parser.add_argument_group(name, words)
            for definition in here:
                _add(group, definition)
    found, unknown = parser.parse_known_args(arguments)
    said = vars(found)
    command, topic, init = said.pop(_COMMAND) or "", said.pop(_TOPIC) or "", said.pop(_INIT, False)
    if command == _HELP and not topic and unknown and not unknown[0].startswith("-"):
        # argparse does not look for the topic after a flag that follows the command.
        topic = unknown.pop(0)
    if topic and command in COMMANDS and command != _HELP:
        unknown.insert(0, topic)
    if unknown:
        # The word after an unknown flag may be its value, so the flag is reported first.
        flags = [flag for definition in flagged for flag in definition.flags]
        flag = unknown[0].split("=")[0]
        removed = REMOVED.get(flag.removeprefix("--no-").removeprefix("--")) if flag.startswith("--") else None
        if removed:
            parser.error(f"{quoted(flag)} was removed: {removed}; leave it out.")
        parser.error(f"{quoted(unknown[0])} is not known here.{suggestion(flag, flags)}")
    if command and command not in COMMANDS:
        parser.error(f"{quoted(command)} is not a command. Commands: {', '.join(COMMANDS)}.")
    if init and command != "settings":
        parser.error("--init needs a command: sparkpool settings --init")
    useless = _useless(said, command)
    if useless:
        parser.error(useless)
    return CommandLine(said, command, topic, init)


def _useless(said: Mapping[str, Any], command: str) -> str:
    """A sentence about a flag that has no effect; empty for none."""
    names = {definition.name: definition for definition in definitions()}
    for name in said:
        flag, _, _ = names[name].flags[0].partition(" ")
        if name != "sandbox" and names[name].group == SANDBOX and not said.get("sandbox"):
            return f"{flag} has no effect without --sandbox; add that, or leave {flag} out."
        if name == "file" and command:
            return f"{flag} opens a spec file on the screen and has no effect with {command}; leave it out."
    if "sandbox_size" in said and said.get("sandbox_world") == EMPTY_WORLD:
        return f"--sandbox-size has no effect with --sandbox-world {EMPTY_WORLD}; leave one of them out."
    return ""


def _add(group: argparse._ArgumentGroup, definition: Definition) -> None:
    words = f"{definition.doc[0].lower()}{definition.doc[1:].rstrip('.')}"
    if not definition.kind.is_flag:
        group.add_argument(
            *definition.flags,
            dest=definition.name,
            type=_reader(definition),
            metavar=definition.metavar,
            help=f"{words}{_choices(definition)}".replace("%", "%%"),
        )
    elif definition.kept:
        # What a file switches on can be switched off for one run.
        action = argparse.BooleanOptionalAction
        group.add_argument(*definition.flags, dest=definition.name, action=action, help=words)
    else:
        group.add_argument(*definition.flags, dest=definition.name, action="store_true", help=words)


def _choices(definition: Definition) -> str:
    words = definition.kind.text
    return f": {words}" if words.startswith("one of ") else ""


def _reader(definition: Definition) -> Callable[[str], object]:
    def read(word: str) -> object:
        try:
            return definition.kind.read(word)
        except UnusableError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


class _Parser(argparse.ArgumentParser):
    """A parser that prints like the rest of the program: words of the command line may contain anything."""

    def error(self, message: str) -> NoReturn:
        """End the program; argparse would say that a flag's unexpected value was ignored, which it was not."""
        super().error(
            re.sub(r"^argument (\S+): ignored explicit argument .*$", r"\1 takes no value.", message, flags=re.S)
        )

    def _print_message(self, message: str, file: Any = None) -> None:
        lines = message.rstrip("\n").split("\n")
        if file is None or file is sys.stderr:
            complain(*lines)
        else:
            say(*lines)


class _Version(argparse.Action):
    """Looks the version up only when it is requested, because that is slow to import."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        from importlib.metadata import version

        say(f"sparkpool {version('sparkpool')}")
        parser.exit()
