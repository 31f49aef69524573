import assert from "assert";
import fc from "fast-check";
import { RateBudget, type RateClass, RATES } from "../../../../runners/core/aws/rate_budget.ts";
import { ManualClock } from "../manual_clock.ts";
import { FIXED } from "../properties.ts";

const PLACE = "111111111111/us-east-1";

function scene() {
  const clock = new ManualClock();
  return { clock, budget: new RateBudget(clock) };
}

const times = async (count: number, take: () => Promise<void>) => {
  for (let index = 0; index < count; index++) await take();
};

for (const [rateClass, { burst, perSecond }] of Object.entries(RATES)) {
  const name = rateClass as RateClass;
  Deno.test(`${name}: a burst of ${burst} goes at once, the next waits for its token`, async () => {
    const { clock, budget } = scene();
    await times(burst, () => budget.take(PLACE, name));
    const next = budget.take(PLACE, name);
    assert.deepEqual(clock.waitingMs, [1000 / perSecond]);
    await clock.advance(1000 / perSecond);
    await next;
  });

  Deno.test(`${name}: after a second ${perSecond} tokens have flowed in again`, async () => {
    const { clock, budget } = scene();
    await times(burst, () => budget.take(PLACE, name));
    await clock.advance(1000);
    await times(Math.floor(perSecond), () => budget.take(PLACE, name));
    void budget.take(PLACE, name);
    assert.equal(clock.waitingMs.length, 1);
  });
}

Deno.test("those who wait stand in line, each a token behind the one before", async () => {
  const { clock, budget } = scene();
  await times(RATES.read.burst, () => budget.take(PLACE, "read"));
  const waiting = [1, 2, 3].map(() => budget.take(PLACE, "read"));
  assert.deepEqual(clock.waitingMs, [100, 200, 300]);
  await clock.advance(300);
  await Promise.all(waiting);
});

Deno.test("a long rest fills the bucket to its burst and no further", async () => {
  const { clock, budget } = scene();
  await budget.take(PLACE, "read");
  await clock.advance(86_400_000);
  await times(RATES.read.burst, () => budget.take(PLACE, "read"));
  void budget.take(PLACE, "read");
  assert.deepEqual(clock.waitingMs, [100]);
});

Deno.test("each place and each class has a bucket of its own", async () => {
  const { clock, budget } = scene();
  await times(RATES.write.burst, () => budget.take(PLACE, "write"));
  await budget.take("111111111111/us-west-2", "write");
  await budget.take("222222222222/us-east-1", "write");
  await budget.take(PLACE, "read");
  assert.deepEqual(clock.waitingMs, []);
});

Deno.test("a signal cuts the wait for a token with its reason", async () => {
  const { clock, budget } = scene();
  await times(RATES.read.burst, () => budget.take(PLACE, "read"));
  const stop = new AbortController();
  const cut = budget.take(PLACE, "read", stop.signal);
  stop.abort(new Error("stop"));
  await assert.rejects(cut, { message: "stop" });
  assert.deepEqual(clock.waitingMs, []);
});

Deno.test("in no second does a bucket ever give more than its burst and its flow", async () => {
  const steps = fc.array(fc.record({ takes: fc.nat(40), restMs: fc.nat(3_000) }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      const { clock, budget } = scene();
      let at = 0;
      const grants: number[] = [];
      for (const { takes, restMs } of given) {
        for (let index = 0; index < takes; index++) {
          const before = clock.waitingMs.length;
          void budget.take(PLACE, "write");
          const left = clock.waitingMs;
          grants.push(at + (left.length > before ? left.at(-1)! : 0));
        }
        await clock.advance(restMs);
        at += restMs;
      }
      for (const from of grants) {
        const within = grants.filter((time) => time >= from && time < from + 1_000).length;
        assert.ok(within <= RATES.write.burst + RATES.write.perSecond + 1, `${within} in a second`);
      }
    }),
    { ...FIXED, numRuns: 50 },
  );
});
