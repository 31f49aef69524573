import assert from "assert";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../runners/adapters/sqlite/sqlite_store.ts";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import { UNBOUNDED } from "../../runners/core/limits/limits.ts";
import { reservationsOf } from "../../runners/core/limits/reservations.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { earlierVersion } from "./repo_earlier_version.ts";
import { allowing } from "../aws/seed_roles.ts";
import { halfUsedRoles, type RepoWorld, repoWorld } from "./repo_world.ts";

const THEN = { main: JSON.stringify(allowing("s3:*", "ec2:*", "sqs:*")) };

/**
 * Holds runs after they have read a role again, right before they announce their writes, until so
 * many have: then none of them knows of the others.
 */
function meet(world: RepoWorld, role: string, runs: number): void {
  const met = Promise.withResolvers<void>();
  const arrived = new Set<string>();
  world.aws.proxy.onCall(async ({ action, parameters, principal }) => {
    if (action !== "iam:ListRolePolicies" || parameters["RoleName"] !== role) return undefined;
    arrived.add(principal!);
    if (arrived.size === runs) met.resolve();
    await met.promise;
    return undefined;
  });
}

/** Which sessions have written a role. */
function writers(world: RepoWorld, role: string): Set<string> {
  return new Set(
    world.aws.proxy.calls.filter(({ action, parameters }) =>
      /^iam:(Put|Delete)RolePolicy$/.test(action) && parameters["RoleName"] === role
    ).map(({ principal }) => principal!),
  );
}

const CASES = [
  ["three removals", ["", "", ""]],
  ["a removal and a restore", ["", " --restore 1"]],
] as const;

for (const [what, flags] of CASES) {
  Deno.test(`of ${what} of one role at the same time exactly one is made`, async () => {
    await using world = await repoWorld({ roles: halfUsedRoles(1) });
    const store = openSqliteStore(`${world.directory}/groundskeeper.db`);
    await store.write(await earlierVersion(world, "app-0", THEN));
    store.close();
    world.aws.proxy.clearCalls();
    meet(world, "app-0", flags.length);
    const runs = await Promise.all(
      flags.map((more) =>
        world.json<RunDocument>(`repo apply --yes --role ${world.arn("app-0")}${more}`)
      ),
    );
    const outcomes = runs.flatMap(({ changes }) => changes.map(({ outcome }) => outcome));
    assert.equal(outcomes.filter((outcome) => outcome === "done").length, 1);
    // A run that reads again while the other writes sees the role drift.
    const others = outcomes.filter((outcome) => outcome !== "done");
    assert.ok(others.every((one) => one === "skipped" || one === "drifted"), others.join());
    assert.equal(writers(world, "app-0").size, 1);
    const winner = runs.find(({ changes }) => changes[0]!.outcome === "done")!;
    assert.ok([...writers(world, "app-0")][0]!.includes(winner.run_id));
    const journal = await world.json<JournalEntry[]>("changes");
    assert.deepEqual(journal.map(({ run_id, outcome }) => [run_id, outcome]), [
      [winner.run_id, "done"],
    ]);
    assert.deepEqual(
      Object.keys(await world.policies("app-0")).sort(),
      Object.entries(winner.changes[0]!.after["policies"] as Record<string, string | null>)
        .filter(([, text]) => text !== null).map(([name]) => name).sort(),
    );
    // Nothing is left under way.
    assert.equal((await world.run("repo apply --yes")).code, 0);
  });
}

Deno.test("of two runs over the same roles each role is written by one, and the budget is spent once", async () => {
  await using world = await repoWorld({
    roles: halfUsedRoles(4),
    repo: { limits: { perRun: { roles: 8 }, rollingDay: { roles: 8 } } },
  });
  meet(world, "app-0", 2);
  const runs = await Promise.all([1, 2].map(() => world.json<RunDocument>("repo apply --yes")));
  const outcomes = Map.groupBy(runs.flatMap(({ changes }) => changes), ({ target }) => target);
  assert.equal(outcomes.size, 4);
  for (const [target, changes] of outcomes) {
    const done = changes.filter(({ outcome }) => outcome === "done");
    assert.equal(done.length, 1, `${target}: ${changes.map(({ outcome }) => outcome)}`);
    const others = changes.filter((one) => one !== done[0]).map(({ outcome }) => outcome);
    assert.ok(others.every((one) => one === "skipped" || one === "drifted"), others.join());
    assert.equal(writers(world, target.split("/").at(-1)!).size, 1);
  }
  const store = openSqliteStoreReadOnly(`${world.directory}/groundskeeper.db`);
  const { reservations } = await reservationsOf(store, "repo", { limits: UNBOUNDED, share: false });
  store.close();
  const spent = reservations.flatMap(({ wanted }) => wanted).map(({ count }) => count);
  assert.equal(spent.reduce((sum, count) => sum + count, 0), 4);
  assert.ok(reservations.every(({ finished }) => finished));
});
