import * as z from "zod";
import { ACTION_FORMS, actionFault } from "../core/aws/action.ts";
import { filePath } from "../core/config/literal.ts";
import { duration } from "../core/config/values.ts";
import { QUEUE_URL } from "../core/contract/queue_url.ts";
import { DAY_MS, durationMs } from "../core/duration.ts";
import { TRACKED_DAYS } from "./decide/instants.ts";
import { filterConfigSchema } from "./filters/settings.ts";
import { pluginContradictions } from "./plugins.ts";

/** A pattern of IAM actions, such as `s3:Get*`. */
const actionPattern = z.string().regex(ACTION_FORMS.pattern, {
  error: ({ input }) =>
    'must be an action such as "iam:PassRole", with * and ? as IAM has them: it ' +
    (actionFault(String(input), "pattern") ?? ""),
});

/** A pattern of role names. One that no name can match would protect no role, unnoticed. */
const rolePattern = z.string().regex(
  /^[\w+=,.@*?-]{1,64}$/,
  "must be the name of a role without its path, with * and ? as IAM has them",
);

/** The key or value of a tag (IAM User Guide, "Tags for IAM resources"): no tag has a wildcard. */
const tagText = (most: number) =>
  z.string().regex(
    new RegExp(`^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,${most}}$`, "u"),
    "must be the text of a tag as it is, without wildcards, in any case and with any separators",
  );

const roleCount = z.int().min(0).max(1_000_000);

/** The settings of the job `repo`. Everything has a default. */
export const repoSchema = z.strictObject({
  usageWindow: duration.default("90d").meta({
    description: "What was used within this time stays. AWS tracks 400 days at most",
  }),
  /** Holds without the filter `age`, which Repokid has and which may ask for more days. */
  minimumAge: duration.default("90d").meta({
    description:
      "A role that is younger is left alone, and so is one that is younger than usageWindow",
  }),
  protectNew: duration.default("14d").meta({
    description:
      "What a role has when it is first seen stays this long. What is found later stays for " +
      "usageWindow",
  }),
  trustFirstScan: z.boolean().default(false).meta({
    description: "What a role has when it is first seen is not new",
  }),
  evidenceMaxAge: duration.default("5d").meta({
    description: "Evidence that is older decides nothing",
  }),
  level: z.enum(["service", "action"]).default("service").meta({
    description: '"service": a service loses all its permissions or none. "action": one by one, ' +
      "where AWS tracks the action",
  }),
  managedByCode: z.enum(["propose", "apply", "exclude"]).default("propose").meta({
    description: "What becomes of roles of CloudFormation and Terraform: a diff and no change, " +
      "a change like any other, or nothing",
  }),
  codeTags: z.array(z.strictObject({
    key: tagText(128),
    value: z.exactOptional(tagText(256)),
  })).default([]).meta({
    description: "Tags of your own that say that code manages a role, besides those that are " +
      "known; without a value: any but a no such as false or manual",
  }),
  managedPolicies: z.enum(["report", "apply"]).default("report").meta({
    description: "What becomes of customer-managed policies that are attached to one role alone: " +
      "what is unused in them is shown, or a new version without it is put in force",
  }),
  protectedRoles: z.array(rolePattern).default([]).meta({
    description: "Names of roles that are never changed, such as those to break glass with; " +
      "* and ? as IAM has them",
  }),
  pinned: z.array(actionPattern).default(["iam:PassRole"]).meta({
    description: "Actions that always stay",
  }),
  wildcard: z.enum(["list", "exclude"]).default("list").meta({
    description:
      'What becomes of Action "*": a list of what stays, or NotAction of what is removed',
  }),
  checkNoNewAccess: z.boolean().default(false).meta({
    description:
      "Asks IAM Access Analyzer to prove before each write that nothing is gained; AWS " +
      "charges about USD 0.0020 for each policy",
  }),
  scheduleAfter: duration.default("7d").meta({
    description: "How long after `repo schedule` its removals are due",
  }),
  watch: duration.default("7d").meta({
    description:
      "How long after a removal `report` and `apply` look in CloudTrail for calls that " +
      "were denied by it; 0s: never",
  }),
  stamp: z.enum(["off", "tag", "description"]).default("off").meta({
    description: "Whether a role says itself when it was changed",
  }),
  aardvark: z.strictObject({
    api: z.string().regex(/^https?:\/\/[^\s*?#]+$/, "must be the address of Aardvark's API"),
  }).nullable().default(null).meta({
    description: "Where last accessed data comes from, instead of IAM",
  }),
  filters: z.array(filePath).default([]).meta({
    description: "Which roles are left alone: age, blocklist, exclusive, lambda, opt-out, or the " +
      "path of a module of one's own",
  }),
  filterConfig: filterConfigSchema.default({}).meta({
    description: "Settings of filters, and of modules with hooks, by their name",
  }),
  hooks: z.array(filePath).default([]).meta({
    description: "Paths of modules whose hooks are called",
  }),
  serve: z.strictObject({
    queueUrl: z.string().regex(QUEUE_URL, "must be the URL of a queue"),
    topicArn: z.string().regex(
      /^arn:aws(-[a-z]+)*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/,
      "must be the ARN of a topic",
    ),
    requestors: z.array(
      z.string().regex(
        /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
        "must be the ARN of a role, with its path if it has one",
      ),
    ).default([]).meta({
      description: "Roles whose messages may change anything; others can list",
    }),
    optOutPeriod: duration.default("90d").meta({
      description: "How long an opt-out lasts that was asked for by a message",
    }),
  }).nullable().default(null),
  limits: z.strictObject({
    perRun: z.strictObject({ roles: roleCount.default(50) }).prefault({}),
    perAccount: z.strictObject({ roles: roleCount.optional() }).prefault({}),
    rollingDay: z.strictObject({ roles: roleCount.optional() }).prefault({}),
    restore: z.strictObject({ roles: roleCount.default(5) }).prefault({}),
  }).prefault({}).meta({ description: "How many roles may be changed; 0: none" }),
});

export type RepoConfig = z.infer<typeof repoSchema>;

/** CloudTrail's event history goes back 90 days (CloudTrail API Reference, LookupEvents). */
const HISTORY_DAYS = 90;

/** Contradictions between settings, as sentences that begin with a path. */
export function repoContradictions(config: RepoConfig): string[] {
  const { usageWindow, evidenceMaxAge, level, aardvark, watch } = config;
  const windowMs = durationMs(usageWindow);
  const evidenceMs = durationMs(evidenceMaxAge);
  return [
    windowMs === 0 ? "repo.usageWindow must be more than 0" : "",
    windowMs > TRACKED_DAYS * DAY_MS
      ? `repo.usageWindow must be at most ${TRACKED_DAYS}d, for which AWS tracks use, found ` +
        `"${usageWindow}"`
      : "",
    evidenceMs === 0
      ? "repo.evidenceMaxAge must be more than 0, or no evidence would ever do"
      : evidenceMs >= windowMs && windowMs > 0
      ? `repo.evidenceMaxAge must be less than repo.usageWindow, found "${evidenceMaxAge}" and ` +
        `"${usageWindow}": evidence of before the window shows no use within it`
      : "",
    aardvark !== null && level === "action"
      ? 'repo.level is "action", and repo.aardvark knows of services alone: leave one of them out'
      : "",
    durationMs(watch) > HISTORY_DAYS * DAY_MS
      ? `repo.watch must be at most ${HISTORY_DAYS}d, for which CloudTrail keeps events, found ` +
        `"${watch}"`
      : "",
    ...pluginContradictions(config),
  ].filter((sentence) => sentence !== "");
}

/**
 * What is watched after a removal is found in the journal.
 *
 * @param retention how long that is kept
 */
export function watchContradictions({ watch }: RepoConfig, retention: string): string[] {
  return durationMs(watch) > durationMs(retention)
    ? [
      `repo.watch must be at most store.retention, which keeps the journal, found "${watch}" and ` +
      `"${retention}"`,
    ]
    : [];
}

/** A role as a person names it. */
export type RoleReference = {
  readonly account: string;
  /** Without its path. */
  readonly name: string;
};

/** What a person asks of one run, on the command line. It is no part of the configuration. */
export type Asked = {
  /** Only these roles; null: all. */
  readonly roles: readonly RoleReference[] | null;
  /** Only what is scheduled and due. */
  readonly scheduled: boolean;
  /** Remove these actions (patterns, any case), whatever the evidence; null: decide by evidence. */
  readonly remove: readonly string[] | null;
  /** With `remove`: deny the actions, and leave the policies that grant them. */
  readonly deny: boolean;
  /** With `remove`: also from roles that a filter leaves alone. */
  readonly overrideFilters: boolean;
  /** Bring back this version of the role's inline policies, or of `policy`; null: remove. */
  readonly restore: number | null;
  /** With `restore`: the ARN of the managed policy that it is a version of; null: of a role. */
  readonly policy: string | null;
  /** Bring back what the run of this ID removed, of all its roles; null: no run is taken back. */
  readonly restoreRun: string | null;
  /** Give these actions (patterns, any case) back to the one role of `roles`; null: remove. */
  readonly giveBack: readonly string[] | null;
  /** With `giveBack`: only what the run of this ID removed; null: what evidence removed. */
  readonly removedBy: string | null;
};

/** What a run works by: the configuration, and what a person asks of this run. */
export type RepoSettings = RepoConfig & {
  readonly asked: Asked;
};

/** A run that was asked for nothing by name: every role, by evidence. */
export const ASKED_NOTHING: Asked = {
  roles: null,
  scheduled: false,
  remove: null,
  deny: false,
  overrideFilters: false,
  restore: null,
  policy: null,
  restoreRun: null,
  giveBack: null,
  removedBy: null,
};

/** Whether a run was asked to grant something, and takes nothing by evidence or by name. */
export function isGrant(
  { restore, restoreRun, giveBack }: Pick<Asked, "restore" | "restoreRun" | "giveBack">,
): boolean {
  return restore !== null || restoreRun !== null || giveBack !== null;
}
