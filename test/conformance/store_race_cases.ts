import assert from "assert";
import { contend, CONTENDERS } from "./contend.ts";
import { budgetCase } from "./budget_race.ts";
import { put, rowsOf } from "./store_asking.ts";
import type { RaceCase } from "./store_conformance.ts";
import type { Claim } from "./store_contender.ts";

const COUNTS = 20;

/** Sixteen processes over the same rows. */
export const raceCases: readonly RaceCase[] = [
  {
    title: "of 16 processes that write the same revision, or make the same row, exactly one wins",
    async run({ store, place }, contender) {
      const claims: Claim[] = [];
      for (let index = 0; index < 10; index++) {
        const expect = await put(store, "claim", `there-${index}`, "before");
        claims.push({ id: `there-${index}`, expect });
        claims.push({ id: `absent-${index}`, expect: "absent" });
      }
      const answers = await contend(contender, place, (me) => ({ do: "claim", me, claims }));
      for (const [index, { id }] of claims.entries()) {
        const winners = answers.flatMap((won, me) => (won as boolean[])[index] ? [me] : []);
        assert.equal(winners.length, 1, `${id} was won by ${winners.join(", ") || "nobody"}`);
        assert.equal((await store.get("claim", id))?.value, winners[0]);
      }
    },
  },
  {
    title: "a counter that 16 processes raise, each trying again when it lost, ends exact",
    async run({ store, place }, contender) {
      await contend(contender, place, (me) => ({ do: "count", me, times: COUNTS }));
      const [row] = await rowsOf(store, "counter");
      assert.equal(row?.value, CONTENDERS * COUNTS);
    },
  },
  budgetCase,
];
