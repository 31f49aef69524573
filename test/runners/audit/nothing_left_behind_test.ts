import assert from "assert";
import fc from "fast-check";
import { CANARIES } from "../../../runners/audit/canary/canary.ts";
import type { AuditConfig } from "../../../runners/audit/config.ts";
import { Fleet } from "./fleet.ts";
import { anInstance, configOf, DEV, idOf, YESTERDAY } from "./world.ts";
import { generated } from "../core/properties.ts";

/** What the audit began and could not finish is put back or reported. */

const LIMITS = {
  perRun: { count: 100, percent: 100 },
  perAccount: { count: 100 },
  rollingDay: { count: 100 },
};

const lifting = configOf({
  required: [{ key: "owner" }],
  enforce: { accounts: [DEV] },
  ladder: [{ after: "0m", do: "mark" }, { after: "3d", do: "terminate" }],
  protection: "lift",
  limits: LIMITS,
});

const ONE = idOf(1);
const created = "2026-01-01T00:00:00.000Z";

/** A fleet whose protected instance was about to be terminated when the run was killed. */
async function lifted(): Promise<Fleet> {
  const world = new Fleet();
  world.east = [anInstance(1, { created, protection: { termination: true, stop: false } })];
  await world.apply(lifting);
  await world.pass(80);
  await world.report(lifting);
  await world.pass(1);
  world.fates.set(ONE, "killed before");
  await world.killed(lifting);
  world.tag(ONE, { owner: "alice" });
  return world;
}

/** What happens between two runs, or to one. */
const happening = fc.constantFrom(
  ...[
    "apply",
    "apply, refused",
    "apply, killed after",
    "apply, killed before",
    "apply, blind",
    "report",
    "hide",
    "empty",
    "tag",
    "untag",
    "enforce",
    "do not enforce",
    "respect",
    "day",
    "month",
  ] as const,
);

Deno.test("whatever happens, a protection that was lifted is back after two runs, or the instance is gone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 14 }), async (happenings) => {
      const world = await lifted();
      world.tag(ONE, { owner: undefined });
      const there = [...world.east, anInstance(2, { created, tags: { owner: "bob" } })];
      let config: AuditConfig = lifting;
      for (const what of happenings) {
        if (what.endsWith("tag")) world.east = there;
        if (what === "apply, refused") world.fates.set(ONE, "refused");
        if (what === "apply, killed after") world.fates.set(ONE, "killed after");
        if (what === "apply, killed before") world.fates.set(ONE, "killed before");
        if (what === "apply, blind") world.fates.set(ONE, "done, then blind");
        if (what.startsWith("apply")) await world.perhapsKilled(config);
        if (what === "report") await world.report(config);
        if (what === "hide") world.east = there.slice(1);
        if (what === "empty") world.east = [];
        if (what === "day") await world.pass(24);
        if (what === "month") await world.pass(720);
        const accounts = what === "enforce" ? [DEV] : what === "do not enforce" ? [] : null;
        if (accounts) config = { ...config, enforce: { ...config.enforce, accounts } };
        if (what === "respect") config = { ...config, protection: "respect" };
        if (what === "tag") world.tag(ONE, { owner: "alice" });
        if (what === "untag") world.tag(ONE, { owner: undefined });
        world.fates.clear();
        if (there[0]!.state === "terminated") return;
      }
      world.east = there;
      world.tag(ONE, { owner: "alice" });
      await world.pass(2);
      await world.apply(lifting);
      await world.pass(1);
      await world.apply(lifting);
      assert.equal(isProtected(world), true);
    }),
    {
      numRuns: Number(Deno.env.get("STORIES") ?? generated(30, 8)),
      seed: Number(Deno.env.get("SEED") ?? 7),
    },
  );
});

const isProtected = (world: Fleet) => world.find(ONE)!.protection!.termination;

Deno.test("a protection that a killed run has lifted is put back", async () => {
  const world = await lifted();
  await world.apply(lifting);
  assert.equal(isProtected(world), true);
});

Deno.test("a protection that was lifted is put back also when one answer was empty", async () => {
  const world = await lifted();
  const there = world.east;
  world.east = [];
  await world.apply(lifting);
  world.east = there;
  await world.apply(lifting);
  assert.equal(isProtected(world), true);
});

Deno.test("a protection that was lifted is put back also when one answer left the instance out", async () => {
  const world = await lifted();
  const there = world.east;
  world.east = [anInstance(2, { created, tags: { owner: "bob" } })];
  await world.apply(lifting);
  world.east = there;
  await world.apply(lifting);
  assert.equal(isProtected(world), true);
});

Deno.test("a lifted protection is told where its account is not enforced any more", async () => {
  const world = await lifted();
  const reported: AuditConfig = { ...lifting, enforce: { ...lifting.enforce, accounts: [] } };
  const { plan } = await world.apply(reported);
  assert.deepEqual(plan.spared.map(({ reason }) => reason), ["protection-lifted"]);
  await world.apply(lifting);
  assert.equal(isProtected(world), true);
});

Deno.test("a run that is killed in a region which is then left out does not use up the budget for ever", async () => {
  const world = new Fleet();
  const tight: AuditConfig = {
    ...lifting,
    limits: { ...lifting.limits, perRun: { count: 1, percent: 100 } },
  };
  world.places.set(`${DEV}/us-west-2`, [anInstance(1, { created })]);
  world.fates.set(ONE, "killed before");
  await world.killed(tight);
  world.places.delete(`${DEV}/us-west-2`);
  world.east = [anInstance(2, { created })];
  assert.equal((await world.apply(tight)).exitCode, 0);
  assert.deepEqual(world.effects, [`mark ${idOf(2)}`]);
});

Deno.test("a run over a share leaves open what was begun in a region that it does not look at", async () => {
  const world = new Fleet();
  world.places.set(`${DEV}/us-west-2`, [anInstance(1, { created })]);
  world.fates.set(ONE, "killed before");
  await world.killed(lifting);
  world.east = [anInstance(2, { created })];
  await world.apply(lifting, { options: { regions: ["us-east-1"] } });
  const entry = (await world.journal()).find(({ target }) => target.endsWith(ONE));
  assert.equal(entry?.outcome, null);
});

const withCanary = configOf({
  required: [{ key: "owner" }],
  enforce: { accounts: [DEV] },
  limits: LIMITS,
  canary: { mode: "when-enforcing", tags: { owner: "canary" } },
});

Deno.test("a canary whose stamp cannot be written is no run that was done: old answers would pass", async () => {
  const world = new Fleet();
  world.east = [anInstance(9, { created, state: "stopped", tags: { owner: "canary" } })];
  await world.put(
    CANARIES.write(`${DEV}/us-east-1`, { instance_id: idOf(9), how: "created", at: YESTERDAY }),
  );
  world.fates.set(idOf(9), "refused");
  const { exitCode, run } = await world.apply(withCanary);
  assert.deepEqual(run!.ownWrites.map(({ outcome }) => outcome), ["failed"]);
  assert.equal(exitCode, 3);
  await world.pass(1);
  assert.equal((await world.apply(withCanary)).exitCode, 0);
});
