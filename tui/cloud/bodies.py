"""Error bodies of any shape: the codes and the words in them.

Azure's services send at least eight shapes (`error`, a bare `code`, OData, ASP.NET's problem details, OAuth, XML, JSON
inside a string, plain text), and proxies send web pages. Words are found in any body that is not empty.
"""

import codecs
import html
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from azure.core.exceptions import AzureError

from tui.domain.text import clean

MOST_BYTES = 1_000_000
"""How much of a body is read."""
MOST_WORDS = 1_500
"""How many characters of Azure's words are kept; the recorded stack traces have 40,000."""

_MOST_MARKUP = 32_000
_DEEPEST = 12
_MOST_LEAVES = 20
_LEAST_PRINTABLE = 0.85

_WEB_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*+<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.I | re.S)
_HEADING = re.compile(r"<h[1-3][^>]*>(.*?)</h[1-3]", re.I | re.S)
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_TAG = re.compile(r"<[^>]*>")
_XML_CODE = re.compile(r"<(?:\w+:)?(?:code|errorcode|faultcode)\b[^>]*>([^<]*)<", re.I)
_XML_WORDS = re.compile(
    r"<(?:\w+:)?(message|faultstring|text|description|detail)\b[^>]*>((?:<!\[CDATA\[.*?\]\]>|[^<])+)<", re.I | re.S
)
_CUT_MESSAGE = re.compile(r'"(?:message|error_description)"\s*:\s*"((?:[^"\\]|\\.){1,2000})"', re.I)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.S)
_STACK = re.compile(r"(?:\\[rn]|[\r\n])[ \t]*(?:at [\w.<>`+$]+[\(\[]|--- End of |File \"|Traceback \(most)")
_ENTRA = re.compile(r"AADSTS\d{4,7}")
_NAMED = re.compile(r"\b(?:[A-Z][a-z]+(?:[A-Z][a-z]*)+|[A-Z]{3,}(?:_[A-Z]+)+)\b")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.I)

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# The members of a JSON body, in lower case, because services differ in letter case.
_CODES = ("code", "errorcode", "error_code")
_WORDS = (
    "message",
    "error_description",
    "errormessage",
    "error_message",
    "exceptionmessage",
    "faultstring",
    "msg",
    "statusmessage",
)
_OTHER_WORDS = ("title", "detail", "description", "reason", "text", "summary", "value")
_INNER = (
    "error",
    "odata.error",
    "fault",
    "details",
    "innererror",
    "inner_error",
    "innerexception",
    "internalexception",
    "errors",
    "properties",
)
_NO_WORDS = {"traceid", "type", "target", "stacktrace", "exceptiontype", "lang", "classname", "exceptiondetail"}


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What an error body says.

    Attributes:
        codes: Azure's codes, outermost first; empty if there are none.
        text: Azure's words on one line; for a web page its title or first line; empty only for an empty body.
        is_web_page: Whether it is a web page.
        violations: What Azure Policy says of each violated policy.
        named: Names in the words that look like codes; only a table of codes can tell what they are.
    """

    codes: tuple[str, ...] = ()
    text: str = ""
    is_web_page: bool = False
    violations: tuple[Mapping[str, Any], ...] = ()
    named: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    codes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    violations: list[Mapping[str, Any]] = field(default_factory=list)

    def add_code(self, code: object) -> None:
        if isinstance(code, str) and code.strip() and not code.strip().isdigit() and code not in self.codes:
            self.codes.append(code.strip())

    def add_words(self, text: str) -> None:
        trace = _STACK.search(text)
        words = _tidy(text[: trace.start()] if trace else text)
        if words and not any(words in one for one in self.texts):
            self.texts.append(words)


def read_body(response: Any) -> ErrorBody:
    """Read the body of an answer."""
    text = text_of(response)
    if text is None:
        return ErrorBody(text="Azure's answer cannot be read: it is not text.")
    return parse(text)


def text_of(response: Any) -> str | None:
    """The body as text, in any encoding; None if it is not text."""
    raw = _raw(response)
    if not isinstance(raw, bytes):
        return raw
    headers = getattr(response, "headers", None) or {}
    return decoded(raw, str(headers.get("Content-Type") or ""))


def decoded(raw: bytes, content_type: str = "") -> str | None:
    """Bytes, compressed or not, as text without a byte order mark; None if they are not text.

    The encoding comes from the byte order mark, else from the charset in `content_type`, else from the bytes
    themselves.
    """
    data = raw[:MOST_BYTES]
    if data.startswith(b"\x1f\x8b"):
        try:
            data = zlib.decompressobj(wbits=31).decompress(data, MOST_BYTES)
        except zlib.error:
            return None
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    named = _CHARSET.search(content_type)
    candidates = [named[1]] if named else []
    candidates += [*_wide(data), "utf-8", "cp1252"]
    for encoding in candidates:
        with suppress(LookupError, UnicodeError):
            text = data.decode(encoding, errors="ignore" if len(raw) > MOST_BYTES else "strict")
            if _is_text(text):
                return text
    text = data.decode("utf-8", errors="replace")
    return text if _is_text(text) else None


def parse(text: str) -> ErrorBody:
    """Read a body that is text."""
    text = text.lstrip("\ufeff")[:MOST_BYTES]
    if text.strip() in ("", "null"):
        return ErrorBody()
    if _is_web_page(text):
        return ErrorBody(text=_words_of_page(text), is_web_page=True)
    result = _Found()
    document = _json(text)
    if document is None and text.lstrip().startswith("<"):
        _read_xml(text, result)
    elif document is None:
        result.add_words(text)
        result.texts = result.texts or [_tidy(text)]
    else:
        _read(document, result, 0)
        if not result.texts:
            for leaf in _leaves(document, 0):
                result.add_words(leaf)
        if not result.texts and not result.codes and document not in ({}, [], ""):
            result.texts = [_tidy(text)]
    return _as_body(result)


def read_error(error: Any) -> ErrorBody:
    """Read the error in a larger document, such as the status of an operation; `error` is that member, of any type."""
    result = _Found()
    _read(error, result, 0)
    return _as_body(result)


def words_in(text: str) -> str:
    """The words in a message, which may be JSON inside a string or end in a stack trace."""
    return read_error(text).text if text else ""


def _as_body(result: _Found) -> ErrorBody:
    words = _short(" ".join(result.texts))
    for code in _ENTRA.findall(words):
        result.add_code(code)
    return ErrorBody(
        codes=tuple(result.codes),
        text=words,
        violations=tuple(result.violations),
        named=tuple(dict.fromkeys(_NAMED.findall(words))),
    )


def _raw(response: Any) -> bytes | str | None:
    """The body as it came; empty if there is none, None if it cannot be decompressed."""
    if response is None:
        return ""
    is_broken = False
    for name in ("body", "content", "text"):
        member = getattr(type(response), name, None) or getattr(response, "__dict__", {}).get(name)
        if member is None:
            continue
        try:
            value = getattr(response, name)
            value = value() if callable(value) else value
        except (ValueError, LookupError, TypeError, zlib.error, OSError, AzureError):
            is_broken = True
            continue
        if isinstance(value, bytes | str):
            return value
    return None if is_broken and _has_length(response) else ""


def _has_length(response: Any) -> bool:
    headers = getattr(response, "headers", None) or {}
    return str(headers.get("Content-Length") or "1") != "0"


def _wide(data: bytes) -> list[str]:
    """UTF-16 without a byte order mark, detected by the zeros of its Latin letters."""
    head = data[:200]
    if len(head) < 2 or head.count(0) * 3 < len(head):
        return []
    return ["utf-16-le"] if head[1::2].count(0) >= head[0::2].count(0) else ["utf-16-be"]


def _is_text(text: str) -> bool:
    head = text[:2000]
    good = sum(one.isprintable() or one in "\r\n\t\x1b" for one in head)
    return not head or ("\x00" not in head and good >= _LEAST_PRINTABLE * len(head))


def _json(text: str) -> Any:
    """The parsed JSON; None if it is not JSON, is nested too deeply, or is `null`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_web_page(text: str) -> bool:
    return _WEB_PAGE.match(text[:4000]) is not None or (
        text.lstrip().startswith("<") and re.search(r"<html\b", text[:4000], re.I) is not None
    )


def _words_of_page(text: str) -> str:
    """The title of a web page, else its first heading, else its first words."""
    text = text[:_MOST_MARKUP]
    for pattern in (_TITLE, _HEADING):
        match = pattern.search(text)
        words = _without_tags(match[1]) if match else ""
        if words:
            return _short(words, 200)
    lines = (_without_tags(line) for line in _UNSEEN.sub(" ", text).splitlines())
    return _short(next((line for line in lines if line), ""), 200)


def _without_tags(text: str) -> str:
    return _tidy(html.unescape(_TAG.sub(" ", text)))


def _read_xml(text: str, result: _Found) -> None:
    text = text[:_MOST_MARKUP]
    for code in _XML_CODE.findall(text):
        result.add_code(html.unescape(code))
    for _, words in _XML_WORDS.findall(text):
        result.add_words(html.unescape(_CDATA.sub(r"\1", words)))
    if not result.texts:
        result.add_words(_without_tags(_CDATA.sub(r"\1", text)) or text)


def _read(document: Any, result: _Found, depth: int) -> None:
    """Collect codes and words, outer ones first."""
    if depth > _DEEPEST:
        return
    if isinstance(document, str):
        _read_string(document, result, depth)
    elif isinstance(document, list):
        for item in document:
            _read(item, result, depth + 1)
    elif isinstance(document, Mapping):
        _read_mapping({str(key).lower(): value for key, value in document.items()}, result, depth)


def _read_string(text: str, result: _Found, depth: int) -> None:
    """Words, or JSON inside a string, as recorded for Azure Machine Learning and Synapse."""
    inner = _json(text) if text.lstrip()[:1] in ("{", "[", '"') else None
    start = text.find("{")
    if isinstance(inner, Mapping | list | str) and inner:
        _read(inner, result, depth + 1)
    elif _is_web_page(text):
        result.add_words(_words_of_page(text))
    else:
        _read_mixed(text, start, result, depth)


def _read_mixed(text: str, start: int, result: _Found, depth: int) -> None:
    """Words followed by JSON, as in Livy's refusals; the JSON may be cut off."""
    nested = _json(text[start:]) if start > 0 else None
    messages = _CUT_MESSAGE.findall(text[start : start + _MOST_MARKUP]) if start >= 0 and nested is None else []
    if isinstance(nested, Mapping) or messages:
        result.add_words(text[:start])
    if isinstance(nested, Mapping):
        _read(nested, result, depth + 1)
    elif messages:
        for message in messages:
            result.add_words(message)
    else:
        result.add_words(text)


def _read_mapping(members: Mapping[str, Any], result: _Found, depth: int) -> None:
    for name in _CODES:
        result.add_code(members.get(name))
    if isinstance(members.get("error"), str):
        # OAuth has its code there, and other services their words.
        if "error_description" in members or "code" in members or re.fullmatch(r"[\w.]+", members["error"]):
            result.add_code(members["error"])
        else:
            _read(members["error"], result, depth + 1)
    own = [members[name] for name in _WORDS if members.get(name)]
    own = own or [members[name] for name in _OTHER_WORDS if isinstance(members.get(name), str)]
    for words in own:
        _read(words, result, depth + 1)
    for name in _INNER:
        inner = members.get(name)
        if isinstance(inner, Mapping) and name == "errors" and "message" not in inner:
            # ASP.NET: a list of sentences for each field.
            for sentences in inner.values():
                _read(sentences, result, depth + 1)
        elif isinstance(inner, Mapping | list) or (isinstance(inner, str) and name in ("details", "errors", "fault")):
            _read(inner, result, depth + 1)
    infos = members.get("additionalinfo")
    for info in infos if isinstance(infos, list) else ():
        _read_info(info, result, depth)


def _read_info(info: Any, result: _Found, depth: int) -> None:
    """One entry of `additionalInfo`: a violated policy, or the inner error of Azure Machine Learning."""
    if not isinstance(info, Mapping) or not isinstance(info.get("info"), Mapping):
        return
    kind, content = str(info.get("type")).lower(), info["info"]
    if kind == "policyviolation":
        result.violations.append(content)
    elif kind == "innererror":
        _read(content.get("value"), result, depth + 1)


def _leaves(document: Any, depth: int) -> Iterator[str]:
    """Every text in a body of unknown shape, without type names and stack traces."""
    if depth > _DEEPEST:
        return
    values: Iterable[Any] = ()
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping):
        values = (value for key, value in document.items() if str(key).lower() not in _NO_WORDS)
    elif isinstance(document, list):
        values = document[:_MOST_LEAVES]
    for value in values:
        yield from _leaves(value, depth + 1)


def _tidy(text: str) -> str:
    return clean(" ".join(text[: MOST_WORDS * 4].split()))


def _short(text: str, most: int = MOST_WORDS) -> str:
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"
