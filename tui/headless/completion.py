"""Completions for shells, generated from the tables of verbs and settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tui.manual import TOPICS
from tui.printing import say
from tui.settings.model import definitions
from tui.verbs import FIELDS, FLAGS, PLAN, PLANNED, VERBS, Verb, planning

_VERBS = (*VERBS.values(), *(planning(name) for name in PLANNED))


@dataclass(frozen=True, slots=True)
class _Flag:
    """A flag as a shell completes it: its spellings, what it does, and the values that it may have."""

    spellings: tuple[str, ...]
    help: str
    takes_value: bool = False
    choices: tuple[str, ...] = ()


def print_completion(shell: str) -> int:
    """Print the completions for one of `tui.verbs.SHELLS`; returns the exit status.

    Raises:
        OSError: If standard output cannot be written.
    """
    say(*completion(shell).split("\n"))
    return 0


def completion(shell: str) -> str:
    """The completions for one of `tui.verbs.SHELLS`, as a script of that shell."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _global_flags() -> list[_Flag]:
    flags = [_Flag(("--help", "-h"), "show the help"), _Flag(("--version",), "show the version")]
    for definition in definitions():
        if not definition.flags:
            continue
        is_switch = definition.kind.is_flag
        off = tuple(f"--no-{flag[2:]}" for flag in definition.flags if is_switch and definition.kept)
        words = definition.kind.text
        choices = tuple(words.removeprefix("one of ").split(", ")) if words.startswith("one of ") else ()
        flags.append(_Flag((*definition.flags, *off), definition.doc.rstrip("."), not is_switch, choices))
    return flags


def _flags_of(verb: Verb) -> list[_Flag]:
    flags = []
    for name in verb.flags:
        flag = FLAGS[name]
        choices = verb.fields if name == FIELDS else flag.choices
        flags.append(_Flag(flag.flags, flag.help, bool(flag.metavar), choices))
    if verb.words is not None and verb.words.flags:
        flags.append(_Flag(verb.words.flags, verb.words.help, takes_value=True))
    return flags


def _words_of(verb: Verb) -> tuple[str, ...]:
    if verb.name == "help":
        return TOPICS
    return verb.words.choices if verb.words is not None else ()


def _spellings(flags: Iterable[_Flag]) -> str:
    return " ".join(spelling for flag in flags for spelling in flag.spellings)


def _bash() -> str:
    def reply(choices: tuple[str, ...]) -> str:
        # Without a reply, bash completes names of files, by `-o default`.
        return f'COMPREPLY=($(compgen -W "{" ".join(choices)}" -- "$current")); return' if choices else "return"

    lines = [
        "_sparkpool() {",
        '    local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" verb="" word',
        "    COMPREPLY=()",
        '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
        *_cases(reply),
        '    COMPREPLY=($(compgen -W "$offered" -- "$current"))',
        "}",
        "complete -o default -F _sparkpool sparkpool",
    ]
    return "\n".join(lines)


def _zsh() -> str:
    def reply(choices: tuple[str, ...]) -> str:
        return f"compadd -- {' '.join(choices)}; return" if choices else "_files; return"

    lines = [
        "#compdef sparkpool",
        "_sparkpool() {",
        '    local before="${words[CURRENT-1]}" verb="" word',
        '    for word in "${(@)words[2,CURRENT-1]}"; do',
        *_cases(reply),
        "    compadd -- ${=offered} || _files",
        "}",
        # The file may be loaded as the function itself, or be run at the start of a shell.
        'if [ "${funcstack[1]}" = "_sparkpool" ]; then _sparkpool "$@"; else compdef _sparkpool sparkpool; fi',
    ]
    return "\n".join(lines)


def _cases(reply: Callable[[tuple[str, ...]], str]) -> list[str]:
    """The lines that bash and zsh share, from inside the loop over the words before the cursor.

    They find the verb, answer for the value of a flag with `reply`, and put all that is offered into a variable.
    """
    everywhere = _global_flags()
    lines = [
        f'        case "$word" in {"|".join(VERBS)})',
        # The words and flags of "plan VERB" are those of the verb, without what sends.
        f'            case "$verb" in {PLAN}) verb="{PLAN} $word"; break ;; esac',
        f'            verb="$word"; case "$word" in {PLAN}) ;; *) break ;; esac ;;',
        "        esac",
        "    done",
        '    case "$verb:$before" in',
    ]
    valued = [(f'"{verb.name}":', flag) for verb in _VERBS for flag in _flags_of(verb)]
    valued += [("*:", flag) for flag in everywhere]
    for before, flag in valued:
        if flag.takes_value:
            patterns = "|".join(f"{before}{spelling}" for spelling in flag.spellings)
            lines.append(f"        {patterns}) {reply(flag.choices)} ;;")
    lines += ["    esac", f'    local offered="{_spellings(everywhere)}"', '    case "$verb" in']
    lines.append(f'        "") offered="$offered {" ".join(VERBS)}" ;;')
    for verb in _VERBS:
        own = " ".join(part for part in (_spellings(_flags_of(verb)), " ".join(_words_of(verb))) if part)
        if own:
            lines.append(f'        "{verb.name}") offered="{own} $offered" ;;')
    return [*lines, "    esac"]


def _fish() -> str:
    names = " ".join(VERBS)
    planned = f"__fish_seen_subcommand_from {PLAN}"
    lines = [f"complete -c sparkpool -n 'not __fish_seen_subcommand_from {names}' -f"]
    for verb in VERBS.values():
        lines.append(
            f"complete -c sparkpool -n 'not __fish_seen_subcommand_from {names}' -a {verb.name} "
            f"-d {_fish_word(verb.summary)}"
        )
        seen = f"-n '__fish_seen_subcommand_from {verb.name}; and not {planned}'"
        if verb.name == PLAN:
            seen = f"-n '{planned}; and not __fish_seen_subcommand_from {' '.join(PLANNED)}'"
        lines += [f"complete -c sparkpool {seen} {_fish_flag(flag)}" for flag in _flags_of(verb)]
        if _words_of(verb):
            lines.append(f"complete -c sparkpool {seen} -f -a {_fish_word(' '.join(_words_of(verb)))}")
    for name in PLANNED:
        seen = f"-n '{planned}; and __fish_seen_subcommand_from {name}'"
        lines += [f"complete -c sparkpool {seen} {_fish_flag(flag)}" for flag in _flags_of(planning(name))]
    lines += [f"complete -c sparkpool {_fish_flag(flag)}" for flag in _global_flags()]
    return "\n".join(lines)


def _fish_flag(flag: _Flag) -> str:
    parts = [f"-l {one[2:]}" if one.startswith("--") else f"-s {one[1:]}" for one in flag.spellings]
    parts += ["-x" if flag.choices else "-r"] if flag.takes_value else []
    parts += [f"-a {_fish_word(' '.join(flag.choices))}"] if flag.choices else []
    return " ".join([*parts, f"-d {_fish_word(flag.help)}"])


def _fish_word(text: str) -> str:
    """A quoted word of fish, in which only backslash and quote are special."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
