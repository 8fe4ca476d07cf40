"""A failure as words and as data; both have the same sentences as the screen."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tui.domain.errors import Problem, RequestIds
from tui.domain.mentions import Mention
from tui.exit_status import ExitStatus, is_retryable
from tui.printing import complain, complain_json, explain
from tui.verbs import FLAGS, FORMATS, JSON, JSON_LINES, OUTPUT, TABLE, VERBS

_MENTIONED = re.compile(f"‹({'|'.join(mention.value for mention in Mention)})›")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a verb has failed.

    Attributes:
        code: The kind of failure, such as `not_found`; part of the program's interface.
        title: What failed, in one sentence.
        cause: Why, in Azure's own words.
        advice: What to do.
        command: A command that fixes it; empty where there is none.
        azure_code: Azure's code, such as `AuthorizationFailed`.
        ids: Azure's ids of the request.
        reference: Azure's status, code and ids on one line.
        is_retryable: Whether the same command may work later without any change.
    """

    code: str
    title: str
    exit: ExitStatus
    cause: str = ""
    advice: str = ""
    command: str = ""
    azure_code: str = ""
    ids: RequestIds = field(default_factory=RequestIds)
    reference: str = ""
    is_retryable: bool = False

    @classmethod
    def of(cls, problem: Problem) -> Failure:
        """The failure that a problem causes."""
        return cls(
            code=problem.kind.value.replace(" ", "_"),
            title=without_keys(problem.title),
            exit=ExitStatus.of(problem),
            cause=without_keys(problem.cause),
            advice=without_keys(problem.advice),
            command=problem.command,
            azure_code=problem.code,
            ids=problem.ids,
            reference=problem.reference,
            is_retryable=is_retryable(problem),
        )

    @classmethod
    def unusable(cls, title: str, advice: str = "") -> Failure:
        """The failure of a command line or a setting that cannot be used; nothing was sent."""
        return cls("unusable", title, ExitStatus.UNUSABLE, advice=advice)

    @property
    def document(self) -> Mapping[str, Any]:
        """The failure as data: `schemas/failure.json`."""
        return {
            "schema": "sparkpool.failure/1",
            "type": "failure",
            "code": self.code,
            "azure_code": self.azure_code or None,
            "title": self.title,
            "cause": self.cause or None,
            "advice": self.advice or None,
            "command": self.command or None,
            "ids": {
                "client": self.ids.client or None,
                "request": self.ids.request or None,
                "correlation": self.ids.correlation or None,
            },
            "retryable": self.is_retryable,
            "exit": self.exit.value,
        }


class Failed(Exception):
    """A verb cannot go on."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.title)
        self.failure = failure


def report(failure: Failure, output: str, *, in_words: bool = True) -> ExitStatus:
    """Print a failure to standard error: as words, and with JSON output as a last line of JSON.

    Args:
        failure: The failure.
        output: The format of the output.
        in_words: False if its words have been printed already.

    Returns:
        Its exit status.
    """
    if in_words:
        explain(f"sparkpool: {failure.title}", *(f"  {line}" for line in (failure.cause, failure.advice) if line))
        # A command that is broken into lines could not be copied.
        complain(*(f"  {line}" for line in (failure.command, failure.reference) if line))
    if output in (JSON, JSON_LINES):
        complain_json(failure.document)
    return failure.exit


def chosen_output(word: str | None) -> str:
    """The format of the output: the one that was asked for, else a table on a terminal and JSON elsewhere."""
    if word is not None:
        return word
    return TABLE if sys.stdout is not None and sys.stdout.isatty() else JSON


def output_of_unusable(arguments: Sequence[str]) -> str:
    """The format that an unusable command line asks for; `table` if its verb has no such output."""
    flags = FLAGS[OUTPUT].flags
    words = [*(part for one in arguments for part in _parts(one, flags))]
    asked = next((after for flag, after in pairwise(words) if flag in flags), None)
    if asked in FORMATS:
        return chosen_output(asked)
    has_output = any(word in VERBS and OUTPUT in VERBS[word].flags for word in words)
    return chosen_output(None) if has_output else TABLE


def _parts(argument: str, flags: Sequence[str]) -> tuple[str, ...]:
    """A flag and its value, if one word holds both: `--output=json`, `-ojson`."""
    for flag in flags:
        rest = argument.removeprefix(f"{flag}=" if flag.startswith("--") else flag)
        if rest not in (argument, ""):
            return flag, rest
    return (argument,)


def without_keys(text: str) -> str:
    """A text whose mentions of keys say that these are on the screen, which a verb does not have."""
    first = _MENTIONED.sub(r'"\1" on the screen', text, count=1)
    return _MENTIONED.sub(r'"\1"', first)
