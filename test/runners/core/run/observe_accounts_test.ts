import assert from "assert";
import type { Account } from "../../../../runners/core/aws/session.ts";
import { InterruptedError } from "../../../../runners/core/errors.ts";
import type { Observing } from "../../../../runners/core/job.ts";
import type { JobTypes } from "../../../../runners/core/job_types.ts";
import { observeAccounts } from "../../../../runners/core/run/observe_accounts.ts";

type Observe = (account: Account, observing: Observing<JobTypes>) => Promise<{ id: string } | null>;

const idOf = (at: number) => String(100_000_000_000 + at);

/** Reads so many accounts; `told` is the line of progress. */
async function observed(accounts: number, observeAccount: Observe) {
  const told: string[] = [];
  const all = Array.from({ length: accounts }, (_, at) => ({ id: idOf(at), name: null }));
  const about = { scope: { accounts: all, regions: [] } } as unknown as Observing<JobTypes>;
  const parts = await observeAccounts<JobTypes>(
    { observeAccount },
    about,
    (done, of) => told.push(`${done} of ${of}`),
  );
  return { parts, told };
}

/** Counts what is under way at once. */
function meter() {
  const meter = { now: 0, most: 0 };
  const during = async () => {
    meter.most = Math.max(meter.most, ++meter.now);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    meter.now--;
  };
  return { meter, during };
}

Deno.test("accounts are read side by side, and of all of them only so many Regions at once", async () => {
  const [accounts, regions] = [meter(), meter()];
  const read: string[] = [];
  const { parts } = await observed(50, async ({ id }, { inTurn }) => {
    await accounts.during();
    await Promise.all(Array.from({ length: 17 }, () =>
      inTurn(async () => {
        await regions.during();
        read.push(id);
      })));
    return { id };
  });
  assert.equal(parts.accounts.length, 50);
  assert.equal(read.length, 50 * 17);
  assert.deepEqual([accounts.meter.most, regions.meter.most], [20, 20]);
});

Deno.test("parts stand in the order of their accounts, and nothing is there of an account that is not asked for", async () => {
  const order: string[] = [];
  const { parts } = await observed(4, async ({ id }) => {
    // The later ones are done first.
    for (let turn = 0; turn < 10 * (4 - Number(id.at(-1))); turn++) await Promise.resolve();
    order.push(id);
    return id === idOf(2) ? null : { id };
  });
  assert.deepEqual(order, [3, 2, 1, 0].map(idOf));
  assert.deepEqual([...parts].map(({ id }) => id), [0, 1, 3].map(idOf));
});

Deno.test("progress tells what was read of what is known, and comes to its end", async () => {
  const { told } = await observed(2, ({ id }, { progress }) => {
    progress(0, 2);
    progress(1);
    progress(1);
    return Promise.resolve({ id });
  });
  assert.deepEqual(told.slice(0, 2), ["0 of 4", "1 of 4"]);
  assert.equal(told.at(-1), "6 of 6");
});

Deno.test("a signal that cuts one account ends the reading", async () => {
  await assert.rejects(
    observed(
      3,
      ({ id }) => id === idOf(1) ? Promise.reject(new InterruptedError()) : Promise.resolve({ id }),
    ),
    InterruptedError,
  );
});
