"""Secrets in text: what looks like one is replaced by a word, whatever form the text has.

A secret is recognized by its own shape, as a token or the user part of an address, or by its name. Names are listed
as words only: every joint between the words, every prefix, and every form of a value (JSON, a query, a header, a flag,
an assignment, quoted or not) is matched by one grammar.
"""

import re
from collections.abc import Mapping
from itertools import chain
from urllib.parse import quote, unquote

REMOVED = "[removed]"

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

_LEAST_SECRET = 8
_SECRET_VARIABLE = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN$|_KEY$|IDENTITY_HEADER", re.IGNORECASE)
_PROXY_VARIABLE = re.compile(r"\w+_proxy", re.IGNORECASE)
_FOLDERS = ("PWD", "OLDPWD")
_STORAGE_SCHEMES = ("abfs", "abfss", "wasb", "wasbs")
"""In the addresses of Azure's storage for Spark, a container stands before the `@`."""

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
    # A JSON web token, the second part of which may be cut off.
    (re.compile(r"(?P<keep>)\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}"), "eyJ"),
    # The signature of a poll address, whose letters stand for a token, a certificate and a hash.
    (re.compile(r"(?P<keep>[?&][tcsh]=)[^&\s\"']{16,}"), "="),
    (re.compile(r"(?P<keep>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?:(?!-----END).)+", re.DOTALL), "PRIVATE KEY"),
)
_WHOLE_TOKEN = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}")
"""A claims request, which a command needs, begins as a token does and has no dot."""

_RUN = re.compile(r"\S+")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/")


def redacted(text: str, known: tuple[str, ...] = ()) -> str:
    """A text without what looks like a secret.

    Args:
        text: The text.
        known: Secrets that this process knows, the longest first.

    Returns:
        The text, each secret replaced by a word.
    """
    text = without_known(text, known)
    text = without_user_parts(text)
    for pattern, sign in _SHAPES:
        if sign in text:
            text = pattern.sub(rf"\g<keep>{REMOVED}", text)
    text = _without_named(_without_named(text, _PAIR), _FLAG)
    return _without_named(text, _ELEMENT, _CONTENT) if "</" in text else text


def fit_to_show(text: str, known: tuple[str, ...] = ()) -> str:
    """A text without the secrets that show themselves by their shape, for what is drawn many times a second.

    Args:
        text: The text.
        known: Secrets that this process knows, the longest first.
    """
    text = without_user_parts(without_known(text, known))
    return _WHOLE_TOKEN.sub(REMOVED, text) if "eyJ" in text else text


def without_known(text: str, known: tuple[str, ...]) -> str:
    """A text without secrets that are known literally."""
    for secret in known:
        if secret in text:
            text = text.replace(secret, REMOVED)
    return text


def without_user_parts(text: str) -> str:
    """A text in which everything between `://` and the last `@` behind it is removed, up to the next blank.

    It does not ask whether the address can be parsed: a password that was not escaped may hold any sign.
    """
    if "://" not in text or "@" not in text:
        return text
    return _RUN.sub(lambda found: _without_user_part(found[0]), text)


def _without_user_part(run: str) -> str:
    scheme, found, rest = run.partition("://")
    end = rest.rfind("@")
    if not found or end < 0:
        return run
    user = rest[:end]
    if ":" not in user and (_PLAIN_HOST.match(user) or scheme.lower().endswith(_STORAGE_SCHEMES)):
        # The `@` belongs to a path, or names a container.
        return run
    return f"{scheme}://{user if user == REMOVED else REMOVED}{rest[end:]}"


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets that variables hold, by their names, the longest first.

    Args:
        environment: The environment's variables.
    """
    named = (value for name, value in environment.items() if _SECRET_VARIABLE.search(name))
    users = (
        value.partition("://")[2].rpartition("@")[0] or value.rpartition("@")[0]
        for name, value in environment.items()
        if _PROXY_VARIABLE.fullmatch(name) and name.lower() != "no_proxy"
    )
    passwords = chain.from_iterable((user.partition(":")[2], unquote(user.partition(":")[2])) for user in users)
    escaped = chain.from_iterable((one, quote(one, safe="")) for one in passwords)
    found = {value for value in chain(named, escaped) if len(value) >= _LEAST_SECRET}
    return tuple(sorted(found, key=len, reverse=True))


def _without_named(text: str, names: re.Pattern[str], values: re.Pattern[str] = _VALUE) -> str:
    """A text in which every secret that stands behind its name is replaced.

    Only the value of a secret is looked for, so that the work grows with the length of the text and no faster.

    Args:
        text: The text.
        names: Finds names with the joint behind them.
        values: Matches what stands behind that.
    """
    parts: list[str] = []
    done = at = 0
    while found := names.search(text, at):
        at = found.end()
        if not _is_secret(found["key"], text[max(0, found.start() - 40) : found.start()]):
            continue
        value = values.match(text, at)
        if value is None or value["rest"] in ("", REMOVED) or value["rest"][0] in "[{":
            continue
        quote = text[found.start() - 1 : found.start()]
        if value["opening"] is None and quote in _QUOTES and text[found.end("key")] == quote:
            # A number of a document, which stays a document; `null` and the like are no secrets.
            value = _NUMBER.match(text, at)
            if value is None:
                continue
            parts += [text[done:at], f"{quote}{REMOVED}{quote}"]
            done = at = value.end()
            continue
        parts += [text[done:at], value["opening"] or "", REMOVED]
        done = at = value.end()
    return "".join([*parts, text[done:]]) if parts else text


def _is_header(key: str) -> bool:
    return re.sub(r"[^a-z]", "", key.lower()) in _HEADERS


def _is_secret(key: str, before: str) -> bool:
    """Whether a name names a secret.

    Args:
        key: The name; a flag's has its dashes.
        before: What stands before it, whose last word may belong to it, as in `account key: …`.
    """
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
