import type { Instance } from "@aws-sdk/client-ec2";
import { chunksOf } from "../chunks.ts";
import { INSTANCE_ID } from "./arn.ts";
import { allItems, told } from "./paginate.ts";
import type { Session } from "./session.ts";

const ACTION = "ec2:DescribeInstances";
/** EC2 API Reference, DescribeInstances: MaxResults. */
const PAGE = 1_000;
/** EC2 user guide, "List and filter your resources": values of one filter. */
const FILTER_VALUES = 200;

/** Which instances of a Region are read. */
export type InstancesAsked = {
  readonly session: Session;
  readonly region: string;
  /**
   * By filter: the call fails if InstanceIds names one that does not exist. Undefined: all, in all
   * states, without a filter.
   */
  readonly ids?: readonly string[] | undefined;
  /** Only those that carry this tag with this value. */
  readonly tag?: { readonly key: string; readonly value: string };
  readonly abortSignal?: AbortSignal;
};

/**
 * Reads instances, page by page.
 *
 * @param read takes what is needed out of an instance, whose ID is one
 * @throws IncompleteAnswerError for an answer that is not complete, or an instance without its ID
 */
export async function describeInstances<One>(
  { session, region, ids, tag, abortSignal = session.reading.abortSignal }: InstancesAsked,
  read: (id: string, instance: Instance) => One,
): Promise<One[]> {
  const { EC2Client, DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const filters = tag
    ? [[{ Name: `tag:${tag.key}`, Values: [tag.value] }]]
    : ids
    ? chunksOf(ids, FILTER_VALUES).map((Values) => [{ Name: "instance-id", Values }])
    : [undefined];
  const found: One[] = [];
  for (const Filters of filters) {
    found.push(
      ...await allItems(
        ACTION,
        (NextToken) =>
          client.send(new DescribeInstancesCommand({ Filters, MaxResults: PAGE, NextToken }), {
            abortSignal,
          }),
        ({ Reservations, NextToken }) => ({
          items: Reservations?.flatMap(({ Instances = [] }) =>
            Instances.map((one) => read(idIn(one), one))
          ),
          next: NextToken,
        }),
      ),
    );
  }
  return found;
}

/** The ID of an instance. @throws IncompleteAnswerError if it has none */
export function idIn({ InstanceId }: Instance): string {
  const id = told(InstanceId, ACTION, "an instance", "InstanceId");
  return INSTANCE_ID.test(id) ? id : told("", ACTION, `the instance "${id}"`, "an ID that is one");
}
