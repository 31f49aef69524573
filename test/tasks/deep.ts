import { startLocalAws, upstreamVariable } from "../aws/local_aws.ts";
import { filesBelow, ROOT } from "../architecture/module_graph.ts";
import { programVariable, startProgram } from "../entry/program.ts";
import { installInfra } from "./install_packages.ts";
import { closeWith, runTests } from "./run_tests.ts";

/** The test files that run more cases, or more tests, here than in `deno task test`. */
async function withGeneratedCases(): Promise<string[]> {
  const files = (await filesBelow("test")).filter((path) => path.endsWith("_test.ts"));
  return files.filter((path) =>
    /from "[^"]*\/properties\.ts"/.test(Deno.readTextFileSync(`${ROOT}${path}`)) &&
    !path.startsWith("test/deep/")
  );
}

/** `deno task test:deep`: the long tests, two files at a time; each has accounts of its own. */
async function main(): Promise<number> {
  await installInfra();
  await using aws = await startLocalAws({
    services: { ministack: true },
    onProgress: (text) => console.log(text),
  });
  await using program = await startProgram();
  return closeWith(
    await runTests({
      paths: ["test/deep", ...await withGeneratedCases()],
      flags: ["--parallel"],
      env: {
        [upstreamVariable]: JSON.stringify(aws.upstream),
        [programVariable]: program.address,
        DENO_JOBS: "2",
        GROUNDSKEEPER_TEST_CASES: "all",
      },
    }),
  );
}

if (import.meta.main) Deno.exit(await main());
