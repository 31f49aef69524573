import assert from "assert";
import { coverageOf, type UnprovenRegion } from "../../../../runners/core/plan/coverage.ts";
import { plannedOf } from "../../../../runners/core/plan/document.ts";
import { planPage } from "../../../../runners/core/report/plan_report.ts";

const NOW = new Date("2026-11-20T12:00:00Z");
const detail = "AccessDenied: no";
const place = (account: string, region: string, part: Partial<UnprovenRegion> = {}) => (
  { account, region, reason: "access-denied", detail, ...part }
);

/** The page of a job without words of its own, of which some places could not be read. */
function pageOf(unproven: readonly UnprovenRegion[]) {
  const plan = plannedOf({
    job: "plain",
    plan: {
      coverage: coverageOf([{ account: "1", region: "us-east-1", proof: "read" }], unproven),
      changes: [],
      ownWrites: [],
      breakers: [],
      spared: [],
      examined: [],
      own: null,
    },
    observedHash: () => "",
    configHash: "",
    asOf: NOW,
    hypothetical: false,
    refused: null,
    limits: [],
    pending: [],
  });
  return planPage({ plan, run: null });
}

const textsOf = (unproven: readonly UnprovenRegion[]) =>
  pageOf(unproven).notices.map(({ text }) => text);

Deno.test("40 accounts that fail for one reason are one notice, which counts them", () => {
  const many = Array.from({ length: 40 }, (_, i) => place(String(i + 10), "global"));
  assert.deepEqual(textsOf(many), [
    "Not read: 40 accounts: 10 global, 11 global, 12 global, and 37 more. AccessDenied: no",
  ]);
});

Deno.test("each reason has a notice of its own, that of most places first", () => {
  const throttled = place("2", "us-east-1", { reason: "throttled", detail: "slow down" });
  assert.deepEqual(textsOf([throttled, place("3", "us-east-1"), place("4", "us-east-1")]), [
    "Not read: 2 account-regions: 3 us-east-1, 4 us-east-1. AccessDenied: no",
    "Not read: 2 us-east-1. slow down",
  ]);
});

Deno.test("details that differ are not said of the others", () => {
  const other = place("4", "us-east-1", { detail: "AccessDenied: yours" });
  assert.deepEqual(textsOf([place("3", "us-east-1"), other]), [
    "Not read: 2 account-regions: 3 us-east-1, 4 us-east-1. " +
    "For example 3 us-east-1: AccessDenied: no",
  ]);
});

Deno.test("a coverage that is not whole is not good", () => {
  assert.deepEqual(
    [[], [place("2", "us-east-1")]].map((one) => pageOf(one).headline[0]!.state),
    ["good", "unproven"],
  );
});
