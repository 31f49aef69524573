import { counted } from "../../core/cli/words.ts";
import type { Page } from "../../core/report/page.ts";
import type { AuditReporting } from "./document_frame.ts";
import { auditKeys, ruleText } from "./names.ts";
import { changesSection, nextSection } from "./page_changes.ts";
import { headline, notices } from "./page_headline.ts";
import {
  accountsSection,
  canariesSection,
  coverageSection,
  findingsSection,
  sinceSection,
  sparedSection,
} from "./page_tables.ts";

/** The audit's part of the HTML report: coverage before compliance, then what comes next. */
export function auditPage(reporting: AuditReporting): Page {
  const { plan, run, config } = reporting;
  const { accounts } = auditKeys(plan);
  return {
    title: `Tag audit of ${counted(accounts.length, "account")}, ` +
      counted(plan.totals.examined, "instance"),
    asOf: new Date(plan.as_of),
    headline: headline(reporting),
    notices: notices(reporting),
    sections: [
      sinceSection(plan),
      changesSection(plan, run),
      nextSection(plan, run),
      accountsSection(plan),
      findingsSection(plan),
      sparedSection(plan),
      coverageSection(plan),
      canariesSection(plan, run),
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
