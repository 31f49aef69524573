import type { IAMClient } from "@aws-sdk/client-iam";
import pLimit from "p-limit";
import { failureOf } from "../core/aws/failure.ts";
import { listAccounts, refuseNoAccount } from "../core/aws/organization.ts";
import { allItems, nextMarker } from "../core/aws/paginate.ts";
import { globalRegion } from "../core/aws/regions.ts";
import type { Account, Session } from "../core/aws/session.ts";
import { counted } from "../core/cli/words.ts";
import type { Terminal } from "../core/cli/terminal.ts";
import type { Config } from "../core/config/config.ts";
import { EXIT, type ExitCode, nameOf, UsageError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { declaredActions } from "../core/needs/needs.ts";
import { type ConfiguredNeeds, type ConfiguredRole, deployedIn } from "../core/needs/configured.ts";
import { type PolicyDifference, policyDifference } from "../core/needs/policy_difference.ts";
import type { Answer } from "../core/program.ts";
import { openSessions } from "./open_sessions.ts";

/** How many accounts are asked at once. */
const AT_ONCE = 20;

/** A role in an account: as it should be, not there, or different. */
type CheckedRole = {
  readonly account: string;
  readonly role: string;
  readonly state: "right" | "absent" | "different";
  /** How many actions this version needs it to have. */
  readonly needs: number;
  /** Managed policies that are attached; ours have none. */
  readonly attached: readonly string[];
} & PolicyDifference;

/** An account whose roles could not be read. */
type Unread = { readonly account: string; readonly reason: string; readonly detail: string };

/**
 * Asks each account for the roles of a job, by the job's observing role, and compares their policies
 * with what this version needs.
 *
 * @param only the accounts to ask; empty: all that the configuration names
 * @throws UsageError where no roles are configured; AwsAccessError where the accounts cannot be listed
 */
export async function checkRoles(
  configured: ConfiguredNeeds,
  config: Config,
  { host, command }: Terminal,
  only: readonly string[],
): Promise<Answer> {
  const { organization } = config;
  if (organization.roles === null && Object.keys(organization.namedRoles).length === 0) {
    throw new UsageError(
      "There are no roles to check: organization.roles is null. Say there how they are called, " +
        'such as "groundskeeper-{job}-{role}"',
    );
  }
  const { signal } = new AbortController();
  const sessions = await openSessions(host, { organization, needs: configured.needs, signal });
  const listed = await listAccounts(sessions, organization);
  const accounts = listed.accounts.filter(({ id }) => only.length === 0 || only.includes(id));
  refuseNoAccount({ ...listed, accounts }, organization);
  const found = await pLimit(AT_ONCE).map(accounts, async (account) => {
    try {
      const session = await sessions.member(account, "observe");
      return await checkAccount(session, account, deployedIn(configured, config, account.id));
    } catch (error) {
      return { account: account.id, ...failureOf(error) };
    }
  });
  const unread = found.filter((one): one is Unread => !Array.isArray(one));
  const { job } = configured.needs;
  const roles = found.filter((one) => Array.isArray(one)).flat();
  return answerOf(roles, unread, { job, next: command("permissions", job) });
}

async function checkAccount(
  session: Session,
  { id }: Account,
  roles: readonly ConfiguredRole[],
): Promise<CheckedRole[]> {
  const { IAMClient } = await import("@aws-sdk/client-iam");
  const client = session.client(IAMClient, globalRegion(session.partition));
  const checked: CheckedRole[] = [];
  for (const { name, need, policy } of roles) {
    const role = name.slice(name.lastIndexOf("/") + 1);
    const found = await policiesOf(client, role, session.reading);
    const difference = policyDifference(policy, found?.inline ?? []);
    const attached = found?.attached ?? [];
    const isRight = [...Object.values(difference), attached].every(({ length }) => length === 0);
    const state = found === null ? "absent" : isRight ? "right" : "different";
    const needs = declaredActions(need).size;
    checked.push({ account: id, role: name, state, needs, attached, ...difference });
  }
  return checked;
}

/** The policies of a role; null if there is no such role. */
async function policiesOf(
  client: IAMClient,
  RoleName: string,
  reading: Session["reading"],
): Promise<{ inline: JsonObject[]; attached: string[] } | null> {
  const sdk = await import("@aws-sdk/client-iam");
  try {
    const names = await allItems(
      "iam:ListRolePolicies",
      (Marker) => client.send(new sdk.ListRolePoliciesCommand({ RoleName, Marker }), reading),
      (page) => ({ items: page.PolicyNames, next: nextMarker("iam:ListRolePolicies", page) }),
    );
    const attached = await allItems(
      "iam:ListAttachedRolePolicies",
      (Marker) =>
        client.send(new sdk.ListAttachedRolePoliciesCommand({ RoleName, Marker }), reading),
      (page) => ({
        items: page.AttachedPolicies,
        next: nextMarker("iam:ListAttachedRolePolicies", page),
      }),
    );
    const inline: JsonObject[] = [];
    for (const PolicyName of names) {
      const { PolicyDocument = "" } = await client.send(
        new sdk.GetRolePolicyCommand({ RoleName, PolicyName }),
        reading,
      );
      inline.push(JSON.parse(decodeURIComponent(PolicyDocument)));
    }
    return { inline, attached: attached.map(({ PolicyArn = "" }) => PolicyArn) };
  } catch (error) {
    if (nameOf(error) === "NoSuchEntityException" || nameOf(error) === "NoSuchEntity") return null;
    throw error;
  }
}

function answerOf(
  roles: readonly CheckedRole[],
  unread: readonly Unread[],
  { job, next }: { readonly job: string; readonly next: string },
): Answer {
  const wrong = roles.filter(({ state }) => state !== "right");
  const asked = new Set(roles.map(({ account }) => account)).size;
  const exitCode: ExitCode = unread.length > 0
    ? EXIT.partly
    : wrong.length > 0
    ? EXIT.found
    : EXIT.done;
  return {
    json: {
      job,
      roles: roles.map((one) => ({ ...one })),
      unread: unread.map((one) => ({ ...one })),
    },
    exitCode,
    text: [
      [
        `${roles.length - wrong.length} of ${
          counted(roles.length, "role")
        } of ${job} are as this ` +
        `version needs them, in ${asked} of ${counted(asked + unread.length, "account")}.`,
      ],
      [{
        columns: ["Account", "Role", ""],
        rows: wrong.map((one) => [one.account, one.role, differenceText(one)]),
      }],
      [{
        columns: ["Not read", ""],
        rows: unread.map(({ account, detail }) => [account, detail]),
      }],
      wrong.length === 0 ? [] : [{
        next: "Deploy the roles of this version: by deno task synth, or with the policies of",
        command: next,
      }],
    ],
  };
}

function differenceText(role: CheckedRole): string {
  const { state, needs, lacks, tooMany, differs, denials, attached } = role;
  if (state === "absent") return "is not there";
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ["lacks", lacks.length < needs ? lacks : [`all ${counted(needs, "action")}`]],
    ["has too many:", tooMany],
    ["has for other resources or conditions:", differs],
    ["does not deny as it should:", denials],
    ["has attached", attached],
  ];
  return parts.filter(([, actions]) => actions.length > 0)
    .map(([says, actions]) => `${says} ${actions.join(", ")}`).join("; ");
}
