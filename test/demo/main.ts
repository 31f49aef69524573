import { ROOT } from "../architecture/module_graph.ts";
import { demoWorld } from "../aws/demo_world.ts";
import { type LocalAws, startLocalAws } from "../aws/local_aws.ts";
import { hideTags } from "../aws/rewrites.ts";
import { type SeededWorld, seedWorld } from "../aws/seed.ts";
import { demoConfiguration } from "./configuration.ts";

const DIRECTORY = `${ROOT}out/demo`;

/** Prints each command before its output, as a person would see it, and runs it for real. */
class Stage {
  constructor(private readonly aws: LocalAws) {}

  /** A sentence between commands. */
  say(text: string): void {
    console.log(`\n# ${text}`);
  }

  /** @throws Error when the command ends with another exit code than the story expects */
  async run(command: string, expected = 0): Promise<void> {
    console.log(`\n$ groundskeeper ${command}`);
    const terminal = Deno.stderr.isTerminal();
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--cached-only",
        `--config=${ROOT}deno.json`,
        "-P=groundskeeper",
        `${ROOT}test/entry/groundskeeper.ts`,
        ...command.split(" "),
      ],
      cwd: DIRECTORY,
      env: {
        ...this.aws.environment,
        AWS_PROFILE: "",
        INIT_CWD: DIRECTORY,
        GROUNDSKEEPER_COMMAND: "groundskeeper",
      },
      stdin: "null",
      stdout: "inherit",
      stderr: terminal ? "inherit" : "piped",
    }).output();
    if (code !== 0) console.log(`exit ${code}`);
    if (code !== expected) {
      const said = terminal ? "" : `\n${new TextDecoder().decode(stderr)}`;
      throw new Error(`"${command}" ended with ${code}; the story expects ${expected}${said}`);
    }
  }
}

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
  await tellStory(new Stage(aws), aws, seeded);
  const pages = [...Deno.readDirSync(`${DIRECTORY}/out`)].map(({ name }) => name)
    .filter((name) => name.endsWith(".html")).sort();
  console.log("\nTo look at:");
  console.log(`  ${DIRECTORY}/out/${pages.at(-1)}   the page of the run that marked`);
  console.log(`  ${DIRECTORY}/out/audit-plan.json   the plan that it applied`);
  console.log(`  ${DIRECTORY}/groundskeeper.json   the configuration`);
  if (args.includes("--keep")) await keep(aws);
}

async function tellStory(stage: Stage, aws: LocalAws, seeded: SeededWorld): Promise<void> {
  stage.say("A plan leaves no trace. It says first how much of the organization it could believe.");
  await stage.run("audit plan --out out");

  stage.say("The API hides the tags of one region. The plan does not believe it.");
  const tellTheTruth = aws.proxy.rewrite(
    hideTags({ action: "ec2:DescribeInstances", account: "222222222222", region: "us-west-2" }),
  );
  await stage.run("audit plan", 3);
  tellTheTruth();

  stage.say("A limit refuses a run whole, and never makes the first few changes.");
  await stage.run("audit apply --yes --max-changes 3", 4);

  stage.say("Report keeps what was seen and writes a page. It changes nothing in the accounts.");
  await stage.run("audit report");

  stage.say("Apply looks at everything anew, and does what stands equal in the plan of before.");
  await stage.run("audit apply --yes --plan out/audit-plan.json");

  stage.say("There is nothing left to do.");
  await stage.run("audit plan");

  stage.say("Every write was announced before it was made.");
  await stage.run("changes");
  const [id] = seeded.instances("222222222222", "us-west-2", "presto");
  await stage.run(`audit explain ${id}`);
  await stage.run("audit history");
}

/** Leaves the local AWS running until Ctrl-C. */
async function keep(aws: LocalAws): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", resolve);
  Deno.addSignalListener("SIGTERM", resolve);
  console.log("\nThe local AWS goes on until Ctrl-C. To use it from another shell:");
  for (const [name, value] of Object.entries(aws.environment)) {
    console.log(`  export ${name}='${value}'`);
  }
  await promise;
}

if (import.meta.main) await main(Deno.args);
