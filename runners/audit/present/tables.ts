import { regionOf } from "../../core/limits/counts.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import { counted, dateText, instantText, percentText } from "../../core/cli/words.ts";
import type { PageSection } from "../../core/report/page.ts";
import { LISTED, tableRows } from "../../core/text/sections.ts";
import type { AuditPlan, AuditRun } from "../audit_plan.ts";
import type { AuditAccount, AuditFinding } from "../findings.ts";
import { alternativesOf, type AuditConfig, ruleName } from "../config.ts";
import { PROOFS } from "./coverage.ts";
import { accountName, ownerText, remarksOf, ruleText, WHERE, whereCells } from "./names.ts";

/** A figure of an account of which nothing is proven. */
export const UNKNOWN = "-";

/**
 * The figures of each account, and why they are incomplete. Of many, the urgent ones first.
 *
 * @param many of how many accounts on they are sorted so
 */
export function accountsSection(plan: AuditPlan, many = LISTED + 1): PageSection {
  const regions = Map.groupBy(
    plan.coverage.unproven.filter(({ region }) => region !== "global"),
    ({ account }) => account,
  );
  const unproven = new Set(plan.coverage.unproven.map(({ account }) => account));
  const { accounts } = plan.own;
  // Before all others what nothing is known of, then what is known in part.
  const urgency = ({ account, examined, violating }: AuditAccount) =>
    examined === null
      ? Number.MAX_SAFE_INTEGER
      : (violating ?? 0) + (unproven.has(account) ? plan.totals.examined : 0);
  const sorted = accounts.length >= many
    ? [...accounts].sort((a, b) => urgency(b) - urgency(a))
    : accounts;
  return {
    title: "Accounts",
    empty: "No account was read.",
    columns: [
      "Account",
      { title: "ID", on: "page" },
      ...["Instances", "Compliant", "In grace", "Violating", "Exempt"].map((title) => (
        { title, align: "right" } as const
      )),
      { title: "", on: "terminal" },
      { title: "Enforced", on: "page" },
    ],
    ...tableRows(sorted, (one) => {
      const unread = regions.get(one.account)?.length ?? 0;
      const reportOnly = reportOnlyText(one, new Date(plan.as_of));
      return {
        cells: [
          one.name,
          one.account,
          one.examined ?? UNKNOWN,
          percentText(one.compliant ?? 0, one.examined ?? 0),
          one.in_grace ?? UNKNOWN,
          one.violating ?? UNKNOWN,
          one.exempt ?? UNKNOWN,
          [
            ...(reportOnly ? [reportOnly] : []),
            ...(unread > 0
              ? [`${counted(unread, "region")} not proven`]
              : one.examined === null
              ? ["not read"]
              : []),
            ...(one.undecided ? [`${one.undecided} undecided`] : []),
            ...(one.doubtful ? [`${one.doubtful} in doubt`] : []),
          ],
          reportOnly ?? "yes",
        ],
        ...(unproven.has(one.account) ? { tone: "unproven" } : {}),
        calm: !unproven.has(one.account) && isCalm(one),
      };
    }),
  };
}

/** Whether everything in an account is known, and right. */
function isCalm({ examined, violating, undecided, doubtful }: AuditAccount): boolean {
  return examined !== null && !violating && !undecided && !doubtful;
}

/** Why an account is not enforced, or undefined where it is. */
function reportOnlyText(
  { enforced, quarantined_until: until }: AuditAccount,
  now: Date,
): string | undefined {
  if (enforced) return undefined;
  return until === null
    ? "report only"
    : `new: report only until ${dateText(new Date(until), now)}`;
}

/** What has changed since the last run. */
export function sinceSection(plan: AuditPlan): PageSection {
  const { at, appeared, cleared } = plan.own.since;
  return {
    title: "Since the last run",
    ...(at === null
      ? {}
      : { lead: `Compared with ${instantText(at)}, in the regions that are proven now.` }),
    columns: ["What", "Account", "Region", "Instance"],
    ...tableRows([
      ...appeared.map((rowId) => ["breaks the rules now", rowId] as const),
      ...cleared.map((rowId) => ["corrected, or no longer there", rowId] as const),
    ], ([what, rowId]) => {
      const [account, ...where] = rowId.split("/") as [string, string, string];
      return [what, accountName(plan, account), ...where];
    }),
    empty: at === null ? "There is nothing to compare with." : "Nothing has changed.",
  };
}

/** Every violator, and where it is on the ladder. */
export function findingsSection(plan: AuditPlan): PageSection {
  const now = Date.parse(plan.as_of);
  return {
    title: "Violating instances",
    lead: "What is exempt is listed too, and is not counted as violating.",
    columns: [
      ...WHERE,
      "State",
      "Created",
      "What is wrong",
      "Owner",
      "Stage",
      "Next",
      "Due",
      "Note",
    ],
    ...tableRows(plan.own.findings, (finding) => [
      ...whereCells(plan, finding, finding.id),
      finding.state,
      { at: new Date(now - finding.age_minutes * 60_000) },
      finding.broken.map(({ detail }) => detail),
      finding.owner && ownerText(finding.owner),
      finding.stage,
      finding.next,
      finding.deadline === null ? null : { at: new Date(finding.deadline) },
      noteCell(finding),
    ]),
    empty: plan.coverage.unproven.length === 0
      ? "None: no instance past its grace breaks the rules."
      : "None in what was proven.",
  };
}

function noteCell(finding: AuditFinding): string | string[] | null {
  const notes = remarksOf(finding);
  return notes.length > 1 ? notes : notes[0] ?? null;
}

/** What is spared, and why. */
export function sparedSection(plan: AuditPlan): PageSection {
  return {
    title: "Spared",
    lead: "Instances that were read and are left alone, and why.",
    columns: ["Account", "Region", "Instance", "Reason", "Detail"],
    ...tableRows(plan.spared, ({ account, region, target, reason, detail }) => [
      accountName(plan, account),
      region,
      instanceIdOf(target),
      reason,
      detail,
    ]),
    empty: "Nothing was spared.",
  };
}

/** How each answer was proven. */
export function coverageSection(plan: AuditPlan): PageSection {
  return {
    title: "Coverage",
    lead: "Every account and region that was to be read, and how its answer was proven.",
    columns: ["Account", "Region", "Proof", "Detail"],
    ...tableRows([...plan.coverage.unproven, ...plan.coverage.regions], (place) => {
      const where = [accountName(plan, place.account), place.region];
      if ("reason" in place) {
        return { cells: [...where, `not proven: ${place.reason}`, place.detail], tone: "unproven" };
      }
      const by = PROOFS.get(place.proof);
      return [...where, by ? `proven ${by}` : "empty in both sources", null];
    }),
    empty: "Nothing was to be read.",
  };
}

/** The canary of each region in which one is asked for, and whether it was stamped. */
export function canariesSection(plan: AuditPlan, run: AuditRun): PageSection {
  const stamps = new Map(run.ownWrites.map((change) => [regionOf(change), change]));
  return {
    title: "Canaries",
    lead: "A stopped instance with known tags, by which a region's answer is believed.",
    columns: ["Account", "Region", "Canary", "Status", "Detail", "Stamp"],
    ...tableRows(plan.own.canaries.filter(({ status }) => status !== "disabled"), (canary) => {
      const { account, region, instance, status, detail } = canary;
      const { outcome = null, error } = stamps.get(regionOf(canary)) ?? {};
      const stamp = outcome && [outcome, ...(error ? [error.message] : [])];
      return {
        cells: [accountName(plan, account), region, instance, status, detail || null, stamp],
        ...(status === "ok" ? {} : { tone: "unproven" }),
      };
    }),
    empty: "No canary is asked for (audit.canary.mode, audit.enforce).",
  };
}

/** What every instance must have. */
export function rulesSection({ required }: Pick<AuditConfig, "required">): PageSection {
  return {
    title: "Rules",
    lead: "What every instance must have.",
    columns: ["Key", "Rule", "Old names"],
    ...tableRows(required, (rule) => {
      const aliases = alternativesOf(rule).flatMap((one) => one.aliases);
      return [ruleName(rule), ruleText(rule), aliases.length > 0 ? aliases : "none"];
    }),
    empty: "No rule.",
  };
}
