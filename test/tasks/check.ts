import { ROOT } from "../architecture/module_graph.ts";
import { closeWith } from "./run_tests.ts";

/** The rigs have a deno.json of their own and are checked with it, by their own task. */
const TESTS = [...Deno.readDirSync(`${ROOT}test`)].map(({ name }) => `test/${name}`)
  .filter((path) => path !== "test/rigs").sort();

/** Each check by name, as the arguments of `deno`. */
const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ["formatting", ["fmt", "--check", "--quiet"]],
  ["lint", ["lint", "--quiet"]],
  ["types", [
    "check",
    "--quiet",
    "runners",
    "reports",
    "release",
    "container",
    "hosts",
    "infra/policies",
    ...TESTS,
  ]],
  ["types of the client", ["check", "--quiet", "--config=client/deno.json", "client"]],
  ["import rules, permission sets, README and examples", [
    "test",
    "-A",
    "--cached-only",
    "--quiet",
    "test/architecture",
  ]],
];

/** Runs all checks, also after one has failed. */
async function main(): Promise<number> {
  let failed = 0;
  for (const [name, args] of CHECKS) {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: ROOT,
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    console.log(`${success ? "ok    " : "FAILED"} ${name}`);
    if (!success) failed++;
  }
  return closeWith({ passed: CHECKS.length - failed, failed, skipped: 0 });
}

if (import.meta.main) Deno.exit(await main());
