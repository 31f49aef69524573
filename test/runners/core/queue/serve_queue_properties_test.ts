import assert from "assert";
import fc from "fast-check";
import type { MessageHandler, QueueMessage } from "../../../../runners/core/queue/queue.ts";
import { TRIES } from "../../../../runners/core/queue/serve_message.ts";
import { FIXED, generated } from "../properties.ts";
import { message, scriptedServing, storeOfServing } from "./scripted_queue.ts";

/** What happens to a message, try by try; after these nothing is in the way any more. */
interface Fate {
  readonly handling: readonly ("throws" | "retries")[];
  readonly ends: "handled" | "rejected";
  /** How often its answer cannot be sent, and its deletion fails. */
  readonly unanswered: number;
  readonly undeleted: number;
}

const fate: fc.Arbitrary<Fate> = fc.record({
  handling: fc.array(fc.constantFrom("throws" as const, "retries" as const), { maxLength: 7 }),
  ends: fc.constantFrom("handled" as const, "rejected" as const),
  unanswered: fc.nat(2),
  undeleted: fc.nat(2),
});

/** What became of a message by its last delivery. */
interface Became {
  done: number;
  answers: string[];
  deleted: boolean;
}

type Wrong = (handler: MessageHandler) => MessageHandler;

/** Delivers all that is not deleted, again and again, in batches of ten. */
async function serveAll(fates: readonly Fate[], wrong: Wrong): Promise<Became[]> {
  const tries = fates.map(() => ({ handling: 0, answering: 0, deleting: 0 }));
  const became: Became[] = fates.map(() => ({ done: 0, answers: [], deleted: false }));
  const handler: MessageHandler = {
    handle: ({ id }) => {
      const { handling, ends } = fates[Number(id)]!;
      const now = handling[tries[Number(id)]!.handling++];
      if (now === "throws") return Promise.reject(new Error("broken"));
      if (now === "retries") return Promise.resolve({ verdict: "retry", detail: "later" });
      became[Number(id)]!.done++;
      return Promise.resolve(
        ends === "handled"
          ? { verdict: "handled", answer: "done" }
          : { verdict: "rejected", reason: "bad", answer: "bad" },
      );
    },
    answer: (answer, { id }) => {
      if (tries[Number(id)]!.answering++ < fates[Number(id)]!.unanswered) {
        return Promise.reject(new Error("no topic"));
      }
      became[Number(id)]!.answers.push(String(answer));
      return Promise.resolve();
    },
    givenUp: () => "given up",
  };
  const store = storeOfServing();
  for (let receives = 1; receives <= 20; receives++) {
    const left = fates.flatMap((_, index): QueueMessage[] =>
      became[index]!.deleted ? [] : [message(String(index), { receives })]
    );
    if (left.length === 0) break;
    const batches = Array.from(
      { length: Math.ceil(left.length / 10) },
      (_, index) => left.slice(index * 10, index * 10 + 10),
    );
    const serving = scriptedServing(store, batches, wrong(handler));
    serving.queue.keeps = (ids) =>
      ids.filter((id) => tries[Number(id)]!.deleting++ < fates[Number(id)]!.undeleted);
    await serving.serve();
    for (const id of serving.queue.deleted) became[Number(id)]!.deleted = true;
  }
  return became;
}

function property(wrong: Wrong) {
  return fc.assert(
    fc.asyncProperty(fc.array(fate, { minLength: 1, maxLength: 15 }), async (fates) => {
      const became = await serveAll(fates, wrong);
      fates.forEach(({ handling, ends }, index) => {
        const givenUp = handling.length > TRIES;
        assert.deepEqual(became[index], {
          done: givenUp ? 0 : 1,
          // Where handling took nearly all tries, the answer has few of them.
          answers: became[index]!.answers.length === 0 && handling.length + 2 > TRIES
            ? []
            : [givenUp ? "given up" : ends === "handled" ? "done" : "bad"],
          deleted: true,
        });
      });
    }),
    { ...FIXED, numRuns: generated(100) },
  );
}

const NAME = "every message always ends, done or given up, once, whatever its neighbours do";

Deno.test(NAME, () => property((handler) => handler));

const MUTANTS: Readonly<Record<string, Wrong>> = {
  "swallows what is thrown": (handler) => ({
    ...handler,
    handle: (one, signal) => handler.handle(one, signal).catch(() => ({ verdict: "handled" })),
  }),
  "handles a message twice": (handler) => ({
    ...handler,
    handle: async (one, signal) => {
      await handler.handle(one, signal);
      return await handler.handle(one, signal);
    },
  }),
  "never answers": (handler) => ({ ...handler, answer: () => Promise.resolve() }),
};

for (const [what, mutant] of Object.entries(MUTANTS)) {
  Deno.test(`${NAME}: of a mutant that ${what} this does not hold`, async () => {
    await assert.rejects(property(mutant), /Property failed after/);
  });
}
