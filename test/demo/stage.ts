import { CreateTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { wrapText } from "../../runners/core/text/wrap.ts";
import { counted } from "../../runners/core/cli/words.ts";
import { ROOT } from "../architecture/module_graph.ts";
import type { LocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { excerptOf, type Shown } from "./excerpt.ts";

/** Where the demo stands, with its configuration and what it leaves. */
export const DIRECTORY = `${ROOT}out/demo`;

const DAY_MS = 86_400_000;
/** How wide the text is at most, in columns. */
const WIDTH = 100;
/** What a command prints stands to the right of what is told. */
const INDENT = "    ";

/** How a command is to end, and what of its output is shown. */
export interface Command extends Shown {
  /** The exit code. Default: 0. */
  readonly expected?: number;
}

/** Prints each command before its output, as a person would see it, and runs it for real. */
export class Stage {
  /** How far the story is ahead of this machine's clock, in milliseconds. */
  #aheadMs = 0;
  #steps = 0;
  #isTold = false;
  readonly #isTerminal = Deno.stdout.isTerminal();
  readonly #color = this.#isTerminal && !Deno.env.get("NO_COLOR");
  readonly #width = this.#isTerminal ? Math.min(WIDTH, Deno.consoleSize().columns || WIDTH) : WIDTH;

  /** @param isStepping waits for Enter before each step; only where a person can press it */
  constructor(private readonly aws: LocalAws, private readonly isStepping = false) {}

  /** What is told between commands. */
  async say(text: string): Promise<void> {
    if (this.#steps++ > 0) await this.#pause();
    console.log();
    for (const line of wrapText(text, this.#width, "# ")) console.log(this.#painted(line, "36"));
    this.#isTold = true;
  }

  /** Moves the clocks of the program and of the local AWS; days count from the beginning. */
  goTo(days: number): void {
    this.#aheadMs = days * DAY_MS;
    this.aws.proxy.setClock(this.#aheadMs);
    const day = this.#now().slice(0, 10);
    console.log(`\n${this.#painted(`## Day ${days} of the story: ${day}`, "1;36")}`);
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
    this.#typed(
      `aws ec2 create-tags --region ${region} --resources ${ids.join(" ")} --tags ${shown}`,
    );
    const client = new EC2Client(clientConfig(this.aws.endpoint, account, region));
    await client.send(new CreateTagsCommand({ Resources: [...ids], Tags }));
    client.destroy();
  }

  /** What somebody does elsewhere, of which nothing is seen here but the command. */
  async act(command: string, work: () => Promise<void>): Promise<void> {
    this.#typed(command);
    await work();
  }

  /**
   * Runs a command and shows of its output what the story is about.
   *
   * @throws Error when the command ends otherwise than the story expects, or does not print what
   * the story shows
   */
  async run(command: string, { expected = 0, ...shown }: Command = {}): Promise<void> {
    this.#typed(`groundskeeper ${command}`);
    const { code, stdout, stderr } = await this.#groundskeeper(command);
    const [text, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (code !== expected) {
      const end = `"${command}" ended with ${code}; the story expects ${expected}`;
      throw new Error([end, text, said].join("\n"));
    }
    for (const line of excerptOf(text!, shown, command)) {
      const printed = typeof line === "string"
        ? line
        : this.#painted(`[${counted(line.leftOut, "more line")}]`, "2");
      console.log(`${INDENT}${printed}`.trimEnd());
    }
    if (code !== 0) console.log(`${INDENT}exit ${code}`);
  }

  #groundskeeper(command: string): Promise<Deno.CommandOutput> {
    return new Deno.Command(Deno.execPath(), {
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
        GROUNDSKEEPER_TEST_WIDTH: String(this.#width - INDENT.length),
        ...(this.#color ? { GROUNDSKEEPER_TEST_COLOR: "yes" } : {}),
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
  }

  #typed(command: string): void {
    // A command stands right below what is told of it.
    console.log(`${this.#isTold ? "" : "\n"}${this.#painted(`$ ${command}`, "1")}`);
    this.#isTold = false;
  }

  /** Waits for Enter, or the end of stdin. */
  async #pause(): Promise<void> {
    if (!this.isStepping || !this.#isTerminal || !Deno.stdin.isTerminal()) return;
    console.log(`\n${this.#painted("Enter for the next step, Ctrl-C to end", "2")}`);
    await Deno.stdin.read(new Uint8Array(1024));
  }

  #painted(text: string, code: string): string {
    return this.#color ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  #now(): string {
    return new Date(Date.now() + this.#aheadMs).toISOString();
  }
}

/** As a shell would take the command apart. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}
