import assert from "assert";
import { InterruptedError } from "../../../../runners/core/errors.ts";
import type { ObservedAccount, ObservedWatch } from "../../../../runners/repo/observed.ts";
import type { Earlier, Removal } from "../../../../runners/repo/planning.ts";
import { watchRoles } from "../../../../runners/repo/watch/watch_roles.ts";
import type { TrailEvent } from "../../../aws/cloud_trail.ts";
import { openSession, repoTest, type Scene, type SessionOptions } from "../scene.ts";
import { NOTHING_EARLIER } from "../present/explain_world.ts";
import { deniedEvent, removal } from "./trail.ts";

const LOOKUP = "cloudtrail:LookupEvents";

interface Watching {
  readonly removals?: readonly Partial<Removal>[];
  readonly regions?: "enabled" | readonly string[];
  /** The Regions where the role was used, by the evidence. */
  readonly used?: readonly string[];
  readonly publishes?: boolean;
  readonly subject?: string | null;
  readonly session?: SessionOptions;
  readonly account?: ObservedAccount;
}

const ROLE = { id: "AROAAPP", name: "app" };

function accountOf(scene: Scene, used: readonly string[] = []): ObservedAccount {
  return {
    id: scene.account,
    name: "prod",
    partition: "aws",
    failure: null,
    at: scene.clock.now().toISOString(),
    whole: true,
    managed: {},
    roles: [{
      roleId: ROLE.id,
      arn: scene.arn(ROLE.name),
      name: ROLE.name,
      path: "/",
      created: "2024-01-01T00:00:00.000Z",
      lastUsed: null,
      description: "",
      tags: {},
      trust: "{}",
      boundary: null,
      inline: {},
      attached: [],
      instanceProfiles: [],
      evidence: {
        source: "iam",
        level: "service",
        completedAt: scene.clock.now().toISOString(),
        services: Object.fromEntries(used.map((region, index) => [
          `service${index}`,
          { lastUsed: null, region, actions: null },
        ])),
      },
    }],
  };
}

const hoursAgo = (scene: Scene, hours: number) =>
  new Date(scene.clock.now().getTime() - hours * 3_600_000).toISOString();

function watch(scene: Scene, how: Watching = {}): Promise<ObservedWatch | undefined> {
  const removals = (how.removals ?? [{}]).map((part) =>
    removal({
      role_id: ROLE.id,
      account: scene.account,
      arn: scene.arn(ROLE.name),
      at: hoursAgo(scene, 24),
      actions: ["sqs:SendMessage"],
      ...part,
    })
  );
  const earlier: Earlier = { ...NOTHING_EARLIER, removals };
  return watchRoles({
    scope: { accounts: [], regions: how.regions ?? ["us-east-1"] },
    earlier,
    publishes: how.publishes ?? true,
    subject: how.subject ?? null,
    now: scene.clock.now(),
    inTurn: (read) => read(),
    session: ({ id }) => openSession(id, scene.clock, { declared: [LOOKUP], ...how.session }),
  }, how.account ?? accountOf(scene, how.used));
}

/** Writes events into CloudTrail's history, as the role's session made them. */
function trail(scene: Scene, events: readonly TrailEvent[], region = "us-east-1"): void {
  for (const event of events) {
    const made = deniedEvent({ eventTime: hoursAgo(scene, 1), ...event }, {
      id: ROLE.id,
      arn: scene.arn(ROLE.name),
    });
    scene.aws.proxy.cloudTrail.add(scene.account, region, made);
  }
}

const lookups = (scene: Scene) =>
  scene.aws.proxy.calls.filter(({ action }) => action === LOOKUP).map(({ region, parameters }) => ({
    region,
    source: JSON.parse(parameters["LookupAttributes"]!)[0].AttributeValue,
  }));

const fail = (scene: Scene, code: string, region?: string) =>
  scene.aws.proxy.onCall((call) =>
    call.action === LOOKUP && (region === undefined || call.region === region)
      ? { kind: "error", code, status: 400 }
      : undefined
  );

repoTest("CloudTrail that may not be read is said, and ends nothing", async (scene) => {
  fail(scene, "AccessDeniedException");
  const seen = await watch(scene, {
    removals: [{ actions: ["sns:Publish", "sqs:SendMessage", "sqs:PurgeQueue"] }],
  });
  assert.deepEqual(
    seen!.unseen.map(({ region, source, reason }) => [region, source, reason]),
    [
      ["us-east-1", "sns.amazonaws.com", "access-denied"],
      ["us-east-1", "sqs.amazonaws.com", "access-denied"],
    ],
  );
  assert.equal(lookups(scene).length, 1, "it is denied for all that is asked there");
});

repoTest("a region that cannot be read leaves the others", async (scene) => {
  fail(scene, "AuthFailure", "eu-west-1");
  trail(scene, [{}]);
  const seen = await watch(scene, { regions: ["eu-west-1", "us-east-1"] });
  assert.deepEqual(seen!.unseen.map(({ region, reason }) => [region, reason]), [
    ["eu-west-1", "region-not-enabled"],
  ]);
  assert.equal(seen!.denials.length, 1);
});

repoTest("a session that cannot be had is said", async (scene) => {
  const seen = await watchRoles({
    scope: { accounts: [], regions: ["us-east-1"] },
    earlier: {
      ...NOTHING_EARLIER,
      removals: [removal({ role_id: ROLE.id, account: scene.account })],
    },
    publishes: true,
    subject: null,
    now: scene.clock.now(),
    inTurn: (read) => read(),
    session: () => Promise.reject(new Error("no")),
  }, accountOf(scene));
  assert.deepEqual(seen!.unseen.map(({ reason }) => reason), ["error", "error"]);
});

repoTest("a signal ends the watch at once", async (scene) => {
  const stop = new AbortController();
  stop.abort(new InterruptedError());
  await assert.rejects(
    watch(scene, { session: { signal: stop.signal } }),
    ({ name }: Error) => name === "InterruptedError" || name === "AbortError",
  );
});

repoTest("history that no run can read whole is said, with how far it came", async (scene) => {
  trail(
    scene,
    Array.from({ length: 31 * 50 }, (_, index) => ({
      errorCode: undefined,
      eventTime: new Date(scene.clock.now().getTime() - 3_600_000 - index * 1000).toISOString(),
    })),
  );
  const seen = await watch(scene, { removals: [{ actions: ["sns:Publish", "sqs:SendMessage"] }] });
  const [only, ...more] = seen!.unseen;
  assert.deepEqual(more, []);
  assert.deepEqual([only!.source, only!.reason], ["sqs.amazonaws.com", "too-many-events"]);
  assert.match(only!.detail, /^30 lookups in the region.* came back to 20\d\d-\S+Z only$/);
  assert.equal(lookups(scene).length, 30);
});

repoTest("services come to their first page before one comes to its second", async (scene) => {
  trail(scene, Array.from({ length: 60 }, () => ({ eventSource: "sns.amazonaws.com" })));
  await watch(scene, { removals: [{ actions: ["sns:Publish", "sqs:SendMessage"] }] });
  assert.deepEqual(lookups(scene).map(({ source }) => source), [
    "sns.amazonaws.com",
    "sqs.amazonaws.com",
    "sns.amazonaws.com",
  ]);
});

repoTest("where nothing is to be looked for nothing is asked", async (scene) => {
  for (
    const how of [
      { removals: [] },
      { publishes: false },
      { removals: [{ role_id: "AROAGONE" }] },
      { account: { ...accountOf(scene), roles: [] } },
    ] satisfies Watching[]
  ) {
    assert.equal(await watch(scene, how), undefined);
  }
  assert.deepEqual(lookups(scene), []);
});

repoTest("what is explained is looked after without a record", async (scene) => {
  trail(scene, [{}]);
  const seen = await watch(scene, { publishes: false, subject: "app" });
  assert.equal(seen!.denials.length, 1);
});

repoTest("only denied calls of the watched role are kept, since the removal", async (scene) => {
  trail(scene, [
    { eventID: "kept" },
    { errorCode: undefined },
    { eventTime: hoursAgo(scene, 48) },
    {
      userIdentity: deniedEvent({}, { id: "AROAOTHER", arn: scene.arn("other") })["userIdentity"],
    },
  ]);
  const seen = await watch(scene);
  assert.deepEqual(seen, {
    roles: 1,
    denials: seen!.denials,
    unseen: [],
  });
  assert.deepEqual(seen!.denials.map(({ eventId }) => eventId), ["kept"]);
});

repoTest("it asks where the role was used, and where global services are", async (scene) => {
  await watch(scene, {
    regions: "enabled",
    used: ["eu-west-1", "eu-west-1", "aws-global", ""],
    removals: [{ actions: ["cloudwatch:PutMetricData"] }],
  });
  assert.deepEqual(lookups(scene).sort((a, b) => a.region < b.region ? -1 : 1), [
    { region: "eu-west-1", source: "monitoring.amazonaws.com" },
    { region: "us-east-1", source: "monitoring.amazonaws.com" },
  ]);
});
