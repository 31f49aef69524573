import assert from "assert";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { throttle } from "../aws/faults.ts";
import "../aws/start_shared_both.ts";
import { ManualClock } from "../runners/core/manual_clock.ts";
import { type AuditWorld, auditWorld, groupsOf } from "./audit_world.ts";
import { inProcess, type RunHere } from "./in_process.ts";
import { tableStore } from "./store_table.ts";

/** Deadlines are longer than this: they wait until the back-off of calls has taken so much time. */
const LONGEST_BACK_OFF_MS = 4_999;

type Scene = {
  readonly world: AuditWorld;
  readonly run: RunHere;
  /** The time of the program and of AWS. It passes with their waits alone. */
  readonly clock: ManualClock;
  /**
   * Throttles the table for so long from when the first change is in AWS.
   *
   * @param begun is called then
   * @returns what ends it
   */
  throttleFor(ms: number, begun?: () => void): () => void;
};

/** An organization with six instances to mark, and a store in a table. */
function throttledTest(name: string, work: (scene: Scene) => Promise<void>): void {
  Deno.test(name, async () => {
    const clock = new ManualClock(new Date().toISOString());
    clock.flowsUpToMs = LONGEST_BACK_OFF_MS;
    await using world = await auditWorld({
      groups: groupsOf(4, 3),
      accounts: 1,
      store: tableStore(),
      proxy: { services: { ministack: true }, now: () => clock.now().getTime() },
    });
    const throttleFor: Scene["throttleFor"] = (ms, begun) => {
      let fromMs = Infinity;
      return world.aws.proxy.onCall((call) => {
        if (call.action === "ec2:CreateTags" && fromMs === Infinity) {
          fromMs = clock.monotonicMs();
          begun?.();
        }
        const sinceMs = clock.monotonicMs() - fromMs;
        return 0 <= sinceMs && sinceMs < ms ? throttle({ service: "dynamodb" })(call) : undefined;
      });
    };
    await inProcess(world, (run) => work({ world, run, clock, throttleFor }));
  });
}

/** The outcomes in the journal, once the table answers again. */
async function journalled({ run, clock }: Scene): Promise<(string | null)[]> {
  const { stdout } = await run("changes --json", { clock });
  return (JSON.parse(stdout) as { outcome: string | null }[]).map(({ outcome }) => outcome);
}

/** How often each instance was marked. */
function marks({ world }: Scene): number[] {
  const calls = world.aws.proxy.calls
    .filter(({ action, status }) => action === "ec2:CreateTags" && status === 200);
  return [...Map.groupBy(calls, ({ parameters }) => parameters["ResourceId.1"]).values()]
    .map(({ length }) => length);
}

const DONE = Array<string>(6).fill("done");
const ONCE = Array<number>(6).fill(1);

throttledTest(
  "an apply whose table is throttled for a minute is slow, and complete",
  async (scene) => {
    const { run, clock, throttleFor } = scene;
    const startedMs = clock.monotonicMs();
    throttleFor(60_000);
    const { code, stdout, stderr } = await run("audit apply --yes --json", { clock });
    assert.equal(code, 0, stderr);
    const tookMs = clock.monotonicMs() - startedMs;
    assert.ok(60_000 <= tookMs && tookMs < 120_000, `${tookMs} ms`);
    assert.match(stderr, /The store waits for the DynamoDB table .*: it is throttled/);
    const { changes } = JSON.parse(stdout) as RunDocument;
    assert.deepEqual(changes.map(({ outcome }) => outcome), DONE);
    assert.deepEqual(await journalled(scene), DONE);
    assert.deepEqual(marks(scene), ONCE);
  },
);

/** How long the table is throttled from the first change, at which the signal comes. */
const STOPS = [
  {
    title: "ends the run in ten seconds, and the next run learns what it did",
    throttledMs: Infinity,
    /** What the journal says after it of the change that is in AWS. */
    left: null,
  },
  {
    title: "that passes lets the run journal what it did",
    throttledMs: 3_000,
    left: "done",
  },
];

for (const { title, throttledMs, left } of STOPS) {
  throttledTest(`a signal while the table is throttled ${title}`, async (scene) => {
    const { run, clock, throttleFor } = scene;
    let stop = () => {};
    let stoppedMs = 0;
    const ends = throttleFor(throttledMs, () => {
      stoppedMs = clock.monotonicMs();
      stop();
    });
    const { code, stderr } = await run("audit apply --yes", {
      clock,
      onStop: (given) => stop = given,
    });
    const tookMs = clock.monotonicMs() - stoppedMs;
    assert.equal(code, 3, stderr);
    assert.ok(tookMs < 10_000, `${tookMs} ms`);
    ends();
    assert.deepEqual(marks(scene), [1]);
    assert.deepEqual(await journalled(scene), [left]);
    const { code: next, stderr: said } = await run("audit apply --yes", { clock });
    assert.equal(next, 0, said);
    assert.deepEqual(await journalled(scene), DONE);
    assert.deepEqual(marks(scene), ONCE);
  });
}
