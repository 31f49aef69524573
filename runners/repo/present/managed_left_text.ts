import { beside } from "../../core/cli/beside.ts";
import { visible } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { Spared } from "../../core/plan/change.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { nameOfArn } from "./changes.ts";

/** How many are told one by one. */
const TOLD = 10;

/** Managed policies of which something would go, or that were to be restored, and that stay: why. */
export function managedLeftText({ spared }: PlanDocument, style: TextStyle): string {
  const policies = spared.filter(isPolicy);
  if (policies.length === 0) return "";
  const count = new Set(policies.map(({ target }) => target)).size;
  const left = policies.length - TOLD;
  return [
    beside(
      "Left alone",
      counted(count, "managed policy", "managed policies"),
      style,
    ),
    ...policies.slice(0, TOLD).map(({ target, detail }) =>
      beside("", `${visible(nameOfArn(target))}: ${visible(detail.replace(/\.$/, ""))}`, style, 2)
    ),
    ...(left > 0 ? [beside("", `and ${left} more; --json has them all`, style, 2)] : []),
  ].join("\n");
}

function isPolicy({ target }: Spared): boolean {
  return /^arn:[^:]+:iam::\d{12}:policy\//.test(target);
}
