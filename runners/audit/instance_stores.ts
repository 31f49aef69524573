import { failureOf, isInterruption } from "../core/aws/failure.ts";
import { allItems } from "../core/aws/paginate.ts";
import type { Session } from "../core/aws/session.ts";
import { chunksOf } from "../core/chunks.ts";
import type { ObservedRegion } from "./observed.ts";

/** EC2 API Reference, DescribeInstanceTypes: at most 100 types a call. */
const TOGETHER = 100;

/** What is known of the instance types of a region, as an observed region holds it. */
type InstanceStores = ObservedRegion["instanceStores"];

/** Reads which types have instance-store volumes. */
export type ReadInstanceStores = (
  session: Session,
  region: string,
  types: readonly string[],
) => Promise<InstanceStores>;

/**
 * A reader for one run. What EC2 has said of a type in a Region is the same for all accounts and is
 * asked once; one account after the other, so that the second finds what the first was told.
 */
export function instanceStoreReader(): ReadInstanceStores {
  const known = new Map<string, Map<string, boolean>>();
  const turns = new Map<string, Promise<unknown>>();

  return (session, region, types) => {
    const turn = (turns.get(region) ?? Promise.resolve()).then(() => read(session, region, types));
    turns.set(region, turn.catch(() => {}));
    return turn;
  };

  async function read(
    session: Session,
    region: string,
    types: readonly string[],
  ): Promise<InstanceStores> {
    const said = known.get(region) ?? new Map<string, boolean>();
    known.set(region, said);
    const asked = [...new Set(types)].filter((type) => type !== "" && !said.has(type)).sort();
    const unread = await ask(session, region, asked, said);
    return {
      types: Object.fromEntries(
        [...new Set(types)].sort().flatMap((type) => {
          const has = said.get(type);
          return has === undefined ? [] : [[type, has]];
        }),
      ),
      ...(unread === null ? {} : { unread }),
    };
  }
}

/** @returns why the types could not be read; null where EC2 answered, of whichever it knows */
async function ask(
  session: Session,
  region: string,
  types: readonly string[],
  said: Map<string, boolean>,
): Promise<string | null> {
  try {
    for (const some of chunksOf(types, TOGETHER)) {
      for (const [type, has] of await describeTypes(session, region, some)) said.set(type, has);
    }
    return null;
  } catch (error) {
    if (isInterruption(error)) throw error;
    return failureOf(error).detail;
  }
}

/** By filter, since one unknown type among InstanceTypes fails the whole call. */
async function describeTypes(
  session: Session,
  region: string,
  types: readonly string[],
): Promise<[type: string, has: boolean][]> {
  const { EC2Client, DescribeInstanceTypesCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const Filters = [{ Name: "instance-type", Values: [...types] }];
  const found = await allItems(
    "ec2:DescribeInstanceTypes",
    (NextToken) =>
      client.send(
        new DescribeInstanceTypesCommand({ Filters, MaxResults: TOGETHER, NextToken }),
        session.reading,
      ),
    (page) => ({ items: page.InstanceTypes, next: page.NextToken }),
  );
  return found.flatMap(({ InstanceType: type, InstanceStorageSupported: has }) =>
    type === undefined || has === undefined ? [] : [[type, has] as [string, boolean]]
  );
}
