import { queueArn } from "../core/contract/queue_url.ts";
import {
  type ChannelNeed,
  type JobNeeds,
  onlyTagKey,
  type Permission,
  permissionsOn,
  type RoleNeed,
  withHome,
} from "../core/needs/needs.ts";
import { commonRuns, rejectedRun, rowsOf, servePermissions } from "../core/needs/runs.ts";
import type { DeployedJob } from "../core/program.ts";
import { type DirtyConfig, dirtyContradictions, dirtySchema } from "./config.ts";
import { MARK_VALUE_PATTERN } from "../core/contract/mark.ts";

const INSTANCES = ["arn:{partition}:ec2:*:*:instance/*"];

/** What the ledger has of an instance, in short; and by "account" the accounts that have any. */
const ENTRY = ["instance", "clearance", "tag"];

/** What recording an event leaves in the ledger. */
const RECORDED = ["account", "instance", "event", "tag", "unsettled"];

/**
 * What the job needs in AWS. `{partition}` and the names of roles are filled in where it is
 * printed.
 *
 * @param config what it never does is left out
 * @param auditors what the user's own modules ask for
 */
export function dirtyNeeds(
  config: DirtyConfig = dirtySchema.parse({}),
  auditors: readonly Permission[] = [],
): JobNeeds {
  const { tag } = config;
  const queues = queuesOf(config);
  return withHome({
    job: "dirty",
    unitsFor: "organization.units",
    queues,
    marks: tag === null ? [] : [
      { key: tag, roles: ["mark"], clearedBy: ["clear"], keepsFromImages: true },
    ],
    runs: dirtyRuns(config, queues, auditors),
    roles: {
      observe: {
        purpose: "Reads instances and the roles that they act under; changes nothing",
        kind: "observe",
        permissions: [
          ...permissionsOn(null, {
            "ec2:DescribeRegions": "which Regions are enabled: an instance names its own",
            "ec2:DescribeInstances": "the instances, their profiles and their tags",
          }),
          ...permissionsOn(["arn:{partition}:iam::*:instance-profile/*"], {
            "iam:GetInstanceProfile": "the ID of the role under which an instance sends",
          }),
        ],
      },
      ...tag === null ? {} : {
        mark: writes("Marks instances as dirty, and can remove no mark", {
          action: "ec2:CreateTags",
          condition: marking(tag),
          why: "sets the mark, on instances that are there, and no other tag",
        }),
        clear: writes("Removes the mark from instances that a person has cleared", {
          action: "ec2:DeleteTags",
          condition: onlyTagKey(tag),
          why: "removes the mark, and no other tag",
        }),
      },
    },
  });
}

/** A role that makes one kind of write on instances. */
function writes(purpose: string, write: Permission): RoleNeed {
  const why = "reads the instances again before and after it writes";
  return {
    purpose,
    kind: "write",
    permissions: [{ action: "ec2:DescribeInstances", why }, { ...write, resources: INSTANCES }],
  };
}

/** Only this key, with a value of ours, and not as an instance is made (Service Authorization Reference). */
function marking(tag: string): NonNullable<Permission["condition"]> {
  const { Null, ...onlyKey } = onlyTagKey(tag) as { Null: { [key: string]: string } };
  return {
    ...onlyKey,
    StringLike: { [`aws:RequestTag/${tag}`]: MARK_VALUE_PATTERN },
    Null: { ...Null, "ec2:CreateAction": "true" },
  };
}

function queuesOf({ queueUrl, eventsQueueUrl }: DirtyConfig): ChannelNeed[] {
  const queue = (url: string | null, from: "instances" | "events", what: string) =>
    url === null ? [] : [{ arn: queueArn(url), purpose: `dirty serve: takes ${what}`, from }];
  return [
    ...queue(queueUrl, "instances", "the logins that instances report"),
    ...queue(eventsQueueUrl, "events", "the events that EventBridge sends"),
  ];
}

function dirtyRuns(
  { tag }: DirtyConfig,
  queues: readonly ChannelNeed[],
  auditors: readonly Permission[],
): JobNeeds["runs"] {
  const marks = tag === null ? [] : ["mark"];
  return {
    ...commonRuns("dirty", {
      writing: marks,
      lists: ["list", "show"],
      rows: {
        listed: ["account", ...ENTRY, "event"],
        earlier: ENTRY,
        planned: ["account"],
        applied: ["tag", "unsettled"],
      },
    }),
    verify: {
      verbs: ["verify"],
      roles: ["observe"],
      starts: "rate(1 day)",
      rows: rowsOf("dirty", "plans", {
        reads: [...RECORDED, "clearance", "heard"],
        writes: [...RECORDED, "clearance", "untold"],
      }),
    },
    clear: {
      verbs: ["clear"],
      roles: tag === null ? [] : ["observe", "clear"],
      starts: "by hand",
      // Without a tag it is a row of the ledger alone, and no run.
      rows: rowsOf("dirty", tag === null ? "stores" : "applies", {
        reads: ["account", ...ENTRY, ...tag === null ? [] : ["unsettled"]],
        writes: tag === null ? ["clearance"] : ["clearance", "tag", "unsettled"],
      }),
    },
    rejected: rejectedRun("dirty"),
    serve: {
      verbs: ["serve"],
      roles: ["observe", ...marks],
      home: [
        ...servePermissions("dirty", queues.map(({ arn }) => arn)),
        // A module that makes a client of its own has the credentials of this role.
        ...auditors,
      ],
      starts: "service",
      rows: rowsOf("dirty", "serves", {
        reads: [...RECORDED, "clearance", "untold", "heard", "command"],
        writes: [...RECORDED, "untold", "heard", "command"],
      }),
    },
  };
}

export const part: DeployedJob<DirtyConfig> = {
  name: "dirty",
  schema: dirtySchema,
  contradictions: dirtyContradictions,
  needs: dirtyNeeds,
  modulePermissions: async (config, directory) => {
    const { loadToldModules } = await import("../core/plugin/told_modules.ts");
    const auditors = await loadToldModules(config.auditors, "marked", "dirty.auditors", directory);
    return auditors.flatMap(({ permissions }) => permissions);
  },
};
