import { numberText } from "../../runners/core/cli/words.ts";
import type { Json } from "../../runners/core/json.ts";
import { saveSnapshot } from "../../runners/core/run/snapshot.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { toDisk } from "../runners/core/files/faulty_disk.ts";
import { accountIdOf, auditPart, INSTANCES_PER_ACCOUNT, RULES } from "./audit_parts.ts";
import type { Benchmark, Contender, Goal, Result } from "./benchmark.ts";
import { measure, type Program } from "./measure.ts";
import { repoParts, ROLES_PER_ACCOUNT } from "./repo_corpus.ts";
import type { ScaleWork } from "./scale_work.ts";

/** Which work a run did. */
interface ScaleTold {
  readonly work: Work;
  /** On how many instances or roles. */
  readonly things: number;
}
type ScaleResult = Result<ScaleTold>;
type Work = keyof typeof GOALS;

/** What a run of the largest size may take; of the memory, 10⁶ bytes. */
const GOALS = {
  "audit report": { seconds: 60, megabytes: 400 },
  "audit plan": { seconds: 60, megabytes: 400 },
  "audit plan, all accounts enforced": { seconds: 60, megabytes: 400 },
  "repo plan": { seconds: 60, megabytes: 1_074 },
} as const;

/** By how much CPU time may grow: with the number of things to this power. */
const EXPONENT = 1.1;

/** In how many accounts: a tenth, and all. */
const SIZES = [100, 1_000] as const;
const NOW = new Date("2026-11-20T12:00:00Z");
const HOUR_MS = 3_600_000;
const SEED = 42;

/** The audit and the roles of a large organization, from generated accounts, and of a tenth of it. */
export async function scaleBenchmark(
  onProgress: (sentence: string) => void,
): Promise<Benchmark<ScaleTold>> {
  await using stack = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-bench-" });
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  const contenders: Contender<ScaleTold>[][] = [];
  for (const accounts of SIZES) {
    onProgress(`Making ${accounts} accounts`);
    const folder = `${directory}/${accounts}`;
    await Deno.mkdir(folder);
    await writeAccounts(folder, accounts);
    contenders.push(contendersIn(folder, accounts));
  }
  const owned = stack.move();
  return {
    name: "scale",
    about: `accounts × 17 Regions with ${INSTANCES_PER_ACCOUNT} instances each, of which 5 break ` +
      `the rules, and with ${ROLES_PER_ACCOUNT} roles each`,
    rounds: 1,
    warmUp: false,
    contenders: contenders.flat(),
    columns: [
      { title: "things", align: "right", cell: ({ things }) => numberText(things) },
      {
        title: "CPU µs a thing",
        align: "right",
        cell: ({ cpuMs, things }) => (cpuMs / things * 1_000).toFixed(0),
      },
    ],
    goals,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Snapshots of both jobs, and their configurations. */
async function writeAccounts(folder: string, count: number): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const repoPart = repoParts(SEED, NOW);
  // Made one after another: the complete organization is never held.
  const parts = {
    audit: Iterator.from(indexes).map((index) => auditPart(index, NOW)),
    repo: Iterator.from(indexes).map(repoPart),
  };
  for (const [job, own] of Object.entries(parts)) {
    await saveSnapshot(toDisk, folder, job, own, NOW);
  }
  const ids = indexes.map(accountIdOf);
  const organization = {
    accounts: ids.map((id) => ({ id })),
    roles: "groundskeeper-{job}-{role}",
  };
  const repo = { trustFirstScan: true, limits: { perRun: { roles: 1_000_000 } } };
  const audit = { required: RULES };
  const unlimited = { count: 1_000_000, percent: 100 };
  const enforced = {
    ...audit,
    enforce: { accounts: ids },
    canary: { mode: "off" },
    limits: {
      perRun: unlimited,
      perAccount: unlimited,
      rollingDay: { count: 1_000_000 },
    },
  };
  const config = { version: 1, organization, repo };
  await writeJson(`${folder}/groundskeeper.json`, { ...config, audit });
  await writeJson(`${folder}/enforced.json`, { ...config, audit: enforced });
}

async function writeJson(path: string, value: Json): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(value));
}

/** In this order: what the report leaves in the store, the plans of the audit read. */
function contendersIn(folder: string, accounts: number): Contender<ScaleTold>[] {
  const plan = (job: string, ...args: readonly string[]) => () =>
    Promise.resolve(deno(folder, [
      ...["-P=groundskeeper", `${ROOT}runners/main.ts`, job, "plan", "--snapshot", folder],
      ...args,
    ]));
  const reportAt = (hour: number): Program => {
    const at = new Date(NOW.getTime() + hour * HOUR_MS).toISOString();
    const work: ScaleWork = { accounts, directory: folder, at };
    return deno(folder, ["-A", `${ROOT}test/bench/scale_work.ts`, JSON.stringify(work)]);
  };
  const contender = (
    work: Work,
    each: number,
    program: Contender<ScaleTold>["program"],
  ): Contender<ScaleTold> => {
    const told = { work, things: accounts * each };
    return {
      name: `${work}, ${accounts} accounts`,
      program,
      told: () => Promise.resolve(told),
    };
  };
  return [
    contender("audit report", INSTANCES_PER_ACCOUNT, async () => {
      // The first report of all is no usual one: nothing is in the store.
      await measure(reportAt(-2));
      return reportAt(-1);
    }),
    contender("audit plan", INSTANCES_PER_ACCOUNT, plan("audit")),
    contender(
      "audit plan, all accounts enforced",
      INSTANCES_PER_ACCOUNT,
      plan("audit", "--config", "enforced.json"),
    ),
    contender("repo plan", ROLES_PER_ACCOUNT, plan("repo")),
  ];
}

function deno(folder: string, args: readonly string[]): Program {
  const command = [Deno.execPath(), "run", "-q", "--cached-only", `--config=${ROOT}deno.json`];
  return {
    command: [...command, ...args],
    cwd: folder,
    env: { INIT_CWD: folder, NO_COLOR: "1" },
    exitCodes: [0],
  };
}

function goals(results: readonly ScaleResult[]): Goal[] {
  const byWork = Map.groupBy(results, ({ work }) => work);
  return [...byWork].map(([work, [tenth, all]]) => {
    const { seconds, megabytes } = GOALS[work];
    const took = all!.wallMs / 1_000;
    const peak = all!.peakMib * 2 ** 20 / 1_000_000;
    const exponent = Math.log10(all!.cpuMs / tenth!.cpuMs);
    return {
      text: `${work} of ${numberText(all!.things)}: ${took.toFixed(1)} s, ${peak.toFixed(0)} MB ` +
        `at most, CPU time grows with the exponent ${exponent.toFixed(2)}; wanted: at most ` +
        `${seconds} s, ${megabytes} MB and ${EXPONENT}`,
      reached: took <= seconds && peak <= megabytes && exponent <= EXPONENT,
    };
  });
}
