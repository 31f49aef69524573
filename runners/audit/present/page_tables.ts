import { instanceIdOf } from "../../core/aws/arn.ts";
import { instantText } from "../../core/cli/words.ts";
import type { PageSection } from "../../core/report/page.ts";
import { tableRows } from "../../core/text/sections.ts";
import type { AuditPlan, AuditRun } from "../audit_plan.ts";
import type { AuditFinding } from "../findings.ts";
import type { AuditConfig } from "../config.ts";
import { accountName, ownerText, ruleText } from "./names.ts";

/** What is different from the last look. */
export function sinceSection(plan: AuditPlan): PageSection {
  const { at, appeared, cleared } = plan.own.since;
  return {
    title: "Since the last look",
    ...(at === null
      ? {}
      : { lead: `Compared with ${instantText(at)}, in the regions that are proven now.` }),
    columns: ["What", "Account", "Region", "Instance"],
    ...tableRows([
      ...appeared.map((rowId) => ["breaks the rules now", rowId] as const),
      ...cleared.map((rowId) => ["put right, or gone", rowId] as const),
    ], ([what, rowId]) => {
      const [account, region, id] = rowId.split("/") as [string, string, string];
      return [what, accountName(plan, account), region, id];
    }),
    empty: at === null ? "There is nothing to compare with." : "Nothing has changed.",
  };
}

/** Every violator, with where it stands on the ladder. */
export function findingsSection(plan: AuditPlan): PageSection {
  const now = Date.parse(plan.as_of);
  return {
    title: "Violating instances",
    lead: "What is exempt is listed too, and is not counted as violating.",
    columns: [
      "Account",
      "Region",
      "Instance",
      "Name",
      "State",
      "Created",
      "What is wrong",
      "Owner",
      "Stage",
      "Next",
      "Due",
      "Note",
    ],
    ...tableRows(plan.own.findings, (finding) => ({
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
export function sparedSection(plan: AuditPlan): PageSection {
  return {
    title: "Spared",
    lead: "What was looked at and is left alone, and why.",
    columns: [
      "Account",
      "Region",
      "Instance",
      "Reason",
      "Detail",
    ],
    ...tableRows(plan.spared, (spared) => ({
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
export function coverageSection(plan: AuditPlan): PageSection {
  const proofs: Record<string, string> = {
    canary: "proven by canary",
    "second-source": "proven by second source",
    none: "empty in both sources",
  };
  return {
    title: "Coverage",
    lead: "Every account and region that was to be looked at, and how its answer was proven.",
    columns: ["Account", "Region", "Proof", "Detail"],
    ...tableRows([...plan.coverage.unproven, ...plan.coverage.regions], (place) => ({
      cells: [
        accountName(plan, place.account),
        place.region,
        ..."proof" in place
          ? [proofs[place.proof] ?? place.proof, null]
          : [`not proven: ${place.reason}`, place.detail],
      ],
      ...("proof" in place ? {} : { tone: "unproven" as const }),
    })),
    empty: "Nothing was to be looked at.",
  };
}

/** The canary of each region in which one is asked for, and whether it was stamped. */
export function canariesSection(plan: AuditPlan, run: AuditRun): PageSection {
  const stamps = new Map(
    run.ownWrites.map((change) => [`${change.account}/${change.region}`, change]),
  );
  return {
    title: "Canaries",
    lead: "A stopped instance with known tags, by which a region's answer is believed.",
    columns: [
      "Account",
      "Region",
      "Canary",
      "Status",
      "Detail",
      "Stamp",
    ],
    ...tableRows(
      plan.own.canaries.filter(({ status }) => status !== "disabled"),
      ({ account, region, instance, status, detail }) => {
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
      },
    ),
    empty: "No canary is asked for (audit.canary.mode, audit.enforce).",
  };
}

/** What every instance must have. */
export function rulesSection({ required }: Pick<AuditConfig, "required">): PageSection {
  return {
    title: "Rules",
    lead: "What every instance must have.",
    columns: ["Key", "Rule", "Old names"],
    ...tableRows(
      required,
      (rule) => [rule.key, ruleText(rule), rule.aliases.length > 0 ? rule.aliases : "none"],
    ),
    empty: "No rule.",
  };
}
