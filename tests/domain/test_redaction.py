"""Secrets in text: every name in every spelling, and every form in which programs write a value."""

import random
import string
from collections.abc import Callable
from itertools import product

import pytest

from tui.domain.named_secrets import SECRET_NAMES
from tui.domain.redaction import REMOVED, fit_to_show, redacted, secrets_of, without_user_parts

JOINTS = {
    "snake": "_".join,
    "kebab": "-".join,
    "dots": ".".join,
    "camel": lambda words: words[0] + "".join(word.title() for word in words[1:]),
    "pascal": lambda words: "".join(word.title() for word in words),
    "upper": lambda words: "_".join(words).upper(),
    "header": lambda words: "-".join(word.title() for word in words),
    "together": "".join,
}
PREFIXES = ("", "azure", "my app")
FORMS = {
    "JSON": '{{"a": 1, "{name}": "{value}", "b": 2}}',
    "compact JSON": '{{"a":1,"{name}":"{value}","b":2}}',
    "JSON in JSON": '{{"a": "{{\\"{name}\\": \\"{value}\\"}}"}}',
    "Python": "{{'a': 1, '{name}': '{value}'}}",
    "bytes of Python": "[(b'{name}', b'{value}')]",
    "query": "GET https://x.example/y?a=1&{name}={value}&b=2",
    "form": "{name}={value}&b=2",
    "encoded form": "a%3D1%26{name}%3D{value}",
    "header": "{name}: {value}",
    "assignment": "export {name}={value}",
    "quoted assignment": '{name}="{value}" b=2',
    "PowerShell": "$env:{name} = '{value}'",
    "connection string": "A=1;{name}={value};B=2",
    "TOML": '{name} = "{value}"',
    "XML": "<{name}>{value}</{name}>",
    "flag": "az login --{name} {value} -t x",
    "flag with =": "az login --{name}={value} -t x",
    "quoted flag": "az login --{name} '{value}' -t x",
    "list of words": "['az', 'login', '--{name}', '{value}', '-t', 'x']",
    "tight list of words": '["az","--{name}","{value}"]',
}
SIGNS = string.ascii_letters + string.digits + "._~-+/="


def values(seed: int) -> list[str]:
    """Return secrets that cannot be recognized by their shape."""
    rng = random.Random(seed)  # noqa: S311 - texts, and not secrets
    return ["Zq" + "".join(rng.choices(SIGNS, k=rng.randint(6, 40))) + "x" for _ in range(3)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("joint", JOINTS)
def test_a_named_secret_is_redacted_in_every_form(form: str, joint: str) -> None:
    for name, prefix, value in product(SECRET_NAMES, PREFIXES, values(21)):
        words = [*prefix.split(), *name.split()]
        spelled = JOINTS[joint](words)
        if spelled == "PWD" or (name == "sig" and joint == "together" and prefix):
            continue  # PWD is a folder, and a joined "sig" can be part of a word such as "design"
        text = FORMS[form].format(name=spelled, value=value)
        found = redacted(text)
        assert value not in found, text
        assert REMOVED in found
        assert redacted(found) == found


@pytest.mark.parametrize(
    "form", ["az login -p {}", "['az', 'login', '-p', '{}']", 'az login -p "{}"', "az login -p={}"]
)
def test_a_password_after_its_short_flag_is_redacted_too(form: str) -> None:
    for value in values(4):
        assert value not in redacted(form.format(value)), form


@pytest.mark.parametrize("header", ["Authorization", "proxy-authorization", "Cookie", "SET-COOKIE"])
def test_a_secret_header_is_redacted_to_the_end_of_its_line(header: str) -> None:
    text = f'GET / HTTP/1.1\n{header}: a=secret1; b="secret2", c secret3\nHost: x.example'
    found = redacted(text)
    assert "secret" not in found
    assert found.endswith("\nHost: x.example")


def test_everything_between_the_scheme_and_the_last_at_sign_is_removed_in_any_spelling() -> None:
    rng = random.Random(2)  # noqa: S311 - texts, and not secrets
    for _ in range(2_000):
        password = "".join(rng.choices(string.printable.strip() + "é構", k=rng.randint(1, 20)))
        for text in (f"http://svc:{password}@proxy.example:8080", f"at HTTPS://svc:{password}@[::1]:1/ refused"):
            found = without_user_parts(text)
            assert f"svc:{password}" not in found, text
            assert f"://{REMOVED}@" in found
            assert without_user_parts(found) == found


@pytest.mark.parametrize(
    "text",
    [
        "https://portal.azure.com/#@contoso.com/resource/subscriptions/x",
        "abfss://data@account.dfs.core.windows.net/path",
        "https://login.microsoftonline.com/common/userrealm/ana@contoso.com",
        "ana@contoso.com asked https://management.azure.com/subscriptions",
    ],
)
def test_an_at_sign_that_belongs_to_something_else_is_kept(text: str) -> None:
    assert without_user_parts(text) == text


def test_a_proxy_password_is_redacted_literally_and_percent_encoded() -> None:
    known = secrets_of({"HTTPS_PROXY": "http://svc:Win ter#2026@proxy.example", "PWD": "/home/ana/work"})
    for text in ("Win ter#2026", "Win%20ter%232026"):
        assert REMOVED in redacted(f"cannot parse '{text}'", known)
    assert redacted("/home/ana/work", known) == "/home/ana/work"


LONG = (
    "a-",
    "a=a=",
    "://",
    "://@",
    "password=",
    "password='",
    "x: ",
    "\\",
    "'",
    '"',
    "bearer ",
    " ",
    "<a>",
    "--a ",
    "eyJaaaaaaaa-",
)


@pytest.mark.parametrize("read", [redacted, fit_to_show])
@pytest.mark.parametrize("piece", LONG)
def test_a_long_text_is_processed_in_linear_time(piece: str, read: Callable[[str], str]) -> None:
    # Long enough that quadratic time would take far longer than a test may.
    text = piece * (750_000 // len(piece))
    assert read(text)
