"""A stub of `az` on the PATH that behaves as documented: it returns a token or fails with az's own message."""

import json
import os
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.patience import PATIENCE_SECONDS
from tests.support.served import Served

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
NOT_LOGGED_IN = "ERROR: Please run 'az login' to setup account.\n"
MFA = (
    "ERROR: AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new "
    "location, you must use multi-factor authentication to access '797f4846-ba00-4fd7-ba43-dac1f8f63013'. "
    "Trace ID: 11111111-2222-4333-8444-555555555555 Correlation ID: 6 Timestamp: 2026-11-25 00:00:00Z\n"
    "Interactive authentication is needed. Please run:\n"
    'az login --tenant "contoso" --scope "https://management.core.windows.net//.default"\n'
)
EXPIRED = "ERROR: AADSTS700082: The refresh token has expired due to inactivity.\nPlease run:\naz login\n"
WRONG_TENANT = "ERROR: AADSTS90002: Tenant 'nowhere' not found. Check to make sure you have the correct tenant ID.\n"

_SCRIPT = """#!{python}
import json, sys, time
from pathlib import Path
here = Path({folder!r})
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
told = json.loads((here / "told.json").read_text())
time.sleep(told.get("seconds", 0))
sys.stderr.write(told.get("error", ""))
if told.get("error"):
    sys.exit(1)
if sys.argv[1:3] != ["account", "get-access-token"]:
    sys.exit("ERROR: the stub knows this command not")
resource = sys.argv[sys.argv.index("--resource") + 1].rstrip("/")
token = told["tokens"][resource]
print(token if told.get("raw") else json.dumps(token))
"""


class Az:
    """The stub of `az`.

    Args:
        folder: A folder for its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        script = self.bin / "az"
        script.write_text(_SCRIPT.format(python=sys.executable, folder=str(folder)))
        script.chmod(0o755)
        self.config = folder / "config"
        self.config.mkdir()
        self.tell(error=NOT_LOGGED_IN)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that make a program use the stub."""
        return {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "AZURE_CONFIG_DIR": str(self.config)}

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call."""
        file = self._folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def tell(self, **told: Any) -> None:
        """Set how the stub behaves from now on."""
        (self._folder / "told.json").write_text(json.dumps(told))

    def log_in(self, served: Served, seconds: float = 0.0, **more: Any) -> None:
        """Sign the sandbox's user in: the stub then has a token for each plane, with the sandbox's lifetime."""
        tokens = {}
        for resource in ("https://management.azure.com", served.resource_manager, "https://dev.azuresynapse.net"):
            token, expires_in = user_token(served, f"{resource}/.default")
            tokens[resource] = {
                "accessToken": token,
                "expires_on": int(time.time()) + expires_in,
                "expiresOn": "2099-01-01 00:00:00.000000",
                "subscription": served.subscription,
                "tenant": served.tenant,
                "tokenType": "Bearer",
            }
        self.tell(tokens=tokens, seconds=seconds, **more)
        account = {
            "id": served.subscription,
            "name": "Contoso Prod",
            "user": {"name": "ana@contoso.com", "type": "user"},
            "isDefault": True,
            "tenantId": served.tenant,
            "environmentName": "Sandbox",
        }
        text = json.dumps({"subscriptions": [account]})
        (self.config / "azureProfile.json").write_text(text, encoding="utf-8-sig")


def user_token(served: Served, scope: str) -> tuple[str, int]:
    """A token of the sandbox's user, from a device code that approves itself, and its lifetime in seconds."""
    base = f"{served.login}/{served.tenant}/oauth2/v2.0"
    code = _post(served, f"{base}/devicecode", client_id=AZURE_CLI, scope=scope)["device_code"]
    form = {"grant_type": "device_code", "client_id": AZURE_CLI, "device_code": code, "scope": scope}
    while "access_token" not in (answer := _post(served, f"{base}/token", **form)):
        assert answer["error"] == "authorization_pending"
    return answer["access_token"], answer["expires_in"]


def _post(served: Served, url: str, **form: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=served.tls())
    )
    try:
        answer = opener.open(url, urlencode(form).encode(), timeout=PATIENCE_SECONDS)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        document: dict[str, Any] = json.load(answer)
    return document
