"""Recorded Azure traffic: every file of the folder, with its interactions in order."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

DATA = Path(os.environ.get("SPARKPOOL_AZURE_DATA", Path(__file__).parents[3] / "shared" / "azure"))
RECORDINGS = DATA / "recordings"

NO_RECORDINGS = f"no recordings of Azure in {RECORDINGS}; SPARKPOOL_AZURE_DATA names the folder above them"

_MASKED_SUBSCRIPTION = re.compile(r"00000000-0000-0000-0000-0{9}(?![0-9a-f])")
"""What one recorder wrote for every subscription; it is not a valid GUID."""


@dataclass(frozen=True)
class Exchange:
    """One recorded request and its response.

    Attributes:
        file: The recording's file name.
        index: The position in the file, from 0.
        method: The HTTP method.
        url: The absolute URL.
        sent: The request's parsed body, or None.
        continuation: The token in the request's header ``x-ms-continuation``, empty if it has none.
        status: The HTTP status.
        headers: The response's headers, names in lower case.
        body: The response's parsed body, or None.
        source: Where the recording was published.
    """

    file: str
    index: int
    method: str
    url: str
    sent: Any
    continuation: str
    status: int
    headers: Mapping[str, str]
    body: Any
    source: str

    @property
    def host(self) -> str:
        """The requested host, in lower case."""
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        return unquote(urlsplit(self.url).path)

    @property
    def query(self) -> Mapping[str, str]:
        """The query parameters."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    def __str__(self) -> str:
        return f"{self.file.removesuffix('.json')}-{self.index}"


@cache
def recordings() -> Mapping[str, tuple[Exchange, ...]]:
    """Return the exchanges of each file, or nothing if there is no folder."""
    files = sorted(RECORDINGS.glob("*.json")) if RECORDINGS.is_dir() else []
    return {file.name: _exchanges(file) for file in files}


def every_exchange() -> list[Exchange]:
    """Return all exchanges of all files."""
    return [exchange for exchanges in recordings().values() for exchange in exchanges]


def _exchanges(file: Path) -> tuple[Exchange, ...]:
    text = _MASKED_SUBSCRIPTION.sub("00000000-0000-0000-0000-000000000000", file.read_text(encoding="utf-8"))
    return tuple(
        Exchange(
            file.name,
            index,
            recorded["request"]["method"],
            recorded["request"]["uri"],
            recorded["request"]["body"],
            recorded["request"]["headers"].get("x-ms-continuation", ""),
            recorded["response"]["status"],
            {name.lower(): _one(value) for name, value in recorded["response"]["headers"].items()},
            recorded["response"]["body"],
            recorded["source"],
        )
        for index, recorded in enumerate(json.loads(text))
    )


def _one(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
