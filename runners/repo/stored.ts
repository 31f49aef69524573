import { counted } from "../core/cli/words.ts";
import { byTime, type Ending, type Stored, type Upcoming } from "../core/report/stored.ts";
import type { ReadStore } from "../core/store/store.ts";
import { kindOf } from "./change/repo_change.ts";
import type { RepoConfig } from "./config.ts";
import { endOfDay } from "./decide/instants.ts";
import { isOptedOut, readOptOuts } from "./inventory/opt_outs.ts";
import { ROLES, SCHEDULES, storedAccounts } from "./inventory/rows.ts";

/** What is known of unused permissions without asking AWS. */
export const stored: Stored<RepoConfig> = {
  async upcoming(store, _config, from, until) {
    const { accounts, roles } = await activeRoles(store);
    const [schedules, optOuts] = await Promise.all([
      SCHEDULES.read(store, accounts),
      readOptOuts(store, accounts),
    ]);
    return [...schedules].flatMap(([roleId, { due, actions }]): Upcoming[] => {
      const role = roles.get(roleId);
      const at = new Date(Math.max(Date.parse(due), from.getTime()));
      if (role === undefined || at > until) return [];
      const optOut = optOuts.get(roleId);
      if (optOut !== undefined && isOptedOut(optOut, at)) return [];
      return [{
        at: at.toISOString(),
        account: role.account,
        region: "global",
        action: "iam:PutRolePolicy",
        target: role.arn,
        name: role.name,
        text: `to lose what is still unused of ${counted(actions.length, "scheduled permission")}`,
      }];
    }).sort(byTime);
  },

  owners: () => Promise.resolve(new Map()),

  doneBy({ action, after }) {
    const kind = kindOf({ action });
    if (kind !== "inline" && kind !== "managed") return null;
    if (after["kind"] !== "restore") return "permissions removed";
    const isOfActions = after["version"] === null && after["undoes"] === undefined;
    return isOfActions ? "permissions given back" : "policies restored";
  },

  async ending(store, _config, from, until) {
    const { accounts, roles } = await activeRoles(store);
    const optOuts = await readOptOuts(store, accounts);
    return [...optOuts].flatMap(([roleId, optOut]): Ending[] => {
      const role = roles.get(roleId);
      const end = endOfDay(optOut.until);
      if (role === undefined || end === null || end < from.getTime() || end > until.getTime()) {
        return [];
      }
      return [{
        at: new Date(end).toISOString(),
        targets: [role.arn],
        text: `an opt-out of ${optOut.owner} ends: ${optOut.reason}`,
      }];
    }).sort(byTime);
  },
};

/** The roles that were there when their accounts were last read, by their IDs. */
async function activeRoles(store: ReadStore) {
  const accounts = await storedAccounts(store);
  const roles = await ROLES.read(store, accounts);
  return { accounts, roles: new Map([...roles].filter(([, { active }]) => active)) };
}
