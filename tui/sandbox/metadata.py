"""Resource Manager's description of its cloud without sign-in: the addresses of the other services."""

from urllib.parse import urlsplit

from tui.sandbox.http import Document, Request, Response, json_response
from tui.sandbox.names import TENANT_ID
from tui.sandbox.planes import LOOPBACK

PATH = "/metadata/endpoints"

CLOUD = "SparkpoolSandbox"
LIST_VERSION = "2019-05-01"
"""The API version whose answer is a list of clouds (documentation)."""


class CloudMetadata:
    """Describes the served sandbox as a cloud, to `az cloud register` and to azure-ai-ml (documentation)."""

    def answer(self, request: Request) -> Response | None:
        """This cloud, described like an Azure Stack, or None for a request to another service."""
        if request.host not in LOOPBACK or request.path != PATH:
            return None
        if request.method != "GET":
            return json_response(405, {"error": {"code": "MethodNotAllowed", "message": "Only GET is supported here."}})
        described = _described(request.origin)
        # `az` requests a list when ARM_CLOUD_METADATA_URL names the address (its source); azure-ai-ml accepts both.
        return json_response(200, [described] if request.query.get("api-version") == LIST_VERSION else described)


def _described(origin: str) -> Document:
    """The cloud, described like an Azure Stack."""
    port = urlsplit(origin).port
    suffixes = {
        "storage": "core.windows.net",
        "sqlServerHostname": "database.windows.net",
        "synapseAnalytics": f"synapse.localhost:{port}" if port else "synapse.localhost",
    }
    return {
        "name": CLOUD,
        "portal": "https://portal.azure.com",
        "resourceManager": origin,
        "authentication": {
            "loginEndpoint": origin,
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": TENANT_ID,
            "identityProvider": "AAD",
        },
        "graph": "https://graph.windows.net/",
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
        "suffixes": suffixes,
    }
