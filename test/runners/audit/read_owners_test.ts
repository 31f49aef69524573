import assert from "assert";
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";

import { RateBudget } from "../../../runners/core/aws/rate_budget.ts";
import type { Session } from "../../../runners/core/aws/session.ts";
import { AwsSessions } from "../../../runners/core/aws/sessions.ts";
import { organizationSchema } from "../../../runners/core/config/organization.ts";
import { InterruptedError } from "../../../runners/core/errors.ts";
import type { JobRoles } from "../../../runners/core/needs/needs.ts";
import type { Owner } from "../../../runners/audit/owners/owners.ts";
import { type OwnedInstance, readOwner } from "../../../runners/audit/owners/read_owners.ts";
import { always, failWith } from "../../aws/faults.ts";
import { freshAccounts } from "../../aws/fresh_accounts.ts";
import { connectLocalAws, type LocalAws } from "../../aws/local_aws.ts";
import { clientConfig } from "../../aws/seed.ts";
import "../../aws/start_shared.ts";
import { assumedRole, autoScaling, iamUser, instanceEvent } from "../../aws/trail_event.ts";
import { withEnvironment } from "../core/aws/environment.ts";
import { ManualClock } from "../core/manual_clock.ts";
import { idOf, NOW, YESTERDAY } from "./world.ts";

const ID = idOf(7);
const REGION = "us-east-1";
const READS = [
  "cloudtrail:LookupEvents",
  "autoscaling:DescribeTags",
  "cloudformation:DescribeStacks",
];
const GROUP = { "aws:autoscaling:groupName": "web" };
const STACK = { "aws:cloudformation:stack-name": "shop" };

const STACK_ID = "arn:aws:cloudformation:us-east-1:111111111111:stack/shop/9f2c5c1e-5b1e";

interface Scene {
  readonly aws: LocalAws;
  readonly account: string;
  readonly clock: ManualClock;
  /** Reads the owner of an instance of yesterday. */
  read(part?: Partial<OwnedInstance>, declared?: readonly string[]): ReturnType<typeof readOwner>;
  /** The calls so far, sessions aside. */
  asked(): string[];
}

async function openSession(
  account: string,
  clock: ManualClock,
  declared: readonly string[],
  signal: AbortSignal,
): Promise<Session> {
  const permissions = declared.map((action) => ({ action, why: "tests" }));
  const needs: JobRoles = {
    job: "audit",
    roles: {
      home: { purpose: "", kind: "home", permissions: [] },
      observe: { purpose: "", kind: "observe", permissions },
    },
  };
  const sessions = new AwsSessions({
    caller: {
      credentials: () => Promise.resolve({ accessKeyId: account, secretAccessKey: "test" }),
      region: REGION,
    },
    organization: organizationSchema.parse({}),
    needs,
    runId: "01JRUN",
    clock,
    budget: new RateBudget(clock),
    policy: { connectMs: 5_000, answerMs: 10_000, attempts: 1, backOffMs: 1 },
    signal,
  });
  return await sessions.member({ id: account, name: null }, "observe");
}

/** A test with an account of its own on the local AWS; the SDK's sockets outlive it for a moment. */
function ownerTest(
  name: string,
  work: (scene: Scene) => Promise<void>,
  signal: AbortSignal = new AbortController().signal,
): void {
  Deno.test({
    name,
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => {
      await using aws = await connectLocalAws();
      const [account = ""] = freshAccounts(1);
      const clock = new ManualClock(NOW.toISOString());
      clock.flowsUpToMs = 60_000;
      await withEnvironment({ AWS_ENDPOINT_URL: aws.endpoint }, () =>
        work({
          aws,
          account,
          clock,
          read: async (part = {}, declared = READS) => {
            const session = await openSession(account, clock, declared, signal);
            const instance = { id: ID, created: YESTERDAY, tags: {}, ...part };
            return await readOwner(session, REGION, instance, NOW);
          },
          asked: () =>
            aws.proxy.calls.map(({ action }) => action).filter((action) => READS.includes(action)),
        }));
    },
  });
}

const names = (owner: Owner | null) => owner && `${owner.name} (${owner.source})`;

async function createGroup({ aws, account }: Scene, tags: Record<string, string>): Promise<void> {
  const client = new AutoScalingClient(clientConfig(aws.endpoint, account));
  const LaunchConfigurationName = "web";
  const ImageId = "ami-12345678";
  await client.send(
    new CreateLaunchConfigurationCommand({
      LaunchConfigurationName,
      ImageId,
      InstanceType: "t3.small",
    }),
  );
  for (const name of ["web", "other"]) {
    await client.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        LaunchConfigurationName,
        MinSize: 0,
        MaxSize: 0,
        AvailabilityZones: ["us-east-1a"],
        Tags: Object.entries(name === "web" ? tags : { owner: "mallory" }).map(([Key, Value]) => ({
          Key,
          Value,
          PropagateAtLaunch: false,
        })),
      }),
    );
  }
  client.destroy();
}

/**
 * A stack, which is known by its name or, once it is deleted, by its ID only. By script, since moto
 * as it is installed lacks CloudFormation. CloudFormation API Reference, DescribeStacks.
 */
function addStack({ aws, account }: Scene, tags: Record<string, string>, known: string): void {
  const match = { action: "cloudformation:DescribeStacks", account };
  const members = Object.entries(tags).map(([key, value]) =>
    `<member><Key>${key}</Key><Value>${value}</Value></member>`
  );
  const body = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
    <StackId>${STACK_ID}</StackId><StackName>shop</StackName>
    <CreationTime>2026-10-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>
    <Tags>${members.join("")}</Tags></member></Stacks>
    </DescribeStacksResult></DescribeStacksResponse>`;
  const message = "Stack with id shop does not exist";
  aws.proxy.onCall(always(match, { kind: "error", code: "ValidationError", message }));
  const found = { ...match, parameters: { StackName: known } };
  aws.proxy.onCall(always(found, { kind: "replace", status: 200, body }));
}

ownerTest(
  "an instance whose own tags name somebody is not asked about",
  async ({ read, asked }) => {
    const { owner, complete } = await read({ tags: { Owner: "alice", ...GROUP } });
    assert.deepEqual([names(owner), complete], ["alice (tag)", true]);
    assert.deepEqual(asked(), []);
  },
);

ownerTest(
  "who launched the instance among others is found, in its own account and region",
  async (scene) => {
    const { aws, account, read, asked } = scene;
    const [other = ""] = freshAccounts(1);
    const by = (name: string) =>
      instanceEvent("RunInstances", iamUser(name), [idOf(6), ID, idOf(8)]);
    aws.proxy.cloudTrail.add(other, REGION, by("mallory"));
    aws.proxy.cloudTrail.add(account, "us-west-2", by("mallory"));
    aws.proxy.cloudTrail.add(account, REGION, by("alice"));
    const { owner, complete, failures } = await read({ tags: { ...GROUP, ...STACK } });
    assert.deepEqual([names(owner), complete, failures], ["alice (cloudtrail)", true, []]);
    assert.deepEqual(asked(), ["cloudtrail:LookupEvents"]);
  },
);

ownerTest(
  "the launch is found behind pages of later events, one request a second",
  async (scene) => {
    const { aws, account, clock, read, asked } = scene;
    const launch = instanceEvent("RunInstances", assumedRole("Deploy", "alice"), [ID]);
    aws.proxy.cloudTrail.add(account, REGION, launch);
    for (let day = 0; day < 120; day++) {
      const eventTime = new Date(Date.parse("2026-11-01") + day).toISOString();
      const event = instanceEvent("StartInstances", iamUser("bob"), [ID], { eventTime });
      aws.proxy.cloudTrail.add(account, REGION, event);
    }
    const { owner, complete } = await read();
    assert.deepEqual([names(owner), complete], ["alice (cloudtrail)", true]);
    assert.equal(asked().length, 3);
    assert.equal(clock.monotonicMs(), 2_000);
  },
);

ownerTest(
  "an instance that nobody is known to own is known to be nobody's",
  async ({ read, asked }) => {
    assert.deepEqual(await read(), { owner: null, complete: true, failures: [] });
    assert.deepEqual(asked(), ["cloudtrail:LookupEvents"]);
  },
);

ownerTest("CloudTrail is not asked about what it has forgotten", async ({ read, asked }) => {
  const created = new Date(NOW.getTime() - 91 * 86_400_000).toISOString();
  assert.deepEqual(await read({ created }), { owner: null, complete: true, failures: [] });
  assert.deepEqual(asked(), []);
});

ownerTest("CloudTrail may not know yet of what was launched just now", async ({ read }) => {
  const created = new Date(NOW.getTime() - 14 * 60_000).toISOString();
  assert.deepEqual(await read({ created }), { owner: null, complete: false, failures: [] });
});

ownerTest("an event that is no JSON does not hide the others", async ({ aws, read }) => {
  const launch = JSON.stringify(instanceEvent("RunInstances", iamUser("alice"), [ID]));
  const Events = ['{"eventName":', launch].map((CloudTrailEvent) => ({ CloudTrailEvent }));
  const answer = { kind: "replace", status: 200, body: JSON.stringify({ Events }) } as const;
  aws.proxy.onCall(always({ action: "cloudtrail:LookupEvents" }, answer));
  assert.equal(names((await read()).owner), "alice (cloudtrail)");
});

ownerTest("what Auto Scaling launched belongs to whom its group's tags name", async (scene) => {
  const { aws, account, read } = scene;
  aws.proxy.cloudTrail.add(account, REGION, instanceEvent("RunInstances", autoScaling(), [ID]));
  await createGroup(scene, { Name: "web", Owner: "alice" });
  assert.deepEqual(await read({ tags: { ...GROUP, ...STACK } }), {
    owner: {
      name: "alice",
      source: "group",
      confidence: "medium",
      detail: "tag Owner of Auto Scaling group web",
    },
    complete: true,
    failures: [],
  });
});

ownerTest("a group without a word about it leaves it to the stack", async (scene) => {
  await createGroup(scene, {});
  addStack(scene, { created_by: "alice" }, "shop");
  const { owner, complete } = await scene.read({ tags: { ...GROUP, ...STACK } });
  assert.deepEqual([names(owner), complete], ["alice (stack)", true]);
  assert.deepEqual(scene.asked(), READS);
});

ownerTest("a stack that was deleted is found by its ID", async (scene) => {
  addStack(scene, { owner: "alice" }, STACK_ID);
  const tags = { ...STACK, "aws:cloudformation:stack-id": STACK_ID };
  const { owner, complete } = await scene.read({ tags });
  assert.deepEqual([names(owner), complete], ["alice (stack)", true]);
});

ownerTest("a group and a stack that are gone say nothing, for good", async (scene) => {
  addStack(scene, { owner: "alice" }, STACK_ID);
  const tags = { ...GROUP, ...STACK };
  assert.deepEqual(await scene.read({ tags }), { owner: null, complete: true, failures: [] });
});

ownerTest(
  "a source that refuses leaves the answer incomplete, and the next one is asked",
  async (scene) => {
    const { aws, account, read, asked } = scene;
    addStack(scene, { owner: "alice" }, "shop");
    aws.proxy.onCall(failWith({ action: READS[0]!, account }, "AccessDeniedException"));
    aws.proxy.onCall(failWith({ action: READS[1]!, account }, "Throttling"));
    const { owner, complete, failures } = await read({ tags: { ...GROUP, ...STACK } });
    assert.deepEqual([names(owner), complete], ["alice (stack)", false]);
    assert.deepEqual(failures.map(({ reason }) => reason), ["access-denied", "throttled"]);
    assert.deepEqual(asked(), READS);
  },
);

ownerTest("a source that the role does not declare is refused unasked", async ({ read, asked }) => {
  const { owner, complete, failures } = await read({ tags: { ...GROUP, ...STACK } }, []);
  assert.deepEqual([owner, complete], [null, false]);
  assert.deepEqual(failures.map(({ reason }) => reason), Array(3).fill("undeclared-action"));
  assert.deepEqual(asked(), []);
});

const cut = new AbortController();

ownerTest("a signal cuts the reading", async ({ aws, read, asked }) => {
  aws.proxy.onCall(({ action }) => {
    if (action !== "cloudtrail:LookupEvents") return undefined;
    cut.abort(new InterruptedError());
    return { kind: "hang" };
  });
  await assert.rejects(read({ tags: STACK }), (error: Error) => {
    assert.ok(["AbortError", "InterruptedError"].includes(error.name), error.name);
    return true;
  });
  assert.deepEqual(asked(), ["cloudtrail:LookupEvents"]);
}, cut.signal);

Deno.test("the local CloudTrail refuses what CloudTrail refuses", async () => {
  await using aws = await connectLocalAws();
  const [account = ""] = freshAccounts(1);
  const client = new CloudTrailClient(clientConfig(aws.endpoint, account));
  const about = (AttributeValue: string) => ({
    LookupAttributes: [{ AttributeKey: "ResourceName" as const, AttributeValue }],
  });
  for (let count = 0; count < 3; count++) {
    aws.proxy.cloudTrail.add(account, REGION, instanceEvent("RunInstances", iamUser("a"), [ID]));
  }
  const first = await client.send(new LookupEventsCommand({ ...about(ID), MaxResults: 2 }));
  const { NextToken } = first;
  assert.equal(first.Events?.length, 2);
  assert.deepEqual(first.Events?.[0]?.EventTime, new Date("2026-10-28T09:30:00Z"));
  const next = { ...about(ID), MaxResults: 2, NextToken };
  const second = await client.send(new LookupEventsCommand(next));
  assert.deepEqual([second.Events?.length, second.NextToken], [1, undefined]);
  const wrong = [
    [{ ...about(idOf(1)), NextToken }, "InvalidNextTokenException"],
    [{ ...about(ID), NextToken: "made-up" }, "InvalidNextTokenException"],
    [{ MaxResults: 51 }, "InvalidMaxResultsException"],
    [
      { LookupAttributes: [...about(ID).LookupAttributes, ...about(ID).LookupAttributes] },
      "InvalidLookupAttributesException",
    ],
  ] as const;
  for (const [input, name] of wrong) {
    await assert.rejects(client.send(new LookupEventsCommand(input as object)), { name });
  }
  client.destroy();
});
