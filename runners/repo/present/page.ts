import { counted } from "../../core/cli/words.ts";
import type { Page } from "../../core/report/page.ts";
import { deniedSections } from "./denied_page.ts";
import type { RepoReporting } from "./document_frame.ts";
import { accountIds, repoKeys } from "./names.ts";
import { changesSection, schedulesSection } from "./page_changes.ts";
import { headline, notices } from "./page_headline.ts";
import {
  accountsSection,
  ineligibleSection,
  managedSection,
  overTimeSection,
  removableSection,
  sinceSection,
  unusedSection,
} from "./page_tables.ts";

/** The job's part of the HTML report: coverage, what is unused of all, then what comes next. */
export function repoPage(reporting: RepoReporting): Page {
  const { plan, run } = reporting;
  return {
    title: `Unused permissions of ${counted(repoKeys(plan).roles.length, "role")} in ` +
      counted(accountIds(plan).length, "account"),
    asOf: new Date(plan.as_of),
    headline: headline(reporting),
    notices: notices(reporting),
    sections: [
      ...deniedSections(plan),
      schedulesSection(plan),
      changesSection(plan, run),
      sinceSection(plan),
      overTimeSection(plan),
      accountsSection(plan),
      // What a run was asked for is no list of what is unused.
      ...(plan["asked"] === undefined ? [removableSection(plan)] : []),
      ineligibleSection(plan),
      managedSection(plan),
      unusedSection(plan),
    ],
  };
}
