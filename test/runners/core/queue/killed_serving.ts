import assert from "assert";
import type { MessageHandler } from "../../../../runners/core/queue/queue.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { ManualClock } from "../manual_clock.ts";
import { message, scriptedServing } from "./scripted_queue.ts";

/** When messages are served: no server deletes their rows for being over. */
export const SERVING = new ManualClock("2100-01-01T00:00:00.000Z");

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
async function killedAt(store: Store, at: number, when: When) {
  const done: string[] = [];
  const answered: string[] = [];
  const deleted = new Set<string>();
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
    const killable: Store = {
      get: (...key) => killer.call(() => store.get(...key)),
      list: (...rows) => store.list(...rows),
      write: (writes) => killer.call(() => store.write(writes)),
      writeEach: (...rows) => killer.call(() => store.writeEach(...rows)),
      close: () => {},
    };
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
      serving.serve({ clock: SERVING }).then(() => false),
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

/**
 * Serves two messages, over and over, each time killed at another call, and asserts that every message
 * is done and answered in the end.
 *
 * @param openStore opens an empty store, whose time is that of {@linkcode SERVING}
 */
export async function serveKilledAtEveryCall(openStore: () => Promise<Store>): Promise<void> {
  let points = 0;
  for (const when of ["before", "after"] as const) {
    for (let at = 1;; at++) {
      const store = await openStore();
      const { done, answered, killed, rows } = await killedAt(store, at, when);
      store.close();
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
}
