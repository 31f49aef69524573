import type { Instance } from "@aws-sdk/client-ec2";
import { INSTANCE_ID } from "../core/aws/arn.ts";
import { allItems, told } from "../core/aws/paginate.ts";
import type { Session } from "../core/aws/session.ts";
import { chunksOf } from "../core/chunks.ts";

const ACTION = "ec2:DescribeInstances";
/** EC2 API Reference, DescribeInstances: MaxResults. */
const PAGE = 1_000;
/** EC2 user guide, "List and filter your resources": values of one filter. */
const FILTER_VALUES = 200;

/** EC2 user guide, "Instance lifecycle": what does not come back. */
export const GONE_STATES: ReadonlySet<string> = new Set(["shutting-down", "terminated"]);

/** What the job needs of an instance. */
export type ObservedInstance = {
  readonly id: string;
  readonly state: string;
  /** When it was started last, RFC 3339. */
  readonly launched: string;
  readonly name: string | null;
  /** Its Auto Scaling group. */
  readonly group: string | null;
  /** The ARN of its profile. */
  readonly profile: string | null;
  /** The value of the mark. */
  readonly mark: string | null;
};

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
  abortSignal = session.reading.abortSignal,
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
          client.send(new DescribeInstancesCommand({ Filters, MaxResults: PAGE, NextToken }), {
            abortSignal,
          }),
        ({ Reservations, NextToken }) => ({
          items: Reservations?.flatMap(({ Instances = [] }) =>
            Instances.map((one) => readInstance(one, tag))
          ),
          next: NextToken,
        }),
      ),
    );
  }
  return found;
}

function readInstance(instance: Instance, tag: string | null): ObservedInstance {
  const id = told(instance.InstanceId, ACTION, "an instance", "InstanceId");
  if (!INSTANCE_ID.test(id)) told("", ACTION, `the instance "${id}"`, "an ID that is one");
  const state = told(instance.State?.Name, ACTION, `the instance "${id}"`, "its state");
  const { LaunchTime, Tags = [], IamInstanceProfile } = instance;
  const tagOf = (key: string) => Tags.find(({ Key }) => Key === key)?.Value ?? null;
  const launched = LaunchTime?.toISOString();
  return {
    id,
    state,
    launched: told(launched, ACTION, `the instance "${id}"`, "its LaunchTime"),
    name: tagOf("Name"),
    group: tagOf("aws:autoscaling:groupName"),
    profile: IamInstanceProfile?.Arn ?? null,
    mark: tag === null ? null : tagOf(tag),
  };
}
