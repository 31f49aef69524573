import type { Json } from "../json.ts";

/** One permission that a role declares: an action, on what, and under which condition. */
export type Permission = {
  /** As IAM writes it: `ec2:CreateTags`. Never a pattern. */
  readonly action: string;
  /**
   * ARN patterns; `{partition}` and the like are filled in by `policyDocument`. Default: everything,
   * which is for actions that have no resource types (Service Authorization Reference).
   */
  readonly resources?: readonly string[];
  /** IAM's condition block. */
  readonly condition?: { readonly [operator: string]: { readonly [key: string]: Json } };
  /** Why the job needs it, in a sentence. Stands beside the policy for those who review it. */
  readonly why: string;
};

/** What a role may never do, whatever else allows it. */
export type Denial = {
  readonly actions: readonly string[];
  /** ARN patterns. */
  readonly resources: readonly string[];
  readonly why: string;
};

/** A role that a job acts under, exactly as strong as one kind of work needs. */
export type RoleNeed = {
  /** What the role may do, in a sentence. */
  readonly purpose: string;
  /** "home": the task's own role. "observe" reads in member accounts. "write" changes them. */
  readonly kind: "home" | "observe" | "write";
  /** What it is called where the job's own settings say so; `organization.namedRoles` goes first. */
  readonly name?: string;
  /** The only account that has it. Absent: every account has it. */
  readonly account?: string;
  readonly permissions: readonly Permission[];
  readonly denials?: readonly Denial[];
};

/** A queue or a topic that a job works with. */
export type ChannelNeed = {
  /** Its ARN, or a pattern of it; `{partition}` and the like are filled in as in permissions. */
  readonly arn: string;
  /** What for, in a sentence. */
  readonly purpose: string;
  /** Of a queue: ARNs of roles that send to it, also from outside of the organization. */
  readonly senders?: readonly string[];
  /** Of a queue that roles do not send to: the instances that have the client, or EventBridge. */
  readonly from?: "instances" | "events";
};

/** A tag of instances that nobody may write but roles of the job. */
type MarkNeed = {
  readonly key: string;
  /** They may set and remove it. */
  readonly roles: readonly string[];
  /** They may remove it, and not set it. `roles` may then set it, and not remove it. */
  readonly clearedBy?: readonly string[];
  /** Nobody makes an image or snapshots of an instance that has the tag. */
  readonly keepsFromImages?: true;
};

/** Kinds of rows of the store, without what follows `#` in a partition: `audit/mark`. */
export type RowNeeds = {
  readonly reads: readonly string[];
  /** What is written, deleted, or must not be there for something else to be written. */
  readonly writes: readonly string[];
};

/** A kind of run: verbs that need the same, and can have a home role of their own. */
export type RunNeed = {
  /** As they stand behind the job's name: `plan`, `canary apply`. */
  readonly verbs: readonly string[];
  /** The roles of the job that such a run may assume. */
  readonly roles: readonly string[];
  /**
   * How it usually starts: by a schedule as EventBridge Scheduler writes it, as a service that
   * always runs, or by hand.
   */
  readonly starts: `rate(${string})` | `cron(${string})` | "service" | "by hand";
  readonly rows: RowNeeds;
  /** What its home role does besides what each home role does. Absent: nothing. */
  readonly home?: readonly Permission[];
};

/** The roles of a job by name; each has a home role. */
type RoleNeeds = {
  readonly home: RoleNeed;
  readonly [role: string]: RoleNeed;
};

/**
 * What a job needs in AWS, as data: `infra` makes the roles from it, `permissions` prints it, and
 * every client refuses what it does not declare. `test/jobs/needs_test.ts` compares the policies
 * with snapshots, `test/policies/` asks them what they allow, and `test/jobs/permissions_test.ts`
 * finds that they allow what the verbs call, on what and under which conditions, and nothing else.
 */
export type JobNeeds = {
  readonly job: string;
  /** `home` does all that any kind of run needs: for a person, who runs all of them. */
  readonly roles: RoleNeeds;
  /** The home role of each kind of run that can be deployed, by itself: for a task. */
  readonly homes: { readonly [kind: string]: RoleNeed };
  /** The queues whose messages it takes. */
  readonly queues: readonly ChannelNeed[];
  /** The topics that it publishes to, besides those of `notify`. */
  readonly topics: readonly ChannelNeed[];
  /** The tags that guards keep everybody else from. */
  readonly marks: readonly MarkNeed[];
  /** The kinds of run, by a name of one word. Each verb of the job is in one of them. */
  readonly runs: { readonly [kind: string]: RunNeed };
};

/** What sessions must know of a job: under which roles it acts, and what they declare. */
export type JobRoles = Pick<JobNeeds, "job" | "roles">;

export function declaredActions(role: RoleNeed): ReadonlySet<string> {
  return new Set(role.permissions.map((permission) => permission.action));
}

/**
 * Permissions on the same resources.
 *
 * @param resources ARN patterns; null: everything
 * @param whys by action, why the job needs it
 */
export function permissionsOn(
  resources: readonly string[] | null,
  whys: { readonly [action: string]: string },
): Permission[] {
  return Object.entries(whys).map(([action, why]) =>
    resources === null ? { action, why } : { action, resources, why }
  );
}

/** A job's needs without its home roles, which follow from its kinds of run. */
type NeedsWithoutHome =
  & Pick<JobNeeds, "job" | "runs">
  & Partial<Pick<JobNeeds, "queues" | "topics" | "marks">>
  & {
    /** The roles in the accounts, by name. */
    readonly roles: { readonly [role: string]: RoleNeed };
    /** The settings that name organizational units. */
    readonly unitsFor: string;
  };

/** What a job needs, with its home roles. Without queues, topics and marks, it has none. */
export function withHome(needs: NeedsWithoutHome): JobNeeds {
  const { job, roles, runs, queues = [], topics = [], marks = [] } = needs;
  // Without a queue there is nothing to serve, and nothing that was rejected.
  const homes = Object.entries(runs)
    .filter(([, { rows }]) => queues.length > 0 || !rows.writes.includes(`${job}/rejected-message`))
    .map(([kind, run]) => [kind, homeRole(needs, [run])]);
  return {
    job,
    roles: { home: homeRole(needs, Object.values(runs)), ...roles, ...checking(roles["observe"]) },
    homes: Object.fromEntries(homes),
    queues,
    topics,
    marks,
    runs,
  };
}

/** The observing role also reads the roles of its job, so that they can be checked. */
function checking(observe: RoleNeed | undefined): { readonly observe?: RoleNeed } {
  if (!observe) return {};
  const own = permissionsOn(["{jobRoles}"], {
    "iam:ListRolePolicies": "permissions --check: the policies of the job's own roles",
    "iam:GetRolePolicy": "permissions --check: what they say",
    "iam:ListAttachedRolePolicies": "permissions --check: whether others are attached to them",
  });
  return { observe: { ...observe, permissions: [...observe.permissions, ...own] } };
}

/** What the home role of a kind of run is called where roles are named by `{role}`: `home-plan`. */
export function homeRoleKey(kind: string): string {
  return `home-${kind}`;
}

/** Every organizational unit, and the root, which a setting may name too. */
const UNITS = ["ou/o-*/ou-*", "root/o-*/r-*"]
  .map((unit) => `arn:{partition}:organizations::*:${unit}`);

/** The home role of some kinds of run: it lists accounts, assumes the roles that they name, and notifies. */
function homeRole(
  { job, roles, unitsFor }: NeedsWithoutHome,
  runs: readonly RunNeed[],
): RoleNeed {
  const assumed = [...new Set(runs.flatMap((run) => run.roles))];
  const arns = assumed.map((role) =>
    `arn:{partition}:iam::${roles[role]?.account ?? "*"}:role/{${role}Role}`
  );
  return {
    purpose: assumed.length === 0
      ? "Works on the store, and assumes no role"
      : "Lists the accounts of the organization and assumes the roles in them",
    kind: "home",
    permissions: [
      ...assumed.length === 0 ? [] : [
        ...permissionsOn(arns, {
          "sts:AssumeRole": "works in each account under that account's own role",
        }),
        ...permissionsOn(null, {
          "organizations:ListAccounts": 'organization.accounts: "organizations"',
        }),
        ...permissionsOn(UNITS, {
          "organizations:ListAccountsForParent": unitsFor,
          "organizations:ListOrganizationalUnitsForParent": unitsFor,
        }),
      ],
      ...runs.some((run) => notifies(job, run))
        ? permissionsOn(["{notifyTopics}"], { "sns:Publish": "notify: SNS topics" })
        : [],
      ...once(runs.flatMap(({ home = [] }) => home)),
    ],
  };
}

/** Whether a run notifies: one that stands in the register does, and a service answers who asked it. */
export function notifies(job: string, { starts, rows }: RunNeed): boolean {
  return starts !== "service" && rows.writes.includes(`${job}/run`);
}

/** Each permission once: kinds of run may need the same. */
function once(permissions: readonly Permission[]): Permission[] {
  return [...new Map(permissions.map((one) => [JSON.stringify(one), one])).values()];
}

/** The condition of a permission to tag: only this key. */
export function onlyTagKey(key: string): NonNullable<Permission["condition"]> {
  return onlyValues("StringEquals", "aws:TagKeys", key);
}

/**
 * The condition that a key of a request has these values only. Without its second part, a request
 * with no value at all would pass (IAM User Guide, "Multivalued context key examples").
 */
export function onlyValues(
  operator: "StringEquals" | "StringLike",
  key: string,
  ...values: readonly string[]
): NonNullable<Permission["condition"]> {
  return { [`ForAllValues:${operator}`]: { [key]: values }, Null: { [key]: "false" } };
}
