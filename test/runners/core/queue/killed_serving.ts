import assert from "assert";
import type { MessageHandler, MessageOutcome } from "../../../../runners/core/queue/queue.ts";
import { TRIES } from "../../../../runners/core/queue/serve_message.ts";
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

/** What a message asks for. "stuck" cannot be carried out at first, and may never be given up. */
const IDS = ["good", "bad", "stuck"] as const;

/** Serves messages, is killed at a call, and is started again until nothing is to be done. */
async function killedAt(store: Store, at: number, when: When) {
  const done: string[] = [];
  const answered: string[] = [];
  const deleted = new Set<string>();
  const left = () => Array.fromAsync(store.list("repo/deferred-message"));
  let killed = false;
  for (let run = 1; deleted.size < IDS.length || (await left()).length > 0; run++) {
    assert.ok(run < 8, `killed ${when} call ${at}, it does not end`);
    let isDown = run === 1;
    const killer = new Killer(run === 1 ? at : Infinity, when);
    const handler: MessageHandler = {
      neverGivenUp: ({ id }) => id === "stuck",
      handle: ({ id }) =>
        killer.call((): Promise<MessageOutcome> => {
          if (id === "stuck" && isDown) {
            return Promise.resolve({ verdict: "retry", detail: "it is down" });
          }
          done.push(id);
          return Promise.resolve(
            id === "bad" ? { verdict: "rejected", reason: "bad", answer: "no" } : {
              verdict: "handled",
              answer: "yes",
              // Each try would leave one more.
              rows: [{ kind: "repo/effect", id: `${id}-${done.length}`, value: 1 }],
            },
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
    const batch = IDS.filter((id) => !deleted.has(id))
      .map((id) => message(id, { receives: id === "stuck" ? TRIES + run : run }));
    const serving = scriptedServing(killable, [
      batch,
      // What is stored is due by now, and can be carried out.
      async () => {
        isDown = false;
        await SERVING.advance(60_000);
        return [];
      },
    ], handler);
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
    await SERVING.advance(60_000);
  }
  return {
    done,
    answered,
    killed,
    rejected: await Array.fromAsync(store.list("repo/rejected-message")),
    effects: await Array.fromAsync(store.list("repo/effect"), ({ id }) => id.split("-")[0]),
  };
}

/**
 * Serves messages, over and over, each time killed at another call, and asserts that every message is
 * done and answered in the end, and that what its rows say is there once.
 *
 * @param openStore opens an empty store, whose time is that of {@linkcode SERVING}
 */
export async function serveKilledAtEveryCall(openStore: () => Promise<Store>): Promise<void> {
  let points = 0;
  for (const when of ["before", "after"] as const) {
    for (let at = 1;; at++) {
      const store = await openStore();
      const { done, answered, killed, rejected, effects } = await killedAt(store, at, when);
      store.close();
      if (!killed) break;
      points++;
      const where = `killed ${when} call ${at}: ${done}; ${answered}`;
      assert.deepEqual([...new Set(done)].sort(), ["bad", "good", "stuck"], where);
      assert.deepEqual([...new Set(answered)].sort(), ["bad no", "good yes", "stuck yes"], where);
      // Only between its effect and its row can a call be forgotten, of each message in hand.
      for (const calls of [done, answered]) {
        assert.ok(calls.every((one) => calls.filter((other) => other === one).length <= 2), where);
      }
      assert.ok(done.length + answered.length <= 8, where);
      assert.deepEqual([rejected.length, effects.sort()], [1, ["good", "stuck"]], where);
    }
  }
  assert.ok(points >= 30, String(points));
}
