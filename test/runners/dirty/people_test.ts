import assert from "assert";
import type { AskSts } from "../../../runners/core/attest/sts_answer.ts";
import type { Reporting } from "../../../runners/core/job.ts";
import { messageRows } from "../../../runners/core/queue/message_rows.ts";
import { LEDGER_EVENTS } from "../../../runners/dirty/ledger.ts";
import type { DirtyTypes } from "../../../runners/dirty/plan.ts";
import { dirtyDocuments } from "../../../runners/dirty/documents.ts";
import { dirtyScene } from "./dirty_scene.ts";
import { DB, login, WEB } from "./queued_message.ts";
import { entryIn, planned, saysHello } from "./scene_runs.ts";
import { memorySts } from "./signed_proof.ts";

/** Where the session of a person is stored or told, by `dirty.people`. */
const PEOPLE = [
  ["keep", ["event", "hello", "rejected", "deferred", "log"]],
  ["omit", []],
] as const;

for (const [people, expected] of PEOPLE) {
  Deno.test(`with people: ${people}, the session of a sender is in ${expected.length} of 5 places, and in no document`, async () => {
    let isAway = false;
    const sts = memorySts((isRight) => isRight);
    const askSts: AskSts = (...asked) =>
      isAway ? Promise.reject(new Error("Cannot check a proof")) : sts(...asked);
    const scene = dirtyScene({ instances: [WEB], dirty: { people }, askSts });
    const { store, clock, lines } = scene;
    const { serve } = scene.begin();
    const now = clock.now();
    const { proof } = JSON.parse(login(DB, "proven", now).body);
    await serve([
      login(WEB, "proven", now),
      login(WEB, "person", now, saysHello()),
      login({ ...WEB, account: "9".repeat(12) }, "person", now),
      // A proof of another instance.
      login(WEB, "person", now, { proof }),
    ]);
    isAway = true;
    const { left } = await serve([login(WEB, "proven", now)]);
    const { deferred } = await serve([{ ...login(WEB, "proven", now), receives: 6 }]);
    assert.deepEqual([left, deferred], [1, 1]);
    const rows = messageRows("dirty");
    const kept = {
      event: [...(await LEDGER_EVENTS.of(WEB.account).read(store)).values()],
      hello: [(await entryIn(scene)).row!.hello],
      rejected: [...(await rows.rejected.read(store)).values()],
      deferred: [...(await rows.deferred.read(store)).values()],
      log: lines,
    };
    const places = Object.entries(kept);
    assert.ok(places.every(([, some]) => some.length > 0));
    const hasName = (some: unknown) => JSON.stringify(some).includes("AROAPERSON:alice");
    assert.deepEqual(places.filter(([, some]) => hasName(some)).map(([place]) => place), expected);
    const own = await planned(scene);
    const frame = { plan_id: "", refused: null, run_id: "", slot: now.toISOString() };
    const reporting = { plan: { ...own, ...frame }, run: frame } as unknown;
    const documents = dirtyDocuments(reporting as Reporting<DirtyTypes>);
    assert.equal(documents.length, 2);
    assert.ok(!/AROA/.test(JSON.stringify(documents)));
  });
}
