import "../aws/start_shared.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import type { Call } from "../aws/call_log.ts";
import { connectLocalAws, type LocalAws, type LocalAwsOptions } from "../aws/local_aws.ts";
import { groundskeeper, type Invocation, type Ran } from "./command.ts";

/** An organization on the local AWS, a folder with its configuration, and the program to run. */
export interface World extends AsyncDisposable {
  readonly aws: LocalAws;
  readonly accounts: readonly string[];
  readonly directory: string;
  /** The commands that have ended, in this order. */
  readonly commands: readonly RanCommand[];
  /** Writes the configuration again, with these settings of the job and of the organization. */
  configure(settings: Record<string, unknown>, organization?: Record<string, unknown>): void;
  run(args: string, more?: Partial<Invocation>): Promise<Ran>;
  /** Runs with --json and reads the one document on stdout. */
  json<Document>(args: string, more?: Partial<Invocation>): Promise<Document>;
  /** Sets the clocks of AWS and of the program so many minutes after the seed. */
  setMinute(minutes: number): void;
  /** The same in days. */
  setDay(days: number): void;
}

/** A command with the calls that were made while it ran. */
export interface RanCommand {
  /** As it was typed after `groundskeeper`. */
  readonly line: string;
  readonly calls: readonly Call[];
}

export interface WorldOptions {
  readonly job: string;
  /** How many accounts; each is new to the local AWS. */
  readonly accounts: number;
  readonly regions: readonly string[];
  /** Settings of the job that hold unless a test says otherwise. */
  readonly settings: (accounts: readonly string[]) => Record<string, unknown>;
  readonly organization?: Record<string, unknown> | undefined;
  /** Default: an SQLite file in the folder. */
  readonly store?: Record<string, unknown> | undefined;
  /** The program has the credentials of the first account. Default: of an account of no organization. */
  readonly isHome?: boolean | undefined;
  readonly proxy?: LocalAwsOptions | undefined;
  /** The program's variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Makes what is in the accounts; its calls are not in the proxy's log. */
  readonly seed: (aws: LocalAws, accounts: readonly string[]) => Promise<unknown>;
}

const MINUTE_MS = 60_000;

/** Seeds a fresh organization; disposing of it ends its proxy and removes its folder. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const accounts = freshAccounts(options.accounts);
  const [account = ""] = accounts;
  const aws = await connectLocalAws({ ...options.proxy, ...(options.isHome ? { account } : {}) });
  await options.seed(aws, accounts);
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-e2e-" });
  const configure: World["configure"] = (settings, organization = {}) =>
    Deno.writeTextFileSync(
      `${directory}/groundskeeper.json`,
      JSON.stringify({
        version: 1,
        organization: {
          accounts: accounts.map((id, index) => ({ id, name: `account-${index}` })),
          regions: options.regions,
          roles: "groundskeeper-{job}-{role}",
          ...options.organization,
          ...organization,
        },
        ...(options.store ? { store: options.store } : {}),
        [options.job]: { ...options.settings(accounts), ...settings },
      }),
    );
  configure({});
  aws.proxy.clearCalls();
  let aheadMs = 0;
  const setMinute = (minutes: number) => {
    aheadMs = minutes * MINUTE_MS;
    aws.proxy.setClock(aheadMs);
  };
  const commands: RanCommand[] = [];
  const run: World["run"] = async (line, more = {}) => {
    const before = aws.proxy.calls.at(-1)?.n ?? 0;
    const ran = await groundskeeper(line.split(" "), {
      directory,
      ...more,
      env: {
        ...aws.environment,
        GROUNDSKEEPER_TEST_LEASE_MS: "300",
        GROUNDSKEEPER_TEST_BACK_OFF_MS: "50",
        GROUNDSKEEPER_TEST_CLOCK_AHEAD_MS: String(aheadMs),
        ...options.env,
        ...more.env,
      },
    });
    commands.push({ line, calls: aws.proxy.calls.filter(({ n }) => n > before) });
    return ran;
  };
  return {
    aws,
    accounts,
    directory,
    commands,
    configure,
    run,
    json: async (args, more) => jsonOf(args, await run(`${args} --json`, more)),
    setMinute,
    setDay: (days) => setMinute(days * 24 * 60),
    [Symbol.asyncDispose]: async () => {
      await aws[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** The one document that a run has printed. Throws an Error with all it said where there is none. */
// deno-lint-ignore no-explicit-any
export function jsonOf(args: string, { stdout, stderr }: Pick<Ran, "stdout" | "stderr">): any {
  try {
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(`${args} printed no JSON:\n${stdout}\n${stderr}`, { cause: error });
  }
}
