/**
 * The job `repo` as a library: a program of one's own that looks at a role, and shrinks it where
 * that takes no more than some permissions.
 *
 * ```sh
 * deno run -A --config deno.json examples/repo/library.ts 111111111111/checkout-api
 * ```
 */
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../runners/adapters/sqlite/sqlite_store.ts";
import {
  displayRole,
  type RepoLibrary,
  repoRole,
  updateRoleCache,
} from "../../runners/repo/mod.ts";

/** More than this is left to a person. */
const CAREFUL = 1000;

/** Everything the functions work with; the store may be the one of the command line. */
export function libraryAt(path: string): RepoLibrary {
  return {
    repo: { usageWindow: "120d", limits: { perRun: { roles: 5 } } },
    store: { open: () => openSqliteStore(path), openToRead: () => openSqliteStoreReadOnly(path) },
    env: { get: (name) => Deno.env.get(name) },
  };
}

/** Shrinks one role, and answers what became of it, line by line. */
export async function shrink(role: string, library: RepoLibrary): Promise<string[]> {
  const [account = ""] = role.split("/");
  const { roles, failure } = await updateRoleCache(account, library);
  if (failure) return [`${account} could not be read: ${failure.detail}`];

  const { role: row, versions } = await displayRole(role, library);
  const lines = [`${row.name}: roles in its account: ${roles}, versions: ${versions.length}`];

  const planned = await repoRole(role, {}, library);
  if (!planned.change) {
    const { spared, entry: { keeps } } = planned;
    return [
      ...lines,
      ...spared.map(({ detail }) => `left alone: ${detail}`),
      ...keeps.map(({ service, actions, reason }) =>
        `${service} keeps ${actions.length}: ${reason}`
      ),
    ];
  }
  lines.push(planned.change.reason);
  if (planned.entry.removable > CAREFUL) return [...lines, "left to a person: it is too much"];

  const { change, refused } = await repoRole(role, { commit: true }, library);
  return [...lines, refused ? `refused by ${refused.limit}` : `${change?.outcome}`];
}

if (import.meta.main) {
  const [role = ""] = Deno.args;
  for (const line of await shrink(role, libraryAt("groundskeeper.db"))) console.log(line);
}
