/** Which calls a fault or a rewrite is meant for. */

import type { Call } from "./call_log.ts";

type OneOrMore = string | readonly string[];

/** Every member that is given must hold; an empty match holds for every call. */
export interface CallMatch {
  /** As IAM spells it, e.g. `ec2:DescribeInstances`. */
  readonly action?: OneOrMore;
  /** The signing name, e.g. `ec2`. */
  readonly service?: OneOrMore;
  readonly account?: OneOrMore;
  readonly region?: OneOrMore;
  /** Part of the caller's ARN, e.g. `groundskeeper-audit-apply`. */
  readonly principal?: string;
  /** Parameters that must have exactly these values. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly where?: (call: Call) => boolean;
}

/** True if the call is one of those meant. */
export function matches(match: CallMatch, call: Call): boolean {
  return among(match.action, call.action) && among(match.service, call.service) &&
    among(match.account, call.account) && among(match.region, call.region) &&
    (match.principal === undefined || (call.principal?.includes(match.principal) ?? false)) &&
    Object.entries(match.parameters ?? {}).every(([name, value]) =>
      call.parameters[name] === value
    ) &&
    (match.where?.(call) ?? true);
}

function among(wanted: OneOrMore | undefined, value: string | null): boolean {
  if (wanted === undefined) return true;
  if (value === null) return false;
  return typeof wanted === "string" ? wanted === value : wanted.includes(value);
}
