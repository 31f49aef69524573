import assert from "assert";
import { openSqliteStoreReadOnly } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { TAGS } from "../../runners/dirty/ledger.ts";
import { type DirtyWorld, dirtyWorld, type Where } from "./dirty_world.ts";

const ONE = { groups: [{ name: "web", count: 1, instanceProfile: "web" }] };

const CLEAR = ["--reason", "rebuilt", "--yes"].join(" ");

/** What the ledger says that the tag of an instance is. */
async function tagOf({ directory }: DirtyWorld, { account, id }: Where) {
  const store = openSqliteStoreReadOnly(`${directory}/groundskeeper.db`);
  const tag = (await TAGS.of(account).get(store, id))?.value;
  store.close();
  return tag;
}

async function dirtyInstance(world: DirtyWorld): Promise<Where> {
  const [web] = world.instances();
  await world.send(world.login(web!), web!);
  assert.equal((await world.run("dirty serve --once")).code, 0);
  return web!;
}

Deno.test("a cleared instance is clean, cannot be cleared twice, and is dirty again by the next login", async () => {
  await using world = await dirtyWorld(ONE);
  const web = await dirtyInstance(world);
  assert.equal((await world.run(`dirty clear ${web.id} --yes`)).code, 2);
  assert.equal((await world.run(`dirty clear ${web.id} ${CLEAR}`)).code, 0);
  assert.deepEqual([...await world.marks()], []);
  const twice = await world.run(`dirty clear ${web.id} ${CLEAR}`);
  assert.equal(twice.code, 2);
  assert.match(twice.stderr, /Nothing to clear/);
  // Nobody has logged in meanwhile.
  assert.equal((await world.run("dirty serve --once")).code, 0);
  assert.deepEqual([...await world.marks()], []);
  await dirtyInstance(world);
  const tag = await tagOf(world, web);
  assert.deepEqual([tag?.state, (await world.marks()).get(web.id)], ["written", tag?.value]);
});

const SERVED = "and is served at once";
const RECORDED = "and is recorded by a service that can write no tag";

/** The call of a clearance at which somebody logs in, and what becomes of the login then. */
const RACES = [
  ["before the plan", "sts:AssumeRole", "beforeForward", SERVED],
  ["before the tag is removed", "ec2:DeleteTags", "beforeForward", SERVED],
  ["before the tag is removed", "ec2:DeleteTags", "beforeForward", RECORDED],
  ["after the tag is removed", "ec2:DeleteTags", "afterEffect", RECORDED],
] as const;

for (const [when, action, hook, how] of RACES) {
  Deno.test(`a login that comes during a clearance, ${when}, ${how}, has its tag in the end`, async () => {
    await using world = await dirtyWorld(ONE);
    const web = await dirtyInstance(world);
    let isIn = false;
    const restore = world.aws.proxy.onCall((call) => {
      if (isIn) {
        const isMark = call.parameters["RoleArn"]?.endsWith("-mark") && how === RECORDED;
        return isMark ? { kind: "error", code: "AccessDenied", status: 403 } : undefined;
      }
      if (call.action !== action) return undefined;
      isIn = true;
      const login = async () => {
        await world.send(world.login(web), web);
        await world.run("dirty serve --once");
      };
      return { kind: "delay", ms: 0, [hook]: login };
    });
    const { stdout } = await world.run(`dirty clear ${web.id} ${CLEAR}`);
    assert.equal(isIn, true);
    restore();
    const { open } = await world.json<{ open: number }>("dirty serve --once");
    assert.equal(open, 0, stdout);
    const tag = await tagOf(world, web);
    assert.deepEqual([tag?.state, (await world.marks()).get(web.id)], ["written", tag?.value]);
    const list = await world.json<{ id: string }[]>("dirty list");
    assert.deepEqual(list.map(({ id }) => id), [web.id]);
  });
}

Deno.test("an instance whose tag is just being written is not cleared", async () => {
  await using world = await dirtyWorld(ONE);
  const [web] = world.instances();
  await world.send(world.login(web!), web!);
  let clearing: Promise<{ code: number; stdout: string }> | undefined;
  world.aws.proxy.onCall(({ action }) => {
    if (action !== "ec2:CreateTags" || clearing) return undefined;
    const beforeForward = async () => {
      clearing = world.run(`dirty clear ${web!.id} ${CLEAR}`);
      await clearing;
    };
    return { kind: "delay", ms: 0, beforeForward };
  });
  assert.equal((await world.run("dirty serve --once")).code, 0);
  const { code, stdout } = await clearing!;
  assert.notEqual(code, 0);
  assert.match(stdout, /serve is writing its tag/);
  assert.equal((await world.marks()).size, 1);
  assert.equal((await world.run(`dirty clear ${web!.id} ${CLEAR}`)).code, 0);
  assert.equal((await world.marks()).size, 0);
});
