// Grants, reads and removes with Microsoft's JavaScript clients: one JSON object in, one out.

import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ManagementLockClient } from "@azure/arm-locks";
import { all, credential, refusal, told, where } from "./sandbox.mjs";

const roles = new AuthorizationManagementClient(credential, told.subscription, where);
const locks = new ManagementLockClient(credential, told.subscription, where);
const { scope, principal, name, role: roleName } = told;
const [role] = await all(roles.roleDefinitions.list(scope, { filter: `roleName eq '${roleName}'` }));
const body = { roleDefinitionId: role.id, principalId: principal };
const made = await roles.roleAssignments.create(scope, name, body);
const shown = {
  role: role.name,
  made: [made.name, made.principalType, made.scope],
  again: await refusal(roles.roleAssignments.create(scope, told.other_name, body)),
  held: (await all(roles.roleAssignments.listForScope(scope, { filter: `principalId eq '${principal}'` }))).map(
    (one) => [one.scope, one.roleDefinitionId === role.id],
  ),
  inherited: (await all(roles.roleAssignments.listForScope(scope, { filter: "atScope()" }))).map((one) => one.scope),
  read: (await roles.roleAssignments.get(scope, name)).principalId,
  removed: (await roles.roleAssignments.delete(scope, name)).name,
  missing: await refusal(roles.roleAssignments.get(scope, name)),
  actions: (await all(roles.permissions.listForResourceGroup(told.resource_group))).map((one) => one.actions),
  locks: (await all(locks.managementLocks.listAtSubscriptionLevel())).map((lock) => lock.name),
};
const account = [scope.split("/")[4], "Microsoft.Storage", "", "storageAccounts", scope.split("/").at(-1), "keep"];
const lock = await locks.managementLocks.createOrUpdateAtResourceLevel(...account, { level: "ReadOnly" });
shown.lock = [lock.name, lock.level];
shown.locked = await refusal(roles.roleAssignments.create(scope, name, body));
await locks.managementLocks.deleteAtResourceLevel(...account);
process.stdout.write(JSON.stringify(shown));
