import assert from "assert";
import { readCommandLine } from "../../runners/core/cli/command_line.ts";
import { JOBS } from "../../runners/jobs.ts";
import { hideTags } from "../aws/rewrites.ts";
import { allowing, seedRoles } from "../aws/seed_roles.ts";
import { CANARY, groupsOf, REGIONS, WHOLE_LADDER } from "./audit_world.ts";
import { inProcess, type RanHere, type RunHere } from "./in_process.ts";
import { type LadderWorld, ladderWorld, violators } from "./ladder_world.ts";
import { halfUsed } from "./repo_world.ts";
import { shellWords } from "./shell_words.ts";

/** A configuration whose path a shell would take apart, and expand. */
const CONFIG = "some dir/it's my $HOME conf.json";
const HERE = REGIONS[0];
const DAY_MS = 86_400_000;

/** What a person puts in the place of a word in capitals. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  "NAME": "alice",
  "TEXT": "it runs once a quarter",
  "YYYY-MM-DD": new Date(Date.now() + 30 * DAY_MS).toISOString().slice(0, 10),
  "ACTION": "s3:GetObject",
};

/** The lines of an output that are commands to paste, as they were printed. */
function printed({ stdout, stderr }: RanHere): string[] {
  // What stands above a question is text.
  const said = stderr.split("\n").map((line) =>
    line.startsWith("{") ? JSON.parse(line).event as string : line
  );
  return [stdout, ...said].flatMap((text) =>
    [...text.matchAll(/(?:^ *|: {2})(groundskeeper .+)$/gm)].map(([, command]) => command!)
  );
}

/** A person who pastes what the program prints, each line once; what writes, when they are asked. */
class Person {
  /** The clock of this moment. */
  aheadMs = 0;
  readonly #seen = new Set<string>();
  /** What was printed, without its values: `repo plan --role`. */
  readonly #shapes = new Set<string>();
  readonly #writing: { readonly line: string; readonly plan: (() => void) | null }[] = [];

  constructor(private readonly run: RunHere, private readonly directory: string) {}

  /** Types a command, whatever becomes of it, and pastes what is printed from then on. */
  async types(command: string, { works = true } = {}): Promise<void> {
    const ran = await this.#runs([...command.split(" "), "--config", CONFIG]);
    assert.equal(ran.code !== 1, works, `${command}\n${ran.stdout}\n${ran.stderr}`);
    await this.#reads(ran, command);
  }

  /** Pastes the lines that were printed and write, and what these print; all, or the next few. */
  async writes(few = Infinity): Promise<void> {
    for (let pasted = 0; pasted < few; pasted++) {
      const next = this.#writing.shift();
      if (!next) return;
      next.plan?.();
      await this.#pastes(next.line);
    }
  }

  /** That these follow-ups were printed, and so were pasted. */
  hasSeen(shapes: readonly string[]): void {
    assert.deepEqual(shapes.filter((shape) => !this.#shapes.has(shape)), []);
  }

  async #reads(ran: RanHere, from: string): Promise<void> {
    for (const line of printed(ran)) {
      if (this.#seen.has(line)) continue;
      this.#seen.add(line);
      const words = wordsOf(line);
      const told = `${from} printed: ${line}`;
      assert.doesNotThrow(() => readCommandLine(words, JOBS, "0"), told);
      if (words.at(-1) === "--help") continue;
      assert.equal(words[words.indexOf("--config") + 1], CONFIG, told);
      this.#shapes.add(shapeOf(words));
      if (words.some((word) => /^(apply|report|opt-out)$/.test(word))) {
        this.#writing.push({ line, plan: this.#keepsPlan(words) });
      } else await this.#pastes(line);
    }
  }

  /** The plan file that a line names is written again before it is pasted: others have its name. */
  #keepsPlan(words: readonly string[]): (() => void) | null {
    if (!words.includes("--plan")) return null;
    const path = `${this.directory}/${words[words.indexOf("--plan") + 1]}`;
    const text = Deno.readTextFileSync(path);
    return () => Deno.writeTextFileSync(path, text);
  }

  async #pastes(line: string): Promise<void> {
    const ran = await this.#runs(wordsOf(line));
    assert.notEqual(ran.code, 2, `${line}\n${ran.stdout}\n${ran.stderr}`);
    const [, file] = line.split(" > ");
    if (file) await Deno.writeTextFile(`${this.directory}/${file}`, ran.stdout);
    await this.#reads(ran, line);
  }

  #runs(words: readonly string[]): Promise<RanHere> {
    return this.run(words, { aheadMs: this.aheadMs, asked: true });
  }
}

/** What the program gets of a line, with what the person puts into it. */
function wordsOf(line: string): string[] {
  return shellWords(line.replace(/ > \S+$/, "")).map((word) => PLACEHOLDERS[word] ?? word);
}

/** `repo plan --role`, whatever the values are. */
function shapeOf(words: readonly string[]): string {
  const own = words.findIndex((word) => !/^[a-z-]+$/.test(word) || word.startsWith("--"));
  const options = words.filter((word) => word.startsWith("--") && word !== "--config");
  return [...words.slice(0, own), ...new Set(options)].join(" ");
}

/** An account with instances and roles, and the configuration where `CONFIG` says. */
async function world(): Promise<LadderWorld> {
  const made = await ladderWorld({
    groups: [
      ...groupsOf(20, 2),
      violators("spare", 1, {
        tags: { ...CANARY.tags, Name: `api-canary-${HERE}` },
        state: "stopped",
      }),
    ],
    audit: { canary: CANARY, ladder: WHOLE_LADDER },
  });
  await seedRoles(made.aws.proxy, made.account, {
    roles: [
      halfUsed("app"),
      halfUsed("job"),
      { name: "still", inline: { main: allowing("s3:*") }, uses: { s3: 3 } },
    ],
  });
  const plain = `${made.directory}/groundskeeper.json`;
  const config = JSON.parse(Deno.readTextFileSync(plain));
  Deno.mkdirSync(`${made.directory}/some dir`);
  Deno.writeTextFileSync(
    `${made.directory}/${CONFIG}`,
    JSON.stringify({
      ...config,
      plans: { maxAge: "30d" },
      repo: { trustFirstScan: true, scheduleAfter: "1d", limits: { restore: { roles: 50 } } },
    }),
  );
  // A follow-up that forgets the configuration finds none.
  Deno.removeSync(plain);
  return made;
}

Deno.test("every command that the audit prints works as it is pasted", async () => {
  await using made = await world();
  await inProcess(made, async (run) => {
    const person = new Person(run, made.directory);
    await person.types("audit history", { works: false });
    await person.types("audit plan");
    // The first report, and the canary.
    await person.writes(2);
    await person.types("audit plan --max-changes 0");
    const honest = made.aws.proxy.rewrite(
      hideTags({ action: "ec2:DescribeInstances", account: made.account, region: HERE }),
    );
    await person.types("audit plan");
    honest();
    await person.types(`audit explain ${made.ids("batch-0")[0]}`);
    await person.writes();
    person.hasSeen([
      "audit apply --plan",
      "audit canary apply",
      "audit canary apply --adopt",
      "audit canary plan",
      "audit explain",
      "audit plan",
      "audit plan --json --max-changes",
      "audit plan --out",
      "audit report",
      "changes",
    ]);
  });
});

Deno.test("every command that the job repo prints works as it is pasted", async () => {
  await using made = await world();
  await inProcess(made, async (run) => {
    const person = new Person(run, made.directory);
    const role = `${made.account}/app`;
    await person.types("repo history", { works: false });
    // The store was made by what this has printed.
    await person.types("repo history");
    await person.types("repo plan --from-store");
    await person.types(`repo role ${made.account}/nobody`);
    await person.types("repo schedule");
    await person.types("repo schedule --list");
    // What was scheduled was canceled again.
    await person.types("repo schedule");
    made.setDay(2);
    person.aheadMs = 2 * DAY_MS;
    await person.types("repo plan --max-changes 0");
    await person.types("repo schedule --list");
    await person.types("repo find sqs:SendMessage s3:*");
    await person.types(`repo role ${role}`);
    await person.types(`repo explain ${role}`);
    await person.types(`repo explain ${role} s3:GetObject`);
    await person.types(`repo plan --remove s3:PutObjectAcl --role ${role}`);
    await person.types("repo plan");
    await person.writes();
    await person.types(`repo versions ${role}`);
    await person.types(`repo opt-out ${role} --owner alice --reason x --until 2020-01-01`);
    await person.types("repo stats");
    await person.types(`repo plan --restore nine --role ${role}`);
    await person.types("repo schedule --list");
    await person.writes();
    person.hasSeen([
      "changes",
      "repo apply --plan",
      "repo apply --role --plan",
      "repo apply --role --remove --deny --plan",
      "repo apply --role --remove --plan",
      "repo apply --role --restore --plan",
      "repo apply --scheduled",
      "repo apply --scheduled --plan",
      "repo explain",
      "repo find --json",
      "repo opt-out --owner --reason --until",
      "repo opt-out --remove",
      "repo plan --json --max-changes",
      "repo plan --out",
      "repo plan --remove --role-file",
      "repo plan --restore --role",
      "repo plan --role --account",
      "repo plan --role --out",
      "repo plan --scheduled",
      "repo plan --scheduled --out",
      "repo refresh",
      "repo refresh --account",
      "repo report",
      "repo roles",
      "repo schedule",
      "repo schedule --cancel --role",
      "repo schedule --list",
      "repo stats --csv",
      "repo versions",
    ]);
  });
});
