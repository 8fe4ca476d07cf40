"""Which characters the terminal can show: glyphs, or ASCII instead."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tui.settings.model import DEFAULT, Settings

_POOR_TERMINAL = re.compile(r"(^|\.)(linux|vt\d|ansi|pcansi|cons|wsvt|sun|hurd|teraterm|cygwin)")
_MULTIPLEXER = re.compile(r"(screen|tmux)")
_TMUX_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Characters:
    """Which characters are shown; `reason` says why, to follow "because" (may be empty for glyphs)."""

    ascii_only: bool
    reason: str = ""


def characters_here(settings: Settings) -> Characters:
    """Choose between glyphs and ASCII for the terminal of this process."""
    origin = settings.origin("ascii_only")
    wanted = settings.ascii_only if origin != DEFAULT else None
    return choose_characters(wanted, str(origin), sys.stdout.encoding if sys.stdout else None, os.environ)


def choose_characters(
    wanted: bool | None, origin: str, encoding: str | None, environment: Mapping[str, str]
) -> Characters:
    """Choose between glyphs and ASCII.

    A terminal emulator shows UTF-8 whatever the locale of the machine that it is connected to. A multiplexer on that
    machine does not: it follows the locale. Python replaces the C locale with UTF-8 (PEP 538 and 540), so its encoding
    says nothing about either.

    Args:
        wanted: Whether the user wants ASCII; None if the settings do not say.
        origin: Where the settings say it.
        encoding: The encoding of standard output, without which no glyph can be written; None if it is unknown.
        environment: The environment's variables.
    """
    if wanted:
        return Characters(True, f"{origin} asks for it")
    if (encoding or "").lower().replace("-", "") != "utf8":
        return Characters(True, f"the encoding of the output is {encoding or 'unknown'}")
    if wanted is False:
        return Characters(False, f"{origin} asks for it")
    term = environment.get("TERM", "")
    if _POOR_TERMINAL.search(term):
        return Characters(True, f"the fonts of a terminal like {term} may lack glyphs")
    return _multiplexed(term, environment)


def _multiplexed(term: str, environment: Mapping[str, str]) -> Characters:
    """The characters that a multiplexer between the program and the terminal supports."""
    if environment.get("TMUX"):
        answer = _ask_tmux()
        if answer:
            return Characters(answer == "0", f"tmux says that its terminal shows {'no ' * (answer == '0')}UTF-8")
    if environment.get("TMUX") or environment.get("STY") or _MULTIPLEXER.match(term):
        name, is_replaced = _locale(environment)
        # GNU screen asks the C library, which only knows an installed locale; tmux goes by its name.
        is_known = not is_replaced or not environment.get("STY")
        if not (is_known and re.search(r"utf-?8", name, re.IGNORECASE)):
            inside = "tmux" if environment.get("TMUX") else "GNU screen" if environment.get("STY") else term
            return Characters(True, f"{inside} follows the locale, and {name or 'C'} has no UTF-8 here")
    return Characters(False)


def _locale(environment: Mapping[str, str]) -> tuple[str, bool]:
    """The name of the locale that the user has set, and whether Python runs in another one instead.

    It does if the C library does not know the locale of that name; LC_CTYPE is then Python's own.
    """
    is_replaced = bool(sys.flags.utf8_mode) and "PYTHONUTF8" not in environment
    variables = ("LC_ALL", "LANG") if is_replaced else ("LC_ALL", "LC_CTYPE", "LANG")
    return next((environment[name] for name in variables if environment.get(name)), ""), is_replaced


def _ask_tmux() -> str:
    """The answer of tmux about its terminal: `1` for UTF-8, `0` without it; empty if it does not say."""
    import subprocess

    command = ["tmux", "display-message", "-p", "#{client_utf8}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TMUX_SECONDS)  # noqa: S603
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    answer = done.stdout.strip()
    return answer if answer in ("0", "1") else ""
