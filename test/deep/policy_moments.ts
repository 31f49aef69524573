import type { Call } from "../aws/call_log.ts";
import { loadCatalogue } from "../../runners/repo/catalogue/catalogue.ts";
import { grantsName, isFree, statementsIn } from "../runners/repo/policy/policy_oracle.ts";

/** Inline policies by role and name. */
export type Seeded = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What was wrong at some moment, while roles were written. */
export interface Moments {
  /** Permissions that a role had before and has now, and was without meanwhile. */
  readonly missing: readonly string[];
  /** Policies that were neither as before nor as they are now. */
  readonly strange: readonly string[];
  /** Permissions that a role had meanwhile, and neither before nor now. */
  readonly gained: readonly string[];
}

/**
 * Goes again through every write of an inline policy that reached IAM, and looks at what the role
 * had after each. Knows of no order in which the writes should come.
 *
 * @param calls of all runs, in the order of arrival
 * @param before what the roles had before the first of them
 * @param now what they have after the last
 */
export function momentsOf(calls: readonly Call[], before: Seeded, now: Seeded): Moments {
  const missing = new Set<string>();
  const strange = new Set<string>();
  const gained = new Set<string>();
  const at = new Map(Object.entries(before).map(([role, policies]) => [role, { ...policies }]));
  for (const { action, forwarded, parameters } of calls) {
    const isWrite = action === "iam:PutRolePolicy" || action === "iam:DeleteRolePolicy";
    if (!isWrite || !forwarded) continue;
    const { RoleName: role = "", PolicyName: name = "", PolicyDocument: text = "" } = parameters;
    const policies = at.get(role);
    if (!policies) throw new Error(`${action} of the role ${role}, which nobody seeded`);
    if (action === "iam:PutRolePolicy") policies[name] = text;
    else delete policies[name];
    if (![before[role]![name], now[role]![name]].includes(policies[name])) {
      strange.add(`${role}/${name}`);
    }
    const [had, has, then] = [before[role]!, now[role]!, policies].map(granted) as [
      ReadonlySet<string>,
      ReadonlySet<string>,
      ReadonlySet<string>,
    ];
    for (const one of had.intersection(has).difference(then)) missing.add(`${role}: ${one}`);
    for (const one of then.difference(had).difference(has)) gained.add(`${role}: ${one}`);
  }
  return { missing: [...missing], strange: [...strange], gained: [...gained] };
}

const SERVICES = /^(s3|sqs|sns|kms):/;
const ACTIONS = loadCatalogue().actions.filter((action) => SERVICES.test(action));
const known = new Map<string, ReadonlySet<string>>();

/** Every action that the policies allow, with the resource that it is allowed on. */
function granted(policies: Readonly<Record<string, string>>): ReadonlySet<string> {
  return new Set(Object.values(policies).flatMap((text) => [...grantedBy(text)]));
}

function grantedBy(text: string): ReadonlySet<string> {
  const before = known.get(text);
  if (before) return before;
  const found = new Set(
    statementsIn(text).filter(isFree).flatMap((statement) =>
      ACTIONS.filter((action) => grantsName(statement, action))
        .map((action) => `${action} on ${JSON.stringify(statement["Resource"])}`)
    ),
  );
  known.set(text, found);
  return found;
}
