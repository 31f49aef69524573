import assert from "assert";
import fc from "fast-check";
import type { AuditConfig } from "../../../runners/audit/config.ts";
import { type Fate, Fleet } from "./fleet.ts";
import { anInstance, configOf, DEV, idOf } from "./world.ts";
import { generated } from "../core/properties.ts";

/**
 * Nothing is stopped or terminated before its owner has had the time that the mark names, whatever
 * people, AWS and killed runs do between runs. A chronicle that knows no rows decides that.
 */

const DAY = 24;
const ONE = idOf(1);
const OTHER = idOf(2);

const whole = configOf({
  required: [{ key: "owner" }],
  enforce: { accounts: [DEV] },
  ladder: [
    { after: "0m", do: "mark" },
    { after: "3d", do: "stop" },
    { after: "14d", do: "terminate" },
  ],
  limits: {
    perRun: { count: 100, percent: 100 },
    perAccount: { count: 100 },
    rollingDay: { count: 100 },
  },
  protection: "lift",
});

type Event =
  | { readonly kind: "pass"; readonly hours: number }
  | { readonly kind: "tag" | "untag" | "start" | "stop" | "unmark" | "hide" | "protect" | "until" }
  | { readonly kind: "enforce" | "exempt"; readonly on: boolean }
  | { readonly kind: "report" }
  | { readonly kind: "apply"; readonly fate: Fate | null };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      hours: fc.constantFrom(1, 2, 12, DAY, 3 * DAY, 4 * DAY, 12 * DAY, 90 * DAY),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...["tag", "untag", "start", "stop", "unmark", "hide", "protect", "until"] as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("enforce" as const, "exempt" as const),
      on: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "report" as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("apply" as const),
      fate: fc.option(
        fc.constantFrom<Fate>("refused", "done, then blind", "killed after", "killed before"),
        { freq: 3 },
      ),
    }),
  },
);

/** What truly happened to the instance, in hours since the story began. */
class Chronicle {
  now = 0;
  markedAt: number | null = null;
  stoppedAt: number | null = null;
  looks: number[] = [];
  lookedAt = 0;

  /** A run that stores has read the instance: the owner's time ends or continues. */
  look(stands: { readonly violates: boolean; readonly enforced: boolean; readonly seen: boolean }) {
    const forgotten = this.now - this.lookedAt > 60 * DAY;
    this.lookedAt = this.now;
    if (!stands.enforced || forgotten) this.markedAt = this.stoppedAt = null;
    if (!stands.violates) {
      this.markedAt = this.stoppedAt = null;
      this.looks = [];
    } else if (stands.seen) this.looks.push(this.now);
  }

  check(effect: string, state: string): void {
    const [deed] = effect.split(" ");
    if (deed === "mark") {
      this.markedAt = this.now;
      this.stoppedAt = null;
    }
    if (deed === "stop") {
      assert.ok(this.markedAt !== null, "stopped without a notice");
      assert.ok(this.now - this.markedAt >= 3 * DAY, "stopped too early");
      assert.ok(this.looks.length >= 2, "stopped at first sight");
      this.stoppedAt = this.now;
    }
    if (deed === "terminate") {
      assert.ok(this.markedAt !== null, "terminated without a notice");
      assert.equal(state, "stopped", "terminated while it ran");
      assert.ok(this.now - this.markedAt >= 14 * DAY, "terminated too early");
      const sinceStop = this.stoppedAt === null ? Infinity : this.now - this.stoppedAt;
      assert.ok(sinceStop >= 11 * DAY, "terminated too early after its stop");
    }
  }
}

async function play(events: readonly Event[]): Promise<void> {
  const world = new Fleet();
  const created = "2025-01-01T00:00:00.000Z";
  const protection = { termination: false, stop: false };
  world.east = [
    anInstance(1, { created, protection }),
    anInstance(2, { created, protection, tags: { owner: "bob" } }),
  ];
  const chronicle = new Chronicle();
  let enforced = true;
  let exempt = false;
  let hidden = false;
  const configuration = (): AuditConfig => ({
    ...whole,
    enforce: { ...whole.enforce, accounts: enforced ? [DEV] : [] },
    exempt: exempt ? [{ match: { instanceId: ONE }, reason: "vendor", until: "2036-01-01" }] : [],
  });
  world.answers.set(`${DEV}/us-east-1`, (region) => ({
    ...region,
    instances: hidden ? region.instances.filter(({ id }) => id !== ONE) : region.instances,
  }));
  const one = () => world.find(ONE)!;
  const look = () => {
    if (hidden) return;
    const violates = one().tags["owner"] === undefined && !exempt;
    chronicle.look({ violates, enforced, seen: one().state !== "terminated" });
  };
  for (const event of events) {
    if (one().state === "terminated") return;
    let state = one().state;
    const seen = world.effects.length;
    switch (event.kind) {
      case "pass":
        await world.pass(event.hours);
        chronicle.now += event.hours;
        break;
      case "tag":
        world.tag(ONE, { owner: "alice" });
        break;
      case "untag":
        world.tag(ONE, { owner: undefined });
        break;
      case "unmark":
        world.tag(ONE, { [whole.mark]: undefined });
        break;
      case "until":
        world.tag(ONE, { "groundskeeper-until": world.clock.now().toISOString().slice(0, 10) });
        break;
      case "protect":
        world.alter(ONE, { protection: { termination: true, stop: false } });
        break;
      case "start":
        world.alter(ONE, { state: "running" });
        break;
      case "stop":
        world.alter(ONE, { state: "stopped" });
        break;
      case "hide":
        hidden = !hidden;
        break;
      case "enforce":
        enforced = event.on;
        break;
      case "exempt":
        exempt = event.on;
        break;
      case "report":
        look();
        await world.report(configuration());
        break;
      case "apply":
        look();
        if (event.fate) world.fates.set(ONE, event.fate);
        state = one().state;
        if (event.fate?.startsWith("killed")) await world.perhapsKilled(configuration());
        else await world.apply(configuration());
        world.fates.clear();
        break;
    }
    for (const effect of world.effects.slice(seen)) {
      assert.ok(!effect.endsWith(OTHER), "the other one keeps the rules");
      chronicle.check(effect, state);
    }
  }
}

Deno.test("whatever happens between runs, nothing is stopped or terminated before its notice has passed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: 40 }), play),
    {
      numRuns: Number(Deno.env.get("STORIES") ?? generated(30, 8)),
      seed: Number(Deno.env.get("SEED") ?? 7),
    },
  );
});
