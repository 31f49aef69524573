/** `deno task aws`: the local AWS alone, seeded, for trying things by hand. */

import { seedDemoRoles } from "./demo_roles.ts";
import { demoWorld } from "./demo_world.ts";
import { startLocalAws } from "./local_aws.ts";
import { seedWorld } from "./seed.ts";

/** Starts and seeds the local AWS, prints its environment, and stays until it is interrupted. */
async function main(): Promise<void> {
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  const say = (line: string) => console.error(line);
  await using aws = await startLocalAws({ services: { ministack: true }, onProgress: say });
  const seeded = await seedWorld(demoWorld, { endpoint: aws.endpoint });
  await seedDemoRoles(aws.proxy, demoWorld.accounts);
  say(`The local AWS runs, with ${seeded.instanceCount} instances in these accounts:`);
  for (const { name, id } of demoWorld.accounts) say(`  ${id}   ${name}`);
  say("The access key is an account's number: choose another to be that account's root user.");
  say(`moto's own page: ${aws.upstream.moto}/moto-api/`);
  say("");
  say("Set this in another shell, then try one of these. deno task install makes the command:");
  say("  groundskeeper audit plan --required owner");
  say("  groundskeeper repo plan");
  const environment = {
    ...aws.environment,
    AWS_ACCESS_KEY_ID: demoWorld.accounts[0]?.id ?? "",
  };
  for (const [name, value] of Object.entries(environment)) {
    console.log(`export ${name}='${value}'`);
  }
  say("");
  say("Ctrl-C ends it.");
  await interrupted;
}

if (import.meta.main) await main();
