"""Checks of this machine, without any request: versions, terminal, settings, network, journal."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from tui.characters import characters_here
from tui.doctor.findings import Finding, Verdict, checked
from tui.home import NO_HOME, home_folder, settings_file
from tui.logs import LOG_NAME, log_failure
from tui.settings.model import DEFAULT
from tui.settings.pages import lines
from tui.support import versions as libraries
from tui.terminal_size import LEAST_COLUMNS, LEAST_ROWS, is_too_small

if TYPE_CHECKING:
    from pathlib import Path

    from tui.cloud.credentials import SignInOptions
    from tui.settings import Settings

_COLOURS = {"truecolor": "16 million colours", "256": "256 colours", "standard": "16 colours"}


def versions() -> Iterator[Finding]:
    """The versions of the program, Python, the system and the libraries."""
    yield Finding(Verdict.NOTE, "sparkpool", _version("sparkpool"))
    yield Finding(Verdict.NOTE, "Python", f"{platform.python_version()}, {sys.executable}")
    yield from checked("system", lambda: [Finding(Verdict.NOTE, "system", platform.platform())])
    yield Finding(Verdict.NOTE, "libraries", ", ".join(f"{name} {number}" for name, number in libraries()))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed as a package)"


def terminal(problem: str, settings: Settings) -> Iterator[Finding]:
    """What the terminal supports."""
    yield from checked("terminal", partial(_size, problem))
    yield from checked("colours", _colours)
    yield from checked("characters", partial(_characters, settings))
    yield from checked("clipboard", _surroundings)


def _size(problem: str) -> Iterator[Finding]:
    if problem:
        # The doctor's output is often piped, which says nothing about the terminal.
        is_piped = not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
        yield Finding(Verdict.NOTE if is_piped else Verdict.WARNING, "terminal", problem)
    else:
        columns, rows = shutil.get_terminal_size()
        small = is_too_small(columns, rows)
        words = f"{os.environ.get('TERM', '')}, {columns}×{rows}"
        words += f"; sparkpool needs {LEAST_COLUMNS}×{LEAST_ROWS}: enlarge it" if small else ""
        yield Finding(Verdict.WARNING if small else Verdict.OK, "terminal", words)


def _colours() -> Iterator[Finding]:
    from rich.console import Console

    colours = _COLOURS.get(str(Console(force_terminal=True).color_system), "no colours")
    reason = f"COLORTERM is {os.environ.get('COLORTERM') or 'not set'}"
    why = "NO_COLOR is set" if os.environ.get("NO_COLOR") else reason
    yield Finding(Verdict.NOTE, "colours", f"{colours} ({why})")


def _characters(settings: Settings) -> Iterator[Finding]:
    chosen = characters_here(settings)
    what = "ASCII only" if chosen.ascii_only else "glyphs (UTF-8)"
    yield Finding(Verdict.NOTE, "characters", f"{what}{f', because {chosen.reason}' if chosen.reason else ''}")


def _surroundings() -> Iterator[Finding]:
    from tui.ui.clipboard import way_of_copying

    around = (("SSH", "SSH_CONNECTION"), ("tmux", "TMUX"), ("GNU screen", "STY"))
    inside = [name for name, variable in around if os.environ.get(variable)]
    yield Finding(Verdict.NOTE, "inside", " and ".join(inside) or "neither SSH nor tmux")
    yield Finding(Verdict.NOTE, "clipboard", way_of_copying())


def settings_found(settings: Settings) -> Iterator[Finding]:
    """Every setting, and where it comes from."""
    if home_folder() == NO_HOME:
        words = "this user has no home folder, so nothing is kept there; set HOME to one of your folders"
        yield Finding(Verdict.WARNING, "home", words)
    file = settings_file()
    yield Finding(Verdict.NOTE, "settings file", f"{file}{'' if file.exists() else ' (missing)'}")
    changed = [line for line in lines(settings) if not line.endswith(f"  {DEFAULT}")]
    for line in changed:
        name, _, rest = line.partition(" ")
        yield Finding(Verdict.NOTE, name, " ".join(rest.split()))
    words = f"{len(lines(settings)) - len(changed)} have their defaults; sparkpool settings lists them"
    yield Finding(Verdict.NOTE, "all others", words)
    for note in settings.context.notes:
        yield Finding(Verdict.WARNING, "other tools", note)
    for note in settings.context.passed_over:
        yield Finding(Verdict.NOTE, "ignored", note)


def network(sign_in_options: SignInOptions) -> Iterator[Finding]:
    """Proxies and certificates."""
    from tui.cloud.network import notes, without_password

    profile, net = sign_in_options.profile, sign_in_options.network

    def proxy_to(name: str, url: str) -> Iterator[Finding]:
        proxy = net.proxy_for(url)
        yield Finding(Verdict.NOTE, f"proxy to {name}", without_password(proxy) if proxy else "none")

    yield Finding(Verdict.NOTE, "cloud", f"{profile.name}: {profile.resource_manager}, {profile.authority}")
    for name, url in (("Azure", profile.resource_manager), ("sign-in", profile.authority)):
        yield from checked(f"proxy to {name}", partial(proxy_to, name, url), Verdict.UNCHECKED)
    yield Finding(Verdict.OK, "certificates", f"trusted: {net.trusted}")
    for note in notes():
        yield Finding(Verdict.WARNING, "proxy" if "proxy" in note.lower() else "certificates", note)


def records(folder: Path, level: str, *, in_memory: bool) -> Iterator[Finding]:
    """The journal of operations, and the log; a sandbox keeps operations in memory."""
    yield from checked("journal", partial(_journal, folder, in_memory=in_memory), Verdict.UNCHECKED)
    yield from checked("log", partial(_log, folder, level))


def _journal(folder: Path, *, in_memory: bool) -> Iterator[Finding]:
    from tui.operations.journal import Journal
    from tui.operations.journal_file import JOURNAL_NAME

    if in_memory:
        yield Finding(Verdict.NOTE, "journal", "in memory only: a sandbox's operations end with it")
    else:
        journal = Journal(folder)
        try:
            operations = journal.load()
            running = sum(operation.end is None for operation in operations)
            if journal.problem:
                yield Finding(Verdict.FAILED, "journal", journal.problem)
            else:
                words = f"{folder / JOURNAL_NAME}, {len(operations)} operations, {running} of them not ended"
                yield Finding(Verdict.OK, "journal", words)
            if journal.note:
                yield Finding(Verdict.NOTE, "journal", journal.note)
            if journal.unreadable:
                words = f"this version cannot read {len(journal.unreadable)} of the operations; they stay unchanged"
                yield Finding(Verdict.WARNING, "journal", words)
        finally:
            journal.close()


def _log(folder: Path, level: str) -> Iterator[Finding]:
    log = folder / LOG_NAME
    is_writable = os.access(log if log.exists() else folder, os.W_OK)
    words = f"{log}, level {level}{'' if is_writable else '; it cannot be written, so nothing is logged'}"
    yield Finding(Verdict.OK if is_writable else Verdict.WARNING, "log", words)


def log_written() -> Iterator[Finding]:
    """Whether everything could be written to the log, checked at the end."""
    failure = log_failure()
    if failure:
        yield Finding(Verdict.WARNING, "log", failure)
