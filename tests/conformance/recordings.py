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

from tests.conformance.files import REPLAYED

DATA = Path(os.environ.get("SPARKPOOL_AZURE_DATA", Path(__file__).parents[3] / "shared" / "azure"))
RECORDINGS = DATA / "recordings"
SECOND_RECORDINGS = DATA / "recordings-2"

NO_RECORDINGS = f"no recordings of Azure in {RECORDINGS}; SPARKPOOL_AZURE_DATA names the folder above them"

_MASKED_SUBSCRIPTION = re.compile(r"00000000-0000-0000-0000-0{9}(?![0-9a-f])")
"""What one recorder wrote for every subscription; it is not a valid GUID."""

_MASKED_HOST = ("https://testaccount.dev.azuresynapse.net", "https://joheredisyn.dev.azuresynapse.net")
"""What another recorder wrote for every host, and the one whose workspace the bodies name."""


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
    """Return the exchanges of each replayed file, or nothing if there is no folder."""
    files = [file for file in (*_files(RECORDINGS), *_files(SECOND_RECORDINGS)) if is_replayed(file)]
    return {file.name: _exchanges(file) for file in files}


def is_replayed(file: Path) -> bool:
    """Return whether the file's interactions are compared with the sandbox and the cloud layer."""
    return file.parent == RECORDINGS or file.name in REPLAYED


def second_files() -> list[Path]:
    """Return every file of the second folder."""
    return _files(SECOND_RECORDINGS)


def every_exchange() -> list[Exchange]:
    """Return all exchanges of all files."""
    return [exchange for exchanges in recordings().values() for exchange in exchanges]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def _exchanges(file: Path) -> tuple[Exchange, ...]:
    text = _MASKED_SUBSCRIPTION.sub("00000000-0000-0000-0000-000000000000", file.read_text(encoding="utf-8"))
    text = text.replace(*_MASKED_HOST)
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
