"""Asks numbered questions on the lines of a terminal, and reads the answers."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import termios
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from tui.domain.phrases import plural
from tui.domain.text import clean
from tui.printing import say_sentences

T = TypeVar("T")

REPEAT, BACK, LEAVE, MORE = "?", "b", "q", "m"
_CHUNK = 65536
_PAGE = 20
"""How many choices are printed at once."""

_NAME = re.compile("[ ,]")
"""What follows the name at the start of a choice."""

_YES, _NO = ("y", "yes"), ("n", "no")


class Back(Exception):
    """The user wants to go back to the question before."""


class Leave(Exception):
    """The user wants to leave, or the answers have ended."""


class Answers:
    """Reads lines of standard input in a thread of its own, which the end of the program does not wait for."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._is_reading = False

    async def next(self) -> str:
        """The next line without blanks around it.

        Raises:
            Leave: If there are no more.
        """
        if not self._is_reading:
            self._is_reading = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._read, args=(loop,), name="answers", daemon=True).start()
        line = await self._lines.get()
        if not line:
            # Whoever asks again gets the same answer.
            self._lines.put_nowait("")
            raise Leave
        return line.strip()

    def forget(self) -> None:
        """Drop what was typed or pasted before now, if that came from a terminal."""
        if sys.stdin is None or not sys.stdin.isatty():
            return
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        while not self._lines.empty():
            self._lines.get_nowait()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in _lines():
            try:
                loop.call_soon_threadsafe(self._lines.put_nowait, line)
            except RuntimeError:
                return


def _lines() -> Iterator[str]:
    """The lines of standard input with their ends, and then an empty one.

    Unlike `input()`, this sends nothing to the terminal, and bytes that are no text do not end it. It does not use the
    stream's buffer, whose lock would stop the interpreter from ending while a line is awaited.
    """
    try:
        descriptor = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        yield from sys.stdin or ()
        yield ""
        return
    rest = b""
    # Reading from a terminal that is gone fails, and is the end of its answers too.
    with suppress(OSError):
        while part := os.read(descriptor, _CHUNK):
            *lines, rest = (rest + part).split(b"\n")
            yield from (f"{line.decode(errors='replace')}\n" for line in lines)
    if rest:
        yield f"{rest.decode(errors='replace')}\n"
    yield ""


class Questions:
    """Asks questions, one after the other.

    Each takes `?` to be repeated, `b` to go back and `q` to leave.
    """

    def __init__(self, answers: Answers | None = None) -> None:
        self._answers = answers if answers is not None else Answers()
        self._known: list[tuple[str, ...]] = []
        self._given: list[tuple[str, ...]] = []

    async def flow(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask several questions; going back leads to the one before, and the answers before that are kept.

        Args:
            ask: Asks them, and is called again from the start with the kept answers.

        Raises:
            Back: If the user goes back from the first question.
            Leave: If the user leaves.
        """
        kept: list[tuple[str, ...]] = []
        while True:
            self._known, self._given = list(kept), []
            try:
                return await ask()
            except Back:
                if not self._given:
                    raise
                kept = self._given[:-1]
            finally:
                self._known = []

    def _kept(self) -> tuple[str, ...] | None:
        """The answer that the next question has already."""
        return self._known.pop(0) if self._known else None

    def _note(self, *answer: str) -> None:
        self._given.append(answer)

    async def choose(
        self,
        question: str,
        choices: Sequence[T],
        label: Callable[[T], str],
        empty: str = "",
        default: T | None = None,
    ) -> T:
        """Ask for one of several things, by its number or by a part of its words.

        Args:
            question: The question.
            choices: What can be chosen.
            label: The words of a choice.
            empty: What to say if there is nothing to choose.
            default: What an empty answer means.

        Raises:
            Back: If the user goes back, or there is nothing to choose.
            Leave: If the user leaves.
        """
        (chosen,) = await self._chosen(question, choices, label, empty, default, is_one=True)
        return chosen

    async def choose_several(
        self, question: str, choices: Sequence[T], label: Callable[[T], str], empty: str = ""
    ) -> list[T]:
        """Ask for one or more of several things, by numbers with commas; they keep the order of the answer.

        Raises:
            Back: If the user goes back, or there is nothing to choose.
            Leave: If the user leaves.
        """
        return await self._chosen(question, choices, label, empty, None, is_one=False)

    async def text(self, question: str, default: str = "", fault: Callable[[str], str] = lambda _: "") -> str:
        """Ask for a text.

        Args:
            question: The question.
            default: What an empty answer means; without it, an answer is needed.
            fault: Why an answer cannot be used; empty if it can.

        Raises:
            Back: If the user goes back.
            Leave: If the user leaves.
        """
        hint = f" Enter takes {default}." if default else ""
        kept = self._kept()
        while True:
            answer = kept[0] if kept else await self._answer(f"{question}{hint}") or default
            problem = fault(answer) if answer else "An answer is needed."
            if not problem:
                self._note(answer)
                return answer
            kept = None
            say_sentences(problem)

    async def agree(self, question: str, *, default: bool | None = None) -> bool:
        """Ask for yes or no; without a default, an empty answer is asked again.

        Raises:
            Back: If the user goes back.
            Leave: If the user leaves.
        """
        hint = "" if default is None else f" Enter takes {'yes' if default else 'no'}."
        kept = self._kept()
        while True:
            answer = kept[0] if kept else (await self._answer(f"{question} yes or no?{hint}")).lower()
            if not answer and default is not None:
                answer = _YES[0] if default else _NO[0]
            if answer in (*_YES, *_NO):
                self._note(answer)
                return answer in _YES
            say_sentences("Answer yes or no.")

    async def confirm(self, question: str) -> bool:
        """Ask whether something is sent: only the word yes does that, typed after the question was printed.

        Raises:
            Back: If the user goes back.
            Leave: If the user leaves.
        """
        self._answers.forget()
        while True:
            answer = (await self._answer(f"{question} Type yes or no.")).lower()
            if answer == _YES[1]:
                return True
            if answer in _NO:
                return False
            say_sentences("Type the word yes, or no.")

    async def _answer(self, *question: str) -> str:
        """One answer that is not a command, to a question of one or more lines.

        Raises:
            Back: If the user goes back.
            Leave: If the user leaves.
        """
        say_sentences(*question)
        while True:
            answer = await self._answers.next()
            if answer == BACK:
                raise Back
            if answer == LEAVE:
                raise Leave
            if answer != REPEAT:
                return answer
            say_sentences(*question)

    async def _chosen(
        self,
        question: str,
        choices: Sequence[T],
        label: Callable[[T], str],
        empty: str,
        default: T | None,
        *,
        is_one: bool,
    ) -> list[T]:
        if not choices:
            say_sentences(empty)
            raise Back
        labels = [clean(label(choice)) for choice in choices]
        kept = self._kept()
        if kept is None or not set(kept) <= set(labels):
            place = choices.index(default) if default is not None and default in choices else None
            numbers = await self._asked(question, labels, place, is_one=is_one)
        else:
            numbers = [labels.index(one) for one in kept]
        self._note(*(labels[number] for number in numbers))
        return [choices[number] for number in numbers]

    async def _asked(self, question: str, labels: Sequence[str], default: int | None, *, is_one: bool) -> list[int]:
        """The places of what is chosen, from 0; `default` is that of an empty answer."""
        shown = list(range(len(labels)))
        first = 0
        how = "Number:" if is_one else "Numbers, separated by commas:"
        if default is not None:
            how = f"Number; Enter takes {labels[default]}:"
        while True:
            page = shown[first : first + _PAGE]
            left = len(shown) - first - len(page)
            more = f"{plural(left, 'more choice')}; {MORE} shows more. A part of the words finds some."
            listed = (f"{number + 1}  {labels[number]}" for number in page)
            answer = await self._answer(question, *listed, *([more] if left else []), how)
            if not answer and default is not None:
                return [default]
            if answer == MORE and left:
                first += _PAGE
                continue
            numbers = _numbers(answer, len(labels), is_one=is_one)
            if numbers is not None:
                return numbers
            found = [number for number, words in enumerate(labels) if answer.lower() in words.lower()] if answer else []
            exact = [number for number in found if _NAME.split(labels[number], 1)[0].lower() == answer.lower()]
            if len(exact) == 1 or len(found) == 1:
                say_sentences(labels[(exact or found)[0]])
                return (exact or found)[:1]
            if found:
                shown, first = found, 0
            else:
                say_sentences(f"{answer or 'Nothing'} is not one of them.")
                shown, first = list(range(len(labels))), 0


def _numbers(answer: str, most: int, *, is_one: bool) -> list[int] | None:
    """The places that an answer names, from 0; None if it does not."""
    words = [answer] if is_one else [word.strip() for word in answer.split(",")]
    if not all(word.isascii() and word.isdecimal() and 1 <= int(word[:9]) <= most and len(word) < 10 for word in words):
        return None
    return list(dict.fromkeys(int(word) - 1 for word in words))
