import { counted, dayText, relativeText } from "../../core/cli/words.ts";
import type { Explanation } from "../../core/job.ts";
import type { Words } from "../../core/text/sections.ts";
import { matchesPattern } from "../catalogue/glob.ts";
import { unknownOf, unknownSentence } from "../catalogue/spelling.ts";
import { companionSource } from "../decide/companions.ts";
import type { KeepReason, RemoveReason } from "../decide/decided.ts";
import { speaksUntil } from "../decide/instants.ts";
import { unusedClaim } from "../decide/unused_claim.ts";
import { REACH } from "../plan_deny.ts";
import type { ObservedAccount, ObservedRole } from "../observed.ts";
import { deniedBy } from "../policy/deny_policy.ts";
import { MalformedPolicyError, parsePolicy, type PolicyDocument } from "../policy/document.ts";
import { type Grant, grantsOf } from "../policy/granted.ts";
import { nameOfArn } from "./changes.ts";
import type { Found } from "./explain_subject.ts";
import type { RoleEntry } from "./names.ts";
import { keptText, lossText, remedyText, unusedText } from "./reason_words.ts";

/** What was decided of some actions of a service, for one reason. */
type Verdict = {
  readonly actions: readonly string[];
  readonly service: string;
  readonly verdict: "remove" | "keep";
  readonly reason: RemoveReason | KeepReason;
  readonly why: string;
  readonly last_used: string | null;
  readonly until: string | null;
  /** For a companion: where AWS documents it. */
  readonly source?: string;
};

/** How many facts of a kind are told. */
const TOLD = 20;

/** Why an action is removed or stays: who grants it, what is known, which rule decides. */
export function explainAction(found: Found, action: string): Explanation {
  const { entry, role, account, planning } = found;
  const verdicts = verdictsOf(entry, action, planning.now);
  const actions = verdicts.flatMap(({ actions }) => actions);
  const single = actions.length === 1;
  const { grants, unread } = roleGrants(actions.length === 0 ? [action] : actions, role, account);
  const [only] = verdicts;
  const ours = (deniedBy(role.inline) ?? []).filter((one) => matchesPattern(action, one));
  const name = single ? actions[0]! : action;
  const granting = (effect: "Allow" | "Deny") =>
    grants.filter((grant) => grant.effect === effect).map(grantText);
  const evidence = services(verdicts, action)
    .map((service) => evidenceText(service, single ? name : null, found));
  const facts: Words[] = [
    ...(verdicts.length === 0
      ? capped("verdict", [ours.length > 0 ? DENIED : notDecided(action, grants.some(isOwnAllow))])
      : single
      ? capped("verdict", [verdictText(only!, found)])
      : [
        ...verdicts.slice(0, TOLD).map((one): Words => [
          one.verdict,
          `${actionsText(one)}: ${one.why}`,
        ]),
        ...capped("", verdicts.slice(TOLD).map(({ why }) => why), 0),
      ]),
    ...capped("granted by", granting("Allow"), 10),
    ...capped("denied by", granting("Deny"), 10),
    ...(ours.length === 0 ? [] : capped("note", [REACH])),
    ...capped("not read", unread),
    ...capped("evidence", evidence, 5),
    ...(single ? capped("rule", [only!.reason]) : []),
    ...(single && only!.source ? capped("source", [only!.source]) : []),
    ...capped("not eligible", entry.ineligible.map(({ detail }) => detail.replace(/\.$/, ""))),
  ];
  const count = single || actions.length === 0 ? [] : [counted(actions.length, "permission")];
  return {
    text: [
      [{ heading: [name, ...count] }],
      [{ facts, show: Infinity }],
      [...new Set(verdicts.map(({ reason }) => remedyText(reason)))],
    ],
    json: {
      action: name,
      verdicts,
      grants,
      unread: [...unread],
      evidence: role.evidence,
    },
  };
}

/** The first facts of one kind, and how many more there are. */
function capped(word: string, texts: readonly string[], most = TOLD): Words[] {
  const left = texts.length - most;
  return [...texts.slice(0, most), ...(left > 0 ? [`and ${left} more; --json has them all`] : [])]
    .map((text) => [word, text]);
}

function verdictsOf(entry: RoleEntry, pattern: string, now: Date): Verdict[] {
  const matching = (service: string, actions: readonly string[]) =>
    actions.map((action) => action.includes(":") ? action : `${service}:${action}`)
      .filter((action) => matchesPattern(pattern, action));
  return [
    ...entry.loses.map((one): Verdict => ({
      ...one,
      actions: matching(one.service, one.actions),
      verdict: "remove",
      why: lossText(one, now),
      until: null,
    })),
    ...entry.keeps.map((one): Verdict => ({
      service: one.service,
      reason: one.reason,
      last_used: one.last_used,
      until: one.until,
      actions: matching(one.service, one.actions),
      verdict: "keep",
      why: keptText(one, now),
      ...sourceOf(one),
    })),
  ].filter(({ actions }) => actions.length > 0);
}

function sourceOf({ service, actions, of }: RoleEntry["keeps"][number]): { source?: string } {
  if (!of || actions.length === 0) return {};
  const [action] = actions;
  const source = companionSource(action!.includes(":") ? action! : `${service}:${action}`, of);
  return source === undefined ? {} : { source };
}

function verdictText({ verdict, why }: Verdict, { entry, plan }: Found): string {
  if (verdict === "keep") return `stays: ${why}`;
  const planned = plan.changes.some(({ target }) => target === entry.arn);
  const word = planned
    ? "would be removed"
    : entry.mode === "propose"
    ? "is proposed for removal, since code manages the role"
    : entry.ineligible.length > 0
    ? "would be removed, but the role is not eligible"
    : "could be removed";
  return `${word}: ${why}`;
}

function actionsText({ actions, service }: Verdict): string {
  return actions.length <= 3
    ? actions.join(", ")
    : `${counted(actions.length, "action")} of ${service}`;
}

const DENIED = "the role does not have it: it is denied";

function isOwnAllow({ managed, effect }: RoleGrant): boolean {
  return managed === null && effect === "Allow";
}

function notDecided(action: string, granted: boolean): string {
  const unknown = unknownOf([action]);
  return (granted
    ? "nothing was decided of it by itself: a pattern grants it"
    : "its inline policies do not grant it") +
    (unknown.length === 0 ? "" : `. ${unknownSentence(unknown)}`);
}

function services(verdicts: readonly Verdict[], action: string): string[] {
  const found = [...new Set(verdicts.map(({ service }) => service))];
  const [service] = action.split(":");
  return found.length > 0 || /[*?]/.test(service!) ? found : [service!.toLowerCase()];
}

/** "sqs was last used 21 Apr 03:00 (214 days ago) in us-east-1; report of 21 Nov 03:00". */
function evidenceText(service: string, action: string | null, found: Found): string {
  const { role: { evidence, created }, planning: { now } } = found;
  if ("reason" in evidence) return `none that is complete: ${evidence.detail}`;
  const instant = (text: string) => {
    const at = new Date(text);
    return `${dayText(at, now)} (${relativeText(at, now)})`;
  };
  const { completedAt } = evidence;
  const until = speaksUntil(completedAt, now);
  const report = `${evidence.source === "iam" ? "IAM's report" : "Aardvark's answer"} of ` +
    instant(completedAt) +
    (until === null ? "" : `, which shows use until about ${relativeText(new Date(until), now)}`);
  const limits = { created, completedAt, sights: [], now };
  const name = Object.keys(evidence.services).find((one) =>
    one.toLowerCase() === service.toLowerCase()
  );
  if (name === undefined) return `${service} is not in ${report}`;
  const { lastUsed, region, actions } = evidence.services[name]!;
  const own = action === null
    ? undefined
    : Object.entries(actions ?? {}).find(([one]) =>
      action.toLowerCase().endsWith(`:${one.toLowerCase()}`) ||
      one.toLowerCase() === action.toLowerCase()
    );
  return [
    lastUsed === null
      ? `${name} was ${unusedText(unusedClaim("service-unused", null, [], limits)!)}`
      : `${name} was last used ${instant(lastUsed)}${region === null ? "" : ` in ${region}`}`,
    ...(own
      ? [own[1] === null ? "the action itself was not" : `the action itself ${instant(own[1])}`]
      : []),
    report,
  ].join("; ");
}

/** A statement about an action, and whether its policy is a managed one. */
type RoleGrant = Grant & {
  /** The ARN of the managed policy; null: an inline policy. */
  readonly managed: string | null;
};

/** The statements of a role's policies about some actions, and the policies that were not read. */
function roleGrants(
  actions: readonly string[],
  role: ObservedRole,
  account: ObservedAccount,
): { readonly grants: readonly RoleGrant[]; readonly unread: readonly string[] } {
  const policies = [
    ...Object.entries(role.inline).map(([name, text]) => ({ name, text, managed: null })),
    ...role.attached.map((arn) => ({
      name: nameOfArn(arn),
      text: account.managed[arn]?.document ?? null,
      managed: arn,
    })),
  ];
  const unread: string[] = [];
  const grants = policies.flatMap(({ name, text, managed }) => {
    const parsed = text === null ? `${name} was not read` : parse(text, name);
    if (typeof parsed === "string") {
      unread.push(parsed);
      return [];
    }
    return distinct(actions.flatMap((action) => grantsOf(action, [parsed])))
      .map((grant): RoleGrant => ({ ...grant, managed }));
  });
  return { grants, unread };
}

function parse(text: string, name: string): PolicyDocument | string {
  try {
    return parsePolicy(text, name);
  } catch (error) {
    if (error instanceof MalformedPolicyError) return error.message;
    throw error;
  }
}

function distinct(grants: readonly Grant[]): Grant[] {
  const key = ({ statement, pattern }: Grant) => `${statement} ${pattern}`;
  return [...new Map(grants.map((grant) => [key(grant), grant])).values()];
}

/** 'policy "app", statement 1 (Sid "read"): "s3:Get*" on arn:aws:s3:::a, under a condition'. */
function grantText(grant: RoleGrant): string {
  const { policy, statement, sid, element, pattern, resources, conditional, managed } = grant;
  return `${managed === null ? "inline policy" : "managed policy"} "${policy}", statement ` +
    `${statement + 1}${sid === null ? "" : ` (Sid "${sid}")`}: ` +
    (element === "Action" ? `"${pattern}"` : `all but ${pattern}`) +
    ` on ${resources === "*" ? "all resources" : resources}` +
    (conditional ? ", under a condition" : "");
}
