import { CreateTagsCommand, DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { formatArn, parseArn } from "../../../../runners/core/aws/arn.ts";
import { allItems, told } from "../../../../runners/core/aws/paginate.ts";
import type { Session } from "../../../../runners/core/aws/session.ts";
import type { Job } from "../../../../runners/core/job.ts";
import { UNBOUNDED } from "../../../../runners/core/limits/limits.ts";
import { makeChange } from "../../../../runners/core/plan/change.ts";
import * as plain from "../../../../runners/core/plain_job.ts";
import type { JobProgram } from "../../../../runners/core/program.ts";
import type { VolumesConfig } from "./needs.ts";
import { MARK, volumesNeeds } from "./needs.ts";

const volumeSchema = z.object({ arn: z.string(), state: z.string(), mark: z.string().nullable() });
type Volume = z.output<typeof volumeSchema>;

const before = z.object({ state: z.string() });
const markSchema = plain.changeSchema(before, z.object({ mark: z.string() }));
type Mark = z.output<typeof markSchema>;

/** Reads the volumes of a Region, or those that are named. */
async function read(session: Session, region: string, arns?: readonly string[]): Promise<Volume[]> {
  const client = session.client(EC2Client, region);
  const Filters = arns && [{ Name: "volume-id", Values: arns.map(idOf) }];
  const found = await allItems(
    "ec2:DescribeVolumes",
    (NextToken) => client.send(new DescribeVolumesCommand({ NextToken, Filters }), session.reading),
    (page) => ({ items: page.Volumes, next: page.NextToken }),
  );
  const { account, partition } = session;
  return found.map(({ VolumeId, State, Tags = [] }) => {
    const id = told(VolumeId, "ec2:DescribeVolumes", "a volume", "VolumeId");
    return {
      arn: formatArn({ partition, service: "ec2", region, account, resource: `volume/${id}` }),
      state: told(State, "ec2:DescribeVolumes", "a volume", "State"),
      mark: Tags.find(({ Key }) => Key === MARK)?.Value ?? null,
    };
  });
}

const idOf = (arn: string) => parseArn(arn).resource.replace("volume/", "");
const isUnused = ({ state, mark }: Volume) => state === "available" && mark === null;
const shows = ({ after }: Mark, { mark }: Volume) => mark === after.mark;

const job: Job<plain.PlainTypes<VolumesConfig, Volume, Mark>> = {
  ...plain.plainJob,
  name: "volumes",
  needs: volumesNeeds,
  changeSchema: markSchema,
  partSchema: plain.partSchema(volumeSchema),
  limits: ({ perRun }) => ({ ...UNBOUNDED, perRun: { count: perRun }, pathOf: () => "perRun" }),

  // Reads, and decides nothing.
  observeAccount: plain.eachRegion(read),

  // Decides everything, and reads nothing.
  plan: ({ observed, now }) => {
    const mark = {
      kind: "ec2:CreateTags",
      action: "ec2:CreateTags",
      reason: "no instance uses it",
      before: { state: "available" },
      after: { mark: `unused/${now.toISOString()}` },
    };
    return plain.plainPlan(observed, ({ at, thing }) => ({
      ...isUnused(thing) && { change: makeChange("volumes", { ...at, ...mark }, {}) },
      ...thing.mark !== null && { spared: { reason: "marked", detail: "it is marked already" } },
    }));
  },

  // The only part that gets a session that can write.
  applier: (session, region) =>
    Promise.resolve(plain.plainApplier<Mark, Volume>({
      read: (arns) => read(session, region, arns),
      stands: isUnused,
      write: ({ target, after }, abortSignal) => {
        const Tags = [{ Key: MARK, Value: after.mark }];
        const command = new CreateTagsCommand({ Resources: [idOf(target)], Tags });
        return session.client(EC2Client, region).send(command, { abortSignal });
      },
      shows,
    })),

  // A run was killed between its write and the outcome. What does AWS say now?
  settle: ({ change }, observed) => plain.plainSettle(change, observed, shows),
};

/** The verbs of the job. */
export const program: JobProgram<VolumesConfig> = {
  run: async (running) =>
    await running.verb(await running.context({ job, config: running.config })),
};
