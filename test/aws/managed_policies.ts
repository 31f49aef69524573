/** Prints where the pinned moto keeps AWS's managed policies, for the task `catalogue`. */

import { join } from "node:path";

import { install } from "./install.ts";

/** The file with AWS's managed policies in the environment of moto, which is made if need be. */
export async function managedPoliciesFile(): Promise<string> {
  const { moto } = await install({ servers: ["moto"] });
  const packages = join(moto!, "..", "..", "lib");
  for await (const { name } of Deno.readDir(packages)) {
    if (!name.startsWith("python")) continue;
    return join(packages, name, "site-packages", "moto", "iam", "aws_managed_policies.py");
  }
  throw new Error(`There is no Python in ${packages}: delete the environment, and try again`);
}

if (import.meta.main) console.log(await managedPoliciesFile());
