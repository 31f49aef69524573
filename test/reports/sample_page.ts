import type { Page } from "../../runners/core/report/page.ts";
import type { CellRow } from "../../runners/core/text/sections.ts";
import type { PageOptions } from "../../reports/html/render_page.ts";

const asOf = new Date("2026-11-20T12:00:00.000Z");
const day = 24 * 60 * 60 * 1000;
const at = (days: number) => ({ at: new Date(asOf.getTime() + days * day) });

/** The run that the sample comes from. */
export const sampleOptions: PageOptions = {
  job: "audit",
  runId: "01JD4Z9Q8XKQW3M5T7V9B2N4P6",
  slot: new Date("2026-11-20T11:45:00.000Z"),
  toolVersion: "0.1.0",
  before: "audit-01JD4Z9Q8XKQW3M5T7V9B2N4P5.html",
};

const violators: readonly CellRow[] = [
  {
    tone: "destroy",
    cells: [
      "data",
      "us-east-1",
      "i-0a1b2c3d4e5f60718",
      ["no department", "project is empty"],
      "terminate",
      "No department for 14 days; marked 7 Nov, stopped 10 Nov; started by jenkins (CloudTrail " +
      "arn:aws:sts::222222222222:assumed-role/jenkins-agent/i-0fedcba9876543210)",
      "alice",
      1_234,
      at(-14),
      at(0),
    ],
  },
  {
    cells: [
      "prod",
      "us-east-1",
      "i-0b2c3d4e5f6071829",
      ["no project"],
      "stop",
      "No project for 3 days; marked 17 Nov",
      "bob",
      96.5,
      at(-3.4),
      at(1.2),
    ],
  },
  {
    cells: [
      "prod",
      "eu-west-1",
      "i-0c3d4e5f60718293a",
      ['created_by is "jenkins", which is not an IAM user'],
      "mark",
      "Seen twice, 31 minutes apart",
      null,
      2,
      at(-0.09),
      at(3),
    ],
  },
  {
    tone: "unproven",
    cells: [
      "data",
      "us-west-2",
      "i-0d4e5f60718293a4b",
      ["all tags missing"],
      "none",
      "DescribeInstances says 0 of 61 instances have tags, DescribeTags says 61",
      null,
      4_380,
      at(-182),
      null,
    ],
  },
];

/** A small page with everything in it that a page can have. */
export const samplePage: Page = {
  title: "Audit of 3 accounts in 2 regions",
  asOf,
  headline: [
    {
      label: "Coverage",
      value: "5 of 6",
      detail: "account-regions proven: 4 by canary, 1 by second source",
      state: "attention",
      how: '.coverage | "\\(.proven) of \\(.planned)"',
    },
    {
      label: "Compliant",
      value: "96.2 %",
      detail: "449 of 467 proven instances",
      state: "good",
      how: "[.accounts[].compliant] | add",
    },
    {
      label: "data us-west-2",
      value: "61",
      detail: "instances whose tags are not proven",
      state: "unproven",
      how: "[.coverage.unproven[]] | length",
    },
    {
      label: "Comes next",
      value: "8 changes",
      detail: "1 terminate today, 2 stops until 22 Nov, 5 marks",
      state: "neutral",
      how: ".changes | length",
    },
  ],
  notices: [
    {
      tone: "refused",
      text: "Refused: this run would stop 46 instances; limits.perRun allows 10. Nothing was " +
        "changed.",
    },
    {
      tone: "unproven",
      text: "data us-west-2 is not proven: DescribeInstances says 0 of 61 instances have tags, " +
        "DescribeTags says 61. Nothing is planned there.",
    },
    { tone: "info", text: "The rule cost_center was added 2 hours ago." },
  ],
  sections: [
    {
      title: "Violating, by owner",
      lead: "Lists to send on.",
      columns: [],
      rows: [],
      folds: [{
        title: "alice",
        detail: "2 instances in prod",
        lines: ["alice: 2 instances in prod", "prod us-east-1 i-0b2c3d4e5f6071829: no project"],
        filter: '.findings[] | select(.owner.name == "alice") | .id',
        rest: "1 more instance: the command has them all.",
      }, {
        title: "checkout-api",
        detail: "loses 12 permissions",
        diffs: [{
          title: 'inline policy "app"',
          lines: [{ sign: " ", text: "[" }, { sign: "-", text: '  "sqs:*"' }, null, {
            sign: "+",
            text: '  "s3:Get*"',
          }],
        }],
        command: "groundskeeper audit plan --account 111111111111",
      }],
      empty: "Nothing breaks the rules.",
    },
    {
      title: "Accounts",
      lead: "Compliance counts proven instances only.",
      columns: [
        { title: "Account" },
        { title: "Instances", align: "right" },
        { title: "Compliant", align: "right" },
        { title: "In grace", align: "right" },
        { title: "Violating", align: "right" },
        { title: "Exempt", align: "right" },
      ],
      rows: [
        { cells: ["dev", 41, "100 %", 0, 0, 0], calm: true },
        { cells: ["prod", 1_312, "98.4 %", 2, 3, 0] },
        { cells: ["data", 140, "92.1 %", 0, 10, 1] },
        { cells: ["sandbox (report only)", 77, "61.0 %", 12, 18, 0] },
      ],
      empty: "No account was read.",
    },
    {
      title: "Violators",
      lead: "Instances that break the tag scheme, with what comes next and why.",
      columns: [
        { title: "Account" },
        { title: "Region" },
        { title: "Instance" },
        { title: "Breaks" },
        { title: "Next" },
        { title: "Reason" },
        { title: "Owner" },
        { title: "Age, h", align: "right" },
        { title: "First seen" },
        { title: "Due" },
      ],
      rows: violators,
      empty: "No instance breaks the tag scheme.",
    },
    {
      title: "Exempt",
      columns: [{ title: "Instance" }, { title: "Until" }],
      rows: [],
      empty: "Nothing is exempt.",
    },
  ],
};

/** The sample with a violators table of `count` rows, for timings and for the browser. */
export function largePage(count: number): Page {
  const [groups, accounts, table] = samplePage.sections;
  if (!groups || !accounts || !table) throw new Error("The sample lost a section");
  const rows = Array.from({ length: count }, (_, i): CellRow => {
    const row = table.rows[i % table.rows.length] ?? { cells: [] };
    const cells = [...row.cells];
    cells[2] = `i-${(0x0a1b2c3d4e5f60 + i * 7919).toString(16).padStart(17, "0")}`;
    cells[7] = (i * 37) % 5000;
    return { ...row, cells };
  });
  return { ...samplePage, sections: [groups, accounts, { ...table, rows }] };
}
