"""Finds secrets by their names: names, separators, and the forms in which programs write values.

Imported only for the first text that may hold one, because its patterns take time to compile.
"""

import re

SECRET_NAMES = (
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "assertion",
    "device code",
    "user code",
    "auth code",
    "identity header",
    "api key",
    "access key",
    "account key",
    "shared key",
    "subscription key",
    "storage key",
    "primary key",
    "secondary key",
    "private key",
    "master key",
    "shared access signature",
    "sig",
)
"""The names of secrets, as words; a longer name that ends with one of them names a secret too."""

SECRET_HEADERS = ("authorization", "proxy-authorization", "x-ms-authorization-auxiliary", "cookie", "set-cookie")
"""Headers that are secret up to the end of their line, whatever is in them."""

_FOLDERS = ("PWD", "OLDPWD")
_JOINED = tuple(name.replace(" ", "") for name in SECRET_NAMES if name != "sig")
_HEADERS = tuple(name.replace("-", "") for name in SECRET_HEADERS)
_SIGNATURE = re.compile(r"(?:^|[_.$-]|^[0-9A-Fa-f]{2})(?:sig|SIG|Sig)$|(?<=[a-z0-9])Sig$")

_WORDS_BEFORE = re.compile(r"([A-Za-z]+ )?[A-Za-z]+ $")

_BLANKS = r"[^\S\r\n]*"
_PAIR = re.compile(
    rf"""(?<![\w.$])(?<!\w-)(?P<key>[$\w][\w.$-]{{1,99}})(?:\\*["'])?{_BLANKS}"""
    rf"""(?:=>|[:=]|%3[DA]|,(?={_BLANKS}b?\\*["'])){_BLANKS}(?:b(?=\\*["']))?""",
    re.IGNORECASE,
)
_FLAG = re.compile(
    r"""(?<![\w-])(?P<key>--[a-z][\w.-]{1,99}|-p)(?:=|(?:\\*["'])?,\s*|\\*["']\s+|\s+(?:\\\s+)?)(?!--)""", re.IGNORECASE
)
_QUOTES = ('"', "'")
_NUMBER = re.compile(r"-?\d[^\s,}\])\"']*")
_ELEMENT = re.compile(r"<(?:\w+:)?(?P<key>[\w.-]{2,99})(?:\s[^<>]*)?>")
_VALUE = re.compile(
    r"""(?P<opening>(?:\\+)?["'])?(?P<rest>"""
    r"""(?(opening)(?:(?<=[^\\]")(?:\\.|[^"\\\r\n])*|(?<=[^\\]')(?:\\.|[^'\\\r\n])*|(?:(?!(?<!\\)(?P=opening))[^\r\n])*)"""
    r"""|(?:[^\s"'&<\\]|\\(?!["'])|["'](?![\s,:;)}\]\\]|$))+))"""
)
_CONTENT = re.compile(r"(?P<opening>)(?P<rest>[^<\r\n]+)")
_HEADER = r"(?:(?:proxy-)?authorization|x-ms-authorization-auxiliary|(?:set-)?cookie)[^\S\r\n]*[:=][^\S\r\n]*"
_HEADER_LINES = (
    # Within quotes it ends with them; in text that was escaped, with the escaped end of its line; else with its line.
    (r'(?<=")', r'[^"\r\n]+'),
    (r"(?<=')", r"[^'\r\n]+"),
    (r"(?<=\\[nr])", r"""(?:[^"'\\\r\n]|\\(?![nr"']))+"""),
    (r"""(?<![\w"'-])""", r"""(?!["'\\]|b["'])[^\r\n]+"""),
)
_SHAPES = (
    *((re.compile(f"(?P<keep>{before}{_HEADER}){rest}", re.IGNORECASE), "") for before, rest in _HEADER_LINES),
    (re.compile(r"(?P<keep>\b(?:bearer|basic|pop|sharedkey)\s+)[\w+/=.~:-]{8,}", re.IGNORECASE), ""),
    # A JSON web token, whose second part may be cut off.
    (re.compile(r"(?P<keep>)\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}"), "eyJ"),
    # The signature of a poll address, whose letters mean a token, a certificate and a hash.
    (re.compile(r"(?P<keep>[?&][tcsh]=)[^&\s\"']{16,}"), "="),
    (re.compile(r"(?P<keep>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?:(?!-----END).)+", re.DOTALL), "PRIVATE KEY"),
)


def without_named(text: str, word: str) -> str:
    """A text without tokens, secret headers, and the values of secret names, each replaced by `word`."""
    for pattern, sign in _SHAPES:
        if sign in text:
            text = pattern.sub(rf"\g<keep>{word}", text)
    text = _without_named(_without_named(text, word, _PAIR), word, _FLAG)
    return _without_named(text, word, _ELEMENT, _CONTENT) if "</" in text else text


def _without_named(text: str, word: str, names: re.Pattern[str], values: re.Pattern[str] = _VALUE) -> str:
    """A text in which every secret that follows its name is replaced by `word`.

    It looks only for the value of a secret, so that the time grows linearly with the text.
    """
    parts: list[str] = []
    done = at = 0
    while match := names.search(text, at):
        at = match.end()
        if not _is_secret(match["key"], text[max(0, match.start() - 40) : match.start()]):
            continue
        value = values.match(text, at)
        if value is None or value["rest"] in ("", word) or value["rest"][0] in "[{":
            continue
        quote = text[match.start() - 1 : match.start()]
        if value["opening"] is None and quote in _QUOTES and text[match.end("key")] == quote:
            # A number in a document, which must stay valid; `null` and the like are not secrets.
            value = _NUMBER.match(text, at)
            if value is None:
                continue
            parts += [text[done:at], f"{quote}{word}{quote}"]
            done = at = value.end()
            continue
        parts += [text[done:at], value["opening"] or "", word]
        done = at = value.end()
    return "".join([*parts, text[done:]]) if parts else text


def _is_header(key: str) -> bool:
    return re.sub(r"[^a-z]", "", key.lower()) in _HEADERS


def _is_secret(key: str, before: str) -> bool:
    """Whether a name, with `before` in front of it as in `account key: …`, names a secret; flags have their dashes."""
    if key == "-p" or _is_header(key):
        return True
    if key in _FOLDERS:
        return False
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    if plain.endswith(_JOINED) or plain.removesuffix("s").endswith(_JOINED):
        return True
    if _SIGNATURE.search(key):
        return True
    if key.isupper() and key.endswith("_KEY"):
        return True
    words = _WORDS_BEFORE.search(before)
    return words is not None and f"{words[0].replace(' ', '').lower()}{plain}".endswith(_JOINED)
