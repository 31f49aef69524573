import { cacheFolder } from "../aws/cache_folder.ts";
import { startLocalAws, upstreamVariable } from "../aws/local_aws.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { programVariable, startProgram } from "../entry/program.ts";
import { percentText } from "../../runners/core/cli/words.ts";
import { groupedTests } from "./grouped_tests.ts";
import { lineCoverage } from "./line_coverage.ts";
import { closeWith, runTests } from "./run_tests.ts";

/** Folders of tests that other tasks run. */
const ELSEWHERE = ["deep", "rigs"];

/** The share of lines that must have been run. */
const ENOUGH = 0.9;

/** All of the runners, each of their folders, and what is pure beside them. */
export const ROOMS: readonly string[] = [
  "runners",
  ...[...Deno.readDirSync(`${ROOT}runners`)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `runners/${name}`).sort(),
  "reports",
  "infra/policies",
];

/** Where the modules stand that import several test files. */
const GROUPS = `${ROOT}out/tests`;

/** Where `--coverage` collects, also from the processes that tests start. */
const COVERAGE = `${ROOT}coverage`;

/**
 * `deno task test [--coverage] [PATH…]`: every test that needs nothing but what this installs by
 * itself. The local AWS is started once; each test puts a proxy of its own before it.
 */
async function main(args: readonly string[]): Promise<number> {
  const paths = args.filter((arg) => arg !== "--coverage");
  const coverage = args.includes("--coverage");
  await using aws = await startLocalAws({
    services: { ministack: true },
    onProgress: (text) => console.log(text),
  });
  const program = await startProgram(coverage ? { DENO_COVERAGE_DIR: COVERAGE } : {});
  const folders = [...Deno.readDirSync(`${ROOT}test`)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name).filter((name) => !ELSEWHERE.includes(name)).sort();
  await Deno.mkdir(GROUPS, { recursive: true });
  if (coverage) await Deno.remove(COVERAGE, { recursive: true }).catch(ignoreMissing);
  const counts = await runTests({
    paths: paths.length > 0
      ? paths
      : await groupedTests(folders.map((name) => `test/${name}`), GROUPS),
    flags: ["--parallel", ...(coverage ? [`--coverage=${COVERAGE}`] : [])],
    env: {
      [upstreamVariable]: JSON.stringify(aws.upstream),
      [programVariable]: program.address,
      DENO_JOBS: "2",
      // Some tests change HOME, which would say another folder.
      GROUNDSKEEPER_CACHE: cacheFolder(),
      ...(coverage ? { DENO_COVERAGE_DIR: COVERAGE } : {}),
    },
  });
  await Deno.remove(GROUPS, { recursive: true });
  // It writes what it has run when it ends.
  await program[Symbol.asyncDispose]();
  const covered = !coverage || await isCovered();
  return closeWith(covered ? counts : { ...counts, failed: counts.failed + 1 });
}

/** Says how much of the rooms was run, and whether that is enough. */
async function isCovered(): Promise<boolean> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "-q", "--lcov", "--exclude=/test/", COVERAGE],
    cwd: ROOT,
  }).output();
  const rooms = lineCoverage(new TextDecoder().decode(stdout), ROOMS);
  for (const { folder, found, hit } of rooms) {
    console.log(`${folder}: ${hit} of ${found} lines were run, ${percentText(hit, found)}`);
  }
  return rooms.every(({ found, hit }) => found > 0 && hit / found >= ENOUGH);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
