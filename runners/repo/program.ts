import { configFolder, fromPerson, type LoadedConfig } from "../shell/config_file.ts";
import { UsageError } from "../core/errors.ts";
import { readText } from "../core/run/document_file.ts";
import type { Json } from "../core/json.ts";
import { openStoreToRead } from "../shell/compose.ts";
import { readObserved } from "./inventory/read_observed.ts";
import type { JobProgram, JobRunning } from "../core/program.ts";
import type { Asked, RoleReference } from "./config.ts";
import { askedBy, refuseUnconfigured } from "./flags.ts";
import type { Observed } from "./observed.ts";
import { withBlocklistRole } from "./filters/blocklist_role.ts";
import { prepareRun, type RepoRun } from "./prepare_run.ts";
import { readRoleFile } from "./verbs/role_file.ts";
import { runRepoVerb } from "./verbs/verbs.ts";
import { ownRoleNames } from "../shell/own_roles.ts";
import { contextOf, runVerb } from "../shell/run_verb.ts";

/** The verbs of the job `repo`. */
export const repoProgram: JobProgram = {
  overlay: (content) => content,
  run: async (running) => {
    const { verb, own } = running.request;
    if (!RUNS.has(verb)) return await runRepoVerb(running);
    const accounts = namedAccounts(running.loaded);
    const readFile = (path: string) => roleFile(path, running, accounts);
    const asked = await askedBy(own, readFile);
    refuseUnconfigured(asked, running.loaded.config.repo);
    const { context } = await repoRun(running, asked);
    return await runVerb(running, context);
  },
  history: [
    { title: "roles", value: ({ roles }) => count(roles) },
    { title: "permissions", value: ({ permissions }) => count(permissions) },
    { title: "removable", value: ({ removable }) => count(removable) },
  ],
};

function count(value: Json | undefined): string {
  return Number(value).toLocaleString("en");
}

const RUNS: ReadonlySet<string> = new Set(["plan", "report", "apply", "explain"]);

/** The accounts that the configuration names one by one, or null. */
export function namedAccounts({ config }: Pick<LoadedConfig, "config">): string[] | null {
  const { accounts } = config.organization;
  return Array.isArray(accounts) ? accounts.map(({ id }) => id) : null;
}

/** Puts a run of the job together, with the filters and hooks that the configuration names. */
export async function repoRun(given: JobRunning, asked: Asked): Promise<RepoRun> {
  const { config } = given.loaded;
  const organization = withBlocklistRole(config.organization, config.repo);
  const running = { ...given, loaded: { ...given.loaded, config: { ...config, organization } } };
  const { loaded, terminal: { host, log } } = running;
  return await prepareRun({
    part: loaded.config.repo,
    asked,
    directory: configFolder(loaded, host.directory),
    ownRoles: await ownRoleNames(loaded.config),
    clock: host.clock,
    log,
    context: (work) =>
      contextOf(running, {
        ...work,
        ...(running.request.own["fromStore"] === true ? { cached: () => stored(running) } : {}),
      }),
  });
}

/** What the last refresh has read, of the accounts that were narrowed to. */
async function stored(
  { request: { options }, loaded, terminal: { host } }: JobRunning,
): Promise<Observed> {
  const { accounts } = options;
  const store = openStoreToRead(loaded, host);
  try {
    const observed = await readObserved(store, accounts.length === 0 ? null : accounts);
    if (observed.accounts.length > 0) return observed;
  } finally {
    store.close();
  }
  throw new UsageError("Nothing is stored to plan from", {
    help: [{ sentence: "To read the accounts first", words: ["repo refresh"] }],
  });
}

async function roleFile(
  path: string,
  { terminal: { host } }: JobRunning,
  accounts: readonly string[] | null,
): Promise<readonly RoleReference[]> {
  const file = fromPerson(path, host.directory);
  return readRoleFile(await readText(file, "role file"), accounts);
}
