import { parseArn } from "../../core/aws/arn.ts";
import { numberText } from "../../core/cli/words.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { JsonObject } from "../../core/json.ts";
import type { WrittenChange } from "../../core/plan/change.ts";
import { type ChangeKind, kindOf } from "../change/repo_change.ts";
import { lossOf, type Named, repoKeys, type RoleEntry } from "./names.ts";

/** How a change of the job is read. Its `before` and `after` are plain JSON. */

/** What is read of a change. */
type Halves = Pick<WrittenChange, "account" | "action" | "target" | "before" | "after">;

/** What a change says of itself, with the role that it is about. */
export type RoleChange<One extends Halves = WrittenChange> = {
  readonly change: One;
  readonly kind: ChangeKind;
  /** The role as the plan has it; undefined where the plan does not. */
  readonly entry: RoleEntry | undefined;
  /** The ARN of the managed policy that is changed; null: the role's inline policies are. */
  readonly managed: string | null;
  /** By name; null: the policy goes. */
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string | null>>;
  /** How many permissions go, and which, as far as the change says. */
  readonly removed: number;
  readonly removedActions: readonly string[];
  /** By service, how many go besides: a plan file does not name the actions of complete services. */
  readonly removedServices: Readonly<Record<string, number>>;
  /** What a restore gives back; null where it is not said. */
  readonly gained: readonly string[] | null;
  /** The version that a restore brings back. */
  readonly version: number | null;
};

/** Reads the changes of a plan or of a run, and puts each beside its role. */
export function roleChanges<One extends Halves>(
  changes: readonly One[],
  plan: Named,
): RoleChange<One>[] {
  const { roles, taking } = repoKeys(plan);
  const byArn = new Map(roles.map((entry) => [entry.arn, entry]));
  const byId = new Map(roles.map((entry) => [`${entry.account}/${entry.role_id}`, entry]));
  return changes.map((change) => {
    const { target, account, before, after } = change;
    const managed = kindOf(change) === "managed" ? target : null;
    const entry = byArn.get(target) ?? byId.get(`${account}/${String(before["role_id"])}`);
    const { gained, kind, version } = after;
    const removedServices = (after["removed_services"] ?? {}) as Record<string, number>;
    return {
      change,
      kind: kind === "restore" || kind === "remove" ? kind : "repo",
      entry,
      managed,
      before: (before["policies"] ?? {}) as Record<string, string>,
      after: (after["policies"] ?? {}) as Record<string, string | null>,
      removed: entry && taking?.has(after)
        ? lossOf(entry)
        : removedOf(after, managed === null ? entry : undefined),
      get removedActions() {
        return texts(after["removed"]);
      },
      removedServices,
      gained: Array.isArray(gained) ? texts(gained) : null,
      version: typeof version === "number" ? version : null,
    };
  });
}

/** How many permissions a change takes, where it says so itself; else what its role loses. */
function removedOf({ removed, removed_services }: JsonObject, entry: RoleEntry | undefined) {
  if (typeof removed === "number") return removed;
  if (!Array.isArray(removed)) return entry ? lossOf(entry) : 0;
  return removed.length +
    sumOf(Object.values((removed_services ?? {}) as Record<string, number>), (count) => count);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** What the version that a restore brings back is called: `3` of a role, `v3` of a policy. */
export function versionText({ version, managed }: Pick<RoleChange, "version" | "managed">): string {
  return version === null ? "" : managed === null ? `${version}` : `v${version}`;
}

/** The name of a role, without its path. Of what is no ARN, the text as it is. */
export function nameOfArn(arn: string): string {
  try {
    return parseArn(arn).resource.split("/").at(-1)!;
  } catch (error) {
    if (error instanceof RangeError) return arn;
    throw error;
  }
}

/** How many characters a list of services may have before fewer of them are named. */
const LONG = 48;

/** Actions counted by their service, the most first: "rds (29), sns (20), sqs (12)". */
export function servicesText(counts: ReadonlyMap<string, number>, named = 3): string {
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const text = (named: number) => {
    const left = sorted.length - named;
    const said = sorted.slice(0, named).map(([service, count]) =>
      `${service} (${numberText(count)})`
    );
    return [...said, ...(left > 0 ? [`and ${numberText(left)} more`] : [])].join(", ");
  };
  // One long list would break the lines of its table: fewer services are named then.
  let fitting = named;
  while (fitting > 1 && sorted.length > fitting && text(fitting).length > LONG) fitting--;
  return text(fitting);
}

/** How many actions of each service a list has. */
export function byService(actions: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const action of actions) {
    const service = action.split(":")[0]!.toLowerCase();
    counts.set(service, (counts.get(service) ?? 0) + 1);
  }
  return counts;
}

/** How many permissions of each service a role would lose. */
export function lostServices({ loses }: Pick<RoleEntry, "loses">): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { service, actions } of loses) {
    counts.set(service, (counts.get(service) ?? 0) + actions.length);
  }
  return counts;
}
