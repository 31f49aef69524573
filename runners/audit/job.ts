import type { Job } from "../core/job.ts";
import { emptyRegions } from "../core/plan/coverage.ts";
import type { Metrics } from "../core/log/metrics.ts";
import { namedAccounts, unitsAsked } from "./config.ts";
import { auditApplier } from "./ladder/apply.ts";
import {
  ACTIONS,
  batching,
  changeSchema,
  countsAs,
  finality,
  kindOf,
  roleOf,
} from "./ladder/audit_change.ts";
import { type AuditTypes, documentParts } from "./audit_plan.ts";
import { pollCreation } from "./canary/creation.ts";
import { aliasOrName, auditDocuments } from "./documents.ts";
import { auditSheet } from "./present/sheet.ts";
import { explain, locate, targetsOf } from "./present/explain.ts";
import { auditFindings } from "./present/findings.ts";
import { figureOfAll } from "./findings.ts";
import { auditNeeds } from "./needs.ts";
import { observeAccount } from "./observe.ts";
import { accountSchema, type ObservedList, withoutAnswerTimes } from "./observed.ts";
import { auditPage } from "./present/page.ts";
import { plan, planInSteps } from "./plan.ts";
import { readEarlier } from "./planning.ts";
import { auditObservationRows } from "./ladder/observation_rows.ts";
import { rowsFor } from "./ladder/rows.ts";
import { settle } from "./ladder/settle.ts";
import { auditText } from "./present/text.ts";

/** What the audit does, also where another plan than its own is applied. */
export const auditWork = {
  name: "audit",
  needs: auditNeeds,
  roleOf,
  batching,
  partSchema: accountSchema,
  withoutAnswerTimes,
  kindOf,
  changeSchema,
  limits: ({ limits }) => ({
    ...limits,
    apart: [ACTIONS.start],
    kinds: (["stop", "terminate"] as const)
      .map((name) => ({ name, kind: ACTIONS[name], ...limits[name] })),
  }),
  countsAs,
  units: unitsAsked,
  named: namedAccounts,
  observeAccount,
  earlier: readEarlier,
  plan,
  planInSteps,
  observationRows: auditObservationRows,
  applier: auditApplier,
  settle,
  warning: (changes) => finality(...changes.map(({ kind }) => kind)),
  poll: pollCreation,
  rowsFor,
  documentParts,
  documents: auditDocuments,
  accountName: aliasOrName,
  findings: auditFindings,
  isOwn: (change) => kindOf(change) === "stamp",
  sheet: auditSheet,
  page: auditPage,
  text: auditText,
  locate,
  targetsOf,
  explain,
  summary: ({ coverage, totals, own: { accounts }, changes }) => ({
    coverage: {
      planned: coverage.planned,
      proven: coverage.proven,
      empty: emptyRegions(coverage),
    },
    examined: totals.examined,
    compliant: figureOfAll(accounts, "compliant"),
    violating: figureOfAll(accounts, "violating"),
    changes: changes.length,
  }),
  // Without a figure there is no metric: 0 would end an alarm.
  metrics: ({ violating }): Metrics => violating === null ? {} : { Violating: Number(violating) },
} satisfies Job<AuditTypes>;

/** Finds EC2 instances that break the tag scheme, reports them, and enforces it step by step. */
export const auditJob: Job<AuditTypes> = {
  ...auditWork,
  otherwise: ({ undoes }) =>
    typeof undoes === "string"
      ? `it undoes run ${undoes}. Say --undo-run ${undoes} too, or plan again`
      : null,
};

/** The same with files that rules ask for, which are read when the first account is. */
export function auditJobWith(lists: () => Promise<readonly ObservedList[]>): Job<AuditTypes> {
  let read: ReturnType<typeof lists> | undefined;
  return {
    ...auditJob,
    observeAccount: async (account, observing) =>
      await observeAccount(account, observing, await (read ??= lists())),
  };
}
