import assert from "assert";
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  StartInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { failWith } from "../aws/faults.ts";
import { isWrite } from "../aws/is_write.ts";
import { hideTags } from "../aws/rewrites.ts";
import { type CanaryPlanDocument, provenWorld } from "./canary_world.ts";
import type { LadderWorld } from "./ladder_world.ts";

const STAMP = "groundskeeper-canary";
const OLD = "2020-01-01T00:00:00.000Z";

interface StatusCase {
  readonly name: string;
  /** What happens to a canary that was well. */
  readonly to: (world: LadderWorld, id: string) => unknown;
  readonly status: string;
  /** Why the region is not proven; null where it is. */
  readonly reason: string | null;
  readonly says: RegExp;
}

const tag = (Key: string, Value: string) => (world: LadderWorld, id: string) =>
  world.byHand((client) =>
    client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value }] }))
  );

/** Rewrites what one of the two sources says of the canary's stamp. */
function oldStampIn(world: LadderWorld, wanted: string): void {
  world.aws.proxy.rewrite({
    appliesTo: ({ action }) => action === wanted,
    rewrite: (body) =>
      body.replace(
        new RegExp(`(<key>${STAMP}</key>(?:<[a-zA-Z]+>[^<]*</[a-zA-Z]+>)*?<value>)[^<]*`, "g"),
        `$1${OLD}`,
      ),
  });
}

const CASES: readonly StatusCase[] = [
  { name: "stands as it was made", to: () => {}, status: "ok", reason: null, says: /^$/ },
  {
    name: "is in no answer any more",
    to: async (world, id) => {
      await world.byHand((client) =>
        client.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
      );
      world.aws.proxy.forgetTerminated({ account: world.account });
    },
    status: "absent",
    reason: "canary-absent",
    says: /is not in the answer/,
  },
  {
    name: "is told without its tags, alone of all",
    to: (world, id) => world.aws.proxy.rewrite(hideTags({}, [id])),
    status: "tags-missing",
    reason: "canary-tags-missing",
    says: /without its tags \(DescribeInstances\): the API hides tags just now/,
  },
  {
    name: "has lost a tag",
    to: (world, id) =>
      world.byHand((client) =>
        client.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: "owner" }] }))
      ),
    status: "tags-missing",
    reason: "canary-tags-missing",
    says: /without owner/,
  },
  {
    name: "has another value",
    to: tag("owner", "mallory"),
    status: "tags-missing",
    reason: "canary-tags-missing",
    says: /with owner=mallory/,
  },
  {
    name: "has a tag more",
    to: tag("cost-centre", "7"),
    status: "tags-missing",
    reason: "canary-tags-missing",
    says: /with cost-centre, which audit\.canary\.tags does not have/,
  },
  {
    name: "was started",
    to: (world, id) =>
      world.byHand((client) => client.send(new StartInstancesCommand({ InstanceIds: [id] }))),
    status: "state",
    reason: "canary-state",
    says: /is running, and must be stopped/,
  },
  {
    name: "is told by DescribeInstances with the stamp of the past",
    to: (world) => oldStampIn(world, "ec2:DescribeInstances"),
    status: "stale",
    reason: "canary-stale",
    says: /says 2020-01-01T00:00:00\.000Z, and the last run wrote .*answers from the past/,
  },
  {
    name: "is told by DescribeTags with the stamp of the past",
    to: (world) => oldStampIn(world, "ec2:DescribeTags"),
    status: "stale",
    reason: "canary-stale",
    says: /answers from the past/,
  },
  {
    name: "has a stamp that is still to come",
    to: tag(STAMP, "2099-01-01T00:00:00.000Z"),
    status: "stale",
    reason: "canary-stale",
    says: /still to come: somebody else has written its stamp/,
  },
  {
    name: "cannot be asked about, since the region does not answer",
    to: (world) =>
      world.aws.proxy.onCall(
        failWith({ action: "ec2:DescribeInstances" }, "UnauthorizedOperation"),
      ),
    status: "error",
    reason: "access-denied",
    says: /UnauthorizedOperation/,
  },
  {
    name: "is not asked for",
    to: (world) => world.configure({ canary: { mode: "off" } }),
    status: "disabled",
    reason: null,
    says: /^$/,
  },
];

for (const { name, to, status, reason, says } of CASES) {
  Deno.test(`a canary that ${name} is "${status}"`, async () => {
    await using world = await provenWorld();
    const { canary: id } = world;
    // A run has written its stamp, half a day ago.
    await world.apply();
    world.setDay(0.5);
    await to(world, id);
    world.aws.proxy.clearCalls();
    const { code, run } = await world.apply();
    const [canary] = run["canaries"] as CanaryPlanDocument["canaries"];
    assert.equal(canary?.status, status);
    assert.match(canary?.detail ?? "", says);
    assert.deepEqual(run.coverage.unproven.map((place) => place.reason), reason ? [reason] : []);
    if (reason === null) return;
    assert.deepEqual([run.changes, run.findings], [[], []]);
    // The breaker is reported; there is nothing left that it could refuse.
    assert.deepEqual(
      [code, run.refused, run.breakers.map(({ limit }) => limit)],
      [3, null, ["breakers.canaryFailShare"]],
    );
    assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  });
}
