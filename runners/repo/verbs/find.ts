import { readAction } from "../../core/aws/action.ts";
import { counted } from "../../core/cli/words.ts";
import { EXIT } from "../../core/errors.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { lowerCase } from "../catalogue/glob.ts";
import { spelled, unknownOf, unknownSentence } from "../catalogue/spelling.ts";
import { managedOf } from "../inventory/read_observed.ts";
import { currentRows } from "../inventory/role_state.ts";
import { ACCESS } from "../inventory/rows.ts";
import { readPolicies } from "../inventory/versions.ts";
import type { ManagedPolicy } from "../observed.ts";
import type { RoleRow } from "../planning.ts";
import { deniedBy } from "../policy/deny_policy.ts";
import { MalformedPolicyError, parsePolicy } from "../policy/document.ts";
import { containsPattern, patternsOverlap } from "../policy/glob_language.ts";
import { answer, type Answering, INVENTORY_LISTED, type VerbAnswer } from "./answer.ts";
import { accountNames, ageText, type AskedAccounts, inventoryAge } from "./inventory_age.ts";

/** A role that has some of the actions that were asked for: an entry of a role file. */
type FoundRole = {
  readonly account: string;
  readonly role: string;
  readonly arn: string;
  /** Those of the actions that its inline policies grant. */
  readonly actions: readonly string[];
  /** Those that its managed policies grant; `--remove` takes nothing from these. */
  readonly managed: readonly string[];
};

/**
 * `repo find <action>…`: the active roles of all accounts whose policies allow any of the actions,
 * also where a wildcard does it. `--json` prints the list that `--role-file` reads.
 *
 * An action that the deny policy of a role denies is not allowed to it.
 *
 * @returns `doubts`: why roles may be missing in the list. An action that the catalogue does not know
 * may be misspelt, or new
 */
export async function findVerb(
  store: ReadStore,
  wanted: Wanted,
  { accounts, configured }: AskedAccounts,
  answering: Answering,
): Promise<VerbAnswer & { readonly doubts: readonly string[] }> {
  const { found, unread, looked } = await search(store, wanted, accounts);
  const inline = found.filter(({ actions }) => actions.length > 0).length;
  const patterns = wanted.map(([, pattern]) => pattern);
  const unknown = unknownOf(patterns);
  const age = await inventoryAge(store, accounts ?? configured);
  const nameOf = await accountNames(store);
  const { command } = answering;
  const unknownText = `${unknownSentence(unknown)}. This answer is about what was typed`;
  const unreadText = `${counted(unread.length, "role")} could not be searched: their policies ` +
    "cannot be understood, or are not what was stored";
  const doubts = [
    ...(unknown.length > 0 ? [unknownText] : []),
    ...(unread.length > 0 ? [unreadText] : []),
    ...age.never.map(({ account, why }) => `The roles of ${account} are not all known: ${why}`),
  ];
  return {
    doubts,
    ...answer(
      [
        ...ageText(age, answering),
        unknown.length === 0 ? [] : [{ tone: "unproven", text: unknownText }],
        [{
          heading:
            `${found.length} of ${counted(looked, "role")} ${
              found.length === 1 ? "allows" : "allow"
            } it, ` +
            `${inline} of them by inline policies`,
        }],
        [{
          columns: ["role", "account", "inline", "managed"],
          rows: found.map((one) => [
            one.role,
            nameOf(one.account),
            one.actions.join(", ") || "-",
            one.managed.join(", ") || "-",
          ]),
          show: INVENTORY_LISTED,
        }],
        unread.length === 0 ? [] : [
          { heading: unreadText },
          // `--json` has what was found: those that may have it too are named here alone.
          { columns: [""], rows: unread.map((arn) => [arn]), show: Infinity },
        ],
        inline === 0 || unknown.length > 0 ? [] : [{
          next: "To see what taking it from them would do:",
          command: [
            `${command("repo find", ...wanted.map(([action]) => action), "--json")} > roles.json`,
            command("repo plan", "--remove", ...patterns, "--role-file", "roles.json"),
          ],
        }],
      ],
      found,
      doubts.length > 0 ? EXIT.partly : EXIT.done,
    ),
  };
}

/** What is looked for: each action as it was typed, and the pattern that it means. */
type Wanted = readonly (readonly [action: string, pattern: string])[];

/**
 * @param actions in any case, with `*` and `?`; a service alone stands for all its actions
 * @throws UsageError if a text cannot be an action
 */
export function wantedActions(actions: readonly string[]): Wanted {
  return actions.map((action) => {
    const pattern = spelled(readAction(action, "subject", "find"));
    return [action.includes(":") || action === "*" ? pattern : lowerCase(action), pattern] as const;
  });
}

/** Searches all active roles. `unread` has the ARNs of those whose policies could not be read. */
async function search(store: ReadStore, wanted: Wanted, accounts: readonly string[] | null) {
  const granted = (texts: { readonly [name: string]: string }) => {
    const grants = Object.entries(texts).map(([name, text]) => grantsOf(text, name));
    const denied = new Set((deniedBy(texts) ?? []).map(lowerCase));
    return wanted.filter(([, pattern]) =>
      !denied.has(lowerCase(pattern)) && grants.some((grant) => grant(pattern))
    ).map(([one]) => one);
  };
  const found: FoundRole[] = [];
  const unread: string[] = [];
  const managed = managedGrants(store, wanted);
  let looked = 0;
  for await (const row of currentRows(store, accounts)) {
    if (!row.active) continue;
    looked++;
    const inline = await readPolicies(store, row, row.hash);
    try {
      const own = granted(inline ?? {});
      const attached = await managed(row);
      if (own.length + attached.length > 0) {
        const { account, name: role, arn } = row;
        found.push({ account, role, arn, actions: own, managed: attached });
      }
      if (!inline) unread.push(row.arn);
    } catch (error) {
      if (!(error instanceof MalformedPolicyError)) throw error;
      unread.push(row.arn);
    }
  }
  found.sort((a, b) => compareText(a.arn, b.arn));
  return { found, unread, looked };
}

/** Which of the actions managed policies grant; each policy is read once. */
function managedGrants(store: ReadStore, wanted: Wanted): (row: RoleRow) => Promise<string[]> {
  const accounts = new Map<string, Promise<Record<string, ManagedPolicy>>>();
  const granted = new Map<string, readonly string[]>();
  const ofPolicy = ({ arn, document }: ManagedPolicy): readonly string[] => {
    const grants = granted.has(arn) || document === null ? null : grantsOf(document, arn);
    if (grants) granted.set(arn, wanted.filter(([, one]) => grants(one)).map(([action]) => action));
    return granted.get(arn) ?? [];
  };
  return async ({ role_id, account }) => {
    const attached = (await ACCESS.of(account).get(store, role_id))?.value.attached ?? [];
    if (attached.length === 0) return [];
    const policies = accounts.get(account) ?? managedOf(store, account);
    accounts.set(account, policies);
    const read = await policies;
    const all = new Set(attached.flatMap((arn) => read[arn] ? ofPolicy(read[arn]) : []));
    return wanted.map(([action]) => action).filter((action) => all.has(action));
  };
}

/**
 * Whether a policy allows an action that a pattern matches. Deny statements are ignored: most of
 * them hold for some resources or under a condition.
 *
 * @throws MalformedPolicyError
 */
function grantsOf(text: string, name: string): (pattern: string) => boolean {
  const allows = parsePolicy(text, name).statements.filter(({ effect }) => effect === "Allow");
  return (pattern) =>
    allows.some(({ element, patterns }) =>
      element === "Action"
        ? patterns.some((one) => patternsOverlap(one.pattern, pattern))
        : !patterns.some((one) => containsPattern(one.pattern, pattern))
    );
}
