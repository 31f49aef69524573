import type { Instance } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { INSTANCE_ID, instanceArn } from "../core/aws/arn.ts";
import { allItems, told } from "../core/aws/paginate.ts";
import type { Session } from "../core/aws/session.ts";
import { chunksOf } from "../core/chunks.ts";

const ACTION = "ec2:DescribeInstances";
/** EC2 API Reference, DescribeInstances: MaxResults. */
const PAGE = 1_000;
/** EC2 user guide, "List and filter your resources": values of one filter. */
const FILTER_VALUES = 200;

/** What the job needs of an instance. */
export const instanceSchema = z.object({
  arn: z.string(),
  id: z.string(),
  state: z.string(),
  /** When it was started last, RFC 3339. */
  launched: z.string(),
  name: z.string().nullable(),
  /** Its Auto Scaling group. */
  group: z.string().nullable(),
  /** The ARN of its profile. */
  profile: z.string().nullable(),
  /** The value of the mark. */
  mark: z.string().nullable(),
});
export type ObservedInstance = z.infer<typeof instanceSchema>;

/** EC2 user guide, "Instance lifecycle": these do not come back. */
const GONE_STATES: ReadonlySet<string> = new Set(["shutting-down", "terminated"]);

/** Whether EC2 still has the instance. */
export function isThere({ state }: Pick<ObservedInstance, "state">): boolean {
  return !GONE_STATES.has(state);
}

/**
 * Reads the instances of a Region.
 *
 * @param tag the key of the mark; null: there is none
 * @param ids only these; those that do not exist are left out. Undefined: all
 * @throws IncompleteAnswerError for an answer that is not complete
 */
export async function describeInstances(
  session: Session,
  region: string,
  tag: string | null,
  ids?: readonly string[],
): Promise<ObservedInstance[]> {
  const { EC2Client, DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const found: ObservedInstance[] = [];
  for (const some of ids ? chunksOf(ids, FILTER_VALUES) : [undefined]) {
    // By filter: the call fails if InstanceIds names one that does not exist.
    const Filters = some && [{ Name: "instance-id", Values: [...some] }];
    found.push(
      ...await allItems(
        ACTION,
        (NextToken) =>
          client.send(
            new DescribeInstancesCommand({ Filters, MaxResults: PAGE, NextToken }),
            session.reading,
          ),
        ({ Reservations, NextToken }) => ({
          items: Reservations?.flatMap(({ Instances = [] }) =>
            Instances.map((one) => readInstance(one, tag, session, region))
          ),
          next: NextToken,
        }),
      ),
    );
  }
  return found;
}

function readInstance(
  instance: Instance,
  tag: string | null,
  { partition, account }: Session,
  region: string,
): ObservedInstance {
  const id = told(instance.InstanceId, ACTION, "an instance", "InstanceId");
  if (!INSTANCE_ID.test(id)) told("", ACTION, `the instance "${id}"`, "an ID that is one");
  const state = told(instance.State?.Name, ACTION, `the instance "${id}"`, "its state");
  const { LaunchTime, Tags = [], IamInstanceProfile } = instance;
  const tagOf = (key: string) => Tags.find(({ Key }) => Key === key)?.Value ?? null;
  const launched = LaunchTime?.toISOString();
  return {
    arn: instanceArn(partition, region, account, id),
    id,
    state,
    launched: told(launched, ACTION, `the instance "${id}"`, "its LaunchTime"),
    name: tagOf("Name"),
    group: tagOf("aws:autoscaling:groupName"),
    profile: IamInstanceProfile?.Arn ?? null,
    mark: tag === null ? null : tagOf(tag),
  };
}
