"""Reads the faults of a served sandbox from a JSON or TOML file."""

import json
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tui.sandbox.faults import (
    Answer,
    ClaimsChallenge,
    ClockJump,
    Fault,
    Forbidden,
    Garbled,
    NotJson,
    Outcome,
    RequestLost,
    ResponseLost,
    Rule,
    SignInRefused,
    Slow,
    Stuck,
    Throttled,
    Truncated,
)

KINDS: Mapping[str, type[Fault]] = {
    "answer": Answer,
    "throttled": Throttled,
    "forbidden": Forbidden,
    "claims-challenge": ClaimsChallenge,
    "not-json": NotJson,
    "request-lost": RequestLost,
    "response-lost": ResponseLost,
    "truncated": Truncated,
    "garbled": Garbled,
    "sign-in-refused": SignInRefused,
    "slow": Slow,
    "clock-jump": ClockJump,
    "outcome": Outcome,
    "stuck": Stuck,
}

OUTCOMES = ("Succeeded", "Failed", "Canceled")

TEXT = "text"
TEXTS = "texts by name"
FLAG = "true or false"
STATUS = "a whole number from 100 to 599"
WHOLE = "a whole number from 0"
COUNT = "a whole number from 1, or 'all'"
NUMBER = "a number from 0"
SIGNED = "a number"
OUTCOME = f"one of {', '.join(OUTCOMES)}"
PATTERN = "a regular expression"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
METHOD = f"one of {', '.join(METHODS)}"
"""What a member must be, as words for the error message."""

MEMBERS: Mapping[str, Mapping[str, str]] = {
    "answer": {
        "status": STATUS,
        "code": TEXT,
        "message": TEXT,
        "headers": TEXTS,
        "gateway": FLAG,
    },
    "throttled": {"retry_after": WHOLE},
    "claims-challenge": {"claims": TEXT},
    "not-json": {"status": STATUS, "body": TEXT, "content_type": TEXT},
    "truncated": {"keep": WHOLE},
    "garbled": {"body": TEXT},
    "sign-in-refused": {"number": WHOLE, "error": TEXT, "message": TEXT, "grant": TEXT},
    "slow": {"seconds": NUMBER},
    "clock-jump": {"seconds": SIGNED},
    "outcome": {"status": OUTCOME, "code": TEXT, "message": TEXT, "seconds": NUMBER, "forgotten": FLAG},
}

RULE_MEMBERS = {"method": METHOD, "path": PATTERN, "after": WHOLE, "times": COUNT}

NEEDED = {
    "sign-in-refused": ("number",),
    "answer": ("status", "code", "message"),
    "slow": ("seconds",),
    "clock-jump": ("seconds",),
}


class BadFaultsError(Exception):
    """The file is invalid; `problems` has one sentence for each error."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_faults(path: Path) -> list[Rule]:
    """The rules in a file: a list named `rules`, each with its `fault` and its members.

    Raises:
        BadFaultsError: If the file cannot be read, or is invalid.
    """
    try:
        content = path.read_text(encoding="utf-8")
        document = tomllib.loads(content) if path.suffix.lower() == ".toml" else json.loads(content)
    except OSError as error:
        raise BadFaultsError(f"The faults file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        kind = "TOML" if path.suffix.lower() == ".toml" else "JSON"
        raise BadFaultsError(f"The faults file {path} is not {kind}: {error}.") from error
    rules = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rules, list):
        raise BadFaultsError(f"The faults file {path} needs a list named 'rules'.")
    found, problems = [], []
    for number, rule in enumerate(rules, 1):
        told = _problems(rule)
        problems += [f"Rule {number} of {path}: {problem}" for problem in told]
        if not told:
            found.append(_rule(rule))
    if problems:
        raise BadFaultsError(*problems)
    return found


def _problems(rule: object) -> list[str]:
    """What is wrong with a rule, one sentence each."""
    if not isinstance(rule, dict):
        return ["it must be a table of members."]
    name = rule.get("fault")
    if not isinstance(name, str) or name not in KINDS:
        return [f"'fault' must be one of {', '.join(KINDS)}."]
    known = {**RULE_MEMBERS, **MEMBERS.get(name, {})}
    told = [f"the fault '{name}' needs '{member}'." for member in NEEDED.get(name, ()) if member not in rule]
    for member, value in rule.items():
        if member == "fault":
            continue
        if member not in known:
            told.append(f"the fault '{name}' has no member '{member}'; it has {', '.join(known)}.")
        elif not FITS[known[member]](value):
            told.append(f"'{member}' must be {known[member]}.")
    return told


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _rule(rule: Mapping[str, Any]) -> Rule:
    name = rule["fault"]
    members = {member: rule[member] for member in MEMBERS.get(name, {}) if member in rule}
    if isinstance(members.get("body"), str):
        members["body"] = members["body"].encode()
    which = {member: rule[member] for member in RULE_MEMBERS if member in rule}
    if which.get("times") == "all":
        which["times"] = None
    return Rule(KINDS[name](**members), **which)


def _whole(value: object, least: int, most: float = float("inf")) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


FITS: Mapping[str, Callable[[object], bool]] = {
    TEXT: lambda value: isinstance(value, str),
    TEXTS: lambda value: isinstance(value, dict) and all(isinstance(text, str) for text in value.values()),
    FLAG: lambda value: isinstance(value, bool),
    STATUS: lambda value: _whole(value, 100, 599),
    WHOLE: lambda value: _whole(value, 0),
    COUNT: lambda value: value == "all" or _whole(value, 1),
    NUMBER: lambda value: _whole(value, 0) or (isinstance(value, float) and 0 <= value < float("inf")),
    SIGNED: lambda value: isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
    OUTCOME: lambda value: value in OUTCOMES,
    METHOD: lambda value: isinstance(value, str) and value in METHODS,
    PATTERN: lambda value: isinstance(value, str) and _compiles(value),
}
