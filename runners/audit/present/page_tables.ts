import { instanceIdOf } from "../../core/aws/arn.ts";
import { dateText, instantText, percentText } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { PageSection } from "../../core/report/page.ts";
import type { RunDocument } from "../../core/run/run_document.ts";
import type { AuditFinding } from "../findings.ts";
import { accountName, auditKeys, ownerText, reportOnlyText } from "./names.ts";

/** What is different from the last look. */
export function sinceSection(plan: PlanDocument): PageSection {
  const { at, appeared, cleared } = auditKeys(plan).since;
  const row = (what: string) => (rowId: string) => {
    const [account, region, id] = rowId.split("/") as [string, string, string];
    return { cells: [what, accountName(plan, account), region, id] };
  };
  return {
    title: "Since the last look",
    ...(at === null
      ? {}
      : { lead: `Compared with ${instantText(at)}, in the regions that are proven now.` }),
    columns: [{ title: "What" }, { title: "Account" }, { title: "Region" }, { title: "Instance" }],
    rows: [
      ...appeared.map(row("breaks the rules now")),
      ...cleared.map(row("put right, or gone")),
    ],
    empty: at === null ? "There is nothing to compare with." : "Nothing has changed.",
  };
}

/** The figures of each account. */
export function accountsSection(plan: PlanDocument): PageSection {
  const unproven = new Set(plan.coverage.unproven.map(({ account }) => account));
  const date = (instant: Date) => dateText(instant, new Date(plan.as_of));
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
        reportOnlyText(account, date) ?? "yes",
      ],
      ...(unproven.has(account.account) ? { tone: "unproven" as const } : {}),
    })),
    empty: "No account was looked at.",
  };
}

/** Every violator, with where it stands on the ladder. */
export function findingsSection(plan: PlanDocument): PageSection {
  const now = Date.parse(plan.as_of);
  return {
    title: "Violating instances",
    lead: "What is exempt is listed too, and is not counted as violating.",
    columns: [
      { title: "Account" },
      { title: "Region" },
      { title: "Instance" },
      { title: "Name" },
      { title: "State" },
      { title: "Created" },
      { title: "What is wrong" },
      { title: "Owner" },
      { title: "Stage" },
      { title: "Next" },
      { title: "Due" },
      { title: "Note" },
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
        finding.owner ? ownerText(finding.owner) : null,
        finding.stage,
        finding.next,
        finding.deadline === null ? null : { at: new Date(finding.deadline) },
        noteCell(finding),
      ],
    })),
    empty: plan.coverage.unproven.length === 0
      ? "None: no instance past its grace breaks the rules."
      : "None in what was proven.",
  };
}

function noteCell({ note, asked, outlook }: AuditFinding): string | string[] | null {
  const notes = [note, asked, outlook].filter((one) => one !== null);
  return notes.length > 1 ? notes : notes[0] ?? null;
}

/** What is left alone, and why. */
export function sparedSection(plan: PlanDocument): PageSection {
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

/** How each answer was proven. */
export function coverageSection(plan: PlanDocument): PageSection {
  const proofs: Record<string, string> = {
    canary: "proven by canary",
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

/** The canary of each region in which one is asked for, and whether it was stamped. */
export function canariesSection(plan: PlanDocument, run: RunDocument): PageSection {
  const stamps = new Map(
    run.upkeep.map((change) => [`${change.account}/${change.region}`, change]),
  );
  return {
    title: "Canaries",
    lead: "A stopped instance with known tags, by which a region's answer is believed.",
    columns: [
      { title: "Account" },
      { title: "Region" },
      { title: "Canary" },
      { title: "Status" },
      { title: "Detail" },
      { title: "Stamp" },
    ],
    rows: auditKeys(plan).canaries.filter(({ status }) => status !== "disabled")
      .map(({ account, region, instance, status, detail }) => {
        const stamp = stamps.get(`${account}/${region}`);
        return {
          cells: [
            accountName(plan, account),
            region,
            instance,
            status,
            detail === "" ? null : detail,
            stamp && stamp.outcome !== null
              ? [stamp.outcome, ...(stamp.error ? [stamp.error.message] : [])]
              : null,
          ],
          ...(status === "ok" ? {} : { tone: "unproven" as const }),
        };
      }),
    empty: "No canary is asked for (audit.canary.mode, audit.enforce).",
  };
}
