import { UsageError } from "../core/errors.ts";
import type { JobProgram, Running } from "../core/program.ts";
import { readText } from "../core/run/document_file.ts";
import type { RepoConfig } from "./config.ts";
import { askedBy, refuseUnconfigured } from "./flags.ts";
import { readObserved } from "./inventory/read_observed.ts";
import type { ObservedAccount } from "./observed.ts";
import { openRun } from "./open_run.ts";
import { namedAccounts } from "./verbs/inventory_age.ts";
import { readRoleFile } from "./verbs/role_file.ts";

const RUNS: ReadonlySet<string> = new Set(["plan", "report", "apply", "explain"]);

/** The verbs of the job `repo`. */
export const program: JobProgram<RepoConfig> = {
  run: async (running) => {
    const { request: { verb, own }, config, path, organization } = running;
    if (!RUNS.has(verb)) return await (await import("./verbs/verbs.ts")).runRepoVerb(running);
    const readFile = (named: string) =>
      readRoleFile(readText(path(named), "role file"), namedAccounts(organization));
    const asked = await askedBy(own, readFile);
    refuseUnconfigured(asked, config);
    const cached = own["fromStore"] === true ? () => stored(running) : undefined;
    return await running.verb((await openRun(running, asked, cached)).context);
  },
};

/** What the last refresh has read of the accounts that the run is narrowed to. */
async function stored({ request, reading }: Running): Promise<ObservedAccount[]> {
  const { accounts } = request.options;
  const observed = await reading((store) =>
    readObserved(store, accounts.length === 0 ? null : accounts)
  );
  if (observed.length > 0) return observed;
  throw new UsageError("Nothing is stored to plan from", {
    help: [{ sentence: "To read the accounts first", words: ["repo refresh"] }],
  });
}
