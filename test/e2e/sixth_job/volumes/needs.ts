import { homeRole, type JobNeeds, onlyTagKey } from "../../../../runners/core/needs/needs.ts";
import { commonRuns } from "../../../../runners/core/needs/runs.ts";

/** The key of the tag that marks a volume. */
export const MARK = "groundskeeper-volumes";

/** What the job needs in AWS. A call that is not declared here is refused before it is sent. */
export function volumesNeeds(): JobNeeds {
  const read = { action: "ec2:DescribeVolumes", why: "the volumes, their state and their mark" };
  const runs = commonRuns("volumes");
  return {
    job: "volumes",
    roles: {
      home: homeRole(runs, "organization.units"),
      observe: {
        purpose: "Reads volumes; changes nothing",
        kind: "observe",
        permissions: [read, { action: "ec2:DescribeRegions", why: "which Regions are enabled" }],
      },
      apply: {
        purpose: "Marks volumes",
        kind: "write",
        permissions: [read, {
          action: "ec2:CreateTags",
          resources: ["arn:{partition}:ec2:*:*:volume/*"],
          condition: onlyTagKey(MARK),
          why: "sets the mark, and no other tag",
        }],
      },
    },
    queues: [],
    topics: [],
    runs,
  };
}
