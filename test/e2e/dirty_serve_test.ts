import assert from "assert";
import { dirtyWorld } from "./dirty_world.ts";

Deno.test("a login that its instance has proven is recorded, and the instance gets its tag", async () => {
  await using world = await dirtyWorld();
  const [web, db, api] = world.instances();
  await world.send(await world.proven(web!, world.login(web!)), web!);
  await world.send(world.login(db!), db!);
  await world.send(world.login(api!), "root");
  const served = await world.json<Record<string, number>>("dirty serve --once");
  assert.deepEqual([served["handled"], served["open"], await world.waiting()], [3, 0, 0]);
  const marks = await world.marks();
  assert.deepEqual([...marks.keys()].sort(), [web!.id, db!.id].sort());
  for (const value of marks.values()) assert.match(value, /^gk1:\d{10}:pam$/);
  const shown = await world.json<{ events: { level: string; who: { user: string } }[] }>(
    `dirty show ${web!.id}`,
  );
  assert.deepEqual(shown.events.map(({ level, who }) => [level, who.user]), [[
    "attested",
    "alice",
  ]]);
});
