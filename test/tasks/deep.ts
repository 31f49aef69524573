import { startLocalAws, upstreamVariable } from "../aws/local_aws.ts";
import { closeWith, runTests } from "./run_tests.ts";

/** `deno task test:deep`: the long tests, one after the other. */
async function main(): Promise<number> {
  await using aws = await startLocalAws({ onProgress: (text) => console.log(text) });
  return closeWith(
    await runTests({
      paths: ["test/deep"],
      env: { [upstreamVariable]: JSON.stringify(aws.upstream), GROUNDSKEEPER_TEST_CASES: "all" },
    }),
  );
}

if (import.meta.main) Deno.exit(await main());
