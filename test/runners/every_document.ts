import fc from "fast-check";
import type { AuditPlan, AuditTypes } from "../../runners/audit/audit_plan.ts";
import { aliasOrName, auditDocuments } from "../../runners/audit/documents.ts";
import type { AuditPlanning } from "../../runners/audit/planning.ts";
import type { Outcome } from "../../runners/core/journal/entry.ts";
import { partsOf } from "../../runners/core/parts.ts";
import { plannedOf } from "../../runners/core/plan/document.ts";
import { changeDocuments, type EarlierChange } from "../../runners/core/report/change_documents.ts";
import type { ReportDocument } from "../../runners/core/report/sink.ts";
import { type ChangeOutcome, NOT_TRIED } from "../../runners/core/run/run_document.ts";
import { dirtySchema } from "../../runners/dirty/config.ts";
import { dirtyDocuments } from "../../runners/dirty/documents.ts";
import type { InstanceRow } from "../../runners/dirty/ledger.ts";
import { type DirtyTypes, plan as planDirty } from "../../runners/dirty/plan.ts";
import type { Ledger } from "../../runners/dirty/standing.ts";
import { repoDocuments } from "../../runners/repo/documents.ts";
import type { RepoPlan } from "../../runners/repo/repo_plan.ts";
import { HOSTILE } from "../jobs/hostile_texts.ts";
import { anyPlanning } from "./audit/arbitrary_world.ts";
import {
  breakerStory,
  idleBreakerStory,
  ladderStory,
  noCanaryStory,
  owned,
} from "./audit/ladder_story.ts";
import { refusedByBreaker } from "./audit/render_input.ts";
import { provenStory, refusal, unprovenStory } from "./audit/story.ts";
import * as audit from "./audit/world.ts";
import { policyChange, REMOVAL } from "./repo/change/managed_changes.ts";
import { deniedCalls } from "./repo/present/denied_calls.ts";
import { roleOf } from "./repo/present/hostile_role.ts";
import * as repo from "./repo/present/plan_fixture.ts";
import { checkout, partlyPlan, restorePlan, roles, wholePlan } from "./repo/present/stories.ts";

/*
 * Documents of runs of every job: those of the stories, and of generated worlds. They are made as runs
 * make them, and not published.
 */

type Run = { readonly title: string; readonly documents: readonly ReportDocument[] };

const OUTCOMES: readonly Outcome[] = ["done", "failed", "drifted", "skipped", "unknown", "pending"];

/** Every outcome in its turn; of one that is not done, why. */
function outcomeAt(index: number): ChangeOutcome {
  const outcome = OUTCOMES[index % OUTCOMES.length]!;
  const error = outcome === "done"
    ? null
    : { code: outcome, message: `It is ${outcome}: <script>` };
  return { outcome, error, at: "2026-11-20T12:00:05.000Z" };
}

const AUDIT = { name: "audit", accountName: aliasOrName };

/** The documents of a run of the audit, with those of its changes and of an earlier one. */
export function auditRun(planning: AuditPlanning, part: Partial<AuditPlan> = {}): ReportDocument[] {
  const plan = { ...owned(audit.documentOf(planning)), ...part };
  const outcomes = plan.changes.map(({ id }, index) =>
    [id, plan.refused ? NOT_TRIED : outcomeAt(index)] as const
  );
  const run = audit.runOf(plan, outcomes);
  const [earlier] = plan.changes;
  return [
    ...auditDocuments(audit.reportingOf(planning, run, plan)),
    ...changeDocuments<AuditTypes>(AUDIT, plan, run, earlier ? [earlierOf(earlier)] : []),
  ];
}

function earlierOf(change: Pick<EarlierChange, "id" | "account" | "region" | "action" | "target">) {
  const { id, account, region, action, target } = change;
  return {
    ...{ id: `${id}-earlier`, account, region, action, target },
    reason: "It was planned",
    run_id: "01JC0000000000000000000000",
    since: "2026-10-31T23:59:59.000Z",
    slot: "2026-10-31T23:00:00.000Z",
    ...outcomeAt(1),
  };
}

function repoRun(plan: RepoPlan): ReportDocument[] {
  const tried = plan.changes.map((_, index) => plan.refused ? null : outcomeAt(index));
  return repoDocuments(repo.reportingOf(plan, repo.runOf(plan, tried)));
}

/** Keys and values of tags that somebody may write. */
export const HOSTILE_TAGS: Readonly<Record<string, string>> = Object.fromEntries([
  ["a.b", "a dot"],
  ["a", "what the dot might mean"],
  ["a.b.", ".."],
  ["k".repeat(128), "v".repeat(256)],
  ["<script>alert(1)</script>", "<script>alert(1)</script>"],
  ["=cmd|' /C calc'!A0", "@SUM(1+1)*cmd"],
  ["\u202eevil", "\u202eevil"],
  ["__proto__", "x"],
  ["empty", ""],
  ["", "no key"],
  [" ", "a space"],
  ["_id", "1"],
  ["@timestamp", "no date"],
  ["properties", "{}"],
  ...HOSTILE.map(([what, text]) => [`${what} ${text}`, text]),
] as [string, string][]);

/** An instance with every hostile tag, and one with 50. */
const hostileStory = audit.planningOf(
  audit.oneRegion(
    audit.anInstance(1, { tags: { ...HOSTILE_TAGS } }),
    audit.anInstance(2, {
      tags: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key.${index}`, "v"])),
    }),
  ),
  audit.configOf({ required: [{ key: "a.b.c" }], enforce: { accounts: [audit.DEV] } }),
);

const exemptStory = audit.planningOf(
  audit.oneRegion(audit.anInstance(1, { tags: { vendor: "acme" } })),
  audit.configOf({
    required: [{ key: "owner" }],
    exempt: [{
      match: { tag: { key: "vendor", value: "acme" } },
      reason: "vendor image",
      until: "2027-01-31",
    }],
  }),
);

const refusedRepo = { limit: "limits.perRun.count", value: 2, would: 3, reserved: 0, scope: null };
const managedRole = repo.aRole("managed", {
  managed: [{
    ...checkout.managed[0]!,
    proposal: { name: "managed", before: repo.policy("s3:*"), after: repo.policy("s3:Get*") },
  }],
  instance_profiles: ["web"],
});

const ROW: InstanceRow = {
  region: "us-east-1",
  events: 3,
  marks: 2,
  doubts: 1,
  since: {
    id: "01JA",
    event: "session_open",
    source: "pam",
    at: "2026-11-20T20:57:42.000Z",
    level: "verified",
  },
  last: {
    id: "01JB",
    event: "x-tag",
    source: "verify",
    at: "2026-11-20T21:57:42.000Z",
    level: "attested",
  },
  latest: "2026-11-20T21:57:43.000Z",
  hello: {
    id: "01J9",
    at: "2026-11-20T20:00:00.000Z",
    level: "verified",
    sender: "AROAPERSON:alice",
    version: "1.0.0",
    dropped: 0,
  },
  gone_at: "2026-11-20T22:00:00.000Z",
};

type PlainRegion = DirtyTypes["Part"]["regions"][number];
const REGIONS = ["us-east-1", "eu-west-1"];

/** A Region with some instances; undefined: it was not read. */
function dirtyRegion(account: string, region: string, states?: readonly string[]): PlainRegion {
  if (!states) {
    return { region, failure: { reason: "access-denied", detail: "AccessDenied: no" }, things: [] };
  }
  const things = states.map((state, number) => {
    const id = audit.idOf(number);
    return {
      arn: `arn:aws:ec2:${region}:${account}:instance/${id}`,
      ...{ id, state, launched: audit.YESTERDAY, profile: null },
      name: number % 2 ? "web" : null,
      group: number % 3 ? "web" : null,
      mark: number % 2 ? "gk1:1:pam" : null,
    };
  });
  return { region, failure: null, things };
}

/** The documents of a run of dirty over accounts of which every instance has a row. */
export function dirtyRun(accounts: Readonly<Record<string, readonly PlainRegion[]>>) {
  const ledger: Ledger = new Map(
    Object.keys(accounts).map((account) => [
      account,
      new Map(REGIONS.flatMap((region, index) =>
        [0, 1, 2].map((number) => [
          audit.idOf(number + (index ? 0x80 : 0)),
          { row: { ...ROW, region, marks: number } },
        ])
      )),
    ]),
  );
  const observed = partsOf(
    Object.entries(accounts).map(([id, regions]) => ({ id, name: `name of ${id}`, regions })),
  );
  const config = { ...dirtySchema.parse({}), clear: null };
  const plan = plannedOf<DirtyTypes>({
    job: "dirty",
    plan: planDirty({ config, observed, earlier: ledger, now: audit.NOW }),
    observedHash: () => "sha256:observed",
    configHash: "sha256:config",
    asOf: audit.NOW,
    hypothetical: false,
    refused: null,
    limits: [],
    pending: [],
  });
  const run = {
    run_id: "01JD0000000000000000000000",
    slot: audit.NOW.toISOString(),
    started: audit.NOW.toISOString(),
    finished: audit.NOW.toISOString(),
    changes: [],
    ownWrites: [],
    settled: [],
  };
  return dirtyDocuments({ config, observed, plan, run });
}

/** Accounts of dirty: read, read in part, and not opened. */
const anyDirty = fc.record({
  [audit.DEV]: fc.tuple(
    ...REGIONS.map((region) =>
      fc.option(fc.array(fc.constantFrom("running", "stopped", "terminated"), { maxLength: 3 }), {
        nil: undefined,
      }).map((states) => dirtyRegion(audit.DEV, region, states))
    ),
  ),
  [audit.PROD]: fc.constant([dirtyRegion(audit.PROD, "global")]),
});

const many = { seed: 42, numRuns: 40 };

/** The runs of the stories, of every job. */
export const STORIES: readonly Run[] = [
  ...([
    ["everything proven", provenStory],
    ["a Region unproven", unprovenStory],
    ["the ladder", ladderStory],
    ["no canary", noCanaryStory],
    ["a breaker with nothing to refuse", idleBreakerStory],
    ["hostile tags", hostileStory],
    ["an exemption by a tag", exemptStory],
  ] as const).map(([title, planning]) => ({ title, documents: auditRun(planning) })),
  { title: "the audit refused", documents: auditRun(provenStory, { refused: refusal }) },
  {
    title: "the audit refused by a breaker",
    documents: auditRun(breakerStory, { refused: refusedByBreaker(breakerStory) ?? null }),
  },
  ...([
    ["all of repo", wholePlan],
    ["an account of repo unread", partlyPlan],
    ["a restore", restorePlan],
    ["repo refused", repo.planOf(roles, { refused: refusedRepo })],
    ["a managed policy", { ...repo.planOf([managedRole]), changes: [policyChange(REMOVAL)] }],
    ["denied calls", repo.planOf([checkout], { denied: [deniedCalls(checkout)] })],
    ...HOSTILE.map(([what, text]) => [`repo: ${what}`, repo.planOf([roleOf(text)])] as const),
  ] as const).map(([title, plan]) => ({ title, documents: repoRun(plan) })),
  {
    title: "dirty",
    documents: dirtyRun({
      [audit.DEV]: [
        dirtyRegion(audit.DEV, "us-east-1", ["running", "running", "running", "stopped"]),
        dirtyRegion(audit.DEV, "eu-west-1"),
      ],
      [audit.PROD]: [dirtyRegion(audit.PROD, "global")],
    }),
  },
];

/** The runs of generated worlds. */
export function generatedRuns(): Run[] {
  return [
    ...fc.sample(anyPlanning, many).map((planning) => auditRun(planning)),
    ...fc.sample(anyDirty, many).map(dirtyRun),
  ].map((documents, index) => ({ title: `the generated run ${index}`, documents }));
}
