import { EC2Client } from "@aws-sdk/client-ec2";
import type { AuditFinding } from "../../runners/audit/findings.ts";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import type { Call } from "../aws/call_log.ts";
import { clientConfig } from "../aws/seed.ts";
import type { InstanceGroup } from "../aws/world.ts";
import {
  type AuditWorld,
  auditWorld,
  type AuditWorldOptions,
  groupsOf,
  WHOLE_LADDER,
} from "./audit_world.ts";
import { jsonOf } from "./world.ts";

const DAY_MINUTES = 24 * 60;

/** An audit with the complete ladder, in one region, in a world whose time the test sets. */
export interface LadderWorld extends AuditWorld {
  readonly account: string;
  /** `audit apply --yes --json`, with its exit code. */
  apply(args?: string): Promise<Applied>;
  /** The ids of a group's instances in the world's region. */
  ids(group: string): readonly string[];
  /** Does something as the account's people would. */
  byHand<Answer>(work: (client: EC2Client) => Promise<Answer>): Promise<Answer>;
}

export interface Applied {
  readonly code: number;
  readonly run: AuditRun;
  readonly stderr: string;
}

/** What the tests read of a run of the audit. */
export type AuditRun =
  & RunDocument
  & Pick<PlanDocument, "coverage" | "spared" | "refused" | "totals" | "breakers">
  & { readonly findings: readonly AuditFinding[] };

/** The region of these worlds. */
export const HERE = "us-east-1";

export type LadderOptions = Partial<AuditWorldOptions>;

/** Seeds it: by default twenty instances that keep the rules and three that break them. */
export async function ladderWorld(options: LadderOptions = {}): Promise<LadderWorld> {
  const world = await auditWorld({
    groups: groupsOf(20, 3),
    ...options,
    audit: { ladder: WHOLE_LADDER, ...options.audit },
    organization: { regions: [HERE], ...options.organization },
  });
  const account = world.accounts.at(-1)!;
  const run: AuditWorld["run"] = (args, more = {}) =>
    world.run(args, { ...more, env: { GROUNDSKEEPER_TEST_WAIT_DIVISOR: "50", ...more.env } });
  return {
    ...world,
    account,
    run,
    json: async (args, more) => jsonOf(args, await run(`${args} --json`, more)),
    apply: async (args = "") => {
      const ran = await run(`audit apply --yes --json ${args}`.trim());
      const { code, stderr } = ran;
      return { code, stderr, run: jsonOf("audit apply", ran) };
    },
    ids: (group) => world.seeded.instances(account, HERE, group),
    byHand: async (work) => {
      const client = new EC2Client(clientConfig(world.aws.endpoint, account, HERE));
      try {
        return await work(client);
      } finally {
        client.destroy();
      }
    },
  };
}

/** Instances that break the rules, past every grace. */
export function violators(
  name: string,
  count: number,
  more: Partial<InstanceGroup> = {},
): InstanceGroup {
  return {
    name,
    count,
    ageMinutes: 10 * DAY_MINUTES,
    tags: { Name: name, project: "shop", contact: "carol" },
    ...more,
  };
}

/** The last part of a target: the instance's id. */
export function idOf({ target }: { readonly target: string }): string {
  return target.split("/").at(-1)!;
}

/** What became of each instance that was to be changed, by its id. */
export function outcomes({ changes }: RunDocument): Record<string, string | null> {
  return Object.fromEntries(changes.map((change) => [idOf(change), change.outcome]));
}

/** How many changes ended how: `ec2:StopInstances done` to their number. */
export function tally({ changes }: Pick<RunDocument, "changes">): Record<string, number> {
  const groups = Map.groupBy(changes, ({ action, outcome }) => `${action} ${outcome}`);
  return Object.fromEntries([...groups].map(([key, all]) => [key, all.length]));
}

/** Where each violator is on the ladder, by id. */
export function stages({ findings }: Pick<AuditRun, "findings">): Record<string, string> {
  return Object.fromEntries(findings.map(({ id, stage }) => [id, stage]));
}

/** Why instances were spared, by id. */
export function spared(run: Pick<AuditRun, "spared">): Record<string, string> {
  return Object.fromEntries(run.spared.map((one) => [idOf(one), one.reason]));
}

/** The instance IDs that a call names. */
export function named({ parameters }: Call): string[] {
  return Object.entries(parameters)
    .filter(([name]) => /^(InstanceId|ResourceId)(\.\d+)?$/.test(name)).map(([, id]) => id);
}

/** The calls of an action that have reached AWS since the log was cleared. */
export function callsOf(world: AuditWorld, action: string): Call[] {
  return world.aws.proxy.calls.filter((call) => call.action === action);
}
