import {
  type ChannelNeed,
  type JobNeeds,
  onlyTagKey,
  type Permission,
  permissionsOn,
  withHome,
} from "../core/needs/needs.ts";
import { commonRuns, rejectedRun, rowsOf } from "../core/needs/runs.ts";
import type { DeployedJob } from "../core/program.ts";
import { queueOf } from "../core/queue/queue_url.ts";
import { type DirtyConfig, dirtyContradictions, dirtySchema } from "./config.ts";
import { MARK_VALUE_PATTERN } from "./mark.ts";

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
            "ec2:DescribeRegions": 'organization.regions: "enabled"',
            "ec2:DescribeInstances": "the instances, their profiles and their tags",
          }),
          ...permissionsOn(["arn:{partition}:iam::*:instance-profile/*"], {
            "iam:GetInstanceProfile": "the ID of the role under which an instance sends",
          }),
        ],
      },
      ...tag === null ? {} : {
        mark: {
          purpose: "Marks instances as dirty, and can remove no mark",
          kind: "write",
          permissions: [
            ...permissionsOn(null, {
              "ec2:DescribeInstances": "reads the instances again before and after it marks them",
            }),
            {
              action: "ec2:CreateTags",
              resources: INSTANCES,
              condition: marking(tag),
              why: "sets the mark, on instances that are there, and no other tag",
            },
          ],
        },
        clear: {
          purpose: "Removes the mark from instances that a person has cleared",
          kind: "write",
          permissions: [
            ...permissionsOn(null, {
              "ec2:DescribeInstances": "reads the instance again before and after it clears it",
            }),
            {
              action: "ec2:DeleteTags",
              resources: INSTANCES,
              condition: onlyTagKey(tag),
              why: "removes the mark, and no other tag",
            },
          ],
        },
      },
    },
  });
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
  const arnOf = (url: string) => {
    const { account, name, region } = queueOf(url);
    return `arn:{partition}:sqs:${region ?? "*"}:${account}:${name}`;
  };
  return [
    ...queueUrl === null ? [] : [{
      arn: arnOf(queueUrl),
      purpose: "dirty serve: takes the logins that instances report",
      from: "instances" as const,
    }],
    ...eventsQueueUrl === null ? [] : [{
      arn: arnOf(eventsQueueUrl),
      purpose: "dirty serve: takes the events that EventBridge sends",
      from: "events" as const,
    }],
  ];
}

function dirtyRuns(
  { tag }: DirtyConfig,
  queues: readonly ChannelNeed[],
  auditors: readonly Permission[],
): JobNeeds["runs"] {
  const [marks, clears] = tag === null ? [[], []] : [["mark"], ["clear"]];
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
        writes: [...RECORDED, "clearance"],
      }),
    },
    clear: {
      verbs: ["clear"],
      roles: ["observe", ...clears],
      starts: "by hand",
      rows: rowsOf("dirty", "applies", {
        reads: ["account", ...ENTRY],
        writes: ["clearance", "tag", "unsettled"],
      }),
    },
    rejected: rejectedRun("dirty"),
    serve: {
      verbs: ["serve"],
      roles: ["observe", ...marks],
      home: [
        ...permissionsOn(queues.map(({ arn }) => arn), {
          "sqs:ReceiveMessage": "dirty serve: reads logins and events",
          "sqs:DeleteMessage":
            "dirty serve: deletes what was recorded or rejected; covers the batch call",
          "sqs:ChangeMessageVisibility":
            "dirty serve: keeps a message that takes long from others; covers the batch call",
        }),
        // A module that makes a client of its own has the credentials of this role.
        ...auditors,
      ],
      starts: "service",
      rows: rowsOf("dirty", "serves", {
        reads: [...RECORDED, "clearance", "heard", "command"],
        writes: [...RECORDED, "heard", "command"],
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
    const { loadAuditors } = await import("./auditors.ts");
    return (await loadAuditors(config, directory)).flatMap(({ permissions }) => permissions);
  },
};
