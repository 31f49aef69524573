import { isArn, parseArn } from "../../core/aws/arn.ts";
import { fewText, numberText } from "../../core/cli/words.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { ChangeKind, ChangeOf, RepoChange } from "../change/repo_change.ts";
import { lossOf, type Named, type RoleEntry } from "./names.ts";

/** A change of policies: any change of the job but a stamp. */
type PolicyChange = ChangeOf<"inline" | "managed">;

/** A change of policies, with the role that it is about. */
export type RoleChange<One extends PolicyChange = PolicyChange> = {
  readonly change: One;
  readonly kind: ChangeKind;
  /** The role in the plan; undefined: the plan does not have it. */
  readonly entry: RoleEntry | undefined;
  /** The ARN of the managed policy that is changed; null: the role's inline policies are. */
  readonly managed: string | null;
  /** How many permissions it takes. */
  readonly removed: number;
};

/** Puts each change of policies of a plan or of a run beside its role. */
export function roleChanges<One extends RepoChange>(
  changes: readonly One[],
  plan: Named,
): RoleChange<One & PolicyChange>[] {
  const { roles, taking } = plan.own;
  const byArn = new Map(roles.map((entry) => [entry.arn, entry]));
  const byId = new Map(roles.map((entry) => [`${entry.account}/${entry.role_id}`, entry]));
  return changes.filter(isOfPolicies).map((change) => {
    const { kind, target, account, before, after } = change;
    const entry = byArn.get(target) ?? byId.get(`${account}/${before.role_id}`);
    return {
      change,
      kind: after.kind,
      entry,
      managed: kind === "managed" ? target : null,
      removed: entry && taking?.has(after)
        ? lossOf(entry)
        : after.removed.length + sumOf(Object.values(unnamedIn(change)), (count) => count),
    };
  });
}

function isOfPolicies<One extends RepoChange>(change: One): change is One & PolicyChange {
  return change.kind !== "stamp";
}

/** By service, how many actions a change takes that a plan file counts and does not name. */
export function unnamedIn({ after }: PolicyChange): Readonly<Record<string, number>> {
  return "removed_services" in after ? after.removed_services ?? {} : {};
}

/** Whether a change gives single actions back, and no complete version. */
export function isGiveBack({ kind, change }: RoleChange): boolean {
  return kind === "restore" && change.after.version === null;
}

/** What the version that a restore brings back is called: `3` of a role, `v3` of a policy. */
export function versionText({ change, managed }: RoleChange): string {
  const { version } = change.after;
  return version === null ? "" : managed === null ? `${version}` : `v${version}`;
}

/** The name of a role, without its path. A text that is no ARN stays as it is. */
export function nameOfArn(arn: string): string {
  return isArn(arn) ? parseArn(arn).resource.split("/").at(-1)! : arn;
}

/** How many characters a list of services may have before fewer of them are named. */
const LONG = 48;

/** Actions counted by their service, the most first: "rds (29), sns (20), sqs (12)". */
export function servicesText(counts: ReadonlyMap<string, number>, named = 3): string {
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const texts = sorted.map(([service, count]) => `${service} (${numberText(count)})`);
  // One long list would break the lines of its table: fewer services are named then.
  let fitting = named;
  while (fitting > 1 && texts.length > fitting && fewText(texts, fitting).length > LONG) fitting--;
  return fewText(texts, fitting);
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
