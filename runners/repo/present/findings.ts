import { counted } from "../../core/cli/words.ts";
import type { Finding } from "../../core/report/finding.ts";
import { PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { isEligible } from "./figures.ts";
import { accountName, lossOf, roleReference } from "./names.ts";

/** Roles that would lose permissions, also where that is only proposed to the owners of their code. */
export function repoFindings(plan: Pick<RepoPlan, "own" | "coverage">): Finding[] {
  return plan.own.roles.filter((role) =>
    isEligible(role) && lossOf(role) > 0 && !("reason" in role.evidence)
  ).map((entry) => {
    const { account, role, arn, loses, permissions, mode } = entry;
    const lost = lossOf(entry);
    return {
      ...{ account, region: "global" },
      accountName: accountName(plan, account),
      target: arn,
      name: role,
      rule: "unused-permissions",
      kind: "rule",
      // Whoever takes over the role has them.
      severity: "medium",
      title: "An IAM role has permissions that it does not use",
      detail: `${lost} of ${counted(permissions, "permission")} are not used: ` +
        [...new Set(loses.map(({ service }) => service))].sort().join(", "),
      remediation: mode === "propose"
        ? "Remove them in the code that manages the role"
        : `Remove them: ${PLAIN_COMMAND("repo apply", "--role", roleReference(entry))}`,
      since: null,
      owner: null,
      more: {
        mode,
        permissions,
        removable: entry.removable,
        last_used: entry.last_used,
        actions: loses.flatMap(({ actions }) => actions).sort(),
      },
    };
  });
}
