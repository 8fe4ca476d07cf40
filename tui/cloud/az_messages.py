"""What `az` says when it gives no token, and what that means: a table, kept as data.

Signing in only helps where `az` says that nobody is signed in or that a sign-in has expired.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AzMessage:
    """One row.

    Attributes:
        pattern: The pattern for az's words.
        what: What is wrong, as a clause.
        advice: What to do, as sentences; empty if az's words do not help.
        source: Where the words are known from.
        is_about_sign_in: Whether signing in to `az` helps.
        is_quoted: Whether az's words are shown too, because they say more than the clause.
        example: The words as `az` says them.
    """

    pattern: str
    what: str
    advice: str
    source: str
    is_about_sign_in: bool = False
    is_quoted: bool = True
    example: str = ""


_CLI, _IDENTITY = "source: github.com/Azure/azure-cli", "source: azure-identity 1.27, AzureCliCredential"
_LOGIN = "Sign in again, then try again."
_CERTIFICATE = (
    "az does not trust the certificate that it received, as behind a proxy that inspects TLS connections. Set "
    "REQUESTS_CA_BUNDLE to a file with the proxy's certificate for az, and give the same file to sparkpool with "
    "--ca-file."
)
_NETWORK = "Check the network, and the variables HTTPS_PROXY and NO_PROXY, which az reads too."

MESSAGES = (
    # The causes come before the sign-in, because az ends some of its other failures with a hint to `az login` as well.
    AzMessage(
        r"CERTIFICATE_VERIFY_FAILED|certificate verif\w+ failed|self[- ]signed certificate|unable to get local issuer",
        "az does not trust the certificate of the sign-in service",
        _CERTIFICATE,
        "github.com/Azure/azure-cli/issues/25301, github.com/Azure/azure-cli/issues/22348",
        example="HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: "
        "/organizations (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate "
        "verify failed: unable to get local issuer certificate (_ssl.c:1125)')))",
    ),
    AzMessage(
        r"Could not find a suitable TLS CA certificate bundle|invalid path: .*\.(?:pem|crt|cer)",
        "az cannot read the file of certificates that REQUESTS_CA_BUNDLE names",
        "Fix REQUESTS_CA_BUNDLE, then try again.",
        "source: github.com/psf/requests, adapters.py",
        example="Could not find a suitable TLS CA certificate bundle, invalid path: /etc/none.pem",
    ),
    AzMessage(
        r"ProxyError|Tunnel connection failed|Cannot connect to proxy|407 Proxy Authentication",
        "az cannot get through the proxy",
        "Check the address, user name and password of the proxy in HTTPS_PROXY, and NO_PROXY, which az reads too.",
        "github.com/Azure/azure-cli/issues/21696",
        example="HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: / "
        "(Caused by ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication "
        "Required')))",
    ),
    AzMessage(
        r"SSLError|SSLEOFError|\[SSL: |EOF occurred in violation of protocol",
        "az could not make a secure connection",
        "Check what is between here and the sign-in service, such as a proxy, and the variables HTTPS_PROXY, NO_PROXY "
        "and REQUESTS_CA_BUNDLE, which az reads.",
        "github.com/Azure/azure-cli/issues/20083",
        example="HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: / "
        "(Caused by SSLError(SSLEOFError(8, 'EOF occurred in violation of protocol (_ssl.c:1006)')))",
    ),
    AzMessage(
        r"Name or service not known|Temporary failure in name resolution|getaddrinfo failed|NameResolutionError|"
        r"nodename nor servname",
        "az could not find the address of the sign-in service",
        f"{_NETWORK} Check the DNS too.",
        "source: github.com/urllib3/urllib3, connection.py",
        example="HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: / "
        "(Caused by NameResolutionError('Failed to resolve login.microsoftonline.com ([Errno -2] Name or service not "
        "known)'))",
    ),
    AzMessage(
        r"Max retries exceeded|Failed to establish a new connection|Connection (?:refused|aborted|reset|timed out)|"
        r"ConnectTimeout|ReadTimeout|Read timed out|RemoteDisconnected|Network is unreachable|No route to host|"
        r"Please ensure you have network connection",
        "az could not reach the sign-in service",
        _NETWORK,
        "github.com/Azure/azure-cli/issues/10921",
        example="HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: / "
        "(Caused by NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))",
    ),
    AzMessage(
        r"claims challenge|--claims-challenge",
        "Azure requires a stronger sign-in for this",
        _LOGIN,
        _IDENTITY,
        is_about_sign_in=True,
        example="This credential doesn't support claims challenges. To authenticate with the required claims, please "
        "run the following command: az login --claims-challenge eyJhIjoxfQ==",
    ),
    AzMessage(
        r"Azure CLI not found on path",
        "az is not installed here, or not on the PATH",
        "Install the Azure CLI, or sign in with another method.",
        _IDENTITY,
        is_quoted=False,
        example="Azure CLI not found on path",
    ),
    AzMessage(
        r"Failed to execute|Failed to invoke|cannot execute|Exec format error",
        "az cannot be run here",
        "Run az version in another terminal to see why, or sign in with another method.",
        _IDENTITY,
        is_quoted=False,
        example="Failed to execute '/usr/bin/az'",
    ),
    AzMessage(
        r"No space left on device|Disk quota exceeded|Read-only file system",
        "az cannot write its files",
        "Free some space on the disk where az keeps its files (AZURE_CONFIG_DIR, else ~/.azure), then try again.",
        _CLI,
        example="OSError: [Errno 28] No space left on device: '/home/ana/.azure/msal_token_cache.json'",
    ),
    AzMessage(
        r"PermissionError|Permission denied",
        "az may not read or write its files",
        "Check who owns the files in AZURE_CONFIG_DIR, else ~/.azure.",
        _CLI,
        example="PermissionError: [Errno 13] Permission denied: '/home/ana/.azure/msal_token_cache.json'",
    ),
    AzMessage(
        r"Traceback \(most recent call last\)|The command failed with an unexpected error|"
        r"(?:Module|Import|Attribute|Syntax|Type|Key|Value|Runtime|JSONDecode|Unicode\w+|Recursion)Error\b|"
        r"Segmentation fault|core dumped|No module named",
        "az failed",
        "",
        _CLI,
        example="The command failed with an unexpected error. Here is the traceback:\nTraceback (most recent call "
        "last):\n  File \"/usr/lib/az/x.py\", line 1\nKeyError: 'homeTenantId'",
    ),
    AzMessage(
        r"Subscription '[^']*' not found|The subscription of '[^']*' doesn't exist|Multiple subscriptions with",
        "az does not know the subscription",
        "Check it with `az account list`, and choose another account in the sign-in.",
        f"{_CLI}, azure-cli-core _profile.py",
        example="Subscription 'none' not found. Check the spelling and casing and try again.",
    ),
    AzMessage(
        r"is misspelled or not recognized|unrecognized arguments|the following arguments are required|"
        r"invalid choice|\bCommand group\b.*\bdoes not exist",
        "az does not know these arguments; it may be too old",
        "Update the Azure CLI (az upgrade), or sign in with another method.",
        f"{_CLI}, azure-cli-core parser.py",
        example="az: error: unrecognized arguments: --output json",
    ),
    AzMessage(
        r"Unexpected output",
        "az answered with something other than a token",
        "Run az account get-access-token in another terminal to see what it prints; it must print only JSON.",
        _IDENTITY,
        is_quoted=False,
        example="Unexpected output from Azure CLI: 'hello'.",
    ),
    AzMessage(
        r"Interactive authentication is needed|Status_InteractionRequired|interaction_required",
        "az needs you to sign in again",
        _LOGIN,
        f"{_CLI}, azure-cli-core auth/util.py",
        is_about_sign_in=True,
        example="AADSTS9999999: Something new.\nInteractive authentication is needed. Please run:\naz login",
    ),
    AzMessage(
        r"Please run:?\s*[`']?az login|Run [`']?az login|No subscriptions? found|az account set|not logged in|"
        r"does not exist in MSAL token cache",
        "nobody is signed in to az",
        _LOGIN,
        f"{_CLI}, azure-cli-core _profile.py; {_IDENTITY}",
        is_about_sign_in=True,
        is_quoted=False,
        example="Please run 'az login' to setup account.",
    ),
    AzMessage(
        r"(?:refresh )?token (?:has |is )?(?:expired|revoked)|session has expired|sign-?in has expired|"
        r"invalid_grant",
        "the sign-in of az has expired",
        _LOGIN,
        f"{_CLI}, azure-cli-core auth/util.py",
        is_about_sign_in=True,
        example="The refresh token has expired due to inactivity.",
    ),
)
"""More specific rows come first."""

_MOST_WORDS = 4_000
"""How many characters are read at each end of az's words: the error comes first or, below a traceback, last."""


def meaning_of(words: str) -> AzMessage | None:
    """The meaning of what `az` printed, or what azure-identity made of it; None if unknown."""
    if len(words) > 2 * _MOST_WORDS:
        words = f"{words[:_MOST_WORDS]}\n{words[-_MOST_WORDS:]}"
    return next((row for row in MESSAGES if re.search(row.pattern, words, re.IGNORECASE | re.DOTALL)), None)


def last_words(words: str) -> str:
    """The useful part of what `az` printed: the last line of a Python traceback, without az's own prefix."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    if any(line.startswith("Traceback (most recent") for line in lines):
        lines = lines[-1:]
    return "\n".join(line.removeprefix("ERROR: ") for line in lines)
