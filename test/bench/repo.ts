import { fileURLToPath } from "node:url";

import { saveSnapshot } from "../../runners/core/run/snapshot.ts";
import { loadCatalogue } from "../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse, type Universe } from "../../runners/repo/catalogue/universe.ts";
import { toDisk } from "../runners/core/files/faulty_disk.ts";
import type { ObservedRole } from "../../runners/repo/observed.ts";
import { policySize } from "../../runners/repo/policy/size.ts";
import { ROOT } from "../architecture/module_graph.ts";
import type { Benchmark, Contender, Goal, Result } from "./benchmark.ts";
import { measure, type Program } from "./measure.ts";
import { agreementOn, type Compared, grantedIn, strayNames } from "./repo_compare.ts";
import { repoCorpus, ROLES_PER_ACCOUNT, rolesIn } from "./repo_corpus.ts";
import { repokidInput, repokidPolicies, repokidPython, type RepokidWork } from "./repokid.ts";
import type { Policies, Work } from "./repo_work.ts";

const ROLES = 5_000;
/** Repokid works on each so manieth role: on all of them it would take a quarter of an hour. */
const EVERY = 50;
const SEED = 42;

/** What a run did, besides what it used. */
interface RepoTold {
  readonly roles: number;
  /** CPU time of the work on all roles, without the start; null: it was not told apart. */
  readonly workMs: number | null;
  /** Roles whose new policies do not fit; null: not counted. */
  readonly refused: number | null;
}

type RepoResult = Result<RepoTold>;

/** Expands, decides and rewrites roles with two policies each, beside Repokid on some of them. */
export async function repoBenchmark(
  onProgress: (sentence: string) => void,
): Promise<Benchmark<RepoTold>> {
  await using stack = new AsyncDisposableStack();
  const python = await repokidPython(onProgress);
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-bench-" });
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  const now = new Date();
  const corpus = repoCorpus(ROLES / ROLES_PER_ACCOUNT, SEED, now);
  const some = rolesIn(corpus, EVERY);
  const files = filesIn(directory);
  await saveSnapshot(toDisk, directory, "repo", corpus, now);
  await Deno.writeTextFile(files.repokidInput, JSON.stringify(repokidInput(some)));
  await Deno.writeTextFile(files.config, JSON.stringify(CONFIG));
  const owned = stack.move();
  return {
    name: "repo",
    about: `unused permissions of ${ROLES} roles with two inline policies each, beside Repokid ` +
      `0.19.8 on ${some.length} of them, taken evenly`,
    rounds: 5,
    contenders: [work(files), wholePlan(files), repokid(python, files)],
    columns: [
      { title: "roles", align: "right", cell: ({ roles }) => String(roles) },
      { title: "ms a role", align: "right", cell: (one) => (one.cpuMs / one.roles).toFixed(2) },
      {
        title: "work alone",
        align: "right",
        cell: (one) => one.workMs === null ? "" : (one.workMs / one.roles).toFixed(2),
      },
      { title: "refused", align: "right", cell: ({ refused }) => String(refused ?? "") },
    ],
    goals: (results) => goals(results, rolesIn(corpus), readWork(files)),
    notes: async () => [
      ...phasesNotes(readWork(files)),
      ...comparisonNotes(some, readWork(files), readRepokid(files)),
      await catalogueNote(directory),
    ],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What a role has when it is first seen would be new, and stay. */
const CONFIG = {
  version: 1,
  repo: { trustFirstScan: true, limits: { perRun: { roles: 1_000_000 } } },
};

interface Files {
  readonly directory: string;
  readonly config: string;
  readonly snapshot: string;
  readonly work: string;
  readonly plan: string;
  readonly repokidInput: string;
  readonly repokidWork: string;
}

function filesIn(directory: string): Files {
  return {
    directory,
    config: `${directory}/groundskeeper.json`,
    snapshot: `${directory}/repo-snapshot`,
    work: `${directory}/work.json`,
    plan: `${directory}/plan.json`,
    repokidInput: `${directory}/repokid-input.json`,
    repokidWork: `${directory}/repokid-work.json`,
  };
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

function deno(directory: string, args: readonly string[]): Program {
  const command = [Deno.execPath(), "run", "-q", "--cached-only", `--config=${ROOT}deno.json`];
  return {
    command: [...command, ...args],
    cwd: directory,
    env: { INIT_CWD: directory, NO_COLOR: "1" },
    exitCodes: [0],
  };
}

/** The job's own functions and nothing around them, as is Repokid's part. */
function work(files: Files): Contender<RepoTold> {
  const args = ["--allow-read", "--allow-write", here("repo_work.ts"), files.snapshot, files.work];
  return {
    name: "groundskeeper, functions",
    program: () => Promise.resolve(deno(files.directory, args)),
    told: () => {
      const { cpuMs, roles } = readWork(files);
      const refused = roles.filter(({ policies }) => policies === null).length;
      return Promise.resolve({ roles: roles.length, workMs: cpuMs, refused });
    },
  };
}

/** What a person runs, with the checks of the snapshot and the plan document. */
function wholePlan(files: Files): Contender<RepoTold> {
  return {
    name: "groundskeeper repo plan --json",
    program: () => {
      const program = planProgram(files.directory, ["--json"]);
      // The document is longer than what is measured may print.
      const command = ["sh", "-c", `exec "$0" "$@" > ${files.plan}`, ...program.command];
      return Promise.resolve({ ...program, command });
    },
    told: () => Promise.resolve({ roles: ROLES, workMs: null, refused: null }),
  };
}

function planProgram(directory: string, args: readonly string[]): Program {
  const main = ["-P=groundskeeper", `${ROOT}runners/main.ts`, "repo", "plan"];
  return deno(directory, [...main, "--snapshot", directory, ...args]);
}

function repokid(python: string, files: Files): Contender<RepoTold> {
  return {
    name: "Repokid",
    program: () =>
      Promise.resolve({
        command: [python, here("repokid_work.py"), files.repokidInput, files.repokidWork],
        cwd: files.directory,
        env: {},
        exitCodes: [0],
      }),
    told: () => {
      const { cpuMs, roles } = readRepokid(files);
      const refused = roles.filter(({ refused }) => refused).length;
      return Promise.resolve({ roles: roles.length, workMs: cpuMs, refused });
    },
  };
}

function readWork({ work }: Files): Work {
  return JSON.parse(Deno.readTextFileSync(work)) as Work;
}

function readRepokid({ repokidWork }: Files): RepokidWork {
  return JSON.parse(Deno.readTextFileSync(repokidWork)) as RepokidWork;
}

const WANTED_TIMES = 300;

function goals(
  results: readonly RepoResult[],
  roles: readonly ObservedRole[],
  { roles: worked }: Work,
): Goal[] {
  const [ours, whole, other] = results as readonly [RepoResult, RepoResult, RepoResult];
  const each = (one: RepoResult) => one.workMs! / one.roles;
  const times = each(other) / each(ours);
  const wholeTimes = each(other) / (whole.cpuMs / whole.roles);
  const wider = roles.filter(({ inline }, at) => {
    const after = worked[at]!.policies;
    return after !== null && strayNames(inline, after).length > 0;
  }).length;
  return [
    {
      text: `${times.toFixed(0)} times less CPU for the work on a role: ${each(ours).toFixed(2)} ` +
        `ms beside ${each(other).toFixed(0)} ms, starting and reading left out of both; wanted: ` +
        `at least ${WANTED_TIMES} (the whole program, from its start to its document: ` +
        `${wholeTimes.toFixed(0)} times)`,
      reached: times >= WANTED_TIMES,
    },
    {
      text: `${ours.refused} of ${ours.roles} roles refused; wanted: 0, since every one has a ` +
        "contained rewrite that fits",
      reached: ours.refused === 0,
    },
    {
      text: `${wider} of ${roles.length} roles with a policy that reaches further than before; ` +
        "wanted: 0",
      reached: wider === 0,
    },
  ];
}

function phasesNotes({ phases }: Work): string[] {
  const parts = Object.entries(phases).map(([phase, share]) =>
    `${phase} ${(share * 100).toFixed(0)} %`
  );
  return [`our work on the roles: ${parts.join(", ")}`];
}

function comparisonNotes(
  some: readonly ObservedRole[],
  { roles: worked }: Work,
  { roles: theirs }: RepokidWork,
): string[] {
  const universe = makeUniverse(loadCatalogue(), []);
  const ours = new Map(worked.map((one) => [one.arn, one]));
  const compared = some.map((role, at): Compared => {
    const own = ours.get(role.arn)!;
    return {
      role,
      ours: own.policies ?? role.inline,
      goes: new Set(own.goes),
      theirs: repokidPolicies(theirs[at]!, role.inline),
      removable: theirs[at]!.removable,
    };
  });
  const { alike, onlyOurs, onlyTheirs, left, lost } = agreementOn(compared, universe);
  return [
    sizesNote(compared),
    `on ${alike} services of the ${some.length} roles both decide alike, only we remove of ` +
    `${onlyOurs}, only Repokid of ${onlyTheirs}`,
    `where both remove, ${left.byUs} actions are left by us alone and ${left.byThem} by Repokid ` +
    `alone; of what was to stay, ours loses ${lost.byUs} actions and Repokid's ${lost.byThem}`,
    widerNote(compared, universe),
  ];
}

function sizesNote(compared: readonly Compared[]): string {
  const sizes = (policiesOf: (one: Compared) => Policies) =>
    compared.map((one) => policySize(Object.values(policiesOf(one)).map((text) => text ?? "")));
  const told = (sizes: readonly number[]) =>
    `${sizes.reduce((sum, size) => sum + size, 0)} (the largest ${Math.max(...sizes)})`;
  return `characters of the same ${compared.length} roles, without white space: before ` +
    `${told(sizes(({ role }) => role.inline))}, ours ${told(sizes(({ ours }) => ours))}, ` +
    `Repokid's ${told(sizes(({ theirs }) => theirs))}`;
}

function widerNote(compared: readonly Compared[], universe: Universe): string {
  const wider = (of: (one: Compared) => Policies) =>
    compared.filter((one) =>
      !grantedIn(of(one), universe).isSubsetOf(grantedIn(one.role.inline, universe)) ||
      strayNames(one.role.inline, of(one)).length > 0
    ).length;
  return `wider than before: ${wider(({ ours }) => ours)} of the ${compared.length} by us, ` +
    `${wider(({ theirs }) => theirs)} by Repokid`;
}

async function catalogueNote(directory: string): Promise<string> {
  const program = deno(directory, ["--allow-read", here("repo_catalogue.ts")]);
  const { stdout } = await measure(program);
  const told = JSON.parse(stdout) as Readonly<Record<string, number>>;
  return `catalogue of ${told["actions"]} actions: ready in ${told["readyMs"]!.toFixed(0)} ms ` +
    `cold; "*" expands in ${told["firstMicroseconds"]!.toFixed(0)} µs at first, then in ` +
    `${told["againMicroseconds"]!.toFixed(1)} µs`;
}
