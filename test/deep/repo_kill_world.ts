import assert from "assert";
import { GetPolicyCommand, GetPolicyVersionCommand, IAMClient } from "@aws-sdk/client-iam";
import { clientConfig } from "../aws/seed.ts";
import type { SeedRole } from "../aws/seed_roles.ts";
import { type RepoWorld, repoWorld } from "../e2e/repo_world.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import type { KillMode, KillSubject, KillWorld } from "./kill_generator.ts";
import type { KillStore, MakeKillStore } from "./kill_store.ts";
import type { Seeded } from "./policy_moments.ts";
import { repoKillState } from "./repo_kill_state.ts";
import { DENY_POLICY, denyText } from "../../runners/repo/policy/deny_policy.ts";
import { earlierVersion, removedVersion } from "../e2e/repo_earlier_version.ts";

const MODES: readonly KillMode[] = [
  "killed before forwarding",
  "killed after the effect",
  "answer lost",
  "refused",
];

/** A policy on a resource of its own, so that no other grants the same. */
function policy(resource: string, ...Action: readonly string[]): string {
  const Resource = `arn:aws:${resource}`;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource }],
  });
}

/** All that can become of two policies, of which S3 alone is used. */
const SHAPES: Readonly<Record<string, Seeded[string]>> = {
  "both-rewritten": {
    main: policy("s3:::a/*", "s3:Get*", "sqs:*"),
    more: policy("s3:::b/*", "s3:PutObject", "sns:Publish", "sns:Subscribe"),
  },
  "one-deleted": {
    main: policy("s3:::a/*", "s3:*"),
    more: policy("sqs:::*", "sqs:SendMessage", "sns:*"),
  },
  "rewritten-and-deleted": {
    main: policy("s3:::a/*", "s3:List*", "kms:Sign", "sqs:Get*"),
    more: policy("sns:::*", "sns:Publish"),
  },
  "both-deleted": {
    main: policy("sqs:::*", "sqs:*"),
    more: policy("sns:::*", "sns:Publish"),
  },
};

const SHAPE_NAMES = Object.keys(SHAPES);

/** So many roles, their shapes by turns. */
function rolesOf(count: number): Seeded {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const shape = SHAPE_NAMES[index % SHAPE_NAMES.length]!;
      return [`app-${index}-${shape}`, SHAPES[shape]!];
    }),
  );
}

const USES = { s3: 3, sqs: 200 };

function seedsOf(roles: Seeded): SeedRole[] {
  return Object.entries(roles).map(([name, inline]) => ({ name, inline, uses: USES }));
}

/** Takes from some roles what they do not use. */
export const repoKillSubject = (makeStore: MakeKillStore, count: number): KillSubject => ({
  job: "repo",
  modes: MODES,
  makeWorld: async () => {
    const store = makeStore();
    const seeded = rolesOf(count);
    const world = await repoWorld({
      ...store.options,
      roles: seedsOf(seeded),
      // A budget for exactly these: one that is spent twice would refuse the second run.
      repo: {
        limits: {
          perRun: { roles: count },
          perAccount: { roles: count },
          rollingDay: { roles: count },
        },
      },
    });
    return killWorld(world, store, seeded, "repo apply --yes", (state) => {
      assert.equal(Object.keys(state.journal).length, count);
      assert.equal(state.spent, count);
      assert.deepEqual(
        Object.values(state.live).map((policies) => Object.keys(policies)),
        Object.keys(seeded).map((name) =>
          name.endsWith("both-deleted")
            ? []
            : name.endsWith("both-rewritten")
            ? ["main", "more"]
            : ["main"]
        ),
      );
      for (const [name, policies] of Object.entries(state.live)) {
        assert.notDeepEqual(policies, seeded[name]);
        assert.ok(!/sqs|sns|kms/.test(JSON.stringify(policies).replaceAll(/arn:[^"]+/g, "")));
      }
      for (const one of Object.values(state.versions)) {
        assert.deepEqual(one, { before: "Scan", since: ["Repo"] });
      }
    });
  },
});

/** What the role of the restore has now, and what it had. */
const NOW: Seeded[string] = {
  main: policy("s3:::a/*", "s3:GetObject"),
  extra: policy("sqs:::*", "sqs:SendMessage"),
};
const THEN: Seeded[string] = {
  main: policy("s3:::a/*", "s3:Get*", "sns:Publish"),
  more: policy("sqs:::*", "sqs:*"),
  other: policy("sns:::*", "sns:*"),
};

/** Brings back what a role had: one policy is written anew, two come, one goes. */
export const restoreKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "repo",
  modes: MODES,
  makeWorld: async () => {
    const store = makeStore();
    const world = await repoWorld({
      ...store.options,
      roles: [{ name: "app", inline: NOW, uses: USES }],
      repo: { limits: { rollingDay: { roles: 1 }, restore: { roles: 1 } } },
    });
    const rows = await earlierVersion(world, "app", THEN);
    await store.write(world, (opened) => opened.write(rows));
    world.aws.proxy.clearCalls();
    const restore = `repo apply --yes --restore 1 --role ${world.arn("app")}`;
    return killWorld(world, store, { app: NOW }, restore, (state) => {
      assert.deepEqual(state.live, { app: THEN });
      assert.deepEqual(state.journal["app"]?.kind, "restore");
      assert.equal(state.spent, 1);
      assert.deepEqual(state.versions, { app: { before: "External", since: ["Restore"] } });
    });
  },
});

/** Brings back what a run has taken from some roles, within limits that this run has used up. */
export const restoreRunKillSubject = (makeStore: MakeKillStore, count: number): KillSubject => ({
  job: "repo",
  modes: MODES,
  makeWorld: async () => {
    const store = makeStore();
    const before = rolesOf(count);
    const limit = { roles: count };
    const world = await repoWorld({
      ...store.options,
      roles: seedsOf(before),
      repo: {
        // What is asked of CloudTrail begins at an instant, which is another one in every world.
        watch: "0s",
        limits: { perRun: limit, perAccount: limit, rollingDay: limit, restore: { roles: 0 } },
      },
    });
    const { run_id } = await world.json<RunDocument>("repo apply --yes");
    const names = Object.keys(before);
    const seeded = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await world.policies(name)] as const)),
    );
    world.aws.proxy.clearCalls();
    const restore = `repo apply --yes --restore-run ${run_id}`;
    return killWorld(world, store, seeded, restore, (state) => {
      assert.deepEqual(state.live, before);
      assert.equal(Object.keys(state.journal).length, count);
      // The run's own, and as much again for its restore.
      assert.equal(state.spent, 2 * count);
      for (const one of Object.values(state.versions)) {
        assert.deepEqual(one, { before: "Repo", since: ["Restore"] });
      }
    }, run_id);
  },
});

/** The run in which a person has removed one action and denied another. */
const NAMED_RUN = "01JD0000000000000000000000";
const HAD: Seeded[string] = {
  main: policy("s3:::a/*", "s3:Get*", "sns:Publish"),
  more: policy("sqs:::*", "sqs:*"),
};
const TAKEN: Seeded[string] = {
  [DENY_POLICY]: denyText(["s3:GetObject", "sqs:SendMessage"]),
  main: policy("s3:::a/*", "s3:Get*"),
  more: policy("sqs:::*", "sqs:*"),
};

/** Gives two actions back: one statement is added, and one action less is denied. */
export const giveBackKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "repo",
  modes: MODES,
  makeWorld: async () => {
    const store = makeStore();
    const world = await repoWorld({
      ...store.options,
      roles: [{ name: "app", inline: TAKEN, uses: USES }],
      repo: { limits: { rollingDay: { roles: 1 }, restore: { roles: 1 } } },
    });
    const rows = [
      ...await earlierVersion(world, "app", HAD),
      ...await removedVersion(world, "app", TAKEN, NAMED_RUN),
    ];
    await store.write(world, (opened) => opened.write(rows));
    world.aws.proxy.clearCalls();
    const giveBack = "repo apply --yes --give-back sns:Publish s3:GetObject " +
      `--removed-by ${NAMED_RUN} --role ${world.arn("app")}`;
    return killWorld(world, store, { app: TAKEN }, giveBack, (state) => {
      const { main = "", ...others } = state.live["app"]!;
      assert.deepEqual(others, {
        [DENY_POLICY]: denyText(["sqs:SendMessage"]),
        more: TAKEN["more"],
      });
      assert.deepEqual(JSON.parse(main).Statement, [
        ...JSON.parse(TAKEN["main"]!).Statement,
        { Effect: "Allow", Action: ["sns:Publish"], Resource: "arn:aws:s3:::a/*" },
      ]);
      assert.deepEqual(state.journal["app"]?.kind, "restore");
      assert.equal(state.spent, 1);
      assert.deepEqual(state.versions, {
        app: { before: "ManualPermissionRepo", since: ["Restore"] },
      });
    });
  },
});

/** A policy that one role alone has. */
const MANAGED = policy("s3:::c/*", "s3:List*", "sns:*");
const INLINE: Seeded[string] = { main: policy("s3:::a/*", "s3:Get*", "sqs:*") };

/**
 * Takes from a role and from its managed policy, with a proof before each and a stamp after both.
 * The stamp is not compared: a run that dies before it leaves none.
 */
export const managedKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "repo",
  modes: MODES,
  makeWorld: async () => {
    const store = makeStore();
    const world = await repoWorld({
      ...store.options,
      roles: [{ name: "app", inline: INLINE, attached: ["own"], uses: USES }],
      managed: { own: MANAGED },
      repo: {
        managedPolicies: "apply",
        checkNoNewAccess: true,
        stamp: "tag",
        limits: { perRun: { roles: 2 }, rollingDay: { roles: 2 } },
      },
    });
    const inner = killWorld(world, store, { app: INLINE }, "repo apply --yes", (state) => {
      assert.deepEqual(Object.keys(state.journal), ["app", "own"]);
      assert.equal(state.spent, 2);
    });
    return {
      ...inner,
      state: async () => ({ ...await inner.state() as State, own: await inForce(world, "own") }),
      assertWhole: async () => {
        await inner.assertWhole();
        assert.doesNotMatch(await inForce(world, "own"), /"sns:/);
      },
    };
  },
});

/** What a managed policy says now. */
async function inForce({ aws, accounts: [account = ""] }: RepoWorld, name: string) {
  const iam = new IAMClient(clientConfig(aws.endpoint, account));
  const PolicyArn = `arn:aws:iam::${account}:policy/${name}`;
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const VersionId = Policy!.DefaultVersionId;
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  iam.destroy();
  return decodeURIComponent(PolicyVersion!.Document!);
}

type State = Awaited<ReturnType<typeof repoKillState>>;

function killWorld(
  world: RepoWorld,
  store: KillStore,
  seeded: Seeded,
  command: string,
  assertWhole: (state: State) => void,
  earlier?: string,
): KillWorld {
  return {
    proxy: world.aws.proxy,
    apply: (more) => world.run(command, more),
    state: () => repoKillState(world, store, seeded, earlier),
    assertWhole: async () => {
      const state = await repoKillState(world, store, seeded, earlier);
      const { missing, strange, gained, open, unfinished } = state;
      assert.deepEqual([missing, strange, gained, open, unfinished], [[], [], [], 0, []]);
      assertWhole(state);
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
