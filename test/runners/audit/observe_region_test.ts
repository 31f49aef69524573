import assert from "assert";
import { IMPORTS_NOT_ASKED } from "../../../runners/audit/imports.ts";
import { observeRegion } from "../../../runners/audit/observe_region.ts";
import type { Session } from "../../../runners/core/aws/session.ts";
import { accountSchema } from "../../../runners/audit/observed.ts";
import {
  anAccount,
  anInstance,
  configOf,
  DEV,
  idOf,
  NOTHING_EARLIER,
  NOW,
  oneRegion,
} from "./world.ts";

Deno.test("a signal is heard while the tags of a Region are tried by a slow pattern", async () => {
  const stop = new AbortController();
  const asked: string[] = [];
  const session = {
    reading: { abortSignal: stop.signal },
    client: () => ({
      send: ({ constructor }: { constructor: { name: string } }) => {
        asked.push(constructor.name);
        // The signal comes as soon as anything but the calculation has its turn.
        setTimeout(() => stop.abort(new DOMException("stop", "AbortError")), 0);
        return Promise.resolve({
          Reservations: [{
            Instances: Array.from({ length: 50 }, (_, index) => ({
              InstanceId: idOf(index),
              State: { Name: "running" },
              LaunchTime: new Date("2026-11-01"),
              ImageId: "ami-00000000000000001",
              RootDeviceType: "ebs",
              Tags: [{ Key: "owner", Value: `${"a".repeat(240)}${index}` }],
            })),
          }],
        });
      },
    }),
  } as unknown as Session;
  let elapsedMs = 0;
  const observing = {
    config: configOf({
      required: [{ key: "owner", value: { pattern: "^(?:\\p{L}{1,32}){1,31}$" } }],
    }),
    scope: { accounts: [], regions: "enabled" as const, except: [] },
    earlier: NOTHING_EARLIER,
    publishes: false,
    subject: null,
    now: NOW,
    judgedAt: NOW,
    // Each time that the clock is read, a second has passed.
    clock: { now: () => NOW, monotonicMs: () => elapsedMs += 1_000, wait: () => Promise.resolve() },
    session: () => Promise.resolve(session),
    progress: () => {},
  } as unknown as Parameters<typeof observeRegion>[3];
  const read = observeRegion(session, "us-east-1", anAccount(DEV, []), observing);
  await assert.rejects(read, { name: "AbortError" });
  assert.deepEqual(asked, ["DescribeInstancesCommand"]);
});

Deno.test("a snapshot of an earlier version is read, and knows nothing of imports", () => {
  const [observed] = JSON.parse(JSON.stringify([...oneRegion(anInstance(1))]));
  delete observed.regions[0].importsUnread;
  const account = accountSchema.parse(observed);
  assert.equal(account?.regions[0]?.importsUnread, IMPORTS_NOT_ASKED.unread);
});
