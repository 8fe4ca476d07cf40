"""The networks of the default world's Synapse workspaces: one for each case that a client has to explain."""

from collections.abc import Mapping

from tui.sandbox import documents
from tui.sandbox.http import Document
from tui.sandbox.world import World

EVERYONE = ("0.0.0.0", "255.255.255.255")  # noqa: S104 - not an address to listen at
AZURE = ("0.0.0.0", "0.0.0.0")  # noqa: S104
OFFICE = ("203.0.113.0", "203.0.113.255")
HOME = ("198.51.100.17", "198.51.100.17")

RULES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "syn-prod": {"allowAll": EVERYONE},
    "syn-lab": {"office": OFFICE, "home-of-ben": HOME},
    "syn-empty": {"allowAll": EVERYONE},
    "syn-dev": {"AllowAllWindowsAzureIps": AZURE, "office": OFFICE},
    "syn-private": {"AllowAllWindowsAzureIps": AZURE},
    "syn-closed": {"office": OFFICE},
}
"""The addresses that each firewall lets in; the portal's names for everyone and for Azure's services."""


def add_networks(world: World) -> None:
    """Give each Synapse workspace of the default world its network.

    `syn-private` has a managed virtual network with data-exfiltration protection: one private endpoint to its data lake
    is approved, and another one waits. `syn-closed` refuses public connections, but has a private one.
    """
    for name, rules in RULES.items():
        add_rules(world, name, rules)
    private = world.synapse_workspace_named("syn-private")
    if private is not None:
        _manage(world, private, prevents_exfiltration=True)
        lake = _storage(private, "synprivatelake")
        approved = _add_endpoint(world, private, "lake-dfs", lake, "dfs")
        approved["properties"]["connectionState"] = {"status": "Approved", "description": "", "actionsRequired": "None"}
        _add_endpoint(world, private, "sales-dfs", _storage(private, "contososales", "rg-sales"), "dfs")
    closed = world.synapse_workspace_named("syn-closed")
    if closed is not None:
        _manage(world, closed, prevents_exfiltration=False)
        closed["properties"]["publicNetworkAccess"] = "Disabled"
        closed["properties"]["privateEndpointConnections"] = [_connection(closed, "office-dev")]


def add_rules(world: World, workspace: str, rules: Mapping[str, tuple[str, str]]) -> None:
    """Add firewall rules to the Synapse workspace of that name."""
    found = world.synapse_workspace_named(workspace)
    if found is not None:
        for rule, (start, end) in rules.items():
            world.firewall_rules.put(documents.firewall_rule(f"{found['id']}/firewallRules/{rule}", start, end))


def _manage(world: World, workspace: Document, *, prevents_exfiltration: bool) -> None:
    """Put a workspace into a managed virtual network, with the endpoints that every one has (recorded)."""
    workspace["properties"] |= {
        "managedVirtualNetwork": "default",
        "managedVirtualNetworkSettings": {"preventDataExfiltration": prevents_exfiltration},
    }
    for group in ("sql", "sqlOnDemand"):
        endpoint = _add_endpoint(world, workspace, f"synapse-ws-{group}--{workspace['name']}", workspace["id"], group)
        host = workspace["properties"]["connectivityEndpoints"][group].partition(".")[0]
        endpoint["properties"] |= {
            "connectionState": {
                "status": "Approved",
                "description": "Approved by Microsoft.Synapse Resource Provider",
                "actionsRequired": "",
            },
            "isReserved": True,
            "fqdns": [f"{host}.{workspace['properties']['workspaceUID']}.sql.azuresynapse.net"],
        }


def _add_endpoint(world: World, workspace: Document, name: str, target: str, group: str) -> Document:
    """Add a private endpoint that waits for approval (recorded)."""
    arm_id = f"{workspace['id']}/managedVirtualNetworks/default/managedPrivateEndpoints/{name}"
    endpoint = documents.private_endpoint(arm_id, target, group)
    endpoint["properties"] |= {"provisioningState": "Succeeded", "connectionState": dict(documents.PENDING)}
    world.private_endpoints.put(endpoint)
    return endpoint


def _storage(workspace: Document, account: str, group: str = "") -> str:
    """The ARM id of a storage account in the workspace's group, or in another one of its subscription."""
    parts = workspace["id"].split("/")
    parts[4] = group or parts[4]
    return "/".join([*parts[:6], "Microsoft.Storage/storageAccounts", account])


def _connection(workspace: Document, name: str) -> Document:
    """An approved private connection to a workspace (specification)."""
    return {
        "id": f"{workspace['id']}/privateEndpointConnections/{name}",
        "properties": {
            "privateEndpoint": {
                "id": "/".join([*workspace["id"].split("/")[:6], "Microsoft.Network/privateEndpoints", name])
            },
            "privateLinkServiceConnectionState": {"status": "Approved", "description": "", "actionsRequired": "None"},
            "provisioningState": "Succeeded",
        },
    }
