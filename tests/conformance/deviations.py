"""The accepted deviations from the specification, each with its evidence.

Azure does not always follow its own documents; where a recording proves that, the sandbox behaves like Azure.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from tests.conformance.specification import Deviation


class Known(NamedTuple):
    """An accepted deviation.

    Attributes:
        operation: The operation's name, as a regular expression.
        part: The part of the request or response, as the validator names it.
        place: The place in that part; an item of a list counts as the item itself.
        reason: The rule that it violates.
        recording: The recording and the interaction that prove it, as ``file.json#index``; empty if none does.
        because: Without a recording, why the sandbox deviates.
    """

    operation: str
    part: str
    place: str
    reason: str
    recording: str = ""
    because: str = ""

    def matches(self, deviation: Deviation) -> bool:
        """Return whether the deviation is this one."""
        return (
            deviation.part == self.part
            and deviation.place.removeprefix("value[].") == self.place
            and deviation.reason == self.reason
            and re.fullmatch(self.operation, deviation.operation) is not None
        )


COMPUTE = r"Compute_(Get|List|CreateOrUpdate|Update)"
CLUSTER = "aml_compute_create_get_update_delete.json"
INSTANCE = "aml_compute_instance_identity_start_stop_delete.json"
INNER = "properties.properties"

NULLS: Mapping[str, str] = {
    f"{INNER}.allocationState": f"{CLUSTER}#0",
    f"{INNER}.scaleSettings.nodeIdleTimeBeforeScaleDown": "aml_compute_put_existing_patch_delete_powershell.json#0",
    f"{INNER}.userAccountCredentials.adminUserPassword": f"{CLUSTER}#3",
    f"{INNER}.applicationSharingPolicy": f"{INSTANCE}#0",
    f"{INNER}.applications": f"{INSTANCE}#0",
    f"{INNER}.connectivityEndpoints": f"{INSTANCE}#0",
    f"{INNER}.errors": f"{INSTANCE}#0",
    f"{INNER}.osImageMetadata": f"{INSTANCE}#0",
    f"{INNER}.state": f"{INSTANCE}#0",
    f"{INNER}.versions": f"{INSTANCE}#0",
    f"{INNER}.sshSettings.adminPublicKey": f"{INSTANCE}#7",
}
"""Members of computes that Azure sends as null although the specification does not allow it."""

ROLES = "azure_role_assignments_create_get_list_update_delete.json"
ASSIGNMENT = r"RoleAssignments_(Get|Create|Delete|ListFor\w+)"

ROLE_NULLS: Mapping[tuple[str, str], str] = {
    ("RoleDefinitions_(Get|List)", "properties.createdBy"): f"{ROLES}#0",
    ("RoleDefinitions_(Get|List)", "properties.updatedBy"): f"{ROLES}#0",
    ("RoleAssignments_Create", "properties.createdBy"): f"{ROLES}#1",
    (ASSIGNMENT, "properties.delegatedManagedIdentityResourceId"): f"{ROLES}#1",
    (ASSIGNMENT, "properties.condition"): f"{ROLES}#2",
    (ASSIGNMENT, "properties.conditionVersion"): f"{ROLES}#2",
    (ASSIGNMENT, "properties.description"): f"{ROLES}#2",
}
"""The same of roles, with the operations that send them."""

TABLE = (
    *(
        Known(operation, "response body", place, "type", recording)
        for (operation, place), recording in ROLE_NULLS.items()
    ),
    *(Known(COMPUTE, "response body", place, "type", recording) for place, recording in NULLS.items()),
    Known("Compute_Get", "response body", "404", "required", "aml_compute_404_empty_body.json#0"),
    Known("Compute_Delete", "response header", "202 location", "required", f"{CLUSTER}#10"),
    Known(
        "Compute_Update", "response status", "202", "unknown", "aml_compute_put_existing_patch_delete_powershell.json#3"
    ),
    *(
        Known(r"GET .*/locations/\*/computeOperationsStatus/\*", f"{part} operation", "", "unknown", f"{CLUSTER}#1")
        for part in ("request", "response")
    ),
    Known(
        COMPUTE,
        "response body",
        f"{INNER}",
        "type",
        because="Nobody has recorded an attached Spark pool; readers of azure-ai-ml's source know that null happens, "
        "and the choices echo_while_creating and gone_pool say when.",
    ),
    Known(
        r"Compute_(Get|List)",
        "response body",
        "properties",
        "type",
        because="The sandbox's world holds one compute that no model can read, because one must not break a list.",
    ),
    Known(
        r"Workspaces_(Get|List\w+)",
        "response body",
        "properties.imageBuildCompute",
        "type",
        "aml_workspaces_list_by_resource_group.json#0",
    ),
    Known(
        r"Workspaces_Get",
        "response body",
        "identity.principalId",
        "type",
        "aml_workspace_user_assigned_identity_get_patch_delete.json#3",
    ),
    Known(
        r"GET \*/subscriptions/\*/providers/Microsoft\.Authorization/permissions",
        "response operation",
        "",
        "unknown",
        because="The specification has resource groups and resources, and the sandbox answers at every scope.",
    ),
    *(
        Known(
            r"GET .*/providers/Microsoft\.Storage/storageAccounts(/\*)?",
            f"{part} operation",
            "",
            "unknown",
            because="The document of Microsoft.Storage is not among the stored ones; its form is documented.",
        )
        for part in ("request", "response")
    ),
    Known(
        "BigDataPools_Delete",
        "response body",
        "202",
        "required",
        "synapse_spark_pool_create_get_list_update_delete.json#17",
    ),
    Known(
        "Operations_GetLocationHeaderResult",
        "response body",
        "200",
        "unknown",
        "synapse_firewall_rules.json#2",
    ),
    Known(
        r"ManagementLocks_List\w+",
        "response status",
        "404",
        "unknown",
        because="The document lists no errors; a missing resource group is refused as for all that would be in it.",
    ),
    *(
        Known(
            r"ManagedPrivateEndpoints_\w+",
            "response status",
            status,
            "unknown",
            recording,
            because="The document lists no errors; a missing permission is refused as for roles.",
        )
        for status, recording in {"404": "synapse_managed_private_endpoints.json#5", "403": "", "400": ""}.items()
    ),
    Known("Tenants_List", "response body", "nextLink", "required", "subscriptions_list_get_and_tenants.json#2"),
    Known("Subscriptions_List", "response body", "nextLink", "required", "subscriptions_list_get_and_tenants.json#0"),
)


def known(deviation: Deviation) -> Known | None:
    """Return the table's entry for a deviation, or None if it has none."""
    return next((entry for entry in TABLE if entry.matches(deviation)), None)
