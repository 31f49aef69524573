import * as z from "zod";
import { type JobNeeds, onlyTagKey, withHome } from "../../../../runners/core/needs/needs.ts";
import { commonRuns } from "../../../../runners/core/needs/runs.ts";
import type { DeployedJob } from "../../../../runners/core/program.ts";

/** The key of the tag that marks a volume. */
export const MARK = "groundskeeper-volumes";

export const volumesSchema = z.strictObject({
  perRun: z.int().min(0).default(10).meta({ description: "How many volumes a run may mark" }),
});
export type VolumesConfig = z.output<typeof volumesSchema>;

/** What the job needs in AWS. A call that is not declared here is refused before it is sent. */
export function volumesNeeds(): JobNeeds {
  const read = { action: "ec2:DescribeVolumes", why: "the volumes, their state and their mark" };
  return withHome({
    job: "volumes",
    unitsFor: "organization.units",
    runs: commonRuns("volumes"),
    roles: {
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
  });
}

export const part: DeployedJob<VolumesConfig> = {
  name: "volumes",
  schema: volumesSchema,
  needs: volumesNeeds,
};
