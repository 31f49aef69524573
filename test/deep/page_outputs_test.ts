import assert from "assert";
import { CreateTagsCommand, DeleteTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ROOT } from "../architecture/module_graph.ts";
import { PAGES } from "../architecture/pages.ts";
import { seedDemoRoles } from "../aws/demo_roles.ts";
import { demoWorld } from "../aws/demo_world.ts";
import { type LocalAws, startLocalAws } from "../aws/local_aws.ts";
import { clientConfig, type SeededWorld, seedWorld } from "../aws/seed.ts";
import { demoConfiguration } from "../demo/configuration.ts";
import { tellDirtyStory } from "../demo/dirty_story.ts";
import { recordLaunches } from "../demo/launches.ts";
import { tellRepoStory } from "../demo/repo_story.ts";
import { type Command, Stage } from "../demo/stage.ts";
import { LAST_DAY, tellStory } from "../demo/story.ts";
import { inProcess, type RunHere } from "../e2e/in_process.ts";
import { shellWords } from "../e2e/shell_words.ts";

/**
 * The outputs on the pages are those of the demo. To write them again, where the program says
 * something else now: `deno test -A … test/deep/page_outputs_test.ts -- --update`
 */
const UPDATE = Deno.args.includes("--update");

/** A command on a page, and what the page shows of it. */
const OUTPUT = /```text\n\$ (groundskeeper .*)\n([^]*?)```/g;

const PROD = demoWorld.accounts[0]!.id;
const REGION = "us-east-1";
const DAY_MS = 86_400_000;

/** A command as it was typed, and what it printed. */
type Printed = { readonly command: string; readonly text: string };

/** The demo, told to nobody: what each command prints is kept, the last time that it is typed. */
class Recording extends Stage {
  readonly outputs = new Map<string, Printed>();
  #aheadMs = 0;

  /** @param beside what else is done after a command of the story */
  constructor(
    private readonly local: LocalAws,
    private readonly program: RunHere,
    private readonly beside: (command: string, recording: Recording) => Promise<void>,
  ) {
    super(local);
  }

  override say(): Promise<void> {
    return Promise.resolve();
  }

  override async act(_command: string, work: () => Promise<void>): Promise<void> {
    await work();
  }

  override goTo(days: number): void {
    // A step is due at a whole second, and this telling is faster than one.
    this.#aheadMs = days * DAY_MS + 60_000;
    this.local.proxy.setClock(this.#aheadMs);
  }

  override dayAhead(days: number): string {
    return new Date(Date.now() + this.#aheadMs + days * DAY_MS).toISOString().slice(0, 10);
  }

  override async tag(
    { account, region, ids }: Parameters<Stage["tag"]>[0],
    tags: Parameters<Stage["tag"]>[1],
  ): Promise<void> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const client = new EC2Client(clientConfig(this.local.endpoint, account, region));
    await client.send(new CreateTagsCommand({ Resources: [...ids], Tags }));
    client.destroy();
  }

  override async run(command: string, { expected = 0 }: Command = {}): Promise<void> {
    const { code, stdout, stderr } = await this.program(shellWords(`groundskeeper ${command}`), {
      aheadMs: this.#aheadMs,
    });
    assert.equal(code, expected, `${command}\n${stdout}\n${stderr}`);
    // A person is asked, and says nothing of it before.
    const typed = `groundskeeper ${command}`.replace(/ --yes$/, "");
    this.outputs.set(plain(typed), { command: typed, text: stdout });
    await this.beside(command, this);
  }
}

/** What the pages show besides the story: after which of its commands, and what. */
function besideStory(aws: LocalAws, seeded: SeededWorld) {
  const scope = `--account ${PROD} --region ${REGION}`;
  const [dirty = ""] = seeded.instances(PROD, REGION, "checkout-api");
  const [silent = ""] = seeded.instances(PROD, REGION, "web");
  const [, old = ""] = seeded.instances(PROD, REGION, "web");
  const byHand = async (command: CreateTagsCommand | DeleteTagsCommand) => {
    const client = new EC2Client(clientConfig(aws.endpoint, PROD, REGION));
    await (command instanceof CreateTagsCommand ? client.send(command) : client.send(command));
    client.destroy();
  };
  return async (command: string, recording: Recording): Promise<void> => {
    if (command.startsWith("dirty show")) {
      await recording.run(`dirty explain ${silent}`);
      await byHand(new DeleteTagsCommand({ Resources: [dirty], Tags: [{ Key: "dirty" }] }));
      const Tags = [{ Key: "dirty", Value: "1699999999" }];
      await byHand(new CreateTagsCommand({ Resources: [old], Tags }));
      await recording.run(`dirty verify ${scope}`, { expected: 5 });
      await recording.run(`dirty apply ${scope} --yes`);
      await recording.run(`dirty clear ${old} --reason checked --yes`);
    }
    if (command.startsWith("repo explain")) {
      await recording.run(`repo plan --role ${PROD}/checkout-api`);
    }
  };
}

/** What differs from one telling of the story to the next is written alike. */
function plain(text: string): string {
  const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
  return text.replaceAll(/\bi-[0-9a-f]{17}\b/g, "i-…")
    .replaceAll(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, "RUN")
    .replaceAll(/\bgk1:\d+:/g, "gk1:…:")
    .replaceAll(/\bSHA256:[\w+/=]+/g, "SHA256:…")
    .replaceAll(new RegExp(`\\b\\d{1,2} ${month}(?: \\d{4})?(?: \\d\\d:\\d\\d)?`, "g"), "DAY")
    .replaceAll(/\b20\d\d-\d\d-\d\d(?:T[\d:.]+Z)?/g, "DAY")
    .replaceAll(/\b(?:just now|\d+ (?:second|minute)s? ago)\b/g, "NOW");
}

/**
 * The words of each paragraph, sorted: rows are sorted by IDs, which differ each time, and a line is
 * broken elsewhere if a day has two digits.
 */
function comparable(output: string): string[] {
  return output.trim().split("\n\n").map((paragraph) =>
    plain(withoutSample(paragraph).trim().replaceAll(/\s+/g, " ")).split(" ").sort().join(" ")
  );
}

/** Without the first twenty of more instances: which these are depends on their IDs. */
function withoutSample(paragraph: string): string {
  return paragraph.replace(
    /^(Violating and left alone: .*\n)[^]*(\n.*--json has them all)$/,
    "$1$2",
  );
}

async function tell(): Promise<ReadonlyMap<string, Printed>> {
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-pages-" });
  try {
    const config = JSON.stringify(demoConfiguration(new Date()));
    await Deno.writeTextFile(`${directory}/groundskeeper.json`, config);
    await using aws = await startLocalAws({ services: { ministack: true } });
    const seeded = await seedWorld(demoWorld, { endpoint: aws.endpoint });
    await seedDemoRoles(aws.proxy, demoWorld.accounts);
    recordLaunches(aws, seeded);
    let outputs: ReadonlyMap<string, Printed> = new Map();
    await inProcess({ aws, directory }, async (run) => {
      const recording = new Recording(aws, run, besideStory(aws, seeded));
      await tellDirtyStory(recording, aws, seeded);
      await tellStory(recording, aws, seeded);
      await tellRepoStory(recording, LAST_DAY);
      outputs = recording.outputs;
    });
    return outputs;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test({
  name: "every output on a page is what the program prints in the demo",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const outputs = await tell();
    let held = 0;
    for (const page of PAGES) {
      const text = await Deno.readTextFile(`${ROOT}${page}`);
      const updated = text.replaceAll(OUTPUT, (block, command: string, shown: string) => {
        held++;
        const printed = outputs.get(plain(command));
        assert.ok(printed !== undefined, `${page}: the demo does not type ${command}`);
        if (UPDATE) return `\`\`\`text\n$ ${printed.command}\n${printed.text}\`\`\``;
        assert.deepEqual(comparable(shown), comparable(printed.text), `${page}: ${command}`);
        return block;
      });
      if (updated !== text) await Deno.writeTextFile(`${ROOT}${page}`, updated);
    }
    assert.ok(held >= 10, `${held} outputs were found`);
  },
});

Deno.test("an output with another number, reason or command is not the same", () => {
  const output = "Limits  2 of 5 roles\n\nNothing was changed. To see:\n  groundskeeper changes\n";
  for (
    const other of [
      output.replace("2 of", "3 of"),
      output.replace("roles", "role"),
      output.replace("\n\n", "\n"),
      output.replace("changes", "history"),
    ]
  ) assert.notDeepEqual(comparable(other), comparable(output));
  assert.deepEqual(
    comparable("a  i-0123456789abcdef0  9 Dec\nb  i-1123456789abcdef0  21 Nov"),
    comparable("b  i-2123456789abcdef0  3\n  Jan\na  i-3123456789abcdef0  21 Nov 2026"),
  );
});
