"""An Azure role in Python, with azure-mgmt-authorization."""

from tui.domain.azure_roles import ROLE_ASSIGNMENTS_API_VERSION
from tui.domain.clouds import CloudProfile
from tui.domain.exports.quoting import named, python
from tui.domain.exports.sdk_values import literal, managing
from tui.domain.exports.steps import GrantAzureRole


def azure_role(role: GrantAzureRole, cloud: CloudProfile) -> str:
    """The statements that grant it; they call a function `grant` with what sends it.

    The document is sent as bytes, so that the package does not change it.
    """
    client = f"AuthorizationManagementClient({managing(role.scope.subscription, cloud)})"
    return (
        f"# Grant {named(role.text)}.\n"
        f"azure_roles = {client}.role_assignments\n"
        f"body = {literal(role.document, '')}\n"
        "grant(\n"
        "    lambda: azure_roles.create(\n"
        f"        {python(str(role.scope))},\n"
        f"        {python(role.grant.id)},\n"
        "        json.dumps(body).encode(),\n"
        '        content_type="application/json",\n'
        f"        api_version={python(ROLE_ASSIGNMENTS_API_VERSION)},\n"
        "    )\n"
        ")\n"
    )
