import { failureUnlessInterrupted } from "../core/aws/failure.ts";
import { allItems } from "../core/aws/paginate.ts";
import type { Session } from "../core/aws/session.ts";
import { chunksOf } from "../core/chunks.ts";
import { madeOnce } from "../core/made_once.ts";
import type { ObservedRegion } from "./observed.ts";

/** EC2 API Reference, DescribeInstanceTypes: at most 100 types a call. */
const TOGETHER = 100;

/** What is known of the instance types of a region, as an observed region holds it. */
type InstanceStores = ObservedRegion["instanceStores"];

/** What EC2 has said in a run, by Region. */
const saidIn = madeOnce((_run: object) =>
  new Map<string, { said: Map<string, boolean>; turn: Promise<unknown> }>()
);

/**
 * Reads which types have instance-store volumes. What EC2 says of a type in a Region is the same for
 * all accounts and is asked once in a run: the accounts ask one after the other.
 */
export function readInstanceStores(
  run: object,
  session: Session,
  region: string,
  types: readonly string[],
): Promise<InstanceStores> {
  const { said, turn } = saidIn(run).get(region) ?? { said: new Map(), turn: Promise.resolve() };
  const read = turn.then(() => readTypes(session, region, types, said));
  saidIn(run).set(region, { said, turn: read.catch(() => {}) });
  return read;
}

/** Asks about the types that are not in `said` yet, and adds what EC2 says of them. */
async function readTypes(
  session: Session,
  region: string,
  types: readonly string[],
  said: Map<string, boolean>,
): Promise<InstanceStores> {
  const { EC2Client, DescribeInstanceTypesCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const wanted = [...new Set(types)].filter((type) => type !== "").sort();
  const answer = () => ({
    types: Object.fromEntries(
      wanted.filter((type) => said.has(type)).map((type) => [type, said.get(type)!]),
    ),
  });
  try {
    for (const some of chunksOf(wanted.filter((type) => !said.has(type)), TOGETHER)) {
      // By filter: the call fails if InstanceTypes names one type that EC2 does not know.
      const Filters = [{ Name: "instance-type", Values: some }];
      const found = await allItems(
        "ec2:DescribeInstanceTypes",
        (NextToken) =>
          client.send(
            new DescribeInstanceTypesCommand({ Filters, MaxResults: TOGETHER, NextToken }),
            session.reading,
          ),
        (page) => ({ items: page.InstanceTypes, next: page.NextToken }),
      );
      for (const { InstanceType: type, InstanceStorageSupported: has } of found) {
        if (type !== undefined && has !== undefined) said.set(type, has);
      }
    }
    return answer();
  } catch (error) {
    return { ...answer(), unread: failureUnlessInterrupted(error).detail };
  }
}
