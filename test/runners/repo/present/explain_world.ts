import { type Parts, partsOf } from "../../../../runners/core/parts.ts";
import { PLAIN_COMMAND } from "../../../../runners/core/cli/next_command.ts";
import type { JsonObject } from "../../../../runners/core/json.ts";
import { intentOf, type JournalEntry } from "../../../../runners/core/journal/entry.ts";
import type { RepoPlan } from "../../../../runners/repo/repo_plan.ts";
import type { ObservedAccount, ObservedRole } from "../../../../runners/repo/observed.ts";
import type { Earlier, RepoPlanning } from "../../../../runners/repo/planning.ts";
import { explain } from "../../../../runners/repo/present/explain.ts";
import type { RoleEntry } from "../../../../runners/repo/present/names.ts";
import { daysAgo, NOW, planOf, policy, removal, settings, shown } from "./plan_fixture.ts";

export const NOTHING_EARLIER: Earlier = {
  roles: new Map(),
  versions: new Map(),
  optOuts: new Map(),
  schedules: new Map(),
  tracked: new Map(),
};

/** The role of an entry, as it was observed. */
export function observedRole(entry: RoleEntry, part: Partial<ObservedRole> = {}): ObservedRole {
  const { role_id: roleId, arn, role: name, created, last_used: lastUsed } = entry;
  return {
    roleId,
    arn,
    name,
    path: "/",
    created,
    lastUsed,
    description: "",
    tags: {},
    trust: "{}",
    boundary: null,
    inline: Object.fromEntries(entry.edits.map(({ name, before }) => [name, before!])),
    attached: entry.managed.map(({ arn }) => arn),
    instanceProfiles: [...entry.instance_profiles],
    evidence: {
      source: "iam",
      level: "service",
      completedAt: daysAgo(1 / 6),
      services: {
        sqs: { lastUsed: daysAgo(214), region: "us-east-1", actions: null },
        sns: { lastUsed: null, region: null, actions: null },
        s3: {
          lastUsed: daysAgo(1),
          region: "eu-west-1",
          actions: { GetObject: daysAgo(1), PutObject: null },
        },
      },
    },
    ...part,
  };
}

/** The accounts of some entries. */
export function observedOf(
  entries: readonly RoleEntry[],
  part: Partial<ObservedRole> = {},
): Parts<ObservedAccount> {
  return partsOf([...Map.groupBy(entries, ({ account }) => account)].map(([id, own]) => ({
    id,
    name: null,
    partition: "aws",
    failure: null,
    at: daysAgo(0),
    whole: true,
    roles: own.map((entry) => observedRole(entry, part)),
    managed: {
      "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess": {
        arn: "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess",
        name: "AmazonEC2ReadOnlyAccess",
        attachments: 4,
        version: "v1",
        versions: { v1: daysAgo(900) },
        document: policy("ec2:Describe*", "sqs:ListQueues"),
      },
    },
  })));
}

/** The journal's entry of the removal from a role, so many days ago. */
export function journalOf(
  entry: RoleEntry,
  days: number,
  runId: string,
  part: Partial<JournalEntry> = {},
): JournalEntry {
  const change = removal(entry);
  return {
    ...intentOf(change, {
      job: "repo",
      runId,
      planId: "sha256:plan",
      principal: "arn:aws:sts::111111111111:assumed-role/groundskeeper-repo-apply/x",
      toolVersion: "0.1.0",
      now: new Date(NOW.getTime() - days * 86_400_000),
    }),
    outcome: "done",
    ...part,
  };
}

export interface Explained {
  readonly earlier?: Partial<Earlier>;
  readonly journal?: readonly JournalEntry[];
  readonly role?: Partial<ObservedRole>;
  readonly plan?: RepoPlan;
  readonly width?: number;
}

/** What is explained of a subject, of a plan of these roles. */
export function explained(
  subject: string,
  entries: readonly RoleEntry[],
  how: Explained = {},
): { readonly text: string; readonly json: JsonObject } | null {
  const planning: RepoPlanning = {
    config: settings(),
    observed: observedOf(entries, how.role),
    earlier: { ...NOTHING_EARLIER, ...how.earlier },
    now: NOW,
  };
  const explanation = explain({
    subject,
    planning,
    plan: how.plan ?? planOf(entries),
    journal: how.journal ?? [],
    command: PLAIN_COMMAND,
  });
  return explanation && { ...explanation, text: shown(explanation.text, how) };
}
