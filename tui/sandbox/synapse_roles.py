"""Synapse's built-in roles: their GUIDs, what they allow and where they may be granted (recorded; own descriptions)."""

from functools import cache

from tui.sandbox.http import Document

ADMINISTRATOR = "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78"
COMPUTE_OPERATOR = "e3844cc7-4670-42cb-9349-9bdac1ee7881"
CONTRIBUTOR = "7572bffe-f453-4b66-912a-46cc5ef38fda"

NAMESPACE = "Microsoft.Synapse/workspaces"
READ = f"{NAMESPACE}/read"
GRANT = f"{NAMESPACE}/roleAssignments/write"
REVOKE = f"{NAMESPACE}/roleAssignments/delete"

WORKSPACE = "workspaces/{workspaceName}"

SCOPES = (
    WORKSPACE,
    f"{WORKSPACE}/bigDataPools/{{bigDataPoolName}}",
    f"{WORKSPACE}/scopePools/{{scopePoolName}}",
    f"{WORKSPACE}/integrationRuntimes/{{integrationRuntimeName}}",
    f"{WORKSPACE}/credentials/{{credentialName}}",
    f"{WORKSPACE}/linkedServices/{{linkedServiceName}}",
)
"""Where a role can be granted, in the order of `rbacScopes` (recorded)."""

COMPUTE_SCOPES = SCOPES[:4]
SECRET_SCOPES = (WORKSPACE, SCOPES[5], SCOPES[4])
ALL_SCOPES = (*COMPUTE_SCOPES, SCOPES[5], SCOPES[4])

# The letter of each role in the table below, its GUID, name, scopes and description; in the recorded order.
ROLES = (
    ("A", ADMINISTRATOR, "Synapse Administrator", ALL_SCOPES, "Does everything in the workspace, and grants roles."),
    (
        "L",
        "dd665582-e433-40ca-b183-1b1b33e73375",
        "Synapse Linked Data Manager",
        (WORKSPACE,),
        "Manages private endpoints, linked services and credentials.",
    ),
    ("C", CONTRIBUTOR, "Synapse Contributor", COMPUTE_SCOPES, "Uses all compute and changes all code; grants nothing."),
    (
        "P",
        "05930f57-09a3-4c0d-9fa9-6d1eb91c178b",
        "Synapse Artifact Publisher",
        (WORKSPACE,),
        "Changes published code and its outputs; runs nothing.",
    ),
    (
        "U",
        "53faaa0e-40b6-40c8-a2ff-e38f2d388875",
        "Synapse Artifact User",
        (WORKSPACE,),
        "Reads published code and its outputs.",
    ),
    ("O", COMPUTE_OPERATOR, "Synapse Compute Operator", COMPUTE_SCOPES, "Submits and cancels Spark jobs, reads logs."),
    (
        "K",
        "5eb298b4-692c-4241-9cf0-f58a3b42bb25",
        "Synapse Credential User",
        SECRET_SCOPES,
        "Uses the secrets of credentials and linked services.",
    ),
    (
        "S",
        "2a385764-43e8-416c-9825-7b18d05a2c4b",
        "Synapse User",
        ALL_SCOPES,
        "Lists pools, runtimes, linked services and credentials.",
    ),
    (
        "X",
        "c3a6d2f1-a26f-4810-9b0f-591308d5cbf1",
        "Apache Spark Administrator",
        (WORKSPACE,),
        "Does everything with Spark pools and Spark code; grants nothing.",
    ),
    (
        "Q",
        "7af0c69a-a548-47d6-aea3-d00e69bd83aa",
        "Synapse SQL Administrator",
        (WORKSPACE,),
        "Does everything with serverless SQL pools and SQL scripts.",
    ),
    (
        "M",
        "8f9b2195-5b12-4a7c-af30-8f1f46197650",
        "Synapse Monitoring Operator",
        (WORKSPACE,),
        "Reads logs and outputs.",
    ),
)

# Each data action, without the namespace, and the letters of the roles that allow it (recorded 2023-06).
ALLOWED = {
    "read": "ALCPUOKSXQM",
    "roleAssignments/write": "A",
    "roleAssignments/delete": "A",
    "managedPrivateEndpoints/write": "AL",
    "managedPrivateEndpoints/delete": "AL",
    "bigDataPools/useCompute/action": "ACOX",
    "bigDataPools/viewLogs/action": "ACOXM",
    "scopePools/useCompute/action": "ACO",
    "scopePools/viewLogs/action": "ACO",
    "integrationRuntimes/useCompute/action": "ACO",
    "integrationRuntimes/viewLogs/action": "ACOM",
    "artifacts/read": "ACPUXQM",
    "notebooks/write": "ACPX",
    "sparkJobDefinitions/write": "ACPX",
    "scopeJobDefinitions/write": "AP",
    "sqlScripts/write": "ACPQ",
    "dataFlows/write": "ACP",
    "dataMappers/write": "ACP",
    "pipelines/write": "ACP",
    "triggers/write": "ACP",
    "datasets/write": "ACP",
    "linkedServices/write": "ALCPXQ",
    "credentials/write": "ALCPXQ",
    "notebooks/delete": "ACPX",
    "sparkJobDefinitions/delete": "ACPX",
    "scopeJobDefinitions/delete": "AP",
    "sqlScripts/delete": "ACPQ",
    "dataFlows/delete": "ACP",
    "dataMappers/delete": "ACP",
    "pipelines/delete": "ACP",
    "triggers/delete": "ACP",
    "datasets/delete": "ACP",
    "linkedServices/delete": "ALCPXQ",
    "credentials/delete": "ALCPXQ",
    "cancelPipelineRun/action": "ACO",
    "notebooks/viewOutputs/action": "ACPUXM",
    "pipelines/viewOutputs/action": "ACPUM",
    "linkedServices/useSecret/action": "AK",
    "credentials/useSecret/action": "AK",
    "libraries/delete": "ACPX",
    "libraries/write": "ACPX",
    "kqlScripts/write": "ACP",
    "kqlScripts/delete": "ACP",
    "sparkConfigurations/write": "ACP",
    "sparkConfigurations/delete": "ACP",
    "linkConnections/read": "ACO",
    "linkConnections/write": "AC",
    "linkConnections/delete": "AC",
    "linkConnections/useCompute/action": "ACO",
}


@cache
def definitions() -> dict[str, Document]:
    """The definition of each role by its GUID, as in `roleDefinitions` (recorded)."""
    return {
        guid: {
            "name": name,
            # The recorded descriptions end in a zero-width space.
            "description": f"{description}\u200b",
            "id": guid,
            "isBuiltIn": True,
            "permissions": [
                {
                    "actions": [],
                    "notActions": [],
                    "dataActions": [f"{NAMESPACE}/{action}" for action, roles in ALLOWED.items() if letter in roles],
                    "notDataActions": [],
                }
            ],
            "scopes": list(scopes),
            "availabilityStatus": "Available",
        }
        for letter, guid, name, scopes, description in ROLES
    }


def allows(role_id: str, action: str) -> bool:
    """Whether the role of that GUID allows the data action."""
    definition = definitions().get(role_id)
    if definition is None:
        return False
    allowed: list[str] = definition["permissions"][0]["dataActions"]
    return action.lower() in {name.lower() for name in allowed}
