import type { Job } from "../core/job.ts";
import { auditApplier } from "./ladder/apply.ts";
import { batching, roleOf } from "./ladder/batching.ts";
import { readCanaries, readStamps } from "./canary/canary_rows.ts";
import { deedOf, STEP_ACTIONS } from "./ladder/changes.ts";
import type { AuditConfig } from "./config.ts";
import { auditDocuments } from "./present/documents.ts";
import { explain, locate } from "./present/explain.ts";
import { auditNeeds } from "./needs.ts";
import { readLevels } from "./levels.ts";
import { readLifts } from "./ladder/lifts.ts";
import { readSightings } from "./ladder/sightings.ts";
import { readMarks } from "./ladder/mark.ts";
import { readOwners } from "./owners/owner_rows.ts";
import { observe } from "./observe.ts";
import { factsOf, type Observed, observedSchema } from "./observed.ts";
import { auditPage } from "./present/page.ts";
import { plan, planInSteps } from "./plan.ts";
import type { Earlier } from "./planning.ts";
import { auditKeys } from "./present/names.ts";
import { auditObservationRows } from "./ladder/observation_rows.ts";
import { rowsFor } from "./ladder/rows.ts";
import { settle } from "./ladder/settle.ts";
import { auditSheet } from "./present/sheet.ts";
import { auditText } from "./present/text.ts";

/** Finds EC2 instances that break the tag scheme, reports them, and enforces it step by step. */
export const auditJob: Job<AuditConfig, Observed, Earlier> = {
  name: "audit",
  needs: auditNeeds,
  observeRole: "observe",
  roleOf,
  batching,
  observedSchema,
  facts: factsOf,
  limits: ({ limits }) => ({
    ...limits,
    kinds: (["stop", "terminate"] as const).map((name) => ({
      name,
      kind: STEP_ACTIONS[name],
      ...limits[name],
    })),
    // What gives back counts nowhere, and neither does the canary's stamp.
    kindOf: (change) =>
      ["mark", "stop", "terminate"].includes(deedOf(change)) ? change.action : null,
  }),
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
  documents: auditDocuments,
  sheet: auditSheet,
  page: auditPage,
  text: auditText,
  locate,
  concerns: (subject, { target }) => target.endsWith(`/${subject}`),
  explain,
  summary: (document) => ({
    coverage: { planned: document.coverage.planned, proven: document.coverage.proven },
    examined: document.totals.examined,
    compliant: auditKeys(document).accounts.reduce((sum, { compliant }) => sum + compliant, 0),
    violating: auditKeys(document).accounts.reduce((sum, { violating }) => sum + violating, 0),
    changes: document.changes.length,
  }),
  metrics: ({ violating }) => ({ Violating: Number(violating) }),
};
