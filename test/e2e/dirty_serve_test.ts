import assert from "assert";
import { AN_IDENTITY_DOCUMENT } from "../runners/dirty/messages/login_message.ts";
import { dirtyWorld, startedSession, type Where } from "./dirty_world.ts";

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

/** What Skunky's client sends: the instance identity document. */
function identityDocument({ id, region, account }: Where) {
  return { ...AN_IDENTITY_DOCUMENT, instanceId: id, region, accountId: account };
}

Deno.test("a message of Skunky's client marks its instance if that has sent it, and no other", async () => {
  await using world = await dirtyWorld();
  const [web, db, api] = world.instances() as [Where, Where, Where];
  await world.send(identityDocument(web), web);
  await world.send(identityDocument(db), "root");
  await world.send(identityDocument(api), web);
  const served = await world.json<Record<string, number>>("dirty serve --once");
  assert.deepEqual([served["handled"], served["rejected"], served["open"]], [2, 1, 0]);
  const marks = await world.marks();
  assert.deepEqual([...marks.keys()], [web.id]);
  assert.match(marks.get(web.id)!, /^gk1:\d{10}:skunky$/);
});

type RejectedMessage = { readonly message_id: string; readonly reason: string };

Deno.test("the logins of an account that joins are rejected before, and marked when they are requeued", async () => {
  await using world = await dirtyWorld({
    accounts: 2,
    groups: [{ name: "web", count: 1, instanceProfile: "web" }],
  });
  const [one, two] = world.accounts.map((id, at) => ({ id, name: `account-${at}` }));
  const [web] = world.instances(1) as [Where];
  world.configure({}, { accounts: [one] });
  await world.send(world.login(web), web);
  await world.send(startedSession(web), "root", world.eventsQueueUrl);
  const before = await world.json<Record<string, number>>("dirty serve --once");
  assert.deepEqual([before["rejected"], before["open"]], [2, 0]);
  const rejected = await world.json<RejectedMessage[]>("dirty rejected");
  assert.deepEqual(rejected.map(({ reason }) => reason), Array(2).fill("account-not-ours"));
  assert.equal((await world.marks(1)).size, 0);

  world.configure({}, { accounts: [one, two] });
  for (const { message_id } of rejected) {
    assert.equal((await world.run(`dirty rejected --requeue ${message_id}`)).code, 0);
  }
  const after = await world.json<Record<string, number>>("dirty serve --once");
  assert.deepEqual([after["handled"], after["open"]], [2, 0]);
  assert.deepEqual([...(await world.marks(1)).keys()], [web.id]);
  const { events } = await world.json<{ events: { level: string }[] }>(`dirty show ${web.id}`);
  assert.deepEqual(events.map(({ level }) => level), ["verified", "verified"]);
  assert.deepEqual(await world.json("dirty rejected"), []);
});

Deno.test("if the store of the ledger is gone, serve receives nothing, and the login is recorded later", async () => {
  await using world = await dirtyWorld({
    groups: [{ name: "web", count: 1, instanceProfile: "web" }],
  });
  const [web] = world.instances() as [Where];
  await world.send(world.login(web), web);
  const path = `${world.directory}/groundskeeper.db`;
  await Deno.mkdir(path);
  assert.equal((await world.run("dirty serve --once")).code, 1);
  assert.equal(await world.waiting(), 1);
  await Deno.remove(path);
  assert.equal((await world.run("dirty serve --once")).code, 0);
  assert.deepEqual([...(await world.marks()).keys()], [web.id]);
});
