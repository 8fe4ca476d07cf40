"""The man page, generated from the tables of verbs, settings and exit statuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version

from tui.exit_status import MEANINGS, SIGNALLED
from tui.manual import read_pages
from tui.printing import say
from tui.settings import help_text
from tui.settings.definition import Definition
from tui.settings.model import GROUPS, definitions
from tui.verbs import FLAGS, PLANNED, VERBS, Flag, Verb, planning

_PROGRAM = "sparkpool"
_PURPOSE = "attach and manage Azure Synapse Spark pools in Azure Machine Learning workspaces"


def print_man_page() -> int:
    """Print the man page, in the language of man; returns the exit status.

    Raises:
        OSError: If standard output cannot be written.
    """
    say(*man_page())
    return 0


def man_page() -> list[str]:
    """The lines of the man page."""
    return [
        f'.TH {_PROGRAM.upper()} 1 "" "{_escaped(f"{_PROGRAM} {_version()}".strip())}" "User Commands"',
        # Words with dashes are not broken, so that flags and ids can be copied.
        ".nh",
        ".ad l",
        ".SH NAME",
        rf"{_PROGRAM} \- {_PURPOSE}",
        ".SH SYNOPSIS",
        *_synopsis(),
        ".SH DESCRIPTION",
        *_text(
            "Without a verb, sparkpool opens a full-screen program, or with --accessible line mode: numbered questions "
            "and printed answers. With a verb, it needs no screen: data goes to standard output, words and progress go "
            "to standard error, and nothing is sent to Azure without --yes."
        ),
        ".SH VERBS",
        *(line for verb in _verbs() for line in _verb(verb)),
        ".SH FLAGS OF ALL VERBS",
        *_settings(definitions()),
        ".SH EXIT STATUS",
        *(line for status, words in MEANINGS.items() for line in _item(str(status.value), words.replace("`", ""))),
        *_item(f"{SIGNALLED} + n", "ended by the signal n"),
        ".SH ENVIRONMENT",
        *_variables(definitions()),
        ".SH MANUAL",
        *_text(f"{_PROGRAM} help TOPIC prints a page of the manual:"),
        *(line for page in read_pages() for line in _item(page.topic, page.summary.replace("`", ""))),
    ]


def _verbs() -> Iterator[Verb]:
    for verb in VERBS.values():
        yield verb
        if verb.name == "plan":
            yield from (planning(name) for name in PLANNED)


def _version() -> str:
    try:
        return version(_PROGRAM)
    except PackageNotFoundError:
        return ""


def _synopsis() -> Iterator[str]:
    yield rf".B {_PROGRAM}"
    yield r"[\fIFLAG\fR ...]"
    for verb in VERBS.values():
        yield ".br"
        yield f".B {_PROGRAM} {_escaped(verb.name)}"
        yield rf"{_escaped(help_text.words_of(verb))} [\fIFLAG\fR ...]".strip()


def _verb(verb: Verb) -> Iterator[str]:
    yield f'.SS "{_escaped(f"{verb.name} {help_text.words_of(verb)}".strip())}"'
    yield from _text(f"{verb.summary}.", *verb.notes)
    if verb.words is not None and verb.words.choices:
        yield from _item(verb.words.metavar, f"{verb.words.help}: {', '.join(verb.words.choices)}")
    elif verb.words is not None:
        yield from _item(verb.words.metavar, verb.words.help)
    for name in verb.flags:
        yield from _flag(FLAGS[name])
    if verb.fields:
        yield from _item("fields", ", ".join(verb.fields))
    for example in verb.examples:
        yield ".PP"
        yield from _plain(example.what[:1].upper() + example.what[1:] + ":")
        yield from (".RS", ".nf", *_plain(f"{_PROGRAM} {example.command}"), ".fi", ".RE")


def _flag(flag: Flag) -> Iterator[str]:
    spellings = ", ".join(f"{one} {flag.metavar}".rstrip() for one in flag.flags)
    words = f"{flag.help}: one of {', '.join(flag.choices)}" if flag.choices else flag.help
    yield from _item(spellings, words + (f"; default: {flag.default}" if flag.default else ""))


def _settings(settings: Iterable[Definition]) -> Iterator[str]:
    listed = list(settings)
    for group, words in GROUPS.items():
        here = [one for one in listed if one.group == group and one.flags]
        if here:
            yield f'.SS "{_escaped(group)}"'
            yield from _text(f"{words[:1].upper()}{words[1:]}.")
        for one in here:
            spellings = ", ".join(f"{flag} {one.metavar}".rstrip() for flag in one.flags)
            yield from _item(spellings, one.doc)


def _variables(settings: Iterable[Definition]) -> Iterator[str]:
    for one in settings:
        if one.variables:
            yield from _item(", ".join(one.variables), one.doc)


def _item(name: str, words: str) -> Iterator[str]:
    yield ".TP"
    yield rf".B {_escaped(name)}"
    yield from _plain(words)


def _text(*sentences: str) -> Iterator[str]:
    """Paragraphs below a heading."""
    for number, sentence in enumerate(sentences):
        if number:
            yield ".PP"
        yield from _plain(sentence)


def _plain(text: str) -> Iterator[str]:
    r"""Lines of text, of which none is taken for a request."""
    for line in _escaped(text).split("\n"):
        yield rf"\&{line}" if line[:1] in (".", "'") else line


def _escaped(text: str) -> str:
    """A text whose characters man shows as they are."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq").replace("`", r"\(ga")
    return escaped.replace("^", r"\(ha").replace("~", r"\(ti")
