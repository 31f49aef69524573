import { coverageOf } from "../../runners/core/plan/coverage.ts";
import { plannedOf } from "../../runners/core/plan/document.ts";
import type { RunRecord } from "../../runners/core/report/sink.ts";
import { runDocument } from "../../runners/core/run/run_document.ts";
import { sampleOptions, samplePage } from "./sample_page.ts";

/** What a run has to tell, with everything in it that is written to a file. */
export const sampleRecord: RunRecord = {
  ...sampleOptions,
  documents: [{
    id: "1",
    type: "aws_tag_audit",
    index: "aws-audits-2026.11.01",
    part: { id: "1", proof: 0 },
    body: { doc_type: "aws_tag_audit" },
  }],
  sheet: { columns: ["account"], rows: [["prod"]] },
  page: samplePage,
  isShare: false,
  run: runDocument(
    plannedOf({
      job: "audit",
      hypothetical: false,
      refused: null,
      limits: [],
      pending: [],
      plan: {
        coverage: coverageOf([{ account: "1", region: "us-east-1", proof: "read" }], []),
        changes: [],
        ownWrites: [],
        breakers: [],
        spared: [],
        examined: [],
        own: null,
      },
      observedHash: () => "",
      configHash: "",
      asOf: samplePage.asOf,
    }),
    {
      run_id: sampleOptions.runId,
      slot: samplePage.asOf.toISOString(),
      started: samplePage.asOf.toISOString(),
      finished: samplePage.asOf.toISOString(),
      changes: [],
      ownWrites: [],
      settled: [],
    },
    () => ({ keys: {} }),
  ),
};
