"""Parses terminal input into keys, for any encoding, chunk size and pace.

Textual's own reader decodes strictly, so that one invalid byte ends the program; it reads ESC and a key right after it
as one key with alt; and it treats what it cannot parse as typed.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Any, Final

from textual import events
from textual.message import Message

from tui.domain.pasted import LONGEST_PASTE
from tui.ui.internals import ParseError, XTermParser

ESC: Final = "\x1b"
LONGEST_ESCAPE_SECONDS: Final = 0.08
"""How long a lone ESC may be the start of a sequence; together with a frame it stays below 100 ms."""

_SEQUENCE_SECONDS = 2.0
_RARE_SECONDS, _LETTER_SECONDS = 2.0, 0.25
_LETTERS = ("O", "P", "_")
_AFTER_ESCAPE_SECONDS = 5.0
_STRING_SECONDS, _STRING_END_SECONDS = 3.0, 1.0
_PASTE_SECONDS = 5.0
_MOST_HELD, _MOST_UNDERSTOOD, _MOST_IN_STRING = 64, 32, 4096
_MOST_CELLS = 1000

_PASTE_START, _PASTE_END = f"{ESC}[200~", f"{ESC}[201~"
_MOST_PASTED = LONGEST_PASTE + len(_PASTE_END) + 1
"""One character more than fields accept, so that they notice a paste that was cut off."""
_CSI = re.compile(r"\[(?:\[[A-E]|[0-?]*[ -/]*[@-Z\\-~])\Z")
_CSI_BEGUN = re.compile(r"\[(?:\[|[0-?]*[ -/]*)\Z")
_RXVT = re.compile(r"\[\d{1,2}\$\Z")
_SS3 = re.compile(r"O[A-Za-z]\Z")
_LATE_CSI = re.compile(r"\[(?:[A-IMOP-SZ]|\[[A-E]|[0-?]+[ -/]*[A-FHIMOP-SZcmnrtuxy~^@])\Z")
_LATE_SS3 = re.compile(r"O[A-DFHP-S]\Z")
_STRING = re.compile(r"(?:\]\d{1,4};|\][lL]|P>\||P!\||P[01][$+]r|_G)\Z")
_STRING_BEGUN = re.compile(r"(?:\]\d{0,4}|P(?:[>!]|[01][$+]?)?|_)\Z")
_IN_BAND_SIZE = re.compile(r"\[48;(\d+)[\d:]*;(\d+)[\d:]*;")


class KeyParser:
    """Turns input into messages; incomplete input waits for a limited time.

    ESC is the escape key as soon as it can no longer start a sequence: at once if another key follows, and after a
    moment if nothing does. If the rest of such a sequence arrives late, it is dropped.

    Args:
        alt_keys: The bound keys with alt; ESC followed by such a key is that key.
        escape_seconds: How long a lone ESC may be the start of a sequence.
    """

    def __init__(
        self,
        *,
        alt_keys: frozenset[str] = frozenset(),
        escape_seconds: float = LONGEST_ESCAPE_SECONDS,
    ) -> None:
        self._alt_keys = alt_keys
        self._escape_seconds = escape_seconds
        self._known = XTermParser()
        self._held = ""
        self._is_late = False
        self._begun = 0.0
        self._string: str | None = None
        self._paste: list[str] | None = None
        self._tail = ""
        self._is_cut_off = False
        self.deadline: float | None = None

    def begin(self, now: float) -> None:
        """Expect that the first input may be the rest of a sequence that another program started to read.

        Args:
            now: Seconds of a monotonic clock, as in all other methods.
        """
        self._wait_for_rest(now, _SEQUENCE_SECONDS)

    def feed(self, text: str, now: float) -> Iterator[Message]:
        """Parse new input."""
        yield from self.tick(now)
        for character in text:
            yield from self._take(character, now)

    def tick(self, now: float) -> Iterator[Message]:
        """Decide about input that has waited long enough."""
        if self.deadline is None or now < self.deadline:
            return
        if self._paste is not None:
            yield from self._end_paste()
        elif self._string is not None:
            self._rest()
        elif self._is_late:
            yield from self._give_up()
        else:
            yield from self._decide(now)

    # One character

    def _take(self, character: str, now: float) -> Iterator[Message]:
        if self._paste is not None:
            yield from self._take_pasted(character, now)
        elif self._string is not None:
            yield from self._take_string(character, now)
        elif character == ESC:
            yield from self._take_escape(now)
        elif self._held:
            yield from self._take_behind_escape(character, now)
        else:
            yield from self._typed(character)

    def _take_escape(self, now: float) -> Iterator[Message]:
        """Handle another ESC: the input held before it is complete."""
        if self._is_late:
            yield from self._give_up()
        elif self._held:
            yield from self._broken(self._held)
        self._held, self._begun, self.deadline = ESC, now, now + self._escape_seconds

    def _take_behind_escape(self, character: str, now: float) -> Iterator[Message]:
        before, is_late = self._held, self._is_late
        self._held += character
        rest = self._held[1:]
        if self._is_complete(rest):
            sequence = self._held
            self._rest()
            if sequence == _PASTE_START:
                self._paste, self._tail, self.deadline = [], "", now + _PASTE_SECONDS
            elif not is_late:
                yield from self._understood(sequence)
        elif _STRING.match(rest):
            self._string, self.deadline = "", now + _STRING_SECONDS
        elif (_CSI_BEGUN.match(rest) or rest == "O" or _STRING_BEGUN.match(rest)) and len(rest) < _MOST_HELD:
            if is_late and not self._is_cut_off:
                self.deadline = now + (_LETTER_SECONDS if rest in _LETTERS else _RARE_SECONDS)
        elif is_late:
            self._held = before
            yield from self._give_up()
            yield from self._typed(character)
        else:
            self._rest()
            alt = f"alt+{character}"
            if before == ESC and alt in self._alt_keys:
                yield events.Key(alt, None)
            else:
                yield from self._broken(before)
                yield from self._typed(character)

    def _is_complete(self, rest: str) -> bool:
        """Whether a sequence is complete; a late one must be one that terminals send."""
        if self._is_late:
            return bool(_LATE_CSI.match(rest) or _RXVT.match(rest) or _LATE_SS3.match(rest))
        return bool(_CSI.match(rest) or _RXVT.match(rest) or _SS3.match(rest))

    def _broken(self, held: str) -> Iterator[Message]:
        """An invalid sequence: the escape key and the keys after it, unless it is clearly a sequence."""
        if not self._is_plainly_a_sequence(held):
            yield events.Key("escape", ESC)
            yield from self._typed(held[1:])

    def _give_up(self) -> Iterator[Message]:
        """Input that turned out not to be the late rest of a sequence was typed, unless its start was cut off."""
        typed = "" if self._is_cut_off else self._held[1:]
        self._rest()
        yield from self._typed(typed)

    def _is_plainly_a_sequence(self, held: str) -> bool:
        return len(held) > len(f"{ESC}[") and held[1] in "[]"

    def _decide(self, now: float) -> Iterator[Message]:
        """Handle a timeout: it was the escape key, unless the input is clearly a sequence."""
        if self._is_plainly_a_sequence(self._held):
            if now < self._begun + _SEQUENCE_SECONDS:
                self.deadline = self._begun + _SEQUENCE_SECONDS
            else:
                self._is_late = self._is_cut_off = True
                self.deadline = now + _AFTER_ESCAPE_SECONDS
            return
        yield events.Key("escape", ESC)
        held = self._held
        self._wait_for_rest(now, _AFTER_ESCAPE_SECONDS)
        if held != ESC:
            self._held = held
            self.deadline = now + (_LETTER_SECONDS if held[1:] in _LETTERS else _RARE_SECONDS)

    def _wait_for_rest(self, now: float, seconds: float) -> None:
        self._held, self._is_late, self.deadline = ESC, True, now + seconds

    def _rest(self) -> None:
        self._held, self._is_late, self._is_cut_off = "", False, False
        self._string, self._paste, self.deadline = None, None, None

    # Control strings and pastes

    def _take_string(self, character: str, now: float) -> Iterator[Message]:
        """Skip a terminal's unrequested answer, up to its end."""
        string = self._string or ""
        if string.endswith(ESC):
            self._rest()
            if character != "\\":
                self._held, self._begun, self.deadline = ESC, now, now + self._escape_seconds
                yield from self._take(character, now)
        elif character == ESC:
            self._string, self.deadline = string + character, now + _STRING_END_SECONDS
        elif character == "\x07" or len(string) >= _MOST_IN_STRING:
            self._rest()
        elif character < " " or character == "\x7f":
            self._rest()
            yield from self._typed(character)
        else:
            self._string = string + character

    def _take_pasted(self, character: str, now: float) -> Iterator[Message]:
        pasted = self._paste if self._paste is not None else []
        self.deadline = now + _PASTE_SECONDS
        self._tail = (self._tail + character)[-len(_PASTE_END) :]
        if len(pasted) < _MOST_PASTED:
            pasted.append(character)
        if self._tail == _PASTE_END:
            yield from self._end_paste()

    def _end_paste(self) -> Iterator[Message]:
        text = "".join(self._paste or ())
        if len(text) < _MOST_PASTED:
            text = text.removesuffix(_PASTE_END).replace(_PASTE_START, "").replace("\x00", "")
        self._rest()
        if text:
            yield events.Paste(text)

    # Meaning

    def _typed(self, text: str) -> Iterator[Message]:
        for character in text:
            if not "\x80" <= character <= "\x9f":
                yield from self._read(character)

    def _understood(self, sequence: str) -> Iterator[Message]:
        """The messages of a complete sequence; none if it means nothing here."""
        if sequence == _PASTE_END or len(sequence) > _MOST_UNDERSTOOD:
            return
        size = _IN_BAND_SIZE.match(sequence, 1)
        if size is not None and max(int(size[1]), int(size[2])) > _MOST_CELLS:
            return
        for message in self._read(sequence):
            # The terminal is never asked to report the mouse, so that its own selection of text works.
            if not isinstance(message, events.MouseEvent):
                yield message

    def _read(self, sequence: str) -> list[Message]:
        """Read one whole character or sequence as Textual does."""
        try:
            messages = list(self._known.feed(sequence))
        except (ParseError, StopIteration, RuntimeError, ValueError, OverflowError):
            # Numbers in a sequence may be out of range.
            messages = []
        if not messages:
            # The parser waits for the rest of what it did not understand, so it is replaced.
            known, self._known = self._known, XTermParser()
            for name in ("last_x", "last_y", "mouse_pixels", "terminal_size", "terminal_pixel_size"):
                setattr(self._known, name, getattr(known, name))
        return messages


def encoding_of(stream: Any) -> str:
    """The encoding of the standard input; UTF-8 unless ASCII bytes, above all ESC, always mean themselves in it."""
    name = getattr(stream, "encoding", None) or "utf-8"
    try:
        decoder = codecs.getincrementaldecoder(name)("replace")
        characters = [decoder.decode(bytes((code,))) for code in (*range(128), ord(ESC))]
    except (LookupError, UnicodeError):
        return "utf-8"
    is_ascii = codecs.lookup(name).name == "ascii"
    return name if characters == [chr(code) for code in (*range(128), ord(ESC))] and not is_ascii else "utf-8"
