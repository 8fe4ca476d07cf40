// What the scripts share: what they are told, and how they connect to the sandbox.

import { ClientSecretCredential } from "@azure/identity";
import { readFileSync } from "node:fs";

export const told = JSON.parse(readFileSync(0, "utf8"));

// The code of the error that the promise must end with.
export const refusal = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error.code;
  }
  throw new Error("the call succeeded");
};

export const all = async (pages) => {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
};

export const credential = new ClientSecretCredential(told.tenant, told.client_id, told.client_secret, {
  authorityHost: told.login,
  disableInstanceDiscovery: true,
});
export const where = { endpoint: told.resource_manager, credentialScopes: "https://management.azure.com/.default" };
