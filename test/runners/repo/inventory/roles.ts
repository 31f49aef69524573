import type { JournalEntry } from "../../../../runners/core/journal/entry.ts";
import type { Write } from "../../../../runners/core/store/store.ts";
import type { Evidence, ObservedRole } from "../../../../runners/repo/observed.ts";
import { type ChangeKind, journalChange } from "../../../../runners/repo/change/repo_change.ts";
import { appliedWrites } from "../../../../runners/repo/inventory/applied_writes.ts";
import type { RoleKey } from "../../../../runners/repo/planning.ts";
import type { Judged, Seen } from "../../../../runners/repo/inventory/role_writes.ts";

/** Roles as they are seen, for tests of the inventory. */

export const PROD = "111111111111";
export const DATA = "222222222222";

/** The id of a role in these tests. */
export function roleIdOf(number: number): string {
  return `AROA${String(number).padStart(17, "0")}`;
}

/** The same as the store names it, in the account `prod`. */
export function keyOf(number: number): RoleKey {
  return { account: PROD, role_id: roleIdOf(number) };
}

/** A policy that allows some actions, as IAM keeps it. */
export function allowing(...actions: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
  });
}

/** A complete report whose services were all last used at one instant. */
export function evidenceOf(services: readonly string[], lastUsed: string | null = null): Evidence {
  return {
    source: "iam",
    level: "service",
    completedAt: "2026-11-20T02:58:00.000Z",
    services: Object.fromEntries(
      services.map((service) => [service, { lastUsed, region: null, actions: null }]),
    ),
  };
}

/** A role of the account `prod`. */
export function aRole(number: number, part: Partial<ObservedRole> = {}): ObservedRole {
  const name = part.name ?? `role-${number}`;
  return {
    roleId: roleIdOf(number),
    arn: `arn:aws:iam::${PROD}:role/${name}`,
    name,
    path: "/",
    created: "2024-01-01T00:00:00.000Z",
    lastUsed: null,
    description: "",
    tags: {},
    trust: "{}",
    boundary: null,
    inline: { app: allowing("s3:Get*", "sqs:*") },
    attached: [],
    instanceProfiles: [],
    evidence: evidenceOf(["s3", "sqs"]),
    ...part,
  };
}

export const JUDGED: Judged = {
  permissions: 100,
  removable: 20,
  services: ["s3", "sqs"],
  removable_services: ["sqs"],
  disqualified_by: [],
};

/** A role as it was seen at an instant. */
export function seenAt(at: string, role: ObservedRole, judged: Partial<Judged> = {}): Seen {
  return { role, account: PROD, at, judged: { ...JUDGED, ...judged } };
}

/** What the journal says of a change of a role's policies. */
export function anEntry(
  part: {
    readonly roleId: string;
    readonly before: Readonly<Record<string, string>>;
    readonly after: Readonly<Record<string, string | null>>;
    readonly kind?: ChangeKind;
    readonly intended: string;
    readonly finished?: string;
    readonly outcome?: JournalEntry["outcome"];
    readonly permissions?: number;
  },
): JournalEntry {
  return {
    run_id: "run-1",
    plan_id: "plan-1",
    change_id: "change-1",
    job: "repo",
    account: PROD,
    region: "global",
    action: "iam:PutRolePolicy",
    target: `arn:aws:iam::${PROD}:role/role-1`,
    reason: "",
    before: { role_id: part.roleId, policies: part.before },
    after: {
      kind: part.kind ?? "repo",
      // Every policy of before and after.
      policies: { ...part.before, ...part.after },
      removed: Array.from({ length: 20 }, (_, at) => `s3:Action${at}`),
      gained: [],
      version: null,
      permissions: part.permissions ?? 80,
      removable: 0,
      disqualified_by: [],
    },
    principal: "arn:aws:sts::111111111111:assumed-role/groundskeeper-repo-apply/run-1",
    aws_request_id: null,
    tool_version: "0.0.0",
    intended_at: part.intended,
    outcome: part.outcome ?? null,
    finished_at: part.finished ?? null,
    error: null,
  };
}

/** The rows that an entry of the journal leaves. */
export function writesOf(entry: JournalEntry): Write[] {
  return appliedWrites(journalChange(entry), entry);
}
