import { instanceIdOf } from "../core/aws/arn.ts";
import { counted, percentText } from "../core/cli/words.ts";
import type { Reporting } from "../core/job.ts";
import type { PlanDocument } from "../core/plan/document.ts";
import type { Figure, Notice, Page, Section } from "../core/report/page.ts";
import { countOutcomes } from "../core/run/run_document.ts";
import type { AuditConfig } from "./config.ts";
import type { Observed } from "./observed.ts";
import { accountName, auditKeys, limitName, ruleText } from "./names.ts";

type AuditReporting = Reporting<AuditConfig, Observed>;

/** The audit's part of the HTML report: coverage before compliance, then what comes next. */
export function auditPage(reporting: AuditReporting): Page {
  const { plan, config } = reporting;
  const { accounts } = auditKeys(plan);
  return {
    title: `Tag audit of ${counted(accounts.length, "account")}, ` +
      counted(plan.totals.examined, "instance"),
    asOf: new Date(plan.as_of),
    headline: headline(reporting),
    notices: notices(reporting),
    sections: [
      sinceSection(plan),
      nextSection(reporting),
      accountsSection(plan),
      findingsSection(plan),
      sparedSection(plan),
      coverageSection(plan),
      {
        title: "Rules",
        lead: "What every instance must have.",
        columns: [{ title: "Key" }, { title: "Rule" }, { title: "Old names" }],
        rows: config.required.map((rule) => ({
          cells: [rule.key, ruleText(rule), rule.aliases.length > 0 ? rule.aliases : "none"],
        })),
        empty: "No rule.",
      },
    ],
  };
}

function headline({ plan, run }: AuditReporting): Figure[] {
  const { planned, proven, regions, unproven } = plan.coverage;
  const sum = (key: "examined" | "compliant" | "violating") =>
    auditKeys(plan).accounts.reduce((total, account) => total + account[key], 0);
  const [examined, compliant, violating] = [sum("examined"), sum("compliant"), sum("violating")];
  const whole = unproven.length === 0;
  const empty = regions.filter(({ proof }) => proof === "none").length;
  const counts = countOutcomes(run);
  return [
    {
      label: "Coverage",
      value: `${proven} of ${planned}`,
      detail: "account-regions proven" + (empty > 0 ? `, ${empty} empty in both sources` : ""),
      state: whole ? "good" : "unproven",
    },
    {
      label: "Compliance",
      value: percentText(compliant, examined),
      detail: `${compliant} of ${counted(examined, "instance")}` +
        (whole ? "" : " in what was proven"),
      state: !whole
        ? "unproven"
        : examined === 0
        ? "neutral"
        : violating === 0
        ? "good"
        : "attention",
    },
    {
      label: "Violating",
      value: violating.toLocaleString("en"),
      detail: `of ${counted(examined, "instance")}`,
      state: violating > 0 ? "attention" : whole ? "good" : "unproven",
    },
    plan.refused
      ? {
        label: "Refused",
        value: String(plan.changes.length),
        detail: "nothing was changed",
        state: "attention",
      }
      : run.changes.some(({ outcome }) => outcome !== null)
      ? {
        label: "Marked",
        value: `${counts.done} of ${run.changes.length}`,
        state: counts.done === run.changes.length ? "neutral" : "attention",
      }
      : { label: "Would mark", value: String(plan.changes.length), state: "neutral" },
  ];
}

function notices({ plan }: AuditReporting): Notice[] {
  const { refused, coverage } = plan;
  return [
    ...(refused
      ? [{
        tone: "refused" as const,
        text: `Refused: ${counted(refused.would - refused.reserved, "change")} were planned${
          refused.scope ? ` in ${refused.scope}` : ""
        }${
          refused.reserved > 0 ? `, other runs of the same budget have ${refused.reserved}` : ""
        }, ${limitName(refused)} allows ${refused.value}. Nothing was changed.`,
      }]
      : []),
    ...coverage.unproven.map(({ account, region, detail }) => ({
      tone: "unproven" as const,
      text: `Not proven: ${accountName(plan, account)} ${region}. ${detail.replace(/\.$/, "")}.`,
    })),
  ];
}

function nextSection({ plan, run }: AuditReporting): Section {
  return {
    title: "What comes next",
    lead: "Instances that are to be marked, or were in this run.",
    columns: [
      { title: "Account" },
      { title: "Region" },
      { title: "Instance" },
      { title: "Name" },
      { title: "Why" },
      { title: "Outcome" },
    ],
    rows: run.changes.map((change) => {
      const id = instanceIdOf(change.target);
      const finding = auditKeys(plan).findings.find((one) => one.id === id);
      return {
        cells: [
          accountName(plan, change.account),
          change.region,
          id,
          finding?.tags["Name"] ?? null,
          change.reason,
          change.outcome === null
            ? plan.refused ? "refused" : "would be marked"
            : [change.outcome, ...(change.error ? [change.error.message] : [])],
        ],
      };
    }),
    empty: "Nothing: no instance is to be marked.",
  };
}

function sinceSection(plan: PlanDocument): Section {
  const { at, appeared, cleared } = auditKeys(plan).since;
  const row = (what: string) => (rowId: string) => {
    const [account, region, id] = rowId.split("/") as [string, string, string];
    return { cells: [what, accountName(plan, account), region, id] };
  };
  return {
    title: "Since the last look",
    ...(at === null ? {} : { lead: `Compared with ${at}, in the regions that are proven now.` }),
    columns: [{ title: "What" }, { title: "Account" }, { title: "Region" }, { title: "Instance" }],
    rows: [
      ...appeared.map(row("breaks the rules now")),
      ...cleared.map(row("put right, or gone")),
    ],
    empty: at === null ? "There is nothing to compare with." : "Nothing has changed.",
  };
}

function accountsSection(plan: PlanDocument): Section {
  const unproven = new Set(plan.coverage.unproven.map(({ account }) => account));
  return {
    title: "Accounts",
    columns: [
      { title: "Account" },
      { title: "ID" },
      { title: "Instances", align: "right" },
      { title: "Compliant", align: "right" },
      { title: "In grace", align: "right" },
      { title: "Violating", align: "right" },
      { title: "Exempt", align: "right" },
      { title: "Enforced" },
    ],
    rows: auditKeys(plan).accounts.map((account) => ({
      cells: [
        account.name,
        account.account,
        account.examined,
        percentText(account.compliant, account.examined),
        account.in_grace,
        account.violating,
        account.exempt,
        account.enforced ? "yes" : "report only",
      ],
      ...(unproven.has(account.account) ? { tone: "unproven" as const } : {}),
    })),
    empty: "No account was looked at.",
  };
}

function findingsSection(plan: PlanDocument): Section {
  const now = Date.parse(plan.as_of);
  return {
    title: "Violating instances",
    columns: [
      { title: "Account" },
      { title: "Region" },
      { title: "Instance" },
      { title: "Name" },
      { title: "State" },
      { title: "Created" },
      { title: "What is wrong" },
      { title: "Stage" },
      { title: "Due" },
    ],
    rows: auditKeys(plan).findings.map((finding) => ({
      cells: [
        accountName(plan, finding.account),
        finding.region,
        finding.id,
        finding.tags["Name"] ?? null,
        finding.state,
        { at: new Date(now - finding.age_minutes * 60_000) },
        finding.broken.map(({ detail }) => detail),
        finding.stage,
        finding.deadline === null ? null : { at: new Date(finding.deadline) },
      ],
    })),
    empty: plan.coverage.unproven.length === 0
      ? "None: no instance past its grace breaks the rules."
      : "None in what was proven.",
  };
}

function sparedSection(plan: PlanDocument): Section {
  return {
    title: "Spared",
    lead: "What was looked at and is left alone, and why.",
    columns: [
      { title: "Account" },
      { title: "Region" },
      { title: "Instance" },
      { title: "Reason" },
      { title: "Detail" },
    ],
    rows: plan.spared.map((spared) => ({
      cells: [
        accountName(plan, spared.account),
        spared.region,
        instanceIdOf(spared.target),
        spared.reason,
        spared.detail,
      ],
    })),
    empty: "Nothing was spared.",
  };
}

function coverageSection(plan: PlanDocument): Section {
  const proofs: Record<string, string> = {
    "second-source": "proven by second source",
    none: "empty in both sources",
  };
  return {
    title: "Coverage",
    lead: "Every account and region that was to be looked at, and how its answer was proven.",
    columns: [{ title: "Account" }, { title: "Region" }, { title: "Proof" }, { title: "Detail" }],
    rows: [
      ...plan.coverage.unproven.map(({ account, region, reason, detail }) => ({
        cells: [accountName(plan, account), region, `not proven: ${reason}`, detail],
        tone: "unproven" as const,
      })),
      ...plan.coverage.regions.map(({ account, region, proof }) => ({
        cells: [accountName(plan, account), region, proofs[proof] ?? proof, null],
      })),
    ],
    empty: "Nothing was to be looked at.",
  };
}
