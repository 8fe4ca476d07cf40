"""Reads resource ids as users paste them: from pages, commands, files and answers.

Only what is certain is taken. A text with something like an id in it is never used as a search.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from tui.domain.ordering import by_name
from tui.domain.resource_id import (
    ML_WORKSPACE_TYPE,
    InvalidResourceId,
    ResourceId,
    is_guid,
    ml_workspace_id,
)
from tui.domain.text import lines_of, without_invisible

LONGEST_PASTE = 1 << 20
"""How many characters a field accepts at once; a longer paste is refused, because a part of it would be wrong."""

_AROUND = " \t\r\n\"'`,;"
_ADDRESSES = ("http://", "https://")
_FIRST = "subscriptions/"
_BEFORE_SEGMENTS = 6
_MOST_DECODINGS = 3
_MOST_LETTERS = 200_000
_LONGEST_ID = 2_048
"""Longer than the subscription, group and names of any id together."""

_START = re.compile(r"(?:/|(?<![A-Za-z0-9._-]))subscriptions/", re.IGNORECASE)
_RUN = re.compile(rf"[^\s\"'`<>?&#|*,;\\{{}}\[\]]{{1,{_LONGEST_ID}}}")
_QUOTES = tuple("\"'`")
_BEHIND_IDS = re.compile(r"[?&#]")
_NEVER = "\ue000"
"""A character that no id has."""
_ENCODED_ENDS = re.compile(r"%(?:[01][0-9a-f]|20|7f|23|3f|5c)", re.IGNORECASE)
_SHORT_WORKSPACE = re.compile(
    r"/?subscriptions/([^/]+)/resourcegroups/([^/]+)/workspaces/([^/]+)(?:/.*)?", re.IGNORECASE | re.DOTALL
)
"""How Studio's addresses and `azureml://` name a workspace: without the provider."""
_LIKE_AN_ID = re.compile(
    r"""^/|://|\S/\S|%(?:25)*2f|\\|\bwsid=|\bresourceid\(|--ids?\b"""
    r"""|\bsubscription(?:_?id)?["']?\s*[:= ]\s*["']?[0-9a-f]{8}-""",
    re.IGNORECASE,
)
_PARTS = (
    # A workspace's config.json, and the flags of `az ml`.
    re.compile(r"(?:subscription_id|subscription)[\"']?\s*[:= ]\s*[\"']?([0-9a-f-]{36})", re.IGNORECASE),
    re.compile(r"(?:resource[_-]?group(?:_name)?|-g)[\"']?\s*[:= ]\s*[\"']?([\w.()-]+)", re.IGNORECASE),
    re.compile(r"(?:workspace[_-]name|-w)[\"']?\s*[:= ]\s*[\"']?([\w.-]+)", re.IGNORECASE),
)


def one_line(text: str) -> str:
    """A paste as one line, with nothing lost.

    An id or address that was wrapped is joined; other lines are separated by blanks.
    """
    lines = [line.strip() for line in lines_of(text)]
    joined = ""
    for line in filter(None, lines):
        joined += line if not joined or _is_wrapped(joined, line) else f" {line}"
    return joined


def _is_wrapped(before: str, line: str) -> bool:
    """Whether a line continues the id or address at the end of the text before it."""
    last, first = before.rsplit(maxsplit=1)[-1], line.split(maxsplit=1)[0]
    starts = [match.start() for match in _START.finditer(unquote(last))]
    beginning = re.search(r"/[a-z]*$", last.lower())
    is_begun = beginning is not None and f"/{_FIRST}".startswith(beginning[0])
    is_open = bool(starts) or is_begun or last.lower().startswith(_ADDRESSES)
    if not is_open or _START.match(unquote(first)) or first.lower().startswith(_ADDRESSES):
        return False
    # A quote or comma ends an id, and a word with a colon is the next key of a file.
    return last[-1] not in "\"'`,;>" and not first.endswith(":") and first[0] not in "\"'`,;<{}[]#"


def looks_like_id(text: str) -> bool:
    """Whether a text is meant as a resource id and not as a search; no name has a slash."""
    bare = without_invisible(text).strip(_AROUND)
    return _LIKE_AN_ID.search(bare) is not None or bare.lower().startswith(_FIRST)


def resource_id_in(text: str, wanted_type: str) -> ResourceId:
    """The one resource id of a type in a text.

    The text can be an id, with or without its first slash and quotes; the address of a page of the portal or of Studio;
    a line of JSON, YAML or a command; or the whole output of a tool. An address may continue after the resource.

    Raises:
        InvalidResourceId: If there is none of that type, or more than one.
    """
    bare = one_line(without_invisible(text[:_MOST_LETTERS])).strip(_AROUND).replace("\\/", "/")
    if bare.startswith("<") and bare.endswith(">"):
        bare = bare[1:-1]
    if bare.lower().startswith(("/", _FIRST)) and len(_START.findall(bare)) < 2:
        return _exact(bare if bare.startswith("/") else f"/{bare}", wanted_type)
    runs = list(dict.fromkeys(run for form in _decoded(bare) for run in _runs(form)))
    ids = set(_of_type(runs, wanted_type))
    if not ids and "://" in bare:
        # The address of a page continues after the resource that the page is about.
        length = _BEFORE_SEGMENTS + 2 * wanted_type.count("/")
        ids = set(_of_type(["/".join(run.split("/")[: length + 1]) for run in runs], wanted_type))
    if not ids and wanted_type == ML_WORKSPACE_TYPE:
        ids = set(_workspaces(bare, runs))
    if len(ids) > 1:
        names = ", ".join(sorted((one.name for one in ids), key=by_name))
        raise InvalidResourceId(f"There are {len(ids)} ids in this text ({names}): paste only the one that you mean.")
    if ids:
        return ids.pop()
    if runs and all(_NEVER in run for run in runs):
        raise InvalidResourceId("The id in this text has a character that names never have.")
    if runs:
        # It is the id of something else, or not an id.
        return ResourceId.parse(next(run for run in runs if _NEVER not in run), wanted_type)
    return ResourceId.parse(bare, wanted_type)


def _exact(text: str, wanted_type: str) -> ResourceId:
    """The id if a text is exactly one; what a request or page appends to it is dropped.

    Raises:
        InvalidResourceId: If it is not an id, or not of that type.
    """
    short = _SHORT_WORKSPACE.fullmatch(text) if wanted_type == ML_WORKSPACE_TYPE else None
    for form in _decoded(text):
        if short is None and wanted_type == ML_WORKSPACE_TYPE:
            short = _SHORT_WORKSPACE.fullmatch(form)
        run = _BEHIND_IDS.split(form, maxsplit=1)[0].rstrip(".:!")
        try:
            return ResourceId.parse(run, wanted_type)
        except InvalidResourceId:
            continue
    if short is not None and is_guid(short[1]):
        return ml_workspace_id(*short.groups())
    return ResourceId.parse(text, wanted_type)


def _decoded(text: str) -> Iterator[str]:
    """A text, and the same with percent-encoding removed, as often as there is some.

    An encoded character that ends an id is not taken for the end: no name contains it, so that id is refused.
    """
    for _ in range(_MOST_DECODINGS + 1):
        yield text
        before, text = text, without_invisible(unquote(_ENCODED_ENDS.sub(_NEVER, text)))
        if text == before:
            return


def _runs(text: str) -> Iterator[str]:
    """Each part that starts like a resource id, up to where an id must end."""
    for start in _START.finditer(text):
        match = _RUN.match(text, start.start())
        if match is None:
            continue
        at, end = start.start(), match.end()
        run, before, behind = match[0], text[max(0, at - 1) : at], text[end : end + 1]
        if before in _QUOTES and behind not in ("", before, "?", "#", "&", "\\"):
            # The quotes hold more than the id, so this is not a plain id.
            run += _NEVER
        run = run.rstrip(".:!")
        while run.endswith(")") and run.count("(") < run.count(")"):
            run = run[:-1]
        yield run if run.startswith("/") else f"/{run}"


def _of_type(runs: list[str], wanted_type: str) -> Iterator[ResourceId]:
    for run in runs:
        try:
            yield ResourceId.parse(run, wanted_type)
        except InvalidResourceId:
            continue


def _workspaces(text: str, runs: list[str]) -> Iterator[ResourceId]:
    """Azure ML workspaces that are named without a provider, or by their parts."""
    for run in runs:
        short = _SHORT_WORKSPACE.fullmatch(run)
        if short is not None and is_guid(short[1]):
            yield ml_workspace_id(*short.groups())
    parts = [pattern.search(text) for pattern in _PARTS]
    values = [part[1] for part in parts if part is not None]
    if len(values) == len(_PARTS) and is_guid(values[0]):
        yield ml_workspace_id(*values)
