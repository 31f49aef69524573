import type { Job } from "../core/job.ts";
import { auditApplier } from "./ladder/apply.ts";
import { batching, roleOf } from "./ladder/batching.ts";
import { readCanaries, readStamps } from "./canary/canary_rows.ts";
import { ACTIONS, changeSchema, countsAs, kindOf } from "./ladder/audit_change.ts";
import type { AuditTypes } from "./audit_plan.ts";
import { auditDocuments } from "./present/documents.ts";
import { explain, locate } from "./present/explain.ts";
import { auditNeeds } from "./needs.ts";
import { readLevels } from "./levels.ts";
import { readLifts } from "./ladder/lifts.ts";
import { readSightings } from "./ladder/sightings.ts";
import { readMarks } from "./ladder/mark.ts";
import { readOwners } from "./owners/owners.ts";
import { observe } from "./observe.ts";
import { factsOf, observedSchema } from "./observed.ts";
import { auditPage } from "./present/page.ts";
import { plan, planInSteps } from "./plan.ts";
import { auditObservationRows } from "./ladder/observation_rows.ts";
import { rowsFor } from "./ladder/rows.ts";
import { settle } from "./ladder/settle.ts";
import { auditSheet } from "./present/sheet.ts";
import { auditText } from "./present/text.ts";

/** Finds EC2 instances that break the tag scheme, reports them, and enforces it step by step. */
export const auditJob: Job<AuditTypes> = {
  name: "audit",
  needs: auditNeeds,
  observeRole: "observe",
  roleOf,
  batching,
  observedSchema,
  facts: factsOf,
  kindOf,
  changeSchema,
  limits: ({ limits }) => ({
    ...limits,
    kinds: (["stop", "terminate"] as const).map((name) => ({
      name,
      kind: ACTIONS[name],
      ...limits[name],
    })),
  }),
  countsAs,
  units: ({ enforce }) => enforce.units,
  observe,
  earlier: async (store) => ({
    looks: await readSightings(store),
    marks: await readMarks(store),
    lifts: await readLifts(store),
    canaries: await readCanaries(store),
    stamps: await readStamps(store),
    levels: await readLevels(store),
    owners: await readOwners(store),
  }),
  plan,
  planInSteps,
  observationRows: auditObservationRows,
  applier: auditApplier,
  settle,
  rowsFor,
  documentParts: ({ evaluations: _evaluations, ladders: _ladders, ...keys }) => ({ keys }),
  documents: auditDocuments,
  sheet: auditSheet,
  page: auditPage,
  text: auditText,
  locate,
  concerns: (subject, { target }) => target.endsWith(`/${subject}`),
  explain,
  summary: ({ coverage, totals, own: { accounts }, changes }) => ({
    coverage: { planned: coverage.planned, proven: coverage.proven },
    examined: totals.examined,
    compliant: accounts.reduce((sum, { compliant }) => sum + compliant, 0),
    violating: accounts.reduce((sum, { violating }) => sum + violating, 0),
    changes: changes.length,
  }),
  metrics: ({ violating }) => ({ Violating: Number(violating) }),
};
