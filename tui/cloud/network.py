"""How requests reach Azure: trusted certificates, proxy, time limits.

One object sets this for every client and every credential, because the libraries disagree: aiohttp reads
`SSL_CERT_FILE` and requests `REQUESTS_CA_BUNDLE`, each has its own rules for `NO_PROXY`, and one uses the system's
certificates where the other uses its own.
"""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from tui.cloud.proxies import check_proxies, host_of, notes_on_no_proxy
from tui.domain.constants import CONNECT_SECONDS, READ_SECONDS
from tui.home import expanded

"""Azure Machine Learning takes up to half a minute to answer (recorded: `x-request-time: 26.169`)."""

_WHOLE_ANSWER = 2
"""How long a whole answer may take, in multiples of its longest pause: it may arrive in drops without a pause."""

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""In this order: `az` reads the first, which other tools know too."""

SWITCHES_OFF = ("AZURE_CLI_DISABLE_CONNECTION_VERIFICATION", "ADAL_PYTHON_SSL_NO_VERIFY")
"""Variables that make `az` skip the verification of certificates; sparkpool always verifies them."""

_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")
_NO_HASHED_NAMES = "no certificate in it has a hashed name, as made by `openssl rehash`"

_PROXY_VARIABLES = ("https_proxy", "http_proxy", "all_proxy")

SIGN_IN_RETRIES = 2
"""Retries of a request to the sign-in service; azure-core's own ten would take minutes without an answer."""


class BadNetwork(ValueError):
    """A network setting that cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Network:
    """The network settings of a run.

    Attributes:
        ca_file: A file or folder with the only trusted certificates; empty for the system's.
        ca_setting: What set it, such as `--ca-file` or `SSL_CERT_FILE`.
        connect_seconds: How long a connection may take.
        read_seconds: How long an answer may pause, or take to start.
    """

    ca_file: str = ""
    ca_setting: str = ""
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS

    @property
    def answer_seconds(self) -> float:
        """How many seconds a request may take in all, from the connection to the last byte of its answer."""
        return self.connect_seconds + _WHOLE_ANSWER * self.read_seconds

    @property
    def trusted(self) -> str:
        """Which certificates are trusted, in words."""
        if self.ca_file:
            return f"only the certificates in {self.ca_file}, as {self.ca_setting} says"
        return "the certificates of this system"

    @property
    def verify(self) -> str:
        """The file or folder of certificates, for libraries that take a path."""
        return self.ca_file or _system_certificates()

    def tls(self) -> ssl.SSLContext:
        """A context that always verifies the server.

        Raises:
            BadNetwork: If the certificates cannot be read.
        """
        path = self.verify
        try:
            if Path(path).is_dir():
                context = ssl.create_default_context(capath=path)
                if self.ca_file and not _has_certificate(Path(path)):
                    raise BadNetwork(self._unreadable(FileNotFoundError(_NO_HASHED_NAMES)))
                return context
            return ssl.create_default_context(cafile=path)
        except (OSError, ValueError) as error:  # an SSLError is an OSError; a path may contain a NUL
            raise BadNetwork(self._unreadable(error)) from error

    def check(self) -> None:
        """Read the configured certificates, and the variables that name proxies.

        Raises:
            BadNetwork: If one of them cannot be used.
        """
        try:
            check_proxies(os.environ)
        except ValueError as error:
            raise BadNetwork(str(error)) from error
        if self.ca_file:
            self.tls()

    def proxy_for(self, url: str) -> str | None:
        """The proxy for a request, by the rules of requests and `az`; None for a direct connection.

        The URL may hold a password. A machine's own endpoint for tokens (169.254.169.254) is never requested through a
        proxy, because that would return the proxy's identity.

        Raises:
            BadNetwork: If a variable or the address cannot be understood.
        """
        try:
            return self._proxy_for(url)
        except ValueError as error:
            raise BadNetwork("The proxy is unclear: a variable or the address cannot be understood.") from error

    def _proxy_for(self, url: str) -> str | None:
        if not any(os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXY_VARIABLES):
            return None
        if _is_link_local(urlsplit(url).hostname or ""):
            return None
        # Imported here, because it takes time that is only needed behind a proxy.
        from requests.utils import get_environ_proxies, select_proxy

        proxy = select_proxy(url, get_environ_proxies(url))
        return f"http://{proxy}" if proxy and "://" not in proxy else proxy

    def _unreadable(self, error: OSError | ValueError) -> str:
        is_content = isinstance(error, ssl.SSLError)
        wrong = self.ca_setting or "the installation of certificates"
        other = "" if "--ca-file" in wrong else ", or give another file with --ca-file"
        advice = f"Fix {wrong}{other}."
        reason = getattr(error, "strerror", "") or str(error)
        why = "it contains no certificate in PEM format" if is_content else reason
        return f"The certificates in {self.verify} cannot be read: {why}. {advice}"


def network_from(
    ca_file: str = "",
    ca_setting: str = "--ca-file",
    environment: Mapping[str, str] | None = None,
    *,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
) -> Network:
    """The network from the settings and the environment; the certificates are not read yet.

    An empty `ca_file` means none is set; `ca_setting` is the setting that it came from. `environment` is the process's
    by default.
    """
    variables = os.environ if environment is None else environment
    if not ca_file:
        ca_setting = next((name for name in CA_VARIABLES if variables.get(name)), "")
        ca_file = variables[ca_setting] if ca_setting else ""
    path = str(expanded(ca_file)) if ca_file else ""
    return Network(path, ca_setting, connect_seconds, read_seconds)


def notes(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What a user should know about the network, one sentence each."""
    variables = os.environ if environment is None else environment
    unverified = (
        f"{name} is set: az does not verify certificates, sparkpool does; name the authority with --ca-file."
        for name in SWITCHES_OFF
        if variables.get(name)
    )
    return (*unverified, *notes_on_no_proxy(variables))


def without_password(proxy: str) -> str:
    """A proxy's host and port without the user part, whether or not it can be parsed."""
    return host_of(proxy)


def _system_certificates() -> str:
    """Where this system's OpenSSL keeps its certificates, else those included with requests."""
    paths = ssl.get_default_verify_paths()
    path = paths.cafile or paths.capath
    if path:
        return path
    import certifi

    return certifi.where()


def _has_certificate(folder: Path) -> bool:
    """Whether OpenSSL will find a certificate in a folder: it searches for hashed names, and only when it needs one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for path in folder.iterdir():
        if _HASHED_NAME.fullmatch(path.name):
            try:
                context.load_verify_locations(cafile=path)
            except OSError:
                continue
            return True
    return False


def _is_link_local(host: str) -> bool:
    try:
        return ip_address(host).is_link_local
    except ValueError:
        return False
