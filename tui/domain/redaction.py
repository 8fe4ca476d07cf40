"""Removes secrets from text: what looks like one is replaced by a word, in any format.

A secret is recognized by its own shape, as a token or the user part of an address, or by its name. Names are listed as
words only: every separator, every prefix, and every form of a value (JSON, a query, a header, a flag, an assignment,
quoted or not) is matched by one grammar.
"""

import re
from collections.abc import Mapping
from itertools import chain
from urllib.parse import quote, unquote

REMOVED = "[removed]"
_USER_PLACEHOLDER = "USER:PASSWORD"
"""What a sentence writes where a user name and a password go; not removed, whatever its case."""

_LEAST_SECRET = 8
_SECRET_VARIABLE = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN$|_KEY$|IDENTITY_HEADER", re.IGNORECASE)
_PROXY_VARIABLE = re.compile(r"\w+_proxy", re.IGNORECASE)
_STORAGE_SCHEMES = ("abfs", "abfss", "wasb", "wasbs")
"""In the addresses of Azure's storage for Spark, the part before the `@` is a container."""

_MAYBE_TOKEN = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}")
"""A claims request, which a command needs, begins as a token does and has no dot.

It is matched too, because a search for the dot would begin again at every dash.
"""

_RUN = re.compile(r"\S+")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/")


def redacted(text: str, known: tuple[str, ...] = ()) -> str:
    """A text with a word in place of everything that looks like a secret.

    `known` are secrets of this process, longest first.
    """
    from tui.domain.named_secrets import without_named

    return without_named(without_user_parts(without_known(text, known)), REMOVED)


def fit_to_show(text: str, known: tuple[str, ...] = ()) -> str:
    """A text without secrets that are recognized by their shape, fast enough to be called for every draw.

    `known` are secrets of this process, longest first.
    """
    text = without_user_parts(without_known(text, known))
    return _MAYBE_TOKEN.sub(lambda match: REMOVED if "." in match[0] else match[0], text) if "eyJ" in text else text


def without_known(text: str, known: tuple[str, ...]) -> str:
    """A text without secrets that are known literally."""
    for secret in known:
        if secret in text:
            text = text.replace(secret, REMOVED)
    return text


def without_user_parts(text: str) -> str:
    """A text in which everything between `://` and the last following `@` is removed, up to the next blank.

    It does not check whether the address can be parsed: an unescaped password may contain any character.
    """
    if "://" not in text or "@" not in text:
        return text
    return _RUN.sub(lambda match: _without_user_part(match[0]), text)


def _without_user_part(run: str) -> str:
    scheme, found, rest = run.partition("://")
    end = rest.rfind("@")
    if not found or end < 0:
        return run
    user = rest[:end]
    if ":" not in user and (_PLAIN_HOST.match(user) or scheme.lower().endswith(_STORAGE_SCHEMES)):
        # The `@` belongs to a path, or names a container.
        return run
    if user.upper() == _USER_PLACEHOLDER:
        return run
    return f"{scheme}://{user if user == REMOVED else REMOVED}{rest[end:]}"


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets in environment variables, found by their names, longest first."""
    named = (value for name, value in environment.items() if _SECRET_VARIABLE.search(name))
    users = (
        value.partition("://")[2].rpartition("@")[0] or value.rpartition("@")[0]
        for name, value in environment.items()
        if _PROXY_VARIABLE.fullmatch(name) and name.lower() != "no_proxy"
    )
    passwords = chain.from_iterable((user.partition(":")[2], unquote(user.partition(":")[2])) for user in users)
    escaped = chain.from_iterable((one, quote(one, safe="")) for one in passwords)
    values = {value for value in chain(named, escaped) if len(value) >= _LEAST_SECRET}
    return tuple(sorted(values, key=len, reverse=True))
