import { partsOf } from "../../../../runners/core/parts.ts";
import type { ObservedAccount } from "../../../../runners/repo/observed.ts";
import { roleAfter } from "../change/role_after.ts";
import { PLAIN_COMMAND } from "../../../../runners/core/cli/next_command.ts";
import { textStyle } from "../../../../runners/core/cli/text_style.ts";
import type { LimitUse, Refusal } from "../../../../runners/core/limits/limits.ts";
import { shortHash } from "../../../../runners/core/plan/canonical.ts";
import { makeChange, type Spared } from "../../../../runners/core/plan/change.ts";
import { coverageOf, type UnprovenRegion } from "../../../../runners/core/plan/coverage.ts";
import { plannedOf } from "../../../../runners/core/plan/document.ts";
import { type ChangeOutcome, withOutcomes } from "../../../../runners/core/run/run_document.ts";
import type {
  ChangeOf,
  RepoChange,
  RoleAfter,
  RoleBefore,
} from "../../../../runners/repo/change/repo_change.ts";
import type {
  RepoPlan,
  RepoReporting,
  RepoRunResult,
  RepoTypes,
} from "../../../../runners/repo/repo_plan.ts";
import type { Text } from "../../../../runners/core/text/sections.ts";
import { terminalText } from "../../../../runners/core/text/terminal_text.ts";
import {
  type Asked,
  ASKED_NOTHING,
  repoSchema,
  type RepoSettings,
} from "../../../../runners/repo/config.ts";
import type {
  Kept,
  Loss,
  PolicyEdit,
  RepoKeys,
  RoleEntry,
} from "../../../../runners/repo/present/names.ts";
import { repoText } from "../../../../runners/repo/present/text.ts";

/** The instant of every test that names no other. */
export const NOW = new Date("2026-11-21T07:00:00Z");
export const PROD = "111111111111";
export const DATA = "222222222222";

const DAY_MS = 86_400_000;

/** So many days before now, RFC 3339; negative: after. */
export function daysAgo(days: number): string {
  return new Date(NOW.getTime() - days * DAY_MS).toISOString();
}

export function settings(part: object = {}, asked: Partial<Asked> = {}): RepoSettings {
  return { ...repoSchema.parse(part), asked: { ...ASKED_NOTHING, ...asked } };
}

/** Names of actions of a service: `sqs:Action1`. */
export function actions(service: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${service}:Action${index + 1}`);
}

export function loss(service: string, count: number, part: Partial<Loss> = {}): Loss {
  const { last_used = daysAgo(214) } = part;
  const since = last_used ?? daysAgo(400);
  return {
    service,
    reason: "service-unused",
    actions: actions(service, count),
    last_used,
    unused: {
      days: Math.floor((NOW.getTime() - Date.parse(since)) / DAY_MS),
      since,
      bound: last_used === null ? "tracking" : "last-use",
    },
    ...part,
  };
}

export function kept(service: string, count: number, part: Partial<Kept> = {}): Kept {
  return {
    service,
    reason: "service-used",
    actions: actions(service, count),
    last_used: daysAgo(3),
    until: null,
    ...part,
  };
}

/** A policy that allows these actions, as IAM keeps it. */
export function policy(...action: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "app", Effect: "Allow", Action: action, Resource: "*" }],
  });
}

export function edit(part: Partial<PolicyEdit> = {}): PolicyEdit {
  return {
    name: "app",
    before: policy("s3:Get*", "sqs:*", "sns:Publish", "rds:Describe*"),
    after: policy("s3:Get*"),
    ...part,
  };
}

/** A role of production that loses nothing. Its numbers follow from what it loses and keeps. */
export function aRole(role: string, part: Partial<RoleEntry> = {}): RoleEntry {
  const { loses = [], keeps = [], account = PROD } = part;
  const count = (of: readonly { readonly actions: readonly string[] }[]) =>
    of.reduce((sum, one) => sum + one.actions.length, 0);
  return {
    account,
    role,
    role_id: `AROA${shortHash({ account, role }, 16).toUpperCase()}`,
    arn: `arn:aws:iam::${account}:role/${role}`,
    created: daysAgo(2 * 365),
    last_used: daysAgo(0.125),
    first_seen: daysAgo(60),
    version: 3,
    evidence: {
      source: "iam",
      level: "service",
      completed_at: daysAgo(1 / 6),
      speaks_until: daysAgo(1 / 3),
      services: 37,
    },
    ineligible: [],
    mode: (part.ineligible?.length ?? 0) > 0 ? "none" : "apply",
    permissions: count(loses) + count(keeps),
    removable: count(loses),
    loses,
    keeps,
    edits: [],
    size: { before: 412, after: 388 },
    managed: [],
    instance_profiles: [],
    unused: false,
    notes: [],
    ...part,
  };
}

/** The change that removes what a role would lose. */
export function removal(entry: RoleEntry, after: Partial<RoleAfter> = {}): ChangeOf<"inline"> {
  return roleChange(entry, "iam:PutRolePolicy", {
    kind: "repo",
    policies: Object.fromEntries(entry.edits.map(({ name, after }) => [name, after])),
    removed: entry.loses.flatMap(({ actions }) => actions),
    ...after,
  });
}

/** The change that brings back version 2 of a role. */
export function restore(entry: RoleEntry, after: Partial<RoleAfter> = {}): ChangeOf<"inline"> {
  return roleChange(entry, "iam:PutRolePolicy", {
    kind: "restore",
    version: 2,
    removed: [],
    gained: [...actions("sqs", 12), ...actions("sns", 20)],
    policies: Object.fromEntries(entry.edits.map(({ name, before }) => [name, before])),
    ...after,
  }, Object.fromEntries(entry.edits.flatMap(({ name, after }) => after ? [[name, after]] : [])));
}

export function roleChange(
  entry: RoleEntry,
  action: string,
  after: Partial<RoleAfter>,
  policies: RoleBefore["policies"] = Object.fromEntries(
    entry.edits.flatMap(({ name, before }) => before === null ? [] : [[name, before]]),
  ),
): ChangeOf<"inline"> {
  return makeChange("repo", {
    kind: "inline",
    account: entry.account,
    region: "global",
    action,
    target: entry.arn,
    reason: "61 of 254 permissions were not used within 90 days",
    before: { role_id: entry.role_id, policies },
    after: roleAfter(after),
  }, {});
}

export interface PlanParts extends Partial<Omit<RepoKeys, "roles">> {
  /** The changes; without them a removal for each role that is applied to and loses something. */
  readonly changes?: readonly RepoChange[];
  readonly unproven?: readonly UnprovenRegion[];
  readonly spared?: readonly Spared[];
  readonly refused?: Refusal;
  readonly limits?: readonly LimitUse[];
  readonly hypothetical?: boolean;
}

/** A plan about these roles. */
export function planOf(roles: readonly RoleEntry[], parts: PlanParts = {}): RepoPlan {
  const { changes, unproven, spared, refused, limits, hypothetical, ...keys } = parts;
  const read = new Set(roles.map(({ account }) => account));
  return plannedOf<RepoTypes>({
    job: "repo",
    plan: {
      coverage: coverageOf(
        [...read].map((account) => ({ account, region: "global", proof: "read" })),
        unproven ?? [],
      ),
      changes: changes ??
        roles.filter(({ mode, removable, ineligible }) =>
          mode === "apply" && removable > 0 && ineligible.length === 0
        ).map((entry) => removal(entry)),
      ownWrites: [],
      breakers: [],
      spared: spared ?? [],
      examined: [...read].map((account) => ({
        account,
        region: "global",
        count: roles.filter((entry) => entry.account === account).length,
      })),
      own: {
        catalogue: "2026-09-26",
        trust_first_scan: false,
        verdicts: new Map(),
        roles,
        accounts: [{ account: PROD, name: "prod" }, { account: DATA, name: "data" }],
        schedules: [],
        over_time: [],
        since: { at: null, appeared: [], gone: [] },
        denied: [],
        watch: null,
        never_seen: { roles: 0, services: [] },
        ...keys,
      },
    },
    observedHash: () => "sha256:observed",
    configHash: "sha256:config",
    asOf: NOW,
    hypothetical: hypothetical ?? false,
    refused: refused ?? null,
    limits: limits ?? [],
  });
}

/** A run of a plan, with what became of its changes in their order; null: it was not tried. */
export function runOf(
  plan: RepoPlan,
  outcomes: readonly (ChangeOutcome | null)[] = [],
  slot = NOW,
): RepoRunResult {
  const ended = new Map(
    outcomes.flatMap((one, index) => one ? [[plan.changes[index]!.id, one] as const] : []),
  );
  return {
    run_id: "01JD0000000000000000000000",
    slot: slot.toISOString(),
    started: NOW.toISOString(),
    finished: NOW.toISOString(),
    changes: withOutcomes<RepoTypes>(plan.changes, ended),
    ownWrites: [],
  };
}

export function outcome(
  said: NonNullable<ChangeOutcome["outcome"]>,
  message?: string,
): ChangeOutcome {
  return {
    outcome: said,
    error: message === undefined ? null : { code: said, message },
    at: "2026-11-21T07:00:05.000Z",
  };
}

export function reportingOf(
  plan: RepoPlan,
  run: RepoRunResult = runOf(plan),
  config: RepoSettings = settings(),
): RepoReporting {
  return { config, observed: partsOf<ObservedAccount>([]), plan, run };
}

export interface Told {
  readonly config?: RepoSettings;
  readonly width?: number;
  readonly color?: boolean;
  readonly planFile?: string;
  readonly written?: readonly string[];
  readonly asking?: boolean;
  readonly outcomes?: readonly (ChangeOutcome | null)[];
}

/** What people read of a plan, or of a run where there are outcomes. */
export function told(plan: RepoPlan, how: Told = {}): string {
  const text = repoText({
    config: how.config ?? settings(),
    plan,
    run: how.outcomes ? runOf(plan, how.outcomes) : null,
    command: PLAIN_COMMAND,
    settings: [],
    planFile: how.planFile ?? null,
    written: how.written ?? [],
    asking: how.asking ?? false,
  });
  return shown(text, how);
}

/** A text as a terminal shows it. */
export function shown(
  text: Text,
  { color = false, width = 100 }: { readonly color?: boolean; readonly width?: number } = {},
): string {
  return terminalText(text, { style: textStyle({ color, width }), now: NOW });
}
