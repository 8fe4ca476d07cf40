"""Grants, reads and removes with Microsoft's Python clients, where they are: one JSON object in, one out."""

import json
import sys
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.resource.locks import ManagementLockClient


def refusal(call: Any, *arguments: Any) -> str:
    """The code of the error that the call must end with."""
    try:
        call(*arguments)
    except HttpResponseError as error:
        return str(error.error.code if error.error else error)
    raise AssertionError("the call succeeded")


def main() -> None:
    told = json.load(sys.stdin)
    credential = ClientSecretCredential(
        told["tenant"],
        told["client_id"],
        told["client_secret"],
        authority=told["login"],
        disable_instance_discovery=True,
    )
    where = {
        "subscription_id": told["subscription"],
        "base_url": told["resource_manager"],
        "credential_scopes": ["https://management.azure.com/.default"],
    }
    roles = AuthorizationManagementClient(credential, **where)
    locks = ManagementLockClient(credential, **where)
    scope, principal, name = told["scope"], told["principal"], told["name"]
    (role,) = list(roles.role_definitions.list(scope, filter=f"roleName eq '{told['role']}'"))
    body = {"properties": {"roleDefinitionId": role.id, "principalId": principal}}
    made = roles.role_assignments.create(scope, name, body)
    shown = {
        "role": role.name,
        "made": [made.name, made.principal_type, made.scope],
        "again": refusal(roles.role_assignments.create, scope, told["other_name"], body),
        "held": [
            [one.scope, one.role_definition_id == role.id]
            for one in roles.role_assignments.list_for_scope(scope, filter=f"principalId eq '{principal}'")
        ],
        "inherited": [one.scope for one in roles.role_assignments.list_for_scope(scope, filter="atScope()")],
        "read": roles.role_assignments.get(scope, name).principal_id,
        "removed": roles.role_assignments.delete(scope, name).name,
        "missing": refusal(roles.role_assignments.get, scope, name),
        "actions": [one.actions for one in roles.permissions.list_for_resource_group(told["resource_group"])],
        "locks": [lock.name for lock in locks.management_locks.list_at_subscription_level()],
    }
    account = (scope.split("/")[4], "Microsoft.Storage", "", "storageAccounts", scope.rpartition("/")[2], "keep")
    level = {"properties": {"level": "ReadOnly"}}
    made_lock = locks.management_locks.create_or_update_at_resource_level(*account, level)
    shown["lock"] = [made_lock.name, str(made_lock.level)]
    shown["locked"] = refusal(roles.role_assignments.create, scope, name, body)
    locks.management_locks.delete_at_resource_level(*account)
    json.dump(shown, sys.stdout)


if __name__ == "__main__":
    main()
