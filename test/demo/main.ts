import { demoWorld } from "../aws/demo_world.ts";
import { type LocalAws, startLocalAws } from "../aws/local_aws.ts";
import { seedWorld } from "../aws/seed.ts";
import { demoConfiguration } from "./configuration.ts";
import { recordLaunches } from "./launches.ts";
import { DIRECTORY, Stage } from "./stage.ts";
import { tellStory } from "./story.ts";

/** `deno task demo [--keep]` */
async function main(args: readonly string[]): Promise<void> {
  await Deno.remove(DIRECTORY, { recursive: true }).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(DIRECTORY, { recursive: true });
  await Deno.writeTextFile(
    `${DIRECTORY}/groundskeeper.json`,
    JSON.stringify(demoConfiguration(new Date()), null, 2) + "\n",
  );
  await using aws = await startLocalAws({ onProgress: (text) => console.log(text) });
  const seeded = await seedWorld(demoWorld, { endpoint: aws.endpoint });
  const accounts = demoWorld.accounts.map(({ name }) => name).join(", ");
  console.log(
    `An organization of three accounts (${accounts}) with ${seeded.instanceCount} instances ` +
      "stands on this machine. No account of yours is touched.",
  );
  recordLaunches(aws, seeded);
  await tellStory(new Stage(aws), aws, seeded);
  const pages = [...Deno.readDirSync(`${DIRECTORY}/out`)].map(({ name }) => name)
    .filter((name) => name.endsWith(".html")).sort();
  console.log("\nTo look at:");
  console.log(`  ${DIRECTORY}/out/${pages.at(-1)}   the page of the run that terminated`);
  console.log(`  ${DIRECTORY}/out/audit-plan.json   the plan that it applied`);
  console.log(`  ${DIRECTORY}/groundskeeper.json   the configuration`);
  if (args.includes("--keep")) await keep(aws);
}

/** Leaves the local AWS running until Ctrl-C. */
async function keep(aws: LocalAws): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", resolve);
  Deno.addSignalListener("SIGTERM", resolve);
  console.log("\nThe local AWS goes on until Ctrl-C, two weeks ahead of this machine's clock.");
  console.log("To use it from another shell:");
  for (const [name, value] of Object.entries(aws.environment)) {
    console.log(`  export ${name}='${value}'`);
  }
  await promise;
}

if (import.meta.main) await main(Deno.args);
