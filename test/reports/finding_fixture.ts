import type { Finding } from "../../runners/core/report/finding.ts";
import { coverageOf } from "../../runners/core/plan/coverage.ts";

export const AS_OF = "2026-11-20T12:00:00.000Z";
export const PROD = "111111111111";

/** A finding about an instance of prod. */
export function aFinding(number: number, part: Partial<Finding> = {}): Finding {
  const id = `i-${number.toString(16).padStart(17, "0")}`;
  return {
    account: PROD,
    accountName: "prod",
    region: "us-east-1",
    target: `arn:aws:ec2:us-east-1:${PROD}:instance/${id}`,
    name: `web-${number}`,
    rule: "required-tags",
    kind: "rule",
    severity: "low",
    title: "An EC2 instance breaks the tag scheme",
    detail: "owner is missing",
    remediation: "Set the tag owner",
    since: null,
    owner: { name: "alice", source: "tag" },
    more: { stage: "violating" },
    ...part,
  };
}

/** A role of prod and an event on an instance: what the other jobs find. */
export const OTHERS: readonly Finding[] = [
  aFinding(0, {
    region: "global",
    target: `arn:aws:iam::${PROD}:role/team/checkout-api`,
    name: "checkout-api",
    rule: "unused-permissions",
    severity: "medium",
    owner: null,
  }),
  aFinding(9, {
    rule: "dirty-instance",
    kind: "event",
    since: "2026-11-19T12:00:00.000Z",
    name: null,
  }),
];

/** A plan of six account-regions, one of them not proven. */
export const PLAN = {
  job: "audit",
  plan_id: "sha256:plan",
  as_of: AS_OF,
  hypothetical: false,
  coverage: coverageOf(
    ["a", "b", "c", "d", "e"].map((letter) => (
      { account: PROD, region: `us-east-1${letter}`, proof: "canary" }
    )),
    [{ account: PROD, region: "us-west-2", reason: "canary-absent", detail: "the canary is gone" }],
  ),
  changes: [],
  refused: null,
  totals: { examined: 300, changes: 0, spared: 4 },
} as const;

/** What people have written into tags and names to be taken for something else. */
export const HOSTILE: readonly string[] = [
  "@team please",
  "<script>alert(1)</script>",
  "`code` ``more``",
  "```",
  "a | b | c",
  "[link](https://evil.example)",
  "https://evil.example www.evil.example",
  "one\n\n## two\r\n- [ ] three",
  "\u202Etxet",
  "<!-- hidden -->",
  "<details><summary>x",
  "\\`",
  "`",
  " ",
  "",
  "#123 GH-1 owner/repo#1",
  "=HYPERLINK(1)",
  "x".repeat(5_000),
  "`".repeat(5_000),
];
