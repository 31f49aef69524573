import assert from "assert";
import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import { loadSnapshot, saveSnapshot } from "../../../runners/core/run/snapshot.ts";
import { toDisk } from "./files/faulty_disk.ts";
import { scriptedJob, World } from "./run/scripted_job.ts";

/** The parts of accounts as both makers hand them out: one suite for what a plan relies on. */

const [A, B, C] = ["111111111111", "222222222222", "333333333333"] as const;
const partOf = (id: string) => ({ id, places: {}, unproven: [id], tripped: [] });
type Part = ReturnType<typeof partOf>;

type Maker = (accounts: readonly string[], use: (parts: Parts<Part>) => void) => Promise<void>;

const MAKERS: Readonly<Record<string, Maker>> = {
  "in memory": (accounts, use) => Promise.try(() => use(partsOf(accounts.map(partOf)))),
  "in a folder": async (accounts, use) => {
    const folder = await Deno.makeTempDir();
    try {
      await saveSnapshot(toDisk, folder, "scripted", accounts.map(partOf), new Date(0));
      const { observed } = loadSnapshot(folder, scriptedJob(new World({})));
      use(observed as Parts<Part>);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

for (const [where, make] of Object.entries(MAKERS)) {
  Deno.test(`parts ${where} come in the order of their accounts, however they were read`, () =>
    make([C, A, B], (parts) => {
      assert.deepEqual(parts.accounts, [A, B, C]);
      assert.deepEqual([...parts], [A, B, C].map(partOf));
    }));

  Deno.test(`parts ${where} can be gone through again, and two at a time`, () =>
    make([A, B], (parts) => {
      assert.deepEqual([...parts], [...parts]);
      const pairs = [...parts].flatMap((one) => [...parts].map((other) => [one.id, other.id]));
      assert.deepEqual(pairs, [[A, A], [A, B], [B, A], [B, B]]);
    }));

  Deno.test(`the part of an account ${where} is found by its ID, and of no other`, () =>
    make([A, B], (parts) => {
      assert.deepEqual(parts.of(B), partOf(B));
      assert.equal(parts.of(C), undefined);
      for (const name of ["", "__proto__", "index"]) assert.equal(parts.of(name), undefined);
    }));

  Deno.test(`no part ${where} is no mistake`, () =>
    make([], (parts) => assert.deepEqual([[...parts], parts.accounts], [[], []])));
}
