import type { Job } from "../core/job.ts";
import type { JournalEntry } from "../core/journal/journal.ts";
import type { JobPlan } from "../core/plan/document.ts";
import { instanceIdOf } from "../core/aws/arn.ts";
import { auditApplier } from "./apply.ts";
import type { AuditConfig } from "./config.ts";
import { auditDocuments, auditSheet } from "./documents.ts";
import { explain, locate } from "./explain.ts";
import { lookAgain, lookWrite, readLooks } from "./looks.ts";
import { instanceRowId, markWrite, readMarks, ruleHash } from "./mark.ts";
import { type AuditFinding, settledRows } from "./findings.ts";
import { auditNeeds } from "./needs.ts";
import { observe } from "./observe.ts";
import { type Observed, observedSchema, type Tags } from "./observed.ts";
import { auditPage } from "./page.ts";
import { plan } from "./plan.ts";
import type { AuditPlanning, Earlier } from "./planning.ts";
import { auditKeys } from "./names.ts";
import { auditText } from "./text.ts";
import type { Settlement } from "../core/job.ts";
import type { Write } from "../core/store/store.ts";

/** Finds EC2 instances that break the tag scheme, reports them and marks them. */
export const auditJob: Job<AuditConfig, Observed, Earlier> = {
  name: "audit",
  needs: auditNeeds,
  roles: { observe: "observe", apply: "apply" },
  observedSchema,
  limits: (config) => config.limits,
  observe,
  earlier: async (store) => ({ looks: await readLooks(store), marks: await readMarks(store) }),
  plan,
  looks: auditLooks,
  applier: auditApplier,
  settle,
  rowsWhenDone: (entry) => [
    markWrite(instanceRowId(entry.account, entry.region, instanceIdOf(entry.target)), {
      value: String(entry.after["value"]),
      deadline: String(entry.after["deadline"]),
      rule_hash: String(entry.after["rule_hash"]),
      marked_at: entry.intended_at,
      run_id: entry.run_id,
    }),
  ],
  documents: auditDocuments,
  sheet: auditSheet,
  page: auditPage,
  text: auditText,
  locate,
  explain,
  summary: (document) => ({
    coverage: { planned: document.coverage.planned, proven: document.coverage.proven },
    examined: document.totals.examined,
    compliant: auditKeys(document).accounts.reduce((sum, { compliant }) => sum + compliant, 0),
    violating: auditKeys(document).accounts.reduce((sum, { violating }) => sum + violating, 0),
    changes: document.changes.length,
  }),
};

/**
 * The looks that a run leaves: one more at each violator of a proven region, and none of an
 * instance there that keeps the rules now, is exempt, or is gone. Where that is not known, because
 * the region is not proven, a rule is undecided or the instance is on its way between two states,
 * the look stays as it is.
 */
function auditLooks(planning: AuditPlanning, { coverage, spared, own }: JobPlan): Write[] {
  const { config, earlier, now } = planning;
  const hash = ruleHash(config);
  const findings = own["findings"] as unknown as AuditFinding[];
  const rowIdOf = ({ account, region, id }: AuditFinding) => instanceRowId(account, region, id);
  // Time under an exemption is no time to put it right: the ladder begins when the exemption ends.
  const exempt = findings.filter(({ stage }) => stage === "exempt").map(rowIdOf);
  const seen = findings.filter(({ stage }) => stage !== "exempt").map(rowIdOf);
  const forgotten = [
    ...settledRows(earlier.looks.keys(), findings, coverage, spared, planning),
    ...exempt.filter((rowId) => earlier.looks.has(rowId)),
  ];
  return [
    ...seen.map((rowId) => lookWrite(rowId, lookAgain(earlier.looks.get(rowId), hash, now))),
    ...forgotten.map((rowId) => lookWrite(rowId, undefined)),
  ];
}

/** Ours is what carries the very value that the intent announced: it holds the run's deadline. */
function settle(entry: JournalEntry, observed: Observed, { coverage }: JobPlan): Settlement {
  const { account, region } = entry;
  const proven = coverage.regions.some((place) =>
    place.account === account && place.region === region
  );
  if (!proven) return { verdict: "unread" };
  const seen = observed.accounts.find(({ id }) => id === account)
    ?.regions.find((one) => one.region === region);
  const instance = seen?.instances.find(({ id }) => id === instanceIdOf(entry.target));
  if (!instance) return { verdict: "unknown", detail: "The instance is gone" };
  const key = String(entry.after["key"]);
  const valueIn = (tags: Tags) => Object.hasOwn(tags, key) ? tags[key] : undefined;
  const tag = valueIn(instance.tags);
  const second = seen?.secondSource?.tags[instance.id];
  if (second && valueIn(second) !== tag) return { verdict: "unread" };
  const before = valueIn(entry.before["tags"] as Tags);
  if (tag === entry.after["value"]) return { verdict: "done" };
  if (tag === before) return { verdict: "undone" };
  return {
    verdict: "unknown",
    detail: "The instance carries another mark than the interrupted run announced",
  };
}
