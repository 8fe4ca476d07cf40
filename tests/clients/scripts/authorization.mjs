// Grants, reads and removes with Microsoft's JavaScript clients: one JSON object in, one out.

import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ManagementLockClient } from "@azure/arm-locks";
import { ClientSecretCredential } from "@azure/identity";
import { readFileSync } from "node:fs";

const told = JSON.parse(readFileSync(0, "utf8"));

// The code of the error that the promise must end with.
const refusal = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error.code;
  }
  throw new Error("the call succeeded");
};

const all = async (pages) => {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
};

const credential = new ClientSecretCredential(told.tenant, told.client_id, told.client_secret, {
  authorityHost: told.login,
  disableInstanceDiscovery: true,
});
const where = { endpoint: told.resource_manager, credentialScopes: "https://management.azure.com/.default" };
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
