"""The variables that name proxies: an unusable value is refused in a message that never quotes it."""

import os
import random
import string

import pytest

from tui.__main__ import main
from tui.cloud.network import BadNetwork, Network, notes, without_password
from tui.cloud.proxies import check_proxies

ODD = [
    "http://svc:Winter#2026@127.0.0.1:9",
    "http://svc:Win/ter@proxy:9",
    "http://svc:Win?ter@proxy:9",
    "http://svc:Win ter@proxy:9",
    "http://svc:Win[ter@proxy:9",
    "http://DOMAIN\\svc:Winter2026@proxy:9",
    "http://svc:Winter\udcff@proxy:9",
    "http://[::1",
    "http://svc:Winter#2026",
    "http://proxy:99999",
    "http://proxy:0",
    "http://",
    "://proxy",
    " http://proxy",
    "http://svc:Winter2026@proxy:80/path",
    "socks5://svc:Winter2026@proxy:1080",
    "http://pro xy:80",
]
SOUND = [
    "http://proxy",
    "proxy:3128",
    "http://proxy:3128/",
    "http://svc:p%40ss@proxy:1",
    "http://a:b@c@d:1",
    "http://[::1]:8",
]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("value", ODD)
def test_an_unusable_proxy_is_reported_by_its_variable_and_never_quoted(name: str, value: str) -> None:
    if value.startswith("socks") and name == "HTTP_PROXY":
        return  # it does not apply to Azure
    with pytest.raises(ValueError, match=name) as caught:
        check_proxies({name: value})
    words = str(caught.value)
    assert words.startswith(f"{name} cannot be used: ")
    assert words.count("\n") == 0
    assert not any(secret in words for secret in ("Winter", "2026", "Win", "svc", "@proxy:9"))


@pytest.mark.parametrize("value", SOUND)
def test_a_valid_proxy_is_accepted(value: str) -> None:
    check_proxies({"HTTPS_PROXY": value, "ALL_PROXY": "socks5://other:1"})


def test_an_accepted_proxy_is_parsed_the_same_by_all_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    from requests.utils import get_auth_from_url, prepend_scheme_if_needed
    from urllib3.util import parse_url
    from yarl import URL

    rng = random.Random(3)  # noqa: S311 - addresses, and not secrets
    signs = "abZ09:/@#?[]%\\ .-_~!$&'()*+,;=\"<>^`{|}é\t" + string.ascii_letters
    taken = 0
    for _ in range(8_000):
        value = rng.choice(["", "http://", "https://", "http://u:"]) + "".join(rng.choices(signs, k=rng.randint(1, 12)))
        value += rng.choice(["", "@h:80", "h"])
        try:
            check_proxies({"HTTPS_PROXY": value})
        except ValueError:
            continue
        monkeypatch.setenv("HTTPS_PROXY", value)
        proxy = Network().proxy_for("https://management.azure.com/x")
        assert proxy is not None
        address = URL(proxy)
        assert address.host
        assert parse_url(prepend_scheme_if_needed(proxy, "http")).host
        assert get_auth_from_url(proxy)[1] == (address.password or "")
        taken += 1
    assert taken > 300


def test_the_host_of_a_proxy_is_shown_without_any_user_name_or_password() -> None:
    rng = random.Random(4)  # noqa: S311 - addresses, and not secrets
    for _ in range(2_000):
        password = "".join(rng.choices(string.printable, k=rng.randint(6, 12)))
        assert without_password(f"http://svc:{password}@proxy:80") == "proxy:80"


def test_no_value_of_no_proxy_crashes_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(5)  # noqa: S311 - names, and not secrets
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    for _ in range(2_000):
        monkeypatch.setenv("NO_PROXY", "".join(rng.choices("ab.,:/@#[]*10 é\\", k=rng.randint(1, 16))))
        Network().proxy_for("https://management.azure.com/x")
        Network().proxy_for("https://10.0.0.1/x")
    assert any("NO_PROXY" in note for note in notes({"NO_PROXY": "http://svc:Winter2026@intranet"}))
    assert not any("Winter" in note for note in notes({"NO_PROXY": "http://svc:Winter2026@intranet"}))


@pytest.mark.parametrize("command", ["settings", "doctor"])
@pytest.mark.parametrize("value", ["http://svc:Winter#2026@127.0.0.1:9", "http://[::1"])
def test_a_command_reports_an_unusable_proxy_and_exits_with_its_error_status(
    command: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.setenv("HTTPS_PROXY", value)
    assert main([command]) == (1 if command == "doctor" else 2)
    shown = capsys.readouterr()
    text = " ".join(f"{shown.out} {shown.err}".split())
    assert "HTTPS_PROXY cannot be used: " in text
    assert "Winter" not in text
    assert "Traceback" not in text
    assert not any("Winter" in file.read_text(errors="replace") for file in folder.rglob("*.log"))


def test_a_proxy_lookup_for_an_invalid_url_raises_bad_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    with pytest.raises(BadNetwork, match="cannot be understood"):
        Network().proxy_for("http://[::1")
