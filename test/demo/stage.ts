import { CreateTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { wrapText } from "../../runners/core/cli/table.ts";
import { ROOT } from "../architecture/module_graph.ts";
import type { LocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";

/** Where the demo stands, with its configuration and what it leaves. */
export const DIRECTORY = `${ROOT}out/demo`;

const DAY_MS = 86_400_000;
/** How wide the text between commands is, in columns. */
const WIDTH = 100;

/** Prints each command before its output, as a person would see it, and runs it for real. */
export class Stage {
  /** How far the story is ahead of this machine's clock, in milliseconds. */
  #aheadMs = 0;

  constructor(private readonly aws: LocalAws) {}

  /** What is told between commands. */
  say(text: string): void {
    console.log(`\n${wrapText(text, WIDTH, "# ").join("\n")}`);
  }

  /** Moves the clocks of the program and of the local AWS; days count from the beginning. */
  goTo(days: number): void {
    this.#aheadMs = days * DAY_MS;
    this.aws.proxy.setClock(this.#aheadMs);
    console.log(`\n## ${days} days later: ${this.#now().slice(0, 10)}`);
  }

  /** The day that is so many days ahead of the story, UTC: `2026-12-01`. */
  dayAhead(days: number): string {
    return new Date(Date.parse(this.#now()) + days * DAY_MS).toISOString().slice(0, 10);
  }

  /** What an owner does: tags their own instances. */
  async tag(
    { account, region, ids }: { account: string; region: string; ids: readonly string[] },
    tags: Readonly<Record<string, string>>,
  ): Promise<void> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const shown = Tags.map(({ Key, Value }) => `Key=${Key},Value=${Value}`).join(" ");
    console.log(
      `\n$ aws ec2 create-tags --region ${region} --resources ${ids.join(" ")} --tags ${shown}`,
    );
    const client = new EC2Client(clientConfig(this.aws.endpoint, account, region));
    await client.send(new CreateTagsCommand({ Resources: [...ids], Tags }));
    client.destroy();
  }

  /** @throws Error when the command ends with another exit code than the story expects */
  async run(command: string, expected = 0): Promise<void> {
    console.log(`\n$ groundskeeper ${command}`);
    const terminal = Deno.stderr.isTerminal();
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--cached-only",
        `--config=${ROOT}deno.json`,
        "-P=groundskeeper",
        `${ROOT}test/entry/groundskeeper.ts`,
        ...wordsOf(command),
      ],
      cwd: DIRECTORY,
      env: {
        ...this.aws.environment,
        AWS_PROFILE: "",
        INIT_CWD: DIRECTORY,
        GROUNDSKEEPER_COMMAND: "groundskeeper",
        GROUNDSKEEPER_TEST_CLOCK_AHEAD_MS: String(this.#aheadMs),
        // Nobody is throttled here, and the rate budgets would make the demo twice as long.
        GROUNDSKEEPER_TEST_WAIT_DIVISOR: "1000",
      },
      stdin: "null",
      stdout: "inherit",
      stderr: terminal ? "inherit" : "piped",
    }).output();
    const { code } = output;
    if (code !== 0) console.log(`exit ${code}`);
    if (code !== expected) {
      // Deno throws when a stderr is read that is not piped.
      const said = terminal ? "" : `\n${new TextDecoder().decode(output.stderr)}`;
      throw new Error(`"${command}" ended with ${code}; the story expects ${expected}${said}`);
    }
  }

  #now(): string {
    return new Date(Date.now() + this.#aheadMs).toISOString();
  }
}

/** As a shell would take the command apart. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}
