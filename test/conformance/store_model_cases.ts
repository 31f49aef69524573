import assert from "assert";
import * as fc from "fast-check";
import type { Json } from "../../runners/core/json.ts";
import type { Row, Store, Write } from "../../runners/core/store/store.ts";
import { isWritten, rowsOf } from "./store_asking.ts";
import type { CaseClock, StoreCase } from "./store_conformance.ts";
import { generated } from "../runners/core/properties.ts";

/** Fixed, so that a failure is the same tomorrow; fast-check prints it with the counterexample. */
const SEED = 20_261_121;
const RUNS = generated(60, 15);

const KINDS = ["mark", "Mark"];
const IDS = ["a", "A", "a%", "a_", "ab", "~", "\x7f"];
const PREFIXES = [undefined, "", "a", "A", "a%", "a_", "~", "\x7f", "b"];

/** A write whose expectation is said in the model's words, since revisions are the store's. */
interface Step {
  readonly kind: string;
  readonly id: string;
  readonly value: Json | undefined;
  readonly expect: "nothing" | "absent" | "the revision it has" | "a revision it had";
  /** After how many turns the row is over; null: never. */
  readonly turns: number | null;
}

/** How much later each turn is than the one before, in milliseconds. */
const TURN_MS = 1_000;

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS),
  id: fc.constantFrom(...IDS),
  value: fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>),
  expect: fc.constantFrom<Step["expect"]>(
    "nothing",
    "nothing",
    "absent",
    "the revision it has",
    "the revision it has",
    "a revision it had",
  ),
  turns: fc.constantFrom(null, null, 1, 2),
});

const lists = fc.array(
  fc.uniqueArray(step, { maxLength: 5, selector: ({ kind, id }) => `${kind} ${id}` }),
  { minLength: 1, maxLength: 25, size: "max" },
);

/** The store as a map: the rows that are there, and every revision that a key ever had. */
class Model {
  readonly rows = new Map<string, Row & { readonly end: Date | undefined }>();
  readonly #had = new Map<string, number[]>();

  constructor(private readonly clock: CaseClock) {}

  /** A turn later, some rows are over. */
  advance(): void {
    this.clock.advance(TURN_MS);
    for (const [key, { end }] of this.rows) {
      if (end !== undefined && end <= this.clock.now()) this.rows.delete(key);
    }
  }

  /** The write, and whether its expectation holds. */
  translate(step: Step): { write: Write; holds: boolean } {
    const { kind, id, value, expect, turns } = step;
    const expires = turns === null
      ? {}
      : { expires: new Date(this.clock.now().getTime() + turns * TURN_MS) };
    const write: Write = { kind, id, value, ...expires };
    const row = this.rows.get(keyOf(kind, id));
    const old = this.#had.get(keyOf(kind, id))?.find((revision) => revision !== row?.revision);
    switch (expect) {
      case "nothing":
        return { write, holds: true };
      case "absent":
        return { write: { ...write, expect }, holds: row === undefined };
      case "the revision it has":
        return { write: { ...write, expect: row?.revision ?? 1 }, holds: row !== undefined };
      case "a revision it had":
        return { write: { ...write, expect: old ?? 987_654_321 }, holds: false };
    }
  }

  /** Takes over what a write did, with the revision that the store gave. */
  async learn(store: Store, { kind, id, value, expires }: Write): Promise<void> {
    const key = keyOf(kind, id);
    const row = await store.get(kind, id);
    if (value === undefined) {
      assert.equal(row, undefined);
      this.rows.delete(key);
      return;
    }
    assert.ok(row);
    const had = this.#had.get(key) ?? [];
    assert.ok(!had.includes(row.revision), `revision ${row.revision} was given twice`);
    this.#had.set(key, [...had, row.revision]);
    // As JSON has it: -0 is 0.
    const end = expires === "retained" ? undefined : expires;
    this.rows.set(key, { ...row, value: JSON.parse(JSON.stringify(value)), end });
  }

  list(kind: string, prefix = ""): Row[] {
    return [...this.rows.values()]
      .filter((row) => row.kind === kind && row.id.startsWith(prefix))
      .sort((a, b) => a.id < b.id ? -1 : 1)
      .map(({ end: _, ...row }) => row);
  }
}

/** Generated writes against a map. */
export const modelCases: readonly StoreCase[] = [
  {
    title: "after any writes it holds what a map would hold",
    async run({ store }, clock) {
      await fc.assert(
        fc.asyncProperty(lists, async (turns) => {
          await clear(store);
          const model = new Model(clock);
          for (const steps of turns) {
            model.advance();
            const translated = steps.map((step) => model.translate(step));
            const writes = translated.map(({ write }) => write);
            const holds = translated.every((one) => one.holds);
            assert.equal(await isWritten(store, writes), holds);
            if (holds) { for (const write of writes) await model.learn(store, write); }
            for (const kind of KINDS) {
              assert.deepEqual(await rowsOf(store, kind), model.list(kind));
            }
          }
          for (const prefix of PREFIXES) {
            for (const kind of KINDS) {
              assert.deepEqual(await rowsOf(store, kind, prefix), model.list(kind, prefix));
            }
          }
        }),
        { seed: SEED, numRuns: RUNS },
      );
    },
  },
];

async function clear(store: Store): Promise<void> {
  for (const kind of KINDS) {
    for (const { id } of await rowsOf(store, kind)) {
      await store.write([{ kind, id, value: undefined }]);
    }
  }
}

function keyOf(kind: string, id: string): string {
  return JSON.stringify([kind, id]);
}
