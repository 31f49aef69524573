import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { allowing } from "../aws/seed_roles.ts";
import { halfUsed, iamWrites, outcomes, planned, repoWorld, spared } from "./repo_world.ts";

Deno.test("on the first day everything is new; what nobody uses goes once it is no longer", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("app"), halfUsed("young", { ageDays: 80 })],
    repo: { trustFirstScan: false },
  });
  const first = await world.run("repo plan");
  assert.equal(first.code, 0);
  assert.match(first.stdout, /New +All 2,014 permissions are new and are kept until/);
  const said = first.stdout.replaceAll(/\s+/g, " ");
  assert.match(said, /\(in 14 days\), if the clock starts now\./);
  assert.match(said, /827 of them would be removed then\./);
  assert.match(first.stdout, /To start the clock:\n {2}groundskeeper repo report\n$/);

  await world.run("repo refresh");
  world.setDay(13.9);
  assert.deepEqual((await world.json<PlanDocument>("repo plan")).changes, []);
  // Given on the last day: only this permission is new.
  await world.put("app", "late", allowing("sns:Publish"));
  await world.run("repo refresh");
  world.setDay(15);
  const plan = await world.json<PlanDocument>("repo plan");
  assert.deepEqual([planned(plan), spared(plan)], [["app", "young"], {}]);
  assert.deepEqual(outcomes(await world.json<RunDocument>("repo apply --yes")), {
    app: "done",
    young: "done",
  });
  const { late, main } = await world.policies("app");
  assert.deepEqual(JSON.parse(late!).Statement[0].Action, ["sns:Publish"]);
  assert.deepEqual(JSON.parse(main!).Statement[0].Action, ["s3:*"]);
  // What a later scan than the first found stays for the complete window.
  world.setDay(29);
  assert.deepEqual(planned(await world.json("repo plan")), []);
  world.setDay(104);
  const [account] = world.accounts;
  const s3 = new Date(world.aws.proxy.now() - 86_400_000).toISOString();
  world.aws.proxy.lastAccessed.use(account!, "app", { s3 });
  const later = await world.run(`repo plan --role ${account}/app`);
  assert.match(later.stdout, /sns +1\s+not used since it was first seen 90 days ago/);
});

Deno.test("a schedule freezes what goes, waits for its day, and takes only what may still go", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("app"), halfUsed("batch"), halfUsed("cron"), halfUsed("kept")],
  });
  await world.run("repo refresh");
  const [account] = world.accounts;
  const until = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const optOut = `repo opt-out ${account}/kept --owner alice --reason quarterly`;
  assert.equal((await world.run(`${optOut} --until ${until}`)).code, 0);
  const twice = await world.run(`${optOut} --until ${until}`);
  assert.deepEqual([twice.code, /by alice: quarterly/.test(twice.said)], [2, true]);
  assert.equal((await world.run(`repo opt-out ${account}/app --owner alice`)).code, 2);

  const { stdout, code } = await world.run("repo schedule");
  assert.equal(code, 0);
  assert.match(stdout, /^Scheduled 2,481 permissions of 3 of 4 roles, due .* UTC\n/);
  assert.match(stdout, /app +account-0 +827\n/);
  assert.match(stdout, /1 role could lose something and is left alone; plan says why/);
  const list = await world.json<{ role: string; state: string }[]>("repo schedule --list");
  assert.deepEqual(list.map(({ role, state }) => `${role} ${state}`).sort(), [
    "app pending",
    "batch pending",
    "cron pending",
  ]);
  await world.run(`repo schedule --cancel --role ${account}/cron`);
  const early = await world.json<RunDocument>("repo apply --yes --scheduled");
  assert.deepEqual([early.changes, iamWrites(world)], [[], []]);

  world.setDay(8);
  // Since then one began to use EC2, and the other was given more that nobody uses.
  world.aws.proxy.lastAccessed.use(account!, "app", {
    s3: new Date(world.aws.proxy.now() - 86_400_000).toISOString(),
    ec2: new Date(world.aws.proxy.now() - 86_400_000).toISOString(),
  });
  await world.put("batch", "third", allowing("sns:Publish"));
  const run = await world.json<RunDocument>("repo apply --yes --scheduled");
  assert.deepEqual(outcomes(run), { app: "done", batch: "done" });
  const app = await world.policies("app");
  assert.deepEqual(JSON.parse(app["main"]!).Statement[0].Action, ["s3:*", "ec2:*"]);
  assert.deepEqual(JSON.parse(app["more"]!).Statement[0].Action, ["s3:Get*"]);
  const batch = await world.policies("batch");
  assert.deepEqual(Object.keys(batch), ["main", "more", "third"]);
  assert.deepEqual(JSON.parse(batch["main"]!).Statement[0].Action, ["s3:*"]);
  assert.deepEqual(await world.json("repo schedule --list"), []);
  // The opt-out is over, and what was canceled is free again.
  assert.deepEqual(planned(await world.json("repo plan")), ["cron", "kept"]);
});
