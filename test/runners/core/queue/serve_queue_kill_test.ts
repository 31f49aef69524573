import assert from "assert";
import type { MessageHandler } from "../../../../runners/core/queue/queue.ts";
import { message, scriptedServing, storeOfServing } from "./scripted_queue.ts";

/** Each call is either killed before it has its effect, or after. */
type When = "before" | "after";

/** Ends the program at a call: what was called never answers, and nothing more happens. */
class Killer {
  #calls = 0;
  readonly #killed = Promise.withResolvers<void>();
  readonly killed = this.#killed.promise;

  constructor(private readonly at: number, private readonly when: When) {}

  async call<Value>(effect: () => Promise<Value>): Promise<Value> {
    const mine = ++this.#calls;
    if (mine > this.at) return await new Promise<never>(() => {});
    const value = mine === this.at && this.when === "before" ? undefined : await effect();
    if (mine < this.at) return value!;
    this.#killed.resolve();
    return await new Promise<never>(() => {});
  }
}

/** Serves two messages, is killed at a call, and is started again until all is deleted. */
async function killedAt(at: number, when: When) {
  const done: string[] = [];
  const answered: string[] = [];
  const deleted = new Set<string>();
  const store = storeOfServing();
  let killed = false;
  for (let receives = 1; deleted.size < 2; receives++) {
    assert.ok(receives < 5, "it does not end");
    const killer = new Killer(receives === 1 ? at : Infinity, when);
    const handler: MessageHandler = {
      handle: ({ id }) =>
        killer.call(() => {
          done.push(id);
          return Promise.resolve(
            id === "bad"
              ? { verdict: "rejected", reason: "bad", answer: "no" }
              : { verdict: "handled", answer: "yes" },
          );
        }),
      answer: (answer, { id }) =>
        killer.call(() => Promise.resolve(void answered.push(`${id} ${answer}`))),
    };
    const killable = store.reopen();
    killable.get = (...key) => killer.call(() => store.get(...key));
    killable.write = (writes) => killer.call(() => store.write(writes));
    killable.writeEach = (...rows) => killer.call(() => store.writeEach(...rows));
    const batch = ["good", "bad"].filter((id) => !deleted.has(id))
      .map((id) => message(id, { receives }));
    const serving = scriptedServing(killable, [batch], handler);
    const { queue } = serving;
    const remove = queue.delete.bind(queue);
    queue.delete = (messages) =>
      killer.call(async () => {
        const undeleted = await remove(messages);
        for (const { id } of messages) deleted.add(id);
        return undeleted;
      });
    const died = await Promise.race([
      serving.serve().then(() => false),
      killer.killed.then(() => true),
    ]);
    killed ||= died;
  }
  return {
    done,
    answered,
    killed,
    rows: await Array.fromAsync(store.list("repo/rejected-message")),
  };
}

Deno.test("killed at any call and started again, every message is done and answered", async () => {
  let points = 0;
  for (const when of ["before", "after"] as const) {
    for (let at = 1;; at++) {
      const { done, answered, killed, rows } = await killedAt(at, when);
      if (!killed) break;
      points++;
      const where = `killed ${when} call ${at}: ${done}; ${answered}`;
      assert.deepEqual([...new Set(done)].sort(), ["bad", "good"], where);
      assert.deepEqual([...new Set(answered)].sort(), ["bad no", "good yes"], where);
      // Only between its effect and its row can a call be forgotten, and only one.
      assert.ok(done.length <= 3 && answered.length <= 3, where);
      assert.ok(done.length + answered.length <= 5, where);
      assert.equal(rows.length, 1, where);
    }
  }
  assert.ok(points >= 20, String(points));
});
