"""Checks the variables that name proxies before a library reads them; values are not quoted, because of passwords."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

PROXY_VARIABLES = ("https_proxy", "http_proxy", "all_proxy")
"""In lower or upper case; the first and the last apply to Azure."""

_NO_PROXY = "no_proxy"
_FOR_AZURE = ("https_proxy", "all_proxy")
_SCHEMES = ("http", "https")
_MUST_BE_ESCAPED = re.compile(r"[^\w.~!$&'()*+,;=:@%-]", re.ASCII)
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+(?:%[\w.~-]+)?\]|[\w.-]+")
_FORM = "http://host:port, or http://user:password@host:port"


def check_proxies(environment: Mapping[str, str]) -> None:
    """Refuse a variable that no library could use, or that libraries would read differently.

    Raises:
        ValueError: With a sentence that says which, and what to write instead.
    """
    for name, value in environment.items():
        if name.lower() not in PROXY_VARIABLES or not value:
            continue
        wrong = _wrong_with(value, is_for_azure=_is_for_azure(name, environment))
        if wrong:
            raise ValueError(f"{name} cannot be used: {wrong}.")


def notes_on_no_proxy(environment: Mapping[str, str]) -> Iterator[str]:
    """Entries of `NO_PROXY` that can never match a host, one sentence for each variable."""
    for name, value in environment.items():
        if name.lower() != _NO_PROXY:
            continue
        if any(sign in value for sign in ("://", "@", "[", "]")):
            yield (
                f"{name} has an entry that matches nothing: use host names and addresses, separated by "
                "commas, without http:// or a user name."
            )


def host_of(proxy: str) -> str:
    """The host and port of a proxy's address, whether or not it can be parsed: nothing before the last `@`."""
    rest = proxy.rpartition("@")[2] if "@" in proxy else proxy.partition("://")[2] or proxy
    return re.split(r"[/?#\s\\]", rest, maxsplit=1)[0]


def _is_for_azure(name: str, environment: Mapping[str, str]) -> bool:
    """Whether a variable applies to Azure: one for all protocols only if there is none for HTTPS."""
    first = next((one for one in _FOR_AZURE if environment.get(one) or environment.get(one.upper())), "")
    return name.lower() == first


def _wrong_with(value: str, *, is_for_azure: bool) -> str:
    """What is wrong with a proxy's address, as a clause; empty for nothing."""
    if value != value.strip():
        # Also for a value of only blanks: no library treats that as "no proxy".
        return "there is a blank before or after its address"
    scheme, found, rest = value.partition("://")
    if not found:
        scheme, rest = "http", scheme
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return f"it does not begin with http://; write it as {_FORM}"
    user, _, host = rest.rpartition("@")
    signs = "".join(dict.fromkeys(_MUST_BE_ESCAPED.findall(user)))
    if signs:
        shown = ", ".join(f"{_named(sign)} as {_escaped(sign)}" for sign in signs)
        return f"in its user name or password, write {shown}"
    if scheme.lower() not in _SCHEMES:
        kind = "a SOCKS proxy" if scheme.lower().startswith("socks") else f'a proxy of the kind "{scheme[:20]}"'
        return f"it names {kind}, and sparkpool uses HTTP proxies; write it as {_FORM}" if is_for_azure else ""
    return _wrong_with_host(host)


def _wrong_with_host(host: str) -> str:
    name = _HOST.match(host)
    if name is None:
        return f"it names no host; write it as {_FORM}"
    rest = host[name.end() :]
    port = re.fullmatch(r"(?::(\d*))?/*", rest, re.ASCII)
    if port is None:
        if re.match(r":[^/]", rest) and "@" not in host:
            return (
                f"what follows its host is not a port; write it as {_FORM}, with every character of the password "
                "except letters and digits as % and its code (# as %23, / as %2F, ? as %3F)"
            )
        return f"something follows its host and port; write it as {_FORM}"
    if port[1] and not 0 < int(port[1][:9]) <= 65_535:
        return "its port is not between 1 and 65535"
    return "" if _is_host(host, name[0]) else f"its host cannot be understood; write it as {_FORM}"


def _is_host(host: str, name: str) -> bool:
    """Whether libraries accept a host: an address, or a name with an ASCII form."""
    try:
        urlsplit(f"http://{host}")
        name.encode("idna")
    except ValueError:
        return False
    return name.isascii() or not ("_" in name or name.startswith("-"))


def _escaped(sign: str) -> str:
    is_byte = "\udc80" <= sign <= "\udcff"
    return quote(sign, safe="", errors="surrogateescape" if is_byte else "replace")


def _named(sign: str) -> str:
    if sign.isprintable() and not sign.isspace():
        return sign
    return "a blank" if sign == " " else f"the character U+{ord(sign):04X}"
