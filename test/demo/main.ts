import { demoWorld } from "../aws/demo_world.ts";
import { type LocalAws, startLocalAws } from "../aws/local_aws.ts";
import { seedDemoRoles } from "../aws/demo_roles.ts";
import { seedWorld } from "../aws/seed.ts";
import { demoConfiguration } from "./configuration.ts";
import { tellDirtyStory } from "./dirty_story.ts";
import { recordLaunches } from "./launches.ts";
import { DIRECTORY, Stage } from "./stage.ts";
import { tellRepoStory } from "./repo_story.ts";
import { LAST_DAY, tellStory } from "./story.ts";

/** `deno task demo [--step] [--keep]` */
async function main(args: readonly string[]): Promise<void> {
  Deno.addSignalListener("SIGINT", end);
  Deno.addSignalListener("SIGTERM", end);
  await Deno.remove(DIRECTORY, { recursive: true }).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(DIRECTORY, { recursive: true });
  await Deno.writeTextFile(
    `${DIRECTORY}/groundskeeper.json`,
    JSON.stringify(demoConfiguration(new Date()), null, 2) + "\n",
  );
  await using aws = await startLocalAws({
    services: { ministack: true },
    onProgress: (text) => console.log(text),
  });
  const seeded = await seedWorld(demoWorld, { endpoint: aws.endpoint });
  await seedDemoRoles(aws.proxy, demoWorld.accounts);
  const accounts = demoWorld.accounts.map(({ name }) => name).join(", ");
  console.log(
    `An organization of three accounts (${accounts}) with ${seeded.instanceCount} instances\n` +
      "runs on this machine. No account of yours is touched. A line in [brackets] counts\n" +
      "the lines that are left out.",
  );
  recordLaunches(aws, seeded);
  const stage = new Stage(aws, args.includes("--step"));
  await tellDirtyStory(stage, aws, seeded);
  await tellStory(stage, aws, seeded);
  await tellRepoStory(stage, LAST_DAY);
  console.log("\nTo look at:");
  // A path has its line to itself: it is long, and is pasted.
  for (
    const [what, path] of [
      ["all runs", `${DIRECTORY}/out/index.html`],
      ["the page of dirty instances", lastPage("dirty")],
      ["the page of the run that terminated", lastPage("audit")],
      ["the plan that it applied", `${DIRECTORY}/out/audit-plan.json`],
      ["the page of the roles", lastPage("repo")],
      [
        "what was removed from a role",
        `${DIRECTORY}/out/${demoWorld.accounts[0]!.id}/checkout-api.diff`,
      ],
      ["the configuration", `${DIRECTORY}/groundskeeper.json`],
    ]
  ) console.log(`  ${what}:\n    ${path}`);
  if (args.includes("--keep")) await keep(aws);
}

/** The page of a job's last run: run ids sort by time. */
function lastPage(job: string): string {
  const pages = [...Deno.readDirSync(`${DIRECTORY}/out`)].map(({ name }) => name)
    .filter((name) => name.startsWith(`${job}-`) && name.endsWith(".html")).sort();
  return `${DIRECTORY}/out/${pages.at(-1)}`;
}

/** The local AWS ends with this process. */
function end(): void {
  console.log("\nThe demo was ended, and its local AWS with it.");
  Deno.exit(130);
}

/** Leaves the local AWS running until Ctrl-C. */
async function keep(aws: LocalAws): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, end);
  Deno.addSignalListener("SIGINT", resolve);
  Deno.addSignalListener("SIGTERM", resolve);
  console.log("\nThe local AWS runs until Ctrl-C, a month ahead of this machine's clock.");
  console.log("To use it from another shell:");
  for (const [name, value] of Object.entries(aws.environment)) {
    console.log(`  export ${name}='${value}'`);
  }
  await promise;
}

if (import.meta.main) await main(Deno.args);
