import * as z from "zod";
import { instanceArn } from "../core/aws/arn.ts";
import { describeInstances } from "../core/aws/describe_instances.ts";
import { told } from "../core/aws/paginate.ts";
import type { Session } from "../core/aws/session.ts";

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
export async function readInstances(
  session: Session,
  region: string,
  tag: string | null,
  ids?: readonly string[],
): Promise<ObservedInstance[]> {
  const { partition, account } = session;
  return await describeInstances({ session, region, ids }, (id, instance) => {
    const { LaunchTime, State, Tags = [], IamInstanceProfile } = instance;
    const tagOf = (key: string) => Tags.find(({ Key }) => Key === key)?.Value ?? null;
    const said = (value: string | undefined, field: string) =>
      told(value, "ec2:DescribeInstances", `the instance "${id}"`, field);
    return {
      arn: instanceArn(partition, region, account, id),
      id,
      state: said(State?.Name, "its state"),
      launched: said(LaunchTime?.toISOString(), "its LaunchTime"),
      name: tagOf("Name"),
      group: tagOf("aws:autoscaling:groupName"),
      profile: IamInstanceProfile?.Arn ?? null,
      mark: tag === null ? null : tagOf(tag),
    };
  });
}
