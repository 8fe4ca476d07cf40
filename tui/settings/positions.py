"""The position of each key in a TOML text.

`tomllib` keeps no positions, and tomlkit's are not public. A text that `tomllib` has read is valid, so it is enough to
tell strings, comments and brackets apart.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str, ...]

_TOKEN = re.compile(
    r'''
    (?P<string> """(?:[^\\]|\\.)*?"""(?:"{0,2}) | \'\'\'.*?\'\'\'(?:'{0,2})
              | "(?:[^"\\\n]|\\.)*" | '[^'\n]*' )
    | (?P<comment> \#[^\n]* )
    | (?P<mark> [\[\]{}=,.\n] )
    | (?P<bare> [^\s\[\]{}=,."'\#]+ )
    | (?P<blank> [^\S\n]+ )
    ''',
    re.VERBOSE | re.DOTALL,
)


def positions_of(text: str) -> Mapping[Path, tuple[int, int]]:
    """Line and column, each from 1, of every key in valid TOML, by its path; array items have their number as key."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    """Goes through the tokens of a text once."""

    def __init__(self, text: str) -> None:
        self._tokens = [
            (match.group(), match.start(), match.lastgroup)
            for match in _TOKEN.finditer(text)
            if match.lastgroup not in ("blank", "comment")
        ]
        self._text = text
        self._at = 0
        self._found: dict[Path, tuple[int, int]] = {}
        self._arrays: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, tuple[int, int]]:
        table: Path = ()
        while self._at < len(self._tokens):
            if self._takes("\n"):
                continue
            if self._takes("["):
                table = self._header()
            else:
                path = self._key(table)
                self._takes("=")
                self._value(path)
        return self._found

    def _header(self) -> Path:
        is_array = self._takes("[")
        start = self._tokens[self._at][1]
        path: Path = ()
        while not self._takes("]"):
            path = self._part(path)
            if self._shows("."):
                path = self._last_of(path)
            self._takes(".")
        if not is_array:
            return self._last_of(path)
        self._takes("]")
        self._arrays[path] = self._arrays.get(path, -1) + 1
        item = self._last_of(path)
        self._note(item, start)
        return item

    def _last_of(self, path: Path) -> Path:
        return (*path, str(self._arrays[path])) if path in self._arrays else path

    def _key(self, path: Path) -> Path:
        path = self._part(path)
        while self._takes("."):
            path = self._part(path)
        return path

    def _part(self, path: Path) -> Path:
        token, start, group = self._tokens[self._at]
        self._at += 1
        name = tomllib.loads(f"name = {token}")["name"] if group == "string" else token
        path = (*path, name)
        self._note(path, start)
        return path

    def _value(self, path: Path) -> None:
        if self._takes("{"):
            while not self._takes("}"):
                if not (self._takes(",") or self._takes("\n")):
                    inner = self._key(path)
                    self._takes("=")
                    self._value(inner)
        elif self._takes("["):
            number = 0
            while not self._takes("]"):
                if not (self._takes(",") or self._takes("\n")):
                    item = (*path, str(number))
                    self._note(item, self._tokens[self._at][1])
                    self._value(item)
                    number += 1
        else:
            while self._at < len(self._tokens) and self._tokens[self._at][0] not in (",", "]", "}", "\n"):
                self._at += 1

    def _note(self, path: Path, start: int) -> None:
        before = self._text[:start]
        self._found.setdefault(path, (before.count("\n") + 1, start - before.rfind("\n")))

    def _shows(self, mark: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at][::2] == (mark, "mark")

    def _takes(self, mark: str) -> bool:
        shown = self._shows(mark)
        self._at += shown
        return shown
