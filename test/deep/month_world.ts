import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { clientConfig } from "../aws/seed.ts";
import { type AuditWorld, auditWorld, REGIONS } from "../e2e/audit_world.ts";
import type { Ran } from "../e2e/command.ts";
import { ACCOUNTS, ENFORCED, GROUPS, MONTH_AUDIT } from "./month_config.ts";
import type { Hands } from "./month_owners.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Runs come this much later every day: nothing rests on a day being of 24 hours to the second. */
const DRIFT_MS = 5 * MINUTE_MS;

/** One account and region. */
export interface Where {
  readonly account: string;
  readonly region: string;
}

/** An organization that lives through a month, by the clocks of the local AWS and the program. */
export interface MonthWorld extends AsyncDisposable {
  readonly world: AuditWorld;
  readonly enforced: readonly string[];
  readonly places: readonly Where[];
  /** The instant of a day of the month: mornings are whole numbers, evenings end in .5. */
  instantOf(day: number): Date;
  /** Sets both clocks. */
  setClock(instant: Date): void;
  /** Runs the program as a process, at the clock's instant. */
  run(args: string, onSpawn?: (child: Deno.ChildProcess) => void): Promise<Ran>;
  /** Instances of a place, those that are terminated left out; all of them, or of these ids. */
  instancesIn(where: Where, ids?: readonly string[]): Promise<Map<string, InstanceNow>>;
  hands(where: Where, id: string): Hands;
  /** Starts an instance without tags. */
  launch(where: Where, tags: Readonly<Record<string, string>>): Promise<string>;
  terminate(where: Where, id: string): Promise<void>;
}

/** What EC2 says of an instance. */
export interface InstanceNow {
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Makes three accounts of two regions with a hundred instances each. */
export async function monthWorld(): Promise<MonthWorld> {
  const world = await auditWorld({
    groups: GROUPS,
    accounts: ACCOUNTS,
    enforced: ENFORCED,
    audit: MONTH_AUDIT,
  });
  const { accounts, aws } = world;
  // Tomorrow at six: so that the hour at which the test is run makes no difference.
  const begin = Math.ceil(Date.now() / DAY_MS) * DAY_MS + 6 * 60 * MINUTE_MS;
  let aheadMs = 0;
  const places = accounts.flatMap((account) => REGIONS.map((region) => ({ account, region })));
  const clients = new Map(places.map(({ account, region }) => [
    `${account}/${region}`,
    new EC2Client(clientConfig(aws.endpoint, account, region)),
  ]));
  const clientOf = ({ account, region }: Where) => clients.get(`${account}/${region}`)!;
  return {
    world,
    enforced: ENFORCED.map((index) => accounts[index]!),
    places,
    instantOf: (day) => new Date(begin + day * (DAY_MS + DRIFT_MS)),
    setClock: (instant) => {
      aheadMs = instant.getTime() - Date.now();
      aws.proxy.setClock(aheadMs);
    },
    run: (args, onSpawn) =>
      world.run(args, {
        env: { GROUNDSKEEPER_TEST_CLOCK_AHEAD_MS: String(aheadMs) },
        ...(onSpawn ? { onSpawn } : {}),
      }),
    instancesIn: async (where, ids) => {
      if (ids?.length === 0) return new Map();
      const Filters = ids ? [{ Name: "instance-id", Values: [...ids] }] : undefined;
      const { Reservations = [] } = await clientOf(where).send(
        new DescribeInstancesCommand({ Filters }),
      );
      const instances = Reservations.flatMap(({ Instances = [] }) => Instances)
        .filter(({ State }) => State?.Name !== "terminated");
      return new Map(instances.map(({ InstanceId, State, Tags = [] }) => [InstanceId!, {
        state: State!.Name!,
        tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key!, Value!])),
      }]));
    },
    hands: (where, id) => handsFor(clientOf(where), where.region, id),
    launch: async (where, tags) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const { Instances = [] } = await clientOf(where).send(
        new RunInstancesCommand({
          ImageId: "ami-0a1b2c3d4e5f67890",
          InstanceType: "t3.small",
          MinCount: 1,
          MaxCount: 1,
          TagSpecifications: [{ ResourceType: "instance", Tags }],
        }),
      );
      return Instances[0]!.InstanceId!;
    },
    terminate: async (where, id) => {
      await clientOf(where).send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients.values()) client.destroy();
      await world[Symbol.asyncDispose]();
    },
  };
}

function handsFor(ec2: EC2Client, region: string, id: string): Hands {
  const Resources = [id];
  return {
    region,
    tag: async (tags) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await ec2.send(new CreateTagsCommand({ Resources, Tags }));
    },
    untag: async (...keys) => {
      await ec2.send(new DeleteTagsCommand({ Resources, Tags: keys.map((Key) => ({ Key })) }));
    },
    start: async () => {
      await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    },
    protect: async (attribute) => {
      await ec2.send(
        new ModifyInstanceAttributeCommand({ InstanceId: id, [attribute]: { Value: true } }),
      );
    },
  };
}
