"""The command line: flags from the tables of settings and of verbs, which may stand before or behind the verb."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tui.domain.phrases import enumerated, suggestion
from tui.domain.unusable import UnusableError, quoted
from tui.printing import complain, say
from tui.settings import help_text
from tui.settings.definition import Checks, Definition
from tui.settings.model import EMPTY_WORLD, GROUPS, REMOVED, SANDBOX, definitions
from tui.verbs import (
    ASSIGNED,
    DESCRIPTION,
    FIELDS,
    FLAGS,
    IDENTITY,
    OUTPUT,
    PLAN,
    PLAN_FILE,
    PLANNED,
    RESOURCE_ID,
    TAG,
    VERBS,
    Flag,
    Verb,
    planning,
    verbs_with,
)

_HELP, _NAMES = "help", "names"
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_SPEC_FLAGS = (RESOURCE_ID, IDENTITY, ASSIGNED, DESCRIPTION, TAG)
"""The flags that say what a spec file says."""

_WORD_FLAGS = tuple(dict.fromkeys(flag for verb in VERBS.values() if verb.words for flag in verb.words.flags))


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What the command line says.

    Attributes:
        values: The given values, by the names of settings.
        verb: The name of the verb; empty for the screen.
        words: What stands behind the verb, such as the name of a compute.
        options: The verb's own flags, by their names in `tui.verbs.FLAGS`.
    """

    values: Mapping[str, Any]
    verb: str = ""
    words: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


class UnusableCommandLine(SystemExit):
    """The command line cannot be used; that has been reported, and the exit status is 2.

    Attributes:
        reason: Why, in one sentence.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(2)
        self.reason = reason


def read_command_line(arguments: Sequence[str], checks: Checks) -> CommandLine:
    """Read the command line, without adding defaults.

    `checks` checks the values that belong to other packages.

    Raises:
        UnusableCommandLine: If a word or a flag cannot be used.
        SystemExit: After `--help` or `--version`.
    """
    flagged = [definition for definition in definitions(checks) if definition.flags]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    parser = _parser(flagged)
    found, rest = parser.parse_known_args(arguments[:end])
    words = [word for word in rest if not _is_flag(word)] + list(arguments[end + 1 :])
    verb = _verb_of(words)
    parser.usage = help_text.usage(verb)
    said = vars(found)
    if said.pop(_HELP, False):
        _show_help(flagged, verb)
    unknown = next((index for index, word in enumerate(rest) if _is_flag(word)), None)
    # The word after an unknown flag may be its value, so the flag is reported first.
    if unknown is not None:
        parser.error(_unknown(rest[unknown], flagged, verb))
    named = said.pop(_NAMES, [])
    options = {name: said.pop(name) for name in FLAGS if name in said}
    if verb is not None and PLAN_FILE in verb.flags and OUTPUT in options:
        options[PLAN_FILE] = options.pop(OUTPUT)
    problem = _verb_problem(words, verb) or _options_problem(options, named, verb) or _settings_problem(said, verb)
    first, *planned = verb.name.split() if verb is not None else [""]
    words = [*words[1 + len(planned) :], *named]
    if not problem and verb is not None:
        problem = _words_problem(words, options, verb) or _file_problem(said, words, options, verb)
    if problem:
        parser.error(problem)
    return CommandLine(said, first, (*planned, *words), options)


def _verb_of(words: Sequence[str]) -> Verb | None:
    """The verb that words begin with; `plan` is one with the verb behind it."""
    if len(words) > 1 and words[0] == PLAN and words[1] in PLANNED:
        return planning(words[1])
    return VERBS.get(words[0]) if words else None


def _is_flag(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _unknown(word: str, flagged: Sequence[Definition], verb: Verb | None) -> str:
    """Why a flag cannot be used."""
    flag = word.split("=", maxsplit=1)[0]
    removed = REMOVED.get(flag.removeprefix("--no-").removeprefix("--")) if flag.startswith("--") else None
    if removed:
        return f"{quoted(flag)} was removed: {removed}; leave it out."
    known = [flag for definition in flagged for flag in definition.flags]
    known += [flag for name in (verb.flags if verb is not None else FLAGS) for flag in FLAGS[name].flags]
    return f"{quoted(word)} is not known here.{suggestion(flag, known)}"


def _verb_problem(words: Sequence[str], verb: Verb | None) -> str:
    """Why the first word cannot be used; empty if it can."""
    if not words or verb is not None:
        return ""
    return f"{quoted(words[0])} is not a verb. Verbs: {', '.join(VERBS)}.{suggestion(words[0], VERBS)}"


def _options_problem(options: Mapping[str, Any], named: Sequence[str], verb: Verb | None) -> str:
    """Why a flag does not belong to the verb; empty if all do."""
    for name in options:
        flag, owners = FLAGS[name].flags[-1], verbs_with(name)
        if verb is None:
            return f"{flag} needs a verb: sparkpool {owners[0]} {flag}"
        if name not in verb.flags:
            return f"{flag} has no effect with {verb.name}, only with {enumerated(owners)}; leave it out."
        choices, value = FLAGS[name].choices, options[name]
        if choices and value not in choices:
            named_flags = "/".join(FLAGS[name].flags)
            meant = suggestion(value, choices)
            return f"argument {named_flags}: {quoted(value)} is not one of {', '.join(choices)}.{meant}"
    unknown = next((one for one in options.get(FIELDS, ()) if verb is not None and one not in verb.fields), None)
    if unknown is not None and verb is not None:
        known = ", ".join(verb.fields)
        return f"{verb.name} has no field {quoted(unknown)}.{suggestion(unknown, verb.fields)} Fields: {known}."
    if named and (verb is None or verb.words is None or not verb.words.flags):
        return f"{_WORD_FLAGS[0]} has no effect {f'with {verb.name}' if verb else 'without a verb'}; leave it out."
    return ""


def _words_problem(words: Sequence[str], options: Mapping[str, Any], verb: Verb) -> str:
    """Why the words behind a verb cannot be used; empty if they can."""
    most = 0 if verb.words is None else verb.words.most
    if most is not None and len(words) > most:
        return f"{quoted(words[most])} is not known here."
    asked = verb.words
    if asked is not None and len(words) < asked.least:
        return f"{verb.name} needs {asked.metavar}, {asked.help}: sparkpool {verb.examples[0].command}"
    if asked is not None and asked.choices:
        wrong = next((word for word in words if word not in asked.choices), None)
        if wrong is not None:
            return f"{quoted(wrong)} is not one of {', '.join(asked.choices)}.{suggestion(wrong, asked.choices)}"
    missing = next((flag for name in verb.flags if (flag := FLAGS[name]).is_required and name not in options), None)
    if missing is not None:
        return f"{verb.name} needs {missing.flags[0]} {missing.metavar}: one of {', '.join(missing.choices)}."
    return ""


def _settings_problem(said: Mapping[str, Any], verb: Verb | None) -> str:
    """Why the flags of settings cannot be used with a verb, or with each other; empty if they can."""
    names = {definition.name: definition for definition in definitions()}
    for name in said:
        flag, _, _ = names[name].flags[0].partition(" ")
        if name != "sandbox" and names[name].group == SANDBOX and not said.get("sandbox"):
            return f"{flag} has no effect without --sandbox; add that, or leave {flag} out."
        if name == "file" and verb is not None and not verb.needs_file:
            return f"{flag} opens a spec file on the screen and has no effect with {verb.name}; leave it out."
    if "sandbox_size" in said and said.get("sandbox_world") == EMPTY_WORLD:
        return f"--sandbox-size has no effect with --sandbox-world {EMPTY_WORLD}; leave one of them out."
    return ""


def _file_problem(said: Mapping[str, Any], words: Sequence[str], options: Mapping[str, Any], verb: Verb) -> str:
    """Why a verb lacks its file, or has what replaces it as well; empty if it has one of them."""
    if not verb.needs_file:
        return ""
    others = [*(FLAGS[name].flags[0] for name in verb.flags if name in _SPEC_FLAGS and name in options), *words[:1]]
    if said.get("file"):
        return f"{others[0]} has no effect with --file, because the file says that; leave it out." if others else ""
    if verb.instead_of_file in options:
        return "" if words else f"{verb.name} needs a name with {FLAGS[verb.instead_of_file].flags[0]}."
    instead = f", or a name and {FLAGS[verb.instead_of_file].flags[0]}" if verb.instead_of_file else ""
    return f"{verb.name} needs --file FILE, {verb.needs_file}{instead}: sparkpool {verb.examples[0].command}"


def _show_help(flagged: Sequence[Definition], verb: Verb | None) -> NoReturn:
    """Print the help of a verb or of the whole program, and end."""
    parser = _Parser(
        prog="sparkpool",
        usage=help_text.usage(verb),
        description=help_text.description(verb),
        epilog=help_text.ending(verb),
        add_help=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if verb is None:
        _add_settings(parser, flagged)
        _add_own(parser.add_argument_group("all verbs"))
    else:
        group = parser.add_argument_group("flags")
        for name in verb.flags:
            _add_flag(group, FLAGS[name])
        if verb.words is not None and verb.words.flags:
            group.add_argument(*verb.words.flags, metavar=verb.words.metavar, help="the same as the word")
        _add_own(group)
    parser.print_help()
    parser.exit()


def _parser(flagged: Sequence[Definition]) -> _Parser:
    """The parser of all flags; it leaves the words to its caller, so that flags may stand anywhere."""
    parser = _Parser(
        prog="sparkpool",
        usage=help_text.usage(None),
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
        add_help=False,
    )
    _add_own(parser)
    for flag in FLAGS.values():
        if flag.name != PLAN_FILE:
            _add_flag(parser, flag)
    parser.add_argument(*_WORD_FLAGS, dest=_NAMES, action="append")
    _add_settings(parser, flagged)
    return parser


def _add_own(group: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    group.add_argument("--help", "-h", action="store_true", dest=_HELP, help="show this, or the help of a verb")
    group.add_argument("--version", action=_Version, nargs=0, dest=argparse.SUPPRESS, help="show the version and exit")


def _add_settings(parser: argparse.ArgumentParser, flagged: Sequence[Definition]) -> None:
    for name, words in GROUPS.items():
        here = [definition for definition in flagged if definition.group == name]
        if here:
            group = parser.add_argument_group(name, words)
            for definition in here:
                _add(group, definition)


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


def _add_flag(group: argparse.ArgumentParser | argparse._ArgumentGroup, flag: Flag) -> None:
    if not flag.metavar:
        group.add_argument(*flag.flags, dest=flag.name, action="store_true", help=flag.help)
        return
    words = f"{flag.help}: one of {', '.join(flag.choices)}" if flag.choices else flag.help
    words += f"; default: {flag.default}" if flag.default else ""
    action = "append" if flag.is_repeated else "store"
    group.add_argument(
        *flag.flags, dest=flag.name, action=action, type=_value_of(flag), metavar=flag.metavar, help=words
    )


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


def _value_of(flag: Flag) -> Callable[[str], object]:
    def read(word: str) -> object:
        if flag.name == FIELDS:
            # Twice the same field would be one member of a JSON object and two columns of a table.
            return tuple(dict.fromkeys(one.strip() for one in word.split(",")))
        if not flag.is_number:
            return word
        if not _SECONDS.fullmatch(word) or float(word) == 0:
            raise argparse.ArgumentTypeError(f"{quoted(word)} is not a positive number.")
        return float(word)

    return read


class _Parser(argparse.ArgumentParser):
    """A parser that prints like the rest of the program: words of the command line may contain anything."""

    def error(self, message: str) -> NoReturn:
        """End the program; argparse would say that a flag's unexpected value was ignored, which it was not."""
        words = re.sub(r"^argument (\S+): ignored explicit argument .*$", r"\1 takes no value.", message, flags=re.S)
        complain(*self.format_usage().rstrip("\n").split("\n"), f"{self.prog}: error: {words}")
        raise UnusableCommandLine(words)

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
