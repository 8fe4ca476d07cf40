// Writes Spark pools, firewall rules and identities with Microsoft's JavaScript clients: one JSON object in, one out.

import { ManagedServiceIdentityClient } from "@azure/arm-msi";
import { SynapseManagementClient } from "@azure/arm-synapse";
import { all, credential, refusal, told, where } from "./sandbox.mjs";

const synapse = new SynapseManagementClient(credential, told.subscription, where);
const { userAssignedIdentities: identities } = new ManagedServiceIdentityClient(credential, told.subscription, where);
const { bigDataPools: pools, ipFirewallRules: rules } = synapse;
const workspace = ["rg-data", "syn-prod"];
const atOnce = { updateIntervalInMs: 1 };

const wanted = {
  location: "eastus2",
  sparkVersion: "3.5",
  nodeSize: "Small",
  nodeSizeFamily: "MemoryOptimized",
  nodeCount: 4,
  autoScale: { enabled: false },
  tags: { team: "data" },
};
const made = await pools.beginCreateOrUpdateAndWait(...workspace, told.pool, wanted, atOnce);
const shown = { made: [made.name, made.provisioningState, made.nodeCount, made.tags] };
const changed = await pools.beginCreateOrUpdateAndWait(...workspace, told.pool, { ...made, nodeCount: 6 }, atOnce);
shown.changed = [changed.nodeCount, changed.sparkVersion];
shown.pools = (await all(pools.listByWorkspace(...workspace))).map((one) => one.name);
await pools.beginDeleteAndWait(...workspace, told.pool, atOnce);
shown.no_pool = await refusal(pools.get(...workspace, told.pool));

const range = { startIpAddress: "192.0.2.1", endIpAddress: "192.0.2.9" };
const rule = await rules.beginCreateOrUpdateAndWait(...workspace, told.rule, range, atOnce);
shown.rule = [rule.name, rule.startIpAddress, rule.endIpAddress];
const wider = { ...range, endIpAddress: "192.0.2.99" };
shown.wider = (await rules.beginCreateOrUpdateAndWait(...workspace, told.rule, wider, atOnce)).endIpAddress;
shown.rules = (await all(rules.listByWorkspace(...workspace))).map((one) => one.name);
await rules.beginDeleteAndWait(...workspace, told.rule, atOnce);
shown.no_rule = await refusal(rules.get(...workspace, told.rule));

const identity = await identities.createOrUpdate("rg-ml", told.identity, { location: "eastus2", tags: { "it's": "é" } });
shown.identity = [identity.name, identity.tags, Boolean(identity.principalId)];
const retagged = await identities.createOrUpdate("rg-ml", told.identity, { location: "eastus2", tags: { a: "b" } });
shown.retagged = [retagged.tags, retagged.principalId === identity.principalId];
shown.client = (await identities.get("rg-ml", told.identity)).clientId === identity.clientId;
shown.identities = (await all(identities.listByResourceGroup("rg-ml"))).map((one) => one.name);
await identities.delete("rg-ml", told.identity);
shown.no_identity = await refusal(identities.get("rg-ml", told.identity));
process.stdout.write(JSON.stringify(shown));
