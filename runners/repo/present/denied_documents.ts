import { PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import { deniedRoles, giveBackCommand } from "./denied_text.ts";
import { cloud, document, event, type RepoReporting, runFields } from "./document_frame.ts";

/** One document for each action that a role asked for in vain after it was removed from it. */
export function deniedDocuments(reporting: RepoReporting): ReportDocument[] {
  const { plan } = reporting;
  return deniedRoles(plan).flatMap((one) =>
    one.denied.map((calls) =>
      document(
        "aws_repo_denied",
        { account: calls.account, id: `${calls.arn} ${calls.action} ${calls.removed_at}` },
        reporting,
        {
          event: {
            ...event("alert", "denied-after-removal"),
            type: ["denied"],
            outcome: "failure",
            reason:
              `${calls.action} was denied ${calls.count === 1 ? "once" : `${calls.count} times`}` +
              ` after it was removed`,
          },
          cloud: { ...cloud(plan, calls.account), region: calls.region },
          aws: { iam: { role: { arn: calls.arn, name: calls.role } } },
          groundskeeper: {
            run: runFields(reporting),
            repo: {
              denied: {
                action: calls.action,
                count: calls.count,
                first: calls.at,
                last: calls.last,
                event_id: calls.event_id,
                principal: calls.principal,
                removed_at: calls.removed_at,
                version: calls.version,
                restore: giveBackCommand(one, PLAIN_COMMAND),
              },
            },
          },
        },
      )
    )
  );
}
